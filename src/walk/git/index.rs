//! The index: which files are tracked, and as which objects they would be committed (versions 2, 3 and 4).
//!
//! Format: <https://git-scm.com/docs/index-format>. An index that is not what it says gives an error, not a partial
//! list. A split index (`link` extension) is not followed and is reported as an error.

use std::io;
use std::path::{Path, PathBuf};

use super::{Id, Repository, limited, malformed, variable_width, word};

/// Larger indexes are refused: a million files take about 100 MB.
const MAX_INDEX_BYTES: u64 = 512 << 20;
/// Directories inside each other.
const MAX_DEPTH: usize = 512;

/// What an index holds.
#[derive(Default)]
pub(in crate::walk) struct Index {
    /// Sorted by name, then by stage.
    pub(in crate::walk) entries: Vec<Entry>,
    /// Which of its directories are known to be the same as a tree object.
    pub(super) trees: Option<CachedTree>,
}

/// One tracked file.
pub(in crate::walk) struct Entry {
    /// Relative to the checkout, with `/`.
    pub(in crate::walk) name: Vec<u8>,
    /// Its content, or for a directory of a sparse index its tree.
    pub(in crate::walk) id: Id,
    /// Kind and permissions.
    mode: u32,
    /// 0, or 1 to 3 for the sides of an unresolved merge.
    stage: u8,
    announced: bool,
}

/// What an entry stands for.
pub(in crate::walk) enum Content {
    File,
    Link,
    Submodule,
    /// A directory of a sparse index.
    Directory,
    /// Announced by `git add --intent-to-add`: there is no content yet.
    Announced,
}

impl Entry {
    /// The kind of its mode, without permissions.
    pub(super) fn kind(&self) -> u32 {
        self.mode & 0o170_000
    }

    /// True for a side of a merge that is not resolved.
    pub(in crate::walk) fn is_unmerged(&self) -> bool {
        self.stage != 0
    }

    /// What it stands for.
    pub(in crate::walk) fn content(&self) -> Content {
        match self.kind() {
            _ if self.announced => Content::Announced,
            0o120_000 => Content::Link,
            0o160_000 => Content::Submodule,
            0o040_000 => Content::Directory,
            _ => Content::File,
        }
    }
}

/// A directory of the `TREE` extension.
pub(super) struct CachedTree {
    /// The tree object that holds just what the index holds below it; `None` when something has changed.
    pub(super) id: Option<Id>,
    children: Vec<(Vec<u8>, Self)>,
}

impl CachedTree {
    /// The directory `name` in this one.
    pub(super) fn child(&self, name: &[u8]) -> Option<&Self> {
        self.children.iter().find(|(other, _)| other == name).map(|(_, child)| child)
    }
}

/// Names of tracked files relative to the checkout, as git stores them. Empty when there is no index yet.
pub(in crate::walk) fn tracked_files(checkout: &Path) -> io::Result<Vec<PathBuf>> {
    let repository = Repository::of(checkout)?;
    let index = read(&repository.index(), &repository)?;
    // A directory of a sparse index (mode 040000) names no file.
    let files = index.entries.iter().filter(|entry| entry.kind() != 0o040_000);
    Ok(files.map(|entry| path(&entry.name)).collect())
}

/// Reads the index in `file`. Empty when there is none.
pub(in crate::walk) fn read(file: &Path, repository: &Repository) -> io::Result<Index> {
    match limited(file, MAX_INDEX_BYTES)? {
        Some(bytes) => parse(&bytes, repository.id_len),
        None => Ok(Index::default()),
    }
}

fn parse(bytes: &[u8], id_len: usize) -> io::Result<Index> {
    let version = word(bytes, 4).filter(|version| bytes.starts_with(b"DIRC") && (2..=4).contains(version));
    let version = version.ok_or_else(|| malformed("unknown version of the index"))?;
    let cut = || malformed("the index is cut short");
    let count = word(bytes, 8).ok_or_else(cut)?;
    let mut index = Index::default();
    let mut at = 12usize;
    for _ in 0..count {
        let previous = index.entries.last().map_or(&[][..], |entry| &entry.name);
        let (entry, next) = entry(bytes, at, version, id_len, previous).ok_or_else(cut)?;
        index.entries.push(entry);
        at = next;
    }
    // Extensions, then the checksum of it all.
    while at.saturating_add(id_len) < bytes.len() {
        let (name, data, next) = extension(bytes, at).ok_or_else(cut)?;
        match name {
            b"link" => return Err(malformed("the index is split")),
            b"TREE" => index.trees = cached_trees(data, id_len),
            // Directories of a sparse index; they are entries of their own.
            b"sdir" => {}
            // Only those that begin with a capital letter may be passed over.
            [first, ..] if first.is_ascii_uppercase() => {}
            _ => return Err(malformed("the index has an unknown extension")),
        }
        at = next;
    }
    Ok(index)
}

