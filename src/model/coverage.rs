//! What was looked at and what was not. Every report says it.

use std::collections::BTreeMap;

/// Counts of one run. No times and no ages: the same input gives the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Regular files that were read.
    pub files: u64,
    /// Of those, notebooks.
    pub notebooks: u64,
    /// Of those, files that are not text and that no parser knows: searched for secrets only where they are carriers.
    pub binary_files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Artifacts that declare packages.
    pub manifests: u64,
    /// Declarations of packages.
    pub dependencies: u64,
    /// Of those, with an exact version.
    pub pinned: u64,
    /// What was left out, by reason ("ignored by git" → 12).
    pub left_out: BTreeMap<String, u64>,
    /// The advisory data that was used.
    pub advisories: Option<AdvisoryData>,
}

/// Which advisory data a run used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvisoryData {
    /// `embedded snapshot`, or where the data came from.
    pub source: String,
    /// The day of the data, `YYYY-MM-DD`.
    pub date: String,
    /// Number of records.
    pub records: u64,
    /// True for the snapshot in the binary.
    pub embedded: bool,
}

impl Coverage {
    /// Adds the counts of another part of the run.
    pub fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.notebooks += other.notebooks;
        self.binary_files += other.binary_files;
        self.bytes += other.bytes;
        self.manifests += other.manifests;
        self.dependencies += other.dependencies;
        self.pinned += other.pinned;
        for (reason, count) in &other.left_out {
            *self.left_out.entry(reason.clone()).or_default() += count;
        }
    }
}
