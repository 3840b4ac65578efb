//! Makes the facts-only snapshot that is built into the program, and `SNAPSHOT.toml`, which says what it is.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::bulk::Entry;
use super::facts::Facts;
use super::snapshot;

/// The snapshot's file name in `advisories-cache/`.
pub const SNAPSHOT: &str = "pypi.txt";
/// The file beside it that says what it is.
pub const MANIFEST: &str = "SNAPSHOT.toml";

/// Where records come from and on which terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Who publishes the records, with the state that was taken.
    pub source: String,
    /// SPDX expression.
    pub licence: String,
    /// Whom to name.
    pub attribution: String,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Records with facts about PyPI packages.
    pub records: usize,
    /// Packages.
    pub packages: usize,
    /// Bytes of the snapshot.
    pub bytes: usize,
    /// The day of the newest record, `YYYY-MM-DD`.
    pub date: String,
    /// Of the snapshot, SHA-256 in hexadecimal.
    pub digest: String,
}

/// The snapshot of `entries`.
pub fn snapshot(entries: &[Entry], source: &str) -> (String, Summary) {
    let facts: Vec<(String, Facts)> = entries.iter().flat_map(|entry| entry.facts.iter().cloned()).collect();
    let records = entries.iter().filter(|entry| !entry.facts.is_empty()).count();
    let days = entries.iter().filter_map(|entry| entry.modified.get(..10));
    let date = days.max().unwrap_or_default().to_owned();
    let head = [("date", date.as_str()), ("records", &records.to_string()), ("source", source)];
    let text = snapshot::write(&head, facts);
    let packages = text.lines().filter(|line| !line.starts_with(['#', '\t'])).count();
    let summary = Summary { records, packages, bytes: text.len(), date, digest: digest(text.as_bytes()) };
    (text, summary)
}

/// Writes the snapshot of `entries` and its manifest into `directory`, which is made.
///
/// # Errors
///
/// When the directory or the files cannot be written.
pub fn write(directory: &Path, entries: &[Entry], provenance: &Provenance) -> io::Result<Summary> {
    let (text, summary) = snapshot(entries, &provenance.source);
    std::fs::create_dir_all(directory)?;
    std::fs::write(directory.join(SNAPSHOT), text)?;
    std::fs::write(directory.join(MANIFEST), manifest(provenance, &summary))?;
    Ok(summary)
}

fn manifest(provenance: &Provenance, summary: &Summary) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    format!(
        "# What {SNAPSHOT} is. Written by `redan advisories export`; do not edit.\n\
         source = {}\nlicence = {}\nattribution = {}\n\
         changes = \"reduced to names, ids, dates, affected versions and severity vectors; no prose\"\n\
         date = {}\nrecords = {}\npackages = {}\nbytes = {}\nsha256 = {}\n",
        quoted(&provenance.source),
        quoted(&provenance.licence),
        quoted(&provenance.attribution),
        quoted(&summary.date),
        summary.records,
        summary.packages,
        summary.bytes,
        quoted(&summary.digest),
    )
}

/// SHA-256 in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory::{EMBEDDED, Snapshot};

    #[test]
    fn the_embedded_snapshot_is_what_its_manifest_says() {
        let manifest: toml::Table = include_str!("../../advisories-cache/SNAPSHOT.toml").parse().unwrap();
        let snapshot = Snapshot::new(EMBEDDED).unwrap();
        assert_eq!(manifest["sha256"].as_str(), Some(digest(EMBEDDED.as_bytes()).as_str()));
        assert_eq!(manifest["date"].as_str(), Some(snapshot.head("date")));
        assert_eq!(manifest["source"].as_str(), Some(snapshot.head("source")));
        assert_eq!(manifest["records"].as_integer(), snapshot.head("records").parse().ok());
        assert_eq!(manifest["packages"].as_integer(), Some(snapshot.names().count() as i64));
        assert!(EMBEDDED.len() < 600_000);
        for field in ["licence", "attribution", "changes"] {
            assert!(manifest[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
        }
    }

    #[test]
    fn every_line_of_the_embedded_snapshot_reads_back() {
        let mut records = 0;
        for line in EMBEDDED.lines().filter_map(|line| line.strip_prefix('\t')) {
            let facts = Facts::parse(line);
            let mut again = String::new();
            facts.write(&mut again);
            assert_eq!(again, line);
            assert!(!facts.ranges.is_empty() || !facts.versions.is_empty(), "{line}");
            records += 1;
        }
        assert_eq!(records.to_string(), Snapshot::new(EMBEDDED).unwrap().head("records"));
    }
}
