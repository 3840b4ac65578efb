//! Inline script metadata: the `# /// script` block (PEP 723,
//! <https://packaging.python.org/en/latest/specifications/inline-script-metadata/>).
//!
//! The comment marks become blanks of the same length, so that the TOML that is left keeps its offsets.

use super::{Parser, requirement, toml};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Scope, Source, Span};

/// Script metadata.
pub struct Pep723;

const OPENING: &[u8] = b"# /// script";

impl Parser for Pep723 {
    fn name(&self) -> &'static str {
        "pep723"
    }

    fn reads(&self) -> &'static str {
        "script metadata in `*.py` (PEP 723)"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        let is_python = path.extension() == "py" || head.starts_with(b"#!");
        is_python && memchr::memmem::find(head, OPENING).is_some()
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Some(block) = block(source.text()) else { return };
        let Ok(text) = String::from_utf8(unmarked(block.slice(source.text()))) else {
            document.notify_at(block.start, NotificationKind::Malformed, "script metadata that is not UTF-8");
            return;
        };
        let toml = toml::parse(document, &text, block.start);
        for item in toml::items(&toml.root, "dependencies") {
            if let Some(text) = item.get_ref().as_str() {
                requirement::declare(document, text, &toml.map(item.span(), text), Scope::Runtime);
            }
        }
    }
}

/// The lines between `# /// script` and the last `# ///` of the comment that follows.
fn block(text: &[u8]) -> Option<Span> {
    let mut at = 0;
    let mut start = None;
    let mut end = None;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |length| length + 1);
        let line = rest.get(..length).unwrap_or_default().trim_ascii_end();
        match start {
            None if line == OPENING => start = Some(at + length),
            Some(_) if line == b"# ///" => end = Some(at),
            Some(_) if line != b"#" && !line.starts_with(b"# ") => break,
            _ => {}
        }
        at += length;
    }
    Some(Span::new(start?, end?))
}

fn unmarked(block: &[u8]) -> Vec<u8> {
    let mut text = block.to_vec();
    let mut line_start = true;
    for byte in &mut text {
        if line_start && *byte == b'#' {
            *byte = b' ';
        }
        line_start = *byte == b'\n';
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_a_script() {
        let text = "#!/usr/bin/env -S uv run\n# /// script\n# requires-python = \">=3.11\"\n# dependencies = [\n#   \"requests<3\",\n#   \"rich\",\n# ]\n# ///\nimport x\n";
        let source = Source::new(ArtifactPath::new("a.py"), text.as_bytes());
        assert!(Pep723.claims(&source.path, text.as_bytes()));
        let mut document = Document::new(&source);
        Pep723.parse(&source, &mut document);
        let found: Vec<String> = document
            .dependencies
            .iter()
            .map(|found| format!("{}{} @{}", found.name, found.specifier, found.declared_at.start.line))
            .collect();
        assert_eq!(found, ["requests<3 @5", "rich @6"]);
        assert!(document.notifications.is_empty());
    }
}
