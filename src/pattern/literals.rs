//! Finds the literals of all rules at once: those of rules with a random run only in the regions of
//! [`super::regions`], the others in the whole text.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::follow::{self, ByteSet};
use super::generic;
use super::grams::Grams;
use super::load::Pattern;
use crate::search::{Form, Sieve};

/// A literal that stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Whose.
    pub owner: Owner,
    /// Where it starts.
    pub at: usize,
}

/// Whose literal it is. The order is that in which hits are confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// Literal `.1` of provider rule `.0`.
    Rule(u16, u16),
    /// A name that is given to secrets, `.0` bytes long.
    Name(u16),
    /// `://`.
    Url,
}

/// The literals, and what finds them.
pub struct Literals {
    /// Of rules with a random run.
    regions: Vec<Entry>,
    grams: Grams,
    /// Of all others.
    whole: Vec<Entry>,
    sieve: Sieve,
}

impl Literals {
    /// Prepares the search for the literals of `patterns` and of the generic rules.
    pub fn new(patterns: &'static [Pattern]) -> Self {
        let (mut regions, mut whole) = (BTreeMap::new(), BTreeMap::new());
        for (rule, pattern) in patterns.iter().enumerate() {
            for (index, literal) in pattern.literals.iter().enumerate() {
                let owner = Owner::Rule(rule as u16, index as u16);
                let exact = (!pattern.ignore_case).then_some(literal.text);
                let claim = Claim { owner, exact, after: literal.after };
                add(if pattern.has_run { &mut regions } else { &mut whole }, literal.text, claim);
            }
        }
        let named = |name: &str, exact| Claim { owner: Owner::Name(name.len() as u16), exact, after: &[] };
        for name in generic::NAMES {
            add(&mut regions, name, named(name, None));
        }
        for name in generic::PASSWORD_NAMES {
            add(&mut whole, name, named(name, None));
        }
        for name in generic::EXACT_PASSWORD_NAMES {
            add(&mut whole, name, named(name, Some(name)));
        }
        add(&mut whole, "://", Claim { owner: Owner::Url, exact: None, after: &[] });
        let (regions, whole): (Vec<Entry>, Vec<Entry>) = (regions.into_iter().collect(), whole.into_iter().collect());
        let grams = Grams::new(regions.iter().map(|(text, _)| text.as_slice()));
        Self { sieve: Sieve::new(&forms(&whole)), grams, regions, whole }
    }

    /// Hits of the rules whose matches hold a run, in `range`.
    pub fn in_region(&self, text: &[u8], range: Range<usize>, hits: &mut Vec<Hit>) {
        self.grams.candidates(text, range, |index, at| take(&self.regions[index], text, at, hits));
    }

    /// Hits of all other rules, in the whole text.
    pub fn in_whole(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.sieve.candidates(text, |index, at| take(&self.whole[index], text, at, hits));
    }
}

/// Who asks for each text, which is in lower case.
type Entries = BTreeMap<Vec<u8>, Vec<Claim>>;
type Entry = (Vec<u8>, Vec<Claim>);

/// Who asks for a literal, and what else must hold where it stands.
struct Claim {
    owner: Owner,
    /// The exact text; `None`: any case.
    exact: Option<&'static str>,
    /// What follows ([`super::follow`]).
    after: &'static [ByteSet],
}

fn add(entries: &mut Entries, literal: &str, claim: Claim) {
    entries.entry(literal.to_ascii_lowercase().into_bytes()).or_default().push(claim);
}

/// The forms in which the texts are looked for.
fn forms(entries: &[Entry]) -> Vec<Form> {
    let mut forms = Vec::new();
    for (literal, (text, claims)) in entries.iter().enumerate() {
        let exact: Option<BTreeSet<&str>> = claims.iter().map(|claim| claim.exact).collect();
        match exact {
            Some(texts) => {
                forms.extend(texts.into_iter().map(|text| Form { text: text.into(), is_exact: true, literal }))
            }
            None => forms.push(Form { text: text.clone(), is_exact: false, literal }),
        }
    }
    forms
}

/// Adds the hits of those who ask for a text, if it stands at `at`.
fn take((literal, claims): &Entry, text: &[u8], at: usize, hits: &mut Vec<Hit>) {
    let Some((found, next)) = text[at..].split_at_checked(literal.len()) else { return };
    if !found.eq_ignore_ascii_case(literal) {
        return;
    }
    for claim in claims {
        if claim.exact.is_none_or(|exact| found == exact.as_bytes()) && follow::fits(claim.after, next) {
            hits.push(Hit { owner: claim.owner, at });
        }
    }
}
