//! What a regex says about its matches: how long they are, where the literals of the rule stand in them, and
//! whether they contain a run of random characters. Done when the program is built (`build.rs` includes this
//! file), so it imports nothing of the crate.

use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::body::{Behind, Body};
use super::follow::{self, ByteSet, Occurrence};

/// The shortest run of token characters that a search around runs looks at.
pub const RUN: usize = 16;
/// How many characters of a run must be drawn at random for the rule to rely on it.
const RANDOM: usize = 14;

/// Where a literal stands in the matches of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// This many bytes after the start, at least and at most.
    Offset(usize, usize),
    /// Somewhere in the match.
    Inside,
    /// In the context: up to 128 bytes before the match or 64 after it.
    Near,
}

/// Facts about one rule.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Fewest bytes of a match.
    pub shortest: usize,
    /// Most bytes of a match.
    pub longest: usize,
    /// Every match contains at least [`RUN`] token characters side by side, nearly all of them drawn from classes with
    /// digits or letters of both cases, that are no number.
    pub has_run: bool,
    /// How long that run is at least; 0 without one.
    pub run: usize,
    /// What every match holds.
    pub body: Option<Body>,
    /// For each literal.
    pub places: Vec<Place>,
    /// For each literal, what must follow it ([`follow::after`]); empty where it is not written out.
    pub after: Vec<Vec<ByteSet>>,
    /// For each literal, what stands behind it.
    pub behind: Vec<Option<Behind>>,
}

/// Characters that runs are made of.
pub const fn is_run_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=' | b'.' | b'~' | b'%')
}

/// Analyses `regex`; the error says what is wrong with it.
pub fn analyse(regex: &str, literals: &[String], ignore_case: bool, near: &[String]) -> Result<Analysis, String> {
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(regex)
        .map_err(|error| error.to_string())?;
    let properties = hir.properties();
    if !properties.look_set().is_empty() {
        return Err("the regex has an anchor or a word boundary; boundaries are `left` and `right`".to_owned());
    }
    let shortest = properties.minimum_len().ok_or("the regex matches nothing")?;
    let longest = properties.maximum_len().ok_or("the length of a match has no bound")?;
    if shortest == 0 {
        return Err("the regex matches the empty text".to_owned());
    }
    let (mut places, mut after, mut behind) = (Vec::new(), Vec::new(), Vec::new());
    let begins = !ignore_case && begins_with(&hir, literals);
    for literal in literals {
        let is_near = near.iter().any(|word| word.to_lowercase().contains(&literal.to_lowercase()));
        let mut spelled = match ignore_case && is_near {
            // The regex may name it as well, as one of the words before any value.
            true => Vec::new(),
            false => follow::occurrences(&hir, literal.as_bytes(), ignore_case),
        };
        if begins {
            spelled.retain(|one| one.most == Some(0));
        }
        let offset = |one: &Occurrence| one.most.map(|most| (one.least, most));
        let offsets: Option<Vec<(usize, usize)>> = spelled.iter().map(offset).collect();
        let widest = offsets.and_then(|all| all.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))));
        after.push(if widest.is_some() { follow::after(&spelled) } else { Vec::new() });
        behind.push(widest.and_then(|_| follow::behind(&spelled)));
        places.push(match widest {
            Some((least, most)) => Place::Offset(least, most),
            None if is_near => Place::Near,
            None => Place::Inside,
        });
    }
    let run = run_length(&hir);
    Ok(Analysis { shortest, longest, has_run: run > 0, run, body: Body::of(&hir), places, after, behind })
}

/// True where every match begins with one of the literals, and with each of them some match: they need not be known elsewhere.
fn begins_with(hir: &Hir, literals: &[String]) -> bool {
    let known = Extractor::new().extract(hir);
    let Some(prefixes) = known.literals() else { return false };
    let begins = |prefix: &[u8], literal: &String| prefix.starts_with(literal.as_bytes());
    prefixes.iter().all(|prefix| literals.iter().any(|literal| begins(prefix.as_bytes(), literal)))
        && literals.iter().all(|literal| prefixes.iter().any(|prefix| begins(prefix.as_bytes(), literal)))
}

