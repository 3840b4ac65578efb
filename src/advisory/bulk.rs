//! Many OSV records at once: the zip archive that OSV publishes per ecosystem (one `<id>.json` a record), JSON
//! Lines (plain, zstd, xz or gzip), a single JSON file, or a directory of these.
//!
//! What is read may come from anywhere: sizes, counts and ratios are bounded, and nothing is written to disk.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use super::facts::Facts;
use super::osv;

/// Bounds on what is read. The whole PyPI export is near 20,000 records and 100 MB unpacked.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one record.
    pub record: u64,
    /// Bytes of all records, unpacked.
    pub total: u64,
    /// Number of records, files and entries of an archive.
    pub records: usize,
    /// Unpacked bytes for each packed byte, once more than [`RATIO_FROM`] are unpacked.
    pub ratio: u64,
}

/// Below this many bytes, a high ratio of compression is no sign of anything.
const RATIO_FROM: u64 = 64 << 20;
/// Deepest directory that is looked into.
const DEPTH: usize = 16;

impl Default for Limits {
    fn default() -> Self {
        Self { record: 32 << 20, total: 4 << 30, records: 2_000_000, ratio: 200 }
    }
}

/// What the store keeps of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Of the record.
    pub id: String,
    /// When it changed last, as published.
    pub modified: String,
    /// When it was taken back, as published; empty when it stands.
    pub withdrawn: String,
    /// One line.
    pub summary: String,
    /// The description, cut at [`DETAILS`] bytes.
    pub details: String,
    /// Links.
    pub references: Vec<String>,
    /// What it says about PyPI packages; empty for a withdrawn record.
    pub facts: Vec<(String, Facts)>,
}

/// Longest description and number of links that are kept.
const DETAILS: usize = 16 << 10;
const REFERENCES: usize = 50;

impl Entry {
    /// Keeps what is needed of `record`.
    pub fn of(record: osv::Record) -> Self {
        let facts = Facts::of(&record);
        let mut details = record.details;
        if details.len() > DETAILS {
            details.truncate(details.floor_char_boundary(DETAILS));
            details.push('…');
        }
        let references = record.references.into_iter().map(|reference| reference.url).take(REFERENCES).collect();
        Self {
            id: record.id,
            modified: record.modified,
            withdrawn: record.withdrawn,
            summary: record.summary,
            details,
            references,
            facts,
        }
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Bulk {
    /// Records, in the order of the source.
    pub entries: Vec<Entry>,
    /// What is no OSV record, and why, up to [`UNREADABLE`] of them.
    pub unreadable: Vec<String>,
    /// How many are no OSV records.
    pub unreadable_count: usize,
    unpacked: u64,
    packed: u64,
}

/// How many unreadable records are told one by one.
const UNREADABLE: usize = 5;

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system said no.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The archive or the compressed stream is damaged or cut short.
    #[error("{} is damaged or incomplete: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// An archive names an entry that would lead out of it.
    #[error("{} is refused: its entry {entry:?} leads out of the archive", path.display())]
    Traversal {
        /// The file.
        path: PathBuf,
        /// The name of the entry.
        entry: String,
    },
    /// A limit was reached.
    #[error("{} is refused: it unpacks to more than {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Which limit.
        limit: String,
    },
    /// There is not one record in it.
    #[error("{} holds no OSV record{reason}", path.display())]
    Empty {
        /// What was read.
        path: PathBuf,
        /// The first thing that is no record, with what is wrong with it.
        reason: String,
    },
}

impl Error {
    /// What the user can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "check the path and its permissions",
            Self::Damaged { .. } => "download the file again; the data in use has not changed",
            Self::Traversal { .. } | Self::TooLarge { .. } => {
                "use the archive that OSV publishes; the data in use has not changed"
            }
            Self::Empty { .. } => {
                "give OSV's all.zip, JSON Lines (plain, .zst, .xz, .gz), or a directory of OSV JSON files"
            }
        }
    }
}

impl Bulk {
    /// Reads a file or a directory.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is damaged, exceeds a limit, or holds no record at all.
    pub fn read(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let mut bulk = Self::default();
        bulk.add(path, limits, 0)?;
        if bulk.entries.is_empty() {
            let reason = bulk.unreadable.first().map(|reason| format!(" ({reason})")).unwrap_or_default();
            return Err(Error::Empty { path: path.to_owned(), reason });
        }
        Ok(bulk)
    }

