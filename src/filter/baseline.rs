//! Which findings a baseline knows.
//!
//! By identity and number: of findings with one identity, as many are known as the baseline has lines of it. A secret
//! that is weaker than 80 bits has nothing of itself in its identity; its witness tells whether it changed.
//!
//! A file that was renamed keeps its findings: a line whose file is gone stands for the same flaw of the same package in
//! a file of the same name, or for a secret of the same rule and witness anywhere. Nothing else says of itself that it
//! is the same, so it is reported again.

use std::collections::{HashMap, VecDeque};

use crate::config::baseline::{Baseline, Entry};
use crate::model::{ArtifactPath, Disposition, Finding};

/// Marks the findings that are known. Suppressed ones use up their line too, so that a comment that is removed later
/// does not hide another finding.
pub(super) fn apply(findings: &mut [Finding], baseline: &Baseline, is_gone: impl Fn(&str) -> bool) {
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
            None => left.push(finding),
        }
    }
    let rest: Vec<&Entry> = known.into_values().flatten().collect();
    let rest = take(rest, &mut left, of_alias, is_by_alias);
    let gone = rest.into_iter().filter(|entry| is_gone(&entry.path)).collect();
    take(gone, &mut left, of_moved, |_, _| true);
}

/// What an entry and a finding have to share before they are compared: there may be many of both.
type Key = (String, String, String);

/// Marks the findings that an entry fits, which is used up, and takes them out of `left`. Returns the other entries.
fn take<'e>(
    mut entries: Vec<&'e Entry>,
    left: &mut Vec<&mut Finding>,
    key: impl Fn(&Seen<'_>) -> Option<Key>,
    fits: impl Fn(&Entry, &Finding) -> bool,
) -> Vec<&'e Entry> {
    entries.sort();
    let (mut by_key, mut others): (HashMap<Key, VecDeque<&Entry>>, _) = (HashMap::new(), Vec::new());
    for entry in entries {
        match key(&Seen::then(entry)) {
            Some(key) => by_key.entry(key).or_default().push_back(entry),
            None => others.push(entry),
        }
    }
    left.retain_mut(|finding| {
        let same = key(&Seen::now(finding)).and_then(|key| by_key.get_mut(&key));
        let taken = same.and_then(|same| same.remove(same.iter().position(|entry| fits(entry, finding))?));
        if taken.is_some() {
            mark(finding);
        }
        taken.is_none()
    });
    others.extend(by_key.into_values().flatten());
    others
}

/// What an entry says, or a finding.
struct Seen<'s> {
    path: &'s str,
    rule: &'s str,
    package: Option<&'s str>,
    witness: Option<u16>,
}

impl<'s> Seen<'s> {
    fn then(entry: &'s Entry) -> Self {
        Self { path: &entry.path, rule: &entry.rule, package: entry.package.as_deref(), witness: entry.witness }
    }

    fn now(finding: &'s Finding) -> Self {
        Self {
            path: finding.location.path.as_str(),
            rule: &finding.rule.id,
            package: finding.package.as_ref().map(|package| package.name.as_str()),
            witness: finding.witness,
        }
    }
}

/// A package in a file.
fn of_alias(seen: &Seen<'_>) -> Option<Key> {
    Some((seen.path.to_owned(), seen.package?.to_owned(), String::new()))
}

/// The same thing in another file, when the entry's own file is gone: a rule, and the package in a file of this name or the
/// witness of a secret.
fn of_moved(seen: &Seen<'_>) -> Option<Key> {
    let (what, place) = match (seen.package, seen.witness) {
        (Some(package), _) => (package.to_owned(), ArtifactPath::new(seen.path).file_name().to_owned()),
        (None, Some(witness)) => (witness.to_string(), String::new()),
        (None, None) => return None,
    };
    Some((seen.rule.to_owned(), what, place))
}

/// An advisory can change the id that it is known by; its other ids, package and file tell that it is the same.
fn is_by_alias(entry: &Entry, finding: &Finding) -> bool {
    let ids = finding.package.as_ref().map(|package| &package.ids);
    entry.rule != finding.rule.id && ids.is_some_and(|ids| ids.contains(&entry.rule))
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
        apply(&mut findings, baseline, |path| path == "gone/a");
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
    fn a_renamed_file_keeps_what_says_that_it_is_the_same() {
        let with = |path, witness| Finding { witness, ..finding(path, 5, path) };
        let known = |path| baseline(&[with(path, Some(7))]);
        assert_eq!(new(vec![with("b", Some(7))], &known("gone/a")), 0);
        assert_eq!(new(vec![with("b", Some(7)), with("c", Some(7))], &known("gone/a")), 1, "a line is used once");
        assert_eq!(new(vec![with("b", Some(8))], &known("gone/a")), 1, "another secret");
        assert_eq!(new(vec![with("b", None)], &baseline(&[with("gone/a", None)])), 1, "nothing tells");
        assert_eq!(new(vec![with("b", Some(7))], &known("still/there")), 1, "a copy is new");
        let package = |path, identity| {
            let mut found = finding(path, 5, identity);
            found.package = Some(Package {
                name: "torch".to_owned(),
                ecosystem: "pypi".to_owned(),
                declared: String::new(),
                fixed: None,
                ids: Vec::new(),
                affected: Vec::new(),
            });
            found
        };
        let known = baseline(&[package("gone/a", "x")]);
        assert_eq!(new(vec![package("new/a", "y")], &known), 0);
        assert_eq!(new(vec![package("new/b", "y")], &known), 1, "a file of another name");
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
