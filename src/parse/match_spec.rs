//! One conda match specification, as in `conda-forge::numpy=1.21` or `pytorch[version=">=2", build="*cuda*"]`,
//! with the place of its name and version.
//!
//! Grammar: <https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/pkg-specs.html> (package match
//! specifications). Versions are translated to PEP 440 where both say the same.

mod constraint;

use super::requirement::{self, Fault, RequirementError};
use crate::model::{Dependency, Document, Ecosystem, NotificationKind, OffsetMap, Pin, Redacted, Scope, Span};

pub use constraint::constraint;

/// What a match specification says. Spans count the bytes of the string.
pub struct MatchSpec {
    /// The name as written.
    pub name: String,
    /// Where the name stands.
    pub name_at: Span,
    /// The version as inventory prints it: `1.21.*`, `==1.21`, `>=1,<2`; empty when any will do.
    pub specifier: String,
    /// Where the version stands, with its operator.
    pub specifier_at: Option<Span>,
    /// What it says about the version.
    pub pin: Pin,
    /// `channel` or `channel/subdir`.
    pub channel: Option<String>,
    /// The build string.
    pub build: Option<String>,
    /// The archive, where a URL is given.
    pub url: Option<Redacted>,
    /// From the first to the last byte that belongs to it.
    pub extent: Span,
    /// What could not be understood after the name.
    pub fault: Option<Fault>,
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
    let spec = match read(text) {
        Ok(spec) => spec,
        Err(RequirementError::Malformed(fault)) => {
            requirement::note(document, offset(fault.at), NotificationKind::Malformed, fault.message);
            return None;
        }
        Err(error) => {
            requirement::note(document, offset(0), NotificationKind::Unsupported, &error.to_string());
            return None;
        }
    };
    if let Some(fault) = spec.fault {
        requirement::note(document, offset(fault.at), NotificationKind::Malformed, fault.message);
    }
    let locate = |span: Span| document.source.location(map.source_span(span));
    let dependency = Dependency {
        declared_at: locate(spec.extent),
        name_at: locate(spec.name_at),
        specifier_at: spec.specifier_at.map(locate),
        name: spec.name,
        ecosystem: Ecosystem::Conda,
        pin: spec.pin,
        specifier: spec.specifier,
        extras: Vec::new(),
        marker: None,
        hashes: Vec::new(),
        url: spec.url,
        scope,
    };
    document.dependencies.push(dependency);
    document.dependencies.last_mut()
}

/// Reads one match specification.
pub fn read(text: &str) -> Result<MatchSpec, RequirementError> {
    let text = without_comment(text);
    let start = text.len() - text.trim_start().len();
    let body = text.trim();
    let mut spec = MatchSpec {
        name: String::new(),
        name_at: Span::new(start, start),
        specifier: String::new(),
        specifier_at: None,
        pin: Pin::Unpinned,
        channel: None,
        build: None,
        url: None,
        extent: Span::new(start, start + body.len()),
        fault: None,
    };
    if body.contains("://") || body.ends_with(".conda") || body.ends_with(".tar.bz2") {
        return archive(spec, body, start);
    }
    // `channel/subdir:namespace:name`; a version never holds a colon.
    let head_end = body.find(|c: char| c.is_whitespace() || "=<>!~[".contains(c)).unwrap_or(body.len());
    let name_start = body.get(..head_end).and_then(|head| head.rfind(':')).map_or(0, |at| at + 1);
    spec.channel = Some(body.get(..name_start).unwrap_or_default().trim_end_matches(':'))
        .filter(|channel| !channel.is_empty())
        .map(str::to_owned);
    let named = body.get(name_start..).unwrap_or_default();
    let name_len = named
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')))
        .unwrap_or(named.len());
    if name_len == 0 {
        let message = match named.starts_with(['{', '$', '<', '%']) {
            true => "the name of a conda package is a placeholder",
            false => "a conda package specification does not begin with a name",
        };
        return Err(RequirementError::Malformed(Fault { at: start + name_start, message }));
    }
    spec.name = named.get(..name_len).unwrap_or_default().to_owned();
    spec.name_at = Span::new(start + name_start, start + name_start + name_len);

    let rest = named.get(name_len..).unwrap_or_default();
    let (plain, brackets) = match rest.find('[') {
        Some(at) if !rest.get(..at).unwrap_or_default().contains("{{") => {
            (rest.get(..at).unwrap_or_default(), rest.get(at..).unwrap_or_default())
        }
        _ => (rest, ""),
    };
    let plain_start = start + name_start + name_len;
    let version = plain.trim();
    let mut version_at = Span::default();
    let mut version_text = "";
    if !version.is_empty() {
        let offset = plain_start + plain.find(version).unwrap_or_default();
        let length = version_length(version);
        version_text = version.get(..length).unwrap_or_default();
        version_at = Span::new(offset, offset + length);
        let build = version.get(length..).unwrap_or_default().trim_start().trim_start_matches('=').trim();
        spec.build = Some(build.to_owned()).filter(|build| !build.is_empty());
    }
    if let Some(inner) = brackets.strip_prefix('[') {
        let brackets_start = plain_start + plain.len() + 1;
        for (key, value, at) in bracket_items(inner) {
            match key {
                "version" => {
                    version_text = value;
                    version_at = Span::new(brackets_start + at, brackets_start + at + value.len());
                }
                "build" => spec.build = Some(value.to_owned()),
                "channel" => spec.channel = Some(value.to_owned()),
                _ => {}
            }
        }
    }
    set_version(&mut spec, version_text, version_at);
    Ok(spec)
}

