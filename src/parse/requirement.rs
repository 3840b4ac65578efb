//! One requirement string, as in `requests[security]>=2.8; python_version < "3.9"`, with the place of its
//! name and specifier.
//!
//! The grammar is that of the dependency specifiers
//! (<https://packaging.python.org/en/latest/specifications/dependency-specifiers/>), plus what pip takes in
//! its place: a URL, a path, an archive's file name. What the standard refuses is still read as far as a
//! name can be told: a version in a legacy spelling, a placeholder that a template engine fills in. It is
//! not the reader of requirements *files*: comments, continuations and options are gone before.

mod archive;
mod clauses;

use std::str::FromStr;

use crate::model::{
    Dependency, Document, Ecosystem, NotificationKind, OffsetMap, Pin, Redacted, Reference, ReferenceKind, Scope,
    Source, Span,
};
use clauses::{
    compact, exact_version, is_arbitrary, is_versionlike, split_marker, split_url_marker, strip_parentheses,
};

pub use archive::{Named, named_by, version_of_url};

/// How many notifications about lines that were not understood one file gets.
const MOST_NOTES: usize = 50;

/// What a requirement string says. Spans count the bytes of the string.
pub struct Requirement {
    /// The name as written.
    pub name: String,
    /// Where the name stands.
    pub name_at: Span,
    /// Extras as written.
    pub extras: Vec<String>,
    /// The clauses without blanks and parentheses, in the order in which they are written.
    pub specifier: String,
    /// Where the clauses stand, without parentheses.
    pub specifier_at: Option<Span>,
    /// What the clauses, or the URL's file name, say about the version.
    pub pin: Pin,
    /// The environment marker as written.
    pub marker: Option<String>,
    /// The URL or path of a direct reference.
    pub url: Option<Redacted>,
    /// From the first to the last byte that belongs to it.
    pub extent: Span,
    /// What the standard refuses in it.
    pub fault: Option<Fault>,
}

/// What is wrong with a requirement string, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte of the string.
    pub at: usize,
    /// What is wrong; holds nothing of the input.
    pub message: &'static str,
}

/// Why a string declares no package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequirementError {
    /// A path: something local that no index knows.
    #[error("a local path names no package")]
    Path,
    /// A URL that does not say what it installs.
    #[error("the URL does not say which package it installs")]
    UnnamedUrl,
    /// No name can be told.
    #[error("{}", .0.message)]
    Malformed(Fault),
}

/// A name and a version that stand apart as one text, `name==version` with `==` for `sign`, and the map that leads to both.
pub fn pinned(
    (name, to_name): (&str, OffsetMap),
    sign: &str,
    (version, to_version): (&str, &OffsetMap),
) -> (String, OffsetMap) {
    let mut map = to_name;
    map.push(sign.len(), to_version.source_span(Span::new(0, 0)).start, 0);
    map.append(to_version);
    (format!("{name}{sign}{version}"), map)
}

/// Reads `text`, whose bytes came from where `map` says, and puts the package into `document`. What is wrong
/// with it becomes a notification. Returns the dependency, so that the caller can refine it.
pub fn declare<'d>(
    document: &'d mut Document<'_>,
    text: &str,
    map: &OffsetMap,
    scope: Scope,
) -> Option<&'d mut Dependency> {
    let offset = |at: usize| map.source_span(Span::new(at, at)).start;
    match read(text) {
        Ok(requirement) => {
            if let Some(fault) = requirement.fault {
                note(document, offset(fault.at), NotificationKind::Malformed, fault.message);
            }
            let dependency = requirement.place(document.source, map, scope);
            document.dependencies.push(dependency);
            document.dependencies.last_mut()
        }
        Err(RequirementError::Path) => None,
        Err(error @ RequirementError::UnnamedUrl) => {
            let (url, _) = split_url_marker(text.trim());
            // Of a repository it can be said whether it can change; of an archive nothing.
            if !url.starts_with("git+") {
                note(document, offset(0), NotificationKind::Unsupported, &error.to_string());
            }
            let start = text.len() - text.trim_start().len();
            let location = document.source.location(map.source_span(Span::new(start, start + url.len())));
            let reference = Reference { kind: ReferenceKind::PackageUrl, value: Redacted::url(url), location };
            document.references.push(reference);
            None
        }
        Err(RequirementError::Malformed(fault)) => {
            note(document, offset(fault.at), NotificationKind::Malformed, fault.message);
            None
        }
    }
}

