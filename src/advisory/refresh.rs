//! Brings the store up to date: from OSV's bulk data over HTTPS, or from a file or directory.
//! <https://google.github.io/osv.dev/data/#data-dumps>
//!
//! Over HTTPS the cheapest question that is certain to be answered rightly comes first: is there anything new
//! (entity tag)? What changed (`modified_id.csv`)? Only then, and once in a while in any case, everything
//! (`all.zip`). A refresh that would lose most of what is known is refused.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use super::bulk::{self, Bulk, Entry, Limits};
use super::database::{self, Database, Head, TEMPORARY, Turn};
use super::http::{self, Answer, Http, Request};
use super::osv;

/// OSV's bulk data for PyPI.
pub const DEFAULT_SOURCE: &str = "https://storage.googleapis.com/osv-vulnerabilities/PyPI/all.zip";
/// After so many hours everything is fetched anew: the list of changes could have missed something.
const FULL_AFTER_HOURS: i64 = 7 * 24;
/// More changes than this are fetched as one archive.
const MOST_CHANGES: usize = 300;
/// Requests that are under way at once for single records.
const FETCHERS: usize = 8;
/// Most bytes of the archive and of the list of changes.
const ARCHIVE_LIMIT: u64 = 2 << 30;
const CHANGES_LIMIT: u64 = 256 << 20;
/// One in so many entries may be no OSV record before the whole is refused.
const UNREADABLE_SHARE: usize = 100;

/// What to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Fetch everything even if little or nothing changed.
    pub full: bool,
    /// Accept a refresh that loses most records.
    pub force: bool,
    /// Records of the data in use that is no store: a refresh should not fall far behind it.
    pub known: u64,
    /// Bounds on what is unpacked.
    pub limits: Limits,
    /// The time.
    pub now: Timestamp,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// Which way.
    pub kind: Kind,
    /// The store now.
    pub head: Head,
    /// Records that are new or have changed.
    pub changed: usize,
    /// Records that were taken back or are no longer published.
    pub removed: usize,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Ways to refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The source has nothing new.
    Unchanged,
    /// Single records were fetched.
    Changes,
    /// Everything was fetched.
    Full,
}

/// Why the store stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing came.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// What came cannot be used.
    #[error(transparent)]
    Bulk(#[from] bulk::Error),
    /// The store cannot be read or written.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// What came is mostly something else.
    #[error("{unreadable} of {total} entries of {source_name} are no OSV records ({first})")]
    Unreadable {
        /// How many are no records.
        unreadable: usize,
        /// Of how many.
        total: usize,
        /// Where they are.
        source_name: String,
        /// What is wrong with the first.
        first: String,
    },
    /// What came is far less than what is known.
    #[error("{source_name} has {found} records for PyPI where {known} are known; the refresh is refused")]
    Shrunk {
        /// How many came.
        found: u64,
        /// How many the data in use has.
        known: u64,
        /// Where they came from.
        source_name: String,
    },
}

impl Error {
    /// What the user can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Http(error) => error.help(),
            Self::Bulk(error) => error.help(),
            Self::Database(error) => error.help(),
            Self::Unreadable { .. } => "check the source; the data in use has not changed",
            Self::Shrunk { .. } => "check the source; --force takes it all the same",
        }
    }
}

/// Puts the records of a file or directory in the place of what the store has.
///
/// # Errors
///
/// When it cannot be read or the store cannot be written; the store stays as it is.
pub fn from_path(database: &Database, turn: &Turn, path: &Path, options: &Options) -> Result<Refreshed, Error> {
    let bulk = Bulk::read(path, &options.limits)?;
    let source = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let head = Head { source, fetched: options.now, full: options.now, ..Head::default() };
    store(database, turn, bulk, head, options)
}

