//! Whether a token begins and ends where a match does.
//!
//! A letter before a match does not always belong to the token: it may end an escape (`\n`, `\u001b[0m`,
//! `%3D`), as in notebook outputs, JSON and URLs. Scanners that only look for a word boundary lose these.

use super::load::Boundary;

/// True when `text[start..end]` is cut out of nothing longer.
pub fn holds(text: &[u8], start: usize, end: usize, left: Boundary, right: Boundary) -> bool {
    let before = start.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|byte| left.forbids_before(*byte));
    let after = text.get(end).is_some_and(|byte| right.forbids_after(*byte));
    (!after || is_noise(text[end..].iter()))
        && (!before || ends_escape(&text[..start]) || is_noise(text[..start].iter().rev()))
}

/// In binary data a letter or two that touch a token may be a length or a tag: they stand next to bytes of no text.
fn is_noise<'t>(outwards: impl Iterator<Item = &'t u8>) -> bool {
    let mut outwards = outwards.take(4).skip_while(|byte| byte.is_ascii_graphic());
    outwards.next().is_some_and(|byte| *byte >= 0x7F || (*byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x1B)))
}

impl Boundary {
    fn forbids_before(self, byte: u8) -> bool {
        match self {
            Self::Token => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Word => byte.is_ascii_alphanumeric(),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'),
            Self::Any => false,
        }
    }

    fn forbids_after(self, byte: u8) -> bool {
        self.forbids_before(byte) || (self == Self::Base64 && byte == b'=')
    }
}

/// True when `text` ends with an escape, so that what follows it begins anew.
pub fn ends_escape(text: &[u8]) -> bool {
    let Some((&last, before)) = text.split_last() else { return false };
    let hex = |count: usize| text.len() > count && text[text.len() - count..].iter().all(u8::is_ascii_hexdigit);
    let introduced = |count: usize, introducer: &[u8]| hex(count) && text[..text.len() - count].ends_with(introducer);
    if matches!(last, b'n' | b't' | b'r' | b'b' | b'f' | b'v' | b'0') && before.last() == Some(&b'\\') {
        return true;
    }
    if introduced(2, b"%") || introduced(2, b"\\x") || introduced(4, b"\\u") {
        return true;
    }
    last == b'm' && ends_colour(before)
}

/// True when `text` ends with `ESC [ digits`, the escape character itself or written as `\u001b`, `\x1b`, `\033`, `\e`.
fn ends_colour(text: &[u8]) -> bool {
    let digits =
        text.iter().rev().take(16).take_while(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':')).count();
    let Some(rest) = text[..text.len() - digits].strip_suffix(b"[") else { return false };
    let introducers: [&[u8]; 8] = [b"\x1b", b"\\u001b", b"\\u001B", b"\\x1b", b"\\x1B", b"\\033", b"\\e", b"&#27;"];
    introducers.iter().any(|introducer| rest.ends_with(introducer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_end_what_was_before() {
        for text in ["\x1b[0;31m", "\\u001b[1m", "a\\n", "x\\t", "%3D", "\\u0022", "\\x3d"] {
            assert!(ends_escape(text.as_bytes()), "{text}");
        }
        for text in ["", "m", "[0m", "an", "%3", "u0022", "foo"] {
            assert!(!ends_escape(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn touching_characters_belong_to_the_token() {
        let at = |text: &str, inner: &str, side| {
            let start = text.find(inner).unwrap();
            holds(text.as_bytes(), start, start + inner.len(), side, side)
        };
        assert!(at("x = 'abc'", "abc", Boundary::Token));
        assert!(at("u:abc@host", "abc", Boundary::Token));
        assert!(!at("x-abc", "abc", Boundary::Token));
        assert!(at("x-abc", "abc", Boundary::Word));
        assert!(at("Key=abc;", "abc", Boundary::Base64));
        assert!(!at("abc=", "abc", Boundary::Base64));
    }
}
