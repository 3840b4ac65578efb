//! `pdm.lock`: a TOML table `[[package]]` a package; one with extras has an entry for each set of them.
//!
//! <https://pdm-project.org/latest/usage/lockfile/>.

use super::{Parser, locked, toml};
use crate::model::{ArtifactPath, Document, Pin, Source};

/// PDM's locks.
pub struct PdmLock;

impl Parser for PdmLock {
    fn name(&self) -> &'static str {
        "pdm_lock"
    }

    fn reads(&self) -> &'static str {
        "`pdm.lock`"
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        locked::is_lock_of(path.file_name(), "pdm")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        locked::packages(source, document, "package", |document, toml, package, header| {
            let of = |key: &str| toml::text(package, key).map(str::to_owned);
            let from = if let Some(url) = of("git") {
                let revision = of("revision").or_else(|| of("ref")).map_or(String::new(), |at| format!("@{at}"));
                (Some(Pin::Url), Some(format!("git+{url}{revision}")))
            } else if let Some(path) = of("path") {
                (Some(Pin::Url), Some(path))
            } else {
                (None, of("url"))
            };
            locked::declare(document, toml, package, header, from);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_and_paths_are_no_releases() {
        let text = "[metadata]\ngroups = [\"default\"]\n\n[[package]]\nname = \"a\"\nversion = \"1\"\nmarker = \"os_name == 'nt'\"\n\n[[package]]\nname = \"g\"\nversion = \"2\"\ngit = \"https://g.example/g.git\"\nrevision = \"abc\"\n";
        let source = Source::new(ArtifactPath::new("pdm.lock"), text.as_bytes());
        let mut document = Document::new(&source);
        PdmLock.parse(&source, &mut document);
        let pins: Vec<_> = document.dependencies.iter().map(|dependency| dependency.pin.clone()).collect();
        assert_eq!(pins, [Pin::Exact("1".into()), Pin::Url]);
        assert_eq!(document.dependencies[0].marker.as_deref(), Some("os_name == 'nt'"));
    }
}