    fn add(&mut self, path: &Path, limits: &Limits, depth: usize) -> Result<(), Error> {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(unreadable)?.is_dir() {
            let mut children: Vec<PathBuf> = std::fs::read_dir(path)
                .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
                .map_err(unreadable)?;
            children.sort();
            let wanted = |child: &PathBuf| {
                let name = child.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let known = [".json", ".jsonl", ".jsonl.zst", ".jsonl.xz", ".jsonl.gz", ".zip"];
                (child.is_dir() && !name.starts_with('.')) || known.iter().any(|end| name.ends_with(end))
            };
            return children
                .iter()
                .filter(|child| depth < DEPTH && !child.is_symlink() && wanted(child))
                .try_for_each(|child| self.add(child, limits, depth + 1));
        }
        let mut file = File::open(path).map_err(unreadable)?;
        let mut magic = [0; 6];
        let read = read_up_to(&mut file, &mut magic).map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        self.packed += file.metadata().map_err(unreadable)?.len();
        let damaged = |reason: String| Error::Damaged { path: path.to_owned(), reason };
        match magic.get(..read).unwrap_or_default() {
            [b'P', b'K', 3 | 5, 4 | 6, ..] => self.zip(path, file, limits),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => {
                let stream = ruzstd::decoding::StreamingDecoder::new(BufReader::new(file));
                self.lines(path, stream.map_err(|error| damaged(error.to_string()))?, limits)
            }
            [0xFD, b'7', b'z', b'X', b'Z', 0] => {
                let stream = lzma_rust2::XzReader::new_mem_limit(BufReader::new(file), true, 256 << 10);
                self.lines(path, stream, limits)
            }
            [0x1F, 0x8B, ..] => self.lines(path, flate2::read::MultiGzDecoder::new(file), limits),
            _ => self.lines(path, file, limits),
        }
    }

    fn zip(&mut self, path: &Path, file: File, limits: &Limits) -> Result<(), Error> {
        let damaged = |reason: String| Error::Damaged { path: path.to_owned(), reason };
        let mut archive = zip::ZipArchive::new(BufReader::with_capacity(256 << 10, file))
            .map_err(|error| damaged(error.to_string()))?;
        if archive.len() > limits.records {
            return Err(too_large(path, format!("{} entries", limits.records)));
        }
        let mut buffer = Vec::new();
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(|error| damaged(error.to_string()))?;
            let name = entry.name().map_err(|error| damaged(error.to_string()))?.into_owned();
            if entry.enclosed_name().is_none() || name.contains('\\') {
                return Err(Error::Traversal { path: path.to_owned(), entry: name });
            }
            if !entry.is_file() || !name.ends_with(".json") {
                continue;
            }
            buffer.clear();
            // The sizes in an archive's directory are claims; what counts is what comes out.
            entry
                .take(limits.record + 1)
                .read_to_end(&mut buffer)
                .map_err(|error| damaged(format!("{name}: {error}")))?;
            self.record(path, &name, &buffer, limits)?;
        }
        Ok(())
    }

    /// JSON Lines, or one JSON object over many lines.
    fn lines(&mut self, path: &Path, stream: impl Read, limits: &Limits) -> Result<(), Error> {
        let damaged = |error: io::Error| Error::Damaged { path: path.to_owned(), reason: error.to_string() };
        let mut reader = BufReader::with_capacity(256 << 10, stream);
        let mut buffer = Vec::new();
        for number in 1.. {
            buffer.clear();
            let read = reader.by_ref().take(limits.record + 1).read_until(b'\n', &mut buffer).map_err(damaged)?;
            if read == 0 {
                break;
            }
            let text = buffer.trim_ascii();
            if number == 1 && matches!(text, b"{" | b"[") {
                reader.by_ref().take(limits.record + 1).read_to_end(&mut buffer).map_err(damaged)?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                return self.record(path, &name, &buffer, limits);
            }
            if !text.is_empty() {
                self.record(path, &format!("line {number}"), text, limits)?;
            }
        }
        Ok(())
    }

    fn record(&mut self, path: &Path, name: &str, json: &[u8], limits: &Limits) -> Result<(), Error> {
        self.unpacked += json.len() as u64;
        if json.len() as u64 > limits.record {
            return Err(too_large(path, format!("{} MiB for {name:?}", limits.record >> 20)));
        }
        if self.unpacked > limits.total {
            return Err(too_large(path, format!("{} MiB", limits.total >> 20)));
        }
        if self.unpacked > RATIO_FROM && self.unpacked / limits.ratio > self.packed {
            return Err(too_large(path, format!("{} times its size", limits.ratio)));
        }
        if self.entries.len() + self.unreadable_count >= limits.records {
            return Err(too_large(path, format!("{} records", limits.records)));
        }
        match osv::Record::parse(json) {
            Ok(record) => self.entries.push(Entry::of(record)),
            Err(error) => {
                self.unreadable_count += 1;
                if self.unreadable.len() < UNREADABLE {
                    self.unreadable.push(format!("{name:?} is no OSV record: {error}"));
                }
            }
        }
        Ok(())
    }
}

