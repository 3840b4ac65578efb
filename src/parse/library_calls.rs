//! Calls of libraries that say with which packages something runs: models of MLflow, components of Kubeflow, tasks of Ray,
//! Airflow, Metaflow and Flyte, images of Modal and BentoML, functions of Snowpark, clusters of Databricks, Pyodide, and
//! runs of Azure ML (`pip_packages=`).
//!
//! Not a parser of its own: `parse/python.rs` asks it about every call, in scripts and notebooks.

use super::azureml_sdk::{inline, refer_to, strings};
use super::install_command::{Place, declare, declare_conda, declare_line};
use super::python::{Expression, Module, Site, Text, Value, ValueKind};
use super::requirement;
use crate::model::{Document, Ecosystem, OffsetMap, ReferenceKind, Scope};

/// What an argument holds.
#[derive(Clone, Copy)]
enum Holds {
    /// Requirements (PEP 508), or the path of a file of them.
    Requirements,
    /// Match specifications of conda.
    Specifications,
    /// Names of packages of PyPI with their versions: `{"torch": "1.13.1"}`.
    Versions,
    /// The same of conda.
    CondaVersions,
    /// A conda environment, or the path of its file.
    Environment,
    /// A runtime environment of Ray (<https://docs.ray.io/en/latest/ray-core/handling-dependencies.html>).
    Runtime,
}

use Holds::{CondaVersions, Environment, Requirements, Runtime, Specifications, Versions};

/// Keyword arguments that say so whatever is called.
const KEYWORDS: &[(&str, Holds)] = &[
    ("pip_packages", Requirements),
    ("packages_to_install", Requirements),
    ("pip_requirements", Requirements),
    ("extra_pip_requirements", Requirements),
    ("python_packages", Requirements),
    ("conda_packages", Specifications),
    ("conda_env", Environment),
    ("runtime_env", Runtime),
];

/// Functions, by the last part of their names, and the keyword argument that says so; without one, all positional arguments.
const FUNCTIONS: &[(&str, Option<&str>, Holds)] = &[
    ("pip_install", None, Requirements),
    ("uv_pip_install", None, Requirements),
    ("micromamba_install", None, Specifications),
    ("python_packages", None, Requirements),
    ("add_packages", None, Requirements),
    ("PythonVirtualenvOperator", Some("requirements"), Requirements),
    ("BranchPythonVirtualenvOperator", Some("requirements"), Requirements),
    ("virtualenv", Some("requirements"), Requirements),
    ("CustomTrainingJob", Some("requirements"), Requirements),
    ("from_local_script", Some("requirements"), Requirements),
    ("ImageSpec", Some("packages"), Requirements),
    ("udf", Some("packages"), Requirements),
    ("udtf", Some("packages"), Requirements),
    ("sproc", Some("packages"), Requirements),
    ("pandas_udf", Some("packages"), Requirements),
    ("PythonPyPiLibrary", Some("package"), Requirements),
    ("pypi", Some("packages"), Versions),
    ("pypi_base", Some("packages"), Versions),
    ("conda", Some("packages"), CondaVersions),
    ("conda", Some("libraries"), CondaVersions),
    ("conda_base", Some("packages"), CondaVersions),
    ("conda_base", Some("libraries"), CondaVersions),
];

/// Functions that take a name and a version.
const NAME_AND_VERSION: &str = "installPyPI";
/// What Pyodide installs with (<https://pyodide.org/en/stable/project/api/micropip-api.html>).
const MICROPIP: &str = "micropip.install";

/// The names that a text with such a call has in it.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let keywords = KEYWORDS.iter().map(|(keyword, _)| *keyword);
    let functions = FUNCTIONS.iter().map(|(function, ..)| *function);
    keywords.chain(functions).chain([NAME_AND_VERSION, "micropip"])
}

/// Reads a call.
pub(super) fn read<'t>(module: &Module<'t>, site: &Site<'t>, place: &Place<'_>, document: &mut Document<'_>) {
    let method = site.function.rsplit('.').next().unwrap_or_default();
    // A function of the program that is only called so.
    if site.name.is_some_and(|name| module.is_own(name)) || site.function.starts_with("self.") {
        return;
    }
    let mut read = |expression: Expression<'t>, holds| self::argument(module, expression, holds, place, document);
    for (keyword, expression) in &site.keyword {
        if let Some((_, holds)) = KEYWORDS.iter().find(|(known, _)| known == keyword) {
            read(expression, *holds);
        }
    }
    for (_, keyword, holds) in FUNCTIONS.iter().filter(|(function, ..)| *function == method) {
        match keyword {
            Some(keyword) => site.argument(None, keyword).into_iter().for_each(|expression| read(expression, *holds)),
            // Methods of an image or a session; others that are called so are given other things.
            None if site.name.is_some() || !is_builder(&site.function) => {}
            None => site.positional.iter().for_each(|expression| read(expression, *holds)),
        }
    }
    if site.function == MICROPIP {
        site.argument(Some(0), "requirements").into_iter().for_each(|expression| read(expression, Requirements));
    }
    if method == NAME_AND_VERSION
        && let Some(name) = site.argument(Some(0), "pypiPackage").and_then(|name| text(module, name))
    {
        let version = site.argument(Some(1), "version").and_then(|version| text(module, version));
        match version {
            Some(version) => pinned(&name, &version, "==", document, &mut |text, map, document| {
                declare(text, map, Scope::Runtime, place, document);
            }),
            None => declare(&name.value, &name.map, Scope::Runtime, place, document),
        }
    }
}

