//! One match a place: of several that overlap, the one that says most.

use std::collections::BTreeMap;

use super::{Match, Patterns, Proof, Wrapping};
use crate::model::{Confidence, Span};

/// Rules that see a secret where it is used to sign in, not only where a name says that it is one. There it is one
/// whatever its checksum says: whoever mistyped or shortened it meant it to work.
const USES: &[&str] = &[
    "url-credentials",
    "http-bearer-header",
    "http-authorization-header",
    "pip-index-url-credentials",
    "npmrc-auth-token",
    "git-credentials-token",
    "netrc-password",
    "docker-login-password",
    "curl-user-password",
    "pypirc-password",
];

/// Sorts by place and keeps the best of each group of overlapping matches: a secret that proves itself, then one of
/// a kind that could but does not (so that a wrong checksum is not covered up by a laxer rule), then a
/// provider's before a generic rule's, then the surer, then the one that stands there as it is, then the longer.
/// What was compressed together shares its place, and was resolved when it was inflated.
pub fn resolve(patterns: &Patterns, found: &mut Vec<Match>) {
    believe_uses(patterns, found);
    found.sort_by_cached_key(|one| {
        let rule = patterns.rule(one.rule);
        let proof = match one.proof {
            Proof::Holds => 0,
            Proof::Fails => 1,
            Proof::Formed | Proof::None => 2,
        };
        (
            !is_compressed(one),
            proof,
            rule.generic,
            std::cmp::Reverse(one.confidence),
            one.wrapping != Wrapping::None,
            std::cmp::Reverse(one.span.len()),
            one.span,
            one.rule,
        )
    });
    let mut taken = Taken::default();
    found.retain(|one| taken.take(one.span) || is_compressed(one));
    found.sort_by_key(|one| (one.span, one.rule));
}

fn is_compressed(one: &Match) -> bool {
    matches!(one.wrapping, Wrapping::Compressed(_))
}

/// Raises what fails its check, but is used.
fn believe_uses(patterns: &Patterns, found: &mut [Match]) {
    if !found.iter().any(|one| one.proof == Proof::Fails) {
        return;
    }
    let is_use = |one: &&Match| USES.contains(&patterns.rule(one.rule).id) && one.confidence >= Confidence::Medium;
    let uses: Vec<Span> = found.iter().filter(is_use).map(|one| one.span).collect();
    for one in found.iter_mut().filter(|one| one.proof == Proof::Fails) {
        if uses.iter().any(|used| used.start <= one.span.start && one.span.end <= used.end) {
            one.confidence = one.confidence.max(Confidence::Medium);
        }
    }
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
    fn a_token_with_a_wrong_checksum_is_believed_where_it_is_used() {
        let patterns = Patterns::new();
        let token = ["gho", "_psT9pqNFsehnc4se0ZzzR0HBxapxZD35hNHi"].concat();
        let confidence = |text: String| {
            let found = patterns.search(text.as_bytes(), super::super::Search::default());
            assert_eq!(found.len(), 1, "{text}");
            (found[0].proof, found[0].confidence)
        };
        assert_eq!(confidence(format!("oauth_token: {token}\n")), (Proof::Fails, Confidence::Low));
        let used = (Proof::Fails, Confidence::Medium);
        assert_eq!(confidence(format!("git clone https://me:{token}@git.corp.net/x")), used);
        assert!(USES.iter().all(|id| patterns.rules().any(|rule| rule.id == *id)));
        assert_eq!(confidence(format!("{{\"client_secret\": \"{token}\"}}")), used);
        assert_eq!(confidence(format!("client_secret_id: {token}\n")), (Proof::Fails, Confidence::Low));
        assert_eq!(confidence(format!("curl -H 'Authorization: Bearer {token}' https://corp.net")), used);
    }

    #[test]
    fn what_was_compressed_together_is_told_each() {
        use base64::Engine as _;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        let text = concat!("A_TOKEN=gh", "p_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx\nDB_PASSWORD=w7-Kq9zTm\n");
        std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
        let encoded = base64::engine::general_purpose::STANDARD.encode(encoder.finish().unwrap());
        let patterns = Patterns::new();
        let found = patterns.search(format!("user_data: {encoded}\n").as_bytes(), super::super::Search::default());
        let rules: Vec<&str> = found.iter().map(|one| patterns.rule(one.rule).id).collect();
        assert_eq!(rules, ["github-personal-access-token", "generic-password"]);
        let place = Span::new(11, 11 + encoded.trim_end_matches('=').len());
        assert!(found.iter().all(|one| one.span == place && is_compressed(one)));
    }

    #[test]
    fn taken_places_stay_apart() {
        let mut taken = Taken::default();
        assert!(taken.take(Span::new(10, 20)) && taken.take(Span::new(20, 25)) && taken.take(Span::new(5, 10)));
        for (start, end) in [(19, 21), (0, 6), (12, 13), (0, 100), (24, 30), (3, 3)] {
            assert!(!taken.take(Span::new(start, end)), "{start}..{end}");
        }
    }
}
