//! Whether what is installed tomorrow is what was installed today.

use std::sync::OnceLock;

use super::super::environment::{Environments, is_image_recipe};
use super::{Entry, Found};
use crate::model::{
    Confidence, Dependency, Ecosystem, Facts, Location, Pin, ReferenceKind, Related, Scope, Severity, is_latest_template,
};

/// How many further declarations a finding lists.
const MAX_RELATED: usize = 20;

/// A conda environment with a `pip:` list has to name pip; these tools bring nothing that runs later.
const INSTALLERS: &[&str] = &["pip", "setuptools", "wheel", "conda", "mamba"];

pub(super) static UNPINNED_DEPENDENCY: Entry = Entry {
    id: "unpinned-dependency",
    name: "Packages without a version in a deployed environment",
    summary: "An image or a registered environment installs packages by name alone.",
    what: "A Dockerfile, or a file that an image or an Azure ML asset is built from, names packages without any \
           version.",
    why: "Every build takes what is newest at that hour. Two builds of one commit differ, a release that was taken \
         over reaches production with the next build, and nobody can say later what ran.",
    example: "RUN pip install torch transformers",
    use_instead: "RUN pip install --require-hashes -r requirements.lock.txt",
    references: &[
        "https://pip.pypa.io/en/stable/topics/repeatable-installs/",
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-environments-v2",
    ],
    severity: Severity::Low,
    cwe: &[1357],
    made: OnceLock::new(),
};

pub(super) static LATEST_TEMPLATE: Entry = Entry {
    id: "latest-template",
    name: "Version filled in with the latest",
    summary: "A placeholder is replaced by the latest version when the asset is released.",
    what: "`{{latest-pypi-version}}`, `{{latest-image-tag}}` and their like are filled in by a release pipeline with \
           whatever is newest at that moment.",
    why: "The file does not say what is installed, no two releases need agree, and a bad or hostile release is taken \
         up without anybody looking at it.",
    example: "azureml-core=={{latest-pypi-version}}",
    use_instead: "azureml-core==1.57.0   # raised by a change that is reviewed",
    references: &["https://github.com/Azure/azureml-assets"],
    severity: Severity::Low,
    cwe: &[1357],
    made: OnceLock::new(),
};

pub(super) static MUTABLE_GIT_REFERENCE: Entry = Entry {
    id: "mutable-git-reference",
    name: "Package from a moving git reference",
    summary: "A package is installed from a git repository without naming a commit.",
    what: "The URL names a branch, a tag or nothing, and not a commit's full hash.",
    why: "Branches and tags move. Whoever can push to the repository decides what is installed next time, without a \
         change here that could be reviewed.",
    example: "mylib @ git+https://github.com/example/mylib@main",
    use_instead: "mylib @ git+https://github.com/example/mylib@0123456789abcdef0123456789abcdef01234567",
    references: &["https://pip.pypa.io/en/stable/topics/vcs-support/"],
    severity: Severity::Medium,
    cwe: &[494, 829],
    made: OnceLock::new(),
};

pub(super) fn conclude(facts: &Facts, environments: &Environments<'_>, found: &mut Found) {
    unpinned(facts, environments, found);
    templates(facts, found);
    for dependency in &facts.dependencies {
        if let Some(url) = &dependency.url {
            git_reference(url.as_str(), &dependency.name, &dependency.declared_at, &dependency.normalized_name(), found);
        }
    }
    // The name of a package that only its URL tells: the repository is known all the same.
    for reference in facts.references.iter().filter(|reference| reference.kind == ReferenceKind::PackageUrl) {
        let url = reference.value.as_str();
        let repository = url.split(['#', '?']).next().unwrap_or(url).trim_end_matches('/');
        let repository = repository.rsplit('/').next().unwrap_or(repository).split('@').next().unwrap_or(repository);
        git_reference(url, repository.trim_end_matches(".git"), &reference.location, url, found);
    }
}