fn argument<'t>(
    module: &Module<'t>,
    expression: Expression<'t>,
    holds: Holds,
    place: &Place<'_>,
    document: &mut Document<'_>,
) {
    let value = module.written_value(expression);
    match holds {
        Requirements => match &value.kind {
            ValueKind::Text(path) if is_file(&path.value, &[".txt", ".in"]) => {
                refer_to(path, ReferenceKind::Requirements, place, document);
            }
            _ => requirements(value, place, document),
        },
        Specifications => strings(value, &mut |text| declare_conda(&text.value, &text.map, place, document)),
        Versions => versions(value, "==", document, &mut |text, map, document| {
            declare(text, map, Scope::Runtime, place, document);
        }),
        CondaVersions => versions(value, "=", document, &mut |text, map, document| {
            declare_conda(text, map, place, document);
        }),
        Environment => match &value.kind {
            ValueKind::Text(path) if is_file(&path.value, &[".yml", ".yaml"]) => {
                refer_to(path, ReferenceKind::CondaFile, place, document);
            }
            _ => inline(value, place, document),
        },
        Runtime => runtime(value, place, document),
    }
}

/// `{"pip": ["torch==1.13.1"]}`, `{"pip": {"packages": […]}}`, `{"uv": …}`, `{"conda": {"dependencies": […]}}`.
fn runtime(value: Value, place: &Place<'_>, document: &mut Document<'_>) {
    let ValueKind::Mapping(items) = value.kind else { return };
    for (key, value) in items {
        match (key.value.as_str(), value.kind) {
            ("pip" | "uv", ValueKind::Mapping(items)) => {
                let packages = items.into_iter().filter(|(key, _)| key.value == "packages");
                packages.for_each(|(_, packages)| requirements(packages, place, document));
            }
            ("pip" | "uv", kind @ ValueKind::List(_)) => {
                requirements(Value { kind, span: value.span }, place, document);
            }
            ("conda", kind @ ValueKind::Mapping(_)) => inline(Value { kind, span: value.span }, place, document),
            ("pip" | "uv", ValueKind::Text(path)) => refer_to(&path, ReferenceKind::Requirements, place, document),
            ("conda", ValueKind::Text(path)) if is_file(&path.value, &[".yml", ".yaml"]) => {
                refer_to(&path, ReferenceKind::CondaFile, place, document);
            }
            _ => {}
        }
    }
}

fn is_file(text: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| text.ends_with(ending))
}

/// A line of a requirements file, or those of a list.
fn requirements(value: Value, place: &Place<'_>, document: &mut Document<'_>) {
    // What is no list may be a text for people.
    let is_one = matches!(&value.kind, ValueKind::Text(_));
    strings(value, &mut |text| {
        let mut at = 0;
        for line in text.value.split('\n') {
            let map = OffsetMap::identity(at, line.len()).through(&text.map);
            at += line.len() + 1;
            if !is_one || requirement::read(line).is_ok() {
                declare_line(line, &map, Scope::Runtime, place, document);
            }
        }
    });
}

/// `modal.Image.debian_slim()`, `image`, `session`: what such methods are called on.
fn is_builder(function: &str) -> bool {
    let owner = function.rsplit_once('.').map_or("", |(owner, _)| owner).to_ascii_lowercase();
    owner.contains("image") || owner.contains("session")
}

