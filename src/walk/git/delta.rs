//! Deltas of pack files: <https://git-scm.com/docs/gitformat-pack#_deltified_representation>.

/// Makes an object from its base. `None` when the delta does not fit the base, or makes more than `limit` bytes.
pub(super) fn apply(base: &[u8], delta: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut rest = delta;
    if size(&mut rest)? != base.len() {
        return None;
    }
    let wanted = size(&mut rest).filter(|wanted| *wanted <= limit)?;
    let mut out = Vec::with_capacity(wanted);
    while let Some(opcode) = take(&mut rest) {
        let part = match opcode {
            0 => return None,
            // The next bytes of the delta.
            1..=0x7F => {
                let (part, left) = rest.split_at_checked(usize::from(opcode))?;
                rest = left;
                part
            }
            // Bytes of the base: the low bits say which bytes of offset (4) and size (3) follow.
            _ => {
                let offset = number(&mut rest, opcode, 4)?;
                let length = match number(&mut rest, opcode >> 4, 3)? {
                    0 => 0x10000,
                    length => length,
                };
                base.get(offset..offset.checked_add(length)?)?
            }
        };
        if out.len() + part.len() > wanted {
            return None;
        }
        out.extend_from_slice(part);
    }
    (out.len() == wanted).then_some(out)
}

fn take(rest: &mut &[u8]) -> Option<u8> {
    let (first, left) = rest.split_first()?;
    *rest = left;
    Some(*first)
}

/// 7 bits a byte, least significant first.
fn size(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0u64;
    for shift in (0..57).step_by(7) {
        let byte = take(rest)?;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}

/// The little-endian number of whose `count` bytes those follow that a bit of `present` names.
fn number(rest: &mut &[u8], present: u8, count: u32) -> Option<usize> {
    let mut value = 0u64;
    for index in (0..count).filter(|index| present >> index & 1 == 1) {
        value |= u64::from(take(rest)?) << (8 * index);
    }
    usize::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_inserts() {
        let delta = [5, 6, 0x91, 1, 3, 3, b'x', b'y', b'z'];
        assert_eq!(apply(b"abcde", &delta, 100).as_deref(), Some(&b"bcdxyz"[..]));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let whole = [5, 6, 0x91, 1, 3, 3, b'x', b'y', b'z'];
        for length in 0..whole.len() {
            assert_eq!(apply(b"abcde", &whole[..length], 100), None, "{length} bytes");
        }
        assert_eq!(apply(b"abcd", &whole, 100), None, "another base");
        assert_eq!(apply(b"abcde", &whole, 5), None, "too large");
        assert_eq!(apply(b"abcde", &[5, 3, 0x91, 4, 3], 100), None, "past the end of the base");
        assert_eq!(apply(b"abcde", &[5, 3, 0], 100), None, "a reserved opcode");
        assert_eq!(apply(b"", &[0x80; 20], 100), None, "an endless number");
    }
}