fn too_large(path: &Path, limit: String) -> Error {
    Error::TooLarge { path: path.to_owned(), limit }
}

/// Fills as much of `buffer` as there is.
fn read_up_to(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const RECORD: &str =
        r#"{"id":"PYSEC-1","affected":[{"package":{"ecosystem":"PyPI","name":"a"},"versions":["1"]}]}"#;

    fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Bulk, Error> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Bulk::read(&path, limits)
    }

    fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn every_form_gives_the_same_records() {
        let two = format!("{RECORD}\n\n{}\n", RECORD.replace("PYSEC-1", "PYSEC-2"));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(two.as_bytes()).unwrap();
        let zstd = ruzstd::encoding::compress_to_vec(two.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
        let archive =
            zip(&[("PYSEC-1.json", RECORD.as_bytes()), ("x/PYSEC-2.json", two.lines().nth(2).unwrap().as_bytes())]);
        for (name, bytes) in
            [("a.jsonl", two.into_bytes()), ("b.gz", gzip.finish().unwrap()), ("c.zst", zstd), ("d.zip", archive)]
        {
            let bulk = read(name, &bytes, &Limits::default()).unwrap();
            assert_eq!(
                bulk.entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(),
                ["PYSEC-1", "PYSEC-2"],
                "{name}"
            );
            assert_eq!(bulk.entries[0].facts[0].0, "a");
        }
    }

    #[test]
    fn a_pretty_printed_file_and_a_directory_are_read() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("a")).unwrap();
        std::fs::write(directory.path().join("a/x.json"), RECORD.replace('{', "{\n")).unwrap();
        std::fs::write(directory.path().join("README.md"), "no record").unwrap();
        assert_eq!(Bulk::read(directory.path(), &Limits::default()).unwrap().entries.len(), 1);
    }

    #[test]
    fn a_truncated_archive_is_an_error() {
        let archive = zip(&[("PYSEC-1.json", RECORD.as_bytes())]);
        let error = read("a.zip", &archive[..archive.len() - 30], &Limits::default()).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
    }

    #[test]
    fn an_entry_that_leads_out_of_the_archive_is_an_error() {
        let archive = zip(&[("PYSEC-1.json", RECORD.as_bytes()), ("../../PYSEC-2.json", RECORD.as_bytes())]);
        let error = read("a.zip", &archive, &Limits::default()).unwrap_err();
        assert!(matches!(error, Error::Traversal { .. }), "{error}");
    }

    #[test]
    fn a_bomb_is_an_error_before_it_is_unpacked() {
        let bomb = vec![b' '; 80 << 20];
        let archive = zip(&[("PYSEC-1.json", RECORD.as_bytes()), ("PYSEC-2.json", &bomb)]);
        let error = read("a.zip", &archive, &Limits::default()).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
        let many: Vec<(String, &[u8])> = (0..4).map(|n| (format!("{n}.json"), &bomb[..24 << 20])).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        let error = read("a.zip", &zip(&many), &Limits::default()).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    }

    #[test]
    fn what_is_no_osv_is_counted_or_refused() {
        let bulk =
            read("a.jsonl", format!("{RECORD}\n{{\"x\":1}}\nnonsense\n").as_bytes(), &Limits::default()).unwrap();
        assert_eq!((bulk.entries.len(), bulk.unreadable_count), (1, 2));
        for text in ["", "<html>\n", "{\"summary\":\"no id\"}\n", "[\n]\n"] {
            assert!(matches!(read("a.json", text.as_bytes(), &Limits::default()), Err(Error::Empty { .. })), "{text}");
        }
    }
}
