//! Azure ML's Python SDKs: what an environment is made of. v1 (`azureml.core`: `CondaDependencies`,
//! `Environment.from_conda_specification`, `environment.docker.base_image`) and v2 (`azure.ai.ml`:
//! `Environment(image=, conda_file=, build=)`, `BuildContext`)
//! (<https://learn.microsoft.com/python/api/azure-ai-ml/azure.ai.ml.entities.environment>).
//!
//! Not a parser of its own: `parse/python.rs` asks it about every call, in scripts and notebooks.

use super::install_command::{Place, declare, declare_conda};
use super::python::{Expression, Module, Site, Text, Value, ValueKind};
use crate::model::{Document, Redacted, Reference, ReferenceKind, Scope, Span};

/// Reads a call.
pub fn read<'t>(module: &Module<'t>, site: &Site<'t>, place: &Place<'_>, document: &mut Document<'_>) {
    let mut parts = site.function.rsplit('.');
    let (method, class) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut packages = |position: Option<usize>, name: &str, is_conda: bool| {
        if let Some(expression) = site.argument(position, name) {
            strings(module.written_value(expression), &mut |text| match is_conda {
                true => declare_conda(&text.value, &text.map, place, document),
                false => declare(&text.value, &text.map, Scope::Runtime, place, document),
            });
        }
    };
    match (class, method) {
        (_, "add_pip_package") => packages(Some(0), "pip_package", false),
        (_, "add_conda_package") => packages(Some(0), "conda_package", true),
        (_, "AutoMLStep" | "RunConfiguration" | "ParallelRunConfig") => {}
        ("Environment", "from_conda_specification") => {
            define(module, site, Some(0), place, document);
            refer(module, site.argument(Some(1), "file_path"), ReferenceKind::CondaFile, place, document);
        }
        ("Environment", "from_pip_requirements") => {
            define(module, site, Some(0), place, document);
            refer(module, site.argument(Some(1), "file_path"), ReferenceKind::Requirements, place, document);
        }
        ("Environment", "from_docker_image") => {
            define(module, site, Some(0), place, document);
            refer(module, site.argument(Some(1), "image"), ReferenceKind::Image, place, document);
            refer(module, site.argument(None, "conda_specification"), ReferenceKind::CondaFile, place, document);
        }
        ("Environment", "from_dockerfile") => {
            define(module, site, Some(0), place, document);
            refer(module, site.argument(Some(1), "dockerfile"), ReferenceKind::Dockerfile, place, document);
        }
        // `Environment.get(workspace, name, version)`, `client.environments.get(name, version)`
        ("Environment", "get") if is_sdk(&site.function) => {
            name_asset(module, site, Some(1), ReferenceKind::Environment, place, document);
        }
        ("environments", "get") => name_asset(module, site, Some(0), ReferenceKind::Environment, place, document),
        ("CondaDependencies", "set_pip_requirements") => {}
        (_, "CondaDependencies") => {
            let file = site.argument(None, "conda_dependencies_file_path");
            refer(module, file, ReferenceKind::CondaFile, place, document);
        }
        (_, "Environment") if is_sdk(&site.function) => {
            // The first parameter of version 1; version 2 takes keywords alone.
            define(module, site, Some(0), place, document);
            refer(module, site.argument(None, "image"), ReferenceKind::Image, place, document);
            match site.argument(None, "conda_file") {
                Some(file) if matches!(module.written_value(file).kind, ValueKind::Mapping(_)) => {
                    inline(module.written_value(file), place, document);
                }
                file => refer(module, file, ReferenceKind::CondaFile, place, document),
            }
        }
        (_, "BuildContext") => {
            refer(module, site.argument(None, "path"), ReferenceKind::BuildContext, place, document);
            refer(module, site.argument(None, "dockerfile_path"), ReferenceKind::Dockerfile, place, document);
        }
        (_, "load_environment") if is_sdk(&site.function) => {
            refer(module, site.argument(Some(0), "source"), ReferenceKind::Environment, place, document);
        }
        (_, "load_component" | "load_job" | "load_online_deployment" | "load_batch_deployment")
            if is_sdk(&site.function) =>
        {
            refer(module, site.argument(Some(0), "source"), ReferenceKind::Component, place, document);
        }
        (
            _,
            "command"
            | "command_component"
            | "CommandComponent"
            | "CommandJob"
            | "ManagedOnlineDeployment"
            | "BatchDeployment"
            | "KubernetesOnlineDeployment"
            | "ModelBatchDeployment"
            | "Component",
        ) if is_sdk(&site.function) || method == "command_component" => {
            refer(module, site.argument(None, "environment"), ReferenceKind::Environment, place, document);
            refer(module, site.argument(None, "code"), ReferenceKind::Code, place, document);
        }
        _ => {}
    }
}

/// Reads an assignment to an attribute: `environment.docker.base_image = "…"`.
pub fn read_assignment<'t>(
    module: &Module<'t>,
    target: &str,
    value: Expression<'t>,
    place: &Place<'_>,
    document: &mut Document<'_>,
) {
    if target.ends_with(".docker.base_image") {
        refer(module, Some(value), ReferenceKind::Image, place, document);
    } else if target.ends_with(".docker.base_dockerfile") {
        // Its text, or the path of a file.
        if let ValueKind::Text(text) = module.written_value(value).kind
            && !text.value.contains('\n')
        {
            refer(module, Some(value), ReferenceKind::Dockerfile, place, document);
        }
    }
}

/// `Environment` is a common name: it counts when it was imported from the SDK.
fn is_sdk(function: &str) -> bool {
    function.starts_with("azure.ai.ml") || function.starts_with("azureml.")
}

