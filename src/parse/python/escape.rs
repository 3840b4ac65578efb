//! Escape sequences of Python's string literals
//! (<https://docs.python.org/3/reference/lexical_analysis.html#escape-sequences>). `\N{…}` stays as written.

/// What the escape at the beginning of `rest` (a backslash) stands for, and the length of its spelling (at least 1).
pub(super) fn decode<'b>(rest: &'b [u8], buffer: &'b mut [u8; 4]) -> (&'b [u8], usize) {
    let simple: &[u8] = match rest.get(1) {
        Some(b'\n') => return (b"", 2),
        Some(b'\r') => return (b"", if rest.get(2) == Some(&b'\n') { 3 } else { 2 }),
        Some(b'\\') => b"\\",
        Some(b'\'') => b"'",
        Some(b'"') => b"\"",
        Some(b'n') => b"\n",
        Some(b'r') => b"\r",
        Some(b't') => b"\t",
        Some(b'a') => b"\x07",
        Some(b'b') => b"\x08",
        Some(b'f') => b"\x0C",
        Some(b'v') => b"\x0B",
        Some(b'x') => return number(rest, 2, 2, 16, buffer),
        Some(b'u') => return number(rest, 2, 4, 16, buffer),
        Some(b'U') => return number(rest, 2, 8, 16, buffer),
        Some(b'0'..=b'7') => return number(rest, 1, 3, 8, buffer),
        _ => return (rest.get(..1).unwrap_or_default(), 1),
    };
    (simple, 2)
}

/// Up to `most` digits from `from` on; hexadecimal escapes need all of theirs.
fn number<'b>(rest: &'b [u8], from: usize, most: usize, radix: u32, buffer: &'b mut [u8; 4]) -> (&'b [u8], usize) {
    let digits = rest.get(from..).unwrap_or_default();
    let count = digits.iter().take(most).take_while(|byte| (**byte as char).is_digit(radix)).count();
    let value = digits.iter().take(count).fold(0_u32, |value, byte| {
        value.wrapping_mul(radix).wrapping_add((*byte as char).to_digit(radix).unwrap_or_default())
    });
    match char::from_u32(value) {
        Some(character) if count == most || (radix == 8 && count > 0) => {
            (character.encode_utf8(buffer).as_bytes(), from + count)
        }
        _ => (rest.get(..1).unwrap_or_default(), 1),
    }
}
