//! `uv.lock`, and the `NAME.py.lock` of a script: a TOML table `[[package]]` a package.
//!
//! <https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile>. A package whose source is the project itself
//! (`editable`, `virtual`, `directory`) or a repository is no release of an index, whatever version it states.

use super::{Parser, locked, toml};
use crate::model::{ArtifactPath, Document, Groups, Pin, Source};

/// uv's locks.
pub struct UvLock;

impl Parser for UvLock {
    fn name(&self) -> &'static str {
        "uv_lock"
    }

    fn reads(&self) -> &'static str {
        "`uv.lock` and script locks (`*.py.lock`)"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        let name = path.file_name();
        locked::is_lock_of(name, "uv") || name.ends_with(".py.lock") || locked::holds(path, head, "\nsource = { ")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        locked::packages(source, document, "package", |document, toml, package, header| {
            let place = toml::table(package, &["source"]);
            let of = |key: &str| place.and_then(|place| toml::text(place, key)).map(str::to_owned);
            let local = of("editable").or_else(|| of("virtual")).or_else(|| of("directory"));
            let from = if let Some(url) = of("git") {
                (Some(Pin::Url), Some(format!("git+{}", url.replace('#', "@"))))
            } else if let Some(path) = local {
                (Some(Pin::Url), Some(path))
            } else {
                (None, of("url").or_else(|| of("path")))
            };
            locked::declare(document, toml, package, header, from);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_the_workspace_are_no_releases() {
        let text = "version = 1\n\n[[package]]\nname = \"certifi\"\nversion = \"2025.1.31\"\nsource = { registry = \"https://i.example/simple\" }\nwheels = [\n    { url = \"https://f.example/c.whl\", hash = \"sha256:ca\" },\n]\n\n[[package]]\nname = \"me\"\nversion = \"0.1.0\"\nsource = { editable = \".\" }\n\n[[package]]\nname = \"dynamic\"\nsource = { virtual = \"x\" }\n";
        let source = Source::new(ArtifactPath::new("uv.lock"), text.as_bytes());
        let mut document = Document::new(&source);
        UvLock.parse(&source, &mut document);
        let rows: Vec<_> =
            document.dependencies.iter().map(|d| (d.name.as_str(), d.specifier.as_str(), d.pin.clone())).collect();
        assert_eq!(
            rows,
            [
                ("certifi", "==2025.1.31", Pin::Exact("2025.1.31".into())),
                ("me", "==0.1.0", Pin::Url),
                ("dynamic", "", Pin::Url),
            ]
        );
        assert_eq!(document.dependencies[0].hashes, ["sha256:ca"]);
    }
}