/// Brings the store up to what `source` has: the URL of an `all.zip`, or of a directory above `PyPI/`.
///
/// # Errors
///
/// When nothing usable comes or the store cannot be written; the store stays as it is.
pub fn from_url(
    database: &Database,
    turn: &Turn,
    http: &Http,
    source: &str,
    options: &Options,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Refreshed, Error> {
    let archive = archive_url(source);
    // A store that cannot be read is replaced as a whole.
    let known = database.head().ok().flatten().filter(|head| head.source == http::shown(&archive));
    let due = known.as_ref().is_none_or(|head| hours_between(head.full, options.now) >= FULL_AFTER_HOURS);
    if let Some(head) = known.clone().filter(|_| !options.full && !due)
        && let Some(refreshed) = changes(database, turn, http, &archive, head, options)?
    {
        return Ok(refreshed);
    }
    let tag = known.as_ref().filter(|_| !options.full).map(|head| head.archive_tag.as_str()).unwrap_or_default();
    let mut file = tempfile::Builder::new()
        .prefix(&database.temporary_prefix())
        .suffix(TEMPORARY)
        .tempfile_in(database.directory())
        .map_err(|source| database::Error::Write { path: database.directory().to_owned(), source })?;
    let request = Request { url: &archive, tag, limit: ARCHIVE_LIMIT, accept: None };
    match (http.fetch(&request, file.as_file_mut(), progress)?, known) {
        (Answer::NotModified, Some(head)) => unchanged(database, turn, head, options),
        (Answer::NotModified, None) => Err(http::Error::Connection {
            url: http::shown(&archive),
            reason: "it says \"not modified\" without having been asked".to_owned(),
        }
        .into()),
        (Answer::Content { tag }, _) => {
            let source = http::shown(&archive);
            let bulk = Bulk::read(file.path(), &options.limits).map_err(|error| named(error, &source))?;
            let now = options.now;
            let head = Head { source, fetched: now, full: now, archive_tag: tag, ..Head::default() };
            store(database, turn, bulk, head, options)
        }
    }
}

/// Asks what changed. `None` when fetching everything is the better way.
fn changes(
    database: &Database,
    turn: &Turn,
    http: &Http,
    archive: &str,
    head: Head,
    options: &Options,
) -> Result<Option<Refreshed>, Error> {
    if head.changes_tag.is_empty() && !head.archive_tag.is_empty() {
        // Fresh from an archive: is it still the same one? Nothing is read when it is not.
        let request = Request { url: archive, tag: &head.archive_tag, limit: 0, accept: None };
        match http.fetch(&request, &mut Vec::new(), &mut |_, _| {}) {
            Ok(Answer::NotModified) => return unchanged(database, turn, head, options).map(Some),
            Ok(Answer::Content { .. }) | Err(http::Error::TooLarge { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let Some((base, "all.zip")) = archive.rsplit_once('/') else { return Ok(None) };
    let url = format!("{base}/modified_id.csv");
    let mut list = Vec::new();
    let request = Request { url: &url, tag: &head.changes_tag, limit: CHANGES_LIMIT, accept: None };
    let tag = match http.fetch(&request, &mut list, &mut |_, _| {}) {
        Ok(Answer::NotModified) => return unchanged(database, turn, head, options).map(Some),
        Ok(Answer::Content { tag }) => tag,
        // Not every mirror has the list.
        Err(http::Error::Status { status, .. }) if status.is_client_error() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(listed) = parse_changes(&list) else { return Ok(None) };
    let mut entries: HashMap<String, Entry> =
        database.entries()?.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
    let stale = |id: &str, modified: Timestamp| {
        let known = entries.get(id).map(|entry| entry.modified.parse::<Timestamp>());
        !matches!(known, Some(Ok(known)) if known >= modified)
    };
    let wanted: Vec<&str> = listed.iter().filter(|(id, at)| stale(id, *at)).map(|(id, _)| *id).collect();
    let ids: HashSet<&str> = listed.iter().map(|(id, _)| *id).collect();
    let mut vanished: Vec<String> = entries.keys().filter(|id| !ids.contains(id.as_str())).cloned().collect();
    vanished.sort();
    if wanted.len() > MOST_CHANGES || vanished.len() > MOST_CHANGES {
        return Ok(None);
    }
    if wanted.is_empty() && vanished.is_empty() {
        return unchanged(database, turn, Head { changes_tag: tag, ..head }, options).map(Some);
    }
    let Some(fetched) = fetch_records(http, base, &wanted)? else { return Ok(None) };
    for id in &vanished {
        entries.remove(id);
    }
    let changed = fetched.len();
    entries.extend(fetched.into_iter().map(|entry| (entry.id.clone(), entry)));
    let mut entries: Vec<Entry> = entries.into_values().collect();
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    let standing = entries.iter().filter(|entry| !entry.facts.is_empty()).count() as u64;
    check_size(standing, head.records, &head.source, options)?;
    let head = Head { fetched: options.now, archive_tag: String::new(), changes_tag: tag, ..head };
    let head = database.replace(turn, &entries, head)?;
    Ok(Some(Refreshed { kind: Kind::Changes, head, changed, removed: vanished.len(), warnings: Vec::new() }))
}

/// Fetches single records. `None` when one of them is not there or not itself: the list was out of step.
fn fetch_records(http: &Http, base: &str, ids: &[&str]) -> Result<Option<Vec<Entry>>, Error> {
    let next = AtomicUsize::new(0);
    let fetch = |id: &str| -> Result<Option<Entry>, Error> {
        let mut json = Vec::new();
        let url = format!("{base}/{id}.json");
        let request = Request { url: &url, limit: Limits::default().record, ..Request::default() };
        match http.fetch(&request, &mut json, &mut |_, _| {}) {
            Ok(_) => Ok(osv::Record::parse(&json).ok().filter(|record| record.id == id).map(Entry::of)),
            Err(http::Error::Status { status, .. }) if status.is_client_error() => Ok(None),
            Err(error) => Err(error.into()),
        }
    };
    let work = || -> Result<Option<Vec<Entry>>, Error> {
        let mut entries = Vec::new();
        while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
            match fetch(id)? {
                Some(entry) => entries.push(entry),
                None => return Ok(None),
            }
        }
        Ok(Some(entries))
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..FETCHERS.min(ids.len())).map(|_| scope.spawn(work)).collect();
        let mut all = Some(Vec::new());
        for worker in workers {
            let part = worker.join().unwrap_or(Ok(None))?;
            all = all.zip(part).map(|(mut all, part)| {
                all.extend(part);
                all
            });
        }
        Ok(all)
    })
}

/// Lines of `<time>,<id>`. `None` when a line is something else, or an id could not be part of a URL.
fn parse_changes(list: &[u8]) -> Option<Vec<(&str, Timestamp)>> {
    let is_id =
        |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte));
    let lines = std::str::from_utf8(list).ok()?.lines().filter(|line| !line.is_empty());
    let entry = |line: &'_ str| -> Option<(usize, Timestamp)> {
        let (time, id) = line.split_once(',')?;
        Some((is_id(id).then_some(time.len() + 1)?, time.parse().ok()?))
    };
    lines.map(|line| entry(line).and_then(|(start, at)| Some((line.get(start..)?, at)))).collect()
}