/// One entry, and where the next begins.
fn entry(bytes: &[u8], at: usize, version: u32, id_len: usize, previous: &[u8]) -> Option<(Entry, usize)> {
    let mode = word(bytes, at.checked_add(24)?)?;
    // 40 bytes of times and sizes, the object's name, two bytes of flags, and two more where the extended bit is set.
    let id_at = at.checked_add(40)?;
    let flags_at = id_at.checked_add(id_len)?;
    let id = Id::new(bytes.get(id_at..flags_at)?)?;
    let mut name_at = flags_at.checked_add(2)?;
    let flags = u16::from_be_bytes(bytes.get(flags_at..name_at)?.try_into().ok()?);
    let mut announced = false;
    if version >= 3 && flags & 0x4000 != 0 {
        let more = bytes.get(name_at..name_at.checked_add(2)?)?;
        announced = u16::from_be_bytes(more.try_into().ok()?) & 0x2000 != 0;
        name_at = name_at.checked_add(2)?;
    }
    let (name, next) = if version == 4 {
        let (strip, used) = variable_width(bytes.get(name_at..)?)?;
        let rest_at = name_at.checked_add(used)?;
        let rest = bytes.get(rest_at..)?;
        let length = memchr::memchr(0, rest)?;
        let mut name = previous.get(..previous.len().checked_sub(usize::try_from(strip).ok()?)?)?.to_vec();
        name.extend_from_slice(rest.get(..length)?);
        (name, rest_at.checked_add(length)?.checked_add(1)?)
    } else {
        let rest = bytes.get(name_at..)?;
        let length = memchr::memchr(0, rest)?;
        let size = name_at.checked_add(length)?.checked_sub(at)?;
        // One to eight NUL bytes fill the entry to a multiple of eight.
        let padded = size.checked_add(8)? & !7;
        (rest.get(..length)?.to_vec(), at.checked_add(padded)?)
    };
    let stage = u8::try_from(flags >> 12 & 3).ok()?;
    Some((Entry { name, id, mode, stage, announced }, next))
}

/// One extension: its name, its data, and where the next begins.
fn extension(bytes: &[u8], at: usize) -> Option<(&[u8], &[u8], usize)> {
    let name = bytes.get(at..at.checked_add(4)?)?;
    let begin = at.checked_add(8)?;
    let end = begin.checked_add(usize::try_from(word(bytes, at.checked_add(4)?)?).ok()?)?;
    Some((name, bytes.get(begin..end)?, end))
}

/// The `TREE` extension. It only saves work, so one that cannot be read is none.
fn cached_trees(mut data: &[u8], id_len: usize) -> Option<CachedTree> {
    cached_tree(&mut data, id_len, 0).map(|(_, tree)| tree)
}

/// One directory: its name, NUL, the number of its entries (-1 when it has changed), a space, the number of its
/// directories, a line feed, the tree's name unless it has changed; then its directories.
fn cached_tree(data: &mut &[u8], id_len: usize, depth: usize) -> Option<(Vec<u8>, CachedTree)> {
    if depth > MAX_DEPTH {
        return None;
    }
    let name = until(data, 0)?.to_vec();
    let valid = !until(data, b' ')?.starts_with(b"-");
    let directories: usize = std::str::from_utf8(until(data, b'\n')?).ok()?.parse().ok()?;
    let mut id = None;
    if valid {
        id = Some(Id::new(data.get(..id_len)?)?);
        *data = data.get(id_len..)?;
    }
    let mut children = Vec::new();
    for _ in 0..directories {
        children.push(cached_tree(data, id_len, depth + 1)?);
    }
    Some((name, CachedTree { id, children }))
}

/// Takes what stands before `end`, and `end` itself.
fn until<'d>(data: &mut &'d [u8], end: u8) -> Option<&'d [u8]> {
    let length = memchr::memchr(end, data)?;
    let taken = data.get(..length)?;
    *data = data.get(length + 1..)?;
    Some(taken)
}

#[cfg(unix)]
pub(in crate::walk) fn path(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

#[cfg(not(unix))]
pub(in crate::walk) fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(version: u32, id_len: usize, names: &[&str]) -> Vec<u8> {
        let mut out = b"DIRC".to_vec();
        out.extend(version.to_be_bytes());
        out.extend((names.len() as u32).to_be_bytes());
        let mut previous = "";
        for name in names {
            let start = out.len();
            out.extend([0; 24]);
            out.extend(0o100_644u32.to_be_bytes());
            out.extend([0; 12]);
            out.extend(vec![7; id_len]);
            out.extend((name.len() as u16).to_be_bytes());
            if version == 4 {
                let shared = previous.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
                out.push((previous.len() - shared) as u8);
                out.extend(&name.as_bytes()[shared..]);
                out.push(0);
            } else {
                out.extend(name.as_bytes());
                out.push(0);
                while !(out.len() - start).is_multiple_of(8) {
                    out.push(0);
                }
            }
            previous = name;
        }
        out.extend(vec![0; id_len]);
        out
    }

    #[test]
    fn names_of_every_version_are_read() {
        let expected = ["a", "data/model.pkl", "data/train.py", "zzzzzzzz"];
        for version in 2..=4 {
            for id_len in [20, 32] {
                let index = parse(&index(version, id_len, &expected), id_len).unwrap();
                let names: Vec<_> = index.entries.iter().map(|entry| entry.name.as_slice()).collect();
                assert_eq!(names, expected.map(str::as_bytes), "version {version}, names of {id_len} bytes");
                assert!(index.entries.iter().all(|entry| entry.id.as_bytes() == vec![7; id_len]));
            }
        }
    }

    #[test]
    fn a_broken_index_is_an_error() {
        let whole = index(2, 20, &["a", "b"]);
        for length in 0..whole.len() - 20 {
            assert!(parse(&whole[..length], 20).is_err(), "{length} bytes");
        }
        let mut split = whole.clone();
        split.truncate(whole.len() - 20);
        split.extend(b"link\0\0\0\0");
        split.extend([0; 20]);
        assert!(parse(&split, 20).is_err());
    }

    #[test]
    fn trees_that_have_not_changed_are_known() {
        let mut data = b"\x00-1 1\nsub\x003 0\n".to_vec();
        data.extend([9; 20]);
        let root = cached_trees(&data, 20).unwrap();
        assert!(root.id.is_none());
        assert_eq!(root.child(b"sub").and_then(|child| child.id), Id::new(&[9; 20]));
        for length in 0..data.len() {
            assert!(cached_trees(&data[..length], 20).is_none(), "{length} bytes");
        }
    }
}
