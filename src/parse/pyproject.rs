//! `pyproject.toml`: what a project needs to run, to be worked on and to be built.
//!
//! `[project]` (<https://packaging.python.org/en/latest/specifications/pyproject-toml/>), `[dependency-groups]` (PEP
//! 735), `[build-system]` (PEP 518), and the tables of Poetry, PDM, Hatch, Flit, uv, pixi and setuptools. Fields that a
//! build backend fills in (`dynamic`) are known only where setuptools or Hatch name a file for them: that is a
//! reference.

use super::toml::{self, Table, Toml, Value};
use super::table_entry::{self, Dialect};
use super::{Parser, lossy, pixi_toml, poetry, requirement, requirements, toml_commands, tox_toml};
use crate::model::dependency::normalize_name;
use crate::model::{
    ArtifactPath, Document, Ecosystem, Groups, InstallOption, OptionKind, Pin, Redacted, Reference, ReferenceKind, Scope,
    Source,
};

/// pyproject.toml files.
pub struct Pyproject;

impl Parser for Pyproject {
    fn name(&self) -> &'static str {
        "pyproject"
    }

    fn reads(&self) -> &'static str {
        "`pyproject.toml` (PEP 621, dependency groups, build system, Poetry, PDM, Hatch, Flit, uv, pixi, tox, setuptools)"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        path.file_name().ends_with("pyproject.toml")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        let toml = toml::parse(document, text, source.text_start());
        standard(document, &toml);
        let empty = Table::new();
        let tool = toml::table(&toml.root, &["tool"]).unwrap_or(&empty);
        if let Some(table) = toml::table(tool, &["poetry"]) {
            poetry::declare(document, &toml, table);
        }
        if let Some(table) = toml::table(tool, &["pdm"]) {
            pdm(document, &toml, table);
        }
        if let Some(table) = toml::table(tool, &["hatch"]) {
            hatch(document, &toml, table);
        }
        if let Some(table) = toml::table(tool, &["uv"]) {
            uv(document, &toml, table);
        }
        if let Some(table) = toml::table(tool, &["pixi"]) {
            pixi_toml::declare(document, &toml, table);
        }
        if let Some(table) = toml::table(tool, &["flit", "metadata"]) {
            declare_array(document, &toml, table, "requires", Scope::Runtime);
            declare_array(document, &toml, table, "dev-requires", Scope::Optional);
            declare_arrays(document, &toml, toml::table(table, &["requires-extra"]), Scope::Optional);
        }
        if let Some(table) = toml::table(tool, &["rye"]) {
            declare_array(document, &toml, table, "dev-dependencies", Scope::Optional);
        }
        if let Some(table) = toml::table(tool, &["setuptools", "dynamic"]) {
            setuptools(document, &toml, table);
        }
        if let Some(table) = toml::table(tool, &["uv", "sources"]) {
            uv_sources(document, table);
        }
        if let Some(table) = toml::table(tool, &["tox"]) {
            tox_toml::declare(document, &toml, table);
        }
        for name in toml_commands::TOOLS {
            if let Some(table) = toml::table(tool, &[name]) {
                toml_commands::read(document, &toml, table);
            }
        }
        document.dependencies.sort_by_key(|dependency| dependency.declared_at.span.start);
    }
}

/// Puts the requirement strings of the array at `key` into `document`. Items that are no strings belong to the
/// format (`include-group`) and are left out.
pub fn declare_array(document: &mut Document<'_>, toml: &Toml<'_>, table: &Table<'_>, key: &str, scope: Scope) {
    for item in toml::items(table, key) {
        if let Some(text) = item.get_ref().as_str() {
            requirement::declare(document, text, &toml.map(item.span(), text), scope);
        }
    }
}

/// The same for a table of arrays (extras, groups).
fn declare_arrays(document: &mut Document<'_>, toml: &Toml<'_>, table: Option<&Table<'_>>, scope: Scope) {
    let Some(table) = table else { return };
    for (key, _) in toml::entries(table) {
        declare_array(document, toml, table, key.get_ref(), scope);
    }
}

