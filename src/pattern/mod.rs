//! What secrets look like, and where they stand in a text.
//!
//! [`Patterns::search`] is the whole interface: text in, [`Match`]es out. The provider's patterns are data
//! (`patterns/secrets/*.toml`, turned into tables when the program is built); assignments to names such as
//! `password` and credentials in URLs are recognised by [`generic`]; what is hidden behind a guessed encoding
//! is unwrapped by [`decode`] and searched as well.
//!
//! A secret's text exists only here: a [`Match`] gives it away redacted, or as a hash.

pub mod analysis;
pub mod body;
pub mod boundary;
pub mod budget;
pub mod checksum;
pub mod decode;
pub mod entropy;
pub mod follow;
pub mod format;
pub mod generic;
pub mod grams;
pub mod key_store;
pub mod literals;
pub mod load;
pub mod masks;
pub mod matcher;
pub mod overlap;
pub mod placeholder;
pub mod regions;
pub mod run;
pub mod searched;
pub mod secret;

use std::sync::OnceLock;

use crate::model::Confidence;
use budget::Budget;
use decode::{Origin, Way};
pub use entropy::shannon_bits;
pub use load::{Boundary, Literal, Pattern};
pub use overlap::Taken;
pub use secret::{Match, Proof, Secret, Wrapping, occurrences};

/// Everything that is known about secrets. Nothing is compiled before a text needs it.
pub struct Patterns {
    patterns: &'static [Pattern],
    compiled: Vec<OnceLock<Option<matcher::Compiled>>>,
    literals: OnceLock<literals::Literals>,
    searched: searched::Searched,
}

impl Default for Patterns {
    fn default() -> Self {
        Self::new()
    }
}

/// How a text is searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
        Self { patterns, compiled, literals: OnceLock::new(), searched: searched::Searched::default() }
    }

    /// All provider patterns, then the generic ones, through both of which the rule index of a [`Match`] counts, then those
    /// of whole files.
    pub fn rules(&self) -> impl Iterator<Item = &'static Pattern> + use<'_> {
        self.patterns.iter().chain(generic::RULES).chain(key_store::RULES)
    }

    /// The pattern of a match.
    pub fn rule(&self, index: usize) -> &'static Pattern {
        match index.checked_sub(self.patterns.len()) {
            None => &self.patterns[index],
            Some(generic) => &generic::RULES[generic],
        }
    }

    /// The pattern of a file that is a secret as a whole ([`key_store`]), by its name, its beginning and its length.
    pub fn of_file(&self, name: &str, head: &[u8], len: u64) -> Option<(&'static Pattern, Confidence)> {
        key_store::kind(name, head, len).map(|(rule, confidence)| (&key_store::RULES[rule], confidence))
    }

    /// All secrets in `text`, in the order of their places, at most one a place. Spans count the bytes of `text`.
    pub fn search(&self, text: &[u8], search: Search) -> Vec<Match> {
        self.search_noting(text, search, &mut false)
    }

    /// The same; sets `is_cut` where so much is encoded, or looks like the beginning of a secret, that not all
    /// of it was searched.
    pub fn search_noting(&self, text: &[u8], search: Search, is_cut: &mut bool) -> Vec<Match> {
        let known = self.searched.text(text, search);
        if known.is_some_and(|text| self.searched.is_without(text)) {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut budget = Budget::of(text.len());
        self.search_decoded(text, &Step { origin: None, depth: 0, may_join: true }, search, &mut budget, &mut found);
        overlap::resolve(self, &mut found);
        *is_cut |= budget.is_spent;
        if let Some(text) = known.filter(|_| found.is_empty() && !budget.is_spent) {
            self.searched.add(text);
        }
        found
    }

    /// Searches a text and what is encoded in it.
    fn search_decoded(&self, text: &[u8], step: &Step<'_>, how: Search, budget: &mut Budget, found: &mut Vec<Match>) {
        let from = found.len();
        let survey = matcher::search(self, text, how, budget, found);
        if let Some(origin) = step.origin {
            for one in &mut found[from..] {
                one.span = origin(one.span);
                one.wrapping = Wrapping::Encoded;
            }
        }
        if step.depth == decode::MAX_DEPTH {
            return;
        }
        decode::each(text, &survey, step.may_join, budget, &mut |decoded, inner, way, budget| {
            let through = |span| match step.origin {
                Some(outer) => outer(inner(span)),
                None => inner(span),
            };
            let (depth, may_join) = (step.depth + 1, step.may_join && way != Way::Joined);
            if !matches!(way, Way::Inflated { .. }) {
                self.search_decoded(decoded, &Step { origin: Some(&through), depth, may_join }, how, budget, found);
                return;
            }
            // Each has its place only in what was inflated.
            let mut inside = Vec::new();
            self.search_decoded(decoded, &Step { origin: None, depth, may_join }, how, budget, &mut inside);
            overlap::resolve(self, &mut inside);
            found.extend(inside.into_iter().map(|one| Match {
                span: through(one.span),
                wrapping: Wrapping::Compressed(match one.wrapping {
                    Wrapping::Compressed(inner) => one.span.start.wrapping_add(inner),
                    Wrapping::None | Wrapping::Encoded => one.span.start,
                }),
                ..one
            }));
        });
    }
}

/// How deep inside encodings a search is.
struct Step<'s> {
    /// The way back to the text that was asked about; `None` in that text itself.
    origin: Option<Origin<'s>>,
    depth: u8,
    /// False in a text that was joined from pieces already.
    may_join: bool,
}

#[cfg(test)]
mod lint;
