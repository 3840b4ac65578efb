//! The gate: where in a text a random secret can stand at all.
//!
//! Most kinds of secret contain a run of at least [`RUN`] token characters with a digit or several capital
//! letters. Ordinary code and prose consist mostly of shorter words, so that the literals of those kinds need
//! be looked for in some 15 % of a text only. The runs are found by looking at every sixteenth byte, as
//! Boyer and Moore did.

use std::ops::Range;

use super::analysis::{RUN, is_run_byte};

/// How much before a run belongs to its region: names, prefixes, words that must stand near.
pub const BEFORE: usize = 128;
/// How much after a run belongs to its region.
pub const AFTER: usize = 64;
/// A run without digits is random when this many capitals follow something else than a capital.
const CAPITALS: usize = 5;

const IN_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = is_run_byte(byte as u8);
        byte += 1;
    }
    table
};

/// The runs of `text` that may be random, in order.
pub fn runs(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    // Invariant: no run begins before `start`, and `start` is 0 or follows a byte of no run.
    while let Some(window) = text.get(start..start + RUN) {
        if let Some(last) = window.iter().rposition(|byte| !IN_RUN[usize::from(*byte)]) {
            start += last + 1;
            continue;
        }
        let rest = &text[start + RUN..];
        let end = start + RUN + rest.iter().position(|byte| !IN_RUN[usize::from(*byte)]).unwrap_or(rest.len());
        if looks_random(&text[start..end]) {
            found.push(start..end);
        }
        start = end;
    }
    found
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
    if run.iter().any(u8::is_ascii_digit) {
        return true;
    }
    let starts = run.windows(2).filter(|pair| pair[1].is_ascii_uppercase() && !pair[0].is_ascii_uppercase()).count();
    starts + usize::from(run[0].is_ascii_uppercase()) >= CAPITALS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, without skipping.
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
        fn skipping_loses_no_run(text in "([a-z]{0,20}|[A-Z0-9]{1,30}|[ \n\"]){0,40}") {
            prop_assert_eq!(runs(text.as_bytes()), slowly(text.as_bytes()));
        }
    }

    #[test]
    fn regions_join() {
        let joined: Vec<_> = regions(&[200..220, 300..320, 1000..1016], 1020).collect();
        assert_eq!(joined, [72..384, 872..1020]);
    }
}
