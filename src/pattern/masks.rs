//! Which kinds the bytes of a text belong to, 64 at a time: one bit for each byte.

#![allow(unsafe_code)]

use super::analysis::is_run_byte;
use crate::search::{Vectors, vectors};

/// How many bytes are looked at together.
pub const BLOCK: usize = 64;
/// How many blocks are looked at in one call.
const BATCH: usize = 16;
/// How many kinds there are.
const KINDS: usize = 8;

/// One bit for each byte of a block, the first byte lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    /// Characters that tokens consist of.
    pub run: u64,
    /// `0` to `9`.
    pub digit: u64,
    /// `A` to `Z`.
    pub capital: u64,
    /// `\`
    pub backslash: u64,
    /// `%` and `&`, with which escapes of URLs and markup begin.
    pub sign: u64,
    /// `"`, `'` and `` ` ``
    pub quote: u64,
    /// What is worth a look behind a backslash: `u`, `U`, `x`, `/`, `_` and octal digits of escapes, and line ends.
    pub escaped: u64,
    /// Blanks, line ends and `+`: what stands between two strings.
    pub between: u64,
}

/// True when the byte is of a kind; the kinds are numbered in the order of [`Masks`].
const fn is_of(kind: usize, byte: u8) -> bool {
    match kind {
        0 => is_run_byte(byte),
        1 => byte.is_ascii_digit(),
        2 => byte.is_ascii_uppercase(),
        3 => byte == b'\\',
        4 => matches!(byte, b'%' | b'&'),
        5 => matches!(byte, b'"' | b'\'' | b'`'),
        6 => matches!(byte, b'u' | b'U' | b'x' | b'/' | b'_' | b'0' | b'1' | b'\r' | b'\n'),
        _ => matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'+'),
    }
}

/// For each byte below 128, one bit for each kind that it is of; those above are of none.
const OF_BYTE: [u8; 128] = {
    let mut table = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        let mut kind = 0;
        while kind < KINDS {
            if is_of(kind, byte as u8) {
                table[byte] |= 1 << kind;
            }
            kind += 1;
        }
        byte += 1;
    }
    table
};

impl Masks {
    fn from_kinds(kinds: [u64; KINDS]) -> Self {
        let [run, digit, capital, backslash, sign, quote, escaped, between] = kinds;
        Self { run, digit, capital, backslash, sign, quote, escaped, between }
    }

    /// The portable way.
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut kinds = [0; KINDS];
        for (at, byte) in block.iter().enumerate() {
            let of_byte = OF_BYTE.get(usize::from(*byte)).copied().unwrap_or_default();
            for (kind, mask) in kinds.iter_mut().enumerate() {
                *mask |= u64::from(of_byte >> kind & 1) << at;
            }
        }
        Self::from_kinds(kinds)
    }
}

/// Calls `each` with the start of each block of a text, its masks and those of the block after it. The last block is
/// filled up with zero bytes, and no bit is set behind it.
pub fn each_block(text: &[u8], mut each: impl FnMut(usize, &Masks, &Masks)) {
    let vectors = vectors();
    let look = |blocks: &[[u8; BLOCK]], out: &mut [Masks]| look(vectors, blocks, out);
    let (whole, rest) = text.as_chunks::<BLOCK>();
    let mut last = [[0; BLOCK]];
    last[0][..rest.len()].copy_from_slice(rest);
    // The block that is handed out next comes first; behind those that are known follows nothing.
    let mut masks = [Masks::default(); BATCH + 1];
    let (mut start, mut known) = (0, 0);
    let mut hand_out = |masks: &[Masks]| {
        for pair in masks.windows(2) {
            each(start, &pair[0], &pair[1]);
            start += BLOCK;
        }
    };
    let tail: &[[u8; BLOCK]] = if rest.is_empty() { &[] } else { &last };
    for blocks in whole.chunks(BATCH).chain([tail]) {
        if known + blocks.len() > BATCH {
            hand_out(&masks[..known]);
            (masks[0], known) = (masks[known - 1], 1);
        }
        look(blocks, &mut masks[known..]);
        known += blocks.len();
    }
    masks[known] = Masks::default();
    hand_out(&masks[..=known]);
}

