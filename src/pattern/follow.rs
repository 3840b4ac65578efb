//! What must follow a literal in every match of a regex: a set of bytes for each of the next positions. Asked before the
//! regex is, it turns nearly all literals in ordinary text away, and most regexes are then never built. Done
//! when the program is built (`build.rs` includes this file), so it imports nothing of the crate.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::body::Behind;

/// How many positions behind a literal are known at most.
pub const POSITIONS: usize = 8;

/// A set of bytes: bit `b % 64` of word `b / 64` for byte `b`.
pub type ByteSet = [u64; 4];

/// One place of a regex that spells a literal out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Bytes between the start of a match and the literal, at least.
    pub least: usize,
    /// The same, at most; `None` without a bound.
    pub most: Option<usize>,
    /// What comes after it, for as many positions as are sure.
    pub after: Vec<ByteSet>,
    /// What stands somewhere behind it.
    pub behind: Option<Behind>,
}

/// All places where `hir` spells `literal` out, in any case where `fold` is set: also where the parser moved what alternatives
/// begin with in front of them (`e(?:yJ|wo)` for `eyJ|ewo`).
pub fn occurrences(hir: &Hir, literal: &[u8], fold: bool) -> Vec<Occurrence> {
    let mut search = Search { literal, fold, found: Vec::new() };
    search.walk(hir, &mut Vec::new(), 0, Some(0));
    search.found
}

/// The sets behind a literal, united over its occurrences; empty where nothing is sure.
pub fn after(occurrences: &[Occurrence]) -> Vec<ByteSet> {
    let sets = occurrences.iter().map(|one| one.after.clone());
    sets.reduce(|known, next| known.iter().zip(&next).map(|(a, b)| unite(*a, *b)).collect()).unwrap_or_default()
}

/// What stands behind a literal, wherever it occurs.
pub fn behind(occurrences: &[Occurrence]) -> Option<Behind> {
    let each: Option<Vec<Behind>> = occurrences.iter().map(|one| one.behind).collect();
    each?.into_iter().reduce(Behind::or)
}

struct Search<'l> {
    literal: &'l [u8],
    fold: bool,
    found: Vec<Occurrence>,
}

