//! Takes the colours out of what a terminal program wrote: the control sequences of ECMA-48
//! (<https://ecma-international.org/publications-and-standards/standards/ecma-48/>), section 5.4, and
//! operating system commands (8.3.89). A secret that is coloured in the middle is one word again.

use std::borrow::Cow;

use crate::model::OffsetMap;
#[cfg(test)]
use crate::model::Span;

const ESCAPE: u8 = 0x1B;

/// The text without control sequences, and its map to where `map` leads.
pub(super) fn strip(text: Cow<'_, [u8]>, map: OffsetMap) -> (Cow<'_, [u8]>, OffsetMap) {
    if memchr::memchr(ESCAPE, &text).is_none() {
        return (text, map);
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut inner = OffsetMap::default();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = memchr::memchr(ESCAPE, rest).unwrap_or(rest.len());
        kept.extend_from_slice(rest.get(..plain).unwrap_or_default());
        inner.push(plain, at, plain);
        at += plain;
        at += sequence_length(text.get(at..).unwrap_or_default());
    }
    let map = inner.through(&map);
    (kept.into(), map)
}

/// The length of the control sequence at the beginning of `rest`, which is empty or begins with an escape.
fn sequence_length(rest: &[u8]) -> usize {
    let body = rest.get(2..).unwrap_or_default();
    match rest.get(1) {
        // Parameters and intermediates, then one final byte. What is no such thing ends it before.
        Some(b'[') => {
            let parameters = body.iter().take_while(|byte| matches!(byte, 0x20..=0x3F)).count();
            let is_final = body.get(parameters).is_some_and(|byte| matches!(byte, 0x40..=0x7E));
            2 + parameters + usize::from(is_final)
        }
        // A string up to BEL or ESC \, on one line.
        Some(b']') => match body.iter().position(|byte| matches!(*byte, 0x07 | ESCAPE | b'\n')) {
            Some(end) if body.get(end) == Some(&0x07) => 2 + end + 1,
            Some(end) if body.get(end..end + 2) == Some(b"\x1B\\") => 2 + end + 2,
            _ => 2,
        },
        Some(b'(' | b')') => 3.min(rest.len()),
        Some(0x30..=0x7E) => 2,
        _ => rest.len().min(1),
    }
}

/// Where `needle` of stripped text stands, for tests.
#[cfg(test)]
fn found(text: &[u8], map: &OffsetMap, needle: &[u8]) -> Span {
    let at = memchr::memmem::find(text, needle).unwrap();
    map.source_span(Span::new(at, at + needle.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_coloured_word_is_one_word() {
        let text = b"key = \x1b[38;5;124m'abc\x1b[0m\x1b[1mdef'\x1b]8;;x\x07!";
        let (kept, map) = strip(Cow::Borrowed(text), OffsetMap::identity(0, text.len()));
        assert_eq!(kept.as_ref(), b"key = 'abcdef'!");
        assert_eq!(found(&kept, &map, b"abcdef").slice(text), b"abc\x1b[0m\x1b[1mdef");
    }

    proptest! {
        #[test]
        fn every_kept_byte_maps_to_itself(text in prop::collection::vec(prop_oneof![Just(ESCAPE), Just(b'['), Just(b'm'), any::<u8>()], 0..80)) {
            let (kept, map) = strip(Cow::Borrowed(&text), OffsetMap::identity(0, text.len()));
            prop_assert_eq!(map.decoded_len(), kept.len());
            for (at, byte) in kept.iter().enumerate() {
                prop_assert_eq!(map.source_span(Span::new(at, at + 1)).slice(&text), &[*byte]);
            }
        }
    }
}
