//! What is installed in an environment, and what a wheel holds: `*.dist-info/METADATA`, `*.egg-info/PKG-INFO`
//! (<https://packaging.python.org/en/latest/specifications/core-metadata/>) and `conda-meta/*.json`.
//!
//! Only the package itself. What it asks for in turn is installed beside it, or is not part of it.

use super::json::{self, Reader};
use super::{Parser, match_spec, requirement};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, OffsetMap, Scope, Source, Span};

/// Records of installed packages.
pub struct Installed;

impl Parser for Installed {
    fn name(&self) -> &'static str {
        "installed"
    }

    fn reads(&self) -> &'static str {
        "`*.dist-info/METADATA`, `*.egg-info/PKG-INFO`, `conda-meta/*.json`: what is installed, or in a wheel"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        let mut parts = path.as_str().rsplit(['/', '!']);
        let (file, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match file {
            "METADATA" => folder.ends_with(".dist-info"),
            "PKG-INFO" => folder.ends_with(".egg-info"),
            _ => folder == "conda-meta" && path.extension() == "json",
        }
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let (name, version) = match source.path.extension() == "json" {
            true => match conda(source, document) {
                Some(found) => found,
                None => return,
            },
            false => (header(source, b"Name"), header(source, b"Version")),
        };
        let (Some(name), Some(version)) = (name, version) else {
            document.notify(NotificationKind::Malformed, "a record of an installed package without its name or version");
            return;
        };
        // What setuptools writes where it knows no name.
        if name.slice(source.text()) != b"UNKNOWN" {
            declare(source, name, version, document);
        }
    }
}

/// The value of a header field. The description, which may hold anything, comes behind the first empty line.
fn header(source: &Source<'_>, key: &[u8]) -> Option<Span> {
    let mut at = source.text_start();
    loop {
        let rest = source.text().get(at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = rest.get(..length).unwrap_or_default();
        if line.trim_ascii().is_empty() {
            return None;
        }
        let value = line.split_at_checked(key.len()).and_then(|(name, rest)| {
            let value = rest.strip_prefix(b":").filter(|_| name.eq_ignore_ascii_case(key))?;
            let start = at + line.len() - value.trim_ascii_start().len();
            Some(Span::new(start, start + value.trim_ascii().len()))
        });
        if value.is_some_and(|value| !value.is_empty()) {
            return value;
        }
        at += length;
    }
}

/// Name and version of a conda package.
fn conda(source: &Source<'_>, document: &mut Document<'_>) -> Option<(Option<Span>, Option<Span>)> {
    let root = json::read(&mut Reader::new(source.text(), source.text_start()), document)?;
    let inner = |key| {
        let quoted = root.get(source.text(), key)?.token()?.quoted();
        Some(Span::new(quoted.start + 1, quoted.end - 1))
    };
    Some((inner("name"), inner("version")))
}

fn declare(source: &Source<'_>, name: Span, version: Span, document: &mut Document<'_>) {
    let text = |span: Span| String::from_utf8_lossy(span.slice(source.text())).into_owned();
    let place = |span: Span| OffsetMap::identity(span.start, span.len());
    let (pinned, map) =
        requirement::pinned((&text(name), place(name)), "==", (&text(version), &place(version)));
    let declared = match source.path.extension() == "json" {
        true => match_spec::declare(document, &pinned, &map, Scope::Locked),
        false => requirement::declare(document, &pinned, &map, Scope::Locked),
    };
    if let Some(dependency) = declared {
        dependency.declared_at = source.location(name);
        dependency.specifier_at = Some(source.location(version));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Pin;

    fn read(path: &str, text: &str) -> (Vec<String>, usize) {
        let source = Source::new(ArtifactPath::new(path), text.as_bytes());
        assert!(Installed.claims(&source.path, text.as_bytes()), "{path}");
        let mut document = Document::new(&source);
        Installed.parse(&source, &mut document);
        let packages = document.dependencies.iter().map(|found| {
            assert!(matches!(found.pin, Pin::Exact(_)) && found.scope == Scope::Locked);
            let version = found.specifier_at.as_ref().map(|place| place.span.slice(text.as_bytes()));
            let version = String::from_utf8_lossy(version.unwrap_or_default());
            let line = found.declared_at.start.line;
            format!("{} {}{} at {version} @{line}", found.ecosystem.purl_type(), found.name, found.specifier)
        });
        (packages.collect(), document.notifications.len())
    }

    #[test]
    fn core_metadata() {
        let text = "Metadata-Version: 2.1\nname: Pillow\nRequires-Dist: a==1\nVersion: 9.0.0\r\n\nName: no\nVersion: 1\n";
        let found = (vec!["pypi Pillow==9.0.0 at 9.0.0 @2".to_owned()], 0);
        assert_eq!(read("lib/site-packages/Pillow-9.0.0.dist-info/METADATA", text), found);
        assert_eq!(read("Pillow.egg-info/PKG-INFO", text), found);
        assert_eq!(read("x.whl!x.dist-info/METADATA", "Name: x\n\nVersion: 1\n"), (vec![], 1));
        for path in ["METADATA", "docs/METADATA", "x.dist-info/RECORD", "PKG-INFO"] {
            assert!(!Installed.claims(&ArtifactPath::new(path), text.as_bytes()), "{path}");
        }
    }

    #[test]
    fn conda_packages() {
        let text = "{\n \"build\": \"py39_0\",\n \"name\": \"pillow\",\n \"version\": \"9.0.0\"\n}";
        assert_eq!(read("env/conda-meta/pillow-9.0.0-py39_0.json", text), (vec!["conda pillow==9.0.0 at 9.0.0 @3".to_owned()], 0));
        assert_eq!(read("env/conda-meta/a.json", "{\"name\""), (vec![], 1));
    }
}
