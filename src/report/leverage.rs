//! What to do first: the steps that close findings, the one that closes most weight first.
//!
//! Not a reporter: the text, Markdown and HTML reports draw it. One upgrade of a package closes every flaw of that
//! package that its fixed version clears; secrets of one kind are revoked in one place; every other finding is closed
//! by its own advice.

use std::collections::BTreeMap;

use crate::model::{Finding, Group, Outcome, Severity};

/// One step and what it closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// In the imperative; hostile text may be in it.
    pub action: String,
    /// Findings that it closes.
    pub closes: usize,
    /// The worst severity among them.
    pub worst: Severity,
    /// How many have it.
    pub worst_count: usize,
    /// Sum of the weights of what it closes.
    pub weight: usize,
    /// For an upgrade: package, declared version and the version to move to.
    pub upgrade: Option<(String, String, String)>,
}

/// The steps for all reported findings, greatest weight first. Findings without advice make no step.
pub fn steps(outcome: &Outcome) -> Vec<Step> {
    let mut grouped: BTreeMap<Key, Vec<&Finding>> = BTreeMap::new();
    for finding in outcome.reported() {
        if let Some(key) = key(finding) {
            grouped.entry(key).or_default().push(finding);
        }
    }
    let mut steps: Vec<Step> = grouped.into_iter().filter_map(|(key, findings)| step(key, &findings)).collect();
    steps.sort_by(|a, b| (b.worst.gate(), b.weight).cmp(&(a.worst.gate(), a.weight)).then(a.action.cmp(&b.action)));
    steps
}

/// How much a finding of this severity weighs in a bar.
pub fn weight(severity: Severity) -> usize {
    match severity {
        Severity::Critical => 10,
        Severity::High | Severity::Unknown => 5,
        Severity::Medium => 2,
        Severity::Low => 1,
    }
}

/// What findings of one step share.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// Ecosystem, package, declared version.
    Upgrade(String, String, String),
    /// A package without a version that clears everything: name, declared version.
    Replace(String, String),
    /// The kind of secret.
    Secret(String),
    /// The advice.
    Advice(String),
}

fn key(finding: &Finding) -> Option<Key> {
    if let Some(package) = &finding.package {
        let (name, declared) = (package.name.clone(), package.declared.clone());
        return Some(match package.fixed {
            Some(_) => Key::Upgrade(package.ecosystem.clone(), name, declared),
            None => Key::Replace(name, declared),
        });
    }
    if finding.rule.group == Group::Secrets {
        return Some(Key::Secret(finding.rule.name.clone().into_owned()));
    }
    (!finding.advice.is_empty()).then(|| Key::Advice(finding.advice.clone()))
}

fn step(key: Key, findings: &[&Finding]) -> Option<Step> {
    let worst = findings.iter().map(|finding| finding.severity).max_by_key(|severity| (severity.gate(), *severity))?;
    let (action, upgrade) = match key {
        Key::Upgrade(_, name, declared) => {
            let fixed = findings.iter().find_map(|finding| finding.package.as_ref()?.fixed.clone())?;
            let from = if declared.is_empty() { String::new() } else { format!(" {declared}") };
            (format!("{name}{from} → {fixed}"), Some((name, declared, fixed)))
        }
        Key::Replace(name, declared) => {
            let declared = if declared.is_empty() { declared } else { format!(" {declared}") };
            (format!("replace {name}{declared}, or accept it: no version clears everything"), None)
        }
        Key::Secret(name) => (format!("revoke, then remove: {name}"), None),
        Key::Advice(advice) => (advice, None),
    };
    Some(Step {
        action,
        closes: findings.len(),
        worst,
        worst_count: findings.iter().filter(|finding| finding.severity == worst).count(),
        weight: findings.iter().map(|finding| weight(finding.severity)).sum(),
        upgrade,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn one_upgrade_closes_all_flaws_of_a_package() {
        let steps = steps(&sample::outcome());
        let first = steps.first().unwrap();
        assert_eq!((first.action.as_str(), first.closes), ("torch 2.0.0 → 2.6.0", 2));
        assert_eq!((first.worst, first.worst_count), (Severity::Critical, 1));
        assert_eq!(steps.len(), 2, "{steps:?}");
    }
}
