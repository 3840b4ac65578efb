//! Literals as CPython reads them: the union of what its C and its Python unpickler accept, because a stream that
//! either of them loads is live.
//!
//! `Modules/_pickle.c` and `Lib/pickle.py`, <https://docs.python.org/3/library/pickletools.html>.

use super::value::Kind;

/// INT: `strtol` with base 0 up to a NUL or the end, else Python's `int(text, 0)`. `01` and `00` are booleans.
pub(in crate::parse) fn integer(line: &[u8]) -> Option<Kind> {
    match line {
        b"" => return None,
        b"00" => return Some(Kind::Boolean(false)),
        b"01" => return Some(Kind::Boolean(true)),
        _ => {}
    }
    // The C unpickler's strtol stops at a NUL and takes what it has, nothing being 0.
    let text = line.split(|byte| *byte == 0).next().unwrap_or(line);
    if text.len() < line.len() && text.iter().all(u8::is_ascii_whitespace) {
        return Some(Kind::Integer(0));
    }
    number(text, true)
}

/// LONG: Python's `int(text, 0)`, with an optional `L` behind it.
pub(in crate::parse) fn long(line: &[u8]) -> Option<Kind> {
    let text = line.strip_suffix(b"L").unwrap_or(line);
    let text = text.split(|byte| *byte == 0).next().unwrap_or(text);
    number(text, false)
}

/// A memo key: base 10, blanks and underscores allowed, not negative.
pub(in crate::parse) fn key(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line).ok()?.trim_matches(is_blank);
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits: String = text.chars().filter(|character| *character != '_').collect();
    digits.parse().ok()
}

/// FLOAT: `float(text)`, which allows blanks and underscores, or the C reader, which stops at a NUL.
pub(in crate::parse) fn float(line: &[u8]) -> bool {
    let text = line.split(|byte| *byte == 0).next().unwrap_or(line);
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let digits: String = text.trim_matches(is_blank).chars().filter(|character| *character != '_').collect();
    digits.parse::<f64>().is_ok()
}

/// STRING: quoted, with the escapes of a Python bytes literal. Bytes above 0x7F count as Latin-1.
pub(in crate::parse) fn quoted(line: &[u8]) -> Option<String> {
    let inner = match line {
        [first @ (b'\'' | b'"'), inner @ .., last] if first == last => inner,
        _ => return None,
    };
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(char::from(byte));
            continue;
        }
        let escape = rest.next()?;
        let plain = match escape {
            b'\n' => continue,
            b'\\' | b'\'' | b'"' => escape,
            b'b' => 8,
            b'f' => 12,
            b't' => b'\t',
            b'n' => b'\n',
            b'r' => b'\r',
            b'v' => 11,
            b'a' => 7,
            b'0'..=b'7' => {
                let mut value = u32::from(escape - b'0');
                for _ in 0..2 {
                    let Some(digit) = rest.next_if(|byte| matches!(byte, b'0'..=b'7')) else { break };
                    value = value * 8 + u32::from(digit - b'0');
                }
                (value & 0xFF) as u8
            }
            b'x' => {
                let high = rest.next().and_then(hexadecimal)?;
                let low = rest.next().and_then(hexadecimal)?;
                high * 16 + low
            }
            other => {
                out.push('\\');
                other
            }
        };
        out.push(char::from(plain));
    }
    Some(out)
}

/// UNICODE: raw-unicode-escape. `\u` and `\U` count behind an odd number of backslashes; other bytes are Latin-1.
pub(in crate::parse) fn raw_unicode(line: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        at += 1;
        if byte != b'\\' {
            out.push(char::from(byte));
            continue;
        }
        let digits = match line.get(at) {
            Some(b'u') => 4,
            Some(b'U') => 8,
            other => {
                out.push('\\');
                if let Some(b'\\') = other {
                    out.push('\\');
                    at += 1;
                }
                continue;
            }
        };
        let text = std::str::from_utf8(line.get(at + 1..at + 1 + digits)?).ok()?;
        let code = u32::from_str_radix(text, 16).ok().filter(|code| *code <= 0x10_FFFF)?;
        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        at += 1 + digits;
    }
    Some(out)
}

