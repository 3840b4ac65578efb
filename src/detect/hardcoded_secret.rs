//! Secrets in text: what [`crate::pattern`] recognises in the segments of an artifact, as findings.
//!
//! One secret is one finding an artifact; where it stands again is a related place. What is test, example or
//! documentation by its path is less sure, and never silent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::{Detector, Found};
use crate::context::Context;
use crate::model::{
    Confidence, Document, Finding, Fingerprint, Group, Help, Notification, NotificationKind, Related, Rule, Segment, SegmentKind, Span,
};
use crate::pattern::{self, Match, Pattern, Proof, Search, Taken, Wrapping};

/// How much of a line enters a fingerprint, in bytes to each side of the secret.
const CONTEXT: usize = 80;
/// From so many bits on, a hash of the secret gives nothing away.
const SAFE_BITS: f32 = 80.0;
/// Weakness: hard-coded credentials.
const CWE: u32 = 798;

/// Credentials written into files.
pub struct HardcodedSecret;

impl Detector for HardcodedSecret {
    fn name(&self) -> &'static str {
        "hardcoded_secret"
    }

    fn group(&self) -> Group {
        Group::Secrets
    }

    fn rules(&self, context: &Context) -> Vec<Arc<Rule>> {
        context.patterns.rules().map(rule).collect()
    }

    fn detect(&self, document: &Document<'_>, context: &Context, found: &mut Found) {
        let mut is_cut = false;
        let mut places: Vec<Place<'_, '_>> = Vec::new();
        for segment in &document.segments {
            let prose = matches!(segment.kind, SegmentKind::Output | SegmentKind::Prose);
            let search = Search { exhaustive: context.config.exhaustive, prose };
            for one in context.patterns.search_noting(&segment.text, search, &mut is_cut) {
                // No decoded segment can hold a secret whose place in the file is unknown: the map covers it all.
                let span = segment.source_span(one.span);
                places.push(Place { segment, span, one });
            }
        }
        if is_cut {
            let message = "more in this file is encoded, or begins as secrets do, than is searched for them";
            found.notifications.push(Notification::new(&document.source.path, NotificationKind::BudgetExceeded, message));
        }
        let source = &document.source;
        let of_file = context.patterns.of_file(source.path.file_name(), source.text(), source.len());
        if let Some((pattern, confidence)) = of_file.filter(|(pattern, _)| context.config.wants(pattern.id, Group::Secrets)) {
            found.findings.push(whole_file(document, pattern, confidence));
            found.masked.push(Span::new(0, source.text().len()));
        }
        if places.is_empty() {
            return;
        }
        drop_repeats(&mut places, context);
        found.masked.extend(places.iter().map(|place| place.span));
        // A segment may know the place of its text only roughly (a pickle's string is known by its opcode), and a
        // secret that is known by its context may stand elsewhere without.
        let secrets = places.iter().map(|place| &place.one.secret);
        found.masked.extend(pattern::occurrences(secrets, document.source.text()));
        let gentle = is_gentle(document.source.path.as_str());
        let mut groups: Vec<Vec<Place<'_, '_>>> = Vec::new();
        let mut known = BTreeMap::new();
        for place in places {
            let group = *known.entry((place.one.rule, place.one.secret.digest())).or_insert(groups.len());
            match groups.get_mut(group) {
                Some(group) => group.push(place),
                None => groups.push(vec![place]),
            }
        }
        for same in groups {
            let Some(pattern) = same.first().map(|place| context.patterns.rule(place.one.rule)) else { continue };
            if context.config.wants(pattern.id, Group::Secrets)
                && let Some(mut finding) = finding(document, pattern, &same, gentle)
            {
                finding.witness = witness(&same, context);
                found.findings.push(finding);
            }
        }
    }
}

/// A match in a segment, and its bytes in the file.
struct Place<'s, 'a> {
    segment: &'s Segment<'a>,
    span: Span,
    one: Match,
}

/// Segments may show the same bytes twice (a script, and the strings that it joins). Of matches at one place,
/// the surer stays, of a specific rule before one of a generic.
fn drop_repeats(places: &mut Vec<Place<'_, '_>>, context: &Context) {
    places.sort_by_key(|place| {
        let generic = context.patterns.rule(place.one.rule).generic;
        let proved = place.one.proof != Proof::Holds;
        (proved, generic, std::cmp::Reverse(place.one.confidence), std::cmp::Reverse(place.span.len()), place.span)
    });
    let mut taken = Taken::default();
    let mut shared = BTreeSet::new();
    places.retain(|place| match place.one.wrapping {
        Wrapping::Compressed(_) => shared.insert((place.span, place.one.secret.digest())),
        // A place that is shorter than the secret is only roughly known, and others may have it as well.
        _ => place.span.len() < place.one.secret.len() || taken.take(place.span),
    });
    places.sort_by_key(|place| (place.span, place.one.rule));
}

