//! All matching data as one text, sorted by package: the form that is built into the program and that the
//! store hands over. Finding the packages in it is one pass over the line feeds; a package is parsed when it is
//! first asked for.
//!
//! ```text
//! #redan-advisories 1
//! #date 2024-10-10
//! #source …
//! package-name
//! ⇥ facts of one record
//! ```

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use super::facts::Facts;
use super::flaw;
use super::package::{Advisory, Package};
use super::severity::Rating;

/// The first line; the number changes when older programs could misread what follows.
const FIRST_LINE: &str = "#redan-advisories 1";

/// A read-only set of advisories.
pub struct Snapshot {
    text: Cow<'static, str>,
    /// Sorted by name.
    entries: Vec<Entry>,
    /// The beginnings of the names, in the same order: a search among them stays within a few cache lines.
    prefixes: Vec<u64>,
}

/// Where a package stands in the text.
struct Entry {
    name: (usize, usize),
    records: (usize, usize),
    package: OnceLock<Package>,
}

/// The text is not a snapshot that this version reads.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the advisory data is not in a format that this version of redan reads")]
pub struct UnknownFormat;

impl Snapshot {
    /// Finds the packages.
    ///
    /// # Errors
    ///
    /// When the first line is not that of this format.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Result<Self, UnknownFormat> {
        let text = text.into();
        if text.lines().next() != Some(FIRST_LINE) {
            return Err(UnknownFormat);
        }
        let bytes = text.as_bytes();
        let mut entries: Vec<Entry> = Vec::new();
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            match bytes.get(start) {
                Some(b'#' | b'\n') | None => {}
                Some(b'\t') => {
                    if let Some(entry) = entries.last_mut() {
                        entry.records.1 = end;
                    }
                }
                Some(_) => {
                    let name = (start, end);
                    entries.push(Entry { name, records: (end + 1, end + 1), package: OnceLock::new() });
                }
            }
            start = end + 1;
        }
        let prefixes = entries.iter().map(|entry| prefix(bytes.get(entry.name.0..entry.name.1).unwrap_or_default()));
        let prefixes = prefixes.collect();
        Ok(Self { text, entries, prefixes })
    }

    /// No advisories at all.
    pub fn empty() -> Self {
        Self { text: Cow::Borrowed(""), entries: Vec::new(), prefixes: Vec::new() }
    }

    /// The package with this normalised name, if there is an advisory about it.
    pub fn package(&self, name: &str) -> Option<&Package> {
        let prefix = prefix(name.as_bytes());
        let first = self.prefixes.partition_point(|other| *other < prefix);
        let alike = self.prefixes.get(first..)?.iter().take_while(|other| **other == prefix).count();
        let alike = self.entries.get(first..first + alike)?;
        let index = alike.binary_search_by(|entry| self.slice(entry.name).cmp(name)).ok()?;
        let entry = alike.get(index)?;
        Some(entry.package.get_or_init(|| {
            let lines = self.slice(entry.records).lines();
            let facts = lines.filter_map(|line| line.strip_prefix('\t')).map(Facts::parse);
            Package::new(facts.map(Advisory::new).collect())
        }))
    }

    /// Names of all packages, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| self.slice(entry.name))
    }

    /// The value of the `#key value` line of the head; empty when there is none.
    pub fn head(&self, key: &str) -> &str {
        let head = self.text.lines().take_while(|line| line.starts_with('#'));
        let mut values = head.filter_map(|line| line.strip_prefix('#')?.strip_prefix(key)?.strip_prefix(' '));
        values.next().unwrap_or_default()
    }

    /// The whole.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn slice(&self, (start, end): (usize, usize)) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// The first eight bytes as a number that orders as they do; shorter names are filled up with zeros, which no name
/// holds.
fn prefix(name: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (slot, byte) in bytes.iter_mut().zip(name) {
        *slot = *byte;
    }
    u64::from_be_bytes(bytes)
}

