//! What is staged: the entries of an index that are not what the commit that is checked out holds there.
//!
//! Directories whose tree the index knows to be unchanged are not looked into, so this costs what has changed.

use std::collections::HashMap;
use std::io;

use super::index::{CachedTree, Entry, Index};
use super::objects::{Kind, Objects};
use super::{Id, Repository, head, malformed};

/// Directories inside each other.
const MAX_DEPTH: usize = 512;
/// Bytes of one directory of a commit.
const MAX_TREE: u64 = 256 << 20;
/// The kind of a directory.
const DIRECTORY: u32 = 0o040_000;

/// The entries with content that `HEAD` does not have at the same place, in the order of the index.
pub(in crate::walk) fn staged<'i>(
    index: &'i Index,
    repository: &Repository,
    objects: &Objects,
) -> io::Result<Vec<&'i Entry>> {
    let tree = head::tree(repository, objects)?;
    let mut comparison = Comparison { objects, id_len: repository.id_len, staged: Vec::new() };
    comparison.directory(&index.entries, 0, tree, index.trees.as_ref(), 0)?;
    Ok(comparison.staged)
}

struct Comparison<'i, 'o> {
    objects: &'o Objects,
    id_len: usize,
    staged: Vec<&'i Entry>,
}

impl<'i> Comparison<'i, '_> {
    /// Compares the entries of one directory, whose names share their first `prefix` bytes, with a tree.
    fn directory(
        &mut self,
        entries: &'i [Entry],
        prefix: usize,
        tree: Option<Id>,
        cached: Option<&CachedTree>,
        depth: usize,
    ) -> io::Result<()> {
        if tree.is_some() && cached.and_then(|cached| cached.id) == tree {
            return Ok(());
        }
        if depth > MAX_DEPTH {
            return Err(malformed("directories are nested too deeply"));
        }
        let mut before = match tree {
            Some(tree) => self.tree(&tree)?,
            None => HashMap::new(),
        };
        let mut rest = entries;
        while let Some((entry, after)) = rest.split_first() {
            let name = entry.name.get(prefix..).unwrap_or_default();
            // A directory of a sparse index ends in `/` and stands for itself.
            let slash = memchr::memchr(b'/', name).filter(|_| entry.kind() != DIRECTORY);
            let Some(length) = slash else {
                let name = name.strip_suffix(b"/").unwrap_or(name);
                let known = before.remove(name);
                if known != Some((entry.kind(), entry.id)) {
                    self.staged.push(entry);
                }
                rest = after;
                continue;
            };
            let (inner, end) = (name.get(..length).unwrap_or_default(), prefix + length + 1);
            let start = entry.name.get(..end);
            let count = rest.iter().take_while(|other| other.name.get(..end) == start).count();
            let (below, others) = rest.split_at(count);
            let tree = before.get(inner).filter(|(kind, _)| *kind == DIRECTORY).map(|(_, id)| *id);
            self.directory(below, end, tree, cached.and_then(|cached| cached.child(inner)), depth + 1)?;
            rest = others;
        }
        Ok(())
    }

    /// The entries of a tree object: mode in octal, a space, the name, NUL, the object's name.
    fn tree(&self, id: &Id) -> io::Result<HashMap<Vec<u8>, (u32, Id)>> {
        let bytes = self.objects.whole(id, Kind::Tree, MAX_TREE)?;
        let mut entries = HashMap::new();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let entry = tree_entry(&mut rest, self.id_len);
            let (name, kind, id) = entry.ok_or_else(|| malformed(&format!("tree {id} is damaged")))?;
            entries.insert(name, (kind, id));
        }
        Ok(entries)
    }
}

fn tree_entry(rest: &mut &[u8], id_len: usize) -> Option<(Vec<u8>, u32, Id)> {
    let space = memchr::memchr(b' ', rest)?;
    let end = memchr::memchr(0, rest)?;
    let mode = u32::from_str_radix(std::str::from_utf8(rest.get(..space)?).ok()?, 8).ok()?;
    let name = rest.get(space + 1..end)?.to_vec();
    let id = Id::new(rest.get(end + 1..end + 1 + id_len)?)?;
    *rest = rest.get(end + 1 + id_len..)?;
    Some((name, mode & 0o170_000, id))
}