fn finding(document: &Document<'_>, pattern: &'static Pattern, same: &[Place<'_, '_>], gentle: bool) -> Option<Finding> {
    let (first, more) = same.split_first()?;
    let location = |place: &Place<'_, '_>| {
        let logical = place.segment.logical_at(place.one.span.start);
        document.source.location_in(place.span, logical)
    };
    let one = &first.one;
    let mut finding = Finding::new(
        rule(pattern),
        if gentle { less_sure(one.confidence) } else { one.confidence },
        message(pattern, one, gentle),
        location(first),
        fingerprint(document, pattern, first),
    );
    finding.severity = one.severity;
    finding.advice = format!("Revoke it, then take it out of the file. {}", pattern.revoke);
    finding.related = more
        .iter()
        .map(|place| Related { message: "The same secret stands here.".to_owned(), location: location(place) })
        .collect();
    Some(finding)
}

/// A file that is a secret as a whole.
fn whole_file(document: &Document<'_>, pattern: &'static Pattern, confidence: Confidence) -> Finding {
    let gentle = is_gentle(document.source.path.as_str());
    let mut text = format!("{}.", pattern.name);
    if gentle {
        text.push_str(GENTLE);
    }
    let fingerprint = Fingerprint::new("secret", &[pattern.id, document.source.path.as_str()]);
    let confidence = if gentle { less_sure(confidence) } else { confidence };
    let location = document.source.location(Span::default());
    let mut finding = Finding::new(rule(pattern), confidence, text, location, fingerprint);
    finding.advice = format!("Take it out of the repository and its history. {}", pattern.revoke);
    finding
}

/// What is said of a place in tests, examples and documentation.
const GENTLE: &str = " The path says test, example or documentation, so it may be no real one.";

fn message(pattern: &Pattern, one: &Match, gentle: bool) -> String {
    let prefix = pattern.literals.iter().find(|literal| one.secret.starts_with(literal.text)).map_or(0, |literal| literal.text.len());
    let mut text = format!("{}: {}", pattern.name, one.secret.redacted(prefix));
    match one.proof {
        Proof::Holds => text.push_str("; its checksum holds"),
        Proof::Fails => text.push_str("; its checksum does not hold, so it is mistyped, shortened or made up"),
        Proof::Formed | Proof::None => {}
    }
    if !one.note.is_empty() {
        text.push_str("; ");
        text.push_str(&one.note);
    }
    text.push('.');
    if gentle {
        text.push_str(GENTLE);
    }
    text
}

/// The rule, its path and its line without the secrets in it; the secret itself only where nobody can guess it.
fn fingerprint(document: &Document<'_>, pattern: &Pattern, place: &Place<'_, '_>) -> Fingerprint {
    let text = &place.segment.text;
    let span = place.one.span;
    let before = text.get(span.start.saturating_sub(CONTEXT)..span.start).unwrap_or_default();
    let before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let after = text.get(span.end..(span.end + CONTEXT).min(text.len())).unwrap_or_default();
    let after = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let masked = format!("{}\u{0}{}", words(before), words(after));
    let digest = match place.one.secret.entropy_bits() >= SAFE_BITS {
        true => place.one.secret.digest().iter().map(|byte| format!("{byte:02x}")).collect(),
        false => String::new(),
    };
    let stable = place.segment.stable_name.as_deref().unwrap_or_default();
    let mut parts = vec![pattern.id, document.source.path.as_str(), stable, &masked, &digest];
    // What was compressed together has one line.
    let inside;
    if let Wrapping::Compressed(at) = place.one.wrapping {
        inside = at.to_string();
        parts.push(&inside);
    }
    Fingerprint::new("secret", &parts)
}

/// Tells a changed secret where the fingerprint holds nothing of it, and a moved one where it holds the old path, while
/// a baseline is in use.
fn witness(same: &[Place<'_, '_>], context: &Context) -> Option<u16> {
    let secret = &same.first()?.one.secret;
    let key = context.config.witness_key()?;
    Some(crate::model::fingerprint::witness(key, &secret.digest()))
}

