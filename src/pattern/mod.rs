//! What secrets look like, and where they stand in a text.
//!
//! [`Patterns::search`] is the whole interface: text in, [`Match`]es out. The provider's patterns are data
//! (`patterns/secrets/*.toml`, turned into tables when the program is built); assignments to names such as
//! `password` and credentials in URLs are recognised by [`generic`]; what is hidden behind a guessed encoding
//! is unwrapped by [`decode`] and searched as well.
//!
//! A secret's text exists only here: a [`Match`] gives it away redacted, or as a hash.

pub mod analysis;
pub mod boundary;
pub mod checksum;
pub mod decode;
pub mod entropy;
pub mod format;
pub mod generic;
pub mod literals;
pub mod load;
pub mod matcher;
pub mod overlap;
pub mod placeholder;
pub mod regions;
pub mod secret;

use std::sync::OnceLock;

use crate::model::OffsetMap;

pub use entropy::shannon_bits;
pub use load::{Boundary, Literal, Pattern};
pub use secret::{Match, Proof, Secret};

/// Everything that is known about secrets. Nothing is compiled before a text needs it.
pub struct Patterns {
    patterns: &'static [Pattern],
    compiled: Vec<OnceLock<Option<matcher::Compiled>>>,
    literals: OnceLock<literals::Literals>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self::new()
    }
}

/// How a text is searched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search {
    /// Look for every literal everywhere, not only around runs of characters that look random.
    pub exhaustive: bool,
    /// The text is program output, prose or the like, where a name before a value is no assignment as often as
    /// it is one.
    pub prose: bool,
}

impl Patterns {
    /// The built-in patterns.
    pub fn new() -> Self {
        let patterns = load::PATTERNS;
        let compiled = patterns.iter().map(|_| OnceLock::new()).collect();
        Self { patterns, compiled, literals: OnceLock::new() }
    }

    /// All provider patterns, then the generic ones: what a rule index of a [`Match`] counts through.
    pub fn rules(&self) -> impl Iterator<Item = &'static Pattern> + use<'_> {
        self.patterns.iter().chain(generic::RULES)
    }

    /// The pattern of a match.
    pub fn rule(&self, index: usize) -> &'static Pattern {
        match index.checked_sub(self.patterns.len()) {
            None => &self.patterns[index],
            Some(generic) => &generic::RULES[generic],
        }
    }

    /// All secrets in `text`, in the order of their places, at most one a place. Spans count the bytes of `text`.
    pub fn search(&self, text: &[u8], search: Search) -> Vec<Match> {
        let mut found = Vec::new();
        self.search_decoded(text, None, 0, search, &mut found);
        overlap::resolve(self, &mut found);
        found
    }

    /// Searches a text and what is encoded in it. `map` leads from its offsets to those of the text asked about.
    fn search_decoded(&self, text: &[u8], map: Option<&OffsetMap>, depth: u8, search: Search, found: &mut Vec<Match>) {
        let from = found.len();
        let runs = matcher::search(self, text, search, found);
        generic::judge_context(self, text, &mut found[from..]);
        if let Some(map) = map {
            for one in &mut found[from..] {
                one.span = map.source_span(one.span);
                one.decoded = true;
            }
        }
        if depth < decode::MAX_DEPTH {
            decode::each(text, &runs, depth, &mut |decoded, inner| match map {
                Some(outer) => self.search_decoded(decoded, Some(&inner.through(outer)), depth + 1, search, found),
                None => self.search_decoded(decoded, Some(inner), depth + 1, search, found),
            });
        }
    }
}

#[cfg(test)]
mod lint;
