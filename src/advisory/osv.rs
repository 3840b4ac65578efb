//! OSV records as published, read leniently: unknown fields, types and enum values are carried past, `null`
//! is absence. Only a record without an `id` is refused. <https://ossf.github.io/osv-schema/>

use serde::{Deserialize, Deserializer};

/// One advisory record. Texts of any length and content: hostile until shown otherwise.
#[derive(Clone, Debug, Deserialize)]
pub struct Record {
    /// `PYSEC-2023-175`, `GHSA-…`, `MAL-…`.
    pub id: String,
    /// RFC 3339, with `Z` or an offset.
    #[serde(default, deserialize_with = "or_default")]
    pub modified: String,
    /// RFC 3339.
    #[serde(default, deserialize_with = "or_default")]
    pub published: String,
    /// When it was taken back; empty when it stands.
    #[serde(default, deserialize_with = "or_default")]
    pub withdrawn: String,
    /// Other names of the flaw.
    #[serde(default, deserialize_with = "or_default")]
    pub aliases: Vec<String>,
    /// One line.
    #[serde(default, deserialize_with = "or_default")]
    pub summary: String,
    /// Markdown.
    #[serde(default, deserialize_with = "or_default")]
    pub details: String,
    /// How bad, in CVSS vectors.
    #[serde(default, deserialize_with = "or_default")]
    pub severity: Vec<Severity>,
    /// Which packages. One package may have several entries.
    #[serde(default, deserialize_with = "or_default")]
    pub affected: Vec<Affected>,
    /// Where to read on.
    #[serde(default, deserialize_with = "or_default")]
    pub references: Vec<Reference>,
    /// What the publishing database adds.
    #[serde(default, deserialize_with = "if_understood")]
    pub database_specific: DatabaseSpecific,
}

/// One rating.
#[derive(Clone, Debug, Deserialize)]
pub struct Severity {
    /// The vector (or, for Ubuntu, a word).
    #[serde(default, deserialize_with = "or_default")]
    pub score: String,
}

/// The affected versions of one package.
#[derive(Clone, Debug, Deserialize)]
pub struct Affected {
    /// Absent for records about repositories alone.
    #[serde(default, deserialize_with = "or_default")]
    pub package: Package,
    /// Ranges; `GIT` ones do not concern PyPI.
    #[serde(default, deserialize_with = "or_default")]
    pub ranges: Vec<Range>,
    /// Versions listed one by one.
    #[serde(default, deserialize_with = "or_default")]
    pub versions: Vec<String>,
    /// Ratings of this entry.
    #[serde(default, deserialize_with = "or_default")]
    pub severity: Vec<Severity>,
}

/// Which package.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Package {
    /// `PyPI`, perhaps with a suffix after `:`.
    #[serde(default, deserialize_with = "or_default")]
    pub ecosystem: String,
    /// As the ecosystem spells it.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
}

/// A range of versions, as events on a line.
#[derive(Clone, Debug, Deserialize)]
pub struct Range {
    /// `ECOSYSTEM`, `SEMVER`, `GIT` or something newer.
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// In no particular order.
    #[serde(default, deserialize_with = "or_default")]
    pub events: Vec<Event>,
}

/// One event. The schema asks for exactly one key; more are read as several events.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Event {
    /// The first version that has the flaw; `0` is before every version.
    pub introduced: Option<String>,
    /// The first version without it.
    pub fixed: Option<String>,
    /// The last version that has it.
    pub last_affected: Option<String>,
    /// Versions from here on are not judged; `*` is no limit.
    pub limit: Option<String>,
}

/// A link.
#[derive(Clone, Debug, Deserialize)]
pub struct Reference {
    /// `ADVISORY`, `FIX`, `WEB` …
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// Where.
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
}

/// What GitHub's records add.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct DatabaseSpecific {
    /// `LOW`, `MODERATE`, `HIGH`, `CRITICAL`; empty when it is absent or no string.
    #[serde(default, deserialize_with = "or_default")]
    pub severity: String,
    /// `CWE-79` …
    #[serde(default, deserialize_with = "or_default")]
    pub cwe_ids: Vec<String>,
}

impl Record {
    /// Reads one record.
    ///
    /// # Errors
    ///
    /// When the text is no JSON object with a non-empty `id`, or a field of the schema has a type of its own.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        let record: Self = serde_json::from_slice(json)?;
        if record.id.trim().is_empty() || record.id.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(serde::de::Error::custom("the `id` is empty or not an identifier"));
        }
        Ok(record)
    }

    /// True when the record was taken back.
    pub fn is_withdrawn(&self) -> bool {
        !self.withdrawn.is_empty()
    }
}

/// A free-form object: what does not have the expected shape is as good as absent.
fn if_understood<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + serde::de::DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// `null` and absence are the default.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_types_and_nulls_are_tolerated() {
        let record = Record::parse(
            br#"{"id":"PYSEC-1","schema_version":"9.9.9","aliases":null,"upstream":["x"],"severity":[{"type":"CVSS_V9","score":"?"}],
                "affected":[{"package":{"ecosystem":"PyPI","name":"a","purl":"pkg:pypi/a"},
                "ranges":[{"type":"QUANTUM","events":[{"introduced":"0","novel":"x"}]}],"ecosystem_specific":{"any":[1]}}],
                "database_specific":{"severity":null,"source":"https://x"}}"#,
        )
        .unwrap();
        assert_eq!(record.affected[0].ranges[0].kind, "QUANTUM");
        assert!(!record.is_withdrawn());
    }

    #[test]
    fn a_record_has_an_id() {
        for text in [r#"{"summary":"x"}"#, r#"{"id":""}"#, r#"{"id":"a b"}"#, "[]", "<html>", ""] {
            assert!(Record::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
