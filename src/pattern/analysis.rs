//! What a regex says about its matches: how long they are, where the literals of the rule stand in them, and
//! whether they contain a run of random characters. Done when the program is built (`build.rs` includes this
//! file), so it imports nothing of the crate.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The shortest run of token characters that a search around runs looks at.
pub const RUN: usize = 16;

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
    /// Every match contains at least [`RUN`] characters drawn from one class of token characters that has
    /// digits or letters of both cases.
    pub has_run: bool,
    /// For each literal.
    pub places: Vec<Place>,
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
    let places = literals
        .iter()
        .map(|literal| match offsets(&hir, literal.as_bytes(), 0, 0) {
            Some((least, most)) if !ignore_case => Place::Offset(least, most),
            _ if near.iter().any(|word| word.to_lowercase().contains(&literal.to_lowercase())) => Place::Near,
            _ => Place::Inside,
        })
        .collect();
    Ok(Analysis { shortest, longest, has_run: has_run(&hir), places })
}

/// The least and greatest offset of `literal` in matches of `hir`, which itself starts `least..=most` after
/// the start of the match. `None` when the literal is not written out in the regex.
fn offsets(hir: &Hir, literal: &[u8], least: usize, most: usize) -> Option<(usize, usize)> {
    let join = |found: Option<(usize, usize)>, next: Option<(usize, usize)>| match (found, next) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (found, next) => found.or(next),
    };
    match hir.kind() {
        HirKind::Literal(text) => {
            let mut found = None;
            for at in 0..text.0.len() {
                if text.0[at..].starts_with(literal) {
                    found = join(found, Some((least + at, most + at)));
                }
            }
            found
        }
        HirKind::Capture(capture) => offsets(&capture.sub, literal, least, most),
        HirKind::Repetition(repetition) => {
            let found = offsets(&repetition.sub, literal, least, most)?;
            let most = match (repetition.max, repetition.sub.properties().maximum_len()) {
                (Some(max), Some(len)) => found.1 + (max.max(1) as usize - 1) * len,
                _ => return None,
            };
            Some((found.0, most))
        }
        HirKind::Concat(parts) => {
            let (mut found, mut least, mut most) = (None, least, most);
            for part in parts {
                found = join(found, offsets(part, literal, least, most));
                least += part.properties().minimum_len()?;
                most += part.properties().maximum_len()?;
            }
            found
        }
        HirKind::Alternation(parts) => {
            parts.iter().fold(None, |found, part| join(found, offsets(part, literal, least, most)))
        }
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => None,
    }
}

fn has_run(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            let class = match repetition.sub.kind() {
                HirKind::Capture(capture) => &capture.sub,
                _ => &repetition.sub,
            };
            if let HirKind::Class(class) = class.kind() {
                repetition.min as usize >= RUN && is_random(class)
            } else {
                repetition.min >= 1 && has_run(&repetition.sub)
            }
        }
        HirKind::Capture(capture) => has_run(&capture.sub),
        HirKind::Concat(parts) => parts.iter().any(has_run),
        HirKind::Alternation(parts) => parts.iter().all(has_run),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
    }
}

/// Token characters only, among them digits or letters of both cases.
fn is_random(class: &Class) -> bool {
    let Class::Bytes(class) = class else { return false };
    let has =
        |wanted: fn(&u8) -> bool| class.iter().any(|range| (range.start()..=range.end()).any(|byte| wanted(&byte)));
    class.iter().all(|range| (range.start()..=range.end()).all(is_run_byte))
        && (has(u8::is_ascii_digit) || (has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)))
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
    }

    #[test]
    fn runs_are_random_token_characters() {
        assert!(analysed("ab_[0-9A-Z]{16}", "ab_", &[]).has_run);
        assert!(!analysed("ab_[0-9A-Z]{15}", "ab_", &[]).has_run);
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
