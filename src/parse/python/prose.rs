//! What of a program is no code: comments, and strings over several lines, which are mostly documentation.

use crate::model::Span;

/// The comments and the triple-quoted strings of `text`, in order. A string whose parts are code (`f"""{x}"""`) is none of
/// them, nor is one that does not end.
pub(super) fn spans(text: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| memchr::memchr3(b'"', b'\'', b'#', rest)) {
        let start = at + next;
        let rest = text.get(start..).unwrap_or_default();
        if rest.starts_with(b"#") {
            at = line_end(text, start);
            found.push(Span::new(start, at));
            continue;
        }
        at = string_end(text, start);
        let quotes = rest.get(..3).filter(|quotes| quotes.iter().all(|byte| rest.first() == Some(byte)));
        let string = Span::new(start, at);
        let is_whole = quotes.is_some_and(|quotes| string.len() >= 6 && string.slice(text).ends_with(quotes));
        if is_whole && !has_code(text.get(..start).unwrap_or_default()) {
            found.push(string);
        }
    }
    found
}

/// True when the prefix of the string that follows says that code may stand in it.
fn has_code(before: &[u8]) -> bool {
    let prefix = before.iter().rev().take(2).take_while(|byte| byte.is_ascii_alphabetic());
    prefix.into_iter().any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'))
}

/// Where the line ends that `at` is in. A carriage return alone ends one, too.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
}

/// One past the string that begins at the quote `at`; at least `at + 1`.
pub(super) fn string_end(text: &[u8], at: usize) -> usize {
    let Some(quote) = text.get(at).copied() else { return at + 1 };
    let is_triple = text.get(at..at + 3).is_some_and(|three| three.iter().all(|byte| *byte == quote));
    let width = if is_triple { 3 } else { 1 };
    let mut end = at + width;
    while let Some(rest) = text.get(end..) {
        let found = match is_triple {
            true => memchr::memchr2(quote, b'\\', rest),
            false => rest.iter().position(|byte| *byte == quote || matches!(byte, b'\\' | b'\n' | b'\r')),
        };
        let Some(found) = found else { break };
        end += found;
        match rest.get(found..).unwrap_or_default() {
            [b'\\', b'\r', b'\n', ..] => end += 3,
            [b'\\', ..] => end += 2,
            [b'\n' | b'\r', ..] => return end,
            [_, second, third, ..] if is_triple && *second == quote && *third == quote => return end + 3,
            _ if is_triple => end += 1,
            _ => return end + 1,
        }
    }
    text.len().max(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prose(text: &str) -> Vec<&str> {
        spans(text.as_bytes()).into_iter().map(|span| &text[span.start..span.end]).collect()
    }

    #[test]
    fn comments_and_documentation_are_no_code() {
        assert_eq!(prose("x = 1 # a 'b\ny = 'it\\'s # no' + \"'''\" # c"), ["# a 'b", "# c"]);
        assert_eq!(prose("r\"\"\"a \\\"\"\"\" + '''g\n'''"), ["\"\"\"a \\\"\"\"\"", "'''g\n'''"]);
        assert_eq!(prose("x('''''') + f'''{e}''' + Rf'''{e}'''"), ["''''''"]);
    }

    #[test]
    fn lines_end_as_python_ends_them() {
        assert_eq!(prose("# a\rb.load(c)\r# d"), ["# a", "# d"]);
        assert_eq!(prose("# a\r\nb.load(c)"), ["# a"]);
        assert_eq!(prose("x = 'a\r# b\r"), ["# b"]);
        assert_eq!(prose("x = 'a\\\r\n' # b"), ["# b"]);
    }

    #[test]
    fn what_does_not_end_is_code() {
        for text in ["'''a\nb.load(c)\n", "\"\"\"\"", "''", "'a\nb'", "'''a''"] {
            assert!(prose(text).is_empty(), "{text}");
        }
    }
}
