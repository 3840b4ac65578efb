//! Finds the literals of all rules at once: those of rules with a random run only in the regions of
//! [`super::regions`], the others in the whole text.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::packed;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use super::follow::{self, ByteSet};
use super::generic;
use super::grams::{self, Grams};
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
    whole: Vec<Set>,
}

/// How many literals one vectorised search looks for: more slow it down more than a second search does.
const PACKED: usize = 32;

struct Set {
    /// Text, in lower case for [`Engine::Grams`], and who asks for it.
    entries: Vec<Entry>,
    /// What an exact search looks for; empty for [`Engine::Grams`].
    cores: Vec<Core>,
    engine: Engine,
}

enum Engine {
    /// Vectorised; knows exact bytes only.
    Packed(packed::Searcher),
    /// Where the processor has no vectors that the packed searcher uses; exact bytes as well.
    Automaton(AhoCorasick),
    /// For very many literals in any case.
    Grams(Grams),
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
        add(&mut whole, "://", Claim { owner: Owner::Url, exact: Some("://"), after: &[] });
        Self { regions: Set::grams(regions), whole: Set::packed(whole) }
    }

    /// Hits of the rules whose matches hold a run, in `range`.
    pub fn in_region(&self, text: &[u8], range: Range<usize>, hits: &mut Vec<Hit>) {
        self.regions.find(text, range, hits);
    }

    /// Hits of all other rules, in the whole text.
    pub fn in_whole(&self, text: &[u8], hits: &mut Vec<Hit>) {
        for set in &self.whole {
            set.find(text, 0..text.len(), hits);
        }
    }
}

type Entries = BTreeMap<Vec<u8>, Vec<Claim>>;
type Entry = (Vec<u8>, Vec<Claim>);

/// Who asks for a literal, and what else must hold where it stands.
#[derive(Clone, Copy, PartialEq)]
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

impl Set {
    fn grams(entries: Entries) -> Self {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let engine = Engine::Grams(Grams::new(entries.iter().map(|(text, _)| text.as_slice())));
        Self { entries, cores: Vec::new(), engine }
    }

    /// The packed searcher distinguishes case: literals that match in any case are looked for as written in
    /// lower case, in upper case and with a capital. Few short cores that many of them share are looked for.
    fn packed(entries: Entries) -> Vec<Self> {
        let mut forms: Entries = BTreeMap::new();
        for (lower, claims) in &entries {
            for claim in claims {
                let mut capital = lower.clone();
                capital[..1].make_ascii_uppercase();
                let of_literal = match claim.exact {
                    Some(exact) => vec![exact.as_bytes().to_vec()],
                    None => vec![lower.to_ascii_uppercase(), capital, lower.clone()],
                };
                for form in of_literal {
                    let claims = forms.entry(form).or_default();
                    let claim = Claim { exact: None, ..*claim };
                    if !claims.contains(&claim) {
                        claims.push(claim);
                    }
                }
            }
        }
        let forms: Vec<Entry> = forms.into_iter().collect();
        let cores = cores(&forms);
        let (short, long) = cores.split_at(cores.partition_point(|core| core.text.len() < CORE));
        let chunks = short.chunks(PACKED).chain(long.chunks(PACKED));
        chunks.map(|cores| Self::packed_chunk(forms.clone(), cores.to_vec())).collect()
    }

