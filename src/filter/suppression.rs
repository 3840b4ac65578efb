//! Inline comments, cell tags and `[[ignore]]` of the configuration: which findings they silence, and which of them
//! silence nothing any more.

use crate::config::{Config, Ignore};
use crate::model::{Disposition, Finding, Logical, Notification, NotificationKind, Repository, Span, Suppression};

/// Silences findings, which are sorted by path; says what has expired and what matched nothing.
pub(super) fn apply(findings: &mut [Finding], repository: &Repository, config: &Config) -> Vec<Notification> {
    let mut notes = Vec::new();
    if config.isolated {
        return notes;
    }
    for facts in repository.artifacts.iter().filter(|facts| !facts.suppressions.is_empty()) {
        let start = findings.partition_point(|finding| finding.location.path < facts.path);
        let end = findings.partition_point(|finding| finding.location.path <= facts.path);
        let here = findings.get_mut(start..end).unwrap_or_default();
        let places = Places::of(here);
        for suppression in &facts.suppressions {
            inline(here, &places, suppression, config, &mut notes);
        }
    }
    for (index, ignore) in config.ignores.iter().enumerate() {
        from_config(findings, index + 1, ignore, config, &mut notes);
    }
    notes
}

/// A longer span of a finding is looked at for each suppression.
const LONG: usize = 4 << 10;

/// The findings of a file by their places: there may be as many of them as of suppressions.
struct Places {
    /// Starts and numbers of those whose span is not long, in order.
    short: Vec<(usize, usize)>,
    long: Vec<usize>,
}

impl Places {
    fn of(findings: &[Finding]) -> Self {
        let (long, short): (Vec<usize>, Vec<usize>) =
            (0..findings.len()).partition(|number| findings[*number].location.span.len() > LONG);
        let mut short: Vec<_> =
            short.into_iter().map(|number| (findings[number].location.span.start, number)).collect();
        short.sort_unstable();
        Self { short, long }
    }

    /// The numbers of those that may touch `span`.
    fn near(&self, span: Span) -> impl Iterator<Item = usize> {
        let from = self.short.partition_point(|(start, _)| start.saturating_add(LONG) < span.start);
        let short = self.short[from..].iter().take_while(move |(start, _)| *start <= span.end);
        short.map(|(_, number)| *number).chain(self.long.iter().copied())
    }
}

fn inline(
    here: &mut [Finding],
    places: &Places,
    suppression: &Suppression,
    config: &Config,
    notes: &mut Vec<Notification>,
) {
    let named = named(&suppression.rules);
    let expired = suppression.until.as_ref().is_some_and(|until| is_past(until, config));
    let mut matched = 0;
    for number in places.near(suppression.covers) {
        let finding = &mut here[number];
        if !covers(suppression, finding) {
            continue;
        }
        matched += 1;
        if !expired {
            silence(finding, &suppression.reason, suppression.until.clone());
        }
    }
    let message = match (expired, matched) {
        (true, 0) => format!("the comment that ignores {named} has expired and matches nothing; remove it"),
        (true, _) => {
            let until = suppression.until.as_deref().unwrap_or_default();
            format!("the comment that ignores {named} expired on {until}; its findings are reported again")
        }
        (false, 0) if is_partial(config) => return,
        (false, 0) => format!("the comment that ignores {named} matches nothing; remove it"),
        (false, _) => return,
    };
    let note = Notification::new(&suppression.location.path, NotificationKind::Suppression, message);
    notes.push(note.at_line(suppression.location.start.line));
}

fn covers(suppression: &Suppression, finding: &Finding) -> bool {
    // A member's place in the text of its carrier means nothing.
    if matches!(finding.location.logical, Some(Logical::Member { .. } | Logical::Opcode { .. })) {
        return false;
    }
    let span = finding.location.span;
    let at_place = suppression.covers.overlaps(span)
        || (span.is_empty() && suppression.covers.start <= span.start && span.start <= suppression.covers.end);
    at_place && (suppression.rules.is_empty() || suppression.rules.iter().any(|rule| is_named(finding, rule)))
}

/// True when `name` is the finding's rule, an alias of its advisory, or its group.
fn is_named(finding: &Finding, name: &str) -> bool {
    super::ids(finding).iter().any(|id| id.eq_ignore_ascii_case(name)) || finding.rule.group.name() == name
}

fn from_config(
    findings: &mut [Finding],
    number: usize,
    ignore: &Ignore,
    config: &Config,
    notes: &mut Vec<Notification>,
) {
    let expired = is_past(&ignore.until, config);
    let mut matched = 0;
    for finding in findings.iter_mut().filter(|finding| is_ignored(ignore, finding)) {
        matched += 1;
        if !expired {
            silence(finding, &ignore.reason, Some(ignore.until.clone()));
        }
    }
    let what = format!("[[ignore]] number {number} of the configuration ('{}')", ignore.reason);
    let message = match (expired, matched) {
        (true, _) => format!("{what} expired on {}; {matched} findings match it and are reported", ignore.until),
        (false, 0) if is_partial(config) => return,
        (false, 0) => format!("{what} matches nothing; remove it"),
        (false, _) => return,
    };
    notes.push(Notification::run(NotificationKind::Suppression, message));
}