/// Characters that every match has side by side: how many at least, how many of them are random, and how many of those may
/// be letters, of which numbers have few. A word that is written out stands for as many as are needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stretch {
    len: usize,
    random: usize,
    letters: usize,
}

/// What is sure of all matches of an expression.
#[derive(Clone, Copy, Debug, Default)]
struct Runs {
    /// They consist of run bytes alone.
    solid: bool,
    /// The stretch that they begin with, end with, and the longest.
    first: Stretch,
    last: Stretch,
    best: Stretch,
}

impl Stretch {
    fn then(self, next: Self) -> Self {
        Self { len: self.len + next.len, random: self.random + next.random, letters: self.letters + next.letters }
    }

    fn max(self, other: Self) -> Self {
        if (other.random, other.len) > (self.random, self.len) { other } else { self }
    }

    fn min(self, other: Self) -> Self {
        Self {
            len: self.len.min(other.len),
            random: self.random.min(other.random),
            letters: self.letters.min(other.letters),
        }
    }

    fn times(self, times: usize) -> Self {
        Self { len: self.len * times, random: self.random * times, letters: self.letters * times }
    }
}

impl Runs {
    fn solid(stretch: Stretch) -> Self {
        Self { solid: true, first: stretch, last: stretch, best: stretch }
    }

    fn then(self, next: Self) -> Self {
        let across = self.last.then(next.first);
        Self {
            solid: self.solid && next.solid,
            first: if self.solid { across } else { self.first },
            last: if next.solid { across } else { next.last },
            best: self.best.max(next.best).max(across),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            solid: self.solid && other.solid,
            first: self.first.min(other.first),
            last: self.last.min(other.last),
            best: self.best.min(other.best),
        }
    }
}

/// The length of the run that every match holds, if so much of it is random that [`super::regions`] takes it for
/// random; else 0.
fn run_length(hir: &Hir) -> usize {
    let best = runs(hir).best;
    if best.len >= RUN && best.random >= RANDOM && best.letters >= RANDOM { best.len } else { 0 }
}

fn runs(hir: &Hir) -> Runs {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Runs::solid(Stretch::default()),
        HirKind::Literal(text) if text.0.iter().copied().all(is_run_byte) => {
            // No number holds two letters side by side, or one of these signs.
            let has_word = text.0.windows(2).any(|pair| pair.iter().all(u8::is_ascii_alphabetic));
            let has_sign = text.0.iter().any(|byte| matches!(byte, b'_' | b'/' | b'=' | b'~' | b'%'));
            let letters = if has_word || has_sign { RANDOM } else { 0 };
            Runs::solid(Stretch { len: text.0.len(), random: 0, letters })
        }
        HirKind::Class(class) if is_solid(class) => {
            let random = usize::from(is_random(class));
            Runs::solid(Stretch { len: 1, random, letters: random * usize::from(has(class, u8::is_ascii_alphabetic)) })
        }
        HirKind::Literal(_) | HirKind::Class(_) => Runs::default(),
        HirKind::Capture(capture) => runs(&capture.sub),
        HirKind::Repetition(repetition) => {
            let one = runs(&repetition.sub);
            let times = repetition.min as usize;
            match (one.solid, times) {
                (true, _) => Runs::solid(one.best.times(times)),
                (false, 0) => Runs::default(),
                (false, _) => Runs { solid: false, ..one },
            }
        }
        HirKind::Concat(parts) => parts.iter().map(runs).fold(Runs::solid(Stretch::default()), Runs::then),
        HirKind::Alternation(parts) => parts.iter().map(runs).reduce(Runs::or).unwrap_or_default(),
    }
}

fn is_solid(class: &Class) -> bool {
    let Class::Bytes(class) = class else { return false };
    class.iter().all(|range| (range.start()..=range.end()).all(is_run_byte))
}

