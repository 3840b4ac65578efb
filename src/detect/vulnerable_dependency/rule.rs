//! The rules: one an advisory, made when a finding needs it, and the one for ranges that reach back too far.

use std::sync::Arc;

use super::Hit;
use crate::advisory::Advisory;
use crate::model::{Group, Help, Rule, Severity};

/// Names the danger of a range or bare name that allows old, vulnerable versions.
pub(super) fn unpinned_vulnerable_range() -> Arc<Rule> {
    Arc::new(Rule {
        id: "unpinned-vulnerable-range".into(),
        name: "Specifier allows vulnerable versions".into(),
        summary: "A range or a bare name allows versions with known vulnerabilities next to newer ones without.".into(),
        help: Help {
            what: "The specifier, or its absence, allows versions of the package that have known vulnerabilities. \
                   Newer versions that it allows do not have them."
                .into(),
            why: "What gets installed depends on the day, on caches, mirrors, constraints and on what else is \
                  installed. An environment that was made earlier, or a resolver that backtracks, ends up with a \
                  version that is known to be vulnerable, and nothing says so."
                .into(),
            example: "requests>=2.20".into(),
            use_instead: "requests>=2.32.0".into(),
            references: vec![
                "https://packaging.python.org/en/latest/specifications/version-specifiers/".into(),
                "https://pip.pypa.io/en/stable/topics/dependency-resolution/".into(),
            ],
        },
        group: Group::Dependencies,
        severity: Severity::Low,
        cwe: vec![1104, 1395],
    })
}

/// The rule of one advisory.
pub(super) fn of_advisory(hit: &Hit, package: &str, records: &[&Advisory]) -> Rule {
    let others: Vec<&str> = hit.ids.iter().skip(1).map(String::as_str).collect();
    let known_as = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
    let mut what = format!("A declared version of {package} is in the affected range of {}{known_as}.", hit.id);
    let earliest = records.iter().map(|record| record.published.as_str()).filter(|day| !day.is_empty()).min();
    if let Some(day) = earliest {
        what.push_str(&format!(" Published {day}."));
    }
    if let Some(vector) = records.iter().find_map(|record| record.cvss()) {
        what.push_str(&format!(" CVSS: {vector}."));
    }
    if hit.severity == Severity::Unknown {
        what.push_str(" Nobody has rated its severity; it counts as high.");
    }
    let fixed = records.iter().flat_map(|record| record.fixed_versions()).last();
    let mut cwe: Vec<u32> = records.iter().flat_map(|record| record.cwe.iter().copied()).collect();
    cwe.sort_unstable();
    cwe.dedup();
    if cwe.is_empty() {
        cwe.push(1395);
    }
    Rule {
        id: hit.id.clone().into(),
        name: format!("Known vulnerability in {package}: {}", hit.id).into(),
        summary: format!("{package} has the known vulnerability {}{known_as}.", hit.id).into(),
        help: Help {
            what: what.into(),
            why: "Code with a published flaw is attacked with published means. The advisory says who can reach the \
                  flaw and what they gain."
                .into(),
            example: "".into(),
            use_instead: fixed.map(|version| format!("{package}>={version}")).unwrap_or_default().into(),
            references: references(&hit.ids).into_iter().map(Into::into).collect(),
        },
        group: Group::Dependencies,
        severity: hit.severity,
        cwe,
    }
}

fn references(ids: &[String]) -> Vec<String> {
    let mut references = Vec::new();
    references.extend(ids.first().map(|id| format!("https://osv.dev/vulnerability/{id}")));
    for id in ids {
        if id.starts_with("CVE-") {
            references.push(format!("https://nvd.nist.gov/vuln/detail/{id}"));
        } else if id.starts_with("GHSA-") {
            references.push(format!("https://github.com/advisories/{id}"));
        }
    }
    references
}
