//! One match a place: of several that overlap, the one that says most.

use std::collections::BTreeMap;

use super::{Match, Patterns, Proof};
use crate::model::Span;

/// Sorts by place and keeps the best of each group of overlapping matches: a secret that proves itself, then one of
/// a kind that could but does not (so that a wrong checksum is not covered up by a laxer rule), then a
/// provider's before a generic rule's, then the surer, then the one that stands there as it is, then the longer.
pub fn resolve(patterns: &Patterns, found: &mut Vec<Match>) {
    found.sort_by_cached_key(|one| {
        let rule = patterns.rule(one.rule);
        let proof = match one.proof {
            Proof::Holds => 0,
            Proof::Fails => 1,
            Proof::Formed | Proof::None => 2,
        };
        (
            proof,
            rule.generic,
            std::cmp::Reverse(one.confidence),
            one.decoded,
            std::cmp::Reverse(one.span.len()),
            one.span,
            one.rule,
        )
    });
    let mut taken = Taken::default();
    found.retain(|one| taken.take(one.span));
    found.sort_by_key(|one| (one.span, one.rule));
}

/// Places that are taken; none overlaps another.
#[derive(Default)]
pub struct Taken(BTreeMap<usize, usize>);

impl Taken {
    /// Takes a place unless part of it is taken already. An empty place is never taken.
    pub fn take(&mut self, span: Span) -> bool {
        let before = self.0.range(..span.end).next_back();
        let free = !span.is_empty() && before.is_none_or(|(_, end)| *end <= span.start);
        if free {
            self.0.insert(span.start, span.end);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_places_stay_apart() {
        let mut taken = Taken::default();
        assert!(taken.take(Span::new(10, 20)) && taken.take(Span::new(20, 25)) && taken.take(Span::new(5, 10)));
        for (start, end) in [(19, 21), (0, 6), (12, 13), (0, 100), (24, 30), (3, 3)] {
            assert!(!taken.take(Span::new(start, end)), "{start}..{end}");
        }
    }
}
