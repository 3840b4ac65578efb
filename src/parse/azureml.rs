//! Azure ML YAML of the CLI v2, and the run configurations of v1: environments, components, jobs, pipelines and deployments
//! (<https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview>).
//!
//! Which image, conda file, Dockerfile, environment and code folder each names, what an inline conda environment
//! declares, and what a `command:` installs. It does not judge the assets. Placeholders such as
//! `{{latest-image-tag}}` stay part of the value.

use super::install_command::read_mapped;
use super::yaml::{self, Node, Tree};
use super::{Parser, conda_environment};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Redacted, Reference, ReferenceKind, Scope, Source, Span};

/// Azure ML YAML.
pub struct Azureml;

/// Mappings inside mappings that are followed; pipelines need 6.
const MAXIMUM_DEPTH: u32 = 32;

impl Parser for Azureml {
    fn name(&self) -> &'static str {
        "azureml"
    }

    fn reads(&self) -> &'static str {
        "Azure ML YAML and `*.runconfig`: images, conda files (also inline), builds, environments and commands of every asset"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        is_version_one(path)
            || matches!(path.extension().as_str(), "yml" | "yaml")
            && [&b"azuremlschemas"[..], b"azureml:", b"azureml://", b"conda_file:", b"mcr.microsoft.com/azureml", b"mcr.microsoft.com/aifx"]
                .iter()
                .any(|word| memchr::memmem::find(head, word).is_some())
            // What these hold is shell, and `workflow` reads it.
            && memchr::memmem::find(head, b"\nruns-on:").is_none()
            && !path.as_str().contains(".github/workflows/")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Some(text) = source.utf8() else {
            document.notify(NotificationKind::Malformed, "Azure ML YAML that is not UTF-8");
            return;
        };
        let tree = yaml::read(document, text, source.text_start());
        for root in &tree.documents {
            if let Some(kind) = root_kind(root) {
                define(document, &tree, root, kind);
            }
            mapping(document, &tree, root, 0);
        }
    }
}

/// Run configurations of version 1 and the environments that its SDK saves
/// (<https://learn.microsoft.com/azure/machine-learning/v1/how-to-use-environments>).
fn is_version_one(path: &ArtifactPath) -> bool {
    path.extension() == "runconfig" || path.file_name() == "azureml_environment.json"
}

/// Which asset a file defines, when it is one that others name.
fn root_kind(root: &Node<'_>) -> Option<ReferenceKind> {
    let schema = root.get("$schema").and_then(Node::text).unwrap_or_default().to_ascii_lowercase();
    let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    let is_environment = has(&["image", "conda_file", "build"])
        && !has(&["type", "command", "model", "endpoint_name", "environment", "jobs", "services"]);
    let is_component = schema.contains("component.schema.json");
    match () {
        () if schema.contains("environment.schema.json") => Some(ReferenceKind::EnvironmentName),
        () if is_component => Some(ReferenceKind::ComponentName),
        () if schema.is_empty() && is_environment => Some(ReferenceKind::EnvironmentName),
        () => None,
    }
}

/// Notes under which name and version `node` is registered. A placeholder in place of a version says none.
fn define(document: &mut Document<'_>, tree: &Tree<'_>, node: &Node<'_>, kind: ReferenceKind) {
    let said = |key| {
        let value = node.get(key)?;
        let text = value.text().filter(|text| !text.is_empty() && !text.contains(['{', '$', '/']))?;
        Some((value, text))
    };
    let Some((name, text)) = said("name") else { return };
    let value = match said("version").filter(|(_, version)| *version != "auto") {
        Some((_, version)) => format!("{text}:{version}"),
        None => text.to_owned(),
    };
    let location = document.source.location(tree.map(name).source_span(Span::new(0, text.len())));
    document.references.push(Reference { kind, value: Redacted::public(&value), location });
}

fn mapping(document: &mut Document<'_>, tree: &Tree<'_>, node: &Node<'_>, depth: u32) {
    if depth > MAXIMUM_DEPTH {
        return;
    }
    for (key, value) in node.entries() {
        match (key.text().unwrap_or_default(), value.text()) {
            // Names that a user chose, and values of a run: nothing in them is an asset.
            ("inputs" | "outputs" | "tags" | "properties" | "environment_variables" | "description", _) => {}
            ("environment", Some(_)) => refer(document, tree, value, ReferenceKind::Environment),
            ("environment", None) => {
                define(document, tree, value, ReferenceKind::EnvironmentName);
                mapping(document, tree, value, depth + 1);
            }
            ("component", Some(_)) => refer(document, tree, value, ReferenceKind::Component),
            ("image" | "baseImage", Some(_)) => refer(document, tree, value, ReferenceKind::Image),
            ("conda_file" | "condaDependenciesFile", Some(_)) => refer(document, tree, value, ReferenceKind::CondaFile),
            // Its text, or the path of a file.
            ("baseDockerfile", Some(text)) if !text.contains('\n') => refer(document, tree, value, ReferenceKind::Dockerfile),
            ("conda_file" | "condaDependencies", None) if !value.entries().is_empty() => {
                let location = document.source.location(key.span);
                let kind = ReferenceKind::InlineConda;
                document.references.push(Reference { kind, value: Redacted::default(), location });
                conda_environment::declare(document, tree, value, Scope::Runtime);
            }
            // azureml-assets: how the image of a curated environment is built.
            ("context", None) => {
                for (key, value) in value.entries() {
                    match key.text() {
                        Some("dir") => refer(document, tree, value, ReferenceKind::BuildContext),
                        Some("dockerfile") => refer(document, tree, value, ReferenceKind::Dockerfile),
                        _ => {}
                    }
                }
            }
            ("build", None) => {
                for (key, value) in value.entries() {
                    match key.text() {
                        Some("path") => refer(document, tree, value, ReferenceKind::BuildContext),
                        Some("dockerfile_path") => refer(document, tree, value, ReferenceKind::Dockerfile),
                        _ => {}
                    }
                }
            }
            ("code", Some(_)) => refer(document, tree, value, ReferenceKind::Code),
            ("command", Some(command)) => read_mapped(command, tree.map(value), document),
            (_, None) => {
                mapping(document, tree, value, depth + 1);
                value.items().iter().for_each(|item| mapping(document, tree, item, depth + 1));
            }
            _ => {}
        }
    }
}