/// Notes what was not read at byte `at` of the file; past [`MOST_NOTES`] only that there is more.
pub fn note(document: &mut Document<'_>, at: usize, kind: NotificationKind, message: &str) {
    let known = document.notifications.len();
    if known < MOST_NOTES {
        document.notify_at(at, kind, message);
    } else if known == MOST_NOTES {
        document.notify_at(at, kind, "more lines from here on were not understood; they are not listed");
    }
}

/// What a file's declarations are for, as far as its name says it.
pub fn scope_by_file_name(path: &crate::model::ArtifactPath) -> Scope {
    let name = path.file_name().to_ascii_lowercase();
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
    if name.contains("constraint") {
        Scope::Constraint
    } else if words().any(|word| {
        matches!(word, "dev" | "develop" | "development" | "test" | "tests" | "testing" | "doc" | "docs" | "lint")
    }) {
        Scope::Optional
    } else {
        Scope::Runtime
    }
}

impl Requirement {
    /// Turns offsets of the string into places of the file.
    pub fn place(self, source: &Source<'_>, map: &OffsetMap, scope: Scope) -> Dependency {
        let locate = |span: Span| source.location(map.source_span(span));
        Dependency {
            declared_at: locate(self.extent),
            name_at: locate(self.name_at),
            specifier_at: self.specifier_at.map(locate),
            name: self.name,
            ecosystem: Ecosystem::PyPi,
            pin: self.pin,
            specifier: self.specifier,
            extras: self.extras,
            marker: self.marker,
            hashes: Vec::new(),
            url: self.url,
            scope,
        }
    }
}

/// Reads one requirement string.
pub fn read(text: &str) -> Result<Requirement, RequirementError> {
    let start = text.len() - text.trim_start().len();
    let body = text.trim();
    let extent = Span::new(start, start + body.len());
    if body.is_empty() {
        return Err(malformed(start, "a requirement is empty"));
    }
    let name_len = name_length(body);
    let after_name = body.get(name_len..).unwrap_or_default();
    if is_location(body, name_len) {
        return direct(body, start, extent);
    }
    if name_len == 0 {
        let message = match body.starts_with(['{', '$', '<', '%']) {
            true => "the name of a requirement is a placeholder",
            false => "a requirement does not begin with a name",
        };
        return Err(malformed(start, message));
    }

    let mut requirement = Requirement {
        name: body.get(..name_len).unwrap_or_default().to_owned(),
        name_at: Span::new(start, start + name_len),
        extras: Vec::new(),
        specifier: String::new(),
        specifier_at: None,
        pin: Pin::Unpinned,
        marker: None,
        url: None,
        extent,
        fault: None,
    };
    let mut rest = after_name.trim_start();
    let at = |rest: &str| start + body.len() - rest.len();

    if let Some(inner) = rest.strip_prefix('[') {
        let Some((extras, after)) = inner.split_once(']') else {
            return Err(malformed(at(rest), "a list of extras is not closed"));
        };
        requirement.extras =
            extras.split(',').map(str::trim).filter(|extra| !extra.is_empty()).map(str::to_owned).collect();
        rest = after.trim_start();
    }

    if let Some(reference) = rest.strip_prefix('@') {
        let (url, marker) = split_url_marker(reference.trim());
        requirement.pin = version_of_url(url).map_or(Pin::Url, Pin::Exact);
        requirement.url = Some(Redacted::url(url));
        requirement.marker = marker.map(str::to_owned);
        if url.is_empty() {
            requirement.fault = Some(Fault { at: at(rest), message: "nothing follows the @ of a requirement" });
        }
        return Ok(requirement);
    }

    let (clauses, marker) = split_marker(rest);
    requirement.marker = marker.map(str::to_owned);
    let clauses_start = at(rest);
    // `name == 1.0 @ URL` is refused by the standard; its clauses end before the URL, which may hold credentials.
    let clauses = clauses.split('@').next().unwrap_or(clauses);
    let inner = strip_parentheses(clauses.trim());
    // A comma may stand after the last clause.
    let inner = inner.strip_suffix(',').map_or(inner, str::trim_end);
    let is_known = inner.is_empty() || inner.starts_with(['=', '<', '>', '!', '~']) || is_versionlike(inner);
    if !is_known && !is_version_variable(after_name, inner) {
        return Err(malformed(clauses_start, "a requirement's name is followed by neither a specifier nor a marker"));
    }
    if !inner.is_empty() {
        let offset = clauses_start + clauses.find(inner).unwrap_or_default();
        requirement.specifier = compact(inner);
        requirement.specifier_at = Some(Span::new(offset, offset + inner.len()));
    }
    match placeholder(inner) {
        Some(template) => requirement.pin = Pin::Template(template.to_owned()),
        None => {
            // Readers of the standard differ in that comma, and `===` takes any text: neither is a fault.
            let plain = if is_arbitrary(inner) { "===0" } else { inner };
            let standard =
                body.replacen(clauses.trim().trim_matches(['(', ')']), plain, usize::from(!inner.is_empty()));
            judge(&mut requirement, if standard.len() == body.len() { body } else { &standard }, inner, start);
        }
    }
    Ok(requirement)
}