impl Search<'_> {
    /// Looks for the literal at every place in `hir`, which stands `least..=most` after the start of a match.
    /// `rest` is what comes after `hir`, the next part last.
    fn walk<'h>(&mut self, hir: &'h Hir, rest: &mut Vec<&'h Hir>, least: usize, most: Option<usize>) {
        match hir.kind() {
            HirKind::Literal(text) => {
                for at in 0..text.0.len() {
                    self.spell(self.literal, &text.0[at..], rest.clone(), (least + at, most.map(|most| most + at)));
                }
            }
            HirKind::Class(_) if self.fold => {
                let mut stack = rest.clone();
                stack.push(hir);
                self.spell(self.literal, &[], stack, (least, most));
            }
            HirKind::Capture(capture) => self.walk(&capture.sub, rest, least, most),
            HirKind::Repetition(repetition) => {
                let from = self.found.len();
                self.walk(&repetition.sub, &mut Vec::new(), least, most);
                let again = repetition.max.zip(repetition.sub.properties().maximum_len());
                let again = again.map(|(max, len)| (max.max(1) as usize - 1) * len);
                for one in &mut self.found[from..] {
                    one.most = one.most.zip(again).map(|(most, again)| most + again);
                    // What follows may be the same again, or not.
                    one.after.clear();
                    one.behind = None;
                }
            }
            HirKind::Concat(parts) => {
                let (mut least, mut most) = (least, most);
                for (index, part) in parts.iter().enumerate() {
                    let depth = rest.len();
                    rest.extend(parts[index + 1..].iter().rev());
                    self.walk(part, rest, least, most);
                    rest.truncate(depth);
                    least += part.properties().minimum_len().unwrap_or(0);
                    most = most.zip(part.properties().maximum_len()).map(|(most, len)| most + len);
                }
            }
            HirKind::Alternation(parts) => parts.iter().for_each(|part| self.walk(part, rest, least, most)),
            HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => {}
        }
    }

    /// Whether `wanted` comes next: in `text`, then in the parts of `rest`.
    fn spell(&mut self, wanted: &[u8], text: &[u8], mut rest: Vec<&Hir>, place: (usize, Option<usize>)) {
        let shared = wanted.len().min(text.len());
        let (head, tail) = text.split_at(shared);
        if !(head == &wanted[..shared] || self.fold && head.eq_ignore_ascii_case(&wanted[..shared])) {
            return;
        }
        let wanted = &wanted[shared..];
        let Some(first) = wanted.first() else {
            let behind = Behind::of(tail.len(), rest.iter().rev().copied());
            let mut after: Vec<ByteSet> = tail.iter().take(POSITIONS).map(|byte| one(*byte)).collect();
            while let Some(part) = rest.pop() {
                if !append(part, &mut after) {
                    // `x?y`: one more is sure, of either.
                    after.extend(again(part).filter(|_| after.len() < POSITIONS).and_then(|one| first(one, &rest)));
                    break;
                }
            }
            self.found.push(Occurrence { least: place.0, most: place.1, after, behind });
            return;
        };
        let Some(next) = rest.pop() else { return };
        match next.kind() {
            HirKind::Empty | HirKind::Look(_) => self.spell(wanted, &[], rest, place),
            HirKind::Literal(text) => self.spell(wanted, &text.0, rest, place),
            HirKind::Class(class) if self.fold && is_letter(class, *first) => {
                self.spell(&wanted[1..], &[], rest, place);
            }
            HirKind::Capture(capture) => {
                rest.push(&capture.sub);
                self.spell(wanted, &[], rest, place);
            }
            HirKind::Concat(parts) => {
                rest.extend(parts.iter().rev());
                self.spell(wanted, &[], rest, place);
            }
            HirKind::Alternation(parts) => {
                for part in parts {
                    let mut rest = rest.clone();
                    rest.push(part);
                    self.spell(wanted, &[], rest, place);
                }
            }
            HirKind::Class(_) | HirKind::Repetition(_) => {}
        }
    }
}

/// True for a class of this letter in both cases, and of nothing else.
fn is_letter(class: &Class, letter: u8) -> bool {
    let both = unite(one(letter.to_ascii_lowercase()), one(letter.to_ascii_uppercase()));
    letter.is_ascii_alphabetic() && of_class(class) == both
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

/// What `part` may have once more where [`append`] has added all that it has at least; `None` where that is not known.
fn again(part: &Hir) -> Option<&Hir> {
    match part.kind() {
        HirKind::Capture(capture) => again(&capture.sub),
        HirKind::Repetition(repetition) => {
            let sub = &*repetition.sub;
            let is_fixed = sub.properties().minimum_len() == sub.properties().maximum_len();
            is_fixed.then_some(sub)
        }
        _ => None,
    }
}

/// The bytes that `one`, or without it what comes after it (the next part of `rest` last), may begin with; `None` where that
/// is any, or nothing.
fn first(one: &Hir, rest: &[&Hir]) -> Option<ByteSet> {
    let mut set = begin(one)?;
    for part in rest.iter().rev() {
        set = unite(set, begin(part)?);
        if part.properties().minimum_len()? > 0 {
            return Some(set);
        }
    }
    None
}

/// The bytes that `hir` begins with where it is not empty.
fn begin(hir: &Hir) -> Option<ByteSet> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some([0; 4]),
        HirKind::Literal(text) => text.0.first().map(|byte| one(*byte)),
        HirKind::Class(class) => Some(of_class(class)),
        HirKind::Capture(capture) => begin(&capture.sub),
        HirKind::Repetition(repetition) => begin(&repetition.sub),
        HirKind::Concat(parts) => {
            let mut set = [0; 4];
            for part in parts {
                set = unite(set, begin(part)?);
                if part.properties().minimum_len()? > 0 {
                    break;
                }
            }
            Some(set)
        }
        HirKind::Alternation(parts) => parts.iter().map(begin).try_fold([0; 4], |set, part| Some(unite(set, part?))),
    }
}