fn standard(document: &mut Document<'_>, toml: &Toml<'_>) {
    if let Some(project) = toml::table(&toml.root, &["project"]) {
        declare_array(document, toml, project, "dependencies", Scope::Runtime);
        declare_arrays(document, toml, toml::table(project, &["optional-dependencies"]), Scope::Optional);
    }
    declare_arrays(document, toml, toml::table(&toml.root, &["dependency-groups"]), Scope::Optional);
    if let Some(build) = toml::table(&toml.root, &["build-system"]) {
        declare_array(document, toml, build, "requires", Scope::Build);
    }
}

/// <https://pdm-project.org/latest/reference/pep621/>: development groups hold lines of a requirements file (`-e …`).
fn pdm(document: &mut Document<'_>, toml: &Toml<'_>, pdm: &Table<'_>) {
    if let Some(groups) = toml::table(pdm, &["dev-dependencies"]) {
        for (group, _) in toml::entries(groups) {
            for item in toml::items(groups, group.get_ref()) {
                if let Some(text) = item.get_ref().as_str() {
                    requirements::declare_line(document, text, &toml.map(item.span(), text), Scope::Optional);
                }
            }
        }
    }
    for overrides in [&["overrides"][..], &["resolution", "overrides"]] {
        if let Some(table) = toml::table(pdm, overrides) {
            let dialect = Dialect { ecosystem: Ecosystem::PyPi, constraint: pdm_override };
            table_entry::declare_all(document, toml, table, dialect, Scope::Constraint, &[]);
        }
    }
    for source in toml::items(pdm, "source") {
        let replaces = source.get_ref().as_table().and_then(|source| toml::text(source, "name")) == Some("pypi");
        index(document, toml, source, replaces);
    }
}

/// A bare version means `==`.
fn pdm_override(text: &str) -> (String, Pin) {
    let text = text.trim();
    let pin = match text {
        "" | "*" => Pin::Unpinned,
        version if version.starts_with(|c: char| c.is_ascii_digit()) => Pin::Exact(version.to_owned()),
        url if url.contains("://") => Pin::Url,
        other => Pin::Range(other.to_owned()),
    };
    (text.to_owned(), pin)
}

/// <https://docs.astral.sh/uv/concepts/projects/dependencies/#dependency-sources>: where a package comes from instead
/// of an index. Then its specifier says nothing about a released version.
fn uv_sources(document: &mut Document<'_>, sources: &Table<'_>) {
    for (name, source) in toml::entries(sources) {
        // Of a list each entry holds under its marker only, and the index may serve the others.
        let Some(source) = source.get_ref().as_table() else { continue };
        let url = table_entry::location(source);
        if url.is_none() && source.get("workspace").is_none() {
            continue;
        }
        let name = normalize_name(name.get_ref());
        for dependency in document.dependencies.iter_mut().filter(|found| found.normalized_name() == name) {
            dependency.pin = Pin::Url;
            dependency.url = url.as_deref().map(Redacted::url);
        }
    }
}

/// <https://hatch.pypa.io/latest/config/environment/overview/>.
fn hatch(document: &mut Document<'_>, toml: &Toml<'_>, hatch: &Table<'_>) {
    let environments = toml::table(hatch, &["envs"]).map(toml::entries).unwrap_or_default();
    for (_, environment) in environments {
        let Some(environment) = environment.get_ref().as_table() else { continue };
        for key in ["dependencies", "extra-dependencies"] {
            declare_array(document, toml, environment, key, Scope::Optional);
        }
    }
    let mut builds: Vec<&Table<'_>> = toml::table(hatch, &["build"]).into_iter().collect();
    let targets = toml::table(hatch, &["build", "targets"]).map(toml::entries).unwrap_or_default();
    builds.extend(targets.into_iter().filter_map(|(_, target)| target.get_ref().as_table()));
    for build in builds {
        declare_array(document, toml, build, "dependencies", Scope::Build);
        let hooks = toml::table(build, &["hooks"]).map(toml::entries).unwrap_or_default();
        for hook in hooks.into_iter().filter_map(|(_, hook)| hook.get_ref().as_table()) {
            declare_array(document, toml, hook, "dependencies", Scope::Build);
        }
    }
    if let Some(table) = toml::table(hatch, &["metadata", "hooks", "requirements_txt"]) {
        for file in toml::items(table, "files") {
            refer(document, toml, file);
        }
    }
}

