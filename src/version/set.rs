//! Sets of versions: what a specifier allows, what an advisory affects, and the algebra between them.
//!
//! The universe is the *public* versions of PEP 440 <https://peps.python.org/pep-0440/>; a local label
//! (`+cu118`) is dropped before asking. That order has a property which makes the algebra exact: every
//! version has an immediate [successor] (`1.2` → `1.2.post0.dev0`, `1.2.dev3` → `1.2.dev4`), so half-open
//! intervals express every bound, `> v` and `<= v` included, and an interval is empty exactly when its
//! bounds say so. Stable versions (neither `a`/`b`/`rc` nor `.dev`) are a sub-universe with the same
//! property: see [`VersionSet::stable`].
//!
//! Specifier text becomes sets in [`specifier`](super::specifier).

use std::cmp::Ordering;

use pep440_rs::Version;

/// A set of public versions: disjoint half-open intervals, ascending, with a gap between neighbours.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct VersionSet {
    intervals: Vec<Interval>,
}

/// `start <= v < end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first version inside.
    pub start: Version,
    /// The first version outside; `None` when there is no end.
    pub end: Option<Version>,
}

impl Interval {
    fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }

    fn contains(&self, version: &Version) -> bool {
        self.start <= *version && self.end.as_ref().is_none_or(|end| version < end)
    }
}

impl VersionSet {
    /// No version.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every version.
    pub fn all() -> Self {
        Self::from(lowest())
    }

    /// `version` and everything above.
    pub fn from(version: Version) -> Self {
        Self { intervals: vec![Interval { start: version, end: None }] }
    }

    /// Everything below `version`.
    pub fn below(version: Version) -> Self {
        Self::between(lowest(), version)
    }

    /// `start <= v < end`.
    pub fn between(start: Version, end: Version) -> Self {
        let interval = Interval { start, end: Some(end) };
        if interval.is_empty() { Self::none() } else { Self { intervals: vec![interval] } }
    }

    /// This version alone.
    pub fn only(version: Version) -> Self {
        let end = successor(&version);
        Self::between(version, end)
    }

    /// The union of any intervals, in any order.
    pub fn of(intervals: impl IntoIterator<Item = Interval>) -> Self {
        let mut sorted: Vec<Interval> = intervals.into_iter().filter(|interval| !interval.is_empty()).collect();
        sorted.sort_by(|a, b| a.start.cmp(&b.start));
        let mut merged: Vec<Interval> = Vec::with_capacity(sorted.len());
        for interval in sorted {
            match merged.last_mut() {
                Some(last) if last.end.as_ref().is_none_or(|end| interval.start <= *end) => {
                    if compare_ends(&last.end, &interval.end) == Ordering::Less {
                        last.end = interval.end;
                    }
                }
                _ => merged.push(interval),
            }
        }
        Self { intervals: merged }
    }

    /// The intervals, ascending.
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// True when no version is in it.
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// True when `version`, without its local label, is in it.
    pub fn contains(&self, version: &Version) -> bool {
        let public;
        let version = if version.is_local() {
            public = version.clone().without_local();
            &public
        } else {
            version
        };
        let after = self.intervals.partition_point(|interval| interval.start <= *version);
        after.checked_sub(1).and_then(|index| self.intervals.get(index)).is_some_and(|i| i.contains(version))
    }

    /// Versions of either.
    pub fn union(&self, other: &Self) -> Self {
        Self::of(self.intervals.iter().chain(&other.intervals).cloned())
    }

    /// Versions of both.
    pub fn intersection(&self, other: &Self) -> Self {
        let mut intervals = Vec::new();
        let (mut left, mut right) = (self.intervals.iter().peekable(), other.intervals.iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let start = std::cmp::max(&a.start, &b.start).clone();
            let shorter_left = compare_ends(&a.end, &b.end) != Ordering::Greater;
            let end = if shorter_left { a.end.clone() } else { b.end.clone() };
            let interval = Interval { start, end };
            if !interval.is_empty() {
                intervals.push(interval);
            }
            if shorter_left {
                left.next();
            } else {
                right.next();
            }
        }
        Self { intervals }
    }

    /// Versions that are not in it.
    pub fn complement(&self) -> Self {
        let mut intervals = Vec::with_capacity(self.intervals.len() + 1);
        let mut start = Some(lowest());
        for interval in &self.intervals {
            if let Some(start) = start.take() {
                intervals.push(Interval { start, end: Some(interval.start.clone()) });
            }
            start.clone_from(&interval.end);
        }
        intervals.extend(start.map(|start| Interval { start, end: None }));
        intervals.retain(|interval| !interval.is_empty());
        Self { intervals }
    }

    /// Versions of this set that are not in `other`.
    pub fn difference(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }

    /// True when every version of it is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }

