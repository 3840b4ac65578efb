//! One match a place: of several that overlap, the one that says most.

use super::{Match, Patterns, Proof};

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
    let mut kept: Vec<Match> = Vec::with_capacity(found.len());
    for one in found.drain(..) {
        if !kept.iter().any(|other| other.span.overlaps(one.span)) {
            kept.push(one);
        }
    }
    kept.sort_by_key(|one| (one.span, one.rule));
    *found = kept;
}
