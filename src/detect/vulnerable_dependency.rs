//! Declared packages with known flaws.
//!
//! One finding a flaw and declaration; its rule is the advisory. An exact version is looked up. A range or a bare
//! name gets a verdict over all versions that it allows: *always* (every one is affected) and *newest* (the newest
//! are) are findings like an exact match, *older* (newer allowed versions are safe) is one finding a declaration,
//! and *never* is silence. No version is guessed. Malware is [`hygiene`](super::hygiene)'s.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::environment::Environments;
use super::{Detector, Found};
use crate::advisory::conda::{PypiName, pypi_name};
use crate::advisory::package_facts::Answer;
use crate::advisory::{Advisories, Kind};
use crate::context::Context;
use crate::model::{
    AffectedRange, Dependency, Ecosystem, Finding, Fingerprint, Group, Notification, NotificationKind, OptionKind, Pin,
    Related, Repository, Rule, Scope, Severity,
};
use crate::version::Version;
use crate::version::set::VersionSet;
use crate::version::specifier::{Dialect, Specifier};

mod edit;
mod remedy;
mod rule;
mod siblings;
mod unjudged;
#[cfg(test)]
mod tests;
pub(super) mod verdict;
mod wording;

use remedy::{Declared, Remedy};
use siblings::Siblings;
use verdict::{Flaw, Verdict};
use wording::Subject;

/// The detector.
pub struct VulnerableDependency;

impl Detector for VulnerableDependency {
    fn name(&self) -> &'static str {
        "vulnerable_dependency"
    }

    fn group(&self) -> Group {
        Group::Dependencies
    }

    fn rules(&self, _context: &Context) -> Vec<Arc<Rule>> {
        vec![rule::unpinned_vulnerable_range()]
    }

    fn conclude(&self, repository: &Repository, context: &Context, found: &mut Found) {
        Judge::new(repository, context).judge(repository, found);
    }
}

/// Everything that is worked out once a run.
struct Judge<'r> {
    advisories: &'r Advisories,
    environments: Environments<'r>,
    /// Names that something asks for, not only limits.
    asked_for: BTreeSet<String>,
    siblings: Siblings<'r>,
    flaws: HashMap<String, Arc<Vec<Flaw<'r>>>>,
    judgements: HashMap<Question, Arc<Judgement>>,
    rules: HashMap<String, Arc<Rule>>,
    /// The newest release of packages that are declared without an exact version; only with `--online`.
    newest: HashMap<String, Version>,
    unpinned: Arc<Rule>,
}

/// What a judgement depends on, besides siblings.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Question {
    pypi_name: String,
    pin: String,
    exact: bool,
    conda: bool,
    prereleases: bool,
}

/// What the advisories say about one declaration.
struct Judgement {
    hits: Vec<Hit>,
    /// Flaws of older allowed versions alone.
    older: Vec<Hit>,
    remedy: Option<Remedy>,
    exact: Option<Version>,
    allowed: VersionSet,
    dialect: Dialect,
    prereleases: bool,
}

/// A flaw that a declaration has or allows.
struct Hit {
    id: String,
    ids: Vec<String>,
    severity: Severity,
    verdict: Option<Verdict>,
    fixed: Option<String>,
    affected: Vec<AffectedRange>,
}

impl<'r> Judge<'r> {
    fn new(repository: &'r Repository, context: &'r Context) -> Self {
        let environments = Environments::new(repository);
        let declared = || repository.artifacts.iter().flat_map(|facts| &facts.dependencies);
        let asked = declared().filter(|dependency| dependency.scope != Scope::Constraint);
        let asked_for = asked.map(Dependency::normalized_name).collect();
        Self {
            advisories: &context.advisories,
            siblings: Siblings::new(repository, &environments),
            environments,
            asked_for,
            flaws: HashMap::new(),
            judgements: HashMap::new(),
            rules: HashMap::new(),
            newest: newest(repository, context),
            unpinned: rule::unpinned_vulnerable_range(),
        }
    }

