//! Azure ML assets by their registered names: `azureml:NAME:VERSION`, `azureml:NAME@LABEL`, and their long forms
//! (<https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax#reference-an-asset>).
//!
//! A name leads to the files of the repository that define an asset of that name. Which of several was registered
//! last, and under which number where the file gives none, only the workspace knows: such joins are not certain.
//! The limits: a registry or workspace may hold another asset of the same name, and a file that defines several
//! assets counts as a whole.

use std::collections::BTreeMap;

use crate::model::{ArtifactPath, ReferenceKind, Repository};

/// Files that one reference is joined to at most.
const MAX_CANDIDATES: usize = 8;

/// The assets that the files of a repository define.
pub(super) struct Assets<'r> {
    /// Name → (version, where).
    defined: BTreeMap<(ReferenceKind, &'r str), Vec<(&'r str, &'r ArtifactPath)>>,
}

/// What a name leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'r> {
    /// To these files, and whether it is certain that it is this one.
    Files(Vec<&'r ArtifactPath>, bool),
    /// Only other versions are defined here; the message says so.
    OtherVersion(String),
    /// No file defines it: it is registered elsewhere.
    Nothing,
}

impl<'r> Assets<'r> {
    /// Reads the definitions.
    pub(super) fn new(repository: &'r Repository) -> Self {
        let mut defined: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for facts in &repository.artifacts {
            for reference in &facts.references {
                let Some(kind) = defines(reference.kind) else { continue };
                let (name, version) = split(reference.value.as_str());
                let places = defined.entry((kind, name)).or_insert_with(Vec::new);
                if places.last() != Some(&(version, &facts.path)) {
                    places.push((version, &facts.path));
                }
            }
        }
        Self { defined }
    }

    /// Where the asset that `value` names is defined.
    pub(super) fn find(&self, kind: ReferenceKind, value: &str) -> Found<'r> {
        let Some((name, version)) = named(kind, value) else { return Found::Nothing };
        let Some(places) = self.defined.get(&(kind, name)) else { return Found::Nothing };
        let of_version = |wanted: &str| distinct(places.iter().filter(|(version, _)| *version == wanted));
        let exact = of_version(version);
        let (mut paths, said) = match version {
            "" => (distinct(places.iter()), true),
            _ if !exact.is_empty() => (exact, true),
            _ => (of_version(""), false),
        };
        if paths.is_empty() {
            let versions: Vec<&str> = places.iter().map(|(version, _)| *version).take(MAX_CANDIDATES).collect();
            let versions = versions.join(", ");
            return Found::OtherVersion(format!(
                "names version {version} of '{name}', of which the repository defines only {versions}: what it installs was not joined"
            ));
        }
        let certain = said && paths.len() == 1;
        paths.truncate(MAX_CANDIDATES);
        Found::Files(paths, certain)
    }
}

/// The paths of places, which are in order: one more than are joined at most.
fn distinct<'p, 'r: 'p>(places: impl Iterator<Item = &'p (&'r str, &'r ArtifactPath)>) -> Vec<&'r ArtifactPath> {
    let mut paths: Vec<&ArtifactPath> = Vec::new();
    for (_, path) in places {
        if paths.last() != Some(path) {
            paths.push(path);
        }
        if paths.len() > MAX_CANDIDATES {
            break;
        }
    }
    paths
}

/// What kind of reference leads to what a reference of this kind defines.
fn defines(kind: ReferenceKind) -> Option<ReferenceKind> {
    match kind {
        ReferenceKind::EnvironmentName => Some(ReferenceKind::Environment),
        ReferenceKind::ComponentName => Some(ReferenceKind::Component),
        _ => None,
    }
}

/// Name and version of `name:version`; the version is empty when there is none, or a label such as `@latest`.
fn split(value: &str) -> (&str, &str) {
    match value.split_once(':') {
        Some((name, version)) => (name, version),
        None => (value.split_once('@').map_or(value, |(name, _)| name), ""),
    }
}

/// Name and version of what a reference names.
fn named(kind: ReferenceKind, value: &str) -> Option<(&str, &str)> {
    let folder = match kind {
        ReferenceKind::Environment => "environments",
        ReferenceKind::Component => "components",
        _ => return None,
    };
    if !value.contains('/') {
        return Some(split(value.strip_prefix("azureml:").unwrap_or(value)));
    }
    // azureml://registries/R/environments/N/versions/V, azureml:/subscriptions/…/environments/N/labels/latest
    if !(value.starts_with("azureml:/") || value.starts_with("/subscriptions/")) {
        return None;
    }
    let mut parts = value.split('/').skip_while(|part| *part != folder).skip(1);
    let name = parts.next().filter(|name| !name.is_empty())?;
    Some((name, if parts.next() == Some("versions") { parts.next().unwrap_or_default() } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReferenceKind::{Component, Environment};

    #[test]
    fn short_and_long_names() {
        let same = [
            ("azureml:a-b:3", ("a-b", "3")),
            ("azureml:a-b@latest", ("a-b", "")),
            ("azureml:a-b", ("a-b", "")),
            ("a-b:3", ("a-b", "3")),
            ("azureml://registries/r/environments/a-b/versions/3", ("a-b", "3")),
            ("azureml://registries/r/environments/a-b/labels/latest", ("a-b", "")),
            (
                "azureml:/subscriptions/s/resourceGroups/g/providers/p/workspaces/w/environments/a-b/versions/3",
                ("a-b", "3"),
            ),
        ];
        for (value, expected) in same {
            assert_eq!(named(Environment, value), Some(expected), "{value}");
        }
        for other in ["./env.yml", "mcr.example/image:1", "azureml://registries/r/components/c/versions/3"] {
            assert_eq!(named(Environment, other), None, "{other}");
        }
        assert_eq!(named(Component, "azureml://registries/r/components/c/versions/3"), Some(("c", "3")));
    }
}
