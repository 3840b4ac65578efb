//! `pixi.toml`, and the same tables under `[tool.pixi]` of a pyproject.toml.
//!
//! <https://pixi.sh/latest/reference/pixi_manifest/>. Tables of conda packages (`dependencies`,
//! `host-dependencies`, `build-dependencies`) and of PyPI packages (`pypi-dependencies`), at the top, under
//! `target.PLATFORM` and under `feature.NAME`. What `[package]` says (the preview of pixi-build) is about
//! building one package; it is not read, and a notification says so.

use super::table_entry::{self, Dialect};
use super::toml::{self, Table, Toml};
use super::{Parser, lossy, match_spec, pipfile, toml_commands};
use crate::model::{ArtifactPath, Document, Ecosystem, Groups, InstallOption, NotificationKind, OptionKind, Pin, Redacted, Scope, Source};

/// pixi manifests.
pub struct PixiToml;

impl Parser for PixiToml {
    fn name(&self) -> &'static str {
        "pixi_toml"
    }

    fn reads(&self) -> &'static str {
        "`pixi.toml`"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        path.file_name().ends_with("pixi.toml")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        let toml = toml::parse(document, text, source.text_start());
        declare(document, &toml, &toml.root);
        toml_commands::read(document, &toml, &toml.root);
    }
}

const CONDA: Dialect = Dialect { ecosystem: Ecosystem::Conda, constraint: conda };
const PYPI: Dialect = Dialect { ecosystem: Ecosystem::PyPi, constraint: pipfile::pep440 };

/// pixi keeps constraints as they are written; they mean what a match specification's version does.
fn conda(text: &str) -> (String, Pin) {
    (text.trim().to_owned(), match_spec::constraint(text, false).1)
}

/// Puts what a pixi manifest declares into `document`.
pub fn declare(document: &mut Document<'_>, toml: &Toml<'_>, manifest: &Table<'_>) {
    for workspace in ["workspace", "project"] {
        let Some(workspace) = toml::table(manifest, &[workspace]) else { continue };
        for channel in toml::items(workspace, "channels") {
            let named = channel.get_ref().as_table().and_then(|channel| toml::text(channel, "channel"));
            let Some(name) = channel.get_ref().as_str().or(named) else { continue };
            let location = document.source.location(toml.text_span(channel));
            document.options.push(InstallOption { kind: OptionKind::Channel, value: Redacted::url(name), location });
        }
    }
    declare_tables(document, toml, manifest, Scope::Runtime);
    if let Some(features) = toml::table(manifest, &["feature"]) {
        for (_, feature) in toml::entries(features) {
            if let Some(feature) = feature.get_ref().as_table() {
                declare_tables(document, toml, feature, Scope::Optional);
            }
        }
    }
    if let Some(package) = toml::table(manifest, &["package"]) {
        let unread = ["host-dependencies", "build-dependencies", "run-dependencies"];
        if let Some((key, _)) = toml::entries(package).into_iter().find(|(key, _)| unread.contains(&key.get_ref().as_ref())) {
            let message = "the dependencies of a [package] table (preview of pixi-build) are not read";
            document.notify_at(toml.span(key.span()).start, NotificationKind::Unsupported, message);
        }
    }
}

/// The dependency tables of a manifest or feature, and of its targets.
fn declare_tables(document: &mut Document<'_>, toml: &Toml<'_>, parent: &Table<'_>, scope: Scope) {
    let mut groups = vec![parent];
    if let Some(targets) = toml::table(parent, &["target"]) {
        groups.extend(toml::entries(targets).into_iter().filter_map(|(_, target)| target.get_ref().as_table()));
    }
    for group in groups {
        for (name, dialect, scope) in [
            ("dependencies", CONDA, scope),
            ("host-dependencies", CONDA, Scope::Build),
            ("build-dependencies", CONDA, Scope::Build),
            ("pypi-dependencies", PYPI, scope),
            ("constraints", CONDA, Scope::Constraint),
        ] {
            if let Some(table) = toml::table(group, &[name]) {
                table_entry::declare_all(document, toml, table, dialect, scope, &[]);
            }
        }
        let Some(options) = toml::table(group, &["pypi-options"]) else { continue };
        for (key, kind) in [("index-url", OptionKind::IndexUrl), ("extra-index-urls", OptionKind::ExtraIndexUrl)] {
            let urls = options.get(key).into_iter().chain(toml::items(options, key));
            for value in urls {
                let Some(url) = value.get_ref().as_str() else { continue };
                let location = document.source.location(toml.text_span(value));
                document.options.push(InstallOption { kind, value: Redacted::url(url), location });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_features_and_targets_are_read() {
        let text = "[workspace]\nchannels = [\"conda-forge\"]\n[dependencies]\npython = \"3.12.*\"\nx = { version = \"==1.2\", channel = \"c\" }\n[target.linux-64.pypi-dependencies]\ntorch = { version = \">=2\", extras = [\"a\"] }\n[feature.test.dependencies]\npytest = \"*\"\n[package.host-dependencies]\nsdl = \"*\"\n";
        let source = Source::new(ArtifactPath::new("pixi.toml"), text.as_bytes());
        let mut document = Document::new(&source);
        PixiToml.parse(&source, &mut document);
        let rows: Vec<_> =
            document.dependencies.iter().map(|d| (d.name.as_str(), d.ecosystem, d.pin.clone(), d.scope)).collect();
        assert_eq!(
            rows,
            [
                ("python", Ecosystem::Conda, Pin::Range("==3.12.*".into()), Scope::Runtime),
                ("x", Ecosystem::Conda, Pin::Exact("1.2".into()), Scope::Runtime),
                ("torch", Ecosystem::PyPi, Pin::Range(">=2".into()), Scope::Runtime),
                ("pytest", Ecosystem::Conda, Pin::Unpinned, Scope::Optional),
            ]
        );
        assert_eq!(document.options.len(), 1);
        assert_eq!(document.notifications.len(), 1);
    }
}
