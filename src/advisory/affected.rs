//! Is a version affected? The evaluation algorithm of the OSV schema, turned into intervals once per record.
//! <https://ossf.github.io/osv-schema/#evaluation>
//!
//! Events are put in order of version and switch "affected" on (`introduced`) or off (`fixed`,
//! `last_affected`); `limit` cuts off what is not judged. A version listed in `versions` is affected, too.

use std::ops::{Bound, RangeBounds};

use crate::version::Version;

use super::facts::{Event, EventKind, Range};

/// A stretch of affected versions.
pub type Interval = (Bound<Version>, Bound<Version>);

/// The order of events at one and the same version; the last one decides. The schema leaves it open. This is
/// what osv.dev does: a version where one range is fixed and the next begins is *not* affected.
const fn rank(kind: EventKind) -> u8 {
    match kind {
        EventKind::Introduced => 0,
        EventKind::LastAffected => 1,
        EventKind::Fixed => 2,
        EventKind::Limit => 3,
    }
}

/// The affected versions of `ranges` together: sorted, disjoint, not touching.
pub fn intervals(ranges: &[Range]) -> Vec<Interval> {
    let mut all: Vec<Interval> = ranges.iter().flat_map(|range| of_events(&range.events)).collect();
    all.sort_by(|a, b| compare_lower(&a.0, &b.0));
    let mut merged: Vec<Interval> = Vec::with_capacity(all.len());
    for interval in all {
        match merged.last_mut() {
            Some(last) if reaches(&last.1, &interval.0) => {
                if compare_upper(&last.1, &interval.1).is_lt() {
                    last.1 = interval.1;
                }
            }
            _ => merged.push(interval),
        }
    }
    merged
}

/// True when one of the intervals holds `version`. `intervals` are sorted.
pub fn contains(intervals: &[Interval], version: &Version) -> bool {
    let after = intervals.partition_point(|(lower, _)| match lower {
        Bound::Unbounded => true,
        Bound::Included(lower) => lower <= version,
        Bound::Excluded(lower) => lower < version,
    });
    let candidate = after.checked_sub(1).and_then(|index| intervals.get(index));
    candidate.is_some_and(|interval| interval.contains(version))
}

/// The intervals of one range's events.
fn of_events(events: &[Event]) -> Vec<Interval> {
    let limit = limit(events);
    // `None` is the start of all versions: what `introduced: 0` means.
    let mut switches: Vec<(Option<Version>, EventKind)> = events
        .iter()
        .filter(|event| event.kind != EventKind::Limit)
        .map(|event| match (event.kind, event.version.as_str()) {
            (EventKind::Introduced, "0") => (None, event.kind),
            (kind, version) => (Some(Version::parse(version)), kind),
        })
        .collect();
    switches.sort_by(|a, b| a.0.cmp(&b.0).then(rank(a.1).cmp(&rank(b.1))));

    let mut found = Vec::new();
    let mut open: Option<Bound<Version>> = None;
    for group in switches.chunk_by(|a, b| a.0 == b.0) {
        let Some((at, _)) = group.first() else { continue };
        // On the version itself `last_affected` has not switched off yet; right after it, it has.
        let mut on_it = open.is_some();
        let mut after_it = on_it;
        for (_, kind) in group {
            after_it = *kind == EventKind::Introduced;
            if *kind != EventKind::LastAffected {
                on_it = after_it;
            }
        }
        let before = |at: &Option<Version>| at.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let from = |at: &Option<Version>| at.clone().map_or(Bound::Unbounded, Bound::Included);
        match (open.take(), on_it, after_it) {
            (None, false, true) => open = Some(before(at)),
            (None, true, true) => open = Some(from(at)),
            (None, true, false) => found.push((from(at), from(at))),
            (None, false, false) => {}
            (Some(start), true, true) => open = Some(start),
            (Some(start), true, false) => found.push((start, from(at))),
            (Some(start), false, after) => {
                found.push((start, before(at)));
                open = after.then(|| before(at));
            }
        }
    }
    found.extend(open.map(|start| (start, Bound::Unbounded)));
    if let Some(limit) = limit {
        found.iter_mut().for_each(|interval| {
            if compare_upper(&interval.1, &limit).is_gt() {
                interval.1 = limit.clone();
            }
        });
    }
    found.retain(|interval| !is_empty(interval));
    found
}

/// The highest `limit`, which gates the range; `None` when there is none or one is `*`.
fn limit(events: &[Event]) -> Option<Bound<Version>> {
    let limits = || events.iter().filter(|event| event.kind == EventKind::Limit);
    if limits().any(|event| event.version == "*") {
        return None;
    }
    limits().map(|event| Version::parse(&event.version)).max().map(Bound::Excluded)
}

fn is_empty((lower, upper): &Interval) -> bool {
    match (lower, upper) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(lower), Bound::Included(upper)) => lower > upper,
        (Bound::Included(lower) | Bound::Excluded(lower), Bound::Included(upper) | Bound::Excluded(upper)) => {
            lower >= upper
        }
    }
}

fn compare_lower(a: &Bound<Version>, b: &Bound<Version>) -> std::cmp::Ordering {
    // As (version, excluded): the unbounded start is below every version.
    let key = |bound: &Bound<Version>| match bound {
        Bound::Unbounded => None,
        Bound::Included(version) => Some((version.clone(), false)),
        Bound::Excluded(version) => Some((version.clone(), true)),
    };
    key(a).cmp(&key(b))
}

