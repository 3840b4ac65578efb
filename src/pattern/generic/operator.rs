//! What stands between a name and its value: `=`, `:`, `=>`, `==`, a comma between arguments, the word `is`, or more of
//! the notation of a format ([`super::indirect`]).

use super::indirect;
use super::line::{HEAD, starts_statement};

#[derive(Default)]
pub(super) struct Operator {
    /// Where the value starts, blanks skipped.
    pub value_at: usize,
    /// `==`, `!=`.
    pub compares: bool,
    /// A plain `=` or `:`.
    pub assigns: bool,
    /// `--password value`.
    pub is_flag: bool,
    /// Too weak for a bare value: a comma, the word `is`, or nothing.
    pub needs_quotes: bool,
    /// The word `is`.
    pub tells: bool,
    /// The notation of a format says which is the name and which the value, so that a bare word is a text.
    pub is_notation: bool,
    /// The value stands on a line below.
    pub is_below: bool,
    /// `set_api_key("value")`.
    pub is_call: bool,
}

/// What stands between the name and its value.
pub(super) fn operator(text: &[u8], start: usize, end: usize) -> Option<Operator> {
    if let Some(value_at) = indirect::value_at(text, start, end) {
        return Some(Operator { value_at, is_notation: true, ..Operator::default() });
    }
    let closers = text[end..]
        .iter()
        .take(6)
        .take_while(|byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b'*' | b'}'))
        .count();
    let mut at = skip_blanks(text, end + closers);
    let is_flag = closers == 0 && text[start] == b'-';
    let rest = text.get(at..)?;
    let mut operator = Operator::default();
    let length = match rest {
        [b'=', b'=', b'=', ..] | [b'!', b'=', b'=', ..] => {
            operator.compares = true;
            3
        }
        [b'=', b'=', ..] | [b'!', b'=', ..] => {
            operator.compares = true;
            2
        }
        [b':', b'=', ..] | [b'=', b'>', ..] | [b'<', b'-', ..] | [b'?', b'=', ..] => 2,
        // Scala's pairs, and a member behind a pointer.
        [b'-', b'>', ..] => {
            operator.needs_quotes = true;
            2
        }
        [b'=', ..] => {
            operator.assigns = true;
            1
        }
        [b':', after @ ..] => {
            operator.assigns = true;
            1 + annotation(after)
        }
        [b'>', ..] if closers == 0 && text.get(start.wrapping_sub(1)) == Some(&b'<') => 1,
        // `set("name", "value")` and Gradle's `buildConfigField "String", "name", "value"`, not a list of words.
        [b',', ..]
            if closers > 0
                && is_closed(text, end)
                && (is_first_argument(text, start) || is_build_field(text, start)) =>
        {
            operator.needs_quotes = true;
            1
        }
        // `process.env.X || "value"`, `env.get("X") or "value"`, `getenv(X) ?? "value"`.
        [b'|', b'|', ..] | [b'?', b'?', ..] => {
            operator.needs_quotes = true;
            2
        }
        // A cell of a table, and `the token - "value"`.
        [b'|', b' ', ..] | [b'-', b' ', ..] if at > end => {
            operator.needs_quotes = true;
            1
        }
        // `set_token("value")`, `def token(self): return "value"`.
        [b'(', after @ ..] if closers == 0 => {
            operator.needs_quotes = true;
            operator.is_call = matches!(after.trim_ascii_start(), [b'"' | b'\'', ..]);
            if operator.is_call { 1 } else { returned(rest)? }
        }
        [b'o', b'r', b' ', ..] if at > end && text.get(end) != Some(&b'`') => {
            operator.needs_quotes = true;
            3
        }
        [b'i', b's', b' ', ..] if at > end => {
            operator.needs_quotes = true;
            operator.tells = true;
            3
        }
        _ if is_flag && at > end => {
            operator.is_flag = true;
            0
        }
        // `ENV NAME value`, `password value` of .netrc.
        _ if at > end && closers == 0 && starts_statement(text, start) => 0,
        // `storePassword 'value'`: Groovy and Ruby call without parentheses. `#define PASSWORD "value"`.
        [b'"' | b'\'', ..]
            if at > end && closers == 0 && (is_first_of_line(text, start) || is_defined(text, start)) =>
        {
            operator.needs_quotes = true;
            0
        }
        _ => return None,
    };
    at = skip_blanks(text, at + length);
    if operator.assigns && rest[0] == b':' && matches!(text.get(at), Some(b'\r' | b'\n')) {
        operator.is_below = true;
        at += below(&text[at..])?;
    }
    operator.is_flag |= is_flag;
    operator.value_at = at;
    Some(operator)
}

