//! How Azure Machine Learning, and what stands around it, is set up: who may do what, what can be reached from where, what
//! is logged, and whether that is written as code.
//!
//! Knowledge is in `patterns/azureml/*.toml`: kinds of resources with what each language calls their settings and what
//! they are when nobody sets them, and rules about those. A value that is not known from the repository is no finding.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Detector, Found};
use crate::context::Context;
use crate::model::{Confidence, Ecosystem, Finding, Fingerprint, Group, Notification, NotificationKind, Related, Repository, Rule};

mod check;
mod kind;
mod reads;
mod resource;
mod rule;
mod scope;
mod value;
mod version;
mod world;

use check::{Reason, Verdict};
use kind::Language;
use resource::Resource;
use rule::{Check, POSTURE};
use world::World;

/// Lines below its beginning at which a setting is plainly one of the resource.
const NEAR: u32 = 30;

/// The detector.
pub struct Posture;

impl Detector for Posture {
    fn name(&self) -> &'static str {
        "posture"
    }

    fn group(&self) -> Group {
        Group::Posture
    }

    fn rules(&self, _context: &Context) -> Vec<Arc<Rule>> {
        POSTURE.checks.iter().map(|check| Arc::clone(&check.rule)).collect()
    }

    fn conclude(&self, repository: &Repository, _context: &Context, found: &mut Found) {
        let world = World::new(repository);
        if world.is_cut {
            let message = "more resources, or calls of modules, are described than are looked at: the last of them are not judged";
            found.notifications.push(Notification::run(NotificationKind::BudgetExceeded, message));
        }
        // A module that is called twice is one text.
        let mut seen = BTreeSet::new();
        for resource in &world.resources {
            if resource.is_not_made().is_some_and(|found| !found.by_default) {
                continue;
            }
            for check in POSTURE.checks.iter().filter(|check| check.concerns(resource)) {
                if let Verdict::Holds(reason) = check.verdict(resource, &world)
                    && seen.insert((&check.rule.id, &reason.at.path, reason.at.span, &resource.asset.name))
                {
                    found.findings.push(finding(check, resource, &reason));
                }
            }
        }
        packages(repository, found);
    }
}

/// Declared packages that are kinds of their own, once for each file, and not where its code says the same.
fn packages(repository: &Repository, found: &mut Found) {
    let dependencies = repository.artifacts.iter().flat_map(|facts| &facts.dependencies);
    let mut seen = BTreeSet::new();
    for dependency in dependencies.filter(|dependency| dependency.ecosystem == Ecosystem::PyPi) {
        let name = dependency.normalized_name();
        for kind in POSTURE.kinds.iter().filter(|kind| kind.package.contains(&name)) {
            if !seen.insert((&kind.id, &dependency.name_at.path)) {
                continue;
            }
            for check in POSTURE.checks.iter().filter(|check| check.kinds.contains(&kind.id)) {
                let at = &dependency.name_at;
                if found.findings.iter().any(|other| other.rule.id == check.rule.id && other.location.path == at.path) {
                    continue;
                }
                let identity = Fingerprint::new("posture", &[&check.rule.id, at.path.as_str(), &kind.id, &name]);
                let message = format!("{} It is declared as `{}`.", check.message.replace("{it}", &kind.says), name);
                let mut finding = Finding::new(Arc::clone(&check.rule), check.confidence, message, at.clone(), identity);
                finding.advice = check.fix.get("python").map(|fix| format!("write {fix}")).unwrap_or_default();
                found.findings.push(finding);
            }
        }
    }
}

fn finding(check: &Check, resource: &Resource<'_>, reason: &Reason<'_>) -> Finding {
    let name = match resource.asset.name.as_str() {
        "" => String::new(),
        name => format!(" `{}`", name.chars().filter(|c| !c.is_control()).take(80).collect::<String>()),
    };
    let mut message = check.message.replace("{it}", &format!("{}{name}", resource.kind.says));
    if let Some(first) = message.get(..1) {
        message.replace_range(..1, &first.to_uppercase());
    }
    if let Some(setting) = reason.unwritten {
        message.push_str(&format!(" `{setting}` is not set."));
    }
    if reason.by_default {
        message.push_str(" A default says so; whoever deploys it can say otherwise.");
    }
    if reason.possible {
        message.push_str(match reason.unwritten {
            Some(_) => " Not with every version of the provider that is allowed here.",
            None => " Under one condition of several.",
        });
    }
    let confidence = match (reason.by_default || reason.possible, check.confidence) {
        (true, Confidence::Certain | Confidence::High) => Confidence::Medium,
        (true, _) => Confidence::Low,
        (false, confidence) => confidence,
    };
    let identity = Fingerprint::new("posture", &[&check.rule.id, reason.at.path.as_str(), &resource.kind.id, &resource.asset.name]);
    let mut finding = Finding::new(Arc::clone(&check.rule), confidence, message, reason.at.clone(), identity);
    if let Some(severity) = check.severity_in.get(&resource.language) {
        finding.severity = *severity;
    }
    for raise in &check.raised {
        if raise.when.iter().all(|condition| matches!(condition.verdict(resource), Verdict::Holds(_))) {
            finding.severity = raise.severity;
        }
    }
    let is_apart = reason.at.path != resource.at.path || reason.at.start.line.abs_diff(resource.at.start.line) > NEAR;
    if is_apart {
        finding.related.push(Related { message: "the resource that it is set for".to_owned(), location: resource.at.clone() });
    }
    let language = match resource.language {
        Language::Terraform => "terraform",
        Language::Arm if resource.asset.dialect == crate::model::Dialect::Arm => "arm",
        Language::Arm => "bicep",
        Language::Yaml => "yaml",
        Language::Python => "python",
        Language::Command => "command",
        Language::Module => "module",
    };
    let others = ["terraform", "arm", "yaml", "python", "command"];
    let fix = check.fix.get(language).or_else(|| check.fix.get("all"));
    let fix = fix.or_else(|| if language == "bicep" { check.fix.get("arm") } else { None });
    let fix = fix.or_else(|| others.iter().find_map(|other| check.fix.get(*other)));
    finding.advice = fix.map(|fix| format!("write {fix}")).unwrap_or_default();
    finding
}
