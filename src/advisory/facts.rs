//! What matching needs of a record about one package, and its notation: one line of text a record, so that
//! the snapshot can be read, compared and searched with ordinary tools. No prose.
//!
//! ```text
//! id ⇥ aliases ⇥ published ⇥ modified ⇥ rating ⇥ CWE numbers ⇥ ranges ⇥ versions outside of the ranges
//! ```
//!
//! Lists are separated by spaces, ranges by `|`. Events: `>=` introduced, `<` fixed, `<=` last affected,
//! `~` limit; a range that counts as `SEMVER` starts with `semver`.

use crate::model::dependency::normalize_name;
use crate::version::Version;

use super::affected;
use super::osv;
use super::severity::Rating;

/// What one record says about one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Of the record.
    pub id: String,
    /// Other ids of the flaw, sorted.
    pub aliases: Vec<String>,
    /// `YYYY-MM-DD`; empty when unknown.
    pub published: String,
    /// `YYYY-MM-DD`; empty when unknown.
    pub modified: String,
    /// How bad, if anybody said so.
    pub rating: Option<Rating>,
    /// Weakness numbers.
    pub cwe: Vec<u32>,
    /// As published.
    pub ranges: Vec<Range>,
    /// Listed versions that no range holds, as published.
    pub versions: Vec<String>,
}

/// A range of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Which kind.
    pub kind: RangeKind,
    /// In the order of publication.
    pub events: Vec<Event>,
}

/// Kinds of ranges that concern package versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RangeKind {
    /// In the order of PyPI.
    #[default]
    Ecosystem,
    /// Also judged in the order of PyPI; its fix versions are not offered.
    Semver,
}

/// A point where versions begin or cease to be affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which way.
    pub kind: EventKind,
    /// As published.
    pub version: String,
}

/// What happens at an event's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Affected from here.
    Introduced,
    /// Not affected from here.
    Fixed,
    /// Not affected after this.
    LastAffected,
    /// Not judged from here.
    Limit,
}

impl Facts {
    /// The facts of `record`, one entry a PyPI package (its normalised name), in order of name. Several
    /// `affected` entries of one package are joined. Withdrawn records have none.
    pub fn of(record: &osv::Record) -> Vec<(String, Self)> {
        if record.is_withdrawn() {
            return Vec::new();
        }
        let mut packages: Vec<(String, Self)> = Vec::new();
        for affected in &record.affected {
            let ecosystem = affected.package.ecosystem.split(':').next().unwrap_or_default();
            let name = normalize_name(affected.package.name.trim());
            if ecosystem != "PyPI" || !is_name(&name) {
                continue;
            }
            let index = packages.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                packages.push((name, Self::without_versions(record)));
                packages.len() - 1
            });
            if let Some((_, facts)) = packages.get_mut(index) {
                facts.ranges.extend(affected.ranges.iter().filter_map(Range::of));
                facts.versions.extend(affected.versions.iter().cloned());
            }
        }
        packages.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, facts) in &mut packages {
            facts.drop_listed_versions_in_ranges();
        }
        packages
    }

    fn without_versions(record: &osv::Record) -> Self {
        let mut aliases: Vec<String> = record.aliases.iter().filter(|alias| is_id(alias)).cloned().collect();
        aliases.sort();
        aliases.dedup();
        let cwe = record.database_specific.cwe_ids.iter();
        Self {
            id: record.id.clone(),
            aliases,
            published: day(&record.published),
            modified: day(&record.modified),
            rating: Rating::of(record),
            cwe: cwe.filter_map(|id| id.strip_prefix("CWE-")?.parse().ok()).collect(),
            ranges: Vec::new(),
            versions: Vec::new(),
        }
    }

    /// What the ranges already say need not be listed: it is nearly all of it.
    fn drop_listed_versions_in_ranges(&mut self) {
        let intervals = affected::intervals(&self.ranges);
        let mut kept: Vec<Version> = Vec::new();
        self.versions.retain(|text| {
            let version = Version::parse(text);
            let keep = !affected::contains(&intervals, &version)
                && !text.trim().is_empty()
                && !kept.iter().any(|known| known.is_same_release(&version));
            if keep {
                kept.push(version);
            }
            keep
        });
    }

    /// Adds the line, without the line feed.
    pub fn write(&self, out: &mut String) {
        let joined = |texts: &[String]| texts.iter().map(|text| escape(text)).collect::<Vec<_>>().join(" ");
        let ranges: Vec<String> = self.ranges.iter().map(Range::to_string).collect();
        let cwe: Vec<String> = self.cwe.iter().map(u32::to_string).collect();
        let fields = [
            escape(&self.id),
            joined(&self.aliases),
            self.published.clone(),
            self.modified.clone(),
            self.rating.as_ref().map(|rating| escape(&rating.to_string())).unwrap_or_default(),
            cwe.join(" "),
            ranges.join("|"),
            joined(&self.versions),
        ];
        out.push_str(fields.join("\t").trim_end_matches('\t'));
    }

    /// Reads a line. Fields that are absent or cannot be read are empty: the digest of the whole says whether
    /// the data is what was written.
    pub fn parse(line: &str) -> Self {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        let list = |field: &str| field.split(' ').filter(|text| !text.is_empty()).map(unescape).collect();
        Self {
            id: unescape(next()),
            aliases: list(next()),
            published: next().to_owned(),
            modified: next().to_owned(),
            rating: Rating::parse(&unescape(next())),
            cwe: next().split(' ').filter_map(|number| number.parse().ok()).collect(),
            ranges: next().split('|').filter(|text| !text.is_empty()).map(Range::parse).collect(),
            versions: list(next()),
        }
    }
}

