//! What every match of a regex holds: so many bytes of one set side by side. Asked of the few hundred bytes around a literal
//! before the regex is, as [`super::follow`] is asked: a key of 32 hexadecimal digits is not near the name of its service in
//! prose. Done when the program is built (`build.rs` includes this file), so it imports nothing of the crate.

use std::cmp::Ordering;

use regex_syntax::hir::{Hir, HirKind};

use super::follow::{self, ByteSet};

/// Fewer bytes stand in any text.
const SHORTEST: usize = 8;

/// Bytes of a set, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// Which.
    pub set: ByteSet,
    /// How many at least.
    pub count: usize,
}

impl Body {
    /// What every match of `hir` holds and ordinary text the least often; `None` where that is not worth a look.
    pub fn of(hir: &Hir) -> Option<Self> {
        best(hir).map(|placed| placed.body).filter(|body| body.count >= SHORTEST)
    }

    /// True when `text` holds it.
    pub fn is_in(&self, text: &[u8]) -> bool {
        let mut from = 0;
        // The last byte of the first place where it may stand tells most often that it does not.
        while let Some(place) = text.get(from..from + self.count) {
            match place.iter().rposition(|byte| !follow::holds(&self.set, *byte)) {
                None => return true,
                Some(other) => from += other + 1,
            }
        }
        false
    }

    fn by_bits(&self, other: &Self) -> Ordering {
        self.bits().total_cmp(&other.bits())
    }

    fn or(self, other: Self) -> Self {
        Self { set: follow::unite(self.set, other.set), count: self.count.min(other.count) }
    }

    /// How much it says, in bits: what a byte of the set does, for each.
    fn bits(&self) -> f32 {
        let members: u32 = self.set.iter().map(|word| word.count_ones()).sum();
        self.count as f32 * (8.0 - (members as f32).log2())
    }
}

/// The body that stands behind a literal in every match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// What stands there.
    pub body: Body,
    /// How many bytes are between them at most.
    pub within: usize,
}

impl Behind {
    /// What stands behind a literal, which `parts` follow after `skipped` bytes; `None` where that is not worth a look.
    pub fn of<'h>(skipped: usize, parts: impl Iterator<Item = &'h Hir>) -> Option<Self> {
        let known = |placed: Placed| Some(Self { body: placed.body, within: skipped + placed.most? });
        let worth = |behind: &Self| behind.body.count >= SHORTEST;
        placed(parts).into_iter().filter_map(known).filter(worth).max_by(|a, b| a.body.by_bits(&b.body))
    }

    /// What stands there where either does.
    pub fn or(self, other: Self) -> Self {
        Self { body: self.body.or(other.body), within: self.within.max(other.within) }
    }

    /// True when it stands at the beginning of `text`, which is what follows the literal.
    pub fn fits(&self, text: &[u8]) -> bool {
        self.body.is_in(&text[..(self.within + self.body.count).min(text.len())])
    }
}

/// A body, and how many bytes of its expression are before it at most; `None` without a bound.
struct Placed {
    body: Body,
    most: Option<usize>,
}

fn best(hir: &Hir) -> Option<Placed> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) => None,
        HirKind::Class(class) => Some(Placed { body: Body { set: follow::of_class(class), count: 1 }, most: Some(0) }),
        HirKind::Capture(capture) => best(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min == 0 => None,
        HirKind::Repetition(repetition) => {
            let mut one = best(&repetition.sub)?;
            if matches!(repetition.sub.kind(), HirKind::Class(_)) {
                one.body.count = repetition.min as usize;
            }
            Some(one)
        }
        HirKind::Concat(parts) => placed(parts.iter()).into_iter().max_by(|a, b| a.body.by_bits(&b.body)),
        HirKind::Alternation(parts) => {
            let each: Option<Vec<Placed>> = parts.iter().map(best).collect();
            let later = |a: Placed, b: Placed| a.most.zip(b.most).map(|(a, b)| a.max(b));
            each?.into_iter().reduce(|a, b| Placed { body: a.body.or(b.body), most: later(a, b) })
        }
    }
}