fn refer(document: &mut Document<'_>, tree: &Tree<'_>, node: &Node<'_>, kind: ReferenceKind) {
    let Some(text) = node.text().filter(|text| !text.is_empty()) else { return };
    let location = document.source.location(tree.map(node).source_span(Span::new(0, text.len())));
    document.references.push(Reference { kind, value: Redacted::url(text), location });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let source = Source::new(ArtifactPath::new("job.yml"), text.as_bytes());
        assert!(Azureml.claims(&source.path, text.as_bytes()));
        let mut document = Document::new(&source);
        Azureml.parse(&source, &mut document);
        assert!(document.notifications.is_empty());
        let packages = document.dependencies.iter().map(|found| {
            let line = found.declared_at.start.line;
            format!("{} {} {} @{line}", found.ecosystem.purl_type(), found.name, found.specifier)
        });
        let references = document
            .references
            .iter()
            .map(|found| format!("{} {} @{}", found.kind.name(), found.value, found.location.start.line));
        packages.chain(references).collect()
    }

    #[test]
    fn jobs_of_a_pipeline() {
        assert_eq!(
            read(
                "$schema: https://azuremlschemas.example/latest/pipelineJob.schema.json\ntype: pipeline\ninputs:\n  image: no\njobs:\n  a:\n    code: ./src\n    \
                 environment:\n      image: mcr.microsoft.com/azureml/x:{{latest-image-tag}}\n      conda_file: ../c.yml\n    command: >-\n      pip install t==1 &&\n      \
                 python train.py\n  b:\n    environment: azureml:env@latest\n    build:\n      path: ctx\n      dockerfile_path: D\n"
            ),
            [
                "pypi t ==1 @12",
                "code ./src @7",
                "image mcr.microsoft.com/azureml/x:{{latest-image-tag}} @9",
                "conda_file ../c.yml @10",
                "environment azureml:env@latest @15",
                "build_context ctx @17",
                "dockerfile_path D @18",
            ]
        );
    }

    #[test]
    fn names_under_which_others_find_an_asset() {
        let names = |text: &str| -> Vec<String> {
            read(text).into_iter().filter(|line| line.contains("_name ")).collect()
        };
        assert_eq!(names("name: n\nversion: 3\nconda_file: c.yml\n"), ["environment_name n:3 @1"]);
        assert_eq!(
            names("$schema: https://azuremlschemas.example/latest/environment.schema.json\nname: n\nversion: {{v}}\n"),
            ["environment_name n @2"]
        );
        assert_eq!(
            names(
                "$schema: https://azuremlschemas.example/latest/commandComponent.schema.json\nname: c\nversion: '1'\n\
                 environment:\n  name: e\n  conda_file: c.yml\n"
            ),
            ["component_name c:1 @2", "environment_name e @5"]
        );
        // A deployment has a name, and is no environment.
        assert!(names("name: blue\nendpoint_name: e\nenvironment:\n  conda_file: c.yml\n").is_empty());
    }

    #[test]
    fn a_curated_image_names_its_context() {
        let text = "image:\n  name: azureml/curated/x\n  context:\n    dir: context\n    dockerfile: Dockerfile\n";
        let source = Source::new(ArtifactPath::new("environment.yaml"), text.as_bytes());
        let mut document = Document::new(&source);
        Azureml.parse(&source, &mut document);
        let values: Vec<_> = document.references.iter().map(|found| found.value.as_str()).collect();
        assert_eq!(values, ["context", "Dockerfile"]);
    }

    #[test]
    fn run_configurations_of_version_one() {
        let text = "framework: Python\nenvironment:\n  docker:\n    baseImage: mcr.example/base:1\n  python:\n    condaDependenciesFile: .azureml/conda.yml\n    condaDependencies:\n      dependencies:\n      - python=3.6\n      - pip: [a==1]\n";
        let source = Source::new(ArtifactPath::new(".azureml/train.runconfig"), text.as_bytes());
        assert!(Azureml.claims(&source.path, text.as_bytes()));
        let mut document = Document::new(&source);
        Azureml.parse(&source, &mut document);
        let values: Vec<_> = document.references.iter().map(|found| found.value.as_str()).collect();
        assert_eq!(values, ["mcr.example/base:1", ".azureml/conda.yml", ""]);
        let names: Vec<_> = document.dependencies.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["python", "a"]);
    }

    #[test]
    fn a_pipeline_names_its_components() {
        assert_eq!(
            read("type: pipeline\njobs:\n  a:\n    component: ./train.yml\n  b:\n    component: azureml:score:1\n"),
            ["component ./train.yml @4", "component azureml:score:1 @6"]
        );
    }

    #[test]
    fn an_inline_conda_environment() {
        assert_eq!(
            read("image: i\nconda_file:\n  dependencies:\n    - python=3.8\n    - pip:\n      - a=={{latest-pypi-version}}\n"),
            [
                "conda python 3.8.* @4",
                "pypi a =={{latest-pypi-version}} @6",
                "image i @1",
                "inline_conda  @2",
            ]
        );
    }
}
