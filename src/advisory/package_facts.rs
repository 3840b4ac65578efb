//! What is known today about packages themselves: the newest release, releases that were taken back, projects
//! that are archived or quarantined, names that nobody has registered. Asked for over the network, so only with
//! `--online`; answers are kept for a while beside the advisory store.

mod deps_dev;
mod index;
pub mod installer;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::http::{Error, Http, Settings};
use crate::version::Version;

pub use deps_dev::DepsDev;
pub use index::Index;

/// Answers are asked for anew after so many seconds.
const TIME_TO_LIVE: i64 = 24 * 60 * 60;
/// Requests under way at once.
const FETCHERS: usize = 8;
/// How long another process may write to the cache before this one does without.
const BUSY: std::time::Duration = std::time::Duration::from_millis(500);

/// What a source says about a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// There is such a project.
    Project(Project),
    /// There is none: whoever registers the name decides what is installed.
    NoSuchProject,
}

/// A project of a package index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Whether it is maintained and safe.
    pub status: Status,
    /// Why, where its status is not active; as published, may be empty.
    pub status_reason: String,
    /// The newest release that is no pre-release and was not taken back, where there is one.
    pub newest: Option<String>,
    /// Releases that were taken back (yanked or deprecated), with the reason, which may be empty.
    pub withdrawn: Vec<(String, String)>,
}

/// Status markers. <https://packaging.python.org/en/latest/specifications/project-status-markers/>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Nothing is said against it.
    #[default]
    Active,
    /// No updates are to be expected.
    Archived,
    /// Something else should be used.
    Deprecated,
    /// The index considers it unsafe.
    Quarantined,
}

impl Project {
    /// The reason why this release was taken back; `None` when it was not.
    pub fn withdrawal(&self, version: &Version) -> Option<&str> {
        let taken_back = self.withdrawn.iter().find(|(text, _)| Version::parse(text).is_same_release(version));
        taken_back.map(|(_, reason)| reason.as_str())
    }

    /// Of releases and whether each was taken back, why.
    fn of_releases(releases: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        let mut project = Self::default();
        let mut newest: Option<Version> = None;
        for (text, withdrawal) in releases {
            let version = Version::parse(&text);
            match withdrawal {
                Some(reason) => project.withdrawn.push((text, reason)),
                None if version.is_valid() && !version.is_prerelease() && newest.as_ref() < Some(&version) => {
                    project.newest = Some(text);
                    newest = Some(version);
                }
                None => {}
            }
        }
        project
    }
}

/// Somebody who knows about packages.
pub trait Source: Send + Sync {
    /// Where it is, without credentials; answers are kept under this name.
    fn name(&self) -> String;

    /// Asks about a normalised name.
    ///
    /// # Errors
    ///
    /// When no answer came that can be used.
    fn fetch(&self, http: &Http, name: &str) -> Result<Answer, Error>;
}

/// Asks a source, and remembers.
pub struct PackageFacts {
    http: Http,
    source: Box<dyn Source>,
    cache: Option<Mutex<Connection>>,
    now: Timestamp,
}

impl PackageFacts {
    /// Asks `source`. Answers are kept in the SQLite file `cache`; without one, or when it cannot be used, each
    /// run asks anew.
    ///
    /// # Errors
    ///
    /// When HTTPS cannot be made ready.
    pub fn new(source: Box<dyn Source>, cache: Option<&Path>, settings: Settings) -> Result<Self, Error> {
        let cache = cache.and_then(|path| open_cache(path).ok()).map(Mutex::new);
        Ok(Self { http: Http::new(settings)?, source, cache, now: Timestamp::now() })
    }

    /// Where answers come from, without credentials.
    pub fn source(&self) -> String {
        self.source.name()
    }

    /// What is known about a normalised name.
    ///
    /// # Errors
    ///
    /// When nothing is remembered and no answer came.
    pub fn lookup(&self, name: &str) -> Result<Answer, Error> {
        if let Some(answer) = self.remembered(name) {
            return Ok(answer);
        }
        let answer = self.source.fetch(&self.http, name)?;
        self.remember(name, &answer);
        Ok(answer)
    }

    /// The same for many names, several at once.
    pub fn lookup_all<'n>(&self, names: &[&'n str]) -> BTreeMap<&'n str, Result<Answer, Error>> {
        let next = AtomicUsize::new(0);
        let answers = Mutex::new(BTreeMap::new());
        let work = || {
            while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                let answer = self.lookup(name);
                answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(*name, answer);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..FETCHERS.min(names.len()) {
                scope.spawn(work);
            }
        });
        answers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn remembered(&self, name: &str) -> Option<Answer> {
        let connection = self.cache.as_ref()?.lock().ok()?;
        let query = "SELECT answer FROM fact WHERE source = ?1 AND name = ?2 AND fetched > ?3 AND fetched <= ?4";
        let now = self.now.as_second();
        let parameters = (self.source.name(), name, now - TIME_TO_LIVE, now);
        let answer: String = connection.query_row(query, parameters, |row| row.get(0)).ok()?;
        serde_json::from_str(&answer).ok()
    }

    /// A cache that cannot be written costs time, nothing else.
    fn remember(&self, name: &str, answer: &Answer) {
        let (Some(cache), Ok(answer)) = (&self.cache, serde_json::to_string(answer)) else { return };
        if let Ok(connection) = cache.lock() {
            let statement = "INSERT OR REPLACE INTO fact VALUES (?1, ?2, ?3, ?4)";
            let _ = connection.execute(statement, (self.source.name(), name, self.now.as_second(), answer));
        }
    }
}

fn open_cache(path: &Path) -> rusqlite::Result<Connection> {
    if let Some(directory) = path.parent() {
        let _ = std::fs::create_dir_all(directory);
    }
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS fact (source TEXT, name TEXT, fetched INTEGER, answer TEXT,
                                          PRIMARY KEY (source, name)) WITHOUT ROWID",
    )?;
    Ok(connection)
}

/// Percent-encodes everything in a name that is not plain, so that it stays one part of a path.
fn path_part(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Largest answer that is read.
const LIMIT: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_release_is_neither_taken_back_nor_a_prerelease() {
        let release = |version: &str, reason: Option<&str>| (version.to_owned(), reason.map(str::to_owned));
        let project = Project::of_releases([
            release("1.10", None),
            release("1.9", None),
            release("2.0rc1", None),
            release("2.0", Some("broken")),
        ]);
        assert_eq!(project.newest.as_deref(), Some("1.10"));
        assert_eq!(project.withdrawal(&Version::parse("2")), Some("broken"));
        assert_eq!(project.withdrawal(&Version::parse("1.9")), None);
    }

    #[test]
    fn a_name_stays_one_part_of_a_path() {
        assert_eq!(path_part("a/../b?c#d"), "a%2F..%2Fb%3Fc%23d");
    }
}
