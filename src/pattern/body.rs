//! What every match of a regex holds: so many bytes of one set side by side. Asked of the few hundred bytes around a literal
//! before the regex is, as [`super::follow`] is asked: a key of 32 hexadecimal digits is not near the name of its service in
//! prose. Done when the program is built (`build.rs` includes this file), so it imports nothing of the crate.

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
        best(hir).filter(|body| body.count >= SHORTEST)
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

    /// How much it says, in bits: what a byte of the set does, for each.
    fn bits(&self) -> f32 {
        let members: u32 = self.set.iter().map(|word| word.count_ones()).sum();
        self.count as f32 * (8.0 - (members as f32).log2())
    }
}

fn best(hir: &Hir) -> Option<Body> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) => None,
        HirKind::Class(class) => Some(Body { set: follow::of_class(class), count: 1 }),
        HirKind::Capture(capture) => best(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min == 0 => None,
        HirKind::Repetition(repetition) => {
            let one = best(&repetition.sub)?;
            let is_one = matches!(repetition.sub.kind(), HirKind::Class(_));
            Some(if is_one { Body { count: repetition.min as usize, ..one } } else { one })
        }
        HirKind::Concat(parts) => parts.iter().filter_map(best).max_by(|a, b| a.bits().total_cmp(&b.bits())),
        HirKind::Alternation(parts) => {
            let each: Option<Vec<Body>> = parts.iter().map(best).collect();
            let either = |a: Body, b: Body| Body { set: follow::unite(a.set, b.set), count: a.count.min(b.count) };
            each?.into_iter().reduce(either)
        }
    }
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
    }
}