/// The bytes of a class.
pub fn of_class(class: &Class) -> ByteSet {
    match class {
        Class::Bytes(class) => {
            class.iter().flat_map(|range| range.start()..=range.end()).fold([0; 4], |set, byte| unite(set, one(byte)))
        }
        // What alternatives of single letters were made into.
        Class::Unicode(class) => match class.to_byte_class() {
            Some(class) => of_class(&Class::Bytes(class)),
            None => [u64::MAX; 4],
        },
    }
}

fn one(byte: u8) -> ByteSet {
    let mut set = [0; 4];
    set[usize::from(byte) / 64] = 1 << (byte % 64);
    set
}

/// What is in either.
pub fn unite(a: ByteSet, b: ByteSet) -> ByteSet {
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
        after(&occurrences(&hir, literal.as_bytes(), false)).iter().map(show).collect()
    }

    #[test]
    fn what_is_sure_is_known() {
        assert_eq!(sets("ab_[0-3]{3}x", "ab_"), ["0123", "0123", "0123", "x"]);
        assert_eq!(sets("ab_[0-3]{2,4}x", "ab_"), ["0123", "0123", "0123x"]);
        assert_eq!(sets("ab_x?y?[01]z", "ab_"), ["01xy"]);
        assert_eq!(sets("ab_(?<secret>(?:x|y)?)z", "ab_"), ["xyz"]);
        assert_eq!(sets("(?:ab_x|zzab_y)[0-1]", "ab_"), ["xy", "01"]);
        assert_eq!(sets("ab_(?:xx|y)[0-1]", "ab_"), ["xy"]);
        assert_eq!(sets("(?<user>ab_)(?<secret>[0-1]{2})", "ab_"), ["01", "01"]);
        assert!(sets("(?:ab_){1,2}x", "ab_").is_empty());
        assert!(sets("ab_x?", "ab_").is_empty());
        assert!(sets("ab_(?:xx|y)?z", "ab_").is_empty());
    }

    #[test]
    fn literals_are_found_where_alternatives_share_their_beginning() {
        let places = |regex: &str, literal: &str, fold| -> Vec<(usize, Option<usize>)> {
            let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).unwrap();
            let found = occurrences(&hir, literal.as_bytes(), fold);
            found.iter().map(|one| (one.least, one.most)).collect()
        };
        assert_eq!(places("(?:eyJ|ewo)[0-9]{3}", "ewo", false), [(0, Some(0))]);
        assert_eq!(places("x?(?:ab_cd|ab_ce)[0-9]{3}", "ab_ce", false), [(0, Some(1))]);
        assert_eq!(places("(?i:apify|apilayer)[0-9]{3}", "apilayer", true), [(0, Some(0))]);
        assert_eq!(places("[a-z]{2,3}(?i:key)(?:id)?", "key", true), [(2, Some(3))]);
        assert!(places("(?i:apify)[0-9]{3}", "apify", false).is_empty());
        assert!(places("[kK][a-z]{2}", "key", true).is_empty());
    }

    proptest! {
        /// What the sets refuse, the regex does not match.
        #[test]
        fn no_match_is_refused(tail in "[xyz01]{0,9}", regex in prop::sample::select(vec![
            "ab_[01]{3}x", "ab_[01]{2,4}x", "(?:ab_x|zzab_y)[01]", "ab_(?:xx|y)[01]", "ab_(?:x|y[01])z", "(?:x|yy)ab_z{2}(?:0|1){2}", "ab_x?y", "ab_x{0,2}(?:y|z0)?[01]",
        ])) {
            let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).unwrap();
            let sets = after(&occurrences(&hir, b"ab_", false));
            for before in ["", "x", "yy", "zz"] {
                let text = format!("{before}ab_{tail}");
                let matched = regex::Regex::new(&format!("^(?:{regex})")).unwrap().is_match(&text);
                let refused = !fits(&sets, tail.as_bytes());
                prop_assert!(!(matched && refused), "{} in {}", regex, text);
            }
        }
    }
}
