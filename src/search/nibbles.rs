//! Where one of many short texts may begin: the texts share [`BUCKETS`] buckets, and a place is a candidate of a bucket when
//! each of the next [`WIDTH`] bytes agrees with some text of the bucket, in both of its nibbles or in its low six bits.

#![allow(unsafe_code)]

use std::ops::Range;

use super::{Vectors, vectors};

/// How many bytes of a text are compared.
pub(super) const WIDTH: usize = 4;
/// How many buckets there are.
pub(super) const BUCKETS: usize = 16;

/// A place where a text of some of the buckets may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Bytes from the start of the text that is searched.
    pub(super) at: usize,
    /// One bit for each bucket.
    pub(super) buckets: u16,
}

/// For each position and value of a nibble or of six bits, the buckets that it agrees with: those below 8, and the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nibbles {
    low: [[[u8; 16]; 2]; WIDTH],
    high: [[[u8; 16]; 2]; WIDTH],
    six: [[[u8; 64]; 2]; WIDTH],
}

impl Nibbles {
    /// No text in any bucket.
    pub(super) fn new() -> Self {
        Self { low: [[[0; 16]; 2]; WIDTH], high: [[[0; 16]; 2]; WIDTH], six: [[[0; 64]; 2]; WIDTH] }
    }

    /// Lets `byte` stand at a position of a text of the bucket.
    pub(super) fn allow(&mut self, bucket: usize, position: usize, byte: u8) {
        let (half, bit) = (bucket / 8, 1 << (bucket % 8));
        self.low[position][half][usize::from(byte & 15)] |= bit;
        self.high[position][half][usize::from(byte >> 4)] |= bit;
        self.six[position][half][usize::from(byte & 63)] |= bit;
    }

    /// The buckets with a text that may begin at `at`, as these vectors see it. Behind the end stand zero bytes.
    fn at(&self, vectors: Vectors, text: &[u8], at: usize) -> u16 {
        let half = |half: usize| {
            (0..WIDTH).fold(u8::MAX, |buckets, position| {
                let byte = usize::from(text.get(at + position).copied().unwrap_or_default());
                buckets
                    & match vectors {
                        Vectors::Avx512 => self.six[position][half][byte & 63],
                        _ => self.low[position][half][byte & 15] & self.high[position][half][byte >> 4],
                    }
            })
        };
        u16::from_le_bytes([half(0), half(1)])
    }

    /// Adds the candidates whose place is in `range`, in order.
    pub(super) fn candidates(&self, text: &[u8], range: Range<usize>, found: &mut Vec<Candidate>) {
        self.look(vectors(), text, range, found);
    }

    /// The same with these vectors, which the processor has.
    fn look(&self, vectors: Vectors, text: &[u8], range: Range<usize>, found: &mut Vec<Candidate>) {
        match vectors {
            // SAFETY: the processor has the vectors.
            #[cfg(target_arch = "x86_64")]
            Vectors::Avx512 => unsafe { with_avx512(self, text, range, found) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Vectors::Avx2 => unsafe { with_avx2(self, text, range, found) },
            _ => self.one_by_one(vectors, text, range, found),
        }
    }

    fn one_by_one(&self, vectors: Vectors, text: &[u8], range: Range<usize>, found: &mut Vec<Candidate>) {
        let candidates = range.map(|at| Candidate { at, buckets: self.at(vectors, text, at) });
        found.extend(candidates.filter(|candidate| candidate.buckets != 0));
    }
}

impl Default for Nibbles {
    fn default() -> Self {
        Self::new()
    }
}

/// Calls `each` with every `VECTOR`th place of the range and the bytes from there on; what is behind the end of the text is
/// zero.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn each_window<const VECTOR: usize, const WINDOW: usize>(
    text: &[u8],
    range: Range<usize>,
    mut each: impl FnMut(usize, &[u8; WINDOW]),
) {
    let mut padded = [0; WINDOW];
    for at in range.step_by(VECTOR) {
        let rest = &text[at..];
        // One call, which is written out here: it keeps its tables in registers.
        let window = rest.first_chunk().unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            padded[rest.len()..].fill(0);
            &padded
        });
        each(at, window);
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
    each_window::<VECTOR, WINDOW>(text, range.clone(), |at, window| {
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
        let hits = !(_mm256_movemask_epi8(nothing) as u32);
        if hits != 0 {
            let mut buckets = [[0; VECTOR]; 2];
            // SAFETY: each array has 32 bytes, and no alignment is asked for.
            unsafe {
                _mm256_storeu_si256(buckets[0].as_mut_ptr().cast(), halves[0]);
                _mm256_storeu_si256(buckets[1].as_mut_ptr().cast(), halves[1]);
            }
            add(u64::from(hits), &buckets, at..range.end, found);
        }
    });
}

