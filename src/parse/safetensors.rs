//! safetensors: a JSON header and tensors, which run nothing. What is looked at is whether the header is honest.
//! <https://huggingface.co/docs/safetensors/index>

use std::io::Read;

use super::Parser;
use crate::model::{ArtifactPath, Document, ModelTrait, NotificationKind, OffsetMap, Segment, SegmentKind, Source, Span};

/// The reference reader refuses longer headers.
const MAX_HEADER: u64 = 100_000_000;
/// Longer ones are not parsed here.
const MAX_PARSED: u64 = 16 << 20;

/// A safetensors file.
pub struct Safetensors;

impl Parser for Safetensors {
    fn name(&self) -> &'static str {
        "safetensors"
    }

    fn reads(&self) -> &'static str {
        "safetensors, for headers that do not match the file"
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        let Some(length) = length(head) else { return false };
        let opens = head.get(8) == Some(&b'{');
        opens && (path.extension() == "safetensors" || (length <= MAX_HEADER && matches!(head.get(9), Some(b'"' | b'}'))))
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Some(length) = length(source.text()) else { return };
        let Some(data) = source.len().checked_sub(8).and_then(|left| left.checked_sub(length)) else {
            return odd(source, document, "has a header that is longer than the file");
        };
        if length > MAX_PARSED {
            document.notify(NotificationKind::BudgetExceeded, "the header is longer than what is read");
            return;
        }
        let mut header = Vec::new();
        let read = source.reader().and_then(|reader| reader.take(8 + length).read_to_end(&mut header));
        if let Err(error) = read {
            document.notify(NotificationKind::Unreadable, format!("could not be read: {error}"));
            return;
        }
        let header = header.get(8..).unwrap_or_default();
        add_header(header, document);
        document.unsearched_from = Some(8 + length).filter(|_| data > 0);
        let Ok(serde_json::Value::Object(tensors)) = serde_json::from_slice(header) else {
            return odd(source, document, "has a header that is no JSON object");
        };
        let ends = tensors.iter().filter(|(name, _)| *name != "__metadata__").filter_map(|(_, tensor)| tensor.get("data_offsets")?.get(1)?.as_u64());
        let end = ends.max().unwrap_or(0);
        if end < data {
            odd(source, document, &format!("has {} bytes behind its last tensor", data - end));
        } else if end > data {
            odd(source, document, "has tensors that lie outside of the file");
        }
    }
}

/// The header is all of the text; numbers follow.
fn add_header(header: &[u8], document: &mut Document<'_>) {
    let map = OffsetMap::identity(8, header.len());
    document.segments.push(Segment::new(header.to_vec(), map, SegmentKind::Metadata, None));
}

fn length(head: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(head.get(..8)?.try_into().ok()?))
}

fn odd(source: &Source<'_>, document: &mut Document<'_>, says: &str) {
    let location = source.location(Span::default());
    document.model_traits.push(ModelTrait { format: "safetensors", kind: "header", value: says.to_owned(), location });
}