fn compare_upper(a: &Bound<Version>, b: &Bound<Version>) -> std::cmp::Ordering {
    // As (unbounded, version, included): the unbounded end is above every version.
    let key = |bound: &Bound<Version>| match bound {
        Bound::Unbounded => (true, None),
        Bound::Included(version) => (false, Some((version.clone(), true))),
        Bound::Excluded(version) => (false, Some((version.clone(), false))),
    };
    key(a).cmp(&key(b))
}

/// True when nothing lies between an interval that ends with `upper` and a later one that starts with `lower`.
fn reaches(upper: &Bound<Version>, lower: &Bound<Version>) -> bool {
    match (upper, lower) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Excluded(upper), Bound::Excluded(lower)) => lower < upper,
        (Bound::Included(upper) | Bound::Excluded(upper), Bound::Included(lower) | Bound::Excluded(lower)) => {
            lower <= upper
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(text: &str) -> Range {
        Range::parse(text)
    }

    fn affected(ranges: &[&str], version: &str) -> bool {
        let ranges: Vec<Range> = ranges.iter().map(|text| range(text)).collect();
        contains(&intervals(&ranges), &Version::parse(version))
    }

    #[test]
    fn events_are_sorted_before_they_are_read() {
        let ranges = ["<2.0 >=3.0 >=1.0 <3.5"];
        for (version, expected) in [("0.9", false), ("1.0", true), ("2.0", false), ("3.1", true), ("3.5", false)] {
            assert_eq!(affected(&ranges, version), expected, "{version}");
        }
    }

    #[test]
    fn zero_is_below_everything() {
        for version in ["0.dev0", "not-a-version", "0"] {
            assert!(affected(&[">=0 <1"], version), "{version}");
        }
        assert!(!affected(&[">=0.0.0 <1"], "not-a-version"));
    }

    #[test]
    fn last_affected_is_affected_and_its_local_builds_are_not() {
        assert!(affected(&[">=1 <=2.0"], "2"));
        assert!(!affected(&[">=1 <=2.0"], "2.0+cpu"));
        assert!(!affected(&[">=1 <=2.0"], "2.0.post1"));
    }

    #[test]
    fn a_version_that_is_fixed_and_introduced_at_once_is_not_affected() {
        assert!(!affected(&[">=0.9 <0.13.0 >=0.13.0 <0.13.3"], "0.13.0"));
        assert!(!affected(&[">=0.9 <0.13.0 >=0.13.0 <0.13.3"], "0.13.1"));
        assert!(affected(&[">=0.9 <0.13.0 >=0.13.0 <0.13.3"], "0.12"));
        assert!(affected(&[">=1 <=2 >=2 <3"], "2"));
        assert!(!affected(&[">=1 <=2 >=2 <3"], "2.1"));
    }

    #[test]
    fn prereleases_of_the_first_affected_version_are_not_affected() {
        assert!(!affected(&[">=4.0 <4.0.2"], "4.0rc1"));
        assert!(affected(&[">=4.0 <4.0.2"], "4.0.2rc1"));
    }

    #[test]
    fn a_limit_gates_the_range() {
        assert!(!affected(&[">=1 ~2"], "2"));
        assert!(affected(&[">=1 ~2"], "1.9"));
        assert!(affected(&[">=1 ~2 ~*"], "2"));
    }

    #[test]
    fn an_unreadable_version_in_an_event_is_ordered_below_the_valid_ones() {
        assert!(affected(&[">=0 <0.2.0-n653"], "0.2.0-n65"));
        assert!(!affected(&[">=0 <0.2.0-n653"], "0.1"));
    }

    #[test]
    fn touching_ranges_become_one() {
        assert_eq!(intervals(&[range(">=1 <2"), range(">=2 <3"), range(">=1.5 <=2.5")]).len(), 1);
        assert_eq!(intervals(&[range(">=1 <2"), range(">=2.0.1 <3")]).len(), 2);
    }

    /// The schema's pseudo code, word for word.
    fn by_the_schema(events: &[Event], version: &Version) -> bool {
        if let Some(Bound::Excluded(limit)) = limit(events)
            && version >= &limit
        {
            return false;
        }
        let mut sorted: Vec<&Event> = events.iter().filter(|event| event.kind != EventKind::Limit).collect();
        let zero = |event: &Event| event.kind == EventKind::Introduced && event.version == "0";
        sorted.sort_by_key(|event| {
            (!zero(event), (!zero(event)).then(|| Version::parse(&event.version)), rank(event.kind))
        });
        let mut vulnerable = false;
        for event in sorted {
            let at = Version::parse(&event.version);
            match event.kind {
                EventKind::Introduced if zero(event) || *version >= at => vulnerable = true,
                EventKind::Fixed if *version >= at => vulnerable = false,
                EventKind::LastAffected if *version > at => vulnerable = false,
                _ => {}
            }
        }
        vulnerable
    }

    proptest! {
        #[test]
        fn intervals_say_what_the_schema_says(
            events in proptest::collection::vec((0..12u8, 0..9usize), 0..8),
            at in 0..9usize,
        ) {
            const VERSIONS: [&str; 9] = ["0", "x-1", "0.9", "1.0rc1", "1.0", "1.0+a", "1.0.post1", "2", "2.1"];
            let events: Vec<Event> = events.into_iter().map(|(kind, version)| Event {
                kind: match kind { 0..=4 => EventKind::Introduced, 5..=8 => EventKind::Fixed, 9..=10 => EventKind::LastAffected, _ => EventKind::Limit },
                version: VERSIONS[version].to_owned(),
            }).collect();
            let version = Version::parse(VERSIONS[at]);
            let intervals = intervals(&[Range { kind: Default::default(), events: events.clone() }]);
            prop_assert_eq!(contains(&intervals, &version), by_the_schema(&events, &version));
        }
    }
}
