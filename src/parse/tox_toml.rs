//! `tox.toml`, and the same tables under `[tool.tox]` of a pyproject.toml: what test environments install.
//!
//! <https://tox.wiki/en/latest/config.html#toml-configuration>: requirements under `deps` of `env_run_base` and of every
//! `env.NAME`; `requires` is what tox itself runs with.

use super::install_command::Place;
use super::toml::{self, Table, Toml, Value};
use super::written::{self, Depth};
use super::{Parser, lossy, requirements, toml_commands};
use crate::model::{ArtifactPath, Document, Groups, Scope, Segment, SegmentKind, Source};

/// tox's configuration in TOML.
pub struct ToxToml;

impl Parser for ToxToml {
    fn name(&self) -> &'static str {
        "tox_toml"
    }

    fn reads(&self) -> &'static str {
        "`tox.toml`"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        path.file_name() == "tox.toml"
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        let toml = toml::parse(document, text, source.text_start());
        declare(document, &toml, &toml.root);
        toml_commands::read(document, &toml, &toml.root);
    }
}

/// Puts what tox installs into `document`.
pub fn declare(document: &mut Document<'_>, toml: &Toml<'_>, tox: &Table<'_>) {
    lines(document, toml, tox, "requires");
    let environments = toml::table(tox, &["env"]).map(toml::entries).unwrap_or_default();
    let named = environments.into_iter().filter_map(|(_, environment)| environment.get_ref().as_table());
    for environment in toml::table(tox, &["env_run_base"]).into_iter().chain(named) {
        lines(document, toml, environment, "deps");
    }
    if let Some(value) = tox.get("legacy_tox_ini")
        && let Some(text) = value.get_ref().as_str()
    {
        legacy(document, toml, value, text);
    }
}

fn lines(document: &mut Document<'_>, toml: &Toml<'_>, table: &Table<'_>, key: &str) {
    for item in toml::items(table, key) {
        if let Some(text) = item.get_ref().as_str() {
            requirements::declare_line(document, text, &toml.map(item.span(), text), Scope::Optional);
        }
    }
}

/// A whole `tox.ini` as a text.
fn legacy(document: &mut Document<'_>, toml: &Toml<'_>, value: &Value<'_>, text: &str) {
    let segment = Segment::new(text.as_bytes(), toml.map(value.span(), text), SegmentKind::Text, None);
    let named_at = document.source.location(toml.span(value.span()));
    written::read("tox.ini", named_at, text.as_bytes(), &Place::segment(&segment), Depth::Any, document);
}

#[cfg(test)]
mod tests {
    use super::super::pyproject::Pyproject;
    use super::*;

    fn read(parser: &dyn Parser, path: &str, text: &str) -> Vec<String> {
        let source = Source::new(ArtifactPath::new(path), text.as_bytes());
        assert!(parser.claims(&source.path, text.as_bytes()), "{path}");
        let mut document = Document::new(&source);
        parser.parse(&source, &mut document);
        assert!(document.notifications.is_empty(), "{:?}", document.notifications);
        let packages = document.dependencies.iter().map(|found| {
            let written = String::from_utf8_lossy(found.declared_at.span.slice(text.as_bytes())).into_owned();
            assert_eq!(written, format!("{}{}", found.name, found.specifier), "{text}");
            format!("{written} @{}", found.declared_at.start.line)
        });
        let references = document
            .references
            .iter()
            .filter(|found| found.kind == crate::model::ReferenceKind::Requirements)
            .map(|found| format!("-r {}", found.value));
        packages.chain(references).collect()
    }

    #[test]
    fn environments_and_commands() {
        let text = "requires = [\"tox>=4.2\"]\n[env_run_base]\ndeps = [\"a==1\", \"-r r.txt\"]\ncommands = [[\"pip\", \"install\", \"b==2\"], [\"pytest\"]]\n[env.lint]\ndeps = [\"c==3\"]\n";
        assert_eq!(read(&ToxToml, "tox.toml", text), ["tox>=4.2 @1", "a==1 @3", "c==3 @6", "b==2 @4", "-r r.txt"]);
    }

    #[test]
    fn inside_a_project() {
        let text = "[tool.tox]\nlegacy_tox_ini = \"\"\"\n[testenv]\ndeps =\n    a==1\n\"\"\"\n[tool.tox.env_run_base]\ndeps = [\"b==2\"]\n";
        assert_eq!(read(&Pyproject, "pyproject.toml", text), ["a==1 @5", "b==2 @8"]);
    }

    #[test]
    fn tasks_of_other_tools() {
        for tool in [
            "cibuildwheel]\nbefore-build = \"python -m pip install a==1\"",
            "poe.tasks]\nsetup = { cmd = \"pip install a==1\" }",
            "poe.tasks]\nsetup = [{ shell = \"pip install a==1\" }]",
            "hatch.envs.default.scripts]\nsetup = [\"pip install a==1\", \"pytest -q\"]",
            "pdm.scripts]\nsetup = [\"pip\", \"install\", \"a==1\"]",
            "pixi.tasks]\nsetup = \"pip install a==1\"",
        ] {
            assert_eq!(read(&Pyproject, "pyproject.toml", &format!("[tool.{tool}\n")), ["a==1 @2"], "{tool}");
        }
        let text = "[project]\nname = \"x\"\ndescription = \"pip install a==1\"\n";
        assert_eq!(read(&Pyproject, "pyproject.toml", text), Vec::<String>::new());
    }
}
