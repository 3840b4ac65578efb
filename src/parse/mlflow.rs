//! The environment files of MLflow: `python_env.yaml`, `MLmodel` and `MLproject`.
//!
//! <https://mlflow.org/docs/latest/ml/model/#storage-format>. Their `conda.yaml` is a conda environment file and their
//! `requirements.txt` a requirements file: other parsers read them.

use super::yaml::{self, Node, Tree};
use super::{Parser, lossy, match_spec, requirements};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, OffsetMap, Redacted, Reference, ReferenceKind, Scope, Source, Span};

/// MLflow's environment files.
pub struct Mlflow;

impl Parser for Mlflow {
    fn name(&self) -> &'static str {
        "mlflow"
    }

    fn reads(&self) -> &'static str {
        "MLflow's `python_env.yaml`, `MLmodel`, `MLproject`"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        matches!(path.file_name(), "python_env.yaml" | "python_env.yml" | "MLmodel" | "MLproject")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        let tree = yaml::parse(text, source.text_start());
        if let Some(error) = &tree.error {
            document.notify_at(error.at, NotificationKind::Malformed, error.message.clone());
        }
        let Some(root) = tree.root() else { return };
        match source.path.file_name() {
            "MLmodel" => model(document, &tree, root),
            "MLproject" => project(document, &tree, root),
            _ => python_env(document, &tree, root),
        }
    }
}

fn python_env(document: &mut Document<'_>, tree: &Tree<'_>, root: &Node<'_>) {
    if let Some(node) = root.get("python")
        && let Some(version) = node.text()
    {
        // The interpreter, as a conda file would ask for it: `python ==3.8.10`.
        let map = tree.map(node);
        let place = document.source.location(map.source_span(Span::new(0, version.len())));
        let spec = format!("python =={version}");
        if let Some(dependency) = match_spec::declare(document, &spec, &OffsetMap::default(), Scope::Runtime) {
            dependency.declared_at = place.clone();
            dependency.name_at = place.clone();
            dependency.specifier_at = Some(place);
        }
    }
    for (key, scope) in [("build_dependencies", Scope::Build), ("dependencies", Scope::Runtime)] {
        for item in root.get(key).map(Node::items).unwrap_or_default() {
            if let Some(text) = item.text() {
                requirements::declare_line(document, text, &tree.map(item), scope);
            }
        }
    }
}

/// The environment of the generic flavour: a file name, or one for each kind of environment.
fn model(document: &mut Document<'_>, tree: &Tree<'_>, root: &Node<'_>) {
    let flavor = root.get("flavors").and_then(|flavors| flavors.get("python_function"));
    let Some(environment) = flavor.and_then(|flavor| flavor.get("env")) else { return };
    let conda = environment.get("conda").unwrap_or(environment);
    refer(document, tree, conda, ReferenceKind::CondaFile);
}

fn project(document: &mut Document<'_>, tree: &Tree<'_>, root: &Node<'_>) {
    if let Some(conda) = root.get("conda_env") {
        refer(document, tree, conda, ReferenceKind::CondaFile);
    }
    if let Some(image) = root.get("docker_env").and_then(|docker| docker.get("image")) {
        refer(document, tree, image, ReferenceKind::Image);
    }
}

fn refer(document: &mut Document<'_>, tree: &Tree<'_>, node: &Node<'_>, kind: ReferenceKind) {
    if let Some(value) = node.text() {
        let location = document.source.location(tree.map(node).source_span(Span::new(0, value.len())));
        document.references.push(Reference { kind, value: Redacted::url(value), location });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Pin;

    fn with<T>(name: &str, text: &str, check: impl FnOnce(&Document<'_>) -> T) -> T {
        let source = Source::new(ArtifactPath::new(name), text.as_bytes());
        let mut document = Document::new(&source);
        Mlflow.parse(&source, &mut document);
        check(&document)
    }

    #[test]
    fn a_python_environment_is_read() {
        let text = "python: 3.8.10\nbuild_dependencies:\n- pip==21.1\ndependencies:\n- -r requirements.txt\n- mlflow\n";
        with("python_env.yaml", text, |document| {
            let rows: Vec<_> =
                document.dependencies.iter().map(|d| (d.name.as_str(), d.pin.clone(), d.declared_at.start.line)).collect();
            assert_eq!(
                rows,
                [
                    ("python", Pin::Exact("3.8.10".into()), 1),
                    ("pip", Pin::Exact("21.1".into()), 3),
                    ("mlflow", Pin::Unpinned, 6),
                ]
            );
            assert_eq!(document.references[0].value.as_str(), "requirements.txt");
        });
    }

    #[test]
    fn models_and_projects_refer_to_their_environment() {
        with("MLmodel", "flavors:\n  python_function:\n    env:\n      conda: conda.yaml\n", |document| {
            assert_eq!(document.references[0].kind, ReferenceKind::CondaFile);
        });
        with("MLmodel", "flavors:\n  python_function:\n    env: conda.yaml\n", |document| {
            assert_eq!(document.references[0].value.as_str(), "conda.yaml");
        });
        with("MLproject", "name: x\nconda_env: my.yaml\n", |document| {
            assert_eq!(document.references[0].value.as_str(), "my.yaml");
        });
    }
}