/// <https://docs.astral.sh/uv/reference/settings/>.
fn uv(document: &mut Document<'_>, toml: &Toml<'_>, uv: &Table<'_>) {
    declare_array(document, toml, uv, "dev-dependencies", Scope::Optional);
    for key in ["constraint-dependencies", "override-dependencies", "build-constraint-dependencies"] {
        declare_array(document, toml, uv, key, Scope::Constraint);
    }
    for entry in toml::items(uv, "index") {
        let details = entry.get_ref().as_table();
        let flag = |key: &str| details.and_then(|details| details.get(key)).and_then(|flag| flag.get_ref().as_bool());
        // An explicit index serves only the packages that name it.
        if flag("explicit") != Some(true) {
            index(document, toml, entry, flag("default") == Some(true));
        }
    }
    for (key, kind) in [
        ("index-url", OptionKind::IndexUrl),
        ("extra-index-url", OptionKind::ExtraIndexUrl),
        ("find-links", OptionKind::FindLinks),
        ("allow-insecure-host", OptionKind::TrustedHost),
    ] {
        for value in uv.get(key).into_iter().chain(toml::items(uv, key)) {
            if let Some(url) = value.get_ref().as_str() {
                let location = document.source.location(toml.text_span(value));
                document.options.push(InstallOption { kind, value: Redacted::url(url), location });
            }
        }
    }
}

/// <https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html>: fields read from files.
fn setuptools(document: &mut Document<'_>, toml: &Toml<'_>, dynamic: &Table<'_>) {
    let mut fields: Vec<&Table<'_>> = toml::table(dynamic, &["dependencies"]).into_iter().collect();
    let extras = toml::table(dynamic, &["optional-dependencies"]).map(toml::entries).unwrap_or_default();
    fields.extend(extras.into_iter().filter_map(|(_, extra)| extra.get_ref().as_table()));
    for field in fields {
        for file in field.get("file").into_iter().chain(toml::items(field, "file")) {
            refer(document, toml, file);
        }
    }
}

/// An index that `entry`'s `url` names.
fn index(document: &mut Document<'_>, toml: &Toml<'_>, entry: &Value<'_>, replaces: bool) {
    let Some(details) = entry.get_ref().as_table() else { return };
    let Some((url, value)) = toml::text(details, "url").zip(details.get("url")) else { return };
    let kind = if replaces { OptionKind::IndexUrl } else { OptionKind::ExtraIndexUrl };
    let location = document.source.location(toml.text_span(value));
    document.options.push(InstallOption { kind, value: Redacted::url(url), location });
}