/// The bodies of parts that follow each other.
fn placed<'h>(parts: impl Iterator<Item = &'h Hir>) -> Vec<Placed> {
    let mut before = Some(0);
    let mut found = Vec::new();
    for part in parts {
        let sum = |a: Option<usize>, b: Option<usize>| a.zip(b).map(|(a, b)| a + b);
        found.extend(best(part).map(|one| Placed { most: sum(before, one.most), ..one }));
        before = sum(before, part.properties().maximum_len());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn body(regex: &str) -> Option<(String, usize)> {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).unwrap();
        let body = Body::of(&hir)?;
        let set = (0..=255u8).filter(|byte| follow::holds(&body.set, *byte)).map(char::from).collect();
        Some((set, body.count))
    }

    #[test]
    fn what_every_match_holds_is_known() {
        let some = |set: &str, count| Some((set.to_owned(), count));
        assert_eq!(body("(?i:key)[a-z]{2,9}=(?<secret>[0-3]{32})"), some("0123", 32));
        assert_eq!(body("[ab]{8}(?:-[ab]{4}){3}-[ab]{12}"), some("ab", 12));
        assert_eq!(body("(?:[ab]{20}|[cd]{10,30}x)"), some("abcd", 10));
        assert_eq!(body("(?:[ab]{20}|x)"), None);
        assert_eq!(body("[ab]{0,20}x[ab]{7}"), None);
        assert_eq!(body("(?:[ab]{8}:)?x"), None);
    }

    proptest! {
        /// Where a regex matches, its body is in the match; where it is found, it stands.
        #[test]
        fn no_match_is_without(text in "[abx]{0,40}", regex in prop::sample::select(vec![
            "[ab]{8}", "x[ab]{9,12}x", "(?:[ab]{8}|[bx]{10})", "(?:x[ab]{8}){2}", "(?<secret>[ax]{8,9})b",
        ])) {
            let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).unwrap();
            let body = Body::of(&hir).unwrap();
            if regex::Regex::new(regex).unwrap().is_match(&text) {
                prop_assert!(body.is_in(text.as_bytes()), "{} in {}", regex, text);
            }
            let stands = text.as_bytes().windows(body.count).any(|part| part.iter().all(|byte| follow::holds(&body.set, *byte)));
            prop_assert_eq!(body.is_in(text.as_bytes()), stands);
        }

        /// Where a regex matches, the body stands behind some occurrence of its literal.
        #[test]
        fn no_match_is_without_it_behind_its_literal(text in "[ab_x]{0,30}", regex in prop::sample::select(vec![
            "ab_[ab]{8}", "ab_x{0,2}[ab]{8}x", "(?:ab_|xab_x)(?<secret>[ab]{8}|[bx]{10})", "x(?:ab_b|ab_xx)_?[ab]{9}", "ab_(?:x[ab]{8}){2}",
        ])) {
            let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).unwrap();
            let behind = follow::behind(&follow::occurrences(&hir, b"ab_", false)).unwrap();
            for found in regex::Regex::new(regex).unwrap().find_iter(&text) {
                let mut literals = found.as_str().match_indices("ab_");
                prop_assert!(literals.any(|(at, _)| behind.fits(&text.as_bytes()[found.start() + at + 3..])), "{} in {}", regex, text);
            }
        }
    }

    #[test]
    fn what_stands_far_behind_does_not_fit() {
        let hir =
            regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse("key=? ?[ab]{8}").unwrap();
        let behind = follow::behind(&follow::occurrences(&hir, b"key", false)).unwrap();
        assert_eq!((behind.within, behind.body.count), (2, 8));
        assert!(behind.fits(b"= abababab") && !behind.fits(b"=  abababab") && !behind.fits(b"= ababab"));
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse("[ab]{8}key").unwrap();
        assert_eq!(follow::behind(&follow::occurrences(&hir, b"key", false)), None);
    }
}
