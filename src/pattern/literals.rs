//! Finds the literals of all rules at once: those of rules with a random run only in the regions of
//! [`super::regions`], the others in the whole text.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::packed;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use super::generic;
use super::load::Pattern;

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

/// The automata, and whose literals their patterns are.
pub struct Literals {
    regions: Set,
    whole: Set,
}

struct Set {
    /// Lower-case text, and the owners with the exact text they want; `None`: any case.
    entries: Vec<(Vec<u8>, Vec<(Owner, Option<&'static str>)>)>,
    /// Other entries that begin with this one, or that this one begins with.
    kin: Vec<Vec<usize>>,
    engine: Engine,
}

enum Engine {
    /// Vectorised; knows exact bytes only.
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
    Nothing,
}

impl Literals {
    /// Builds the automata for the literals of `patterns` and of the generic rules.
    pub fn new(patterns: &'static [Pattern]) -> Self {
        let (mut regions, mut whole) = (BTreeMap::new(), BTreeMap::new());
        for (rule, pattern) in patterns.iter().enumerate() {
            for (index, literal) in pattern.literals.iter().enumerate() {
                let owner = Owner::Rule(rule as u16, index as u16);
                let exact = (!pattern.ignore_case).then_some(literal.text);
                add(if pattern.has_run { &mut regions } else { &mut whole }, literal.text, owner, exact);
            }
        }
        for name in generic::NAMES {
            add(&mut regions, name, Owner::Name(name.len() as u16), None);
        }
        for name in generic::PASSWORD_NAMES {
            add(&mut whole, name, Owner::Name(name.len() as u16), None);
        }
        add(&mut whole, "://", Owner::Url, Some("://"));
        Self { regions: Set::automaton(regions), whole: Set::packed(whole) }
    }

    /// Hits of the rules whose matches hold a run, in `range`.
    pub fn in_region(&self, text: &[u8], range: Range<usize>, hits: &mut Vec<Hit>) {
        self.regions.find(text, range, hits);
    }

    /// Hits of all other rules, in the whole text.
    pub fn in_whole(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.whole.find(text, 0..text.len(), hits);
    }
}

type Entries = BTreeMap<Vec<u8>, Vec<(Owner, Option<&'static str>)>>;

fn add(entries: &mut Entries, literal: &str, owner: Owner, exact: Option<&'static str>) {
    entries.entry(literal.to_ascii_lowercase().into_bytes()).or_default().push((owner, exact));
}

impl Set {
    fn automaton(entries: Entries) -> Self {
        let entries: Vec<_> = entries.into_iter().collect();
        let engine = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .prefilter(false)
            .build(entries.iter().map(|(text, _)| text));
        Self { entries, kin: Vec::new(), engine: engine.map_or(Engine::Nothing, Engine::Automaton) }
    }

    /// The packed searcher distinguishes case: literals that match in any case are looked for as written in
    /// lower case, in upper case and with a capital.
    fn packed(entries: Entries) -> Self {
        let mut variants: Entries = BTreeMap::new();
        for (lower, owners) in &entries {
            for (owner, exact) in owners {
                let mut capital = lower.clone();
                capital[..1].make_ascii_uppercase();
                let mut forms = match exact {
                    Some(exact) => vec![exact.as_bytes().to_vec()],
                    None => vec![lower.to_ascii_uppercase(), capital, lower.clone()],
                };
                forms.dedup();
                for form in forms {
                    variants.entry(form).or_default().push((*owner, None));
                }
            }
        }
        let entries: Vec<_> = variants.into_iter().collect();
        let kin = entries
            .iter()
            .enumerate()
            .map(|(this, (text, _))| {
                let related = |other: &[u8]| other.starts_with(text) || text.starts_with(other);
                let others = entries.iter().enumerate().filter(|(other, (text, _))| *other != this && related(text));
                others.map(|(other, _)| other).collect()
            })
            .collect();
        let texts = || entries.iter().map(|(text, _)| text);
        let engine = match packed::Config::new().heuristic_pattern_limits(false).builder().extend(texts()).build() {
            Some(searcher) => Engine::Packed(searcher),
            None => AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::DFA))
                .match_kind(MatchKind::Standard)
                .build(texts())
                .map_or(Engine::Nothing, Engine::Automaton),
        };
        Self { entries, kin, engine }
    }

    fn find(&self, text: &[u8], range: Range<usize>, hits: &mut Vec<Hit>) {
        match &self.engine {
            Engine::Automaton(automaton) => {
                let input = Input::new(text).range(range);
                if let Ok(found) = automaton.try_find_overlapping_iter(input) {
                    for one in found {
                        self.push(one.pattern().as_usize(), text, one.start(), hits);
                    }
                }
            }
            Engine::Packed(searcher) => {
                let mut from = range.start;
                while let Some(one) = searcher.find_in(text, (from..range.end).into()) {
                    let index = one.pattern().as_usize();
                    self.push(index, text, one.start(), hits);
                    for other in &self.kin[index] {
                        if text[one.start()..range.end].starts_with(&self.entries[*other].0) {
                            self.push(*other, text, one.start(), hits);
                        }
                    }
                    from = one.start() + 1;
                }
            }
            Engine::Nothing => {}
        }
    }

    fn push(&self, index: usize, text: &[u8], at: usize, hits: &mut Vec<Hit>) {
        for (owner, exact) in &self.entries[index].1 {
            if exact.is_none_or(|exact| text[at..].starts_with(exact.as_bytes())) {
                hits.push(Hit { owner: *owner, at });
            }
        }
    }
}
