//! Records of what is declared and what is known to be affected, in both directions.

use serde::{Deserialize, Serialize};

use super::read::{ReadError, unknown};
use crate::model::{self, ArtifactPath, Ecosystem, Location, Pin, Position, Scope};

/// See [`model::AffectedRange`].
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct AffectedRange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub end_included: bool,
}

impl AffectedRange {
    pub(super) fn of(range: &model::AffectedRange) -> Self {
        Self { start: range.start.clone(), end: range.end.clone(), end_included: range.end_included }
    }
}

impl From<AffectedRange> for model::AffectedRange {
    fn from(record: AffectedRange) -> Self {
        Self { start: record.start, end: record.end, end_included: record.end_included }
    }
}

/// What a bill of materials needs of a [`model::Dependency`].
#[derive(Serialize, Deserialize)]
pub struct Declaration {
    /// As declared.
    pub name: String,
    /// The type of its package URL.
    pub ecosystem: String,
    /// The exact version, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The specifier as declared.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub specifier: String,
    /// Where.
    pub path: String,
    /// Where the declaration starts.
    pub line: u32,
}

impl Declaration {
    pub(super) fn of(dependency: &model::Dependency) -> Self {
        Self {
            name: dependency.name.clone(),
            ecosystem: dependency.ecosystem.purl_type().to_owned(),
            version: match &dependency.pin {
                Pin::Exact(version) => Some(version.clone()),
                _ => None,
            },
            specifier: dependency.specifier.clone(),
            path: dependency.declared_at.path.to_string(),
            line: dependency.declared_at.start.line,
        }
    }

    /// A declaration with what the record says; the rest is what a plain one has.
    pub(super) fn read(self) -> Result<model::Dependency, ReadError> {
        let all = [Ecosystem::PyPi, Ecosystem::Conda, Ecosystem::Debian];
        let ecosystem = all.into_iter().find(|ecosystem| ecosystem.purl_type() == self.ecosystem);
        let start = Position { line: self.line.max(1), column: 1, utf16: 1 };
        let place = Location { start, end: start, ..Location::file(ArtifactPath::new(&self.path)) };
        Ok(model::Dependency {
            ecosystem: ecosystem.ok_or_else(|| unknown("ecosystem", &self.ecosystem))?,
            pin: match (self.version, self.specifier.is_empty()) {
                (Some(version), _) => Pin::Exact(version),
                (None, true) => Pin::Unpinned,
                (None, false) => Pin::Range(self.specifier.clone()),
            },
            name: self.name,
            specifier: self.specifier,
            extras: Vec::new(),
            marker: None,
            hashes: Vec::new(),
            url: None,
            scope: Scope::Runtime,
            declared_at: place.clone(),
            name_at: place,
            specifier_at: None,
        })
    }
}