/// Fills pin and fault of a requirement with clauses `inner` (possibly none), as the standard sees them.
fn judge(requirement: &mut Requirement, body: &str, inner: &str, start: usize) {
    let standard = pep508_rs::Requirement::<pep508_rs::VerbatimUrl>::from_str(body);
    let (specifiers, fault) = match &standard {
        Ok(parsed) => match &parsed.version_or_url {
            Some(pep508_rs::VersionOrUrl::VersionSpecifier(specifiers)) => (Some(specifiers.clone()), None),
            _ => (None, None),
        },
        Err(error) => {
            // Which part is at fault: the clauses, or only a marker or an extra after which they still hold.
            let specifiers = pep440_rs::VersionSpecifiers::from_str(requirement.specifier.trim_end_matches(',')).ok();
            let message = match specifiers {
                Some(_) => "a requirement is not valid by PEP 508",
                None => "a version specifier is not valid by PEP 440",
            };
            let at = body.char_indices().nth(error.start).map_or(body.len(), |(at, _)| at);
            (specifiers, Some(Fault { at: start + at, message }))
        }
    };
    requirement.fault = fault;
    requirement.pin = match specifiers {
        _ if inner.is_empty() => Pin::Unpinned,
        _ if is_arbitrary(inner) => Pin::Exact(requirement.specifier.trim_start_matches('=').to_owned()),
        Some(specifiers) => match exact_version(&requirement.specifier) {
            Some(version) if specifiers.len() == 1 && !version.ends_with(".*") => Pin::Exact(version.to_owned()),
            _ => Pin::Range(requirement.specifier.clone()),
        },
        // Of `==1.0 b==2.0`, two on one line, the first.
        None => match exact_version(inner).and_then(|version| version.split_whitespace().next()) {
            Some(version) if is_versionlike(version) && !version.contains(',') => Pin::Exact(version.to_owned()),
            _ => Pin::Invalid(requirement.specifier.clone()),
        },
    };
}

/// True for the clauses of `certifi${CERTIFI_VERSION}`: a variable right behind the name, that is called a version.
fn is_version_variable(after_name: &str, clauses: &str) -> bool {
    let variable = placeholder(clauses).unwrap_or_default().to_ascii_lowercase();
    after_name.starts_with(['$', '{']) && variable.len() == clauses.len() && variable.contains("version")
}

/// The length of the name at the start of `text`: letters, digits and, inside, `-`, `_`, `.`.
fn name_length(text: &str) -> usize {
    let end = text
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')))
        .unwrap_or(text.len());
    let name = text.get(..end).unwrap_or_default();
    match name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        // A name that ends in punctuation is refused by the standard; the text before it is the name.
        true => name.trim_end_matches(['-', '_', '.']).len(),
        false => 0,
    }
}

