//! `pixi.lock`, versions 4 to 7: one entry a package under `packages:`.
//!
//! <https://pixi.sh/latest/workspace/lockfile/>. Up to version 5 an entry has `kind` and `name`; later it has `conda:`
//! or `pypi:` with a URL or path, and a conda package's name and version stand in the file name only.

use super::conda_lock::{declare, entries};
use super::yaml::Node;
use super::{Parser, match_spec};
use crate::model::{ArtifactPath, Document, Ecosystem, Groups, Scope, Source};

/// pixi's locks.
pub struct PixiLock;

impl Parser for PixiLock {
    fn name(&self) -> &'static str {
        "pixi_lock"
    }

    fn reads(&self) -> &'static str {
        "`pixi.lock`"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        path.file_name().ends_with("pixi.lock")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        entries(source, document, "packages", |document, tree, entry| {
            let text = |key: &str| entry.get(key).and_then(Node::text);
            let pypi = entry.get("pypi").is_some() || text("kind") == Some("pypi");
            let ecosystem = if pypi { Ecosystem::PyPi } else { Ecosystem::Conda };
            let place = ["pypi", "conda", "url", "path"].into_iter().find_map(text);
            let is_url = place.is_some_and(|place| place.contains("://") && !place.starts_with("git+"));
            let declared_at = document.source.location(entry.span);
            if text("name").is_none()
                && let Some(node) = entry.get("conda")
                && let Some(archive) = node.text()
                && let Some(dependency) = match_spec::declare(document, archive, &tree.map(node), Scope::Locked)
            {
                dependency.declared_at = declared_at;
                return;
            }
            declare(document, tree, entry, ecosystem, place, place.is_some() && !is_url);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Pin;

    #[test]
    fn entries_of_every_version_are_read() {
        let text = "version: 6\nenvironments:\n  default:\n    packages:\n      linux-64:\n      - conda: x\npackages:\n- conda: https://c.example/linux-64/_x-0.1-main.tar.bz2\n  sha256: ab\n- pypi: https://f.example/a.whl\n  name: a\n  version: 1.0.0\n- pypi: ./local\n  name: local\n- kind: conda\n  name: old\n  version: 2.0\n  url: https://c.example/linux-64/old-2.0-0.conda\n";
        let source = Source::new(ArtifactPath::new("pixi.lock"), text.as_bytes());
        let mut document = Document::new(&source);
        PixiLock.parse(&source, &mut document);
        let rows: Vec<_> = document
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.ecosystem, d.specifier.as_str(), d.pin.clone(), d.declared_at.start.line))
            .collect();
        assert_eq!(
            rows,
            [
                ("_x", Ecosystem::Conda, "==0.1", Pin::Exact("0.1".into()), 8),
                ("a", Ecosystem::PyPi, "==1.0.0", Pin::Exact("1.0.0".into()), 10),
                ("local", Ecosystem::PyPi, "", Pin::Url, 13),
                ("old", Ecosystem::Conda, "==2.0", Pin::Exact("2.0".into()), 15),
            ]
        );
        assert_eq!(document.dependencies[0].version_at().span.slice(text.as_bytes()), b"0.1");
        assert!(document.notifications.is_empty());
    }
}