/// Fills specifier and pin from a version constraint, and its place.
fn set_version(spec: &mut MatchSpec, text: &str, at: Span) {
    let (specifier, pin) = constraint(text, spec.build.is_some());
    if let Pin::Invalid(_) = pin {
        spec.fault = Some(Fault { at: at.start, message: "a conda version constraint was not understood" });
    }
    spec.specifier = specifier;
    spec.pin = pin;
    spec.specifier_at = (!text.is_empty() && !at.is_empty()).then_some(at);
}

/// The length of the version at the start of `text`; a build string may follow after a blank or `=`.
fn version_length(text: &str) -> usize {
    if let Some(template) = requirement::placeholder(text) {
        return text.find(template).map_or(text.len(), |at| at + template.len());
    }
    let bytes = text.as_bytes();
    let operator = |byte: u8| b"=<>!~,|(".contains(&byte);
    let mut at = 0;
    // Whether a version has begun since the last operator: only then can a blank or `=` end it.
    let mut in_version = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'=' if in_version => break,
            byte if byte.is_ascii_whitespace() && in_version => {
                let next = bytes.iter().skip(at).position(|next| !next.is_ascii_whitespace()).map(|skip| at + skip);
                match next.and_then(|next| bytes.get(next)) {
                    Some(next) if b",|<>!~)".contains(next) => {}
                    _ => break,
                }
            }
            byte if operator(*byte) => in_version = false,
            byte if byte.is_ascii_whitespace() => {}
            _ => in_version = true,
        }
        at += 1;
    }
    text.get(..at).unwrap_or(text).trim_end().len()
}

/// `key=value` pairs between brackets, with the offset of each value; quotes are not part of it.
fn bracket_items(inner: &str) -> Vec<(&str, &str, usize)> {
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(rest) = inner.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(equals) = rest.find('=') else { break };
        let key = rest.get(..equals).unwrap_or_default().trim_matches(|c: char| c.is_whitespace() || c == ',');
        let after = rest.get(equals + 1..).unwrap_or_default();
        let blank = after.len() - after.trim_start().len();
        let value = after.trim_start();
        let value_at = at + equals + 1 + blank;
        let (skip, value) = match value.chars().next() {
            Some(quote @ ('\'' | '"')) => {
                let quoted = value.get(1..).unwrap_or_default();
                (2, quoted.split(quote).next().unwrap_or_default())
            }
            _ => (0, value.split([',', ']']).next().unwrap_or_default().trim_end()),
        };
        items.push((key, value, value_at + skip / 2));
        at = value_at + value.len() + skip;
        if inner.get(at..).is_some_and(|rest| rest.trim_start().starts_with(']')) {
            break;
        }
    }
    items
}

/// An archive: its file name is `name-version-build`.
fn archive(mut spec: MatchSpec, body: &str, start: usize) -> Result<MatchSpec, RequirementError> {
    let end = body.find(['#', '?']).unwrap_or(body.len());
    let path = body.get(..end).unwrap_or(body);
    let file_at = path.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let Some((name, version, build)) = path.get(file_at..).and_then(archive_parts) else {
        return Err(RequirementError::UnnamedUrl);
    };
    let name_at = start + file_at;
    spec.name = name.to_owned();
    spec.name_at = Span::new(name_at, name_at + name.len());
    let version_at = name_at + name.len() + 1;
    spec.specifier_at = Some(Span::new(version_at, version_at + version.len()));
    spec.specifier = format!("=={version}");
    spec.pin = Pin::Exact(version.to_owned());
    spec.build = Some(build.to_owned());
    spec.url = Some(Redacted::url(body));
    Ok(spec)
}

/// Name, version and build of a conda archive's file name: split at the last two hyphens.
pub fn archive_parts(file_name: &str) -> Option<(&str, &str, &str)> {
    let stem = file_name.strip_suffix(".conda").or_else(|| file_name.strip_suffix(".tar.bz2"))?;
    let (rest, build) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    (!name.is_empty() && !version.is_empty()).then_some((name, version, build))
}