fn unchanged(database: &Database, turn: &Turn, head: Head, options: &Options) -> Result<Refreshed, Error> {
    let head = Head { checked: options.now, ..head };
    database.note_check(turn, &head)?;
    Ok(Refreshed { kind: Kind::Unchanged, head, changed: 0, removed: 0, warnings: Vec::new() })
}

/// Checks what came and makes a store of it.
fn store(database: &Database, turn: &Turn, mut bulk: Bulk, head: Head, options: &Options) -> Result<Refreshed, Error> {
    let total = bulk.entries.len() + bulk.unreadable_count;
    let first = || bulk.unreadable.first().cloned().unwrap_or_default();
    if bulk.unreadable_count * UNREADABLE_SHARE > total && !options.force {
        let unreadable = bulk.unreadable_count;
        return Err(Error::Unreadable { unreadable, total, source_name: head.source, first: first() });
    }
    let mut warnings: Vec<String> = Vec::new();
    if bulk.unreadable_count > 0 {
        warnings.push(format!("{} entries are no OSV records and were left out: {}", bulk.unreadable_count, first()));
    }
    // Of records with the same id the last one stands, as it does in the tables.
    bulk.entries.reverse();
    bulk.entries.sort_by(|a, b| a.id.cmp(&b.id));
    bulk.entries.dedup_by(|a, b| a.id == b.id);
    let old = database.entries().unwrap_or_default();
    let found = bulk.entries.iter().filter(|entry| !entry.facts.is_empty()).count() as u64;
    let standing = old.iter().filter(|entry| !entry.facts.is_empty()).count() as u64;
    // What is built in may come from another source than a refresh: only a far smaller one is suspicious.
    let known = if standing > 0 { standing } else { options.known / 5 };
    check_size(found, known, &head.source, options)?;
    let newest = |entries: &[Entry]| entries.iter().map(|entry| entry.modified.clone()).max().unwrap_or_default();
    let (newest_old, newest_new) = (newest(&old), newest(&bulk.entries));
    if newest_new < newest_old {
        warnings.push(format!("the newest record is of {newest_new}; that of the data before was of {newest_old}"));
    }
    let before: HashMap<&str, &Entry> = old.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    let changed = bulk.entries.iter().filter(|entry| before.get(entry.id.as_str()) != Some(entry)).count();
    let after: HashSet<&str> = bulk.entries.iter().map(|entry| entry.id.as_str()).collect();
    let removed = old.iter().filter(|entry| !after.contains(entry.id.as_str())).count();
    let head = Head { unreadable: bulk.unreadable_count as u64, ..head };
    let head = database.replace(turn, &bulk.entries, head)?;
    Ok(Refreshed { kind: Kind::Full, head, changed, removed, warnings })
}

