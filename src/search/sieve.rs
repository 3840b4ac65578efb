//! Finds the literals that are looked for in a whole text, in one pass: few short cores that many of them share are
//! looked for, and the literal is compared around each.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::nibbles::{BUCKETS, Candidate, Nibbles, WIDTH};
use super::{Vectors, rarity, vectors};

/// Bytes that are searched before their candidates are compared.
const STRETCH: usize = 16 << 10;
/// Candidates that ordinary text of that length has at most.
const CANDIDATES: usize = 512;
/// What it is worth that another literal shares a core, in bits of its rarity, and how many that count. Fewer cores leave the
/// buckets emptier, which is worth more than that each is rare: with 16 and 20 the search takes a tenth fewer instructions than
/// with 4 and 6.
const SHARED: usize = 16;
const SHARING: usize = 20;

/// A literal as it is looked for.
pub struct Form {
    /// In lower case where it matches in any case.
    pub text: Vec<u8>,
    /// It matches as it is written only.
    pub is_exact: bool,
    /// Which literal of the caller's.
    pub literal: usize,
}

/// A short text that stands in some literals.
#[derive(Clone, Debug)]
struct Core {
    text: Vec<u8>,
    is_exact: bool,
    /// Which literals, and where it stands in them.
    literals: Vec<(usize, usize)>,
}

/// The cores of many literals.
pub struct Sieve {
    cores: Vec<Core>,
    engine: Engine,
}

enum Engine {
    /// With the cores of each bucket.
    Vectors(Box<Nibbles>, Vec<Vec<(Probe, usize)>>),
    /// Where the processor has no vectors that are used: one step a byte instead of a look at each bucket.
    Automaton(AhoCorasick),
}

/// Compares the bytes of a core at once.
#[derive(Clone, Copy)]
struct Probe {
    wanted: u32,
    /// The bits that are compared: without that of the case, where it does not matter.
    mask: u32,
}

impl Sieve {
    /// Prepares the search for forms of at least three bytes.
    pub fn new(forms: &[Form]) -> Self {
        let cores = cores(forms);
        let automaton = if vectors() == Vectors::Absent { Engine::automaton(&cores) } else { None };
        let engine = automaton.unwrap_or_else(|| Engine::vectors(&cores));
        Self { cores, engine }
    }

    /// Calls `each` with a literal and the place where it may start: its core stands there, in some case.
    pub fn candidates(&self, text: &[u8], mut each: impl FnMut(usize, usize)) {
        let mut around = |core: usize, at: usize| {
            for (literal, offset) in &self.cores[core].literals {
                if let Some(start) = at.checked_sub(*offset) {
                    each(*literal, start);
                }
            }
        };
        match &self.engine {
            Engine::Vectors(nibbles, buckets) => {
                let mut found = Vec::with_capacity(CANDIDATES);
                for start in (0..text.len()).step_by(STRETCH) {
                    nibbles.candidates(text, start..(start + STRETCH).min(text.len()), &mut found);
                    for candidate in found.drain(..) {
                        each_core(buckets, text, candidate, &mut around);
                    }
                }
            }
            Engine::Automaton(automaton) => {
                automaton.find_overlapping_iter(text).for_each(|one| around(one.pattern().as_usize(), one.start()));
            }
        }
    }
}

impl Engine {
    fn vectors(cores: &[Core]) -> Self {
        let mut order: Vec<usize> = (0..cores.len()).collect();
        order.sort_by_key(|core| rarity(&cores[*core].text));
        let frequency: [f32; 256] = std::array::from_fn(|byte| match byte as u8 {
            byte @ b' '..=b'~' => (-(rarity(&[byte]) as f32)).exp2(),
            _ => 0.0,
        });
        // The commonest first: each goes where it makes a chance agreement the least more likely, and those that alone
        // are likely take the buckets that are empty.
        let mut buckets = vec![(Agreement::default(), Vec::new()); BUCKETS];
        for core in order {
            let with = |bucket: &(Agreement, Vec<usize>)| bucket.0.with(&cores[core]);
            let cost = |bucket| with(bucket).chance(&frequency) - bucket.0.chance(&frequency);
            let best = buckets.iter().map(cost).enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b));
            let best = best.map_or(0, |(best, _)| best);
            buckets[best].0 = with(&buckets[best]);
            buckets[best].1.push(core);
        }
        let buckets = buckets.into_iter().map(|(_, members)| members);
        let mut nibbles = Nibbles::new();
        for (number, bucket) in buckets.clone().enumerate() {
            for core in bucket {
                let core = &cores[core];
                for position in 0..WIDTH {
                    core.bytes(position).for_each(|byte| nibbles.allow(number, position, byte));
                }
            }
        }
        let probes = |bucket: Vec<usize>| bucket.into_iter().map(|core| (Probe::new(&cores[core]), core)).collect();
        Self::Vectors(Box::new(nibbles), buckets.map(probes).collect())
    }

    fn automaton(cores: &[Core]) -> Option<Self> {
        AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(cores.iter().map(|core| &core.text))
            .ok()
            .map(Self::Automaton)
    }
}

/// Calls `each` with the cores that stand at a candidate.
fn each_core(buckets: &[Vec<(Probe, usize)>], text: &[u8], candidate: Candidate, each: &mut impl FnMut(usize, usize)) {
    let next = match text[candidate.at..].first_chunk() {
        Some(next) => u32::from_le_bytes(*next),
        None => {
            let mut last = [0; WIDTH];
            last.iter_mut().zip(&text[candidate.at..]).for_each(|(to, from)| *to = *from);
            u32::from_le_bytes(last)
        }
    };
    let mut left = candidate.buckets;
    while left != 0 {
        for (probe, core) in &buckets[left.trailing_zeros() as usize] {
            if next & probe.mask == probe.wanted {
                each(*core, candidate.at);
            }
        }
        left &= left - 1;
    }
}

