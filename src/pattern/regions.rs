//! The gate: where in a text a random secret can stand at all.
//!
//! Most kinds of secret contain a run of at least [`RUN`](super::analysis::RUN) token characters with a digit or several capital
//! letters. Ordinary code and prose consist mostly of shorter words, so that the literals of those kinds need
//! be looked for in a fifth of a text only. The runs are found by arithmetic on blocks of 64 bytes.

use std::ops::Range;

use super::analysis::is_run_byte;

/// How much before a run belongs to its region: names, prefixes, words that must stand near.
pub const BEFORE: usize = 128;
/// How much after a run belongs to its region.
pub const AFTER: usize = 64;
/// A run without digits is random when this many capitals follow something else than a capital, or when this
/// many capitals follow each other.
const CAPITALS: u32 = 4;
const CAPITALS_IN_A_ROW: usize = 12;

/// The runs of `text` that may be random, in order.
pub fn runs(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut done = 0;
    let mut blocks = text.chunks(BLOCK).map(Masks::of);
    let mut here = blocks.next().unwrap_or_default();
    for start in (0..text.len()).step_by(BLOCK) {
        let next = blocks.next().unwrap_or_default();
        let runs = u128::from(next.runs) << BLOCK | u128::from(here.runs);
        let digits = u128::from(next.digits) << BLOCK | u128::from(here.digits);
        let capitals = u128::from(next.capitals) << BLOCK | u128::from(here.capitals);
        here = next;
        // Bit n is set where RUN bytes from n on are of a run.
        let mut begins = runs;
        for step in [1, 2, 4, 8] {
            begins &= begins >> step;
        }
        let mut begins = begins as u64;
        if done > start {
            begins &= u64::MAX.checked_shl((done - start) as u32).unwrap_or(0);
        }
        while begins != 0 {
            let bit = begins.trailing_zeros();
            let first = start + bit as usize;
            let len = (runs >> bit).trailing_ones();
            let of_run = |mask: u128| (mask >> bit) & (u128::MAX >> (u128::BITS - len));
            // A run that reaches the end of both blocks may go on.
            let goes_on = bit + len == u128::BITS;
            let end = if goes_on { end_of(text, first + len as usize) } else { first + len as usize };
            let capitals = of_run(capitals);
            let in_a_row = [1, 2, 4, 4].iter().fold(capitals, |row, step| row & row >> step);
            let is_random = of_run(digits) != 0
                || (capitals & !(capitals << 1)).count_ones() >= CAPITALS
                || in_a_row != 0
                || (goes_on && looks_random(&text[first..end]));
            if is_random {
                found.push(first..end);
            }
            done = end;
            begins &= u64::MAX.checked_shl(bit + len).unwrap_or(0);
        }
    }
    found
}

fn end_of(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().position(|byte| !is_run_byte(*byte)).unwrap_or(text.len() - at)
}

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// One bit for each byte of a block.
#[derive(Clone, Copy, Default)]
struct Masks {
    runs: u64,
    digits: u64,
    capitals: u64,
}

impl Masks {
    /// Written so that compilers use vectors for it.
    fn of(block: &[u8]) -> Self {
        let mut bytes = [0u8; BLOCK];
        bytes[..block.len()].copy_from_slice(block);
        let (mut runs, mut digits, mut capitals) = ([0u8; BLOCK], [0u8; BLOCK], [0u8; BLOCK]);
        for (((run, digit), capital), byte) in runs.iter_mut().zip(&mut digits).zip(&mut capitals).zip(bytes) {
            let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
            // `-`, `.`, `/` stand before the digits.
            let number = byte.wrapping_sub(b'-') < 13;
            let sign = (byte == b'_') | (byte == b'=') | (byte == b'+') | (byte == b'~') | (byte == b'%');
            *run = u8::from(letter | number | sign);
            *digit = u8::from(byte.wrapping_sub(b'0') < 10);
            *capital = u8::from(byte.wrapping_sub(b'A') < 26);
        }
        Self { runs: pack(&runs), digits: pack(&digits), capitals: pack(&capitals) }
    }
}

/// The lowest bits of 64 bytes.
fn pack(flags: &[u8; BLOCK]) -> u64 {
    flags.as_chunks::<8>().0.iter().enumerate().fold(0, |mask, (index, eight)| {
        // The multiplication moves the lowest bit of each byte into the highest byte.
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask | bits << (index * 8)
    })
}

/// The runs with what may belong to them, joined where they touch.
pub fn regions(runs: &[Range<usize>], len: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut runs = runs.iter().peekable();
    std::iter::from_fn(move || {
        let first = runs.next()?;
        let mut region = first.start.saturating_sub(BEFORE)..(first.end + AFTER).min(len);
        while let Some(next) = runs.next_if(|next| next.start.saturating_sub(BEFORE) <= region.end) {
            region.end = (next.end + AFTER).min(len);
        }
        Some(region)
    })
}

fn looks_random(run: &[u8]) -> bool {
    let starts = run.windows(2).filter(|pair| pair[1].is_ascii_uppercase() && !pair[0].is_ascii_uppercase()).count();
    run.iter().any(u8::is_ascii_digit)
        || starts + usize::from(run[0].is_ascii_uppercase()) >= CAPITALS as usize
        || run.split(|byte| !byte.is_ascii_uppercase()).any(|row| row.len() >= CAPITALS_IN_A_ROW)
}

#[cfg(test)]
mod tests {
    use super::super::analysis::RUN;
    use super::*;
    use proptest::prelude::*;

    /// The definition, byte by byte.
    fn slowly(text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let len = text[at..].iter().take_while(|byte| is_run_byte(**byte)).count();
            if len >= RUN && looks_random(&text[at..at + len]) {
                found.push(at..at + len);
            }
            at += len + 1;
        }
        found
    }

    proptest! {
        #[test]
        fn masks_lose_no_run(text in "([a-z]{0,20}|[A-Z0-9]{1,30}|[A-Z]{10,14}|[A-Za-z_]{1,90}|[ \n\"]){0,40}") {
            prop_assert_eq!(runs(text.as_bytes()), slowly(text.as_bytes()));
        }
    }

    #[test]
    fn regions_join() {
        let joined: Vec<_> = regions(&[200..220, 300..320, 1000..1016], 1020).collect();
        assert_eq!(joined, [72..384, 872..1020]);
    }
}