/// A requirements file that `value` names.
fn refer(document: &mut Document<'_>, toml: &Toml<'_>, value: &Value<'_>) {
    if let Some(path) = value.get_ref().as_str() {
        let location = document.source.location(toml.text_span(value));
        document.references.push(Reference { kind: ReferenceKind::Requirements, value: Redacted::url(path), location });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with<T>(text: &str, check: impl FnOnce(&Document<'_>) -> T) -> T {
        let source = Source::new(ArtifactPath::new("pyproject.toml"), text.as_bytes());
        let mut document = Document::new(&source);
        Pyproject.parse(&source, &mut document);
        check(&document)
    }

    #[test]
    fn a_source_replaces_the_index() {
        let text = "[project]\ndependencies = ['a>=1', 'b_c', 'd', 'e==1', 'f']\n[tool.uv.sources]\na = {git = 'https://g.example/a', branch = 'main'}\nB-C = {path = '../b'}\nd = {workspace = true}\ne = {index = 'pt'}\nf = [{url = 'https://x.example/f.whl', marker = 'x'}]\n[tool.pdm.resolution.overrides]\ng = '1.0'\n[tool.rye]\ndev-dependencies = ['h']\n";
        with(text, |document| {
            let found: Vec<String> = document
                .dependencies
                .iter()
                .map(|d| format!("{} {} {:?} {}", d.name, d.specifier, d.pin, d.url.as_ref().map_or("", |url| url.as_str())))
                .collect();
            assert_eq!(
                found,
                [
                    "a >=1 Url git+https://g.example/a@main",
                    "b_c  Url ../b",
                    "d  Url ",
                    "e ==1 Exact(\"1\") ",
                    "f  Unpinned ",
                    "g 1.0 Exact(\"1.0\") ",
                    "h  Unpinned ",
                ]
            );
        });
    }

    #[test]
    fn every_table_that_declares_packages_is_read() {
        let text = r#"
[build-system]
requires = ["setuptools>=61"]
[project]
dependencies = [
  "requests >=2,<3",  # why
  'torch; os_name == "nt"',
]
[project.optional-dependencies]
a = ["black==23.0.0"]
[dependency-groups]
dev = ["mypy", {include-group = "x"}]
[tool.poetry.dependencies]
python = "^3.9"
django = "^4.2"
multi = [{version = "1.0", python = "<3.9"}, {version = "2.0", python = ">=3.9"}]
[tool.poetry.group.test.dependencies]
pytest = {version = "~7.1", optional = true}
[tool.pdm.dev-dependencies]
d = ["-e file:///${PROJECT_ROOT}/x#egg=local", "tox"]
[tool.hatch.envs.default]
dependencies = ["coverage[toml]>=6.5"]
[tool.uv]
constraint-dependencies = ["grpcio<1.65"]
[[tool.uv.index]]
url = "https://me:pw@i.example/simple"
[tool.pixi.dependencies]
cuda = "12.*"
[tool.setuptools.dynamic]
optional-dependencies.test = { file = ["requirements-test.txt"] }
"#;
        with(text, |document| {
            let rows: Vec<_> = document.dependencies.iter().map(|d| (d.name.as_str(), d.specifier.as_str(), d.scope)).collect();
            assert_eq!(
                rows,
                [
                    ("setuptools", ">=61", Scope::Build),
                    ("requests", ">=2,<3", Scope::Runtime),
                    ("torch", "", Scope::Runtime),
                    ("black", "==23.0.0", Scope::Optional),
                    ("mypy", "", Scope::Optional),
                    ("django", "^4.2", Scope::Runtime),
                    ("multi", "1.0", Scope::Runtime),
                    ("multi", "2.0", Scope::Runtime),
                    ("pytest", "~7.1", Scope::Optional),
                    ("local", "", Scope::Optional),
                    ("tox", "", Scope::Optional),
                    ("coverage", ">=6.5", Scope::Optional),
                    ("grpcio", "<1.65", Scope::Constraint),
                    ("cuda", "12.*", Scope::Runtime),
                ]
            );
            for dependency in &document.dependencies {
                assert_eq!(dependency.name_at.span.slice(text.as_bytes()), dependency.name.as_bytes());
            }
            assert_eq!(document.dependencies[5].pin, Pin::Range(">=4.2,<5".into()));
            assert_eq!(document.options[0].value.as_str(), "https://[redacted]@i.example/simple");
            assert_eq!(document.references[0].value.as_str(), "requirements-test.txt");
            assert!(document.notifications.is_empty());
        });
    }

    #[test]
    fn a_broken_file_keeps_the_rest() {
        with("[project]\ndependencies = [\"a==1\"]\nx = = 1\n", |document| {
            assert_eq!(document.dependencies.len(), 1);
            assert_eq!(document.notifications[0].line, Some(3));
        });
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(\\[project\\]\n|\\[tool\\.poetry\\.dependencies\\]\n|dependencies = |\\[|\\]|\"|a==1|'|=|\\{|\\}|\n|x|version|é|,){0,30}") {
            with(&text, |document| {
                for dependency in &document.dependencies {
                    assert!(dependency.declared_at.span.end <= text.len());
                }
            });
        }
    }
}
