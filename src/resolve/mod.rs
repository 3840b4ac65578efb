//! Joins facts across files: what one file includes, copies or names is another file's content.
//!
//! `-r` and `-c` of requirements files, requirements that a Dockerfile copies and installs, the conda file or
//! Dockerfile of an Azure ML environment, the environment file of a job. A reference is followed inside the
//! root and nowhere else; one that cannot be followed becomes a notification.

use std::collections::BTreeSet;

use crate::context::Context;
use crate::model::{
    ArtifactPath, Facts, Link, Notification, NotificationKind, Reference, ReferenceKind, Repository, Scope,
};

mod asset;
mod circle;
mod target;

/// A file that some reference names and that must be read as what the reference says it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Which file; the walk found it.
    pub path: ArtifactPath,
    /// The parser that reads it.
    pub parse_as: &'static str,
}

/// Fills the repository's links. Returns what must be read before all can be joined: never a file that the wanted
/// parser has read already, so that repeating it ends. Notifications are added with the last round.
pub fn resolve(repository: &mut Repository, _context: &Context) -> Vec<Wanted> {
    let mut links = Vec::new();
    let mut wanted = BTreeSet::new();
    let mut notifications = Vec::new();
    let assets = asset::Assets::new(repository);
    for facts in &repository.artifacts {
        let referrer = target::Referrer::new(facts);
        for reference in &facts.references {
            let mut join = |target: ArtifactPath, is_certain| {
                wanted.extend(want(repository, reference.kind, &target));
                links.push(Link { reference: reference.clone(), target, is_certain });
            };
            match target::find(repository, &referrer, reference) {
                target::Target::File(path) => join(path, true),
                target::Target::Missing(message) => notifications.push(missing(facts, reference, message)),
                target::Target::Elsewhere => match assets.find(reference.kind, reference.value.as_str().trim()) {
                    // A notebook that defines what it uses says nothing new.
                    asset::Found::Files(paths, _) if paths.contains(&&facts.path) => {}
                    asset::Found::Files(paths, certain) => paths.into_iter().for_each(|p| join(p.clone(), certain)),
                    // Of a component only its environment would matter.
                    asset::Found::OtherVersion(_) if reference.kind == ReferenceKind::Component => {}
                    asset::Found::OtherVersion(message) => notifications.push(missing(facts, reference, message)),
                    asset::Found::Nothing => {}
                },
            }
        }
    }
    links.dedup_by(|a, b| a.target == b.target && a.reference.location == b.reference.location);
    repository.links = links;
    if wanted.is_empty() {
        notifications.extend(circle::circles(&repository.links));
        repository.notifications.append(&mut notifications);
        spread_constraints(repository);
    }
    wanted.into_iter().collect()
}

/// What has to be read as something that its name does not say.
fn want(repository: &Repository, kind: ReferenceKind, path: &ArtifactPath) -> Option<Wanted> {
    let parse_as = match kind {
        // `pip install -r pyproject.toml` is read by that file's own parser.
        ReferenceKind::Requirements | ReferenceKind::Constraints => match path.extension().as_str() {
            "toml" | "py" | "cfg" | "lock" => return None,
            _ => "requirements",
        },
        ReferenceKind::CondaFile => "conda_environment",
        ReferenceKind::Environment
        | ReferenceKind::Component
        | ReferenceKind::Dockerfile
        | ReferenceKind::BuildContext
            if is_yaml(path) =>
        {
            "azureml"
        }
        ReferenceKind::Dockerfile => "dockerfile",
        _ => return None,
    };
    let known = repository.get(path).is_some_and(|facts| facts.readers.contains(&parse_as));
    (!known).then(|| Wanted { path: path.clone(), parse_as })
}

fn is_yaml(path: &ArtifactPath) -> bool {
    matches!(path.extension().as_str(), "yml" | "yaml")
}

fn missing(facts: &Facts, reference: &Reference, message: String) -> Notification {
    Notification::new(&facts.path, NotificationKind::Missing, message).at_line(reference.location.start.line)
}