/// Declares a text that the map leads from.
type Declare<'f> = &'f mut dyn FnMut(&str, &OffsetMap, &mut Document<'_>);

/// `{"torch": "1.13.1"}`
fn versions(value: Value, sign: &str, document: &mut Document<'_>, declare: Declare<'_>) {
    let ValueKind::Mapping(items) = value.kind else { return };
    for (name, version) in items {
        if let ValueKind::Text(version) = version.kind {
            pinned(&name, &version, sign, document, declare);
        }
    }
}

/// A name and a version as one text: `torch==1.13.1`. A version that begins with a sign keeps it; one that has none is
/// written without.
fn pinned(name: &Text, version: &Text, sign: &str, document: &mut Document<'_>, declare: Declare<'_>) {
    let is_bare = version.value.starts_with(|letter: char| letter.is_ascii_digit());
    let sign = if is_bare { sign } else { "" };
    let (text, map) = requirement::pinned((&name.value, name.map.clone()), sign, (&version.value, &version.map));
    let known = document.dependencies.len();
    declare(&text, &map, document);
    if let Some(dependency) =
        document.dependencies.get_mut(known).filter(|found| is_bare && found.ecosystem == Ecosystem::PyPi)
    {
        dependency.specifier.clone_from(&version.value);
    }
}

fn text<'t>(module: &Module<'t>, expression: Expression<'t>) -> Option<Text> {
    match module.written_value(expression).kind {
        ValueKind::Text(text) if text.is_whole => Some(text),
        _ => None,
    }
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
        assert!(document.notifications.is_empty(), "{:?}", document.notifications);
        let packages = document.dependencies.iter().map(|found| {
            let written = found.declared_at.span.slice(text.as_bytes());
            let name = found.name_at.span.slice(text.as_bytes());
            format!(
                "{} {}{} {} {}",
                found.ecosystem.purl_type(),
                found.name,
                found.specifier,
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(written)
            )
        });
        let references = document.references.iter().map(|found| format!("{} {}", found.kind.name(), found.value));
        packages.chain(references).collect()
    }

    #[test]
    fn lists_of_requirements() {
        for text in [
            "log_model(m, pip_requirements=['torch==1.13.1'])",
            "log_model(m, extra_pip_requirements=['torch==1.13.1'])",
            "R = ['torch==1.13.1']\n@component(packages_to_install=R)\ndef f(): pass",
            "Estimator(source_directory='.', pip_packages=['torch==1.13.1'])",
            "log_model(conda_env={'dependencies': [{'pip': ['torch==1.13.1']}]})",
            "ray.init(runtime_env={'pip': ['torch==1.13.1']})",
            "env = {'pip': {'packages': ['torch==1.13.1'], 'pip_check': False}}\nray.init(runtime_env=env)",
            "PythonVirtualenvOperator(task_id='a', requirements=['torch==1.13.1'])",
            "@task.virtualenv(requirements='torch==1.13.1')\ndef f(): pass",
            "PythonVirtualenvOperator(requirements='torch==1.13.1\\n')",
            "modal.Image.debian_slim().apt_install('git').pip_install('torch==1.13.1')",
            "modal.Image.debian_slim().uv_pip_install(['torch==1.13.1'])",
            "bentoml.images.Image().python_packages('torch==1.13.1')",
            "ImageSpec(name='a', packages=['torch==1.13.1'])",
            "session.add_packages('torch==1.13.1')",
            "Library(pypi=PythonPyPiLibrary(package='torch==1.13.1'))",
            "import micropip\nawait micropip.install('torch==1.13.1')",
        ] {
            assert_eq!(read(text), ["pypi torch==1.13.1 torch torch==1.13.1"], "{text}");
        }
    }

    #[test]
    fn names_with_versions() {
        assert_eq!(
            read(
                "@pypi(python='3.11', packages={'torch': '1.13.1', 'a': '>=2'})\n@conda(libraries={'b': '1.2'})\ndef f(self): pass"
            ),
            ["pypi torch1.13.1 torch torch': '1.13.1", "pypi a>=2 a a': '>=2", "conda b1.2.* b b': '1.2",]
        );
        assert_eq!(
            read("dbutils.library.installPyPI('torch', version='1.13.1', extras='a')"),
            ["pypi torch1.13.1 torch torch', version='1.13.1"]
        );
    }

    #[test]
    fn files_of_them() {
        assert_eq!(
            read(
                "log_model(pip_requirements='r.txt')\nlog_model(conda_env='c.yaml')\nray.init(runtime_env={'pip': './q.txt', 'conda': 'd.yml'})"
            ),
            ["requirements r.txt", "conda_file c.yaml", "requirements ./q.txt", "conda_file d.yml"]
        );
        assert_eq!(read("log_model(pip_requirements=['-r r.txt', '--no-index'])"), ["requirements r.txt"]);
    }

    #[test]
    fn what_only_looks_like_it() {
        for text in [
            "setup(packages=['torch'])",
            "ray.init(runtime_env={'conda': 'name-of-one', 'env_vars': {'pip': 'a'}})",
            "@conda(libraries=names)\ndef f(self): pass",
            "def add_packages(self, a='torch==1'): pass",
            "pip_install('the studio', '--no-deps', 'torch==1')",
            "venv.pip_install('-e', '.')",
            "apt.add_packages('vim')",
            "x.submit(conda_env='base')",
            "def udf(packages): pass\nudf(packages=['x'])",
            "x.Option(pip_packages='Comma separated list of packages')",
        ] {
            assert_eq!(read(text), Vec::<String>::new(), "{text}");
        }
    }
}
