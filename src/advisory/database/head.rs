//! What a store says about itself, and what can be wrong with one.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::SCHEMA;

/// What a store says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Where the records came from: a URL or a path.
    pub source: String,
    /// When they were fetched.
    pub fetched: Timestamp,
    /// When everything was last fetched anew, not only what had changed.
    pub full: Timestamp,
    /// When the source last said that nothing has changed since; not before `fetched`.
    pub checked: Timestamp,
    /// Entity tag of the archive that the records are from; empty when unknown.
    pub archive_tag: String,
    /// Entity tag of the list of changes that the records are from; empty when unknown.
    pub changes_tag: String,
    /// Records that stand.
    pub records: u64,
    /// Records that were taken back.
    pub withdrawn: u64,
    /// Packages that some record is about.
    pub packages: u64,
    /// What the source held that is no OSV record.
    pub unreadable: u64,
    /// Of the snapshot, SHA-256 in hexadecimal.
    pub digest: String,
}

/// Why a store cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Damaged, or no store at all.
    #[error("the advisory store {} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Written by another version of redan.
    #[error("the advisory store {} has schema {found}; this version of redan reads schema {SCHEMA}", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
    },
    /// The operating system would not read.
    #[error("cannot read the advisory store {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The operating system would not write.
    #[error("cannot write the advisory store {}", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// What the user can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "`redan advisories update` writes it anew",
            Self::Schema { found, .. } if *found > SCHEMA => "update redan, or name another store with --advisory-db",
            Self::Schema { .. } => "`redan advisories update --full` writes it anew",
            Self::Read { .. } => "check its permissions, or name another store with --advisory-db",
            Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "make room on the disk; the data in use has not changed"
            }
            Self::Write { .. } => {
                "name a directory that can be written with REDAN_CACHE_DIR; the data in use has not changed"
            }
        }
    }
}