fn is_ignored(ignore: &Ignore, finding: &Finding) -> bool {
    ignore.rule.as_ref().is_none_or(|rule| is_named(finding, rule))
        && ignore.package.as_ref().is_none_or(|name| {
            finding
                .package
                .as_ref()
                .is_some_and(|package| crate::model::dependency::normalize_name(name) == package.name)
        })
        && ignore.paths.as_ref().is_none_or(|paths| paths.matches(&finding.location.path))
}

fn silence(finding: &mut Finding, reason: &str, until: Option<String>) {
    if finding.is_reported() {
        let reason = if reason.is_empty() { "no reason given" } else { reason };
        finding.disposition = Disposition::Suppressed { reason: reason.to_owned(), until };
    }
}

/// The last day counts. Both are `YYYY-MM-DD`, which sorts as text.
fn is_past(until: &str, config: &Config) -> bool {
    !config.today.is_empty() && until < config.today.as_str()
}

/// True when only part of the rules or files is looked at, so that a suppression may wait for what is left out.
fn is_partial(config: &Config) -> bool {
    !config.only.is_empty() || !config.skip.is_empty() || config.partial
}

fn named(rules: &[String]) -> String {
    if rules.is_empty() { "everything".to_owned() } else { format!("'{}'", rules.join("', '")) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::finding;
    use super::*;
    use proptest::prelude::*;

    use crate::config::PathPatterns;
    use crate::model::{Document, Facts, Source, Span};

    proptest! {
        #[test]
        fn what_a_suppression_covers_is_near_it(spans in prop::collection::vec((0..20_000usize, 0..9000usize), 0..12), covers in (0..20_000usize, 0..300usize)) {
            let findings: Vec<Finding> = spans.iter().enumerate().map(|(number, (start, len))| {
                let mut found = finding("a", *start, &number.to_string());
                found.location.span = Span::new(*start, start + len);
                found
            }).collect();
            let suppression = Suppression { covers: Span::new(covers.0, covers.0 + covers.1), ..suppression(&[], None) };
            let near: Vec<usize> = Places::of(&findings).near(suppression.covers).collect();
            for (number, finding) in findings.iter().enumerate() {
                prop_assert!(!super::covers(&suppression, finding) || near.contains(&number));
            }
        }
    }

    fn repository(suppressions: Vec<Suppression>) -> Repository {
        let source = Source::new(crate::model::ArtifactPath::new("a"), b"");
        let facts = Facts { suppressions, ..Document::new(&source).into_facts(Vec::new(), &[]) };
        Repository::new(vec![facts], Vec::new())
    }

    fn suppression(rules: &[&str], until: Option<&str>) -> Suppression {
        Suppression {
            rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
            until: until.map(str::to_owned),
            reason: "known".to_owned(),
            covers: Span::new(0, 10),
            location: finding("a", 0, "x").location,
        }
    }

    fn applied(suppression: Suppression) -> (Vec<Finding>, Vec<Notification>) {
        let config = Config { today: "2026-11-23".to_owned(), ..Config::default() };
        let mut findings = vec![finding("a", 5, "x"), finding("a", 50, "y"), finding("b", 5, "z")];
        let notes = apply(&mut findings, &repository(vec![suppression]), &config);
        (findings, notes)
    }

    fn silenced(suppression: Suppression) -> (usize, usize) {
        let (findings, notes) = applied(suppression);
        (findings.iter().filter(|finding| !finding.is_reported()).count(), notes.len())
    }

    #[test]
    fn what_it_names_is_silenced_at_its_place_alone() {
        assert_eq!(silenced(suppression(&[], None)), (1, 0));
        assert_eq!(silenced(suppression(&["some-rule"], Some("2026-11-23"))), (1, 0));
        assert_eq!(silenced(suppression(&["secrets"], None)), (1, 0));
    }

    #[test]
    fn unused_and_expired_ones_are_told() {
        assert_eq!(silenced(suppression(&["other-rule"], None)), (0, 1));
        let (findings, notes) = applied(suppression(&["some-rule"], Some("2026-11-22")));
        assert!(findings.iter().all(Finding::is_reported));
        assert!(notes[0].message.contains("expired on 2026-11-22"), "{}", notes[0].message);
    }

    #[test]
    fn the_configuration_ignores_by_rule_and_path() {
        let ignore = Ignore {
            rule: Some("some-rule".to_owned()),
            package: None,
            paths: Some(PathPatterns::new(&["b"]).unwrap()),
            reason: "test data".to_owned(),
            until: "2027-01-01".to_owned(),
        };
        let config = Config { ignores: vec![ignore], today: "2026-11-23".to_owned(), ..Config::default() };
        let mut findings = vec![finding("a", 5, "x"), finding("b", 5, "z")];
        let notes = apply(&mut findings, &Repository::default(), &config);
        assert!(findings[0].is_reported() && !findings[1].is_reported() && notes.is_empty());
    }
}