/// Adds the candidates of one vector, which begins at the start of `range`: those with a bit in `hits`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn add<const VECTOR: usize>(hits: u64, buckets: &[[u8; VECTOR]; 2], range: Range<usize>, found: &mut Vec<Candidate>) {
    let mut hits = if range.len() < VECTOR { hits & !(u64::MAX << range.len()) } else { hits };
    while hits != 0 {
        let bit = hits.trailing_zeros() as usize;
        hits &= hits - 1;
        let buckets = u16::from_le_bytes([buckets[0][bit], buckets[1][bit]]);
        found.push(Candidate { at: range.start + bit, buckets });
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn with_avx512(tables: &Nibbles, text: &[u8], range: Range<usize>, found: &mut Vec<Candidate>) {
    use std::arch::x86_64::{
        __m512i, _mm512_and_si512, _mm512_loadu_si512, _mm512_or_si512, _mm512_permutexvar_epi8, _mm512_set1_epi8,
        _mm512_storeu_si512, _mm512_test_epi8_mask,
    };
    const VECTOR: usize = 64;
    const WINDOW: usize = VECTOR + WIDTH - 1;
    // SAFETY: a table has 64 bytes, and no alignment is asked for.
    let load = |table: &[u8; 64]| unsafe { _mm512_loadu_si512(table.as_ptr().cast()) };
    let six: [[__m512i; 2]; WIDTH] = std::array::from_fn(|at| [load(&tables.six[at][0]), load(&tables.six[at][1])]);
    each_window::<VECTOR, WINDOW>(text, range.clone(), |at, window| {
        let mut halves = [_mm512_set1_epi8(-1); 2];
        for (position, tables) in six.iter().enumerate() {
            // SAFETY: `window` has 64 bytes from each position on, and no alignment is asked for.
            let bytes = unsafe { _mm512_loadu_si512(window.as_ptr().add(position).cast()) };
            for (buckets, table) in halves.iter_mut().zip(tables) {
                *buckets = _mm512_and_si512(*buckets, _mm512_permutexvar_epi8(bytes, *table));
            }
        }
        let any = _mm512_or_si512(halves[0], halves[1]);
        let hits = _mm512_test_epi8_mask(any, any);
        if hits != 0 {
            let mut buckets = [[0; VECTOR]; 2];
            // SAFETY: each array has 64 bytes, and no alignment is asked for.
            unsafe {
                _mm512_storeu_si512(buckets[0].as_mut_ptr().cast(), halves[0]);
                _mm512_storeu_si512(buckets[1].as_mut_ptr().cast(), halves[1]);
            }
            add(hits, &buckets, at..range.end, found);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_ways_find_what_they_are_to_find(
            text in prop::collection::vec(prop::sample::select(b"abcdABCD_:/\x80\xE1".to_vec()), 0..300),
            allowed in prop::collection::vec((0..BUCKETS, 0..WIDTH, prop::sample::select(b"abcdABCD_:/".to_vec())), 0..120),
            cut in 0..200usize,
        ) {
            let mut nibbles = Nibbles::new();
            allowed.iter().for_each(|(bucket, position, byte)| nibbles.allow(*bucket, *position, *byte));
            let range = cut.min(text.len())..text.len().saturating_sub(cut / 3).max(cut.min(text.len()));
            // The best of the processor, and what that leaves unused.
            let other = (vectors() == Vectors::Avx512).then_some(Vectors::Avx2);
            for vectors in [vectors()].into_iter().chain(other) {
                let (mut found, mut slowly) = (Vec::new(), Vec::new());
                nibbles.look(vectors, &text, range.clone(), &mut found);
                nibbles.one_by_one(vectors, &text, range.clone(), &mut slowly);
                prop_assert_eq!(found, slowly);
            }
        }
    }
}
