//! The tree of the commit that is checked out.

use std::io;
use std::path::{Component, Path};

use super::objects::{Kind, Objects};
use super::{Id, MAX_LIST, Repository, limited, malformed, small};

/// References to references.
const MAX_HOPS: usize = 5;
/// Bytes of a commit.
const MAX_COMMIT: u64 = 16 << 20;

/// The tree of `HEAD`; `None` when nothing has been committed on its branch.
pub(super) fn tree(repository: &Repository, objects: &Objects) -> io::Result<Option<Id>> {
    let Some(commit) = commit(repository)? else { return Ok(None) };
    let text = objects.whole(&commit, Kind::Commit, MAX_COMMIT)?;
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let name = std::str::from_utf8(line).ok().and_then(|line| line.strip_prefix("tree "));
    let tree = name.and_then(|name| Id::from_hex(name, repository.id_len));
    tree.map(Some).ok_or_else(|| malformed(&format!("commit {commit} names no tree")))
}

/// What `HEAD` leads to: <https://git-scm.com/docs/gitrepository-layout>, `HEAD`, `refs` and `packed-refs`.
fn commit(repository: &Repository) -> io::Result<Option<Id>> {
    let head = small(&repository.own.join("HEAD"))?.ok_or_else(|| malformed("there is no HEAD"))?;
    let mut text = head;
    for _ in 0..MAX_HOPS {
        let line = text.trim();
        let Some(name) = line.strip_prefix("ref:").map(str::trim) else {
            let id = Id::from_hex(line, repository.id_len);
            return id.map(Some).ok_or_else(|| malformed("HEAD does not name a commit"));
        };
        let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        // The name that stands where references are kept in another way (`extensions.refStorage`).
        if !plain || name == "refs/heads/.invalid" {
            return Err(malformed("HEAD leads to a reference that cannot be read"));
        }
        text = match (small(&repository.own.join(name))?, small(&repository.common.join(name))?) {
            (Some(text), _) | (None, Some(text)) => text,
            (None, None) => match packed(repository, name)? {
                Some(id) => return Ok(Some(id)),
                None => return Ok(None),
            },
        };
    }
    Err(malformed("HEAD leads through too many references"))
}

/// A reference in `packed-refs`: lines of an object's name, a space, and the reference's name.
fn packed(repository: &Repository, name: &str) -> io::Result<Option<Id>> {
    let Some(bytes) = limited(&repository.common.join("packed-refs"), MAX_LIST)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().find_map(|line| line.split_once(' ').filter(|(_, other)| *other == name));
    match line {
        Some((id, _)) => {
            let id = Id::from_hex(id, repository.id_len);
            id.map(Some).ok_or_else(|| malformed("'packed-refs' is damaged"))
        }
        None => Ok(None),
    }
}
