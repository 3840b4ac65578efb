//! The advisories of one package, ready to be asked about versions.
//!
//! All versions at which an answer can change cut the line of versions into points and the gaps between them.
//! A version falls into one of these places by binary search, and the answer of a place is worked out once.

use std::ops::Bound;
use std::sync::OnceLock;

use crate::model::Severity;
use crate::version::Version;

use super::affected::{self, Interval};
use super::facts::{EventKind, Facts, RangeKind};
use super::severity::Rating;

/// One advisory about one package.
#[derive(Clone, Debug)]
pub struct Advisory {
    /// `PYSEC-2023-175`, `GHSA-…`, `MAL-…`.
    pub id: String,
    /// Other ids of the flaw, sorted. They may be wrong: see [`flaws`](super::flaws).
    pub aliases: Vec<String>,
    /// A flaw in an honest package, or a package that is the attack.
    pub kind: Kind,
    /// How bad, if the record or a true alias of it says so.
    pub rating: Option<Rating>,
    /// Weakness numbers of CWE.
    pub cwe: Vec<u32>,
    /// `YYYY-MM-DD`; empty when unknown.
    pub published: String,
    /// `YYYY-MM-DD`; empty when unknown.
    pub modified: String,
    intervals: Vec<Interval>,
    versions: Vec<Version>,
    fixed: Vec<String>,
}

/// What an advisory is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A flaw in a package that means well.
    Vulnerability,
    /// The package, or a release of it, was made to harm (`MAL-` records).
    Malware,
}

impl Advisory {
    /// Works out the intervals of `facts`.
    pub fn new(facts: Facts) -> Self {
        let ecosystem = facts.ranges.iter().filter(|range| range.kind == RangeKind::Ecosystem);
        let fixes = ecosystem.flat_map(|range| &range.events).filter(|event| event.kind == EventKind::Fixed);
        let mut fixed: Vec<String> = fixes.map(|event| event.version.clone()).collect();
        fixed.sort_by(|a, b| crate::version::compare(a, b).then(a.cmp(b)));
        fixed.dedup();
        Self {
            kind: if facts.id.starts_with("MAL-") { Kind::Malware } else { Kind::Vulnerability },
            intervals: affected::intervals(&facts.ranges),
            versions: facts.versions.iter().map(|text| Version::parse(text)).collect(),
            fixed,
            id: facts.id,
            aliases: facts.aliases,
            rating: facts.rating,
            cwe: facts.cwe,
            published: facts.published,
            modified: facts.modified,
        }
    }

    /// How bad; `None` when nobody has rated it.
    pub fn severity(&self) -> Option<Severity> {
        self.rating.as_ref().map(|rating| rating.severity)
    }

    /// The CVSS vector, where there is one.
    pub fn cvss(&self) -> Option<&str> {
        self.rating.as_ref()?.vector.as_deref()
    }

    /// True when exactly this version is affected, local label and all. [`Package::affecting`] asks about the
    /// release behind the label, too.
    pub fn affects(&self, version: &Version) -> bool {
        affected::contains(&self.intervals, version)
            || self.versions.iter().any(|listed| listed.is_same_release(version))
    }

    /// The stretches of affected versions: sorted, disjoint, not touching. To them come the
    /// [`single_versions`](Self::single_versions).
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// Affected versions outside of the intervals. A legacy one stands for its exact text alone.
    pub fn single_versions(&self) -> &[Version] {
        &self.versions
    }

    /// The versions that the record calls fixed, as it spells them, in ascending order.
    pub fn fixed_versions(&self) -> &[String] {
        &self.fixed
    }
}

/// One package and all advisories about it.
#[derive(Debug, Default)]
pub struct Package {
    advisories: Vec<Advisory>,
    /// Ascending; where answers can change.
    points: Vec<Version>,
    /// First and last place of each affected stretch, and whose it is.
    stretches: Vec<(usize, usize, usize)>,
    /// Place → advisories, by index. Place `2i + 1` is point `i`, place `2i` the gap before it.
    answers: Vec<OnceLock<Box<[usize]>>>,
    /// Legacy versions that are listed one by one: (advisory, text).
    texts: Vec<(usize, Version)>,
}

impl Package {
    /// Takes advisories in the order in which they shall be reported.
    pub fn new(advisories: Vec<Advisory>) -> Self {
        let bounds = advisories.iter().flat_map(|advisory| {
            let ends =
                advisory.intervals.iter().flat_map(|(lower, upper)| [bound_version(lower), bound_version(upper)]);
            ends.flatten().chain(advisory.versions.iter().filter(|version| version.is_valid()))
        });
        let mut points: Vec<Version> = bounds.cloned().collect();
        points.sort();
        points.dedup();
        let point = |version: &Version| points.binary_search(version).unwrap_or_else(|place| place);
        let mut stretches = Vec::new();
        let mut texts = Vec::new();
        for (index, advisory) in advisories.iter().enumerate() {
            for (lower, upper) in &advisory.intervals {
                let first = match lower {
                    Bound::Unbounded => 0,
                    Bound::Included(version) => 2 * point(version) + 1,
                    Bound::Excluded(version) => 2 * point(version) + 2,
                };
                let last = match upper {
                    Bound::Unbounded => 2 * points.len(),
                    Bound::Included(version) => 2 * point(version) + 1,
                    Bound::Excluded(version) => 2 * point(version),
                };
                stretches.push((first, last, index));
            }
            for version in &advisory.versions {
                if version.is_valid() {
                    let place = 2 * point(version) + 1;
                    stretches.push((place, place, index));
                } else {
                    texts.push((index, version.clone()));
                }
            }
        }
        let answers = (0..=2 * points.len()).map(|_| OnceLock::new()).collect();
        Self { advisories, points, stretches, answers, texts }
    }

