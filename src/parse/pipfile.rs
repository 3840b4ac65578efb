//! `Pipfile` of Pipenv: tables of packages, and the indexes they come from.
//!
//! <https://pipenv.pypa.io/en/latest/pipfile.html>. Every table but the ones that are not about packages is a
//! group of packages.

use std::str::FromStr;

use super::table_entry::{self, Dialect};
use super::{Parser, lossy, requirement, toml};
use crate::model::{ArtifactPath, Document, Ecosystem, Groups, InstallOption, OptionKind, Pin, Redacted, Scope, Source};

/// Pipfiles.
pub struct Pipfile;

/// Tables of a Pipfile that declare no packages.
const NOT_PACKAGES: [&str; 5] = ["source", "requires", "scripts", "pipenv", "pipfile"];

impl Parser for Pipfile {
    fn name(&self) -> &'static str {
        "pipfile"
    }

    fn reads(&self) -> &'static str {
        "Pipenv's `Pipfile`"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        path.file_name().ends_with("Pipfile")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        let toml = toml::parse(document, text, source.text_start());
        for (group, table) in toml::entries(&toml.root) {
            let group: &str = group.get_ref();
            let Some(table) = table.get_ref().as_table().filter(|_| !NOT_PACKAGES.contains(&group)) else { continue };
            let scope = if group == "packages" { Scope::Runtime } else { Scope::Optional };
            table_entry::declare_all(document, &toml, table, DIALECT, scope, &[]);
        }
        for (index, entry) in toml::items(&toml.root, "source").enumerate() {
            let Some(details) = entry.get_ref().as_table() else { continue };
            let Some((url, value)) = toml::text(details, "url").zip(details.get("url")) else { continue };
            let kind = if index == 0 { OptionKind::IndexUrl } else { OptionKind::ExtraIndexUrl };
            let location = source.location(toml.text_span(value));
            document.options.push(InstallOption { kind, value: Redacted::url(url), location: location.clone() });
            if details.get("verify_ssl").and_then(|verify| verify.get_ref().as_bool()) == Some(false) {
                let value = Redacted::url(url);
                document.options.push(InstallOption { kind: OptionKind::TrustedHost, value, location });
            }
        }
    }
}

const DIALECT: Dialect = Dialect { ecosystem: Ecosystem::PyPi, constraint: pep440 };

/// Specifier (verbatim) and pin of clauses as PEP 440 writes them, with `*` for any version.
pub fn pep440(text: &str) -> (String, Pin) {
    let specifier = text.trim().to_owned();
    if let Some(template) = requirement::placeholder(text) {
        return (specifier, Pin::Template(template.to_owned()));
    }
    if specifier.is_empty() || specifier == "*" {
        return (specifier, Pin::Unpinned);
    }
    let exact = specifier.strip_prefix("==").map(|version| version.trim_start_matches('=').trim());
    let pin = match (exact, pep440_rs::VersionSpecifiers::from_str(&specifier)) {
        (Some(version), Ok(all)) if all.len() == 1 && !version.ends_with(".*") => Pin::Exact(version.to_owned()),
        (_, Ok(_)) => Pin::Range(specifier.clone()),
        (Some(version), Err(_)) if !version.contains([',', ' ']) => Pin::Exact(version.to_owned()),
        (_, Err(_)) => Pin::Invalid(specifier.clone()),
    };
    (specifier, pin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_entry_is_read() {
        let text = "[[source]]\nurl = 'https://a.example/simple'\nverify_ssl = false\n[[source]]\nurl = 'https://b.example/simple'\n[packages]\nrequests = \"*\"\n\"flask\" = '==2.0.2'\ndjango = {version = \">=3.2\", extras = [\"bcrypt\"], markers = \"os_name == 'nt'\"}\nx = {git = \"https://g.example/x.git\", ref = \"main\"}\ny = {path = \"./y\", editable = true}\nz = 3\n[dev-packages]\npytest = \">=6\"\n[requires]\npython_version = \"3.9\"\n";
        let source = Source::new(ArtifactPath::new("Pipfile"), text.as_bytes());
        let mut document = Document::new(&source);
        Pipfile.parse(&source, &mut document);
        let rows: Vec<_> = document
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.specifier.as_str(), d.pin.clone(), d.declared_at.start.line))
            .collect();
        assert_eq!(
            rows,
            [
                ("requests", "*", Pin::Unpinned, 7),
                ("flask", "==2.0.2", Pin::Exact("2.0.2".into()), 8),
                ("django", ">=3.2", Pin::Range(">=3.2".into()), 9),
                ("x", "", Pin::Url, 10),
                ("y", "", Pin::Url, 11),
                ("pytest", ">=6", Pin::Range(">=6".into()), 14),
            ]
        );
        let flask = &document.dependencies[1];
        assert_eq!(flask.name_at.span.slice(text.as_bytes()), b"flask");
        assert_eq!(flask.version_at().span.slice(text.as_bytes()), b"==2.0.2");
        assert_eq!(document.dependencies[2].extras, ["bcrypt"]);
        assert_eq!(document.dependencies[3].url.as_ref().unwrap().as_str(), "git+https://g.example/x.git@main");
        assert_eq!(document.dependencies[5].scope, Scope::Optional);
        assert_eq!(document.notifications.len(), 1);
        let kinds: Vec<_> = document.options.iter().map(|option| option.kind).collect();
        assert_eq!(kinds, [OptionKind::IndexUrl, OptionKind::TrustedHost, OptionKind::ExtraIndexUrl]);
    }
}
