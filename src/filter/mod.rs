//! Decides what becomes of each finding: its place in the order, its ordinal, its disposition.
//!
//! Nothing is dropped but exact repeats and what the user switched off; all else is counted. The first reason wins:
//! suppressed, then in the baseline, then below a threshold.

use std::collections::HashMap;

use crate::config::Config;
use crate::context::Context;
use crate::model::{ArtifactPath, Disposition, Finding, Notification, Repository};

pub mod baseline;
mod suppression;

/// What the filter made of the findings.
pub struct Filtered {
    /// All of them, sorted by path, place and rule.
    pub findings: Vec<Finding>,
    /// Suppressions that have expired or match nothing.
    pub notifications: Vec<Notification>,
}

/// Sorts, numbers equal identities, and gives every finding its disposition.
pub fn filter(mut findings: Vec<Finding>, repository: &Repository, context: &Context) -> Filtered {
    findings.retain(|finding| is_wanted(finding, &context.config));
    sort(&mut findings);
    findings.dedup_by(|later, first| is_repeat(first, later));
    number(&mut findings);
    let notifications = suppression::apply(&mut findings, repository, &context.config);
    if let Some(baseline) = &context.config.baseline {
        let is_gone = |path: &str| !context.config.partial && !repository.has_file(&ArtifactPath::new(path));
        baseline::apply(&mut findings, baseline, is_gone);
    }
    for finding in &mut findings {
        if finding.is_reported() && is_below_threshold(finding, &context.config) {
            finding.disposition = Disposition::BelowThreshold;
        }
    }
    Filtered { findings, notifications }
}

/// `--only` and `--skip` take the ids of a rule, any alias of an advisory, and groups.
fn is_wanted(finding: &Finding, config: &Config) -> bool {
    config.wants_any(&ids(finding), finding.rule.group)
}

/// All ids that a finding goes by.
fn ids(finding: &Finding) -> Vec<&str> {
    let aliases = finding.package.iter().flat_map(|package| &package.ids).map(String::as_str);
    std::iter::once(finding.rule.id.as_ref()).chain(aliases).collect()
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| (finding.location.span, finding.rule.id.clone());
        (&a.location.path, place(a))
            .cmp(&(&b.location.path, place(b)))
            .then_with(|| a.location.logical.cmp(&b.location.logical))
            .then_with(|| a.message.cmp(&b.message))
            .then_with(|| a.fingerprint.cmp(&b.fingerprint))
    });
}

/// True when `later` says nothing that `first` did not: two detectors, or two parsers of one file, saw the same.
fn is_repeat(first: &Finding, later: &Finding) -> bool {
    first.rule.id == later.rule.id
        && first.location.path == later.location.path
        && first.location.span == later.location.span
        && first.location.logical == later.location.logical
        && first.message == later.message
        && first.fingerprint.digest() == later.fingerprint.digest()
}

/// Equal identities are told apart by their position.
fn number(findings: &mut [Finding]) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for finding in findings {
        let count = seen.entry(finding.fingerprint.digest().to_owned()).or_default();
        *count = count.saturating_add(1);
        finding.fingerprint.ordinal = *count;
    }
}

fn is_below_threshold(finding: &Finding, config: &Config) -> bool {
    finding.severity.gate() < config.min_severity.gate() || finding.confidence < config.min_confidence
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{ArtifactPath, Confidence, Fingerprint, Group, Help, Rule, Severity, Source, Span};

    /// A finding at `start` of a file, with the identity `identity`.
    pub(super) fn finding(path: &str, start: usize, identity: &str) -> Finding {
        let rule = Rule {
            id: "some-rule".into(),
            name: "Some".into(),
            summary: "Some.".into(),
            help: Help::default(),
            group: Group::Secrets,
            severity: Severity::High,
            cwe: Vec::new(),
        };
        let text = b"one line\n".repeat(200);
        let source = Source::new(ArtifactPath::new(path), &text);
        let location = source.location(Span::new(start, start + 1));
        Finding::new(
            Arc::new(rule),
            Confidence::High,
            format!("At {start}."),
            location,
            Fingerprint::new("test", &[identity]),
        )
    }

    fn filtered(findings: Vec<Finding>, config: Config) -> Vec<Finding> {
        filter(findings, &Repository::default(), &Context::new(config)).findings
    }

    #[test]
    fn equal_identities_are_numbered_in_order_of_position() {
        let found = filtered(vec![finding("b", 9, "x"), finding("a", 5, "x"), finding("b", 3, "y")], Config::default());
        let seen: Vec<(&str, u32)> =
            found.iter().map(|finding| (finding.location.path.as_str(), finding.fingerprint.ordinal)).collect();
        assert_eq!(seen, [("a", 1), ("b", 1), ("b", 2)]);
    }

    #[test]
    fn exact_repeats_are_one() {
        assert_eq!(filtered(vec![finding("a", 5, "x"), finding("a", 5, "x")], Config::default()).len(), 1);
    }

    #[test]
    fn thresholds_count_and_do_not_drop() {
        let config = Config { min_severity: Severity::Critical, ..Config::default() };
        let found = filtered(vec![finding("a", 5, "x")], config);
        assert_eq!(found[0].disposition, Disposition::BelowThreshold);
    }

    #[test]
    fn an_unknown_severity_passes_a_threshold_of_high() {
        let mut unknown = finding("a", 5, "x");
        unknown.severity = Severity::Unknown;
        let config = Config { min_severity: Severity::High, ..Config::default() };
        assert!(filtered(vec![unknown], config)[0].is_reported());
    }

    #[test]
    fn only_and_skip_take_rules_groups_and_aliases() {
        let count = |only: &[&str], skip: &[&str]| {
            let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let config = Config { only: list(only), skip: list(skip), ..Config::default() };
            filtered(vec![finding("a", 5, "x")], config).len()
        };
        assert_eq!((count(&[], &[]), count(&["some-rule"], &[]), count(&["secrets"], &[])), (1, 1, 1));
        assert_eq!((count(&["models"], &[]), count(&[], &["some-rule"]), count(&["secrets"], &["secrets"])), (0, 0, 0));
    }
}
