//! Poetry's version constraints, and the tables of `[tool.poetry]` that declare packages.
//!
//! <https://python-poetry.org/docs/dependency-specification/>: `^1.2` allows what does not change the leftmost
//! non-zero number, `~1.2` what does not change the second, a bare `1.2` is exact, `||` separates alternatives.

use std::str::FromStr;

use super::table_entry::{self, Dialect};
use super::toml::{self, Table, Toml};
use crate::model::{Document, Ecosystem, InstallOption, OptionKind, Pin, Redacted, Scope};

/// Poetry's way to write entries.
pub const DIALECT: Dialect = Dialect { ecosystem: Ecosystem::PyPi, constraint };

/// Puts what `[tool.poetry]` declares into `document`.
pub fn declare(document: &mut Document<'_>, toml: &Toml<'_>, poetry: &Table<'_>) {
    // `python` is the interpreter's version, not a package.
    let mut declare = |path: &[&str], scope| {
        if let Some(table) = toml::table(poetry, path) {
            table_entry::declare_all(document, toml, table, DIALECT, scope, &["python"]);
        }
    };
    declare(&["dependencies"], Scope::Runtime);
    declare(&["dev-dependencies"], Scope::Optional);
    declare(&["requires-plugins"], Scope::Build);
    if let Some(groups) = toml::table(poetry, &["group"]) {
        for (group, _) in toml::entries(groups) {
            let scope = if group.get_ref() == "main" { Scope::Runtime } else { Scope::Optional };
            declare(&["group", group.get_ref(), "dependencies"], scope);
        }
    }
    for source in toml::items(poetry, "source") {
        let Some(details) = source.get_ref().as_table() else { continue };
        let Some((url, value)) = toml::text(details, "url").zip(details.get("url")) else { continue };
        let replaces = matches!(toml::text(details, "priority"), Some("primary" | "default"))
            || details.get("default").and_then(|default| default.get_ref().as_bool()) == Some(true);
        let kind = if replaces { OptionKind::IndexUrl } else { OptionKind::ExtraIndexUrl };
        let location = document.source.location(toml.text_span(value));
        document.options.push(InstallOption { kind, value: Redacted::url(url), location });
    }
}

/// Specifier (verbatim) and pin of a constraint.
pub fn constraint(text: &str) -> (String, Pin) {
    let specifier = text.trim().to_owned();
    if let Some(template) = super::requirement::placeholder(text) {
        let pin = Pin::Template(template.to_owned());
        return (specifier, pin);
    }
    if specifier.is_empty() || specifier == "*" {
        return (specifier, Pin::Unpinned);
    }
    if specifier.contains('|') {
        // Alternatives: PEP 440 has none.
        let known = specifier.split('|').filter(|part| !part.trim().is_empty()).all(|part| translate(part).is_some());
        let pin = if known { Pin::Range(specifier.clone()) } else { Pin::Invalid(specifier.clone()) };
        return (specifier, pin);
    }
    let pin = match translate(&specifier) {
        Some(clauses) => match clauses.strip_prefix("==") {
            Some(version) if !version.contains([',', '*']) => Pin::Exact(version.trim_start_matches('=').to_owned()),
            _ => Pin::Range(clauses),
        },
        None => Pin::Invalid(specifier.clone()),
    };
    (specifier, pin)
}

/// PEP 440 clauses that allow the same versions; `None` when a clause was not understood.
fn translate(text: &str) -> Option<String> {
    let mut clauses = Vec::new();
    // Clauses are separated by a comma or a blank; a blank can also stand after an operator.
    let mut operator = String::new();
    for word in text.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
        let version_at = word.find(|c: char| !"=<>!~^".contains(c)).unwrap_or(word.len());
        let (start, version) = word.split_at(version_at);
        operator.push_str(start);
        if version.is_empty() {
            continue;
        }
        if version == "*" && matches!(operator.as_str(), "" | "==" | "=") {
            operator.clear();
            continue;
        }
        clauses.extend(clause(&operator, version)?);
        operator.clear();
    }
    let clauses = clauses.join(",");
    pep440_rs::VersionSpecifiers::from_str(&clauses).ok()?;
    (operator.is_empty() && !clauses.is_empty()).then_some(clauses)
}

fn clause(operator: &str, version: &str) -> Option<Vec<String>> {
    let version = version.strip_prefix('v').unwrap_or(version);
    Some(match operator {
        "^" => bounds(version, |release| {
            release.iter().position(|part| *part != 0).unwrap_or(release.len().saturating_sub(1))
        })?,
        "~" => bounds(version, |release| usize::from(release.len() > 1))?,
        "" | "=" => vec![format!("=={version}")],
        other => vec![format!("{other}{version}")],
    })
}

/// `>=version` and `<` the version whose release number at the place that `keep` names is one higher.
fn bounds(version: &str, keep: impl Fn(&[u64]) -> usize) -> Option<Vec<String>> {
    let parsed = pep440_rs::Version::from_str(version.trim_end_matches(".*")).ok()?;
    let release: Vec<u64> = parsed.release().to_vec();
    let place = keep(&release);
    let mut upper: Vec<String> = release.iter().take(place).map(u64::to_string).collect();
    upper.push(release.get(place)?.checked_add(1)?.to_string());
    Some(vec![format!(">={}", version.trim_end_matches(".*")), format!("<{}", upper.join("."))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_translated_to_what_allows_the_same() {
        for (text, pin) in [
            ("^2.13.0", Pin::Range(">=2.13.0,<3".into())),
            ("^0.2.3", Pin::Range(">=0.2.3,<0.3".into())),
            ("^0.0.3", Pin::Range(">=0.0.3,<0.0.4".into())),
            ("^0.0", Pin::Range(">=0.0,<0.1".into())),
            ("^0", Pin::Range(">=0,<1".into())),
            ("~5.1.0", Pin::Range(">=5.1.0,<5.2".into())),
            ("~5", Pin::Range(">=5,<6".into())),
            ("1.2.*", Pin::Range("==1.2.*".into())),
            (">= 1.2, <2", Pin::Range(">=1.2,<2".into())),
            (">=1.2 <2", Pin::Range(">=1.2,<2".into())),
            ("~=1.2", Pin::Range("~=1.2".into())),
            ("1.2", Pin::Exact("1.2".into())),
            ("==1.2", Pin::Exact("1.2".into())),
            ("*", Pin::Unpinned),
            ("^1.0 || ^2.0", Pin::Range("^1.0 || ^2.0".into())),
            ("latest", Pin::Invalid("latest".into())),
            ("^", Pin::Invalid("^".into())),
        ] {
            assert_eq!(constraint(text).1, pin, "{text}");
        }
    }
}