    /// True when no version is in both.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.intersection(other).is_empty()
    }

    /// Its stable versions, in a form that compares exactly with other stable sets: every bound moves up to
    /// the next stable version, which changes no answer about stable versions. Compare it with stable sets only.
    pub fn stable(&self) -> Self {
        Self::of(self.intervals.iter().map(|interval| Interval {
            start: stable_ceiling(&interval.start),
            end: interval.end.as_ref().map(stable_ceiling),
        }))
    }

    /// The lowest version in it.
    pub fn first(&self) -> Option<&Version> {
        self.intervals.first().map(|interval| &interval.start)
    }

    /// True when the highest versions of this set, however many exist, all lie in `other`: the tail of the
    /// last interval does.
    pub fn tail_is_in(&self, other: &Self) -> bool {
        let (Some(last), Some(other_last)) = (self.intervals.last(), self.intersection(other).intervals.pop()) else {
            return false;
        };
        last.end == other_last.end
    }
}

/// The lowest public version there is.
pub fn lowest() -> Version {
    Version::new([0]).with_dev(Some(0))
}

/// The next public version above `version`: nothing lies between.
pub fn successor(version: &Version) -> Version {
    let version = version.clone().without_local();
    match (version.dev(), version.post()) {
        (Some(dev), _) => version.with_dev(Some(dev.saturating_add(1))),
        (None, Some(post)) => version.with_post(Some(post.saturating_add(1))).with_dev(Some(0)),
        (None, None) => version.with_post(Some(0)).with_dev(Some(0)),
    }
}

/// The lowest stable version that is not below `version`.
pub fn stable_ceiling(version: &Version) -> Version {
    if version.pre().is_some() { final_release(version) } else { version.clone().without_local().with_dev(None) }
}

/// Epoch and release of `version` alone: `1!1.2rc1.post3` → `1!1.2`.
pub fn final_release(version: &Version) -> Version {
    version.only_release().with_epoch(version.epoch())
}

/// No end is the highest end.
fn compare_ends(a: &Option<Version>, b: &Option<Version>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => a.cmp(b),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A small universe in which every rule of the order shows.
    pub(crate) fn universe() -> Vec<Version> {
        let mut versions = Vec::new();
        for release in ["0", "0.9", "1", "1.0.1", "1.1", "1.2", "1.2.1", "1.3", "2", "2.0.1", "1!0.5"] {
            for suffix in [
                "",
                ".dev0",
                ".dev1",
                "a1",
                "a1.dev2",
                "rc1",
                "rc1.post0",
                "rc2",
                ".post0.dev0",
                ".post0",
                ".post1",
                ".post2",
            ] {
                versions.push(format!("{release}{suffix}").parse().unwrap());
            }
        }
        versions.sort();
        versions
    }

    fn set() -> impl Strategy<Value = VersionSet> {
        let count = universe().len();
        prop::collection::vec((0..count, 0..=count), 0..4).prop_map(|bounds| {
            let universe = universe();
            VersionSet::of(
                bounds
                    .into_iter()
                    .map(|(start, end)| Interval { start: universe[start].clone(), end: universe.get(end).cloned() }),
            )
        })
    }

    proptest! {
        #[test]
        fn algebra_agrees_with_membership(a in set(), b in set()) {
            let (union, both, not, minus) = (a.union(&b), a.intersection(&b), a.complement(), a.difference(&b));
            for version in universe() {
                let (in_a, in_b) = (a.contains(&version), b.contains(&version));
                prop_assert_eq!(union.contains(&version), in_a || in_b);
                prop_assert_eq!(both.contains(&version), in_a && in_b);
                prop_assert_eq!(not.contains(&version), !in_a);
                prop_assert_eq!(minus.contains(&version), in_a && !in_b);
            }
            prop_assert_eq!(&not.complement(), &a);
            prop_assert!(both.is_subset(&a) && a.is_subset(&union) && a.is_disjoint(&not));
        }

        #[test]
        fn stable_changes_no_answer_about_stable_versions(a in set()) {
            let stable = a.stable();
            for version in universe().iter().filter(|version| version.is_stable()) {
                prop_assert_eq!(stable.contains(version), a.contains(version), "{}", version);
            }
        }
    }

    #[test]
    fn nothing_lies_between_a_version_and_its_successor() {
        let universe = universe();
        for version in &universe {
            let next = successor(version);
            assert!(*version < next);
            assert!(!universe.iter().any(|other| version < other && *other < next), "{version} {next}");
        }
    }

    #[test]
    fn the_stable_ceiling_is_the_lowest_stable_version() {
        let universe = universe();
        for version in &universe {
            let ceiling = stable_ceiling(version);
            assert!(ceiling.is_stable() && *version <= ceiling);
            assert!(!universe.iter().any(|other| other.is_stable() && version <= other && *other < ceiling));
        }
    }

    #[test]
    fn local_labels_are_dropped() {
        let set = VersionSet::only("1.13.1".parse().unwrap());
        assert!(set.contains(&"1.13.1+cu118".parse().unwrap()));
    }
}
