//! What must follow a literal in every match of a regex: a set of bytes for each of the next positions. Asked before the
//! regex is, it turns nearly all literals in ordinary text away, and most regexes are then never built. Done
//! when the program is built (`build.rs` includes this file), so it imports nothing of the crate.

use regex_syntax::hir::{Class, Hir, HirKind};

/// How many positions behind a literal are known at most.
pub const POSITIONS: usize = 8;

/// A set of bytes: bit `b % 64` of word `b / 64` for byte `b`.
pub type ByteSet = [u64; 4];

/// The sets behind `literal`, united over all places where `hir` spells it out; empty where nothing is sure.
pub fn after(hir: &Hir, literal: &[u8]) -> Vec<ByteSet> {
    let mut united: Option<Vec<ByteSet>> = None;
    occurrences(hir, literal, &mut Vec::new(), &mut |next| {
        united = Some(match united.take() {
            None => next,
            Some(known) => known.iter().zip(&next).map(|(a, b)| unite(*a, *b)).collect(),
        });
    });
    united.unwrap_or_default()
}

/// Calls `each` with the sets behind every occurrence. `rest` is what comes after `hir`, the next part last.
fn occurrences<'h>(hir: &'h Hir, literal: &[u8], rest: &mut Vec<&'h Hir>, each: &mut dyn FnMut(Vec<ByteSet>)) {
    match hir.kind() {
        HirKind::Literal(text) => {
            for at in 0..text.0.len() {
                let Some(tail) = text.0[at..].strip_prefix(literal) else { continue };
                let mut sets: Vec<ByteSet> = tail.iter().take(POSITIONS).map(|byte| one(*byte)).collect();
                for part in rest.iter().rev() {
                    if !append(part, &mut sets) {
                        break;
                    }
                }
                each(sets);
            }
        }
        HirKind::Capture(capture) => occurrences(&capture.sub, literal, rest, each),
        // What follows may be the same again, or not.
        HirKind::Repetition(repetition) => {
            occurrences(&repetition.sub, literal, &mut Vec::new(), &mut |_| each(Vec::new()));
        }
        HirKind::Concat(parts) => {
            for (index, part) in parts.iter().enumerate() {
                let depth = rest.len();
                rest.extend(parts[index + 1..].iter().rev());
                occurrences(part, literal, rest, each);
                rest.truncate(depth);
            }
        }
        HirKind::Alternation(parts) => parts.iter().for_each(|part| occurrences(part, literal, rest, each)),
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// Adds the sets of the first bytes of `hir`. False when what comes after it is not known by its position.
fn append(hir: &Hir, sets: &mut Vec<ByteSet>) -> bool {
    if sets.len() >= POSITIONS {
        return false;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(text) => {
            sets.extend(text.0.iter().take(POSITIONS - sets.len()).map(|byte| one(*byte)));
            true
        }
        HirKind::Class(class) => {
            sets.push(of_class(class));
            true
        }
        HirKind::Capture(capture) => append(&capture.sub, sets),
        HirKind::Repetition(repetition) => {
            let fixed = (0..repetition.min).all(|_| append(&repetition.sub, sets));
            fixed && repetition.max == Some(repetition.min)
        }
        HirKind::Concat(parts) => parts.iter().all(|part| append(part, sets)),
        HirKind::Alternation(parts) => {
            let from = sets.len();
            let mut fixed = true;
            let mut united: Option<Vec<ByteSet>> = None;
            for part in parts {
                let mut own = Vec::new();
                // Positions count from here on.
                own.extend_from_slice(sets);
                fixed &= append(part, &mut own);
                let own = own.split_off(from);
                united = Some(match united.take() {
                    None => own,
                    Some(known) => {
                        fixed &= known.len() == own.len();
                        known.iter().zip(&own).map(|(a, b)| unite(*a, *b)).collect()
                    }
                });
            }
            sets.extend(united.unwrap_or_default());
            fixed
        }
    }
}

fn of_class(class: &Class) -> ByteSet {
    match class {
        Class::Bytes(class) => {
            class.iter().flat_map(|range| range.start()..=range.end()).fold([0; 4], |set, byte| unite(set, one(byte)))
        }
        Class::Unicode(_) => [u64::MAX; 4],
    }
}

fn one(byte: u8) -> ByteSet {
    let mut set = [0; 4];
    set[usize::from(byte) / 64] = 1 << (byte % 64);
    set
}

fn unite(a: ByteSet, b: ByteSet) -> ByteSet {
    [a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]]
}

/// True when `next` begins with a byte of each set.
pub fn fits(sets: &[ByteSet], next: &[u8]) -> bool {
    next.len() >= sets.len() && sets.iter().zip(next).all(|(set, byte)| holds(set, *byte))
}

/// True when the byte is in the set.
pub fn holds(set: &ByteSet, byte: u8) -> bool {
    set[usize::from(byte) / 64] >> (byte % 64) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sets(regex: &str, literal: &str) -> Vec<String> {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).unwrap();
        let show = |set: &ByteSet| (0..=255u8).filter(|byte| holds(set, *byte)).map(char::from).collect();
        after(&hir, literal.as_bytes()).iter().map(show).collect()
    }

    #[test]
    fn what_is_sure_is_known() {
        assert_eq!(sets("ab_[0-3]{3}x", "ab_"), ["0123", "0123", "0123", "x"]);
        assert_eq!(sets("ab_[0-3]{2,4}x", "ab_"), ["0123", "0123"]);
        assert_eq!(sets("(?:ab_x|zzab_y)[0-1]", "ab_"), ["xy", "01"]);
        assert_eq!(sets("ab_(?:xx|y)[0-1]", "ab_"), ["xy"]);
        assert_eq!(sets("(?<user>ab_)(?<secret>[0-1]{2})", "ab_"), ["01", "01"]);
        assert!(sets("(?:ab_){1,2}x", "ab_").is_empty());
        assert!(sets("ab_x?y", "ab_").is_empty());
    }

    proptest! {
        /// What the sets refuse, the regex does not match.
        #[test]
        fn no_match_is_refused(tail in "[xyz01]{0,9}", regex in prop::sample::select(vec![
            "ab_[01]{3}x", "ab_[01]{2,4}x", "(?:ab_x|zzab_y)[01]", "ab_(?:xx|y)[01]", "ab_(?:x|y[01])z", "(?:x|yy)ab_z{2}(?:0|1){2}", "ab_x?y",
        ])) {
            let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).unwrap();
            let sets = after(&hir, b"ab_");
            for before in ["", "x", "yy", "zz"] {
                let text = format!("{before}ab_{tail}");
                let matched = regex::Regex::new(&format!("^(?:{regex})")).unwrap().is_match(&text);
                let refused = !fits(&sets, tail.as_bytes());
                prop_assert!(!(matched && refused), "{} in {}", regex, text);
            }
        }
    }
}