    fn judge(mut self, repository: &'r Repository, found: &mut Found) {
        for facts in &repository.artifacts {
            let pre = facts.options.iter().any(|option| option.kind == OptionKind::Pre);
            let mut related = None;
            // (name, version, advisory) → the finding that stands for all places in a lock file.
            let mut locked: HashMap<(String, String, String), usize> = HashMap::new();
            for dependency in &facts.dependencies {
                if let Some(message) = unjudged::reason(dependency, |name| self.advisories.package(name).is_some()) {
                    let line = dependency.declared_at.start.line;
                    let notification = Notification::new(&facts.path, NotificationKind::Malformed, message);
                    found.notifications.push(notification.at_line(line));
                    continue;
                }
                let Some((name, judgement)) = self.ask(dependency, pre) else { continue };
                if judgement.hits.is_empty() && judgement.older.is_empty() {
                    continue;
                }
                let related = related.get_or_insert_with(|| self.environments.related(&facts.path)).clone();
                for finding in self.findings(dependency, &name, &judgement, &related) {
                    if dependency.scope == Scope::Locked {
                        let declared = finding.package.as_ref().map(|package| package.declared.clone());
                        let key = (name.as_str().to_owned(), declared.unwrap_or_default(), finding.rule.id.to_string());
                        if let Some(first) = locked.get(&key).and_then(|index| found.findings.get_mut(*index)) {
                            let message = format!("also locked here: {}", dependency.name);
                            first.related.push(Related { message, location: finding.location });
                            continue;
                        }
                        locked.insert(key, found.findings.len());
                    }
                    found.findings.push(finding);
                }
            }
        }
    }

    /// The PyPI name and what the advisories say; `None` when there is nothing to ask.
    fn ask(&mut self, dependency: &Dependency, pre: bool) -> Option<(PypiName, Arc<Judgement>)> {
        let name = match dependency.ecosystem {
            Ecosystem::PyPi => PypiName::Same(dependency.normalized_name()),
            Ecosystem::Conda => pypi_name(&dependency.name)?,
            Ecosystem::Debian => return None,
        };
        self.advisories.package(name.as_str())?;
        let (text, exact) = match &dependency.pin {
            Pin::Exact(version) => (version.as_str(), true),
            Pin::Range(range) | Pin::Invalid(range) => (range.as_str(), false),
            Pin::Unpinned => ("", false),
            Pin::Url | Pin::Template(_) => return None,
        };
        let question = Question {
            pypi_name: name.as_str().to_owned(),
            pin: text.to_owned(),
            exact,
            conda: dependency.ecosystem == Ecosystem::Conda,
            prereleases: pre,
        };
        if let Some(known) = self.judgements.get(&question) {
            return Some((name, Arc::clone(known)));
        }
        let judgement = Arc::new(self.answer(&question, dependency)?);
        self.judgements.insert(question, Arc::clone(&judgement));
        Some((name, judgement))
    }

    fn answer(&mut self, question: &Question, dependency: &Dependency) -> Option<Judgement> {
        let package = self.advisories.package(&question.pypi_name)?;
        let (exact, allowed, prereleases) = allowed(dependency, question.prereleases)?;
        let dialect = dialect(dependency.ecosystem);
        let mut judgement =
            Judgement { hits: Vec::new(), older: Vec::new(), remedy: None, exact, allowed, dialect, prereleases };
        if let Some(version) = &judgement.exact {
            for flaw in Flaw::of(package.affecting(version), Kind::Vulnerability) {
                let fixed = version.pep440().and_then(|version| flaw.fixed_from(version));
                judgement.hits.push(Hit::new(&flaw, None, fixed));
            }
        } else {
            for flaw in self.flaws(&question.pypi_name).iter() {
                let verdict = flaw.verdict(&judgement.allowed, prereleases);
                let hit = || Hit::new(flaw, Some(verdict), flaw.fixed_above(&judgement.allowed));
                match verdict {
                    Verdict::Never => {}
                    Verdict::Always | Verdict::Newest => judgement.hits.push(hit()),
                    Verdict::Older => judgement.older.push(hit()),
                }
            }
        }
        if !(judgement.hits.is_empty() && judgement.older.is_empty()) {
            let flaws = self.flaws(&question.pypi_name);
            judgement.remedy = judgement.remedy(dependency, &VersionSet::all(), &flaws);
        }
        Some(judgement)
    }