/// Finds the masks of some blocks with these vectors, which the processor has.
fn look(vectors: Vectors, blocks: &[[u8; BLOCK]], out: &mut [Masks]) {
    match vectors {
        // SAFETY: the processor has the vectors.
        #[cfg(target_arch = "x86_64")]
        Vectors::Avx512 => unsafe { with_avx512(blocks, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Vectors::Avx2 => unsafe { with_avx2(blocks, out) },
        _ => out.iter_mut().zip(blocks).for_each(|(masks, block)| *masks = Masks::of(block)),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn with_avx512(blocks: &[[u8; BLOCK]], out: &mut [Masks]) {
    use std::arch::x86_64::{
        _mm512_loadu_si512, _mm512_maskz_permutex2var_epi8, _mm512_movepi8_mask, _mm512_set1_epi8,
        _mm512_test_epi8_mask,
    };
    let (low, high) = OF_BYTE.split_at(BLOCK);
    // SAFETY: each half has 64 bytes, and no alignment is asked for.
    let (low, high) = unsafe { (_mm512_loadu_si512(low.as_ptr().cast()), _mm512_loadu_si512(high.as_ptr().cast())) };
    for (block, masks) in blocks.iter().zip(out) {
        // SAFETY: the block has 64 bytes, and no alignment is asked for.
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let of_byte = _mm512_maskz_permutex2var_epi8(!_mm512_movepi8_mask(bytes), low, bytes, high);
        *masks = Masks::from_kinds(std::array::from_fn(|kind| {
            _mm512_test_epi8_mask(of_byte, _mm512_set1_epi8((1_u8 << kind) as i8))
        }));
    }
}

/// For each kind and low nibble, the high nibbles below 8 with which a byte is of the kind.
#[cfg(target_arch = "x86_64")]
const NIBBLES: [[u8; 16]; KINDS] = {
    let mut tables = [[0; 16]; KINDS];
    let mut kind = 0;
    while kind < KINDS {
        let mut byte = 0;
        while byte < 128 {
            if is_of(kind, byte as u8) {
                tables[kind][byte % 16] |= 1 << (byte / 16);
            }
            byte += 1;
        }
        kind += 1;
    }
    tables
};

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(blocks: &[[u8; BLOCK]], out: &mut [Masks]) {
    use std::arch::x86_64::{
        _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
        _mm256_srli_epi16,
    };
    let tables = NIBBLES.map(|table| {
        // SAFETY: the table has 16 bytes, and no alignment is asked for.
        _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
    });
    let low_bits = _mm256_set1_epi8(0x0F);
    let zero = _mm256_setzero_si256();
    // The bit of a high nibble; bytes above 127 are of no kind.
    let bits = _mm256_setr_epi8(
        1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0,
    );
    for (block, masks) in blocks.iter().zip(out) {
        let mut kinds = [0; KINDS];
        for (half, bytes) in block.as_chunks::<32>().0.iter().enumerate() {
            // SAFETY: the half has 32 bytes, and no alignment is asked for.
            let bytes = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
            let low = _mm256_and_si256(bytes, low_bits);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low_bits);
            let bit = _mm256_shuffle_epi8(bits, high);
            for (kind, table) in kinds.iter_mut().zip(&tables) {
                let misses = _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(*table, low), bit), zero);
                *kind |= u64::from(!(_mm256_movemask_epi8(misses) as u32)) << (half * 32);
            }
        }
        *masks = Masks::from_kinds(kinds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_ways_see_the_same(text in prop::collection::vec(any::<u8>(), 0..5000)) {
            let mut padded = text.clone();
            padded.resize(text.len().div_ceil(BLOCK) * BLOCK, 0);
            let blocks = padded.as_chunks::<BLOCK>().0;
            let portable: Vec<Masks> = blocks.iter().map(Masks::of).collect();
            let mut seen = Vec::new();
            each_block(&text, |start, here, next| {
                assert_eq!(start, seen.len() * BLOCK);
                assert_eq!(portable.get(seen.len() + 1).copied().unwrap_or_default(), *next);
                seen.push(*here);
            });
            prop_assert_eq!(&seen, &portable);
            // What a better processor leaves unused.
            if vectors() == Vectors::Avx512 {
                look(Vectors::Avx2, blocks, &mut seen);
                prop_assert_eq!(seen, portable);
            }
        }
    }

    #[test]
    fn bits_stand_for_bytes() {
        let mut seen = Vec::new();
        each_block(b"a%2F 'B'\n", |_, here, _| seen.push(*here));
        let [masks] = seen[..] else { panic!("one block") };
        assert_eq!((masks.run, masks.digit, masks.capital), (0b0_0100_1111, 0b100, 0b100_1000));
        assert_eq!((masks.sign, masks.quote, masks.between), (0b10, 0b1010_0000, 0b1_0001_0000));
    }
}
