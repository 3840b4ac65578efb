//! Compiled Python (`.pyc`): where its texts begin and end. Each is preceded by its kind and its length, which may be letters
//! themselves, and followed by the kind of the next object
//! (<https://github.com/python/cpython/blob/main/Python/marshal.c>).

/// A text of letters below 128 whose length is one byte, interned or not; the highest bit says that it is referred to.
const KINDS: [u8; 2] = [b'z', b'Z'];
/// Shorter texts are parted from nothing.
const SHORTEST: usize = 16;

/// Where texts begin and end, in order; nothing where `file` is no compiled Python: its version is followed by a line end.
pub(super) fn cuts(file: &[u8]) -> Vec<usize> {
    let mut cuts = Vec::new();
    if file.get(2..4) != Some(b"\r\n") {
        return cuts;
    }
    let mut at = 0_usize;
    while let Some([kind, length]) = file.get(at..).and_then(<[u8]>::first_chunk::<2>) {
        let start = at.saturating_add(2);
        let end = start.saturating_add(usize::from(*length));
        let is_text = KINDS.contains(&(kind & 0x7F))
            && usize::from(*length) >= SHORTEST
            && file.get(start..end).is_some_and(|text| text.iter().all(|byte| matches!(byte, b'\t' | 0x20..=0x7E)));
        if is_text {
            cuts.extend([start, end]);
            at = end;
        } else {
            at = at.saturating_add(1);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_parted_from_kinds_and_lengths() {
        let file = [&b"\xA7\r\r\n\0\0\0\0"[..], b"\xFA8", &[b'k'; 56], b"Nz\x14", &[b'q'; 20], b"N"].concat();
        assert_eq!(cuts(&file), [10, 66, 69, 89]);
        assert_eq!(cuts(&file[1..]), [0_usize; 0]);
        assert_eq!(cuts(b"\xA7\r\r\nz\x20too short"), [0_usize; 0]);
    }
}
