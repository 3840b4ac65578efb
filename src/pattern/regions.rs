//! The gate: where in a text a random secret can stand at all.
//!
//! Most kinds of secret contain a run of at least [`RUN`](super::analysis::RUN) token characters that looks drawn at random
//! ([`super::run`]). Ordinary code and prose consist mostly of shorter words and of names, so that the literals of those
//! kinds need be looked for in a small part of a text only. The runs are found by arithmetic on blocks of 64 bytes
//! ([`super::masks`]), and in the same pass where an encoding or a text in pieces may begin.

use std::ops::Range;

use super::analysis::{RUN, is_run_byte};
use super::masks::{BLOCK, Masks, each_block};
use super::run::{LONGEST, Run, bits, holds_random};

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
    let mut done = 0;
    // Whether the byte before the block is of a run.
    let mut before = 0;
    each_block(text, |start, here, next| {
        let then = |kind: fn(&Masks) -> u64| kind(here) >> 1 | kind(next) << (BLOCK - 1);
        let continued = here.backslash & then(|masks| masks.escaped);
        let mut seams = here.quote & then(|masks| masks.between);
        let mut escapes = 0;
        bits(continued | here.sign).for_each(|bit| match text[start + bit..] {
            [b'\\', b'\r' | b'\n', ..] => seams |= 1 << bit,
            [b'\\', ..] => escapes |= 1 << bit,
            [b'%', next, ..] if next.is_ascii_hexdigit() => escapes |= 1 << bit,
            [b'&', next, ..] if next.is_ascii_alphabetic() || next == b'#' => escapes |= 1 << bit,
            _ => {}
        });
        found.escapes.extend(bits(escapes).map(|bit| start + bit));
        found.seams.extend(bits(seams & (here.run << 1 | before)).map(|bit| start + bit));
        before = here.run >> (BLOCK - 1);
        if holds_run(here.run, next.run) {
            done = runs_of(text, start, here, next, done, &mut found.runs);
        }
    });
    found
}

/// Whether [`RUN`] bytes of runs follow each other, the first of them in the block.
fn holds_run(here: u64, next: u64) -> bool {
    let inside = [1, 2, 4, 8].iter().fold(here, |begins, step| begins & begins >> step);
    inside != 0 || here.leading_ones() + next.trailing_ones() >= RUN as u32 && here >> (BLOCK - 1) == 1
}

const _: () = assert!(RUN == 16);

/// Adds the random runs that begin in the block at `start`. What stands before `done` was seen; returns what is seen now.
fn runs_of(
    text: &[u8],
    start: usize,
    here: &Masks,
    next: &Masks,
    mut done: usize,
    found: &mut Vec<Range<usize>>,
) -> usize {
    let wide = |here: u64, next: u64| u128::from(next) << BLOCK | u128::from(here);
    let runs = wide(here.run, next.run);
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
        // A run that reaches the end of both blocks may go on.
        let goes_on = bit + len == u128::BITS;
        let end = if goes_on { end_of(text, first + len as usize) } else { first + len as usize };
        let run = &text[first..end];
        let of_run = |here: u64, next: u64| (wide(here, next) >> bit) as u64 & u64::MAX >> (BLOCK - run.len());
        let short = (run.len() <= LONGEST).then(|| Run {
            text: run,
            digits: of_run(here.digit, next.digit),
            capitals: of_run(here.capital, next.capital),
        });
        if is_random(text, first, run, short) {
            found.push(first..end);
        }
        done = end;
        begins &= u64::MAX.checked_shl(bit + len).unwrap_or(0);
    }
    done
}

/// Whether a run that begins at `first` is searched around. `short` is the run where it can be told from names; what is
/// given to something and holds a digit is not, since people make up keys as they make up names.
fn is_random(text: &[u8], first: usize, run: &[u8], short: Option<Run<'_>>) -> bool {
    match short {
        Some(short) if short.digits != 0 && is_given(&text[..first], run) => !short.is_number(),
        Some(short) => short.is_random(),
        None => holds_random(run),
    }
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
            let short = (len <= LONGEST).then(|| run::tests::run(run));
            if len >= RUN && is_random(text, at, run, short) {
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
