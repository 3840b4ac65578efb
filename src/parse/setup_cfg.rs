//! `setup.cfg`: the declarative configuration of setuptools.
//!
//! <https://setuptools.pypa.io/en/latest/userguide/declarative_config.html>, in the syntax of Python's `configparser`:
//! a value goes on in lines that are indented. A list is one item a line, or separated by `;` on one line;
//! `file: NAME, …` is a reference. Sections of other tools declare nothing here.

use super::{Parser, ini, lossy, requirement};
use crate::model::{ArtifactPath, Document, Groups, OffsetMap, Redacted, Reference, ReferenceKind, Scope, Source, Span};

/// setup.cfg files.
pub struct SetupCfg;

impl Parser for SetupCfg {
    fn name(&self) -> &'static str {
        "setup_cfg"
    }

    fn reads(&self) -> &'static str {
        "`setup.cfg`"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        path.file_name().ends_with("setup.cfg")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        for value in ini::values(text, source.text_start()) {
            let scope = match (value.section, value.key) {
                ("options", "install_requires" | "install-requires") => Scope::Runtime,
                ("options", "setup_requires" | "setup-requires") => Scope::Build,
                ("options", "tests_require" | "tests-require") => Scope::Optional,
                ("options.extras_require", _) => Scope::Optional,
                _ => continue,
            };
            declare(document, &value, scope);
        }
    }
}

fn declare(document: &mut Document<'_>, value: &ini::Value<'_>, scope: Scope) {
    let filled: Vec<_> = value.lines.iter().filter(|(_, line)| !line.trim().is_empty()).collect();
    if let Some((at, first)) = filled.first()
        && let Some(files) = first.trim_start().strip_prefix("file:")
    {
        let files_at = at.saturating_add(first.len() - files.len());
        refer(document, files, files_at);
        for (at, line) in filled.iter().skip(1) {
            refer(document, line, *at);
        }
        return;
    }
    // setuptools splits at `;` only when the whole value is one line: elsewhere it opens a marker.
    let dangling = value.lines.len() > 1;
    for (at, line) in filled {
        let mut start = *at;
        let items: Vec<&str> = if dangling { vec![line] } else { line.split(';').collect() };
        for item in items {
            if !item.trim().is_empty() {
                requirement::declare(document, item, &OffsetMap::identity(start, item.len()), scope);
            }
            start = start.saturating_add(item.len()).saturating_add(1);
        }
    }
}

/// The files of a comma-separated list that stands `at` bytes into the file.
fn refer(document: &mut Document<'_>, files: &str, at: usize) {
    let mut start = at;
    for file in files.split(',') {
        let name = file.trim();
        if !name.is_empty() {
            let name_at = start.saturating_add(file.len() - file.trim_start().len());
            let location = document.source.location(Span::new(name_at, name_at.saturating_add(name.len())));
            document.references.push(Reference { kind: ReferenceKind::Requirements, value: Redacted::url(name), location });
        }
        start = start.saturating_add(file.len()).saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with<T>(text: &str, check: impl FnOnce(&Document<'_>) -> T) -> T {
        let source = Source::new(ArtifactPath::new("setup.cfg"), text.as_bytes());
        let mut document = Document::new(&source);
        SetupCfg.parse(&source, &mut document);
        check(&document)
    }

    #[test]
    fn lists_of_both_forms_and_files_are_read() {
        let text = "[metadata]\nname = x\n[options]\ninstall_requires =\n    requests>=2 ; os_name == 'nt'\n    # a comment\n\n    torch\nsetup_requires = wheel; cython==0.29\ntests_require = file: test.txt, more.txt\n[options.extras_require]\npdf : reportlab>=1.2\n[tool:pytest]\ninstall_requires = no\n";
        with(text, |document| {
            let rows: Vec<_> = document
                .dependencies
                .iter()
                .map(|d| (d.name.as_str(), d.specifier.as_str(), d.scope, d.declared_at.start.line))
                .collect();
            assert_eq!(
                rows,
                [
                    ("requests", ">=2", Scope::Runtime, 5),
                    ("torch", "", Scope::Runtime, 8),
                    ("wheel", "", Scope::Build, 9),
                    ("cython", "==0.29", Scope::Build, 9),
                    ("reportlab", ">=1.2", Scope::Optional, 12),
                ]
            );
            for dependency in &document.dependencies {
                assert_eq!(dependency.name_at.span.slice(text.as_bytes()), dependency.name.as_bytes());
            }
            let files: Vec<_> = document.references.iter().map(|r| r.location.span.slice(text.as_bytes())).collect();
            assert_eq!(files, [&b"test.txt"[..], b"more.txt"]);
        });
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(\\[options\\]\n|install_requires|=|:|\n|    |a==1|;|#|file:|,|é){0,30}") {
            with(&text, |document| {
                for dependency in &document.dependencies {
                    assert_eq!(dependency.name_at.span.slice(text.as_bytes()), dependency.name.as_bytes());
                }
            });
        }
    }
}