    /// All advisories, by id.
    pub fn advisories(&self) -> &[Advisory] {
        &self.advisories
    }

    /// The advisories that affect exactly this version, by id.
    pub fn affecting_exactly(&self, version: &Version) -> Vec<&Advisory> {
        let listed = self.texts.iter().filter(|(_, text)| text.is_same_release(version)).map(|(index, _)| *index);
        let listed: Vec<usize> = if version.is_valid() { Vec::new() } else { listed.collect() };
        self.at(self.answer(version), &listed)
    }

    /// The advisories that affect this version or, when it has a local label (`1.13.0+cu117`), the release
    /// behind the label: builds of a flawed release have the flaw, although PEP 440 orders them after it.
    pub fn affecting(&self, version: &Version) -> Vec<&Advisory> {
        if version.has_local() {
            self.at(self.answer(version), self.answer(&version.without_local()))
        } else {
            self.affecting_exactly(version)
        }
    }

    /// The advisories of two answers, each once.
    fn at(&self, one: &[usize], other: &[usize]) -> Vec<&Advisory> {
        let joined: Vec<usize>;
        let indices = if other.is_empty() || one == other {
            one
        } else {
            let mut all = [one, other].concat();
            all.sort_unstable();
            all.dedup();
            joined = all;
            &joined
        };
        indices.iter().filter_map(|index| self.advisories.get(*index)).collect()
    }

    fn answer(&self, version: &Version) -> &[usize] {
        let place = match self.points.binary_search(version) {
            Ok(point) => 2 * point + 1,
            Err(point) => 2 * point,
        };
        let Some(answer) = self.answers.get(place) else { return &[] };
        answer.get_or_init(|| {
            let holds = |(first, last, _): &&(usize, usize, usize)| (*first..=*last).contains(&place);
            let mut indices: Vec<usize> = self.stretches.iter().filter(holds).map(|(_, _, index)| *index).collect();
            indices.sort_unstable();
            indices.dedup();
            indices.into()
        })
    }
}

fn bound_version(bound: &Bound<Version>) -> Option<&Version> {
    match bound {
        Bound::Included(version) | Bound::Excluded(version) => Some(version),
        Bound::Unbounded => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn package(lines: &[&str]) -> Package {
        Package::new(lines.iter().map(|line| Advisory::new(Facts::parse(line))).collect())
    }

    fn ids(package: &Package, version: &str) -> Vec<String> {
        package.affecting(&Version::parse(version)).iter().map(|advisory| advisory.id.clone()).collect()
    }

    #[test]
    fn a_local_build_of_a_flawed_release_has_the_flaw() {
        let package = package(&["A\t\t\t\t\t\t>=1 <=1.13.1", "B\t\t\t\t\t\t\t1.13.1+cu118"]);
        assert_eq!(ids(&package, "1.13.1+cu118"), ["A", "B"]);
        assert_eq!(ids(&package, "1.13.1"), ["A"]);
        assert_eq!(ids(&package, "1.13.2+cu118"), [""; 0]);
    }

    #[test]
    fn listed_versions_compare_as_versions_and_legacy_ones_as_text() {
        let package = package(&["A\t\t\t\t\t\t>=2\t1.0rc1 2004-x", "B\t\t\t\t\t\t>=0"]);
        assert_eq!(ids(&package, "1.0-RC-1"), ["A", "B"]);
        assert_eq!(ids(&package, "2004-x"), ["A", "B"]);
        assert_eq!(ids(&package, "2004-X"), ["B"]);
    }

    #[test]
    fn fixed_versions_ascend_as_published() {
        let package = package(&["A\t\t\t\t\t\t>=0 <1.10 >=2 <2.0-1|semver >=0 <7|>=0 <1.9"]);
        assert_eq!(package.advisories()[0].fixed_versions(), ["1.9", "1.10", "2.0-1"]);
    }

    proptest! {
        #[test]
        fn the_whole_package_answers_as_its_advisories_do(
            lines in proptest::collection::vec(proptest::collection::vec((0..4usize, 0..10usize), 0..5), 0..5),
            singles in proptest::collection::vec(0..10usize, 0..3),
            at in 0..10usize,
        ) {
            const VERSIONS: [&str; 10] = ["0", "x-1", "y-1", "0.9", "1.0rc1", "1.0", "1.0+a", "1.0.post1", "2", "2.1"];
            const SIGNS: [&str; 4] = [">=", "<", "<=", "~"];
            let lines: Vec<String> = lines.iter().enumerate().map(|(index, events)| {
                let events: Vec<String> = events.iter().map(|(sign, version)| format!("{}{}", SIGNS[*sign], VERSIONS[*version])).collect();
                let singles: Vec<&str> = singles.iter().map(|single| VERSIONS[(*single + index) % 10]).collect();
                format!("ID-{index}\t\t\t\t\t\t{}\t{}", events.join(" "), singles.join(" "))
            }).collect();
            let package = package(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            let version = Version::parse(VERSIONS[at]);
            let together: Vec<&str> = package.affecting_exactly(&version).iter().map(|advisory| advisory.id.as_str()).collect();
            let alone: Vec<&str> = package.advisories().iter().filter(|a| a.affects(&version)).map(|a| a.id.as_str()).collect();
            prop_assert_eq!(together, alone);
        }
    }
}
