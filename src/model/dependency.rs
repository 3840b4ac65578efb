//! A declared package: what a manifest, a lock file or an install command asks for.

use super::location::Location;
use super::redact::Redacted;

/// One declaration of one package at one place.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// As declared. Compare [`normalized_name`](Self::normalized_name).
    pub name: String,
    /// Whose package.
    pub ecosystem: Ecosystem,
    /// Which versions are allowed.
    pub pin: Pin,
    /// The specifier as inventory prints it: `==1.2`, `>=1,<2`, `1.21.*` (conda), `^1.2` (Poetry); empty when there is none.
    pub specifier: String,
    /// Extras, as declared.
    pub extras: Vec<String>,
    /// Environment marker or selector, as declared.
    pub marker: Option<String>,
    /// Hashes (`sha256:…`).
    pub hashes: Vec<String>,
    /// For a direct reference: where it is installed from.
    pub url: Option<Redacted>,
    /// What it is for.
    pub scope: Scope,
    /// Where the declaration starts.
    pub declared_at: Location,
    /// The name.
    pub name_at: Location,
    /// The specifier; `None` when there is none.
    pub specifier_at: Option<Location>,
}

impl Dependency {
    /// PEP 503: runs of `-`, `_` and `.` are one `-`, letters are lower case.
    pub fn normalized_name(&self) -> String {
        normalize_name(&self.name)
    }

    /// Where a finding about the version points: at the specifier, else at the name.
    pub fn version_at(&self) -> &Location {
        self.specifier_at.as_ref().unwrap_or(&self.name_at)
    }
}

/// True for a placeholder that is filled in with whatever is newest: `{{latest-pypi-version}}`.
pub fn is_latest_template(text: &str) -> bool {
    text.contains("{{") && text.to_ascii_lowercase().contains("latest")
}

/// PEP 503 normalisation of a project name.
pub fn normalize_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '-' | '_' | '.' => {
                if !out.ends_with('-') {
                    out.push('-');
                }
            }
            other if other.is_ascii() => out.push(other.to_ascii_lowercase()),
            other => out.extend(other.to_lowercase()),
        }
    }
    out
}

/// The name space of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ecosystem {
    /// The Python Package Index, or an index in its place.
    PyPi,
    /// A conda channel.
    Conda,
    /// A Linux distribution's packages.
    Debian,
}

impl Ecosystem {
    /// The type of a package URL (purl).
    pub fn purl_type(self) -> &'static str {
        match self {
            Self::PyPi => "pypi",
            Self::Conda => "conda",
            Self::Debian => "deb",
        }
    }
}

/// What a declaration says about the version. Versions are text here; `version/` orders them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// Exactly this version (`==1.2`, `===1.2`, a lock entry, a wheel's name).
    Exact(String),
    /// A specifier that allows several, in PEP 440 or, for conda, in its own syntax translated to PEP 440 where that is exact.
    Range(String),
    /// Any version.
    Unpinned,
    /// Installed from a URL, a path or a repository; the version is not said.
    Url,
    /// A placeholder that something else fills in: `{{latest-pypi-version}}`, `${VERSION}`.
    Template(String),
    /// A specifier that could not be read; kept as it stands.
    Invalid(String),
}

/// What a declaration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Installed where the program runs.
    Runtime,
    /// Development, tests, documentation, an optional group.
    Optional,
    /// Needed to build.
    Build,
    /// Only limits what something else asks for (`-c`, `[tool.uv] constraint-dependencies`).
    Constraint,
    /// What a resolver wrote down.
    Locked,
}

#[cfg(test)]
mod tests {
    use super::normalize_name;

    #[test]
    fn names_are_normalised_as_in_pep_503() {
        assert_eq!(normalize_name("Ruamel._yaml"), "ruamel-yaml");
        assert_eq!(normalize_name("jw.util"), "jw-util");
    }
}