/// `text` up to a `#` that opens a comment.
fn without_comment(text: &str) -> &str {
    let comment = text
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|at| text.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace)));
    text.get(..comment.unwrap_or(text.len())).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ok(text: &str) -> MatchSpec {
        match read(text) {
            Ok(spec) => spec,
            Err(error) => panic!("{text:?}: {error}"),
        }
    }

    #[test]
    fn groups_of_alternatives_keep_their_clauses() {
        assert_eq!(ok("foo (>=1,<2)|==3").specifier, ">=1,<2|==3");
        assert_eq!(ok("foo =1|(2.*)").specifier, "1.*|2.*");
    }

    #[test]
    fn every_form_of_a_version_is_read() {
        for (text, name, specifier, pin) in [
            ("numpy", "numpy", "", Pin::Unpinned),
            ("numpy=1.21", "numpy", "1.21.*", Pin::Range("==1.21.*".into())),
            ("numpy=1.21.*", "numpy", "1.21.*", Pin::Range("==1.21.*".into())),
            ("numpy==1.21", "numpy", "==1.21", Pin::Exact("1.21".into())),
            ("numpy = 1.21", "numpy", "1.21.*", Pin::Range("==1.21.*".into())),
            ("numpy 1.21", "numpy", "==1.21", Pin::Exact("1.21".into())),
            ("numpy 1.21 py38_0", "numpy", "==1.21", Pin::Exact("1.21".into())),
            ("numpy=1.21=py38_0", "numpy", "==1.21", Pin::Exact("1.21".into())),
            ("numpy 1.8*", "numpy", "1.8.*", Pin::Range("==1.8.*".into())),
            ("PyJWT < 2.0.0", "PyJWT", "<2.0.0", Pin::Range("<2.0.0".into())),
            ("numpy >=1.8, <2", "numpy", ">=1.8,<2", Pin::Range(">=1.8,<2".into())),
            ("numpy>=1.8.*", "numpy", ">=1.8", Pin::Range(">=1.8".into())),
            ("numpy 1.8|1.9.*", "numpy", "==1.8|1.9.*", Pin::Range("==1.8|1.9.*".into())),
            ("openssl=1.1.1g", "openssl", "1.1.1g.*", Pin::Range("1.1.1g.*".into())),
            ("pytorch::pytorch=1.11.0", "pytorch", "1.11.0.*", Pin::Range("==1.11.0.*".into())),
            ("conda-forge/linux-64::x *", "x", "", Pin::Unpinned),
            ("torch[version='>=2,<3', build=\"*cuda*\"]", "torch", ">=2,<3", Pin::Range(">=2,<3".into())),
            ("torch[build=cuda,version=2.1]", "torch", "==2.1", Pin::Exact("2.1".into())),
            ("python={{ py }}", "python", "={{py}}", Pin::Template("{{ py }}".into())),
            ("mkl  # [win]", "mkl", "", Pin::Unpinned),
            ("_libgcc_mutex=0.1=main", "_libgcc_mutex", "==0.1", Pin::Exact("0.1".into())),
        ] {
            let spec = ok(text);
            assert_eq!((spec.name.as_str(), spec.specifier.as_str(), spec.pin), (name, specifier, pin), "{text}");
            assert_eq!(spec.name_at.slice(text.as_bytes()), name.as_bytes());
        }
    }

    #[test]
    fn places_hold_the_version_with_its_operator() {
        let at = |text: &str| {
            let at = ok(text).specifier_at.unwrap();
            String::from_utf8(at.slice(text.as_bytes()).to_vec()).unwrap()
        };
        assert_eq!(at("numpy =1.21=py38_0"), "=1.21");
        assert_eq!(at("c::numpy >=1.8, <2 py_0"), ">=1.8, <2");
        assert_eq!(at("torch[build=x, version='>=2,<3']"), ">=2,<3");
    }

    #[test]
    fn archives_name_version_and_build() {
        let spec = ok("https://example.org/conda-forge/linux-64/scikit-learn-0.24-py38_0.tar.bz2#d41d8");
        assert_eq!((spec.name.as_str(), spec.pin), ("scikit-learn", Pin::Exact("0.24".into())));
        assert_eq!(spec.build.as_deref(), Some("py38_0"));
        assert!(read("https://example.org/x").is_err());
        assert!(read("{{ dep }}").is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics_and_spans_lie_inside(text in "[a-c1.:=<>!~|,\\[\\]'\" #*{}$é/_-]{0,40}") {
            if let Ok(spec) = read(&text) {
                prop_assert_eq!(spec.name_at.slice(text.as_bytes()), spec.name.as_bytes());
                prop_assert!(spec.extent.end <= text.len());
                if let Some(at) = spec.specifier_at {
                    prop_assert!(spec.extent.contains(at));
                }
            }
        }
    }
}