impl Range {
    fn of(range: &osv::Range) -> Option<Self> {
        let kind = match range.kind.as_str() {
            "ECOSYSTEM" => RangeKind::Ecosystem,
            "SEMVER" => RangeKind::Semver,
            _ => return None,
        };
        let mut events = Vec::new();
        for event in &range.events {
            for (kind, version) in [
                (EventKind::Introduced, &event.introduced),
                (EventKind::Fixed, &event.fixed),
                (EventKind::LastAffected, &event.last_affected),
                (EventKind::Limit, &event.limit),
            ] {
                events.extend(version.iter().map(|version| Event { kind, version: version.clone() }));
            }
        }
        Some(Self { kind, events })
    }

    /// Reads the notation of one range.
    pub fn parse(text: &str) -> Self {
        let mut kind = RangeKind::Ecosystem;
        let mut events = Vec::new();
        for word in text.split(' ') {
            if word == "semver" {
                kind = RangeKind::Semver;
            }
            let event = PREFIXES.iter().find_map(|(prefix, kind)| Some((*kind, word.strip_prefix(prefix)?)));
            events.extend(event.map(|(kind, version)| Event { kind, version: unescape(version) }));
        }
        Self { kind, events }
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let semver = (self.kind == RangeKind::Semver).then(|| "semver".to_owned());
        let events = self.events.iter().map(|event| {
            let prefix = PREFIXES.iter().find(|(_, kind)| *kind == event.kind).map_or("", |(prefix, _)| prefix);
            format!("{prefix}{}", escape(&event.version))
        });
        f.write_str(&semver.into_iter().chain(events).collect::<Vec<_>>().join(" "))
    }
}

/// Longer prefixes first, so that `<=` is not read as `<`.
const PREFIXES: [(&str, EventKind); 4] =
    [(">=", EventKind::Introduced), ("<=", EventKind::LastAffected), ("<", EventKind::Fixed), ("~", EventKind::Limit)];

/// Percent-encodes what the notation uses itself, white space and control characters.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let special = matches!(character, '%' | '|' | '=') || character.is_whitespace() || character.is_control();
        if special {
            let mut buffer = [0; 4];
            for byte in character.encode_utf8(&mut buffer).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        } else {
            out.push(character);
        }
    }
    out
}

fn unescape(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let decoded = (byte == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(decoded.unwrap_or(byte));
        rest = if decoded.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The day of an RFC 3339 timestamp; empty when it does not start with one.
fn day(timestamp: &str) -> String {
    let day: Option<jiff::civil::Date> = timestamp.get(..10).and_then(|day| day.parse().ok());
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// A normalised project name may be any text without white space and control characters.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 256 && !name.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn is_id(id: &str) -> bool {
    is_name(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts(json: &str) -> Vec<(String, Facts)> {
        Facts::of(&osv::Record::parse(json.as_bytes()).unwrap())
    }

    #[test]
    fn entries_of_one_package_are_joined() {
        let all = facts(
            r#"{"id":"GHSA-1","affected":[
              {"package":{"ecosystem":"PyPI","name":"urllib3"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.26.17"}]}]},
              {"package":{"ecosystem":"npm","name":"urllib3"},"versions":["9"]},
              {"package":{"ecosystem":"PyPI","name":"URLlib3"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"2.0"},{"fixed":"2.0.5"}]}]}]}"#,
        );
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].0, "urllib3");
        assert_eq!(all[0].1.ranges.len(), 2);
        assert!(all[0].1.versions.is_empty());
    }

    #[test]
    fn only_versions_outside_of_the_ranges_are_kept_and_only_once() {
        let all = facts(
            r#"{"id":"P","affected":[{"package":{"ecosystem":"PyPI","name":"a"},
              "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"1.0"},{"fixed":"2.0"}]},{"type":"GIT","events":[{"introduced":"0"}]}],
              "versions":["1.0","1.5","0.9rc1","0.9-rc.1","x-y","x-y","3.0"]}]}"#,
        );
        assert_eq!(all[0].1.versions, ["0.9rc1", "x-y", "3.0"]);
    }

    #[test]
    fn withdrawn_records_say_nothing() {
        assert!(facts(r#"{"id":"P","withdrawn":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"PyPI","name":"a"},"versions":["1"]}]}"#).is_empty());
    }

    #[test]
    fn days_are_cut_from_any_timestamp() {
        assert_eq!(day("2024-10-10T17:22:00.587279+00:00"), "2024-10-10");
        assert_eq!(day("yesterday, perhaps"), "");
    }

    proptest! {
        #[test]
        fn lines_read_back(
            id in "[A-Z0-9-]{1,12}",
            aliases in proptest::collection::vec("[A-Z0-9-]{1,9}", 0..3),
            versions in proptest::collection::vec("\\PC{1,6}", 0..4),
            ranges in proptest::collection::vec(proptest::collection::vec((0..4usize, "[ -~é\t]{0,5}"), 1..4), 0..3),
        ) {
            let facts = Facts {
                id, aliases, versions,
                published: "2020-01-02".to_owned(),
                modified: String::new(),
                rating: Rating::parse("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H@GHSA-1"),
                cwe: vec![79, 89],
                ranges: ranges.into_iter().map(|events| Range {
                    kind: RangeKind::Semver,
                    events: events.into_iter().map(|(kind, version)| Event { kind: PREFIXES[kind].1, version }).collect(),
                }).collect(),
            };
            let mut line = String::new();
            facts.write(&mut line);
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(Facts::parse(&line), facts);
        }
    }
}
