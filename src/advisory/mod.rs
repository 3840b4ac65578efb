//! Known flaws of packages: which there are, which versions they affect, how bad they are.
//!
//! [`osv`] reads records as published, [`facts`] keeps what matching needs, [`affected`] evaluates ranges,
//! [`package`] answers for a version, [`snapshot`] holds all of it. Asking never opens a connection.

pub mod affected;
pub mod bulk;
pub mod conda;
pub mod export;
pub mod facts;
pub mod flaw;
pub mod osv;
pub mod package;
pub mod severity;
pub mod snapshot;

use crate::model::AdvisoryData;

pub use affected::Interval;
pub use flaw::{Flaw, flaws};
pub use package::{Advisory, Kind, Package};
pub use snapshot::Snapshot;

/// The snapshot that is built in, made by `redan advisories export`.
static EMBEDDED: &str = include_str!("../../advisories-cache/pypi.txt");

/// The advisories that a run matches against. Shared by all threads.
pub struct Advisories {
    snapshot: Snapshot,
    data: AdvisoryData,
}

impl Advisories {
    /// The snapshot that is built into the program.
    pub fn embedded() -> Self {
        // A test proves that the built-in text is a snapshot; an empty one would still say its date: none.
        let snapshot = Snapshot::new(EMBEDDED).unwrap_or_else(|_| Snapshot::empty());
        Self::of(snapshot, true)
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
        Self { snapshot, data }
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
}
