//! The names of tracked files, read from a checkout's index (versions 2, 3 and 4).
//!
//! Format: <https://git-scm.com/docs/index-format>. Only names are read; nothing is executed, and an index
//! that is not what it says gives an error, not a partial list. A split index (`link` extension) is not
//! followed and is reported as an error.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Larger indexes are refused: a million files take about 100 MB.
const MAX_INDEX_BYTES: u64 = 512 << 20;

/// Names relative to the checkout, as git stores them. Empty when there is no index yet.
pub(super) fn tracked_files(checkout: &Path) -> io::Result<Vec<PathBuf>> {
    let git = checkout.join(".git");
    let directory = if git.is_dir() { git } else { linked_directory(checkout, &git)? };
    let index = directory.join("index");
    match fs::metadata(&index) {
        Ok(metadata) if !metadata.is_file() => Err(malformed("it is not a regular file")),
        Ok(metadata) if metadata.len() > MAX_INDEX_BYTES => Err(malformed("it is too large")),
        Ok(_) => names(&fs::read(index)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The directory that a `.git` file (worktree, submodule) names: `gitdir: PATH`.
fn linked_directory(checkout: &Path, file: &Path) -> io::Result<PathBuf> {
    if fs::metadata(file)?.len() > 4096 {
        return Err(malformed(".git is a file and too long"));
    }
    let text = fs::read_to_string(file)?;
    let target = text.strip_prefix("gitdir:").ok_or_else(|| malformed(".git is a file that names no directory"))?;
    Ok(checkout.join(target.trim()))
}

fn names(bytes: &[u8]) -> io::Result<Vec<PathBuf>> {
    let version = word(bytes, 4).filter(|version| bytes.starts_with(b"DIRC") && (2..=4).contains(version));
    let version = version.ok_or_else(|| malformed("unknown version"))?;
    let count = word(bytes, 8).ok_or_else(|| malformed("cut short"))?;
    let mut out = Vec::new();
    let mut at = 12usize;
    let mut previous: Vec<u8> = Vec::new();
    for _ in 0..count {
        let (name, next, skip) = entry(bytes, at, version, &previous).ok_or_else(|| malformed("cut short"))?;
        previous = name;
        at = next;
        // A sparse directory entry (mode 040000) names no file.
        if !skip {
            out.push(path(&previous));
        }
    }
    if bytes.get(at..at.saturating_add(4)) == Some(b"link") {
        return Err(malformed("it is split"));
    }
    Ok(out)
}

/// One entry: its name, where the next begins, and whether it is no file.
fn entry(bytes: &[u8], at: usize, version: u32, previous: &[u8]) -> Option<(Vec<u8>, usize, bool)> {
    let mode = word(bytes, at.checked_add(24)?)?;
    let flags = u16::from_be_bytes(bytes.get(at.checked_add(60)?..at.checked_add(62)?)?.try_into().ok()?);
    // 62 fixed bytes (SHA-1), and two more flags where the extended bit is set.
    let mut name_at = at.checked_add(62)?;
    if version >= 3 && flags & 0x4000 != 0 {
        name_at = name_at.checked_add(2)?;
    }
    let (name, next) = if version == 4 {
        let (strip, used) = variable_width(bytes.get(name_at..)?)?;
        let rest_at = name_at.checked_add(used)?;
        let rest = bytes.get(rest_at..)?;
        let length = memchr::memchr(0, rest)?;
        let mut name = previous.get(..previous.len().checked_sub(strip)?)?.to_vec();
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
    Some((name, next, mode == 0o040_000))
}

/// The offset encoding of pack files: 7 bits a byte, most significant first, each continuation adds one.
fn variable_width(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = *bytes.first()?;
    let mut value = usize::from(first & 0x7F);
    let mut used = 1;
    let mut byte = first;
    while byte & 0x80 != 0 {
        byte = *bytes.get(used)?;
        used += 1;
        value = value.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(byte & 0x7F))?;
    }
    Some((value, used))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn malformed(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_owned())
}

#[cfg(unix)]
fn path(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(version: u32, names: &[&str]) -> Vec<u8> {
        let mut out = b"DIRC".to_vec();
        out.extend(version.to_be_bytes());
        out.extend((names.len() as u32).to_be_bytes());
        let mut previous = "";
        for name in names {
            let start = out.len();
            out.extend([0; 24]);
            out.extend(0o100_644u32.to_be_bytes());
            out.extend([0; 32]);
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
        out.extend([0; 20]);
        out
    }

    #[test]
    fn names_of_every_version_are_read() {
        let expected = ["a", "data/model.pkl", "data/train.py", "zzzzzzzz"];
        for version in 2..=4 {
            let names = names(&index(version, &expected)).unwrap();
            assert_eq!(names, expected.map(PathBuf::from), "version {version}");
        }
    }

    #[test]
    fn a_broken_index_is_an_error() {
        let whole = index(2, &["a", "b"]);
        for length in 0..whole.len() - 20 {
            assert!(names(&whole[..length]).is_err(), "{length} bytes");
        }
    }
}
