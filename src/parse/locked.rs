//! One package of a lock file written in TOML: what all four formats share.

use super::lossy;
use super::toml::{self, Table, Toml};
use crate::model::{
    ArtifactPath, Dependency, Document, Ecosystem, NotificationKind, Pin, Redacted, Scope, Source, Span,
};

/// Reads each package of a lock whose packages are tables `[[name]]`. What stands before the first is read for its
/// faults only. A file that is not UTF-8 gives a notification.
pub fn packages(
    source: &Source<'_>,
    document: &mut Document<'_>,
    name: &str,
    mut each: impl FnMut(&mut Document<'_>, &Toml<'_>, &Table<'_>, Span),
) {
    let text = &*lossy::text(source, document);
    for (at, part) in toml::parts(text, name) {
        let base = source.text_start().saturating_add(at);
        let toml = toml::parse(document, part, base);
        let header = Span::new(base, base.saturating_add(part.find('\n').unwrap_or(part.len())));
        for package in toml::items(&toml.root, name) {
            if let Some(package) = package.get_ref().as_table() {
                each(document, &toml, package, header);
            }
        }
    }
}

/// The dependency that `package` locks: `name`, `version`, `marker` and the hashes of its files. `pin` says what
/// of it when there is no version, or when the version is not that of a released package; `url` is where from.
pub fn declare(
    document: &mut Document<'_>,
    toml: &Toml<'_>,
    package: &Table<'_>,
    header: Span,
    (pin, url): (Option<Pin>, Option<String>),
) {
    let Some((name, name_value)) = toml::text(package, "name").zip(package.get("name")) else {
        document.notify_at(header.start, NotificationKind::Malformed, "a locked package has no name");
        return;
    };
    let version = toml::text(package, "version").filter(|version| !version.is_empty());
    let source = document.source;
    let pin = pin.unwrap_or_else(|| version.map_or(Pin::Unpinned, |version| Pin::Exact(version.to_owned())));
    document.dependencies.push(Dependency {
        name: name.to_owned(),
        ecosystem: Ecosystem::PyPi,
        pin,
        specifier: version.map_or(String::new(), |version| format!("=={version}")),
        extras: toml::items(package, "extras")
            .filter_map(|extra| extra.get_ref().as_str())
            .map(str::to_owned)
            .collect(),
        marker: ["marker", "markers"].into_iter().find_map(|key| toml::text(package, key)).map(str::to_owned),
        hashes: hashes(package),
        url: url.map(|url| Redacted::url(&url)),
        scope: Scope::Locked,
        declared_at: source.location(header),
        name_at: source.location(toml.text_span(name_value)),
        specifier_at: version.and(package.get("version")).map(|version| source.location(toml.text_span(version))),
    });
}

/// The hashes of a package's files: `files` (Poetry, PDM), `sdist` and `wheels` (uv, pylock.toml).
fn hashes(package: &Table<'_>) -> Vec<String> {
    let mut hashes = Vec::new();
    let single = ["sdist", "archive"].into_iter().filter_map(|key| package.get(key));
    let listed = ["files", "wheels"].into_iter().flat_map(|key| toml::items(package, key));
    for file in single.chain(listed) {
        let Some(file) = file.get_ref().as_table() else { continue };
        if let Some(hash) = toml::text(file, "hash") {
            hashes.push(hash.to_owned());
        }
        for (algorithm, hash) in toml::table(file, &["hashes"]).map(toml::entries).unwrap_or_default() {
            if let Some(hash) = hash.get_ref().as_str() {
                hashes.push(format!("{}:{hash}", algorithm.get_ref()));
            }
        }
    }
    hashes
}

/// True for a lock file of another name that holds a package table and `mark`, which only this tool writes.
pub fn holds(path: &ArtifactPath, head: &[u8], mark: &str) -> bool {
    let has = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
    path.extension() == "lock" && has("[[package]]") && has(mark)
}

/// True when one of the words of a file name (split at everything that is no letter or digit) is `word` and its
/// ending is `lock`: `uv.lock`, `uv_without_root.lock`, `want.poetry.lock`.
pub fn is_lock_of(file_name: &str, word: &str) -> bool {
    let name = file_name.to_ascii_lowercase();
    name.strip_suffix(".lock")
        .is_some_and(|stem| stem.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word))
}