/// Writes a snapshot: `head` as `#key value` lines, then packages by name and records by id. A record without
/// a rating gets that of an alias among `facts` where there is one.
pub fn write(head: &[(&str, &str)], mut facts: Vec<(String, Facts)>) -> String {
    facts.sort_by(|a, b| (&a.0, &a.1.id).cmp(&(&b.0, &b.1.id)));
    inherit_ratings(&mut facts);
    let mut out = format!("{FIRST_LINE}\n");
    for (key, value) in head {
        let _ = writeln!(out, "#{key} {}", value.replace(char::is_control, " "));
    }
    for package in facts.chunk_by(|a, b| a.0 == b.0) {
        out.extend(package.first().map(|(name, _)| format!("{name}\n")));
        for (_, facts) in package {
            out.push('\t');
            facts.write(&mut out);
            out.push('\n');
        }
    }
    out
}

/// A rating belongs to the flaw: records that name the same CVE, or each other, share the worst one given.
fn inherit_ratings(facts: &mut [(String, Facts)]) {
    let cves = |facts: &Facts| -> Vec<String> {
        std::iter::once(&facts.id).chain(&facts.aliases).filter(|id| id.starts_with("CVE-")).cloned().collect()
    };
    // Every id and CVE of a rated record → the rating, whose it is, and the CVEs it is about.
    let mut rated: HashMap<String, Vec<(Rating, String, Vec<String>)>> = HashMap::new();
    for (_, facts) in facts.iter() {
        let Some(rating) = &facts.rating else { continue };
        let about = cves(facts);
        for key in std::iter::once(&facts.id).chain(&about) {
            let entries = rated.entry(key.clone()).or_default();
            if entries.iter().all(|(_, id, _)| *id != facts.id) {
                entries.push((rating.clone(), facts.id.clone(), about.clone()));
            }
        }
    }
    for (_, facts) in facts.iter_mut().filter(|(_, facts)| facts.rating.is_none()) {
        let own = cves(facts);
        let candidates = facts.aliases.iter().chain(&own).filter_map(|alias| rated.get(alias)).flatten();
        let sound = candidates.filter(|(_, _, about)| {
            flaw::is_true_alias(own.iter().map(String::as_str), about.iter().map(String::as_str))
        });
        // The worst; of equals, the lowest id: the same data gives the same snapshot.
        let best = sound.min_by(|a, b| b.0.severity.cmp(&a.0.severity).then(a.1.cmp(&b.1)));
        facts.rating = best.map(|(rating, id, _)| Rating { from: Some(id.clone()), ..rating.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Severity;

    fn facts(package: &str, line: &str) -> (String, Facts) {
        (package.to_owned(), Facts::parse(line))
    }

    const HIGH: &str = "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";

    #[test]
    fn what_is_written_is_found_again() {
        let text = write(
            &[("date", "2024-10-10"), ("source", "two\nlines")],
            vec![facts("b-c", "B\t\t\t\t\t\t>=0"), facts("b", "Z\t\t\t\t\t\t>=0 <1"), facts("b", "A\t\t\t\t\t\t\t7")],
        );
        let snapshot = Snapshot::new(text).unwrap();
        assert_eq!(snapshot.names().collect::<Vec<_>>(), ["b", "b-c"]);
        assert_eq!(snapshot.head("date"), "2024-10-10");
        assert_eq!(snapshot.head("source"), "two lines");
        assert_eq!(snapshot.package("b").unwrap().advisories().len(), 2);
        assert!(snapshot.package("b-").is_none());
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "#redan-advisories 2\n", "<html>"] {
            assert!(Snapshot::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_rating_is_inherited_from_a_true_alias_only() {
        let text = write(
            &[],
            vec![
                facts("a", &format!("GHSA-1\tCVE-1\t\t\t{HIGH}")),
                facts("a", "PYSEC-1\tCVE-1 GHSA-1"),
                facts("a", "PYSEC-2\tCVE-2 GHSA-1"),
                facts("a", "PYSEC-3\tGHSA-1"),
                facts("a-gpu", "PYSEC-4\tCVE-1"),
            ],
        );
        let snapshot = Snapshot::new(text).unwrap();
        let rated = |package: &str, id: &str| {
            let advisories = snapshot.package(package).unwrap().advisories();
            advisories.iter().find(|advisory| advisory.id == id).unwrap().rating.clone()
        };
        assert_eq!(rated("a", "PYSEC-1").unwrap().from.as_deref(), Some("GHSA-1"));
        assert_eq!(rated("a", "PYSEC-2"), None);
        assert_eq!(rated("a", "PYSEC-3").unwrap().severity, Severity::High);
        assert_eq!(rated("a-gpu", "PYSEC-4").unwrap().severity, Severity::High);
    }
}
