//! Declarations of one package that no version satisfies together.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::super::environment::Environments;
use super::super::vulnerable_dependency::allowed;
use super::{Entry, Found};
use crate::model::{ArtifactPath, Confidence, Dependency, Ecosystem, Related, Repository, Scope, Severity};
use crate::version::set::VersionSet;

pub(super) static CONFLICTING_PINS: Entry = Entry {
    id: "conflicting-pins",
    name: "Declarations that exclude each other",
    summary: "Two declarations of one package that are installed together allow no common version.",
    what: "Files that include or constrain each other, or two manifests of one folder, ask for versions of a package \
           that exclude each other.",
    why: "Either the installation fails, or it depends on the order of commands which version runs: the one that was \
         tested, or the one that is known to be vulnerable.",
    example: "requirements.txt:  numpy==1.26.4\nenvironment.yml:   numpy==1.21.0",
    use_instead: "Declare the version in one place and include or constrain with it elsewhere.",
    references: &["https://pip.pypa.io/en/stable/topics/dependency-resolution/#dealing-with-dependency-conflicts"],
    severity: Severity::Low,
    cwe: &[1357],
    made: OnceLock::new(),
};

/// Parsers whose files are manifests: scripts and notebooks try things out, lock files hold several versions.
const MANIFESTS: &[&str] = &["requirements", "conda_environment", "pyproject", "setup_cfg", "setup_py", "pipfile"];

/// Declarations are compared where they are installed together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place<'r> {
    /// Joined by `-r` or `-c`.
    Group(usize),
    /// Two kinds of manifest in one folder.
    Folder(&'r str),
}

/// A declaration, what it allows, and the parser that read it.
type Declared<'r> = (&'r Dependency, VersionSet, &'static str);

pub(super) fn conclude(repository: &Repository, environments: &Environments<'_>, found: &mut Found) {
    let mut declared: BTreeMap<(Place<'_>, String), Vec<Declared<'_>>> = BTreeMap::new();
    for facts in &repository.artifacts {
        let Some(reader) = MANIFESTS.iter().find(|manifest| facts.readers.contains(manifest)) else { continue };
        let place = |path| environments.group(path).map_or_else(|| Place::Folder(directory(path)), Place::Group);
        for dependency in &facts.dependencies {
            let plain = dependency.marker.is_none() && !matches!(dependency.scope, Scope::Locked | Scope::Optional);
            if !plain || dependency.ecosystem == Ecosystem::Debian {
                continue;
            }
            if let Some((_, allowed, _)) = allowed(dependency, false).filter(|(_, allowed, _)| !allowed.is_empty()) {
                let key = (place(&facts.path), dependency.normalized_name());
                declared.entry(key).or_default().push((dependency, allowed, reader));
            }
        }
    }
    for ((place, name), declarations) in &declared {
        let Some((first, allowed, reader)) = declarations.first() else { continue };
        let other = declarations.iter().skip(1).find(|(dependency, other, other_reader)| {
            let elsewhere = dependency.declared_at.path != first.declared_at.path;
            // Files of one kind in one folder are usually alternatives: `requirements-gpu.txt`.
            let together = matches!(place, Place::Group(_)) || reader != other_reader;
            elsewhere && together && allowed.is_disjoint(other)
        });
        let Some((other, _, _)) = other else { continue };
        let message = format!(
            "{}{} here and {}{} in {} exclude each other.",
            first.name, first.specifier, other.name, other.specifier, other.declared_at.path
        );
        let (confidence, severity) = match place {
            Place::Group(_) => (Confidence::High, Severity::Medium),
            Place::Folder(_) => (Confidence::Medium, Severity::Low),
        };
        let mut finding = CONFLICTING_PINS.finding(confidence, first.version_at(), name, message);
        finding.severity = severity;
        finding.related =
            vec![Related { message: "the other declaration".to_owned(), location: other.version_at().clone() }];
        finding.advice = "declare the version in one place".to_owned();
        found.findings.push(finding);
    }
}

fn directory(path: &ArtifactPath) -> &str {
    path.directory()
}