impl Core {
    /// The bytes that may stand at a position; behind the end, any.
    fn bytes(&self, position: usize) -> impl Iterator<Item = u8> + use<> {
        let (first, last) = match self.text.get(position) {
            None => (0, u8::MAX),
            Some(byte) => (*byte, *byte),
        };
        let other = (!self.is_exact && first == last && first.is_ascii_alphabetic()).then_some(first ^ 0x20);
        (first..=last).chain(other)
    }
}

impl Probe {
    fn new(core: &Core) -> Self {
        let (mut wanted, mut mask) = ([0; WIDTH], [0; WIDTH]);
        for (at, byte) in core.text.iter().enumerate() {
            mask[at] = if core.is_exact || !byte.is_ascii_alphabetic() { 0xFF } else { 0xDF };
            wanted[at] = byte & mask[at];
        }
        Self { wanted: u32::from_le_bytes(wanted), mask: u32::from_le_bytes(mask) }
    }
}

/// The nibbles that agree with some core, at each position.
#[derive(Clone, Copy, Default)]
struct Agreement {
    low: [u16; WIDTH],
    high: [u16; WIDTH],
}

impl Agreement {
    fn with(mut self, core: &Core) -> Self {
        for position in 0..WIDTH {
            for byte in core.bytes(position) {
                self.low[position] |= 1 << (byte & 15);
                self.high[position] |= 1 << (byte >> 4);
            }
        }
        self
    }

    /// How likely ordinary text agrees by chance.
    fn chance(&self, frequency: &[f32; 256]) -> f32 {
        let position = |position: usize| -> f32 {
            let agrees =
                |byte: usize| self.low[position] >> (byte & 15) & 1 == 1 && self.high[position] >> (byte >> 4) & 1 == 1;
            (32..127).filter(|byte| agrees(*byte)).map(|byte| frequency[byte]).sum()
        };
        (0..WIDTH).map(position).product()
    }
}

/// Chooses cores so that every form holds one: again and again one that many forms without a core hold and that has
/// rare letters.
fn cores(forms: &[Form]) -> Vec<Core> {
    // With the forms that hold each, and where.
    let mut windows: BTreeMap<Window, Vec<(usize, usize)>> = BTreeMap::new();
    for (number, form) in forms.iter().enumerate() {
        for (at, text) in form.text.windows(form.text.len().min(WIDTH)).enumerate() {
            let exact = form.is_exact.then(|| Window { is_exact: true, text: text.to_vec() });
            let folded = Window { is_exact: false, text: text.to_ascii_lowercase() };
            exact.into_iter().chain([folded]).for_each(|window| windows.entry(window).or_default().push((number, at)));
        }
    }
    let rarities: Vec<usize> = windows.keys().map(|window| rarity(&window.text)).collect();
    let mut is_open = vec![true; forms.len()];
    let mut chosen: Vec<Core> = Vec::new();
    loop {
        let worth = |(places, rarity): (&Vec<(usize, usize)>, &usize)| {
            let open = places.iter().filter(|(form, _)| is_open[*form]).count();
            if open == 0 { 0 } else { open.min(SHARING) * SHARED + rarity }
        };
        let best = windows.iter().zip(&rarities).max_by_key(|((_, places), rarity)| worth((places, rarity)));
        let Some(((window, places), _)) = best.filter(|((_, places), rarity)| worth((places, rarity)) > 0) else {
            return chosen;
        };
        let open = places.iter().filter(|(form, _)| is_open[*form]);
        let literals: BTreeSet<_> = open.map(|(form, at)| (forms[*form].literal, *at)).collect();
        places.iter().for_each(|(form, _)| is_open[*form] = false);
        chosen.push(Core {
            text: window.text.clone(),
            is_exact: window.is_exact,
            literals: literals.into_iter().collect(),
        });
    }
}

/// What could be looked for. Of two that are worth the same, the later is: one that is exact.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Window {
    is_exact: bool,
    text: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_literal_is_a_candidate_where_it_stands(text in "([a-cA-C_:/]{0,9}|aBcAb|://|x{30}|é){0,12}") {
            let literals: [(&str, bool); 6] =
                [("abcab", false), ("a_b", true), ("AB_C", true), ("://", false), ("abc://", false), ("CABC", true)];
            let forms: Vec<Form> = literals
                .iter()
                .enumerate()
                .map(|(literal, (text, is_exact))| Form { text: text.as_bytes().to_vec(), is_exact: *is_exact, literal })
                .collect();
            let mut sieve = Sieve::new(&forms);
            for portable in [false, true] {
                if portable {
                    sieve.engine = Engine::automaton(&sieve.cores).unwrap();
                }
                let stands = |literal: usize, at: usize| {
                    let (wanted, is_exact) = literals[literal];
                    text.as_bytes().get(at..at + wanted.len()).is_some_and(|found| {
                        if is_exact { found == wanted.as_bytes() } else { found.eq_ignore_ascii_case(wanted.as_bytes()) }
                    })
                };
                let mut found = Vec::new();
                sieve.candidates(text.as_bytes(), |literal, at| if stands(literal, at) { found.push((at, literal)) });
                found.sort_unstable();
                found.dedup();
                let places = (0..text.len()).flat_map(|at| (0..literals.len()).map(move |literal| (at, literal)));
                let expected: Vec<_> = places.filter(|(at, literal)| stands(*literal, *at)).collect();
                prop_assert_eq!(&found, &expected);
            }
        }
    }
}