/// True when `text`, whose first `name_len` bytes could be a name, is a URL, a path or an archive instead.
fn is_location(text: &str, name_len: usize) -> bool {
    let word = first_word(text);
    let scheme = text.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)));
    let has_scheme = scheme.is_some_and(|at| at > 1 && text.get(at..).is_some_and(|rest| rest.starts_with("://")));
    // `git+git@host:a/b.git` is no URL, and still a place that pip takes.
    let has_scheme =
        has_scheme || ["file:", "git+", "hg+", "svn+", "bzr+"].iter().any(|scheme| word.starts_with(scheme));
    if has_scheme || text.starts_with(['.', '/', '~', '\\']) {
        return true;
    }
    let next = text.get(name_len..).unwrap_or_default();
    if next.starts_with(['/', '\\']) || (name_len == 1 && next.starts_with(":\\")) {
        return true;
    }
    // `name @ ./file.whl` and `name@file.whl` are references of a named package.
    let file = word.strip_suffix(']').and_then(|word| word.rsplit_once('[')).map_or(word, |(file, _)| file);
    archive::is_archive(file) && !text.contains('@') && !next.trim_start().starts_with(['=', '<', '>', '!', '~', '['])
}

/// What stands before the first blank or semicolon. An expression of a workflow holds blanks: `a-${{ env.VERSION }}.whl`.
fn first_word(text: &str) -> &str {
    let inside = if text.contains("${{") { text.rfind("}}").unwrap_or_default() } else { 0 };
    let (_, rest) = text.split_at(inside);
    let end = rest.find(|c: char| c.is_whitespace() || c == ';').map_or(text.len(), |end| inside + end);
    text.get(..end).unwrap_or(text)
}

/// A requirement that is a URL, a path or a file name.
fn direct(body: &str, start: usize, extent: Span) -> Result<Requirement, RequirementError> {
    let (url, marker) = split_url_marker(body);
    let is_url =
        !url.starts_with("file:") && (url.contains("://") || url.get(..4).is_some_and(|scheme| scheme.contains('+')));
    let Some(named) = named_by(url) else {
        return Err(if is_url { RequirementError::UnnamedUrl } else { RequirementError::Path });
    };
    let text = |span: Span| String::from_utf8_lossy(span.slice(url.as_bytes())).into_owned();
    let mut requirement = Requirement {
        name: text(named.name_at),
        name_at: named.name_at.shifted(start),
        extras: named.extras,
        specifier: String::new(),
        specifier_at: None,
        pin: named.version.clone().map_or(Pin::Url, Pin::Exact),
        marker: marker.map(str::to_owned),
        url: Some(Redacted::url(url)),
        extent,
        fault: None,
    };
    if let Some(clauses_at) = named.clauses_at {
        requirement.specifier = compact(&text(clauses_at));
        requirement.specifier_at = Some(clauses_at.shifted(start));
        let standard = format!("{}{}", requirement.name, requirement.specifier);
        judge(&mut requirement, &standard, &standard, start);
    } else if let Some(version) = named.version.filter(|_| named.wheel) {
        requirement.specifier = format!("=={version}");
    }
    Ok(requirement)
}

/// The first placeholder in `text`: `{{name}}`, `{% … %}`, `${NAME}`, `$NAME`, `{name}`, `%NAME%` or `<name>`.
pub fn placeholder(text: &str) -> Option<&str> {
    let at = text.find(['{', '$', '%'])?;
    let from = text.get(at..)?;
    let inside = |open: &str, close: &str| {
        let end = from.get(open.len()..)?.find(close)?.checked_add(open.len() + close.len())?;
        from.get(..end)
    };
    for (open, close) in [("{{", "}}"), ("{%", "%}"), ("${{", "}}"), ("${", "}"), ("$(", ")"), ("{", "}"), ("%", "%")] {
        if from.starts_with(open)
            && let Some(found) = inside(open, close)
        {
            return Some(found);
        }
    }
    let name = from.strip_prefix('$')?;
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
    if end == 0 {
        return None;
    }
    from.get(..end + 1)
}

fn malformed(at: usize, message: &'static str) -> RequirementError {
    RequirementError::Malformed(Fault { at, message })
}

#[cfg(test)]
mod tests;
