//! From the decoded text of a scalar back to its bytes in the file.

use granit_parser::ScalarStyle;

use crate::model::{OffsetMap, Span};

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
    match raw == decoded {
        true => OffsetMap::identity(origin, raw.len()),
        false => align(raw, origin, decoded, style),
    }
}

fn align(raw: &str, origin: usize, decoded: &str, style: ScalarStyle) -> OffsetMap {
    let mut map = OffsetMap::default();
    let mut at = 0;
    for character in decoded.chars() {
        let len = character.len_utf8();
        loop {
            let rest = raw.get(at..).unwrap_or_default();
            let Some(next) = rest.chars().next() else {
                // More text than bytes (a final line end that the style adds): it stands at the end.
                map.push(len, origin.saturating_add(raw.len()), 0);
                break;
            };
            let escape = match style {
                ScalarStyle::DoubleQuoted => escape_length(rest),
                ScalarStyle::SingleQuoted if rest.starts_with("''") => Some(2),
                _ => None,
            };
            if let Some(escape) = escape {
                let source = origin.saturating_add(at);
                at = at.saturating_add(escape);
                if rest.starts_with("\\\n") || rest.starts_with("\\\r") {
                    continue;
                }
                map.push(len, source, escape);
                break;
            }
            let folded = next.is_whitespace() && character.is_whitespace();
            if next == character || folded || !next.is_whitespace() {
                map.push(len, origin.saturating_add(at), next.len_utf8());
                at = at.saturating_add(next.len_utf8());
                break;
            }
            at = at.saturating_add(next.len_utf8());
        }
    }
    map
}

/// The length of the escape at the start of `rest`, if there is one (YAML 1.2, section 5.7).
fn escape_length(rest: &str) -> Option<usize> {
    let kind = rest.strip_prefix('\\')?.chars().next()?;
    Some(match kind {
        'x' => 4,
        'u' => 6,
        'U' => 10,
        '\r' if rest.starts_with("\\\r\n") => 3,
        other => 1 + other.len_utf8(),
    })
}