    fn flaws(&mut self, name: &str) -> Arc<Vec<Flaw<'r>>> {
        if let Some(known) = self.flaws.get(name) {
            return Arc::clone(known);
        }
        let flaws = Arc::new(Flaw::of(self.advisories.for_package(name), Kind::Vulnerability));
        self.flaws.insert(name.to_owned(), Arc::clone(&flaws));
        flaws
    }

    fn findings(
        &mut self,
        dependency: &Dependency,
        name: &PypiName,
        judgement: &Judgement,
        related: &[Related],
    ) -> Vec<Finding> {
        let siblings = self.siblings.of(dependency, &self.environments);
        let narrowed;
        let remedy = match &siblings {
            Some(siblings) => {
                let flaws = self.flaws(name.as_str());
                narrowed = judgement.remedy(dependency, siblings, &flaws);
                narrowed.as_ref()
            }
            None => judgement.remedy.as_ref(),
        };
        let last = remedy.is_none().then(|| remedy::last_affected(&self.flaws(name.as_str()))).flatten();
        let subject = Subject {
            last_affected: last.map(|version| version.to_string()),
            dependency,
            name,
            exact: judgement.exact.as_ref(),
            // Other declarations stand in the way of a remedy that there would be.
            hindered: remedy.is_none() && judgement.remedy.is_some(),
            remedy,
            today: self.today(name.as_str(), judgement),
            asked_for: dependency.scope != Scope::Constraint || self.asked_for.contains(&dependency.normalized_name()),
        };
        let fix = remedy.and_then(|remedy| edit::fix(dependency, remedy));
        let mut findings: Vec<Finding> = judgement
            .hits
            .iter()
            .map(|hit| {
                let rule = self.rule(hit, name.as_str());
                let mut finding = Finding::new(
                    rule,
                    subject.confidence(),
                    subject.message(hit),
                    dependency.version_at().clone(),
                    fingerprint(dependency, &hit.id),
                );
                finding.severity = hit.severity;
                finding.advice = subject.advice(judgement.hits.len());
                finding.package = Some(subject.package(hit.ids.clone(), hit.affected.clone()));
                finding
            })
            .collect();
        if !judgement.older.is_empty() {
            let mut finding = Finding::new(
                Arc::clone(&self.unpinned),
                subject.confidence(),
                subject.summary(&judgement.older),
                dependency.version_at().clone(),
                fingerprint(dependency, &self.unpinned.id),
            );
            finding.advice = subject.advice(judgement.older.len());
            finding.package = Some(subject.package(judgement.older.iter().map(|hit| hit.id.clone()).collect(), Vec::new()));
            findings.push(finding);
        }
        for finding in &mut findings {
            finding.related = related.to_vec();
            finding.fix.clone_from(&fix);
        }
        findings
    }

    /// What an installer takes today, and whether that is affected by any advisory.
    fn today(&self, name: &str, judgement: &Judgement) -> Option<(Version, bool)> {
        let newest = self.newest.get(name).filter(|_| judgement.exact.is_none())?;
        let public = newest.pep440().filter(|version| judgement.allowed.contains(version))?;
        let affected = self.flaws.get(name).is_some_and(|flaws| flaws.iter().any(|flaw| flaw.affected.contains(public)));
        Some((newest.clone(), affected))
    }

    fn rule(&mut self, hit: &Hit, name: &str) -> Arc<Rule> {
        if let Some(known) = self.rules.get(&hit.id) {
            return Arc::clone(known);
        }
        let flaws = self.flaws(name);
        let records = flaws.iter().find(|flaw| flaw.id == hit.id).map(|flaw| flaw.records.as_slice());
        let rule = Arc::new(rule::of_advisory(hit, name, records.unwrap_or_default()));
        self.rules.insert(hit.id.clone(), Arc::clone(&rule));
        rule
    }
}