/// Half of what is known, at the least, and something in any case.
fn check_size(found: u64, known: u64, source: &str, options: &Options) -> Result<(), Error> {
    if found == 0 || (found * 2 < known && !options.force) {
        return Err(Error::Shrunk { found, known, source_name: source.to_owned() });
    }
    Ok(())
}

fn archive_url(source: &str) -> String {
    let (path, query) = source.split_once('?').map_or((source, ""), |(path, query)| (path, query));
    let path = match path.trim_end_matches('/') {
        path if path.ends_with(".zip") => path.to_owned(),
        path if path.ends_with("/PyPI") => format!("{path}/all.zip"),
        path => format!("{path}/PyPI/all.zip"),
    };
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// The error with the URL in the place of the temporary file.
fn named(error: bulk::Error, source: &str) -> bulk::Error {
    let url = || source.into();
    match error {
        bulk::Error::Unreadable { source, .. } => bulk::Error::Unreadable { path: url(), source },
        bulk::Error::Damaged { reason, .. } => bulk::Error::Damaged { path: url(), reason },
        bulk::Error::Traversal { entry, .. } => bulk::Error::Traversal { path: url(), entry },
        bulk::Error::TooLarge { limit, .. } => bulk::Error::TooLarge { path: url(), limit },
        bulk::Error::Empty { reason, .. } => bulk::Error::Empty { path: url(), reason },
    }
}

fn hours_between(earlier: Timestamp, later: Timestamp) -> i64 {
    (later.as_second() - earlier.as_second()) / 3600
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_archive_or_a_place_above_one() {
        for (source, archive) in [
            (DEFAULT_SOURCE, DEFAULT_SOURCE),
            ("http://127.0.0.1:1", "http://127.0.0.1:1/PyPI/all.zip"),
            ("http://127.0.0.1:1/x/PyPI/", "http://127.0.0.1:1/x/PyPI/all.zip"),
            ("https://a/b?sig=1", "https://a/b/PyPI/all.zip?sig=1"),
        ] {
            assert_eq!(archive_url(source), archive);
        }
    }

    #[test]
    fn the_list_of_changes_is_read_or_not_believed() {
        let list = b"2024-10-10T17:22:00.587279Z,PYSEC-2024-1\n2024-01-01T00:00:00+00:00,GHSA-x\n";
        assert_eq!(
            parse_changes(list).unwrap().iter().map(|(id, _)| *id).collect::<Vec<_>>(),
            ["PYSEC-2024-1", "GHSA-x"]
        );
        for list in ["<html>\n", "2024-10-10T17:22:00Z,../x\n", "yesterday,PYSEC-1\n"] {
            assert!(parse_changes(list.as_bytes()).is_none(), "{list}");
        }
    }
}