/// A file that is only ever named by `-c` limits and installs nothing, whatever its name; one that `-r` names
/// installs.
fn spread_constraints(repository: &mut Repository) {
    let named_by = |kind: ReferenceKind| -> BTreeSet<ArtifactPath> {
        let links = repository.links.iter().filter(|link| link.reference.kind == kind);
        links.map(|link| link.target.clone()).collect()
    };
    let (installed, limiting) = (named_by(ReferenceKind::Requirements), named_by(ReferenceKind::Constraints));
    for facts in &mut repository.artifacts {
        let scope = match (installed.contains(&facts.path), limiting.contains(&facts.path)) {
            (true, _) => Scope::Runtime,
            (false, true) => Scope::Constraint,
            (false, false) => continue,
        };
        for dependency in &mut facts.dependencies {
            if matches!(dependency.scope, Scope::Runtime | Scope::Constraint) {
                dependency.scope = scope;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::model::{Document, Redacted, Source, Span};

    /// An artifact with references (kind, value), read by `reader`.
    fn artifact(path: &str, reader: &'static str, references: &[(ReferenceKind, &str)]) -> Facts {
        let source = Source::new(ArtifactPath::new(path), b"text");
        let mut facts = Document::new(&source).into_facts(Vec::new(), &[]);
        facts.readers.push(reader);
        facts.references = references
            .iter()
            .enumerate()
            .map(|(at, (kind, value))| Reference {
                kind: *kind,
                value: Redacted::public(value),
                location: source.location(Span::new(at, at + 1)),
            })
            .collect();
        facts
    }

    fn resolved(artifacts: Vec<Facts>, files: &[&str]) -> (Repository, Vec<Wanted>) {
        let mut all: Vec<ArtifactPath> = artifacts.iter().map(|facts| facts.path.clone()).collect();
        all.extend(files.iter().map(|path| ArtifactPath::new(path)));
        let mut repository = Repository::new(artifacts, all);
        let wanted = resolve(&mut repository, &Context::new(Config::default()));
        (repository, wanted)
    }

    fn targets(repository: &Repository) -> Vec<&str> {
        repository.links.iter().map(|link| link.target.as_str()).collect()
    }

    use ReferenceKind::{
        BuildContext, ComponentName, CondaFile, Constraints, CopiedFile, Dockerfile, Environment, EnvironmentName,
        Requirements,
    };

    #[test]
    fn includes_are_relative_to_the_including_file_and_wanted_once() {
        let references = [(Requirements, "../base.list"), (Requirements, "../base.list"), (Constraints, "limits.txt")];
        let (repository, wanted) = resolved(
            vec![artifact("env/requirements.txt", "requirements", &references)],
            &["base.list", "env/limits.txt"],
        );
        assert_eq!(targets(&repository), ["base.list", "base.list", "env/limits.txt"]);
        let wanted: Vec<&str> = wanted.iter().map(|want| want.path.as_str()).collect();
        assert_eq!(wanted, ["base.list", "env/limits.txt"]);
        assert!(repository.notifications.is_empty());
    }

    #[test]
    fn what_was_read_already_is_not_wanted_again() {
        let first = artifact("requirements.txt", "requirements", &[(Requirements, "base.txt")]);
        let base = artifact("base.txt", "requirements", &[]);
        assert!(resolved(vec![first, base], &[]).1.is_empty());
    }

    #[test]
    fn a_missing_include_is_said_with_its_line() {
        for value in ["gone.txt", "../../outside.txt", "/etc/passwd"] {
            let (repository, _) =
                resolved(vec![artifact("requirements.txt", "requirements", &[(Requirements, value)])], &[]);
            assert_eq!(repository.notifications.len(), 1, "{value}");
            assert_eq!(repository.notifications[0].line, Some(1));
        }
    }

    #[test]
    fn include_circles_end_and_are_said_once() {
        let a = artifact("a.txt", "requirements", &[(Requirements, "b.txt")]);
        let b = artifact("b.txt", "requirements", &[(Requirements, "a.txt")]);
        let own = artifact("own.txt", "requirements", &[(Requirements, "own.txt")]);
        let (repository, wanted) = resolved(vec![a, b, own], &[]);
        assert!(wanted.is_empty());
        assert_eq!(repository.notifications.len(), 2, "{:?}", repository.notifications);
    }

    #[test]
    fn what_an_image_installs_is_found_where_it_was_copied_from() {
        let direct = [(CopiedFile, "deps/requirements.txt"), (Requirements, "/tmp/requirements.txt")];
        let (repository, _) =
            resolved(vec![artifact("docker/Dockerfile", "dockerfile", &direct)], &["docker/deps/requirements.txt"]);
        assert_eq!(targets(&repository), ["docker/deps/requirements.txt"; 2]);
        // The build context is often the root of the repository.
        let (repository, _) =
            resolved(vec![artifact("docker/Dockerfile", "dockerfile", &direct)], &["deps/requirements.txt"]);
        assert_eq!(targets(&repository), ["deps/requirements.txt"; 2]);
        // `COPY . /app`, then `-r /app/src/requirements.txt`.
        let whole = [(CopiedFile, "."), (Requirements, "/app/src/requirements.txt")];
        let (repository, _) = resolved(vec![artifact("Dockerfile", "dockerfile", &whole)], &["src/requirements.txt"]);
        assert_eq!(targets(&repository), ["src/requirements.txt"]);
    }

    #[test]
    fn azure_ml_assets_lead_to_their_files() {
        let job = artifact(
            "jobs/job.yml",
            "azureml",
            &[(Environment, "file:../env/env.yml"), (Environment, "azureml:other:1")],
        );
        let environment = artifact(
            "env/env.yml",
            "azureml",
            &[(CondaFile, "conda.yaml"), (BuildContext, "docker"), (Dockerfile, "Dockerfile.gpu")],
        );
        let (repository, wanted) = resolved(vec![job, environment], &["env/conda.yaml", "env/docker/Dockerfile.gpu"]);
        assert_eq!(targets(&repository), ["env/conda.yaml", "env/docker/Dockerfile.gpu", "env/env.yml"]);
        assert_eq!(wanted.len(), 2);
        assert!(repository.notifications.is_empty(), "{:?}", repository.notifications);
    }

    #[test]
    fn a_registered_name_leads_to_the_file_that_defines_it() {
        let job = |value: &str| artifact("jobs/job.yml", "azureml", &[(Environment, value)]);
        let environment = |path: &str, value: &str| {
            artifact(path, "azureml", &[(EnvironmentName, value), (ComponentName, "not-an-environment")])
        };
        let joined = |job: Facts, others: Vec<Facts>| {
            let (repository, _) = resolved([vec![job], others].concat(), &[]);
            let links = repository.links.iter();
            let links: Vec<String> = links.map(|link| format!("{} {}", link.target, link.is_certain)).collect();
            (links, repository.notifications.len())
        };
        let one = || vec![environment("env/a.yml", "train:2")];
        assert_eq!(joined(job("azureml:train:2"), one()), (vec!["env/a.yml true".to_owned()], 0));
        assert_eq!(joined(job("azureml:train@latest"), one()), (vec!["env/a.yml true".to_owned()], 0));
        assert_eq!(joined(job("azureml:AzureML-curated@latest"), one()), (vec![], 0));
        assert_eq!(joined(job("azureml:not-an-environment:1"), one()), (vec![], 0));
        // Another version is not this one, and that is said.
        assert_eq!(joined(job("azureml:train:3"), one()), (vec![], 1));
        // The service counts versions where the file gives none.
        let unsaid = vec![environment("env/a.yml", "train")];
        assert_eq!(joined(job("azureml:train:3"), unsaid), (vec!["env/a.yml false".to_owned()], 0));
        let several = || vec![environment("env/a.yml", "train:2"), environment("env/b.yml", "train:1")];
        assert_eq!(joined(job("azureml:train:1"), several()), (vec!["env/b.yml true".to_owned()], 0));
        let both = vec!["env/a.yml false".to_owned(), "env/b.yml false".to_owned()];
        assert_eq!(joined(job("azureml:train@latest"), several()), (both, 0));
        // What uses its own environment leads nowhere else.
        let own = artifact("job.yml", "azureml", &[(Environment, "train:1"), (EnvironmentName, "train:1")]);
        assert_eq!(joined(own, several()).0, Vec::<String>::new());
    }

    #[test]
    fn a_curated_environment_is_built_from_the_file_beside_it() {
        let spec = artifact(
            "e/spec.yaml",
            "azureml",
            &[(BuildContext, "{{image.context.path}}"), (Dockerfile, "{{image.dockerfile.path}}")],
        );
        let (repository, wanted) = resolved(vec![spec.clone()], &["e/environment.yaml"]);
        assert_eq!(targets(&repository), ["e/environment.yaml"; 2]);
        assert_eq!(wanted[0].parse_as, "azureml");
        assert!(resolved(vec![spec], &[]).0.notifications.is_empty());
    }

    #[test]
    fn scripts_look_upwards() {
        let script = artifact("tools/ci/setup.sh", "shell", &[(Requirements, "requirements.txt")]);
        let (repository, _) = resolved(vec![script], &["tools/requirements.txt", "requirements.txt"]);
        assert_eq!(targets(&repository), ["tools/requirements.txt"]);
    }
}
