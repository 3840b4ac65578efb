//! `tox.ini`: what test environments install.
//!
//! <https://tox.wiki/en/latest/config.html#deps>: lines of a requirements file under `deps`, each with an optional
//! condition before it (`py312: pytest`), which is kept as the marker. `{[testenv]deps}` names lines that are read
//! where they stand. `requires` of `[tox]` is what tox itself runs with; install commands under `commands` count.

use super::install_command::read_mapped;
use super::{Parser, ini, lossy, requirements};
use crate::model::{ArtifactPath, Document, Groups, OffsetMap, Scope, Source};

/// tox's configuration.
pub struct ToxIni;

impl Parser for ToxIni {
    fn name(&self) -> &'static str {
        "tox_ini"
    }

    fn reads(&self) -> &'static str {
        "`tox.ini`"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        path.file_name() == "tox.ini"
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        let values = ini::values(text, source.text_start());
        for value in &values {
            let is_environment = value.section.starts_with("testenv");
            match value.key {
                "deps" if is_environment => value.lines.iter().for_each(|(at, line)| declare(document, line, *at)),
                "requires" if value.section == "tox" => {
                    value.lines.iter().for_each(|(at, line)| declare(document, line, *at));
                }
                "commands" | "commands_pre" | "commands_post" if is_environment => {
                    commands(document, text, source.text_start(), &value.lines);
                }
                _ => {}
            }
        }
    }
}

/// The lines of a value as one text: a backslash joins a line to the next.
fn commands(document: &mut Document<'_>, text: &str, base: usize, lines: &[(usize, &str)]) {
    let (Some((start, _)), Some((last, line))) = (lines.first(), lines.last()) else { return };
    let (start, end) = (start.saturating_sub(base), last.saturating_sub(base).saturating_add(line.len()));
    let Some(value) = text.get(start..end) else { return };
    read_mapped(value, OffsetMap::identity(start.saturating_add(base), value.len()), document);
}

fn declare(document: &mut Document<'_>, line: &str, at: usize) {
    let (condition, rest) = match line.split_once(':') {
        Some((condition, rest)) if is_condition(condition.trim()) && !rest.starts_with("//") => {
            (Some(condition.trim().to_owned()), rest)
        }
        _ => (None, line),
    };
    if rest.trim_start().starts_with('{') {
        return;
    }
    let known = document.dependencies.len();
    let map = OffsetMap::identity(at.saturating_add(line.len() - rest.len()), rest.len());
    requirements::declare_line(document, rest, &map, Scope::Optional);
    if let Some(dependency) = document.dependencies.get_mut(known)
        && condition.is_some()
    {
        dependency.marker = condition;
    }
}

/// Factors as tox writes them: `py{310,311}-django,!lint`.
fn is_condition(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_{},!. ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_and_without_conditions_are_read() {
        let text = "[tox]\nenvlist = py312\n[testenv]\ndeps =\n    pytest>=7\n    py{310,311}: mock==5.0\n    -rrequirements.txt\n    {[base]deps}\n    git+https://g.example/x.git#egg=x\ncommands = pytest\n    python -m pip install \\\n      c==1\n[testenv:lint]\ndeps = black\n";
        let source = Source::new(ArtifactPath::new("tox.ini"), text.as_bytes());
        let mut document = Document::new(&source);
        ToxIni.parse(&source, &mut document);
        let rows: Vec<_> = document
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.specifier.as_str(), d.declared_at.start.line, d.marker.as_deref()))
            .collect();
        assert_eq!(
            rows,
            [
                ("pytest", ">=7", 5, None),
                ("mock", "==5.0", 6, Some("py{310,311}")),
                ("x", "", 9, None),
                ("c", "==1", 12, None),
                ("black", "", 14, None),
            ]
        );
        assert_eq!(document.dependencies[1].name_at.span.slice(text.as_bytes()), b"mock");
        assert_eq!(document.references[0].value.as_str(), "requirements.txt");
        assert!(document.notifications.is_empty());
    }
}