/// The words of a piece of a line: its names and signs, without spaces. Long words may be another secret and
/// count by their length alone.
fn words(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let word = |word: &str| if word.len() > 12 { format!("#{}", word.len()) } else { word.to_owned() };
    text.split(char::is_whitespace).map(word).collect()
}

fn less_sure(confidence: Confidence) -> Confidence {
    match confidence {
        Confidence::Certain => Confidence::High,
        Confidence::High => Confidence::Medium,
        Confidence::Medium | Confidence::Low => Confidence::Low,
    }
}

/// True for tests, examples and documentation, by a part of the path.
fn is_gentle(path: &str) -> bool {
    let parts: Vec<String> = path.split(['/', '!']).map(str::to_ascii_lowercase).collect();
    let Some((file, directories)) = parts.split_last() else { return false };
    let names = ["test", "tests", "testing", "testdata", "fixtures", "fixture", "mocks", "example", "examples", "samples", "doc", "docs", "documentation", "spec", "specs", "__tests__"];
    let is_of_tests = |directory: &str| {
        names.contains(&directory) || directory.starts_with("test_") || directory.ends_with("_test") || directory.ends_with("_tests")
    };
    directories.iter().any(|directory| is_of_tests(directory))
        || file.starts_with("test_")
        || file.starts_with("conftest")
        || ["_test.", ".test.", ".spec.", "_spec.", ".example", ".sample", ".template"].iter().any(|part| file.contains(part))
}

/// The rule of a pattern. Made once each.
fn rule(pattern: &'static Pattern) -> Arc<Rule> {
    static RULES: OnceLock<std::sync::Mutex<std::collections::BTreeMap<&'static str, Arc<Rule>>>> = OnceLock::new();
    let rules = RULES.get_or_init(Default::default);
    let mut rules = rules.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    rules.entry(pattern.id).or_insert_with(|| Arc::new(make_rule(pattern))).clone()
}

fn make_rule(pattern: &'static Pattern) -> Rule {
    Rule {
        id: pattern.id.into(),
        name: pattern.name.into(),
        summary: format!("{} in a file.", with_article(pattern.name)).into(),
        help: Help {
            what: format!("{} ({}), written into a file.", pattern.name, pattern.provider).into(),
            why: pattern.grants.into(),
            example: pattern.example.into(),
            use_instead: format!("Revoke it: {} Then read it from the environment or a secret store, and never write it down again: what was pushed once stays in the history.", pattern.revoke).into(),
            references: pattern.references.iter().map(|reference| (*reference).into()).collect(),
        },
        group: Group::Secrets,
        severity: pattern.severity,
        cwe: vec![CWE],
    }
}

/// `An Azure storage account key stands`, `A password in a URL stands`, `Credentials in a URL stand`: names of their own
/// keep their capital.
fn with_article(name: &str) -> String {
    const ORDINARY: &[&str] = &["Password", "Token", "Key", "User", "Registry", "Private", "Documented", "Secret"];
    let (first, rest) = name.split_once(' ').unwrap_or((name, ""));
    if first == "Credentials" {
        return format!("{name} stand");
    }
    let first = if ORDINARY.contains(&first) || rest.is_empty() { first.to_lowercase() } else { first.to_owned() };
    let article = match first.as_bytes().first() {
        Some(b'A' | b'E' | b'I' | b'O' | b'a' | b'e' | b'i' | b'o') => "An",
        _ => "A",
    };
    format!("{article} {first} {rest}").trim_end().to_owned() + " stands"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_sentences() {
        for (name, start) in [
            ("Azure storage account key", "An Azure storage account key stands"),
            ("Password in a URL", "A password in a URL stands"),
            ("Credentials in a URL", "Credentials in a URL stand"),
            ("Hugging Face token", "A Hugging Face token stands"),
            ("Password", "A password stands"),
        ] {
            assert_eq!(with_article(name), start);
        }
    }

    #[test]
    fn tests_and_examples_are_known_by_their_paths() {
        for path in ["tests/a.py", "src/test_x.py", "docs/use.md", "pkg/examples/run.sh", ".env.example", "a/test_shared/mock.py", "unit_tests/a.py"] {
            assert!(is_gentle(path), "{path}");
        }
        for path in ["src/latest/a.py", "contest.py", "train.py", "attestation/x", "latest_tester/a.py"] {
            assert!(!is_gentle(path), "{path}");
        }
    }
}
