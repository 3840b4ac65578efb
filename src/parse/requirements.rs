//! Requirements and constraints files of pip: a requirement or an option a line.
//!
//! Follows <https://pip.pypa.io/en/stable/reference/requirements-file-format/>. Environment variables are
//! not expanded (a scan must not depend on the environment): `${NAME}` in a version is a placeholder. Files
//! that `-r` and `-c` name are references; nothing is opened here.

mod claim;
mod line;
mod options;

use super::{Parser, requirement};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, OptionKind, Pin, ReferenceKind, Scope, Source, Span};
use crate::model::{InstallOption, OffsetMap, Redacted, Reference};
use line::LogicalLine;
use options::{Meaning, OptionError, Setting};

/// Requirements files.
pub struct Requirements;

impl Parser for Requirements {
    fn name(&self) -> &'static str {
        "requirements"
    }

    fn reads(&self) -> &'static str {
        "pip requirements and constraints files (`*requirements*.txt`, `*.in`, any text file that reads as one)"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        claim::claims(path, head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let scope = requirement::scope_by_file_name(&source.path);
        let before = Extent::of(document);
        let mut lines = 0_usize;
        for logical in line::lines(source.text(), source.text_start()) {
            lines = lines.saturating_add(1);
            read_line(&logical, scope, document);
        }
        if before.is_prose(document, lines) {
            document.dependencies.truncate(before.dependencies);
            document.notifications.truncate(before.notifications);
            document.notify(NotificationKind::Malformed, "named like a requirements file, but most lines are prose");
        }
    }
}

/// How much a document held before a file was read.
struct Extent {
    dependencies: usize,
    notifications: usize,
    others: usize,
}

impl Extent {
    fn of(document: &Document<'_>) -> Self {
        Self {
            dependencies: document.dependencies.len(),
            notifications: document.notifications.len(),
            others: document.references.len().saturating_add(document.options.len()),
        }
    }

    /// True when what was read since looks like prose (`functional-requirements.txt`): of several lines most are no
    /// requirement, and the others are single words.
    fn is_prose(&self, document: &Document<'_>, lines: usize) -> bool {
        let declared = document.dependencies.get(self.dependencies..).unwrap_or_default();
        let now = Self::of(document);
        lines >= 6
            && now.others == self.others
            && now.notifications > self.notifications
            && declared.len().saturating_mul(2) < lines
            && declared.iter().all(|dependency| dependency.pin == Pin::Unpinned && dependency.extras.is_empty())
    }
}

/// Reads one line of a requirements file, or one item of a conda file's `pip:` list, which has the same
/// syntax: `text` came from where `map` says.
pub fn declare_line(document: &mut Document<'_>, text: &str, map: &OffsetMap, scope: Scope) {
    let text = line::without_comment(text);
    read_line(&LogicalLine { text: text.into(), map: map.clone() }, scope, document);
}

fn read_line(line: &LogicalLine<'_>, scope: Scope, document: &mut Document<'_>) {
    let text = line.text.as_ref();
    let start = text.len() - text.trim_start().len();
    // Statements of a template engine; the lines between them are read as they stand.
    if text.trim().is_empty() || text.trim_start().starts_with("{%") || text.trim_start().starts_with("{#") {
        return;
    }
    let split = options::start(text);
    let settings = match options::read(text, split) {
        Ok(settings) => settings,
        Err(OptionError { at, message }) => {
            let at = line.map.source_span(Span::new(at, at)).start;
            requirement::note(document, at, NotificationKind::Malformed, message);
            return;
        }
    };
    let body = text.get(..split).unwrap_or_default();
    if !body.trim().is_empty() {
        let hashes = settings.iter().filter(|setting| setting.meaning == Meaning::Hash);
        let hashes: Vec<String> = hashes.map(|setting| setting.value.clone()).collect();
        let at = line.map.source_span(Span::new(start, start)).start;
        let end = line.map.source_span(Span::new(0, text.trim_end().len())).end;
        let declared_at = document.source.location(Span::new(at, end));
        if let Some(dependency) = requirement::declare(document, body, &line.map, scope) {
            dependency.hashes = hashes;
            dependency.declared_at = declared_at;
        }
        return;
    }
    for setting in &settings {
        apply(setting, line, scope, document);
    }
}

/// Puts one option of a line of its own into the document.
fn apply(setting: &Setting, line: &LogicalLine<'_>, scope: Scope, document: &mut Document<'_>) {
    let location = document.source.location(line.map.source_span(setting.value_at));
    let value = &setting.value;
    let option = |kind, value: Redacted| InstallOption { kind, value, location: location.clone() };
    match setting.meaning {
        Meaning::Requirement => document.references.push(Reference {
            kind: ReferenceKind::Requirements,
            value: Redacted::url(value),
            location,
        }),
        Meaning::Constraint => {
            document.references.push(Reference { kind: ReferenceKind::Constraints, value: Redacted::url(value), location });
        }
        Meaning::Editable => editable(setting, line, scope, document),
        Meaning::IndexUrl => document.options.push(option(OptionKind::IndexUrl, Redacted::url(value))),
        Meaning::ExtraIndexUrl => document.options.push(option(OptionKind::ExtraIndexUrl, Redacted::url(value))),
        Meaning::FindLinks => document.options.push(option(OptionKind::FindLinks, Redacted::url(value))),
        Meaning::TrustedHost => document.options.push(option(OptionKind::TrustedHost, Redacted::url(value))),
        Meaning::NoIndex => document.options.push(option(OptionKind::NoIndex, Redacted::default())),
        Meaning::RequireHashes => document.options.push(option(OptionKind::RequireHashes, Redacted::default())),
        Meaning::Pre => document.options.push(option(OptionKind::Pre, Redacted::default())),
        Meaning::Binary => document.options.push(option(OptionKind::Binary, Redacted::public(value))),
        Meaning::Hash | Meaning::Other => {}
    }
}

/// `-e`: a URL can name a package; anything else is a folder of this machine.
fn editable(setting: &Setting, line: &LogicalLine<'_>, scope: Scope, document: &mut Document<'_>) {
    // The value runs to the end of the line: a marker may follow it.
    let Some(rest) = line.text.get(setting.value_at.start..) else { return };
    if !["://", "#egg=", "+git@"].iter().any(|sign| setting.value.contains(sign)) && !rest.contains(" @ ") {
        return;
    }
    let map = OffsetMap::identity(setting.value_at.start, rest.len()).through(&line.map);
    requirement::declare(document, rest, &map, scope);
}

#[cfg(test)]
mod tests;