/// Notes under which name and version a call defines an environment.
fn define<'t>(
    module: &Module<'t>,
    site: &Site<'t>,
    position: Option<usize>,
    place: &Place<'_>,
    document: &mut Document<'_>,
) {
    name_asset(module, site, position, ReferenceKind::EnvironmentName, place, document);
}

/// Notes `name:version`, as the arguments of a call say them, with the place of the name.
fn name_asset<'t>(
    module: &Module<'t>,
    site: &Site<'t>,
    position: Option<usize>,
    kind: ReferenceKind,
    place: &Place<'_>,
    document: &mut Document<'_>,
) {
    let whole = |expression: Expression<'t>| match module.written_value(expression).kind {
        ValueKind::Text(text) if text.is_whole && !text.value.is_empty() => Some(text),
        _ => None,
    };
    let Some(name) = site.argument(position, "name").and_then(whole) else { return };
    let value = match site.argument(None, "version").and_then(whole) {
        Some(version) => format!("{}:{}", name.value, version.value),
        None => name.value.clone(),
    };
    let location = place.location(document.source, name.map.source_span(Span::new(0, name.value.len())));
    document.references.push(Reference { kind, value: Redacted::public(&value), location });
}

/// A conda environment as a dictionary.
pub(super) fn inline(value: Value, place: &Place<'_>, document: &mut Document<'_>) {
    let ValueKind::Mapping(items) = value.kind else { return };
    for (_, value) in items.into_iter().filter(|(key, _)| key.value == "dependencies") {
        let ValueKind::List(entries) = value.kind else { continue };
        for entry in entries {
            match entry.kind {
                ValueKind::Text(text) => declare_conda(&text.value, &text.map, place, document),
                ValueKind::Mapping(items) => {
                    for (_, list) in items.into_iter().filter(|(key, _)| key.value == "pip") {
                        strings(list, &mut |text| declare(&text.value, &text.map, Scope::Runtime, place, document));
                    }
                }
                _ => {}
            }
        }
    }
}

/// A string, or those of a list.
pub(super) fn strings(value: Value, each: &mut dyn FnMut(&Text)) {
    match value.kind {
        ValueKind::Text(text) => each(&text),
        ValueKind::List(values) => {
            for value in values {
                if let ValueKind::Text(text) = value.kind {
                    each(&text);
                }
            }
        }
        _ => {}
    }
}

fn refer<'t>(
    module: &Module<'t>,
    expression: Option<Expression<'t>>,
    kind: ReferenceKind,
    place: &Place<'_>,
    document: &mut Document<'_>,
) {
    let Some(expression) = expression else { return };
    if let ValueKind::Text(text) = module.written_value(expression).kind {
        refer_to(&text, kind, place, document);
    }
}

/// Notes a file or an image by its name, when that is known.
pub(super) fn refer_to(text: &Text, kind: ReferenceKind, place: &Place<'_>, document: &mut Document<'_>) {
    if text.value.is_empty() || !text.is_whole {
        return;
    }
    let location = place.location(document.source, text.map.source_span(Span::new(0, text.value.len())));
    document.references.push(Reference { kind, value: Redacted::url(&text.value), location });
}

#[cfg(test)]
mod tests {
    use super::super::Parser;
    use super::super::python::Python;
    use crate::model::{ArtifactPath, Document, Source};

    fn read(text: &str) -> Vec<String> {
        let source = Source::new(ArtifactPath::new("a.py"), text.as_bytes());
        let mut document = Document::new(&source);
        Python.parse(&source, &mut document);
        let packages = document.dependencies.iter().map(|found| {
            let line = found.declared_at.start.line;
            format!("{} {} {} @{line}", found.ecosystem.purl_type(), found.name, found.specifier).replace("  ", " ")
        });
        let references = document
            .references
            .iter()
            .map(|found| format!("{} {} @{}", found.kind.name(), found.value, found.location.start.line));
        packages.chain(references).collect()
    }

    #[test]
    fn version_one() {
        assert_eq!(
            read(
                "from azureml.core import Environment\nfrom azureml.core.conda_dependencies import CondaDependencies\n\
                 deps = CondaDependencies.create(pip_packages=['a==1',\n 'b[x]'], conda_packages=['c=1.2'])\n\
                 deps.add_pip_package('d>=1')\ndeps.add_conda_package(\"e<2\")\n\
                 env = Environment.from_conda_specification(name='n', file_path='./f.yml')\n\
                 env.docker.base_image = 'mcr.example/x:1'\nEnvironment.from_pip_requirements('n', 'r.txt')\n"
            ),
            [
                "pypi a ==1 @3",
                "pypi b @4",
                "conda c 1.2.* @4",
                "pypi d >=1 @5",
                "conda e <2 @6",
                "environment_name n @7",
                "conda_file ./f.yml @7",
                "environment_name n @9",
                "requirements r.txt @9",
                "image mcr.example/x:1 @8",
            ]
        );
    }

    #[test]
    fn version_two() {
        assert_eq!(
            read(
                "import azure.ai.ml.entities as e\nfrom azure.ai.ml.entities import BuildContext, Environment as Env\n\
                 C = 'conda.yml'\nEnv(image='i:1', conda_file=C, name='n', version='2'); x.environments.get('o', version='3')\ne.Environment(build=BuildContext(path='ctx'))\n\
                 Env(conda_file={'dependencies': ['python=3.8', {'pip': ['a==1']}]})\nEnvironment(image='not the SDK')\n"
            ),
            [
                "conda python 3.8.* @6",
                "pypi a ==1 @6",
                "environment_name n:2 @4",
                "image i:1 @4",
                "conda_file conda.yml @3",
                "environment o:3 @4",
                "build_context ctx @5",
            ]
        );
    }
}
