//! What a finding about a vulnerable dependency says. The first sentence holds package, version, advisory and fix.

use super::Hit;
use super::remedy::Remedy;
use super::verdict::Verdict;
use crate::advisory::conda::PypiName;
use crate::model::{AffectedRange, Confidence, Dependency, Ecosystem, Package, Scope, Severity};
use crate::version::Version;

/// One declaration, as its findings speak of it.
pub(super) struct Subject<'d> {
    pub(super) dependency: &'d Dependency,
    pub(super) name: &'d PypiName,
    pub(super) exact: Option<&'d Version>,
    pub(super) remedy: Option<&'d Remedy>,
    /// Sibling declarations allow no version that clears all advisories.
    pub(super) hindered: bool,
    /// The last version that is affected, where no fixed one is named.
    pub(super) last_affected: Option<String>,
    /// What an installer takes today, where that was asked, and whether it is affected.
    pub(super) today: Option<(Version, bool)>,
    /// Something asks for the package; false for a constraint on what nothing in the repository declares.
    pub(super) asked_for: bool,
}

impl Subject<'_> {
    /// How sure a finding about it is.
    pub(super) fn confidence(&self) -> Confidence {
        let dependency = self.dependency;
        match (dependency.ecosystem, self.exact.is_some()) {
            _ if !self.asked_for || self.is_legacy() => Confidence::Low,
            _ if dependency.scope == Scope::Constraint => Confidence::Medium,
            (Ecosystem::Conda, _) if matches!(self.name, PypiName::Renamed(_)) => Confidence::Medium,
            (Ecosystem::PyPi, true) => Confidence::Certain,
            _ => Confidence::High,
        }
    }

    /// The message of a finding about one flaw.
    pub(super) fn message(&self, hit: &Hit) -> String {
        let advisory = match hit.ids.iter().find(|id| id.starts_with("CVE-")) {
            Some(cve) if *cve != hit.id => format!("{} ({cve})", hit.id),
            _ => hit.id.clone(),
        };
        let fixed = match &hit.fixed {
            Some(version) => format!("fixed in {version}"),
            None => "no fixed version known".to_owned(),
        };
        let package = self.declared();
        let mut message = match (self.exact, hit.verdict) {
            (None, Some(Verdict::Always)) if self.specifier().is_empty() => {
                format!("{package} is declared without a version and every version is affected by {advisory}, {fixed}.")
            }
            (None, Some(Verdict::Always)) => format!("{package} allows only versions affected by {advisory}, {fixed}."),
            (None, _) => format!("{package} allows affected versions, the newest among them: {advisory}, {fixed}."),
            (Some(_), _) => format!("{package} is affected by {advisory}, {fixed}."),
        };
        if hit.severity == Severity::Unknown {
            message.push_str(" Its severity is unknown.");
        }
        self.add_provisos(&mut message);
        message
    }

    /// The message of the one finding about flaws of older allowed versions.
    pub(super) fn summary(&self, older: &[Hit]) -> String {
        let rated = older.iter().filter(|hit| hit.severity != Severity::Unknown);
        let worst = rated.max_by(|a, b| a.severity.cmp(&b.severity).then(b.id.cmp(&a.id)));
        let advisories = match older {
            [only] => format!("{} ({})", only.id, only.severity.name()),
            _ => match worst {
                Some(hit) => format!("{} advisories (worst: {}, {})", older.len(), hit.severity.name(), hit.id),
                None => format!("{} advisories of unknown severity", older.len()),
            },
        };
        let cure = match self.remedy {
            Some(remedy) => format!("; {}{} leaves them out", self.dependency.name, separated(&remedy.specifier)),
            None => String::new(),
        };
        let which = if self.specifier().is_empty() { " without a version" } else { "" };
        let mut message = format!("{}{which} allows old versions affected by {advisories}{cure}.", self.declared());
        self.add_provisos(&mut message);
        message
    }

    /// The next step, for `count` findings together.
    pub(super) fn advice(&self, count: usize) -> String {
        let all = match count {
            1 => String::new(),
            count => format!(", which clears all {count} advisories"),
        };
        let name = &self.dependency.name;
        match self.remedy {
            None if self.hindered => {
                format!("another declaration of {name} in this environment allows no version that clears all advisories")
            }
            None if self.last_affected.is_some() => {
                let last = self.last_affected.as_deref().unwrap_or_default();
                format!("no fixed version is named; a release of {name} above {last}, where there is one, is not known to be affected")
            }
            None => "no single version is known to clear all advisories; replace the package or accept the risk".to_owned(),
            Some(remedy) => match lock_command(self.dependency) {
                Some(command) => format!("upgrade to {} with `{command}`{all}", remedy.version),
                None if self.exact.is_some() => format!("upgrade to {}{all}", remedy.version),
                None => format!("require {name}{}{all}", separated(&remedy.specifier)),
            },
        }
    }

    /// The package, for reports that group by it.
    pub(super) fn package(&self, ids: Vec<String>, affected: Vec<AffectedRange>) -> Package {
        Package {
            name: self.dependency.normalized_name(),
            ecosystem: self.dependency.ecosystem.purl_type().to_owned(),
            declared: self.exact.map_or_else(|| self.specifier().to_owned(), ToString::to_string),
            fixed: self.remedy.map(|remedy| remedy.version.clone()),
            ids,
            affected,
        }
    }

    /// The version is none by PEP 440, so its place among the others is a convention.
    fn is_legacy(&self) -> bool {
        self.exact.is_some_and(|version| version.pep440().is_none())
    }

    fn specifier(&self) -> &str {
        &self.dependency.specifier
    }

    /// `jinja2 2.11.2`, `urllib3>=1.25,<1.26.5`, `pytorch 1.13.0 (conda)`, `torch`.
    fn declared(&self) -> String {
        let name = &self.dependency.name;
        let mut text = match self.exact {
            Some(version) => format!("{name} {version}"),
            None => format!("{name}{}", separated(self.specifier())),
        };
        if self.dependency.ecosystem == Ecosystem::Conda {
            text.push_str(" (conda)");
        }
        text
    }

    /// What limits the statement.
    fn add_provisos(&self, message: &mut String) {
        if let Some((version, affected)) = &self.today {
            let affected = if *affected { "has known vulnerabilities" } else { "has no known vulnerability" };
            message.push_str(&format!(" Today an installer takes {version}, which {affected}."));
        }
        if self.is_legacy() {
            message.push_str(" That is no version by PEP 440: it is taken to be older than every one that is.");
        }
        if let Some(version) = self.exact.filter(|version| version.has_local()) {
            let release = version.without_local();
            message.push_str(&format!(" The local label of {version} is left aside: it is a build of {release}."));
        }
        if self.dependency.ecosystem == Ecosystem::Conda {
            let project = match self.name {
                PypiName::Renamed(name) => format!("It is matched as {name} on PyPI; "),
                PypiName::Same(_) => "It is matched by its name on PyPI; ".to_owned(),
            };
            message.push_str(&format!(" {project}a conda build may carry a patch of its own."));
        }
        if self.dependency.scope == Scope::Constraint {
            message.push_str(match self.asked_for {
                true => " A constraint applies where something else asks for the package.",
                false => " It is a constraint, and nothing in this repository asks for the package.",
            });
        }
    }
}

/// Operators follow the name at once; a bare version needs a blank.
fn separated(specifier: &str) -> String {
    match specifier.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '*') {
        true => format!(" {specifier}"),
        false => specifier.to_owned(),
    }
}

/// The command that locks the package anew.
fn lock_command(dependency: &Dependency) -> Option<String> {
    if dependency.scope != Scope::Locked {
        return None;
    }
    let name = &dependency.name;
    match dependency.name_at.path.file_name() {
        "uv.lock" => Some(format!("uv lock --upgrade-package {name}")),
        "poetry.lock" => Some(format!("poetry update {name}")),
        "pdm.lock" => Some(format!("pdm update {name}")),
        "Pipfile.lock" => Some(format!("pipenv upgrade {name}")),
        "pixi.lock" => Some(format!("pixi update {name}")),
        _ => None,
    }
}
