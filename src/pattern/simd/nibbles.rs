//! Where one of many short texts may begin: the texts share [`BUCKETS`] buckets, and a place is a candidate of a bucket when
//! each of the next [`WIDTH`] bytes agrees, in both of its nibbles, with some text of the bucket.

#![allow(unsafe_code)]

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use super::has_avx2;

/// How many bytes of a text are compared.
pub const WIDTH: usize = 4;
/// How many buckets there are.
pub const BUCKETS: usize = 16;

/// A place where a text of some of the buckets may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Bytes from the start of the text that is searched.
    pub at: usize,
    /// One bit for each bucket.
    pub buckets: u16,
}

/// For each position and value of a nibble, the buckets that it agrees with: those below 8, and the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nibbles {
    low: [[[u8; 16]; 2]; WIDTH],
    high: [[[u8; 16]; 2]; WIDTH],
}

impl Nibbles {
    /// No text in any bucket.
    pub fn new() -> Self {
        Self { low: [[[0; 16]; 2]; WIDTH], high: [[[0; 16]; 2]; WIDTH] }
    }

    /// Lets `byte` stand at a position of a text of the bucket.
    pub fn allow(&mut self, bucket: usize, position: usize, byte: u8) {
        let (half, bit) = (bucket / 8, 1 << (bucket % 8));
        self.low[position][half][usize::from(byte & 15)] |= bit;
        self.high[position][half][usize::from(byte >> 4)] |= bit;
    }

    /// The buckets with a text that may begin at `at`. Behind the end stand zero bytes.
    fn at(&self, text: &[u8], at: usize) -> u16 {
        let half = |half: usize| {
            (0..WIDTH).fold(u8::MAX, |buckets, position| {
                let byte = text.get(at + position).copied().unwrap_or_default();
                let (low, high) = (usize::from(byte & 15), usize::from(byte >> 4));
                buckets & self.low[position][half][low] & self.high[position][half][high]
            })
        };
        u16::from_le_bytes([half(0), half(1)])
    }

    /// Adds the candidates whose place is in `range`, in order.
    pub fn candidates(&self, text: &[u8], range: Range<usize>, found: &mut Vec<Candidate>) {
        #[cfg(target_arch = "x86_64")]
        if has_avx2() {
            // SAFETY: the processor has AVX2.
            return unsafe { with_avx2(self, text, range, found) };
        }
        self.one_by_one(text, range, found);
    }

    fn one_by_one(&self, text: &[u8], range: Range<usize>, found: &mut Vec<Candidate>) {
        let candidates = range.map(|at| Candidate { at, buckets: self.at(text, at) });
        found.extend(candidates.filter(|candidate| candidate.buckets != 0));
    }
}

impl Default for Nibbles {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(tables: &Nibbles, text: &[u8], range: Range<usize>, found: &mut Vec<Candidate>) {
    use std::arch::x86_64::{
        __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
        _mm256_srli_epi16, _mm256_storeu_si256,
    };
    const VECTOR: usize = 32;
    const WINDOW: usize = VECTOR + WIDTH - 1;
    // SAFETY: a table has 16 bytes, and no alignment is asked for.
    let load = |table: &[u8; 16]| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) });
    let low: [[__m256i; 2]; WIDTH] = std::array::from_fn(|at| [load(&tables.low[at][0]), load(&tables.low[at][1])]);
    let high: [[__m256i; 2]; WIDTH] = std::array::from_fn(|at| [load(&tables.high[at][0]), load(&tables.high[at][1])]);
    let low_bits = _mm256_set1_epi8(0x0F);
    let mut at = range.start;
    while at < range.end {
        // What is behind the end of the text is zero.
        let mut padded = [0; WINDOW];
        let window: &[u8; WINDOW] = match text[at..].first_chunk() {
            Some(window) => window,
            None => {
                padded[..text.len() - at].copy_from_slice(&text[at..]);
                &padded
            }
        };
        let mut halves = [_mm256_set1_epi8(-1); 2];
        for position in 0..WIDTH {
            // SAFETY: `window` has 32 bytes from each position on, and no alignment is asked for.
            let bytes = unsafe { _mm256_loadu_si256(window.as_ptr().add(position).cast()) };
            let (lows, highs) =
                (_mm256_and_si256(bytes, low_bits), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low_bits));
            for (half, buckets) in halves.iter_mut().enumerate() {
                let both = _mm256_and_si256(
                    _mm256_shuffle_epi8(low[position][half], lows),
                    _mm256_shuffle_epi8(high[position][half], highs),
                );
                *buckets = _mm256_and_si256(*buckets, both);
            }
        }
        let nothing = _mm256_cmpeq_epi8(_mm256_or_si256(halves[0], halves[1]), _mm256_setzero_si256());
        let mut hits = !(_mm256_movemask_epi8(nothing) as u32);
        if hits != 0 {
            let mut buckets = [[0; VECTOR]; 2];
            // SAFETY: each array has 32 bytes, and no alignment is asked for.
            unsafe {
                _mm256_storeu_si256(buckets[0].as_mut_ptr().cast(), halves[0]);
                _mm256_storeu_si256(buckets[1].as_mut_ptr().cast(), halves[1]);
            }
            while hits != 0 {
                let bit = hits.trailing_zeros() as usize;
                hits &= hits - 1;
                if at + bit < range.end {
                    let buckets = u16::from_le_bytes([buckets[0][bit], buckets[1][bit]]);
                    found.push(Candidate { at: at + bit, buckets });
                }
            }
        }
        at += VECTOR;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways_find_the_same(
            text in prop::collection::vec(prop::sample::select(b"abcdABCD_:/\x80\xE1".to_vec()), 0..300),
            allowed in prop::collection::vec((0..BUCKETS, 0..WIDTH, prop::sample::select(b"abcdABCD_:/".to_vec())), 0..120),
            cut in 0..200usize,
        ) {
            let mut nibbles = Nibbles::new();
            allowed.iter().for_each(|(bucket, position, byte)| nibbles.allow(*bucket, *position, *byte));
            let range = cut.min(text.len())..text.len().saturating_sub(cut / 3).max(cut.min(text.len()));
            let mut found = Vec::new();
            nibbles.candidates(&text, range.clone(), &mut found);
            let mut slowly = Vec::new();
            nibbles.one_by_one(&text, range, &mut slowly);
            prop_assert_eq!(found, slowly);
        }
    }
}
