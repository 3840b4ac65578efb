//! The gate: where in a text a random secret can stand at all.
//!
//! Most kinds of secret contain a run of at least [`RUN`](super::analysis::RUN) token characters that looks drawn at random
//! ([`super::run`]). Ordinary code and prose consist mostly of shorter words and of names, so that the literals of those
//! kinds need be looked for in a small part of a text only. The runs are found by arithmetic on blocks of 64 bytes
//! ([`super::masks`]), and in the same pass where an encoding or a text in pieces may begin.

use std::ops::Range;

use super::analysis::{RUN, is_run_byte};
use super::masks::{BLOCK, Masks, each_block};
use super::run::{LONGEST, Run, bits, holds_random, may_be_random};

/// How much before a run belongs to its region: names, prefixes, words that must stand near.
pub const BEFORE: usize = 128;
/// How much after a run belongs to its region.
pub const AFTER: usize = 64;

/// What one pass over a text tells, in the order of the places.
#[derive(Debug, Default)]
pub struct Survey {
    /// The runs that may be random.
    pub runs: Vec<Range<usize>>,
    /// Where an escape may stand that hides a character of a secret.
    pub escapes: Vec<usize>,
    /// Where a text may end that goes on: a backslash before a line end, a quote before blanks, `+` or a line end.
    pub seams: Vec<usize>,
}

/// The runs of `text` that may be random, in order.
pub fn runs(text: &[u8]) -> Vec<Range<usize>> {
    survey(text).runs
}

/// Looks at every byte once.
pub fn survey(text: &[u8]) -> Survey {
    let mut found = Survey::default();
    // Whether the byte before the block is of a run.
    let mut before = 0;
    each_block(text, |start, here, next| {
        let then = |kind: fn(&Masks) -> u64| kind(here) >> 1 | kind(next) << (BLOCK - 1);
        let behind_run = here.run << 1 | before;
        before = here.run >> (BLOCK - 1);
        let continued = here.backslash & then(|masks| masks.escaped);
        let mut seams = here.quote & then(|masks| masks.between);
        if continued | here.sign != 0 {
            let (escapes, ends) = escapes(text, start, continued | here.sign);
            found.escapes.extend(bits(escapes).map(|bit| start + bit));
            seams |= ends;
        }
        seams &= behind_run;
        if seams != 0 {
            found.seams.extend(bits(seams).map(|bit| start + bit));
        }
        for bit in bits(long(here.run, next.run) & !behind_run) {
            found.runs.extend(random_run(text, start, bit, here, next));
        }
    });
    found
}

/// Which of these backslashes and signs, in the block at `start`, may begin an escape, and which stand before a line end.
fn escapes(text: &[u8], start: usize, signs: u64) -> (u64, u64) {
    let (mut escapes, mut ends) = (0, 0);
    bits(signs).for_each(|bit| match text[start + bit..] {
        [b'\\', b'\r' | b'\n', ..] => ends |= 1 << bit,
        [b'\\', ..] => escapes |= 1 << bit,
        [b'%', next, ..] if next.is_ascii_hexdigit() => escapes |= 1 << bit,
        [b'&', next, ..] if next.is_ascii_alphabetic() || next == b'#' => escapes |= 1 << bit,
        _ => {}
    });
    (escapes, ends)
}

/// A bit for each byte of the block from which on [`RUN`] bytes are of a run. Of those in a run that goes on in the next
/// block the first alone need have one.
fn long(here: u64, next: u64) -> u64 {
    let inside = [1, 2, 4, 8].iter().fold(here, |begins, step| begins & begins >> step);
    let last = here.leading_ones();
    let goes_on = last != 0 && last + next.trailing_ones() >= RUN as u32;
    inside | u64::from(goes_on).rotate_right(last)
}

const _: () = assert!(RUN == 16);

