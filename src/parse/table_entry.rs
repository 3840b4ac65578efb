//! A package declared as a key of a table: `name = "constraint"`, or `name = { version = …, git = … }`, or a list
//! of such tables. Poetry, Pipenv and pixi write so; each says how it reads a constraint.

use super::requirement;
use super::toml::{self, Key, Table, Toml, Value};
use crate::model::{Dependency, Document, Ecosystem, NotificationKind, Pin, Redacted, Scope, Span};

/// How one format writes its entries.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// Whose packages they are.
    pub ecosystem: Ecosystem,
    /// Specifier and pin of a constraint.
    pub constraint: fn(&str) -> (String, Pin),
}

/// Puts every entry of `table` but those named in `not_packages` into `document`.
pub fn declare_all(
    document: &mut Document<'_>,
    toml: &Toml<'_>,
    table: &Table<'_>,
    dialect: Dialect,
    scope: Scope,
    not_packages: &[&str],
) {
    for (key, value) in toml::entries(table) {
        if !not_packages.contains(&key.get_ref().as_ref()) {
            declare(document, toml, key, value, dialect, scope);
        }
    }
}

/// Puts one entry into `document`: one declaration for each table of a list.
pub fn declare(
    document: &mut Document<'_>,
    toml: &Toml<'_>,
    key: &Key<'_>,
    value: &Value<'_>,
    dialect: Dialect,
    scope: Scope,
) {
    if let Some(alternatives) = value.get_ref().as_array() {
        for alternative in alternatives {
            declare_one(document, toml, key, alternative, dialect, scope);
        }
    } else {
        declare_one(document, toml, key, value, dialect, scope);
    }
}

fn declare_one(
    document: &mut Document<'_>,
    toml: &Toml<'_>,
    key: &Key<'_>,
    value: &Value<'_>,
    dialect: Dialect,
    scope: Scope,
) {
    let name: &str = key.get_ref();
    let name_span = toml.map(key.span(), name).source_span(Span::new(0, name.len()));
    let empty = Table::new();
    let details = value.get_ref().as_table();
    let version = match details {
        Some(details) => details.get("version"),
        None => Some(value),
    };
    let version_text = version.and_then(|version| version.get_ref().as_str());
    if (version_text.is_none() && details.is_none()) || name.is_empty() {
        let message = "an entry of a dependency table is neither a constraint nor a table";
        requirement::note(document, name_span.start, NotificationKind::Malformed, message);
        return;
    }
    let details = details.unwrap_or(&empty);
    let (specifier, mut pin) = version_text.map_or((String::new(), Pin::Unpinned), |text| (dialect.constraint)(text));
    let place = version.filter(|_| version_text.is_some()).map(|version| toml.text_span(version));
    if let (Pin::Invalid(_), Some(place)) = (&pin, place) {
        requirement::note(
            document,
            place.start,
            NotificationKind::Malformed,
            "a version constraint was not understood",
        );
    }
    let url = location(details);
    if let Some(url) = &url
        && version_text.is_none()
    {
        pin = requirement::version_of_url(url).map_or(Pin::Url, Pin::Exact);
    }
    let value_span = toml.span(value.span());
    let source = document.source;
    document.dependencies.push(Dependency {
        name: name.to_owned(),
        ecosystem: dialect.ecosystem,
        pin,
        specifier,
        extras: toml::items(details, "extras")
            .filter_map(|extra| extra.get_ref().as_str())
            .map(str::to_owned)
            .collect(),
        marker: ["markers", "marker", "python", "sys_platform", "platform"]
            .into_iter()
            .find_map(|key| toml::text(details, key))
            .map(str::to_owned),
        hashes: toml::items(details, "hashes").filter_map(|hash| hash.get_ref().as_str()).map(str::to_owned).collect(),
        url: url.map(|url| Redacted::url(&url)),
        scope: match details.get("optional").and_then(|optional| optional.get_ref().as_bool()) {
            Some(true) => Scope::Optional,
            _ => scope,
        },
        declared_at: source.location(Span::new(name_span.start, name_span.end.max(value_span.end))),
        name_at: source.location(name_span),
        specifier_at: place.filter(|place| !place.is_empty()).map(|place| source.location(place)),
    });
}

/// Where an entry is installed from: a repository with its revision, a URL, a path.
pub fn location(details: &Table<'_>) -> Option<String> {
    for key in ["git", "hg", "svn", "bzr"] {
        if let Some(url) = toml::text(details, key) {
            let url = if url.starts_with(key) { url.to_owned() } else { format!("{key}+{url}") };
            let revision = ["rev", "tag", "branch", "ref"].into_iter().find_map(|key| toml::text(details, key));
            return Some(revision.map_or_else(|| url.clone(), |revision| format!("{url}@{revision}")));
        }
    }
    ["url", "path", "file"].into_iter().find_map(|key| toml::text(details, key)).map(str::to_owned)
}
