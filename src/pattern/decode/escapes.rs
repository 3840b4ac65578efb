//! Escapes: `%2B` of URLs, `\u002b`, `\x2b`, `\053` and `\/` of programs and JSON, `\_` of Markdown and LaTeX, `&amp;` and
//! `&#43;` of markup.
//!
//! Only escapes that stand for printable ASCII are looked at: secrets consist of nothing else.

use std::ops::Range;

use super::Origin;
use crate::model::OffsetMap;

/// How far a stretch with escapes reaches before its first and after its last byte looked at, at most.
const BEFORE: usize = 512;
const AFTER: usize = 4096;

/// Hands out every stretch that holds escapes, decoded. `places` are where escapes may stand
/// ([`crate::pattern::regions::Survey::escapes`]).
pub fn each(text: &[u8], places: &[usize], give: &mut dyn FnMut(&[u8], Origin<'_>)) {
    let mut done = 0;
    for at in places.iter().copied() {
        if at < done || !is_telling(&text[at..]) {
            continue;
        }
        let stretch = stretch(text, at, done);
        done = stretch.end;
        let (decoded, map) = decode(text, stretch);
        give(&decoded, &|span| map.source_span(span));
    }
}

/// An escape that hides a character that secrets or their context are made of.
fn is_telling(text: &[u8]) -> bool {
    match escape(text) {
        Some((byte, len)) => {
            let plain = matches!(text.first(), Some(b'\\')) && len == 2;
            byte.is_ascii_graphic() && (!plain || matches!(byte, b'/' | b'_'))
        }
        None => false,
    }
}

/// The line around `at`, or what there is of it between blanks where the escape is one of URLs or markup.
fn stretch(text: &[u8], at: usize, done: usize) -> Range<usize> {
    let of_line = text[at] == b'\\';
    let ends = |byte: &u8| {
        matches!(byte, b'\n' | b'\r') || (!of_line && matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'<' | b'>' | b'`'))
    };
    let from = at.saturating_sub(BEFORE).max(done);
    let start = text[from..at].iter().rposition(ends).map_or(from, |before| from + before + 1);
    let to = (at + AFTER).min(text.len());
    let end = text[at..to].iter().position(ends).map_or(to, |after| at + after);
    start..end
}

fn decode(text: &[u8], stretch: Range<usize>) -> (Vec<u8>, OffsetMap) {
    let (mut out, mut map) = (Vec::with_capacity(stretch.len()), OffsetMap::default());
    let end = stretch.end;
    let mut at = stretch.start;
    while at < end {
        let plain = memchr::memchr3(b'%', b'\\', b'&', &text[at..end]).unwrap_or(end - at);
        out.extend_from_slice(&text[at..at + plain]);
        map.push(plain, at, plain);
        at += plain;
        if at == end {
            break;
        }
        let (byte, len) = escape(&text[at..end]).unwrap_or((text[at], 1));
        out.push(byte);
        map.push(1, at, len);
        at += len;
    }
    (out, map)
}

/// The ASCII character that an escape at the start of `text` stands for, and the escape's length.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let hex = |range: Range<usize>| {
        let digits = text.get(range).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let (value, len) = match (text.first()?, text.get(1)?) {
        (b'%', _) => (hex(1..3)?, 3),
        (b'\\', b'u') if text.get(2) == Some(&b'{') => {
            let close = text.iter().take(11).position(|byte| *byte == b'}')?;
            (hex(3..close)?, close + 1)
        }
        (b'\\', b'u') => (hex(2..6)?, 6),
        (b'\\', b'U') => (hex(2..10)?, 10),
        (b'\\', b'x') => (hex(2..4)?, 4),
        (b'\\', b'n' | b'r' | b't') => (u32::from(b'\n'), 2),
        (b'\\', byte @ (b'/' | b'"' | b'\'' | b'\\' | b'_')) => (u32::from(*byte), 2),
        (b'\\', b'0' | b'1') => (octal(text.get(1..4)?)?, 4),
        (b'&', _) => entity(text)?,
        _ => return None,
    };
    u8::try_from(value).ok().filter(u8::is_ascii).map(|byte| (byte, len))
}

fn octal(digits: &[u8]) -> Option<u32> {
    let mut digits = digits.iter().map(|digit| char::from(*digit).to_digit(8));
    digits.try_fold(0, |value, digit| Some(value * 8 + digit?))
}

fn entity(text: &[u8]) -> Option<(u32, usize)> {
    let end = text.iter().take(10).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(text.get(1..end)?).ok()?;
    let value = match name {
        "amp" => u32::from(b'&'),
        "lt" => u32::from(b'<'),
        "gt" => u32::from(b'>'),
        "quot" => u32::from(b'"'),
        "apos" => u32::from(b'\''),
        "equals" => u32::from(b'='),
        "plus" => u32::from(b'+'),
        "sol" => u32::from(b'/'),
        _ => {
            let number = name.strip_prefix('#')?;
            match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            }
        }
    };
    Some((value, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use crate::pattern::regions::survey;

    fn decoded(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each(text.as_bytes(), &survey(text.as_bytes()).escapes, &mut |decoded, _| {
            found.push(String::from_utf8_lossy(decoded).into_owned())
        });
        found
    }

    #[test]
    fn escapes_of_all_kinds_are_undone() {
        assert_eq!(decoded("see https://h/cb?t=a%5Fb%2Fc&x=1 now"), ["https://h/cb?t=a_b/c&x=1"]);
        assert_eq!(decoded(r#"{"t": "\u0067h\x70_"}"#), [r#"{"t": "ghp_"}"#]);
        assert_eq!(decoded(r#"{"k": "ab\/cd"}"#), [r#"{"k": "ab/cd"}"#]);
        assert_eq!(decoded(r"key: ghp\_a\_b"), ["key: ghp_a_b"]);
        assert_eq!(decoded(r#"k = "\147\150p\137""#), [r#"k = "ghp_""#]);
        assert_eq!(decoded("<a href=x?sv=1&amp;sig=a&#43;b>"), ["href=x?sv=1&sig=a+b"]);
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in [
            "100% sure",
            "print('%d' % x)",
            r"C:\new\table",
            "a && b",
            r"\d+\n",
            "fish &chips;",
            "a%20b",
            r"\033[0m \1 \08",
        ] {
            assert!(decoded(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn places_lead_back() {
        let text = b"x=a%2Bb";
        each(text, &survey(text).escapes, &mut |decoded, origin| {
            assert_eq!(decoded, b"x=a+b");
            assert_eq!(origin(Span::new(2, 5)), Span::new(2, 7));
            assert_eq!(origin(Span::new(4, 5)), Span::new(6, 7));
        });
    }
}
