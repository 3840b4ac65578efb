//! What a package index says about projects and releases: taken back, archived, quarantined, not there at all.
//! Asked only with `--online`.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::{Entry, Found};
use crate::advisory::package_facts::{Answer, Project, Status};
use crate::context::Context;
use crate::model::{
    Confidence, Dependency, Ecosystem, Notification, NotificationKind, Pin, Repository, Severity,
};
use crate::version::Version;

const MARKERS: &str = "https://packaging.python.org/en/latest/specifications/project-status-markers/";

pub(super) static YANKED_RELEASE: Entry = Entry {
    id: "yanked-release",
    name: "Release that was taken back",
    summary: "A pinned release was yanked by its maintainers and should no longer be installed.",
    what: "The pinned version is marked as yanked (deprecated) by the package index. Found with --online only.",
    why: "Maintainers take releases back because they are broken, incompatible or insecure. An exact pin installs them \
         all the same.",
    example: "attrs==21.1.0",
    use_instead: "attrs==21.2.0",
    references: &["https://packaging.python.org/en/latest/specifications/file-yanking/"],
    severity: Severity::Medium,
    cwe: &[1104],
    made: OnceLock::new(),
};

pub(super) static UNMAINTAINED_PROJECT: Entry = Entry {
    id: "unmaintained-project",
    name: "Archived or deprecated project",
    summary: "A declared project says that it is archived or deprecated: flaws in it will not be fixed.",
    what: "The package index marks the project as archived or deprecated. Found with --online only.",
    why: "What is found in it from now on stays in it, and nobody answers reports.",
    example: "nose",
    use_instead: "pytest",
    references: &[MARKERS],
    severity: Severity::Low,
    cwe: &[1104],
    made: OnceLock::new(),
};

pub(super) static QUARANTINED_PROJECT: Entry = Entry {
    id: "quarantined-project",
    name: "Quarantined project",
    summary: "The package index has quarantined a declared project as unsafe.",
    what: "The index no longer gives out the project because it is considered unsafe, usually as malware. Found with \
           --online only.",
    why: "Copies in caches, mirrors and images still run.",
    example: "a-project-in-quarantine",
    use_instead: "Remove it, and look at every machine that has installed it.",
    references: &[MARKERS],
    severity: Severity::Critical,
    cwe: &[506],
    made: OnceLock::new(),
};

pub(super) static UNREGISTERED_NAME: Entry = Entry {
    id: "unregistered-name",
    name: "Name that nobody has registered",
    summary: "A declared name is not registered at the package index that was asked: whoever registers it is installed.",
    what: "The index that was asked has no such project. The name may be that of a private package, or mistyped. Found \
           with --online only.",
    why: "Where an installer also asks a public index, anybody can register the name there and have their code run \
         (dependency confusion).",
    example: "our-internal-features==1.2",
    use_instead: "Name the private index for this package alone, or register the name at the public one.",
    references: &["https://medium.com/@alex.birsan/dependency-confusion-4a5d60fec610"],
    severity: Severity::Medium,
    cwe: &[427],
    made: OnceLock::new(),
};

pub(super) fn conclude(repository: &Repository, context: &Context, found: &mut Found) {
    let Some(packages) = &context.packages else { return };
    let declared = || repository.artifacts.iter().flat_map(|facts| &facts.dependencies).filter(|it| is_of_index(it));
    let names: BTreeSet<String> = declared().map(Dependency::normalized_name).filter(|name| is_name(name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answers = packages.lookup_all(&names);
    for dependency in declared() {
        let name = dependency.normalized_name();
        match answers.get(name.as_str()) {
            Some(Ok(Answer::Project(project))) => judge(dependency, &name, project, found),
            Some(Ok(Answer::NoSuchProject)) => {
                let message = format!("{} is not registered at {}.", dependency.name, packages.source());
                let mut finding = UNREGISTERED_NAME.finding(Confidence::Medium, &dependency.name_at, &name, message);
                finding.advice = "check the name, and where it is installed from".to_owned();
                found.findings.push(finding);
            }
            Some(Err(_)) | None => {}
        }
    }
    let failed: Vec<_> = answers.iter().filter_map(|(name, answer)| Some((name, answer.as_ref().err()?))).collect();
    if let Some((name, error)) = failed.first() {
        let more = if failed.len() > 1 { format!(" and {} more", failed.len() - 1) } else { String::new() };
        let message = format!("{} could not be asked about {name}{more}: {error}.", packages.source());
        found.notifications.push(Notification::run(NotificationKind::AdvisoryData, message));
    }
}

fn judge(dependency: &Dependency, name: &str, project: &Project, found: &mut Found) {
    let because = |reason: &str| if reason.is_empty() { String::new() } else { format!(": {}", plain(reason)) };
    let (entry, confidence, word) = match project.status {
        Status::Active => (None, Confidence::High, ""),
        Status::Archived => (Some(&UNMAINTAINED_PROJECT), Confidence::High, "archived"),
        Status::Deprecated => (Some(&UNMAINTAINED_PROJECT), Confidence::High, "deprecated"),
        Status::Quarantined => (Some(&QUARANTINED_PROJECT), Confidence::Certain, "quarantined"),
    };
    if let Some(entry) = entry {
        let message = format!("{} is {word}{}.", dependency.name, because(&project.status_reason));
        found.findings.push(entry.finding(confidence, &dependency.name_at, name, message));
    }
    if let Pin::Exact(version) = &dependency.pin
        && let Some(reason) = project.withdrawal(&Version::parse(version))
    {
        let message = format!("{} {version} was taken back by its maintainers{}.", dependency.name, because(reason));
        let mut finding = YANKED_RELEASE.finding(Confidence::Certain, dependency.version_at(), name, message);
        finding.advice = project.newest.as_ref().map(|newest| format!("the newest release is {newest}")).unwrap_or_default();
        found.findings.push(finding);
    }
}

/// A reason is somebody else's text: one line, and not a long one.
fn plain(reason: &str) -> String {
    let line: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    line.trim().trim_end_matches('.').to_owned()
}

fn is_of_index(dependency: &Dependency) -> bool {
    dependency.ecosystem == Ecosystem::PyPi && !matches!(dependency.pin, Pin::Url)
}

/// Only what can be a project's name is sent anywhere.
fn is_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    name.len() <= 100 && !name.is_empty() && name.bytes().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}