    fn packed_chunk(entries: Vec<Entry>, cores: Vec<Core>) -> Self {
        let texts = || cores.iter().map(|core| &core.text);
        let engine = match packed::Config::new().heuristic_pattern_limits(false).builder().extend(texts()).build() {
            Some(searcher) => Engine::Packed(searcher),
            None => AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::DFA))
                .match_kind(MatchKind::Standard)
                .build(texts())
                .map_or(Engine::Nothing, Engine::Automaton),
        };
        Self { entries, cores, engine }
    }

    fn find(&self, text: &[u8], range: Range<usize>, hits: &mut Vec<Hit>) {
        match &self.engine {
            Engine::Grams(grams) => grams.candidates(text, range, |index, at| {
                let literal = &self.entries[index].0;
                if text.get(at..at + literal.len()).is_some_and(|found| found.eq_ignore_ascii_case(literal)) {
                    self.push(index, text, at, hits);
                }
            }),
            Engine::Automaton(automaton) => {
                if let Ok(found) = automaton.try_find_overlapping_iter(Input::new(text).range(range)) {
                    found.for_each(|one| self.around_core(one.pattern().as_usize(), text, one.start(), hits));
                }
            }
            Engine::Packed(searcher) => {
                let mut from = range.start;
                while let Some(one) = searcher.find_in(text, (from..range.end).into()) {
                    // No core begins as another does, so there is one at most at a place.
                    self.around_core(one.pattern().as_usize(), text, one.start(), hits);
                    from = one.start() + 1;
                }
            }
            Engine::Nothing => {}
        }
    }

    /// The literals that stand around a core.
    fn around_core(&self, core: usize, text: &[u8], at: usize, hits: &mut Vec<Hit>) {
        for (index, offset) in &self.cores[core].entries {
            let Some(start) = at.checked_sub(*offset) else { continue };
            if text[start..].starts_with(&self.entries[*index].0) {
                self.push(*index, text, start, hits);
            }
        }
    }

    fn push(&self, index: usize, text: &[u8], at: usize, hits: &mut Vec<Hit>) {
        let (literal, claims) = &self.entries[index];
        let next = &text[at + literal.len()..];
        for claim in claims {
            if claim.exact.is_none_or(|exact| text[at..].starts_with(exact.as_bytes()))
                && follow::fits(claim.after, next)
            {
                hits.push(Hit { owner: claim.owner, at });
            }
        }
    }
}

/// A short text that stands in some literals.
#[derive(Clone)]
struct Core {
    text: Vec<u8>,
    /// Which literals, and where it stands in them.
    entries: Vec<(usize, usize)>,
}

/// Length of a core; one of three bytes is taken where a literal has no more.
const CORE: usize = 4;

/// What it is worth that another form shares a core, in bits of its rarity.
const SHARED: usize = 2;

/// Chooses cores so that every form holds one: again and again one that many forms without a core hold and that has
/// rare letters.
fn cores(forms: &[Entry]) -> Vec<Core> {
    let short: Vec<&[u8]> = forms.iter().map(|(form, _)| form.as_slice()).filter(|form| form.len() < CORE).collect();
    // What holds a form of three bytes is found by it, so that no core begins as another does.
    let holds_short = |text: &[u8]| short.iter().any(|short| memchr::memmem::find(text, short).is_some());
    let mut open: Vec<usize> = (0..forms.len()).collect();
    let mut chosen: Vec<Core> = Vec::new();
    while !open.is_empty() {
        let mut counts: BTreeMap<&[u8], usize> = BTreeMap::new();
        for form in &open {
            let text = forms[*form].0.as_slice();
            let candidates: Vec<&[u8]> = match short.iter().find(|short| memchr::memmem::find(text, short).is_some()) {
                Some(short) => vec![*short],
                None => text.windows(CORE).collect(),
            };
            for candidate in candidates {
                *counts.entry(candidate).or_default() += 1;
            }
        }
        let best = counts
            .iter()
            .max_by_key(|(text, count)| ((**count).min(6) * SHARED + grams::rarity(text), **text))
            .map(|(text, _)| text.to_vec());
        let Some(text) = best else { break };
        let mut entries = Vec::new();
        open.retain(|form| {
            let stands = memchr::memmem::find(&forms[*form].0, &text);
            entries.extend(stands.map(|at| (*form, at)));
            stands.is_none()
        });
        debug_assert!(text.len() < CORE || !holds_short(&text));
        chosen.push(Core { text, entries });
    }
    // A searcher compares as many bytes at once as its shortest core has: the short ones are kept together.
    chosen.sort_by_key(|core| core.text.len());
    chosen
}
