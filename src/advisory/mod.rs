//! Known flaws of packages: which there are, which versions they affect, how bad they are.
//!
//! [`osv`] reads records as published, [`bulk`] many of them; [`facts`] keeps what matching needs, [`affected`]
//! evaluates ranges, [`package`] answers for a version, [`snapshot`] holds all of it. [`database`] is the store in
//! the user's cache, [`refresh`] brings it up to date over [`http`].
//! Asking about advisories never opens a connection; asking [`package_facts`] does, and is only done on request.

pub mod affected;
pub mod bulk;
pub mod conda;
pub mod database;
pub mod export;
pub mod facts;
pub mod flaw;
pub mod http;
pub mod osv;
pub mod package;
pub mod package_facts;
pub mod place;
pub mod refresh;
pub mod severity;
pub mod snapshot;

use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::{AdvisoryData, Notification, NotificationKind};

pub use affected::Interval;
pub use database::Database;
pub use flaw::{Flaw, flaws};
pub use package::{Advisory, Kind, Package};
pub use package_facts::PackageFacts;
pub use snapshot::Snapshot;

/// The snapshot that is built in, made by `redan advisories export`.
static EMBEDDED: &str = include_str!("../../advisories-cache/pypi.txt");

/// Days after which data counts as old, unless the user says otherwise.
pub const MAX_AGE_DAYS: u32 = 14;

/// The advisories that a run matches against. Shared by all threads.
pub struct Advisories {
    snapshot: Snapshot,
    data: AdvisoryData,
    trouble: Vec<Notification>,
}

impl Advisories {
    /// The snapshot that is built into the program.
    pub fn embedded() -> Self {
        // A test proves that the built-in text is a snapshot.
        Self::of(Snapshot::new(EMBEDDED).unwrap_or_else(|_| Snapshot::empty()), true)
    }

    /// The store at `path` when there is a usable one, else the built-in snapshot. A store that is there and
    /// cannot be used is told by [`notifications`](Self::notifications).
    pub fn open(path: Option<&Path>) -> Self {
        let Some(path) = path else { return Self::embedded() };
        match Database::new(path).snapshot() {
            Ok(Some((snapshot, head))) => {
                let data = AdvisoryData {
                    source: head.source,
                    date: day(head.checked).to_string(),
                    records: head.records,
                    embedded: false,
                };
                let trouble = (head.unreadable > 0).then(|| {
                    let message = format!("{} entries of the advisory data were no OSV records.", head.unreadable);
                    Notification::run(NotificationKind::AdvisoryData, message)
                });
                Self { snapshot, data, trouble: trouble.into_iter().collect() }
            }
            Ok(None) => Self::embedded(),
            Err(error) => {
                let mut embedded = Self::embedded();
                let message = format!("{error}; the built-in snapshot is used instead: {}.", error.help());
                embedded.trouble.push(Notification::run(NotificationKind::AdvisoryData, message));
                embedded
            }
        }
    }

    /// The advisories of `entries`, which come from `source`.
    pub fn of_entries(entries: &[bulk::Entry], source: &str) -> Self {
        let (text, _) = export::snapshot(entries, source);
        Self::of(Snapshot::new(text).unwrap_or_else(|_| Snapshot::empty()), false)
    }

    fn of(snapshot: Snapshot, embedded: bool) -> Self {
        let data = AdvisoryData {
            source: snapshot.head("source").to_owned(),
            date: snapshot.head("date").to_owned(),
            records: snapshot.head("records").parse().unwrap_or(0),
            embedded,
        };
        Self { snapshot, data, trouble: Vec::new() }
    }

    /// What is known about the package with this normalised name; `None` when there is no advisory about it.
    pub fn package(&self, normalized_name: &str) -> Option<&Package> {
        self.snapshot.package(normalized_name)
    }

    /// All advisories about the package with this normalised name, by id.
    pub fn for_package(&self, normalized_name: &str) -> &[Advisory] {
        self.package(normalized_name).map_or(&[], Package::advisories)
    }

    /// Which data this is.
    pub fn data(&self) -> &AdvisoryData {
        &self.data
    }

    /// The data itself.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Adds something that every report must say.
    pub fn add_trouble(&mut self, message: String) {
        self.trouble.push(Notification::run(NotificationKind::AdvisoryData, message));
    }

    /// What every report must say about the data: that a store could not be used, that there is nothing in it,
    /// that it is older than `max_age_days` on the day `today` (`None`: age does not matter). Names the day of the
    /// data, not its age, so that the same data gives the same report.
    pub fn notifications(&self, max_age_days: u32, today: Option<Date>) -> Vec<Notification> {
        let mut notifications = self.trouble.clone();
        let mut add = |message| notifications.push(Notification::run(NotificationKind::AdvisoryData, message));
        if self.data.records == 0 {
            add("There is no advisory data: nothing can be said about dependencies.".to_owned());
        } else if today.is_some_and(|today| self.is_older_than(max_age_days, today)) {
            let what = if self.data.embedded { "built-in advisory data is" } else { "advisory data was last checked" };
            add(format!(
                "The {what} of {}, which is more than {max_age_days} days ago: `redan advisories update` brings it up \
                 to date.",
                self.data.date
            ));
        }
        notifications
    }

    /// True when the data is older than so many days; also when its day is not known.
    pub fn is_older_than(&self, days: u32, today: Date) -> bool {
        let date: Option<Date> = self.data.date.parse().ok();
        date.and_then(|date| today.since(date).ok()).is_none_or(|age| i64::from(age.get_days()) > i64::from(days))
    }
}

/// Today, in coordinated universal time.
pub fn today() -> Date {
    day(jiff::Timestamp::now())
}

fn day(time: jiff::Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_data_is_said_with_its_day() {
        let advisories = Advisories::embedded();
        assert!(advisories.notifications(14, Some(jiff::civil::date(2024, 10, 20))).is_empty());
        let notifications = advisories.notifications(14, Some(jiff::civil::date(2026, 1, 1)));
        assert_eq!(notifications.len(), 1);
        assert!(notifications[0].message.contains("2024-10-10"));
    }

    #[test]
    fn a_store_that_cannot_be_used_is_said_and_the_built_in_data_serves() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("advisories.sqlite");
        std::fs::write(&path, "nonsense").unwrap();
        let advisories = Advisories::open(Some(&path));
        assert!(advisories.data().embedded);
        assert!(advisories.notifications(u32::MAX, None)[0].message.contains("is damaged"));
        assert!(Advisories::open(Some(&directory.path().join("none"))).notifications(u32::MAX, None).is_empty());
    }

    #[test]
    fn known_cases() {
        let advisories = Advisories::embedded();
        let ids = |name: &str, version: &str| -> Vec<String> {
            let version = crate::version::Version::parse(version);
            let found = advisories.package(name).map(|package| package.affecting(&version)).unwrap_or_default();
            found.iter().map(|advisory| advisory.id.clone()).collect()
        };
        assert_eq!(ids("torch", "1.13.0+cu117"), ["PYSEC-2022-43015"]);
        assert_eq!(ids("urllib3", "1.26.5"), ["PYSEC-2023-192", "PYSEC-2023-212"]);
        assert_eq!(ids("django", "4.0rc1"), [""; 0]);
        assert_eq!(ids("django", "3.2a1"), ["PYSEC-2023-61"]);
        assert_eq!(ids("no-such-project", "1"), [""; 0]);
    }
}