/// One finding an artifact: a list of thirty names is one thing to fix.
fn unpinned(facts: &Facts, environments: &Environments<'_>, found: &mut Found) {
    let bare = facts.dependencies.iter().filter(|dependency| {
        let installed = matches!(dependency.scope, Scope::Runtime | Scope::Build);
        let is_installer = INSTALLERS.contains(&dependency.name.to_ascii_lowercase().as_str());
        installed && dependency.pin == Pin::Unpinned && dependency.ecosystem != Ecosystem::Debian && !is_installer
    });
    let bare: Vec<&Dependency> = bare.collect();
    let Some(first) = bare.first() else { return };
    // What a developer's container holds is not deployed.
    let is_image = is_image_recipe(&facts.path) && !facts.path.as_str().contains(".devcontainer/");
    if !is_image && !environments.is_deployed(&facts.path) {
        return;
    }
    let leading = if is_image { Vec::new() } else { environments.related(&facts.path) };
    let message = match bare.len() {
        1 => format!("{} is installed without a version in an environment that is deployed.", first.name),
        count => format!(
            "{count} of {} packages, {} first, are installed without a version in an environment that is deployed.",
            facts.dependencies.len(),
            first.name
        ),
    };
    let mut finding = UNPINNED_DEPENDENCY.finding(Confidence::High, &first.name_at, "", message);
    let others = bare.iter().skip(1).take(MAX_RELATED).map(|dependency| Related {
        message: format!("{} has no version", dependency.name),
        location: dependency.name_at.clone(),
    });
    finding.related = leading.into_iter().chain(others).collect();
    finding.advice = "write down the versions that were tested".to_owned();
    found.findings.push(finding);
}

fn templates(facts: &Facts, found: &mut Found) {
    for dependency in &facts.dependencies {
        if let Pin::Template(template) = &dependency.pin
            && is_latest_template(template)
        {
            let message = format!("The version of {} is filled in with the latest at release time.", dependency.name);
            let place = dependency.version_at();
            let mut finding = LATEST_TEMPLATE.finding(Confidence::High, place, &dependency.normalized_name(), message);
            finding.advice = "name the version that was tested".to_owned();
            found.findings.push(finding);
        }
    }
    for reference in &facts.references {
        let value = reference.value.as_str();
        if is_latest_template(value) {
            let message = format!("The reference {value} is filled in with the latest at release time.");
            found.findings.push(LATEST_TEMPLATE.finding(Confidence::High, &reference.location, value, message));
        }
    }
}

fn git_reference(url: &str, name: &str, place: &Location, key: &str, found: &mut Found) {
    let revision = match git_revision(url) {
        Some(revision) if !is_commit(revision) => revision,
        _ => return,
    };
    let which = match revision {
        "" => "the default branch".to_owned(),
        revision => format!("'{revision}'"),
    };
    let message = format!("{name} is installed from {which} of a git repository, which can move.");
    let mut finding = MUTABLE_GIT_REFERENCE.finding(Confidence::High, place, key, message);
    // A version tag moves less often than a branch.
    let numbered = revision.trim_start_matches(['v', 'V']).starts_with(|first: char| first.is_ascii_digit());
    // A shortened hash moves only when another commit comes to begin with it.
    let shortened = revision.len() >= 7 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    if numbered || shortened {
        finding.severity = Severity::Low;
    }
    finding.advice = "name the full hash of the commit".to_owned();
    found.findings.push(finding);
}

/// The revision that a git URL names, empty when it names none; `None` when it is no git URL.
pub(super) fn git_revision(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("git+").or_else(|| url.starts_with("git://").then_some(url))?;
    let rest = rest.split(['#', '?']).next().unwrap_or(rest);
    let path = rest.split_once("://").map_or(rest, |(_, after)| after);
    // `git@host:path` and `user@host/path` come before the first slash.
    let path = path.split_once('/').map_or("", |(_, path)| path);
    Some(path.rsplit_once('@').map_or("", |(_, revision)| revision))
}

/// A full hash, or the variable in which a build is told one: `${{ github.sha }}`, `$CI_COMMIT_SHA`.
fn is_commit(revision: &str) -> bool {
    let is_hash = matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    let variable = revision.strip_prefix('$').map(|name| name.trim_matches([' ', '{', '}', '(', ')']).to_ascii_lowercase());
    is_hash || variable.is_some_and(|name| name.ends_with("sha") || name.ends_with("sourceversion"))
}
