//! Finds many literals, in any case, in the regions of a text: by one group of three letters of each, the one that is
//! least likely in ordinary text, and the letters around it. One table look-up a byte; an automaton over a thousand literals misses the
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

/// The literals, as [`super::literals`] numbers them.
pub struct Grams {
    bitmap: Box<[u64; WORDS]>,
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
        let mut bitmap = Box::new([0; WORDS]);
        let mut index = vec![0; GRAM_MASK as usize + 1];
        let mut anchors: Vec<Anchor> = Vec::with_capacity(all.len());
        for same in all.chunk_by(|a, b| a.0 == b.0) {
            let gram = same[0].0;
            bitmap[gram as usize / 64] |= 1 << (gram % 64);
            index[gram as usize] = anchors.len() as u16 + 1;
            let is_last = |number: usize| number + 1 == same.len();
            let of_gram = same.iter().enumerate();
            anchors.extend(of_gram.map(|(number, (_, anchor))| Anchor { is_last: is_last(number), ..*anchor }));
        }
        Self { bitmap, index, anchors }
    }

    /// Calls `each` with the number of a literal and the place where it may start: its gram stands there.
    pub fn candidates(&self, text: &[u8], range: Range<usize>, mut each: impl FnMut(usize, usize)) {
        // A gram depends on the one before by nothing that has to be computed first.
        let (mut first, mut second) = (0, 0);
        for (index, byte) in text[range.clone()].iter().enumerate() {
            let third = u32::from(CLASS[usize::from(*byte)]);
            let gram = first << (2 * CLASS_BITS) | second << CLASS_BITS | third;
            (first, second) = (second, third);
            if self.bitmap[gram as usize / 64 % WORDS] >> (gram % 64) & 1 == 1 {
                self.take(gram, text, range.start + index, &mut each);
            }
        }
    }

    #[inline(never)]
    fn take(&self, gram: u32, text: &[u8], last: usize, each: &mut impl FnMut(usize, usize)) {
        let Some(from) = usize::from(self.index[gram as usize]).checked_sub(1) else { return };
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

/// How rare a text is in source code and prose, in bits: what its first letter and each that follows another say.
/// A capital is rarer than the small letter by three.
pub fn rarity(text: &[u8]) -> usize {
    let kind = |byte: &u8| {
        let byte = if byte.is_ascii_digit() { b'0' } else { byte.to_ascii_lowercase() };
        KINDS.iter().position(|known| *known == byte).unwrap_or(KINDS.len())
    };
    let bits = |row: &str, at: usize| {
        row.as_bytes().get(at).map_or(0, |digit| char::from(*digit).to_digit(16).unwrap_or(0) as usize)
    };
    let pairs = text.windows(2).map(|pair| bits(AFTER[kind(&pair[0])], kind(&pair[1])));
    let first = text.first().map_or(0, |byte| bits(ALONE, kind(byte)));
    first + pairs.sum::<usize>() + 3 * text.iter().filter(|byte| byte.is_ascii_uppercase()).count()
}

/// The letters, in the order of the tables below; `0` stands for all digits, and what is not here comes last.
const KINDS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0_-./ \"'=:(+";

/// Bits that each letter says alone, a hexadecimal digit each. Counted in 43 MB of Python, JavaScript, notebooks,
/// configuration and documents of public packages, as are those below.
const ALONE: &str = "475646665875655685546778785676826977794";

/// For each letter, the bits that the next one says.
const AFTER: [&str; 39] = [
    "364578595974447674436777666898967b99aa5",
    "366737775574774775474778575755767999983",
    "3868388468548827846358987867a8879b989a4",
    "377526784877785686566888796576936977694",
    "485476697aa46386634497757a75768369766b4",
    "487855883885873784754888785794837a97695",
    "457737554786655674465878785575636987794",
    "477728773887674886745888785676847a77795",
    "56445559798542359644969795777898bb9baa6",
    "5556366656666635663656666638c878aba8876",
    "456526674776766677376747774566648977784",
    "4775348939947837974558896965768489786a4",
    "358728784884663388676888786697749b99896",
    "4854464959778646994367997965768348876a5",
    "65548579686542659365475879689895aaaa9a4",
    "387638874884873594544898596686969a887a6",
    "4566666666656666566626666647b978ab8b874",
    "3856285949566548955457896976869479886a5",
    "5857388649688845884358897976746369766a4",
    "4868389339a88846a45559895975768479876a4",
    "55674778688443848243888888699997bbaca97",
    "267726673776665777677676774798778b99886",
    "366647743776643775577767774576747a88785",
    "465646674776666476636666663576756977674",
    "566757776776555277547767775475837876584",
    "5666266656665656666626666649a9769a99976",
    "6666667777777667777777767718647569a6973",
    "563455664775445485446569ab65c9f8acbb7f7",
    "565556885795565496557779983a29d4acabbb5",
    "4645556656854564954566697935e5646bfece4",
    "4545565656755665754566577749c5458abc973",
    "576676885a977656b665887a9c6989a158698a4",
    "5756668759975666a756887aac6887945aa3ba1",
    "5656668869666676a63568889a68968477c4ab1",
    "686766986aa77577a6558889ab488bb1573f7b4",
    "9a8a78a88c899796c796a8bbbc6c98516cd88d2",
    "5655458658766466954476868947778645eb6c2",
    "655655666666655566656565663c9a536a5b745",
    "586767796a7874788766788a9b6a878258877a2",
];

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
