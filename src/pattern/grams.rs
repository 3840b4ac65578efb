//! Finds many literals, in any case, in the regions of a text: by one group of three letters of each, the one that is
//! least likely in ordinary text. One table look-up a byte; an automaton over a thousand literals misses the
//! processor's caches and is several times slower.

use std::ops::Range;

/// Letters and digits fold to 36 classes, frequent signs have their own, all others share one: 6 bits.
const CLASS_BITS: u32 = 6;
const GRAM_MASK: u32 = (1 << (3 * CLASS_BITS)) - 1;
const WORDS: usize = 1 << (3 * CLASS_BITS - 6);

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

/// Letters by their frequency in names and texts, the most frequent first.
const FREQUENT: &[u8] = b"etaoinsrlcdpumhgfbykvw_x.-/ \"'=0123456789qjz";

/// The literals, as [`super::literals`] numbers them.
pub struct Grams {
    bitmap: Box<[u64; WORDS]>,
    /// For each gram: 0, or one more than the number of its bucket.
    index: Vec<u16>,
    /// The literals that a gram stands for.
    buckets: Vec<Vec<Anchor>>,
}

#[derive(Clone, Copy)]
struct Anchor {
    literal: u32,
    /// Where in the literal the gram stands.
    offset: u32,
}

impl Grams {
    /// Prepares the search for `literals`, each of at least three bytes.
    pub fn new<'l>(literals: impl Iterator<Item = &'l [u8]>) -> Self {
        let mut all: Vec<(u32, Anchor)> = literals
            .enumerate()
            .filter_map(|(literal, text)| {
                let offset = (0..text.len().saturating_sub(2)).max_by_key(|at| rarity(&text[*at..at + 3]))?;
                Some((gram(&text[offset..offset + 3]), Anchor { literal: literal as u32, offset: offset as u32 }))
            })
            .collect();
        all.sort_by_key(|(gram, anchor)| (*gram, anchor.literal));
        let mut bitmap = Box::new([0; WORDS]);
        let mut index = vec![0; GRAM_MASK as usize + 1];
        let mut buckets: Vec<Vec<Anchor>> = Vec::new();
        for same in all.chunk_by(|a, b| a.0 == b.0) {
            let gram = same[0].0;
            bitmap[gram as usize / 64] |= 1 << (gram % 64);
            buckets.push(same.iter().map(|(_, anchor)| *anchor).collect());
            index[gram as usize] = buckets.len() as u16;
        }
        Self { bitmap, index, buckets }
    }

    /// Calls `each` with the number of a literal and the place where it may start: its gram stands there.
    pub fn candidates(&self, text: &[u8], range: Range<usize>, mut each: impl FnMut(usize, usize)) {
        let mut gram = 0;
        for (index, byte) in text[range.clone()].iter().enumerate() {
            gram = (gram << CLASS_BITS | u32::from(CLASS[usize::from(*byte)])) & GRAM_MASK;
            if self.bitmap[gram as usize / 64 % WORDS] >> (gram % 64) & 1 == 1 {
                self.take(gram, range.start + index, &mut each);
            }
        }
    }

    #[inline(never)]
    fn take(&self, gram: u32, last: usize, each: &mut impl FnMut(usize, usize)) {
        let Some(bucket) = usize::from(self.index[gram as usize]).checked_sub(1) else { return };
        for anchor in &self.buckets[bucket] {
            if let Some(start) = last.checked_sub(2 + anchor.offset as usize) {
                each(anchor.literal as usize, start);
            }
        }
    }
}

fn gram(text: &[u8]) -> u32 {
    text.iter().fold(0, |gram, byte| gram << CLASS_BITS | u32::from(CLASS[usize::from(*byte)]))
}

/// The less frequent its letters, the rarer a gram.
pub fn rarity(text: &[u8]) -> usize {
    let rank = |byte: &u8| {
        FREQUENT.iter().position(|known| *known == byte.to_ascii_lowercase()).unwrap_or(FREQUENT.len() - 12)
    };
    text.iter().map(rank).sum()
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
