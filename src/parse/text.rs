//! Any text file as one segment. Last in the list: it steps back where another parser made segments.

use super::Parser;
use crate::model::{ArtifactPath, Document, Segment, SegmentKind, Source};

/// Plain text.
pub struct Text;

impl Parser for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn reads(&self) -> &'static str {
        "every other text file, for secrets"
    }

    fn claims(&self, _path: &ArtifactPath, head: &[u8]) -> bool {
        is_text(head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        if document.segments.is_empty() {
            document.segments.push(Segment::whole(source.text(), kind(&source.path)));
        }
    }
}

/// True when the first 8 KiB hold no NUL byte (as ripgrep and git decide), or begin with the mark of UTF-16, as UTF-32 does.
pub fn is_text(head: &[u8]) -> bool {
    let head = head.get(..8192).unwrap_or(head);
    memchr::memchr(0, head).is_none() || head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF")
}

fn kind(path: &ArtifactPath) -> SegmentKind {
    match path.extension().as_str() {
        "py" | "pyi" => SegmentKind::Python,
        "md" | "rst" | "txt" => SegmentKind::Prose,
        _ => SegmentKind::Text,
    }
}
