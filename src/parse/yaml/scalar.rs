//! From the decoded text of a scalar back to its bytes in the file.

use granit_parser::ScalarStyle;

use crate::model::{OffsetMap, Span};
use crate::parse::decoded::{Escapes, align};

/// The map of `decoded`, which stands at `span` of a file whose text, `base` bytes into it, is `text`.
///
/// A scalar that stands in the file as it is maps byte by byte. Otherwise both are walked together: escapes
/// map as a whole, folded blanks to a blank of the file, indentation to nothing. Linear in the scalar.
pub(super) fn map(text: &str, base: usize, span: Span, decoded: &str, style: ScalarStyle) -> OffsetMap {
    let start = span.start.saturating_sub(base);
    let raw = text.get(start..span.end.saturating_sub(base)).unwrap_or_default();
    let (skipped, raw) = match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if raw.starts_with(['\'', '"']) => {
            (1, raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default())
        }
        ScalarStyle::Literal | ScalarStyle::Folded if raw.starts_with(['|', '>']) => {
            let header = raw.find('\n').map_or(raw.len(), |at| at + 1);
            (header, raw.get(header..).unwrap_or_default())
        }
        _ => (0, raw),
    };
    let origin = span.start.saturating_add(skipped);
    let escapes = match style {
        ScalarStyle::DoubleQuoted => Escapes::Backslash,
        ScalarStyle::SingleQuoted => Escapes::DoubledQuote,
        _ => Escapes::None,
    };
    match raw == decoded {
        true => OffsetMap::identity(origin, raw.len()),
        false => align(raw, origin, decoded, escapes),
    }
}
