//! What a git checkout keeps about itself, read from its files: the index, the commit that is checked out, objects.
//!
//! No git process is run. Layout: <https://git-scm.com/docs/gitrepository-layout>. Repositories of SHA-1 and of SHA-256,
//! linked worktrees and submodules (`.git` is a file), alternates. Of the configuration only the object format counts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub(super) mod changes;
mod delta;
mod head;
pub(super) mod index;
pub(super) mod objects;
mod pack;

/// Bytes that `.git`, `HEAD`, a reference or a list of alternates may have.
const MAX_SMALL: u64 = 64 << 10;
/// Bytes that `packed-refs` and `config` may have.
const MAX_LIST: u64 = 64 << 20;

/// The name of an object: 20 bytes (SHA-1) or 32 (SHA-256).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id {
    bytes: [u8; 32],
    len: u8,
}

impl Id {
    /// Takes the bytes of a name; `None` for any other length.
    fn new(name: &[u8]) -> Option<Self> {
        let mut bytes = [0; 32];
        if !matches!(name.len(), 20 | 32) {
            return None;
        }
        bytes.get_mut(..name.len())?.copy_from_slice(name);
        Some(Self { bytes, len: u8::try_from(name.len()).ok()? })
    }

    /// Reads hexadecimal digits.
    fn from_hex(text: &str, len: usize) -> Option<Self> {
        if text.len() != 2 * len || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let digits = (0..len).map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok());
        Self::new(&digits.collect::<Option<Vec<u8>>>()?)
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Where the parts of a checkout's repository are.
pub(super) struct Repository {
    /// `HEAD` and the index of this checkout.
    own: PathBuf,
    /// Objects and references, which linked worktrees share.
    common: PathBuf,
    /// Bytes of an object's name.
    id_len: usize,
}

impl Repository {
    /// Finds the repository of the checkout whose top is `checkout`.
    pub(super) fn of(checkout: &Path) -> io::Result<Self> {
        let git = checkout.join(".git");
        let own = if git.is_dir() { git } else { linked_directory(checkout, &git)? };
        let common = match small(&own.join("commondir"))? {
            Some(text) => own.join(text.trim_end_matches(['\r', '\n'])),
            None => own.clone(),
        };
        let id_len = id_len(&common.join("config"))?;
        Ok(Self { own, common, id_len })
    }

    /// The index of this checkout.
    pub(super) fn index(&self) -> PathBuf {
        self.own.join("index")
    }

    /// Where Git LFS keeps the content of the file with this SHA-256:
    /// <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.
    pub(super) fn lfs_object(&self, sha256: &str) -> Option<PathBuf> {
        let (first, second) = (sha256.get(..2)?, sha256.get(2..4)?);
        Some(self.common.join("lfs/objects").join(first).join(second).join(sha256))
    }
}

/// The directory that a `.git` file (worktree, submodule) names: `gitdir: PATH`.
fn linked_directory(checkout: &Path, file: &Path) -> io::Result<PathBuf> {
    let text = small(file)?.ok_or_else(|| malformed(".git is missing"))?;
    let target = text.strip_prefix("gitdir:").ok_or_else(|| malformed(".git is a file that names no directory"))?;
    Ok(checkout.join(target.trim()))
}

/// `extensions.objectFormat` of a configuration; 20 where nothing is said.
fn id_len(config: &Path) -> io::Result<usize> {
    let text = limited(config, MAX_LIST)?.map(|bytes| String::from_utf8_lossy(&bytes).to_lowercase());
    let mut section = String::new();
    let mut len = 20;
    for line in text.as_deref().unwrap_or_default().lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            section = name.0.trim().to_owned();
        } else if section == "extensions"
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == "objectformat"
        {
            len = match value.trim().trim_matches('"') {
                "sha1" => 20,
                "sha256" => 32,
                _ => return Err(malformed("its objects are named by an unknown hash")),
            };
        }
    }
    Ok(len)
}

/// The text of a small file; `None` where there is none.
fn small(file: &Path) -> io::Result<Option<String>> {
    Ok(limited(file, MAX_SMALL)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// The bytes of a regular file of at most `limit` bytes; `None` where there is none.
fn limited(file: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let named = |reason: &str| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        malformed(&format!("'{name}' {reason}"))
    };
    match fs::metadata(file) {
        Ok(metadata) if !metadata.is_file() => Err(named("is not a regular file")),
        Ok(metadata) if metadata.len() > limit => Err(named("is too large")),
        Ok(_) => fs::read(file).map(Some),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The big-endian number at `at`.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// The offset encoding of pack files: 7 bits a byte, most significant first, each continuation adds one.
fn variable_width(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let mut value = u64::from(first & 0x7F);
    let mut used = 1;
    let mut byte = first;
    while byte & 0x80 != 0 {
        byte = *bytes.get(used)?;
        used += 1;
        value = value.checked_add(1)?.checked_mul(128)?.checked_add(u64::from(byte & 0x7F))?;
    }
    Some((value, used))
}

pub(super) fn malformed(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_hexadecimal_digits() {
        let text = "00ff".repeat(10);
        assert_eq!(Id::from_hex(&text, 20).map(|id| id.to_string()), Some(text.clone()));
        for wrong in ["", "00", &text[1..], &"+f".repeat(20), &"zz".repeat(20), &"é".repeat(20)] {
            assert_eq!(Id::from_hex(wrong, 20), None, "{wrong}");
        }
        assert_eq!(Id::from_hex(&text, 32), None);
    }

    #[test]
    fn the_format_of_objects_is_read_from_the_configuration() {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("config");
        assert_eq!(id_len(&config).unwrap(), 20);
        for (text, len) in [
            ("[core]\n\tobjectformat = sha256\n", Some(20)),
            ("[core]\n[extensions]\n\tobjectFormat = sha256\n", Some(32)),
            ("[Extensions]\nobjectformat=sha1\n", Some(20)),
            ("[extensions]\nobjectformat = sha512\n", None),
        ] {
            fs::write(&config, text).unwrap();
            assert_eq!(id_len(&config).ok(), len, "{text}");
        }
    }
}
