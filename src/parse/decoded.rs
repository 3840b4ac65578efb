//! From the decoded text of a string back to its bytes in the file, for formats whose parser gives the text and
//! the string's place only (YAML, TOML).

use crate::model::OffsetMap;

/// How a string writes characters that cannot stand in it as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// `\n`, `\x41`, `\u00e9`; a backslash at the end of a line hides the line end and the blanks after it.
    Backslash,
    /// `''` is one quote.
    DoubledQuote,
    /// Not at all.
    None,
}

/// The map of `decoded`, which was written as `raw` from byte `origin` of the file on. Both are walked together:
/// escapes map as a whole, folded blanks to a blank of the file, indentation to nothing. Linear.
pub fn align(raw: &str, origin: usize, decoded: &str, escapes: Escapes) -> OffsetMap {
    let mut map = OffsetMap::default();
    let mut at = 0;
    let mut left = decoded;
    while !left.is_empty() {
        let same = same(left, raw.get(at..).unwrap_or_default());
        map.push(same, origin.saturating_add(at), same);
        at = at.saturating_add(same);
        left = left.get(same..).unwrap_or_default();
        let Some(character) = left.chars().next() else { break };
        let len = character.len_utf8();
        left = left.get(len..).unwrap_or_default();
        loop {
            let rest = raw.get(at..).unwrap_or_default();
            let Some(next) = rest.chars().next() else {
                // More text than bytes (a final line end that the style adds): it stands at the end.
                map.push(len, origin.saturating_add(raw.len()), 0);
                break;
            };
            let escape = match escapes {
                Escapes::Backslash => escape_length(rest),
                Escapes::DoubledQuote if rest.starts_with("''") => Some(2),
                Escapes::DoubledQuote | Escapes::None => None,
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

/// How many bytes at the start of both are the same, and written as they are.
fn same(decoded: &str, raw: &str) -> usize {
    let bytes = decoded.bytes().zip(raw.bytes());
    let mut same = bytes.take_while(|(a, b)| a == b && !matches!(a, b'\\' | b'\'')).count();
    while !decoded.is_char_boundary(same) {
        same -= 1;
    }
    same
}

/// The length of the escape at the start of `rest`, if there is one (YAML 1.2, section 5.7; TOML 1.1 shares them).
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