/// UTF-8 in which lone surrogates may stand (Python's `surrogatepass`); they become U+FFFD.
pub(in crate::parse) fn utf8(bytes: &[u8]) -> Option<String> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let error = match std::str::from_utf8(rest) {
            Ok(text) => {
                out.push_str(text);
                break;
            }
            Err(error) => error,
        };
        let (valid, tail) = rest.split_at_checked(error.valid_up_to())?;
        out.push_str(std::str::from_utf8(valid).ok()?);
        match tail {
            [0xED, 0xA0..=0xBF, 0x80..=0xBF, after @ ..] => {
                out.push(char::REPLACEMENT_CHARACTER);
                rest = after;
            }
            _ => return None,
        }
    }
    Some(out)
}

/// LONG1 and LONG4: little-endian two's complement.
pub(in crate::parse) fn little_endian(bytes: &[u8]) -> Kind {
    if bytes.len() > 8 {
        return Kind::Number;
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut whole = if negative { [0xFF; 8] } else { [0; 8] };
    whole.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    Kind::Integer(i64::from_le_bytes(whole))
}

/// An integer in the syntax of Python's literals; with `leading_zero_is_octal`, of C's as well.
fn number(text: &[u8], leading_zero_is_octal: bool) -> Option<Kind> {
    let text = std::str::from_utf8(text).ok()?.trim_matches(is_blank);
    let (negative, text) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let lower = text.to_ascii_lowercase();
    let (base, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..)?),
        Some("0o") => (8, lower.get(2..)?),
        Some("0b") => (2, lower.get(2..)?),
        _ if leading_zero_is_octal && lower.len() > 1 && lower.starts_with('0') => (8, lower.as_str()),
        _ => (10, lower.as_str()),
    };
    let digits: String = digits.chars().filter(|character| *character != '_').collect();
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    // More than 64 bits are accepted, and nothing here needs their value.
    Some(i64::from_str_radix(&digits, base).map_or(Kind::Number, |value| Kind::Integer(if negative { -value } else { value })))
}

/// What Python's `str.strip` and C's `isspace` pass over in front of a number.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

fn hexadecimal(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_both_unpicklers_do() {
        for (text, value) in [
            (&b"0x10"[..], 16),
            (b"0o7", 7),
            (b"-0x1", -1),
            (b"010", 8),
            (b"001", 1),
            (b"1_0", 10),
            (b" 12 ", 12),
            (b"5\0junk", 5),
        ] {
            assert_eq!(integer(text), Some(Kind::Integer(value)), "{text:?}");
        }
        assert_eq!(integer(b"01"), Some(Kind::Boolean(true)));
        assert_eq!(integer(b"99999999999999999999999"), Some(Kind::Number));
        assert_eq!(integer(b"abc"), None);
        assert_eq!(integer(b""), None);
        assert_eq!(long(b"0x10L"), Some(Kind::Integer(16)));
        assert_eq!(long(b" 5L"), Some(Kind::Integer(5)));
        assert_eq!(little_endian(b"\xff"), Kind::Integer(-1));
        assert_eq!(little_endian(b""), Kind::Integer(0));
    }

    #[test]
    fn keys_and_floats() {
        assert_eq!(key(b"1_0"), Some(10));
        assert_eq!(key(b" 3"), Some(3));
        assert_eq!(key(b"-1"), None);
        assert!(float(b" 1.5 ") && float(b"1_0") && float(b"nan") && !float(b"x"));
    }

    #[test]
    fn strings_are_unescaped() {
        assert_eq!(quoted(br"'p\x6fsix'").as_deref(), Some("posix"));
        assert_eq!(quoted(br"'syst\145m'").as_deref(), Some("system"));
        assert_eq!(quoted(b"'\xff'").as_deref(), Some("\u{ff}"));
        assert_eq!(quoted(b"'a' "), None);
        assert_eq!(quoted(b"\"a'"), None);
        assert_eq!(quoted(b"'"), None);
        assert_eq!(quoted(br"'\x4'"), None);
        assert_eq!(raw_unicode(br"p\u006fsix").as_deref(), Some("posix"));
        assert_eq!(raw_unicode(br"a\\u006f").as_deref(), Some(r"a\\u006f"));
        assert_eq!(raw_unicode(b"\xe9").as_deref(), Some("\u{e9}"));
        assert_eq!(utf8(b"a\xed\xa0\x80b").as_deref(), Some("a\u{fffd}b"));
        assert_eq!(utf8(b"\xff"), None);
    }
}