/// The run that begins with this byte of the block at `start`, if it may be random.
fn random_run(text: &[u8], start: usize, bit: usize, here: &Masks, next: &Masks) -> Option<Range<usize>> {
    // The bits of the run's bytes, also of those in the next block.
    let ahead = |here: u64, next: u64| here >> bit | next << 1 << (BLOCK - 1 - bit);
    let first = start + bit;
    let len = ahead(here.run, next.run).trailing_ones() as usize;
    let of_run = |here: u64, next: u64| ahead(here, next) & u64::MAX >> (BLOCK - len);
    let (digits, capitals) = (of_run(here.digit, next.digit), of_run(here.capital, next.capital));
    if len == LONGEST {
        let end = end_of(text, first + len);
        if end > first + LONGEST {
            return holds_random(&text[first..end]).then_some(first..end);
        }
    }
    // Most runs are names that hold neither.
    if !may_be_random(digits, capitals) {
        return None;
    }
    let run = Run { text: &text[first..first + len], digits, capitals };
    is_random(&text[..first], run).then_some(first..first + len)
}

const _: () = assert!(LONGEST == BLOCK);

/// Whether a run with this before it is searched around. What is given to something and holds a digit is, since people make
/// up keys as they make up names.
fn is_random(before: &[u8], run: Run<'_>) -> bool {
    if run.digits != 0 && is_given(before, run.text) { !run.is_number() } else { run.is_random() }
}

/// `"run"`, `name: run`, `name = run`, and `name=run` in a word of its own.
fn is_given(before: &[u8], run: &[u8]) -> bool {
    match before {
        [.., b'"' | b'\'' | b'`'] | [.., b':' | b'=', b' '] => true,
        [] | [.., b' ' | b'\t' | b'\r' | b'\n'] => run.contains(&b'='),
        _ => false,
    }
}

fn end_of(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().position(|byte| !is_run_byte(*byte)).unwrap_or(text.len() - at)
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

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::*;
    use proptest::prelude::*;

    /// The definition, byte by byte.
    fn slowly(text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let len = text[at..].iter().take_while(|byte| is_run_byte(**byte)).count();
            let run = &text[at..at + len];
            let random = || match len {
                0..=LONGEST => is_random(&text[..at], run::tests::run(run)),
                _ => holds_random(run),
            };
            if len >= RUN && random() {
                found.push(at..at + len);
            }
            at += len + 1;
        }
        found
    }

    proptest! {
        #[test]
        fn masks_lose_no_run(text in "([a-z]{0,20}|[A-Z0-9]{1,30}|[A-Z]{12,16}|[A-Za-z_]{1,90}|[-+.a0-9]{0,80}|[ \n\"=:]){0,40}") {
            prop_assert_eq!(runs(text.as_bytes()), slowly(text.as_bytes()));
        }
    }

    #[test]
    fn what_is_given_to_something_may_be_a_name() {
        for (text, wanted) in [
            (r#"api_key = "Prod_Service_Key_2024_East""#, "Prod_Service_Key_2024_East"),
            ("A=1\nTOKEN=Prod_Service_Key_2024_East\n", "TOKEN=Prod_Service_Key_2024_East"),
            ("token: Prod_Service_Key_2024_East", "Prod_Service_Key_2024_East"),
            (r#"key = "0x3fefc780a9357457""#, "0x3fefc780a9357457"),
            ("token = '1.5', 'Abcd.Efgh.Ijkl.Mnop1'", "Abcd.Efgh.Ijkl.Mnop1"),
        ] {
            let found: Vec<_> = runs(text.as_bytes()).into_iter().map(|run| &text[run]).collect();
            assert_eq!(found, [wanted]);
        }
        assert!(runs(b"x(Prod_Service_Key_2024_East, 0x3fefc780a9357457, '1.2345678901234567')").is_empty());
    }

    #[test]
    fn regions_join() {
        let joined: Vec<_> = regions(&[200..220, 300..320, 1000..1016], 1020).collect();
        assert_eq!(joined, [72..384, 872..1020]);
    }
}
