//! Objects by name: loose ones, those in packs, and those of repositories that this one borrows from (alternates).
//!
//! Formats: <https://git-scm.com/docs/gitformat-loose>, [`pack`](super::pack). An object that cannot be found or does
//! not have the size it says gives an error. Names are not checked against contents, which git does when it makes them.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::ZlibDecoder;

use super::delta;
use super::pack::{Pack, Packed, Stored};
use super::{Id, Repository, malformed, small};

/// Directories of objects that one repository may borrow from, its own included.
const MAX_DIRECTORIES: usize = 64;
/// Packs that are opened.
const MAX_PACKS: usize = 10_000;
/// Deltas on top of each other; git writes at most 4,095.
const MAX_CHAIN: usize = 4096;
/// Bytes of an object that is made of deltas, which needs its base in memory. Git makes no deltas of larger files
/// (`core.bigFileThreshold`).
const MAX_DELTIFIED: usize = 512 << 20;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::walk) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

/// One object.
pub(in crate::walk) struct Object {
    pub(in crate::walk) kind: Kind,
    /// Bytes that it says it has.
    pub(in crate::walk) len: u64,
    /// Gives those bytes; not more than one above `len`.
    pub(in crate::walk) data: Box<dyn Read>,
}

/// All objects that a repository can reach.
pub(in crate::walk) struct Objects {
    directories: Vec<PathBuf>,
    packs: Vec<Pack>,
    /// Why some pack could not be opened: said when an object is missing.
    trouble: Option<String>,
}

impl Objects {
    /// Opens the indexes of all packs.
    pub(in crate::walk) fn open(repository: &Repository) -> io::Result<Self> {
        let mut objects =
            Self { directories: vec![repository.common.join("objects")], packs: Vec::new(), trouble: None };
        let mut next = 0;
        while let Some(directory) = objects.directories.get(next).cloned() {
            next += 1;
            for other in alternates(&directory)? {
                if objects.directories.len() < MAX_DIRECTORIES && !objects.directories.contains(&other) {
                    objects.directories.push(other);
                }
            }
            objects.add_packs(&directory.join("pack"), repository.id_len)?;
        }
        Ok(objects)
    }

    fn add_packs(&mut self, directory: &Path, id_len: usize) -> io::Result<()> {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let file = entry?.path();
            if file.extension().is_some_and(|extension| extension == "idx") && self.packs.len() < MAX_PACKS {
                match Pack::open(&file, id_len) {
                    Ok(pack) => self.packs.push(pack),
                    Err(error) => self.trouble = Some(error.to_string()),
                }
            }
        }
        Ok(())
    }

    /// The object named `id`.
    pub(in crate::walk) fn get(&self, id: &Id) -> io::Result<Object> {
        let name = id.to_string();
        let (first, rest) = name.split_at(2);
        for directory in &self.directories {
            match File::open(directory.join(first).join(rest)) {
                Ok(file) => return loose(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        match self.find(id)? {
            Some((pack, offset)) => self.unpack(pack, offset),
            None => Err(self.missing(id)),
        }
    }

    /// All bytes of an object of the given kind, of at most `limit` bytes.
    pub(super) fn whole(&self, id: &Id, kind: Kind, limit: u64) -> io::Result<Vec<u8>> {
        let object = self.get(id)?;
        if object.kind != kind {
            return Err(malformed(&format!("object {id} is of another kind than expected")));
        }
        if object.len > limit {
            return Err(malformed(&format!("object {id} is too large")));
        }
        exactly(object.data, object.len)
    }

    fn find(&self, id: &Id) -> io::Result<Option<(&Pack, u64)>> {
        for pack in &self.packs {
            if let Some(offset) = pack.find(id)? {
                return Ok(Some((pack, offset)));
            }
        }
        Ok(None)
    }

    fn missing(&self, id: &Id) -> io::Error {
        let trouble = self.trouble.as_ref().map(|trouble| format!(" ({trouble})")).unwrap_or_default();
        io::Error::new(io::ErrorKind::NotFound, format!("object {id} is not in the repository{trouble}"))
    }

    /// Follows deltas down to an object that is whole, and applies them on the way back.
    fn unpack<'p>(&'p self, mut pack: &'p Pack, mut offset: u64) -> io::Result<Object> {
        let mut deltas: Vec<Packed> = Vec::new();
        let (kind, base) = loop {
            let packed = pack.at(offset)?;
            match packed.stored {
                Stored::Whole(kind) => break (kind, packed),
                Stored::DeltaAt(base) => offset = base,
                Stored::DeltaOf(id) => match self.find(&id)? {
                    Some(place) => (pack, offset) = place,
                    None => return Err(self.missing(&id)),
                },
            }
            deltas.push(packed);
            if deltas.len() > MAX_CHAIN {
                return Err(malformed("a delta of a pack is built on too many others"));
            }
        };
        if deltas.is_empty() {
            return Ok(Object { kind, len: base.len, data: Box::new(base.data.take(base.len.saturating_add(1))) });
        }
        let small = |packed: Packed| match usize::try_from(packed.len) {
            Ok(len) if len <= MAX_DELTIFIED => exactly(packed.data, packed.len),
            _ => Err(malformed("an object that is made of deltas is too large")),
        };
        let mut bytes = small(base)?;
        while let Some(packed) = deltas.pop() {
            let delta = small(packed)?;
            bytes = delta::apply(&bytes, &delta, MAX_DELTIFIED)
                .ok_or_else(|| malformed("a delta of a pack does not fit its base"))?;
        }
        Ok(Object { kind, len: bytes.len() as u64, data: Box::new(io::Cursor::new(bytes)) })
    }
}

/// Directories of objects that the one in `directory` borrows from: one a line, relative to it.
fn alternates(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let text = small(&directory.join("info/alternates"))?.unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.take(MAX_DIRECTORIES).map(|line| directory.join(line)).collect())
}

/// A loose object: zlib around `KIND LENGTH`, NUL and the data.
fn loose(file: File) -> io::Result<Object> {
    let mut data = BufReader::new(ZlibDecoder::new(BufReader::new(file)));
    let mut head = Vec::new();
    (&mut data).take(64).read_until(0, &mut head)?;
    let head = head.strip_suffix(b"\0").and_then(|head| std::str::from_utf8(head).ok()?.split_once(' '));
    let head = head.and_then(|(kind, len)| {
        let kind = match kind {
            "commit" => Kind::Commit,
            "tree" => Kind::Tree,
            "blob" => Kind::Blob,
            "tag" => Kind::Tag,
            _ => return None,
        };
        Some((kind, len.parse::<u64>().ok()?))
    });
    let (kind, len) = head.ok_or_else(|| malformed("a loose object does not say what it is"))?;
    Ok(Object { kind, len, data: Box::new(data.take(len.saturating_add(1))) })
}

/// Reads `len` bytes, and makes sure that there are no more.
fn exactly(data: impl Read, len: u64) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    data.take(len.saturating_add(1)).read_to_end(&mut out)?;
    if out.len() as u64 == len { Ok(out) } else { Err(malformed("an object is not as long as it says")) }
}
