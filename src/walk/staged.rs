//! What a commit made now would change: the staged content of each file that differs from the commit checked out.
//!
//! The working tree is not looked at. Content is put into a directory that only its owner can read and that goes away
//! with the result, so that it is scanned like any file. Of a file that Git LFS keeps, that is its content, where it is
//! in the repository, and not the pointer.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::git::changes;
use super::git::index::{self, Entry};
use super::git::objects::{Kind, Objects};
use super::git::{self, Repository};
use super::{Walked, checkout_of, relative};
use crate::model::{Artifact, ArtifactPath, Notification, NotificationKind};

/// Bytes of one staged file.
const MAX_BLOB: u64 = 4 << 30;
/// A pointer of Git LFS is smaller.
const MAX_POINTER: u64 = 1024;

/// Takes what is staged below `paths`, which lie in `root`. `index` names another index than the checkout's own, which
/// git does in hooks (`GIT_INDEX_FILE`). An error when nobody can say what is staged.
pub fn staged(root: &Path, paths: &[PathBuf], index: Option<&Path>) -> io::Result<Walked> {
    let checkout =
        checkout_of(root).ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no git checkout"))?;
    let repository = Repository::of(checkout)?;
    let index = index.map_or_else(|| repository.index(), |index| checkout.join(index));
    let index = index::read(&index, &repository)?;
    let objects = Objects::open(&repository)?;
    let held = tempfile::Builder::new().prefix("redan-staged-").tempdir()?;
    let mut walked = Walked { known: Some(tracked(root, checkout, &index.entries)), ..Walked::default() };
    let changed = changes::staged(&index, &repository, &objects).unwrap_or_else(|error| {
        let message = format!(
            "the commit that is checked out could not be read ({error}); every tracked file is taken as if it were new"
        );
        walked.notifications.push(Notification::run(NotificationKind::Unreadable, message));
        index.entries.iter().collect()
    });
    let starts: Vec<PathBuf> = paths.iter().map(|path| path.canonicalize().unwrap_or_else(|_| path.clone())).collect();
    for (number, entry) in changed.into_iter().enumerate() {
        let file = checkout.join(index::path(&entry.name));
        let Some(path) = relative(root, &file) else { continue };
        if starts.iter().any(|start| file.starts_with(start)) {
            take(entry, path, &repository, &objects, held.path().join(number.to_string()), &mut walked);
        }
    }
    walked.held = Some(held);
    walked.artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    walked.artifacts.dedup_by(|a, b| a.path == b.path);
    walked.notifications.sort();
    walked.notifications.dedup();
    Ok(walked)
}

/// Every file of the index: what a staged file may refer to.
fn tracked(root: &Path, checkout: &Path, entries: &[Entry]) -> BTreeSet<ArtifactPath> {
    entries.iter().filter_map(|entry| relative(root, &checkout.join(index::path(&entry.name)))).collect()
}

/// Makes one entry ready to be scanned in `file`, or says why that cannot be.
fn take(
    entry: &Entry,
    path: ArtifactPath,
    repository: &Repository,
    objects: &Objects,
    file: PathBuf,
    walked: &mut Walked,
) {
    let mut note = |kind, message: String| walked.notifications.push(Notification::new(&path, kind, message));
    if entry.is_unmerged() {
        let message = "the merge of this file is not resolved, so nothing of it is staged".to_owned();
        return note(NotificationKind::Unreadable, message);
    }
    let reason = match entry.content() {
        index::Content::File => {
            match unpack(entry, file, repository, objects) {
                Ok(file) => walked.artifacts.push(Artifact { path, file }),
                Err(error) => {
                    note(NotificationKind::Unreadable, format!("its staged content could not be read: {error}"));
                }
            }
            return;
        }
        index::Content::Directory => {
            let message = "this directory is not checked out (sparse index) and what is staged in it was not read";
            return note(NotificationKind::Unreadable, message.to_owned());
        }
        index::Content::Announced => "announced to git, with no content staged",
        index::Content::Link => "staged links (what they lead to is not staged with them)",
        index::Content::Submodule => "staged submodules (their content is another repository's)",
    };
    *walked.left_out.entry(reason.to_owned()).or_default() += 1;
}

/// Writes the staged content to `file`, and says where it is: there, or where Git LFS keeps it.
fn unpack(entry: &Entry, file: PathBuf, repository: &Repository, objects: &Objects) -> io::Result<PathBuf> {
    let object = objects.get(&entry.id)?;
    if object.kind != Kind::Blob {
        return Err(git::malformed("it is no file in the repository"));
    }
    if object.len > MAX_BLOB {
        return Err(git::malformed("it is larger than 4 GiB"));
    }
    let mut data = object.data;
    let written = io::copy(&mut data, &mut File::create_new(&file)?)?;
    if written != object.len {
        return Err(git::malformed("it is not as long as it says"));
    }
    let kept = if written < MAX_POINTER { lfs_object(&file, repository)? } else { None };
    Ok(kept.unwrap_or(file))
}

/// Where the content is that a pointer of Git LFS names, when it is in the repository.
fn lfs_object(file: &Path, repository: &Repository) -> io::Result<Option<PathBuf>> {
    let mut text = String::new();
    if File::open(file)?.take(MAX_POINTER).read_to_string(&mut text).is_err()
        || !text.starts_with("version https://git-lfs.github.com/spec/v1")
    {
        return Ok(None);
    }
    let name = text.lines().find_map(|line| line.strip_prefix("oid sha256:"));
    let name = name.filter(|name| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let kept = name.and_then(|name| repository.lfs_object(name));
    Ok(kept.filter(|kept| kept.symlink_metadata().is_ok_and(|metadata| metadata.is_file())))
}
