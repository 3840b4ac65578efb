//! Which PyPI project a conda package is: curated facts, compiled in.
//!
//! A name maps only when the conda package *is* the project, never when it merely carries it. Versions of the
//! two name spaces are mostly the same upstream releases, but a conda build may carry backported patches, so
//! whoever uses the mapping says "conda" and does not claim certainty. Format and source of the facts: the
//! head of `advisories-cache/conda-names.tsv`.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::model::dependency::normalize_name;

static TABLE: &str = include_str!("../../advisories-cache/conda-names.tsv");

static NAMES: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| rows().filter_map(|row| row.split_once('\t')).collect());

fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#'))
}

/// What a conda name means on PyPI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PypiName {
    /// The project has the same name, as far as is known.
    Same(String),
    /// The project has another, normalised, name.
    Renamed(String),
}

impl PypiName {
    /// The normalised PyPI name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Same(name) | Self::Renamed(name) => name,
        }
    }
}

/// The PyPI project of a conda package; `None` when the package of this name is known to be something else.
pub fn pypi_name(conda_name: &str) -> Option<PypiName> {
    let lower = conda_name.to_ascii_lowercase();
    match NAMES.get(lower.as_str()) {
        Some(&"") => None,
        Some(name) => Some(PypiName::Renamed(normalize_name(name))),
        None => Some(PypiName::Same(normalize_name(&lower))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_map_where_the_project_is_the_same() {
        assert_eq!(pypi_name("pytorch").unwrap().as_str(), "torch");
        assert_eq!(pypi_name("NumPy"), Some(PypiName::Same("numpy".to_owned())));
        assert_eq!(pypi_name("redis-py").unwrap().as_str(), "redis");
        assert_eq!(pypi_name("redis"), None);
        assert_eq!(pypi_name("inkscape").unwrap().as_str(), "inkscape");
    }

    #[test]
    fn rows_are_sorted_unique_and_well_formed() {
        let names: Vec<&str> = rows().map(|row| row.split_once('\t').unwrap().0).collect();
        assert!(names.len() > 800);
        assert!(names.is_sorted_by(|a, b| a < b));
    }
}
