//! Where a value begins and ends: in quotes, in an element, as a parameter of a URL, behind the scheme of a header, among
//! other words.

use super::shape::{has_long_part, is_drawn, is_public, is_wordy};
use crate::model::Span;

/// Longest value, in bytes.
const VALUE: usize = 2048;

/// Words that an authorization header begins with (RFC 9110, section 11.4), in lower case.
const SCHEMES: &[&[u8]] = &[b"bearer", b"token", b"basic", b"apikey", b"api-key", b"key", b"bot", b"oauth", b"ssws"];

/// The span of the value at `at`, and whether it is quoted.
pub(super) fn read_value(text: &[u8], at: usize) -> Option<(Span, bool)> {
    let mut at = at;
    // `b"…"`, `@"…"`, `N'…'`; `new String("…")` is left alone.
    let letters = text
        .get(at..)?
        .iter()
        .take(2)
        .take_while(|byte| matches!(byte.to_ascii_lowercase(), b'b' | b'f' | b'r' | b'u' | b'@' | b'l' | b'n'))
        .count();
    if matches!(text.get(at + letters), Some(b'"' | b'\'')) {
        at += letters;
    }
    // A text inside a text, as `buildConfigField` takes it: `'"value"'`, `"\"value\""`.
    if let [b'\'', b'"', ..] | [b'"', b'\\', b'"', ..] = text.get(at..)? {
        at += 1;
    }
    let slashes = text.get(at..)?.iter().take(8).take_while(|byte| **byte == b'\\').count();
    let quote = text.get(at + slashes).copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let limit = (at + slashes + 1 + VALUE).min(text.len());
    if let Some(quote) = quote {
        let mut start = at + slashes + 1;
        if text.get(start..start + 2) == Some(&[quote, quote]) {
            start += 2;
        }
        let rest = text.get(start..limit)?;
        let close = rest.iter().position(|byte| *byte == quote || matches!(byte, b'\n' | b'\r'))?;
        let end = start + close - rest[..close].iter().rev().take(slashes).take_while(|byte| **byte == b'\\').count();
        let closed = text.get(start + close) == Some(&quote);
        return (closed && end > start).then_some((Span::new(start, end), true));
    }
    let rest = text.get(at..limit)?;
    let stops = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b',' | b';' | b'|' | b'\\')
            || *byte < 0x20
    };
    let len = rest.iter().position(stops).unwrap_or(rest.len());
    let len = len - rest[..len].iter().rev().take_while(|byte| matches!(byte, b')' | b']' | b'}')).count();
    (len > 0).then_some((Span::new(at, at + len), false))
}

/// What stands behind the scheme: of `"Bearer Kd8f…"` only that is the secret.
pub(super) fn without_scheme(text: &[u8], value: Span, quoted: bool) -> Option<Span> {
    let word = value.slice(text).split(u8::is_ascii_whitespace).next()?;
    let end = value.start + word.len();
    let at = end + text[end..].iter().take(4).take_while(|byte| **byte == b' ').count();
    if at == end || !SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    if quoted { (at < value.end).then(|| Span::new(at, value.end)) } else { read_value(text, at).map(|(span, _)| span) }
}

/// Of `?key=value&cx=…` the part up to the next parameter (RFC 3986, section 3.4); any other value is whole.
pub(super) fn of_parameter(text: &[u8], start: usize, value: Span) -> Option<Span> {
    if !matches!(text[..start].last(), Some(b'?' | b'&')) {
        return Some(value);
    }
    let len = value.slice(text).iter().position(|byte| matches!(byte, b'&' | b'#')).unwrap_or(value.len());
    (len > 0).then(|| Span::new(value.start, value.start + len))
}

/// What stands between `<password>` and `</password>`, blanks around it left out.
pub(super) fn element(text: &[u8], start: usize, end: usize) -> Option<Span> {
    if !text[..start].ends_with(b"<") || text.get(end) != Some(&b'>') {
        return None;
    }
    let inner = &text[end + 1..(end + 1 + VALUE).min(text.len())];
    let close = memchr::memchr2(b'<', b'\n', inner)?;
    let is_closed = inner[close..].strip_prefix(b"</").is_some_and(|rest| rest.starts_with(&text[start..end]));
    let value = inner[..close].trim_ascii();
    let before = inner[..close].len() - inner[..close].trim_ascii_start().len();
    (is_closed && !value.is_empty()).then(|| Span::new(end + 1 + before, end + 1 + before + value.len()))
}

/// The last word of a text of several words that may be a token, without the brackets around it: drawn at random for sure, or,
/// in an element, which has no room for anything else, whatever is no word.
pub(super) fn drawn_word(text: &[u8], value: Span, is_element: bool) -> Option<Span> {
    let mut start = value.start;
    let words = value.slice(text).split_inclusive(u8::is_ascii_whitespace);
    let spans = words.map(|word| {
        let span = Span::new(start, start + word.len());
        start = span.end;
        span
    });
    let is_bracket = |byte: &u8| byte.is_ascii_whitespace() || b"{}()[],;".contains(byte);
    let trimmed = spans.map(|span| {
        let word = span.slice(text);
        let head = word.iter().take_while(|byte| is_bracket(byte)).count();
        let tail = word[head..].iter().rev().take_while(|byte| is_bracket(byte)).count();
        Span::new(span.start + head, span.end - tail)
    });
    let several = value.slice(text).iter().any(u8::is_ascii_whitespace);
    let may_be_token = |word: &[u8]| {
        let is_token = is_element && word.len() >= 20 && word.iter().any(u8::is_ascii_digit);
        // `nonce=…`.
        let is_pair = word.iter().skip_while(|byte| **byte != b'=').any(|byte| *byte != b'=');
        !is_pair && !is_wordy(word) && !is_public(word) && has_long_part(word) && (is_drawn(word) || is_token)
    };
    trimmed.filter(|span| several && may_be_token(span.slice(text))).last()
}

/// `Password: Kd8f…` alone on its line: what follows a name in a sentence is no text with digits that ends the line.
pub(super) fn is_whole_line(text: &[u8], value: Span) -> bool {
    let secret = value.slice(text);
    secret.len() >= 8
        && secret.iter().any(u8::is_ascii_digit)
        && secret.iter().any(u8::is_ascii_alphabetic)
        && ends_line(&text[value.end..])
}

/// A value on a line of its own: behind it come a comma or semicolon, blanks, a comment.
pub(super) fn is_entry(text: &[u8], end: usize) -> bool {
    let rest = text[end..].strip_prefix(b",").or(text[end..].strip_prefix(b";")).unwrap_or(&text[end..]);
    let comment = rest.trim_ascii_start();
    ends_line(rest) || comment.starts_with(b"#") || comment.starts_with(b"//")
}

fn ends_line(rest: &[u8]) -> bool {
    let mut rest = rest.iter().skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
    rest.next().is_none_or(|byte| *byte == b'\n')
}