/// How far behind the end of a line the value below it begins: after blank lines, the fence of Markdown and the dash of a
/// list.
fn below(text: &[u8]) -> Option<usize> {
    let head = &text[..text.len().min(HEAD)];
    let len = head.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let rest = &head[len..];
    if rest.starts_with(b"```") {
        let line = memchr::memchr(b'\n', rest)? + 1;
        return Some(len + line + rest[line..].iter().position(|byte| !byte.is_ascii_whitespace())?);
    }
    Some(if rest.starts_with(b"- ") { len + 2 } else { len })
}

/// How far behind the parenthesis of a function its value begins, when returning one is all it does.
fn returned(text: &[u8]) -> Option<usize> {
    let head = &text[..text.len().min(2 * HEAD)];
    let at = memchr::memmem::find(head, b"return ")?;
    let signature =
        head[..at].trim_ascii_end().strip_suffix(b":").or(head[..at].trim_ascii_end().strip_suffix(b"{"))?;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b" ()_,:[]<>-*&.?|\r\n".contains(byte);
    let lines = signature.iter().filter(|byte| **byte == b'\n').count();
    (lines <= 1 && signature.contains(&b')') && signature.iter().all(is_part)).then_some(at + b"return ".len())
}

/// Only blanks stand before the name.
fn is_first_of_line(text: &[u8], start: usize) -> bool {
    let mut before = text[..start].iter().rev().take(HEAD).skip_while(|byte| matches!(byte, b' ' | b'\t'));
    before.next().is_none_or(|byte| *byte == b'\n')
}

/// The line defines a constant of C, of an assembler or of an RPM specification.
fn is_defined(text: &[u8], start: usize) -> bool {
    let head = &text[start.saturating_sub(HEAD)..start];
    let line = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
    let word = head[line..].trim_ascii();
    [&b"#define"[..], b"# define", b"%define", b"%global"].contains(&word)
}

/// The name is the second text of a `buildConfigField` or `resValue` of Gradle.
fn is_build_field(text: &[u8], start: usize) -> bool {
    let head = &text[start.saturating_sub(HEAD)..start];
    let line = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
    let head = head[line..].trim_ascii_start();
    head.starts_with(b"buildConfigField") || head.starts_with(b"resValue")
}

/// The quote behind the name closes it, and nothing else is closed.
fn is_closed(text: &[u8], end: usize) -> bool {
    text[end..]
        .iter()
        .take(6)
        .take_while(|byte| **byte != b',')
        .all(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b'`' | b' '))
}

/// The name is a string that the opening parenthesis of a call stands before: `set("name", …)`, not `in ("name", …)`.
fn is_first_argument(text: &[u8], start: usize) -> bool {
    let before = text[start.saturating_sub(8)..start].iter().rev();
    let mut before = before.skip_while(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b' '));
    before.next() == Some(&b'(')
        && before.next().is_none_or(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'!' | b']' | b')'))
}

/// The length of a type and its `=` after a colon: `: str = `, `: &'static str = `.
fn annotation(text: &[u8]) -> usize {
    let line = &text[..text.len().min(40)];
    let Some(equals) = line.iter().position(|byte| matches!(byte, b'=' | b'\n' | b'"' | b',')) else { return 0 };
    let words = &line[..equals];
    let is_type = line[equals] == b'='
        && words.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b' ' | b'[' | b']' | b'&' | b'\'' | b'|' | b'.' | b'?' | b'_')
        })
        && words.iter().any(u8::is_ascii_alphabetic);
    if is_type { equals + 1 } else { 0 }
}

fn skip_blanks(text: &[u8], at: usize) -> usize {
    at + text.get(at..).unwrap_or_default().iter().take(16).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}
