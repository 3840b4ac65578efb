//! What the advisories of a package say about the versions that one declaration allows.
//!
//! An exact version is looked up. Anything else is a set of versions, and the verdict is one of set algebra: no
//! version is assumed to be installed. Local labels (`+cu118`) are left aside: a build of an affected release
//! is affected.

use std::ops::Bound;

use crate::advisory::{self, Advisory, Kind};
use crate::model::{AffectedRange, Severity};
use crate::version::Version;
use crate::version::set::{Interval, VersionSet, lowest, stable_ceiling, successor};

/// Affected ranges of one flaw that are told.
const MAX_RANGES: usize = 24;

/// One flaw of a package, with the versions that have it.
pub(crate) struct Flaw<'a> {
    /// The canonical id: what the rule is called.
    pub(crate) id: &'a str,
    /// All ids, the canonical one first.
    pub(crate) ids: Vec<&'a str>,
    /// The worst rating that a record gives; unknown when none does.
    pub(crate) severity: Severity,
    /// The records.
    pub(crate) records: Vec<&'a Advisory>,
    /// Affected public versions.
    pub(crate) affected: VersionSet,
    /// Stable versions that a record names as fixed and that are not affected again, ascending.
    pub(crate) fixed: Vec<pep440_rs::Version>,
}

/// What a flaw means for a declaration that does not name one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Every allowed version has it.
    Always,
    /// No allowed version has it.
    Never,
    /// Some allowed versions have it, the newest ones among them.
    Newest,
    /// Some allowed versions have it, and newer ones that are allowed do not.
    Older,
}

impl<'a> Flaw<'a> {
    /// Folds the records of one package into flaws, in the order of their ids. Malware is left out when
    /// `kind` says so, and the other way round.
    pub(crate) fn of(advisories: impl IntoIterator<Item = &'a Advisory>, kind: Kind) -> Vec<Self> {
        let flaws = advisory::flaws(advisories).into_iter();
        flaws.filter(|flaw| flaw.canonical().kind == kind).map(|flaw| Self::new(&flaw)).collect()
    }

    fn new(flaw: &advisory::Flaw<'a>) -> Self {
        let affected = flaw.records.iter().fold(VersionSet::none(), |set, record| set.union(&affected(record)));
        let named = flaw.records.iter().flat_map(|record| record.fixed_versions());
        // Fixed in `0.24.dev0` means that 0.24 is the first release to upgrade to.
        let mut fixed: Vec<pep440_rs::Version> = named
            .filter_map(|text| Some(stable_ceiling(Version::parse(text).pep440()?)))
            .filter(|version| !affected.contains(version))
            .collect();
        fixed.sort();
        fixed.dedup();
        let rated = flaw.records.iter().filter_map(|record| record.severity());
        Self {
            id: &flaw.canonical().id,
            ids: flaw.ids(),
            severity: rated.max().unwrap_or(Severity::Unknown),
            records: flaw.records.clone(),
            affected,
            fixed,
        }
    }

    /// The affected versions as they were published, for people. The first few of many.
    pub(super) fn ranges(&self) -> Vec<AffectedRange> {
        let text = |bound: &Bound<Version>| match bound {
            Bound::Unbounded => None,
            Bound::Included(version) | Bound::Excluded(version) => Some(version.to_string()),
        };
        let mut ranges = Vec::new();
        for record in &self.records {
            let rows = record.intervals().iter().map(|(start, end)| AffectedRange {
                start: text(start).filter(|start| start != "0"),
                end: text(end),
                end_included: matches!(end, Bound::Included(_)),
            });
            let singles = record.single_versions().iter().map(ToString::to_string);
            let singles = singles.map(|version| AffectedRange {
                start: Some(version.clone()),
                end: Some(version),
                end_included: true,
            });
            ranges.extend(rows.chain(singles).take(MAX_RANGES));
        }
        ranges.sort();
        ranges.dedup();
        ranges.truncate(MAX_RANGES);
        ranges
    }

    /// The verdict over `allowed`. `prereleases` says whether pre-releases are among what installers take.
    pub(crate) fn verdict(&self, allowed: &VersionSet, prereleases: bool) -> Verdict {
        let stable;
        let affected = if prereleases {
            &self.affected
        } else {
            stable = self.affected.stable();
            &stable
        };
        if allowed.is_disjoint(affected) {
            Verdict::Never
        } else if allowed.is_subset(affected) {
            Verdict::Always
        } else if allowed.tail_is_in(affected) {
            Verdict::Newest
        } else {
            Verdict::Older
        }
    }

    /// The lowest fixed version that is not below `version`.
    pub(crate) fn fixed_from(&self, version: &pep440_rs::Version) -> Option<&pep440_rs::Version> {
        self.fixed.iter().find(|fixed| *fixed >= version)
    }

    /// The fixed version to name for a declaration that allows `allowed`: the lowest above every affected
    /// version that is allowed.
    pub(crate) fn fixed_above(&self, allowed: &VersionSet) -> Option<&pep440_rs::Version> {
        let both = allowed.intersection(&self.affected);
        match &both.intervals().last()?.end {
            Some(end) => self.fixed_from(end),
            None => None,
        }
    }
}

/// The public versions that a record calls affected. Legacy versions, which no specifier can allow, are left out.
fn affected(record: &Advisory) -> VersionSet {
    let intervals = record.intervals().iter().filter_map(|(lower, upper)| {
        let start = match lower {
            Bound::Unbounded => lowest(),
            Bound::Included(version) => version.pep440().map_or_else(lowest, first_public),
            Bound::Excluded(version) => version.pep440().map_or_else(lowest, successor),
        };
        let end = match upper {
            Bound::Unbounded => None,
            Bound::Included(version) => Some(successor(version.pep440()?)),
            Bound::Excluded(version) => Some(first_public_from(version.pep440()?)),
        };
        Some(Interval { start, end })
    });
    let singles = record.single_versions().iter().filter_map(Version::pep440);
    let singles = singles.map(|version| Interval { start: version.clone().without_local(), end: Some(successor(version)) });
    VersionSet::of(intervals.chain(singles))
}

/// Affected from `1.2+a` on means that some builds of 1.2 are affected, so 1.2 is.
fn first_public(version: &pep440_rs::Version) -> pep440_rs::Version {
    version.clone().without_local()
}

/// Not affected from `1.2+a` on means that 1.2 itself still is.
fn first_public_from(version: &pep440_rs::Version) -> pep440_rs::Version {
    if version.is_local() { successor(version) } else { version.clone() }
}
