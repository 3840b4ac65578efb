//! Imports that no list knows, judged when the whole repository is known: a class that this repository defines, or
//! whose package it pins, is a note.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::{POLICY, Verdict};
use super::{Found, rule};
use crate::model::dependency::normalize_name;
use crate::model::{Confidence, Finding, Fingerprint, Import, Pin, Repository, Severity};

/// Names in one message.
const SHOWN: usize = 12;

/// One finding for each stream that imports something unknown.
pub(super) fn conclude(repository: &Repository, found: &mut Found) {
    let mut known: Option<Known> = None;
    for facts in &repository.artifacts {
        let mut members: BTreeMap<&str, BTreeMap<String, (&Import, &'static str)>> = BTreeMap::new();
        for import in &facts.imports {
            if import.reachable
                && let Verdict::Unknown(says) = POLICY.judge(import)
            {
                members.entry(&import.member).or_default().entry(import.global()).or_insert((import, says));
            }
        }
        for (member, imports) in members {
            let known = known.get_or_insert_with(|| Known::of(repository));
            let Some((first, says)) = imports.values().next().copied() else { continue };
            let names: Vec<&String> = imports.keys().collect();
            let is_known = names.iter().all(|name| known.knows(name));
            let mut message = format!("Loading this file imports {}, which {says}.", listed(&names));
            if is_known {
                message.push_str(" It comes from this repository or a package that it pins.");
            }
            if !member.is_empty() {
                message.push_str(&format!(" In {member}."));
            }
            message.push_str(&format!(" (policy {})", POLICY.version));
            let joined = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ");
            let identity = Fingerprint::new("pickle-unknown", &[facts.path.as_str(), member, &joined]);
            let mut finding =
                Finding::new(rule::suspicious_pickle(), Confidence::Low, message, first.location.clone(), identity);
            finding.severity = if is_known { Severity::Low } else { Severity::Medium };
            finding.advice = "load it only if you know who wrote it; export weights or a format without code".to_owned();
            found.findings.push(finding);
        }
    }
}

fn listed(names: &[&String]) -> String {
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if names.len() > SHOWN {
        shown.push(format!("and {} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

/// What the repository defines and pins.
struct Known {
    /// Module paths of its own Python: `pkg/sub/mod` for `src/pkg/sub/mod.py`, with every shorter beginning cut off.
    modules: BTreeSet<String>,
    /// Packages with an exact version.
    pinned: BTreeSet<String>,
}

impl Known {
    fn of(repository: &Repository) -> Self {
        let mut modules = BTreeSet::new();
        for path in &repository.files {
            let Some(stem) = path.as_str().strip_suffix(".py") else { continue };
            let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
            // Any folder of the repository may be on the path: `src/pkg/mod.py` is `pkg.mod` and `mod` as well.
            let mut rest = stem;
            loop {
                modules.insert(rest.replace('/', "."));
                match rest.split_once('/') {
                    Some((_, shorter)) => rest = shorter,
                    None => break,
                }
            }
        }
        let dependencies = repository.artifacts.iter().flat_map(|facts| &facts.dependencies);
        let pinned = dependencies
            .filter(|dependency| matches!(dependency.pin, Pin::Exact(_)))
            .map(|dependency| dependency.normalized_name())
            .collect();
        Self { modules, pinned }
    }

    fn knows(&self, global: &str) -> bool {
        let top = global.split('.').next().unwrap_or_default();
        let module = global.rsplit_once('.').map_or(global, |(module, _)| module);
        top == "__main__"
            || self.modules.contains(module)
            || self.modules.contains(module.rsplit_once('.').map_or(module, |(outer, _)| outer))
            || self.pinned.contains(&normalize_name(distribution(top)))
    }
}

/// The name under which a package is installed, where it is not that of the module.
fn distribution(module: &str) -> &str {
    match module {
        "sklearn" => "scikit-learn",
        "cv2" => "opencv-python",
        "PIL" => "pillow",
        "yaml" => "pyyaml",
        "skimage" => "scikit-image",
        "bs4" => "beautifulsoup4",
        "dateutil" => "python-dateutil",
        "google" => "protobuf",
        "azureml" => "azureml-core",
        other => other,
    }
}