/// Digits, or letters of both cases, so that a few of them are told from a word; not one letter in either case.
fn is_random(class: &Class) -> bool {
    let members: usize = match class {
        Class::Bytes(class) => class.iter().map(|range| usize::from(range.end() - range.start()) + 1).sum(),
        Class::Unicode(_) => 0,
    };
    let has_both = || has(class, u8::is_ascii_lowercase) && has(class, u8::is_ascii_uppercase);
    members >= 8 && (has(class, u8::is_ascii_digit) || has_both())
}

/// True when some byte of the class is wanted.
fn has(class: &Class, wanted: fn(&u8) -> bool) -> bool {
    let Class::Bytes(class) = class else { return false };
    class.iter().any(|range| (range.start()..=range.end()).any(|byte| wanted(&byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analysed(regex: &str, literal: &str, near: &[&str]) -> Analysis {
        let near: Vec<String> = near.iter().map(|word| (*word).to_owned()).collect();
        analyse(regex, &[literal.to_owned()], false, &near).unwrap()
    }

    #[test]
    fn literals_are_placed() {
        assert_eq!(analysed("ab_[0-9A-Z]{16}", "ab_", &[]).places, [Place::Offset(0, 0)]);
        assert_eq!(analysed(r"[0-9A-Za-z+/]{76}\+ASt[0-9A-Za-z]{5}", "+ASt", &[]).places, [Place::Offset(76, 76)]);
        assert_eq!(analysed("(?:x|yy)(?<secret>abc[0-9]{3})", "abc", &[]).places, [Place::Offset(1, 2)]);
        assert_eq!(analysed("[0-9a-f]{40}", "wandb", &["wandb"]).places, [Place::Near]);
        assert_eq!(analysed("(?:foobar|foobaz)=[0-9]{3}", "foobaz", &[]).places.len(), 1);
        assert_eq!(analysed("eyJ[0-9]{3}[.]eyJ[0-9]{9}", "eyJ", &[]).places, [Place::Offset(0, 0)]);
        assert_eq!(analysed("(?:x|eyJ)[0-9]{3}[.]eyJ[0-9]{9}", "eyJ", &[]).places, [Place::Offset(0, 7)]);
        assert_eq!(analysed("x?eyJ[0-9]{3}[.]eyJ[0-9]{9}", "eyJ", &[]).places, [Place::Offset(0, 8)]);
    }

    #[test]
    fn runs_are_random_token_characters() {
        assert!(analysed("ab_[0-9A-Z]{16}", "ab_", &[]).has_run);
        assert!(!analysed("ab_[0-9A-Z]{13}", "ab_", &[]).has_run);
        assert!(analysed("ab_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ab_", &[]).has_run);
        assert!(analysed("ab_[0-9]{9}-?x?[0-9]{9}", "ab_", &[]).has_run);
        // What may be a number is none.
        assert!(!analysed("[0-9]{9}[.][0-9]{9}", "ab_", &["ab_"]).has_run);
        assert!(!analysed("ab:[0-9]{18}[0-9a-z]{3}", "ab:", &[]).has_run);
        assert!(!analysed("ab_[0-9]{9}:[0-9]{9}", "ab_", &[]).has_run);
        assert!(!analysed("(?i:connect-to-the-server) [0-9]{9}", "server", &[]).has_run);
        assert!(!analysed("ab_[a-z]{40}", "ab_", &[]).has_run);
        assert!(!analysed("ab_[0-9A-Z ]{16}", "ab_", &[]).has_run);
        assert!(analysed("(?:ab_(?:[0-9a-f]{32}|[0-9a-f]{64}))", "ab_", &[]).has_run);
    }

    #[test]
    fn bounds_are_demanded() {
        for regex in ["ab_[0-9]+", r"\bab_[0-9]{16}", "(?:)", "[0-9"] {
            assert!(analyse(regex, &["ab_".to_owned()], false, &[]).is_err(), "{regex}");
        }
    }
}
