//! Which findings a baseline knows.
//!
//! By identity and number: of findings with one identity, as many are known as the baseline has lines of it. A secret
//! that is weaker than 80 bits has nothing of itself in its identity; its witness tells whether it changed.

use std::collections::HashMap;

use crate::config::baseline::{Baseline, Entry};
use crate::model::{Disposition, Finding};

/// Marks the findings that are known. Suppressed ones use up their line too, so that a comment that is removed later
/// does not hide another finding.
pub(super) fn apply(findings: &mut [Finding], baseline: &Baseline) {
    let mut known: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in &baseline.entries {
        known.entry(digest(&entry.fingerprint)).or_default().push(entry);
    }
    let mut left: Vec<&mut Finding> = Vec::new();
    for finding in findings {
        let place = known.get_mut(finding.fingerprint.digest());
        let taken = place.and_then(|entries| {
            let index = entries.iter().position(|entry| is_same_secret(entry, finding))?;
            Some(entries.swap_remove(index))
        });
        match taken {
            Some(_) => mark(finding),
            None if finding.package.is_some() => left.push(finding),
            None => {}
        }
    }
    by_alias(left, known.into_values().flatten().collect());
}

/// An advisory can change the id that it is known by; its other ids, package and file tell that it is the same.
fn by_alias(findings: Vec<&mut Finding>, mut entries: Vec<&Entry>) {
    for finding in findings {
        let Some(package) = finding.package.clone() else { continue };
        let index = entries.iter().position(|entry| {
            entry.path == finding.location.path.as_str()
                && entry.package.as_deref() == Some(package.name.as_str())
                && entry.rule != finding.rule.id
                && package.ids.contains(&entry.rule)
        });
        if let Some(index) = index {
            entries.swap_remove(index);
            mark(finding);
        }
    }
}

fn mark(finding: &mut Finding) {
    if finding.is_reported() {
        finding.disposition = Disposition::Baseline;
    }
}

fn is_same_secret(entry: &Entry, finding: &Finding) -> bool {
    match (entry.witness, finding.witness) {
        (Some(then), Some(now)) => then == now,
        _ => true,
    }
}

fn digest(fingerprint: &str) -> &str {
    fingerprint.split_once(':').map_or(fingerprint, |(digest, _)| digest)
}

/// The line of a finding.
pub fn entry(finding: &Finding) -> Entry {
    Entry {
        fingerprint: finding.fingerprint.to_string(),
        witness: finding.witness,
        rule: finding.rule.id.clone().into_owned(),
        package: finding.package.as_ref().map(|package| package.name.clone()),
        path: finding.location.path.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::finding;
    use super::*;
    use crate::model::Package;

    fn baseline(findings: &[Finding]) -> Baseline {
        let mut baseline = Baseline::new([0; 16]);
        baseline.entries = findings.iter().map(entry).collect();
        baseline
    }

    fn new(mut findings: Vec<Finding>, baseline: &Baseline) -> usize {
        apply(&mut findings, baseline);
        findings.iter().filter(|finding| finding.is_reported()).count()
    }

    #[test]
    fn known_findings_are_known_wherever_they_moved_to() {
        let known = baseline(&[finding("a", 5, "x")]);
        assert_eq!(new(vec![finding("a", 500, "x")], &known), 0);
        assert_eq!(new(vec![finding("a", 5, "x"), finding("a", 9, "x")], &known), 1);
        assert_eq!(new(vec![finding("a", 5, "y")], &known), 1);
    }

    #[test]
    fn a_changed_secret_opens_again() {
        let with = |witness| Finding { witness: Some(witness), ..finding("a", 5, "x") };
        let known = baseline(&[with(1)]);
        assert_eq!((new(vec![with(1)], &known), new(vec![with(2)], &known)), (0, 1));
    }

    #[test]
    fn an_advisory_is_known_by_any_of_its_ids() {
        let with = |identity, ids: &[&str]| {
            let mut found = finding("a", 5, identity);
            found.package = Some(Package {
                name: "torch".to_owned(),
                ecosystem: "pypi".to_owned(),
                declared: String::new(),
                fixed: None,
                ids: ids.iter().map(|id| (*id).to_owned()).collect(),
                affected: Vec::new(),
            });
            found
        };
        let mut known = baseline(&[with("old", &[])]);
        let entries = std::mem::take(&mut known.entries);
        known.entries = entries.into_iter().map(|entry| Entry { rule: "CVE-1".to_owned(), ..entry }).collect();
        assert_eq!((new(vec![with("new", &["CVE-1"])], &known), new(vec![with("new", &["CVE-2"])], &known)), (0, 1));
    }
}