impl Judgement {
    fn remedy(&self, dependency: &Dependency, siblings: &VersionSet, flaws: &[Flaw<'_>]) -> Option<Remedy> {
        let exact = match &self.exact {
            Some(version) => Some(version.pep440()?.clone().without_local()),
            None => None,
        };
        let declared = Declared {
            exact: exact.as_ref(),
            specifier: &dependency.specifier,
            dialect: self.dialect,
            allowed: &self.allowed,
            siblings,
            prereleases: self.prereleases,
        };
        remedy::remedy(&declared, flaws)
    }
}

impl Hit {
    fn new(flaw: &Flaw<'_>, verdict: Option<Verdict>, fixed: Option<&pep440_rs::Version>) -> Self {
        Self {
            id: flaw.id.to_owned(),
            ids: flaw.ids.iter().map(|id| (*id).to_owned()).collect(),
            severity: flaw.severity,
            verdict,
            fixed: fixed.map(ToString::to_string),
            affected: flaw.ranges(),
        }
    }
}

/// Asks about the packages that have advisories and are declared without an exact version. What cannot be asked is
/// not said; [`hygiene`](super::hygiene) tells of failures.
fn newest(repository: &Repository, context: &Context) -> HashMap<String, Version> {
    let Some(packages) = &context.packages else { return HashMap::new() };
    let declared = repository.artifacts.iter().flat_map(|facts| &facts.dependencies);
    let names: BTreeSet<String> = declared
        .filter(|dependency| dependency.ecosystem == Ecosystem::PyPi && !matches!(dependency.pin, Pin::Exact(_)))
        .map(Dependency::normalized_name)
        .filter(|name| context.advisories.package(name).is_some())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answers = packages.lookup_all(&names).into_iter();
    let newest = answers.filter_map(|(name, answer)| match answer {
        Ok(Answer::Project(project)) => Some((name.to_owned(), Version::parse(&project.newest?))),
        _ => None,
    });
    newest.collect()
}

/// The exact version, or the versions an installer would take from, and whether pre-releases are among them.
pub(super) fn allowed(dependency: &Dependency, pre: bool) -> Option<(Option<Version>, VersionSet, bool)> {
    let specifier = match &dependency.pin {
        Pin::Exact(text) => {
            let version = Version::parse(text);
            let set = version.pep440().map(|version| VersionSet::only(version.clone().without_local()));
            let prereleases = pre || version.is_prerelease();
            return Some((Some(version), set.unwrap_or_default(), prereleases));
        }
        Pin::Range(text) | Pin::Invalid(text) => Specifier::parse(text, dialect(dependency.ecosystem))?,
        Pin::Unpinned => Specifier::any(),
        Pin::Url | Pin::Template(_) => return None,
    };
    Some((None, specifier.admitted(pre), specifier.admits_prereleases(pre)))
}

fn dialect(ecosystem: Ecosystem) -> Dialect {
    if ecosystem == Ecosystem::Conda { Dialect::Conda } else { Dialect::Python }
}

fn fingerprint(dependency: &Dependency, id: &str) -> Fingerprint {
    let ecosystem = dependency.ecosystem.purl_type();
    Fingerprint::new(
        "dependency",
        &[ecosystem, &dependency.normalized_name(), id, dependency.declared_at.path.as_str()],
    )
}
