//! The store: one SQLite file that holds every record that a refresh brought, and the snapshot made of them.
//!
//! A file is written once, beside the one in use, and takes its place by a rename when it is complete and on
//! disk. So readers need no lock and never wait, a refresh that dies leaves what was there, and nobody ever
//! sees half of anything. A scan reads the snapshot alone, and only if its digest is the one that was written.

mod head;
#[cfg(test)]
mod tests;
mod turn;
mod uri;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::bulk::Entry;
use super::export;
use super::facts::Facts;
use super::snapshot::Snapshot;
use uri::file_uri;

pub use head::{Error, Head};
pub use turn::Turn;

/// Raised when older programs could misread the tables.
const SCHEMA: i64 = 1;
const TABLES: &str = "
    CREATE TABLE head (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE record (id TEXT PRIMARY KEY, modified TEXT NOT NULL, withdrawn TEXT NOT NULL, summary TEXT NOT NULL,
                         details TEXT NOT NULL, links TEXT NOT NULL, facts TEXT NOT NULL);
    CREATE TABLE snapshot (text TEXT NOT NULL);";

/// A place for a store, whether there is one or not.
#[derive(Clone, Debug)]
pub struct Database {
    path: PathBuf,
}

impl Database {
    /// The store at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the store says about itself; `None` when there is none.
    ///
    /// # Errors
    ///
    /// When it is damaged, of another schema, or cannot be read.
    pub fn head(&self) -> Result<Option<Head>, Error> {
        let Some(connection) = self.open()? else { return Ok(None) };
        self.read_head(&connection).map(Some)
    }

    /// The snapshot for matching, checked against its digest; `None` when there is no store.
    ///
    /// # Errors
    ///
    /// When it is damaged, of another schema, or cannot be read.
    pub fn snapshot(&self) -> Result<Option<(Snapshot, Head)>, Error> {
        let Some(connection) = self.open()? else { return Ok(None) };
        self.read_snapshot(&connection).map(Some)
    }

    /// Every record, by id.
    ///
    /// # Errors
    ///
    /// When there is no store, or it is damaged, of another schema, or cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        let Some(connection) = self.open()? else { return Ok(Vec::new()) };
        self.select(&connection, "ORDER BY id", &[])
    }

    /// The record with this id, in any letter case.
    ///
    /// # Errors
    ///
    /// As [`entries`](Self::entries).
    pub fn entry(&self, id: &str) -> Result<Option<Entry>, Error> {
        let Some(connection) = self.open()? else { return Ok(None) };
        Ok(self.select(&connection, "WHERE id = ?1 COLLATE NOCASE", &[&id])?.pop())
    }

    /// Reads everything and compares: pages, digest, and the snapshot with the records it was made of.
    ///
    /// # Errors
    ///
    /// When something does not fit, with what.
    pub fn verify(&self) -> Result<Option<Head>, Error> {
        let Some(connection) = self.open()? else { return Ok(None) };
        let verdict: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .map_err(|error| self.damaged(error))?;
        if verdict != "ok" {
            return Err(self.damaged(verdict));
        }
        // All through one connection: another store may take the name meanwhile.
        let (stored, head) = self.read_snapshot(&connection)?;
        let entries = self.select(&connection, "ORDER BY id", &[])?;
        let (text, summary) = export::snapshot(&entries, &head.source);
        if text != stored.text() || summary.records as u64 != head.records {
            return Err(self.damaged("the data for matching was not made of the records beside it"));
        }
        Ok(Some(head))
    }

    /// Puts a store with these records in the place of what was there. `head` gives source, times and tags;
    /// counts and digest are worked out.
    ///
    /// # Errors
    ///
    /// When it cannot be written; what was there is untouched.
    pub fn replace(&self, _turn: &Turn, entries: &[Entry], head: Head) -> Result<Head, Error> {
        let directory = self.directory();
        let failed = |source: io::Error| Error::Write { path: self.path.clone(), source };
        let (text, summary) = export::snapshot(entries, &head.source);
        let withdrawn = entries.iter().filter(|entry| !entry.withdrawn.is_empty()).count();
        let head = Head {
            records: summary.records as u64,
            withdrawn: withdrawn as u64,
            packages: summary.packages as u64,
            digest: summary.digest,
            ..head
        };
        let file = tempfile::Builder::new()
            .prefix(&self.temporary_prefix())
            .suffix(TEMPORARY)
            .tempfile_in(directory)
            .map_err(failed)?;
        self.write(file.path(), entries, &text, &head).map_err(|error| failed(as_io(error)))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&self.path).map_err(|error| failed(error.error))?;
        // The rename itself is on disk when the directory is. Not every system can do that; none needs it for
        // the choice between old and new.
        let _ = File::open(directory).and_then(|directory| directory.sync_all());
        let _ = fs::remove_file(self.sibling("checked"));
        Ok(head)
    }

    /// Notes that the source was asked at `now` and had nothing newer. Kept beside the store, which is never
    /// written twice.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn note_check(&self, _turn: &Turn, head: &Head) -> Result<(), Error> {
        let path = self.sibling("checked");
        let failed = |source: io::Error| Error::Write { path: path.clone(), source };
        let text = format!("{}\n{}\n{}\n", head.digest, head.checked, head.changes_tag);
        let file = tempfile::Builder::new()
            .prefix(&self.temporary_prefix())
            .suffix(TEMPORARY)
            .tempfile_in(self.directory())
            .map_err(failed)?;
        fs::write(file.path(), text).map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    fn open(&self) -> Result<Option<Connection>, Error> {
        let read = |source| Error::Read { path: self.path.clone(), source };
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(self.damaged("it is not a file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(read(error)),
        }
        File::open(&self.path).map_err(read)?;
        let absolute = std::path::absolute(&self.path).map_err(read)?;
        // `immutable`: the file never changes once it has its name, so neither locks nor journals are looked for,
        // and a read-only directory is no obstacle.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(format!("{}?immutable=1", file_uri(&absolute)), flags)
            .map_err(|error| self.damaged(error))?;
        let schema: i64 =
            connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| self.damaged(error))?;
        match schema {
            SCHEMA => Ok(Some(connection)),
            0 => Err(self.damaged("it is not a store of redan")),
            found => Err(Error::Schema { path: self.path.clone(), found }),
        }
    }

    fn read_head(&self, connection: &Connection) -> Result<Head, Error> {
        let read = || -> rusqlite::Result<Vec<(String, String)>> {
            let mut statement = connection.prepare("SELECT key, value FROM head")?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let pairs = read().map_err(|error| self.damaged(error))?;
        let text = |key: &str| {
            let value = pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
            value.ok_or_else(|| self.damaged(format!("it does not say its {key}")))
        };
        let number = |key: &str| text(key)?.parse().map_err(|_| self.damaged(format!("its {key} is no number")));
        let time = |key: &str| text(key)?.parse().map_err(|_| self.damaged(format!("its {key} is no time")));
        let mut head = Head {
            source: text("source")?.to_owned(),
            fetched: time("fetched")?,
            full: time("full")?,
            checked: time("fetched")?,
            archive_tag: text("archive_tag")?.to_owned(),
            changes_tag: text("changes_tag")?.to_owned(),
            records: number("records")?,
            withdrawn: number("withdrawn")?,
            packages: number("packages")?,
            unreadable: number("unreadable")?,
            digest: text("digest")?.to_owned(),
        };
        self.apply_check(&mut head);
        Ok(head)
    }

    /// The note counts only for the very store that it was written for.
    fn apply_check(&self, head: &mut Head) {
        let Ok(note) = fs::read_to_string(self.sibling("checked")) else { return };
        let mut lines = note.lines();
        let (digest, checked, tag) = (lines.next(), lines.next(), lines.next());
        if digest == Some(head.digest.as_str())
            && let Some(checked) = checked.and_then(|time| time.parse::<Timestamp>().ok())
            && checked > head.fetched
        {
            head.checked = checked;
            head.changes_tag = tag.unwrap_or_default().to_owned();
        }
    }

    fn read_snapshot(&self, connection: &Connection) -> Result<(Snapshot, Head), Error> {
        let head = self.read_head(connection)?;
        let text: String = connection
            .query_row("SELECT text FROM snapshot", [], |row| row.get(0))
            .map_err(|error| self.damaged(error))?;
        if export::digest(text.as_bytes()) != head.digest {
            return Err(self.damaged("its content does not have the digest that was written with it"));
        }
        if head.records == 0 {
            return Err(self.damaged("it holds no record"));
        }
        let snapshot = Snapshot::new(text).map_err(|error| self.damaged(error))?;
        Ok((snapshot, head))
    }

    fn select(
        &self,
        connection: &Connection,
        condition: &str,
        parameters: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<Entry>, Error> {
        let read = || -> rusqlite::Result<Vec<Entry>> {
            let columns = "id, modified, withdrawn, summary, details, links, facts";
            let mut statement = connection.prepare(&format!("SELECT {columns} FROM record {condition}"))?;
            let entry = |row: &rusqlite::Row<'_>| {
                let lines = |text: String| text.lines().map(str::to_owned).collect();
                Ok(Entry {
                    id: row.get(0)?,
                    modified: row.get(1)?,
                    withdrawn: row.get(2)?,
                    summary: row.get(3)?,
                    details: row.get(4)?,
                    references: lines(row.get(5)?),
                    facts: read_facts(&row.get::<_, String>(6)?),
                })
            };
            statement.query_map(parameters, entry)?.collect()
        };
        read().map_err(|error| self.damaged(error))
    }

    fn write(&self, path: &Path, entries: &[Entry], text: &str, head: &Head) -> rusqlite::Result<()> {
        let mut connection = Connection::open(path)?;
        // Nobody else knows the file yet, and it is thrown away if this does not end well.
        connection.pragma_update(None, "journal_mode", "OFF")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "user_version", SCHEMA)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        {
            let mut insert = transaction.prepare("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?)")?;
            for entry in entries {
                insert.execute((
                    &entry.id,
                    &entry.modified,
                    &entry.withdrawn,
                    &entry.summary,
                    &entry.details,
                    entry.references.join("\n"),
                    write_facts(&entry.facts),
                ))?;
            }
            transaction.execute("INSERT INTO snapshot VALUES (?)", [text])?;
            let mut insert = transaction.prepare("INSERT INTO head VALUES (?, ?)")?;
            for (key, value) in [
                ("source", head.source.clone()),
                ("fetched", head.fetched.to_string()),
                ("full", head.full.to_string()),
                ("archive_tag", head.archive_tag.clone()),
                ("changes_tag", head.changes_tag.clone()),
                ("records", head.records.to_string()),
                ("withdrawn", head.withdrawn.to_string()),
                ("packages", head.packages.to_string()),
                ("unreadable", head.unreadable.to_string()),
                ("digest", head.digest.clone()),
            ] {
                insert.execute((key, value))?;
            }
        }
        transaction.commit()?;
        connection.close().map_err(|(_, error)| error)
    }

    /// Prefix of files that a refresh writes on its way.
    pub(super) fn temporary_prefix(&self) -> String {
        format!(".{}-", self.path.file_name().unwrap_or_default().to_string_lossy())
    }

    /// The directory of the store.
    pub(super) fn directory(&self) -> &Path {
        self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn sibling(&self, extension: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(extension);
        self.path.with_file_name(name)
    }

    fn damaged(&self, reason: impl std::fmt::Display) -> Error {
        Error::Damaged { path: self.path.clone(), reason: reason.to_string() }
    }
}

/// Suffix of files that a refresh writes on its way.
pub(super) const TEMPORARY: &str = ".tmp";

/// Name and line of each package, one after the other.
fn write_facts(facts: &[(String, Facts)]) -> String {
    let mut out = String::new();
    for (name, facts) in facts {
        out.push_str(name);
        out.push('\n');
        facts.write(&mut out);
        out.push('\n');
    }
    out
}

fn read_facts(text: &str) -> Vec<(String, Facts)> {
    let mut lines = text.lines();
    std::iter::from_fn(|| Some((lines.next()?.to_owned(), Facts::parse(lines.next()?)))).collect()
}

fn as_io(error: rusqlite::Error) -> io::Error {
    let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
    io::Error::new(if full { io::ErrorKind::StorageFull } else { io::ErrorKind::Other }, error)
}
