//! Finds many literals, in any case, in the regions of a text: by one group of three letters of each, the one that is
//! least likely in ordinary text, and the letters around it. One table look-up a byte; an automaton over a thousand literals misses the
//! processor's caches and is several times slower.

use std::ops::Range;

use crate::search::rarity;

/// Letters and digits fold to 36 classes, frequent signs have their own, all others share one: 6 bits.
const CLASS_BITS: u32 = 6;
const GRAMS: usize = 1 << (3 * CLASS_BITS);
/// How many pairs of classes there are.
const PAIRS: usize = 1 << (2 * CLASS_BITS);
/// How many bytes are looked at together.
const STRIDE: usize = 16;

const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 26 {
        table[b'a' as usize + byte] = 1 + byte as u8;
        table[b'A' as usize + byte] = 1 + byte as u8;
        byte += 1;
    }
    byte = 0;
    while byte < 10 {
        table[b'0' as usize + byte] = 27 + byte as u8;
        byte += 1;
    }
    let signs = b"_-./=+:\" $@('#,;%&?!~[{<>";
    byte = 0;
    while byte < signs.len() {
        table[signs[byte] as usize] = 37 + byte as u8;
        byte += 1;
    }
    table
};

/// The literals, as [`super::literals`] numbers them.
pub struct Grams {
    /// For each pair of classes, a bit for each class that makes it a gram.
    thirds: Box<[u64; PAIRS]>,
    /// For each gram: 0, or one more than the number of its first anchor.
    index: Vec<u16>,
    /// The literals that grams stand for, those of one gram side by side.
    anchors: Vec<Anchor>,
}

#[derive(Clone, Copy)]
struct Anchor {
    literal: u16,
    /// Where in the literal the gram stands.
    offset: u16,
    /// The class of the letter after the gram or before it, where the literal has one.
    after: Option<u8>,
    before: Option<u8>,
    /// No more of this gram.
    is_last: bool,
}

impl Anchor {
    fn new(literal: usize, text: &[u8], offset: usize) -> Self {
        let class = |at: usize| text.get(at).map(|byte| CLASS[usize::from(*byte)]);
        Self {
            literal: literal as u16,
            offset: offset as u16,
            after: class(offset + 3),
            before: offset.checked_sub(1).and_then(class),
            is_last: false,
        }
    }

    /// True when the letters around the gram, which ends at `last`, are those of the literal.
    fn fits(self, text: &[u8], last: usize) -> bool {
        let is = |class: Option<u8>, at: Option<usize>| {
            class.is_none_or(|class| {
                at.and_then(|at| text.get(at)).is_some_and(|byte| CLASS[usize::from(*byte)] == class)
            })
        };
        is(self.after, Some(last + 1)) && is(self.before, last.checked_sub(3))
    }
}

impl Grams {
    /// Prepares the search for `literals`, each of at least three bytes.
    pub fn new<'l>(literals: impl Iterator<Item = &'l [u8]>) -> Self {
        let mut all: Vec<(u32, Anchor)> = literals
            .enumerate()
            .filter_map(|(literal, text)| {
                let offset = (0..text.len().saturating_sub(2)).max_by_key(|at| rarity(&text[*at..at + 3]))?;
                Some((gram(&text[offset..offset + 3]), Anchor::new(literal, text, offset)))
            })
            .collect();
        all.sort_by_key(|(gram, anchor)| (*gram, anchor.literal));
        let mut thirds = Box::new([0; PAIRS]);
        let mut index = vec![0; GRAMS];
        let mut anchors: Vec<Anchor> = Vec::with_capacity(all.len());
        for same in all.chunk_by(|a, b| a.0 == b.0) {
            let gram = same[0].0;
            thirds[gram as usize / 64] |= 1 << (gram % 64);
            index[gram as usize] = anchors.len() as u16 + 1;
            let is_last = |number: usize| number + 1 == same.len();
            let of_gram = same.iter().enumerate();
            anchors.extend(of_gram.map(|(number, (_, anchor))| Anchor { is_last: is_last(number), ..*anchor }));
        }
        Self { thirds, index, anchors }
    }

    /// Calls `each` with the number of a literal and the place where it may start: its gram stands there.
    pub fn candidates(&self, text: &[u8], range: Range<usize>, mut each: impl FnMut(usize, usize)) {
        let (strides, rest) = text[range.clone()].as_chunks::<STRIDE>();
        let mut pair = 0;
        let mut at = range.start;
        for stride in strides {
            let mut hits = self.look(stride, &mut pair);
            while hits != 0 {
                let place = hits.leading_zeros();
                self.take(text, at + place as usize, &mut each);
                hits &= !(1 << (u16::BITS - 1 - place));
            }
            at += STRIDE;
        }
        for byte in rest {
            if self.look(&[*byte], &mut pair) != 0 {
                self.take(text, at, &mut each);
            }
            at += 1;
        }
    }

    /// A bit for each byte, the last one's lowest, that a gram of a literal ends at. `pair` are the classes of the two bytes
    /// before. Nothing branches in between, so that the processor looks many of them up at once.
    #[inline(always)]
    fn look<const BYTES: usize>(&self, bytes: &[u8; BYTES], pair: &mut usize) -> u16 {
        bytes.iter().fold(0, |hits, byte| {
            let third = CLASS[usize::from(*byte)];
            let is_known = (self.thirds[*pair] >> third) as u16 & 1;
            *pair = (*pair << CLASS_BITS | usize::from(third)) % PAIRS;
            hits << 1 | is_known
        })
    }

    #[inline(never)]
    fn take(&self, text: &[u8], last: usize, each: &mut impl FnMut(usize, usize)) {
        let Some(ends) = last.checked_sub(2).and_then(|first| text.get(first..=last)) else { return };
        let Some(from) = usize::from(self.index[gram(ends) as usize]).checked_sub(1) else { return };
        for anchor in &self.anchors[from..] {
            if anchor.fits(text, last)
                && let Some(start) = last.checked_sub(2 + usize::from(anchor.offset))
            {
                each(usize::from(anchor.literal), start);
            }
            if anchor.is_last {
                return;
            }
        }
    }
}

fn gram(text: &[u8]) -> u32 {
    text.iter().fold(0, |gram, byte| gram << CLASS_BITS | u32::from(CLASS[usize::from(*byte)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_literal_is_a_candidate_where_it_stands(text in "[a-cA-C_\\-:é]{0,60}") {
            let literals: [&[u8]; 5] = [b"abc", b"a_b", b"bb-c", b"cab:", b"ccc"];
            let grams = Grams::new(literals.iter().copied());
            let lower = text.to_ascii_lowercase().into_bytes();
            let mut found = Vec::new();
            grams.candidates(text.as_bytes(), 0..text.len(), |literal, at| {
                if lower[at..].starts_with(literals[literal]) {
                    found.push((at, literal));
                }
            });
            let mut expected = Vec::new();
            for at in 0..lower.len() {
                expected.extend((0..literals.len()).filter(|one| lower[at..].starts_with(literals[*one])).map(|one| (at, one)));
            }
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
