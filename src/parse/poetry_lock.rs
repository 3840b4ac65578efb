//! `poetry.lock`, versions 0 to 2: a TOML table `[[package]]` a package.
//!
//! <https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock>; the format is described by Poetry's
//! `packages/locker.py` only. Hashes of old locks stand in `[metadata.files]`, apart from their packages; they are
//! not joined.

use super::{Parser, locked, toml};
use crate::model::{ArtifactPath, Document, Groups, Pin, Source};

/// Poetry's locks.
pub struct PoetryLock;

impl Parser for PoetryLock {
    fn name(&self) -> &'static str {
        "poetry_lock"
    }

    fn reads(&self) -> &'static str {
        "`poetry.lock`"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        locked::is_lock_of(path.file_name(), "poetry") || locked::holds(path, head, "\npython-versions = ")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        locked::packages(source, document, "package", |document, toml, package, header| {
            let place = toml::table(package, &["source"]);
            let url = place.and_then(|place| toml::text(place, "url"));
            let from = match place.and_then(|place| toml::text(place, "type")) {
                Some("git") => {
                    let revision = place.and_then(|place| toml::text(place, "resolved_reference"));
                    let url = url.map(|url| format!("git+{url}@{}", revision.unwrap_or("HEAD")));
                    (Some(Pin::Url), url)
                }
                Some("directory") => (Some(Pin::Url), url.map(str::to_owned)),
                Some("url" | "file") => (None, url.map(str::to_owned)),
                // `legacy` is another index: the package is what its version says.
                _ => (None, None),
            };
            locked::declare(document, toml, package, header, from);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_their_sources_are_read() {
        let text = "# @generated\n\n[[package]]\nname = \"A_b\"\nversion = \"1.0\"\nfiles = [{file = \"x\", hash = \"sha256:00\"}]\n\n[package.dependencies]\nc = \"*\"\n\n[[package]]\nname = \"g\"\nversion = \"0.1\"\n[package.source]\ntype = \"git\"\nurl = \"https://g.example/g.git\"\nresolved_reference = \"abc\"\n\n[metadata]\nlock-version = \"2.0\"\n";
        let source = Source::new(ArtifactPath::new("poetry.lock"), text.as_bytes());
        let mut document = Document::new(&source);
        PoetryLock.parse(&source, &mut document);
        assert!(document.notifications.is_empty());
        let [first, second] = document.dependencies.as_slice() else { panic!("two packages") };
        assert_eq!((first.name.as_str(), first.specifier.as_str(), first.declared_at.start.line), ("A_b", "==1.0", 3));
        assert_eq!(first.hashes, ["sha256:00"]);
        assert_eq!(first.version_at().span.slice(text.as_bytes()), b"1.0");
        assert_eq!((second.pin.clone(), second.declared_at.start.line), (Pin::Url, 11));
        assert_eq!(second.url.as_ref().unwrap().as_str(), "git+https://g.example/g.git@abc");
    }

    #[test]
    fn a_broken_package_leaves_the_others() {
        let text = "[[package]]\nname = \"a\"\nversion = \"1\"\n[[package]]\nname = = 1\n[[package]]\nname = \"b\"\nversion = \"2\"\n";
        let source = Source::new(ArtifactPath::new("poetry.lock"), text.as_bytes());
        let mut document = Document::new(&source);
        PoetryLock.parse(&source, &mut document);
        let names: Vec<_> = document.dependencies.iter().map(|dependency| dependency.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(document.notifications.first().and_then(|notification| notification.line), Some(5));
    }

    #[test]
    fn locks_are_claimed_by_their_names() {
        for name in ["poetry.lock", "poetry_flask.lock", "want.poetry.lock"] {
            assert!(PoetryLock.claims(&ArtifactPath::new(name), b""));
        }
        let cargo = b"version = 3\n\n[[package]]\nname = \"a\"\nsource = \"registry+https\"\n";
        assert!(!PoetryLock.claims(&ArtifactPath::new("Cargo.lock"), cargo));
        let other = b"[[package]]\nname = \"a\"\npython-versions = \"*\"\n";
        assert!(PoetryLock.claims(&ArtifactPath::new("one-package.lock"), other));
    }
}
