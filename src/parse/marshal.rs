//! Compiled Python (`.pyc`): where its texts begin and end. Each is preceded by its kind and its length, which may be letters
//! themselves, and followed by the kind of the next object
//! (<https://github.com/python/cpython/blob/main/Python/marshal.c>).

/// A text of letters below 128 whose length is one byte, interned or not; the highest bit says that it is referred to.
const SHORT: [u8; 2] = [b'z', b'Z'];
/// A text whose length is four bytes.
const LONG: [u8; 3] = [b'a', b'A', b'u'];
/// Shorter texts are parted from nothing.
const SHORTEST: usize = 16;

/// Where texts begin and end, in order; nothing where `file` is no compiled Python: its version is followed by a line end.
pub(super) fn cuts(file: &[u8]) -> Vec<usize> {
    let mut cuts = Vec::new();
    if file.get(2..4) != Some(b"\r\n") {
        return cuts;
    }
    let mut at = 0_usize;
    while let Some(rest) = file.get(at..).filter(|rest| !rest.is_empty()) {
        match text(rest) {
            Some((header, length)) => {
                let start = at.saturating_add(header);
                let end = start.saturating_add(length);
                cuts.extend([start, end]);
                at = end;
            }
            None => at = at.saturating_add(1),
        }
    }
    cuts
}

/// The length of the kind and length, and of the text, where one begins here.
fn text(bytes: &[u8]) -> Option<(usize, usize)> {
    let kind = bytes.first()? & 0x7F;
    let (header, length): (usize, usize) = match bytes {
        [_, length, ..] if SHORT.contains(&kind) => (2, usize::from(*length)),
        [_, a, b, c, d, ..] if LONG.contains(&kind) => (5, usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).ok()?),
        _ => return None,
    };
    let text = bytes.get(header..header.checked_add(length)?).filter(|text| text.len() >= SHORTEST)?;
    let is_text =
        text.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7E) || (kind == b'u' && *byte >= 0x80));
    is_text.then_some((header, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_parted_from_kinds_and_lengths() {
        let file = [&b"\xA7\r\r\n\0\0\0\0"[..], b"\xFA8", &[b'k'; 56], b"Nz\x14", &[b'q'; 20], b"N"].concat();
        assert_eq!(cuts(&file), [10, 66, 69, 89]);
        let long = [&b"\xA7\r\r\n\xE1\x2C\x01\0\0"[..], &[b'z'; 300], b"N"].concat();
        assert_eq!(cuts(&long), [9, 309]);
        assert_eq!(cuts(&file[1..]), [0_usize; 0]);
        assert_eq!(cuts(b"\xA7\r\r\nz\x20too short"), [0_usize; 0]);
    }
}
