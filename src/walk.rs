//! Finds the files to read: in a git checkout what could be pushed, elsewhere every regular file.
//!
//! Links are never followed. Git's own rules decide what is ignored (`.gitignore`, `.git/info/exclude`);
//! a tracked file is read even where an ignore rule matches it. No git process is run, and no
//! configuration of the checkout is obeyed beyond those ignore files.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Component, Path, PathBuf};

use crate::model::{Artifact, ArtifactPath, Notification, NotificationKind};

mod git;
mod staged;

pub use staged::staged;

/// What a walk found, sorted by path.
#[derive(Debug, Default)]
pub struct Walked {
    /// Regular files to read.
    pub artifacts: Vec<Artifact>,
    /// What could not be read.
    pub notifications: Vec<Notification>,
    /// What was left out on purpose, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// Files that exist, where more do than are to be read; only `artifacts` are read then.
    pub known: Option<BTreeSet<ArtifactPath>>,
    /// Holds content that is no file of the tree until the scan is over.
    held: Option<tempfile::TempDir>,
}

impl Walked {
    /// Every file that is known to exist.
    pub fn known_files(&self) -> Vec<ArtifactPath> {
        match &self.known {
            Some(known) => known.iter().cloned().collect(),
            None => self.artifacts.iter().map(|artifact| artifact.path.clone()).collect(),
        }
    }

    /// True when the file may be read because another one names it.
    pub fn may_read(&self, path: &ArtifactPath) -> bool {
        self.known.is_none() || self.find(path).is_some()
    }

    /// The artifact at `path`, found by the walk or not.
    pub fn artifact(&self, root: &Path, path: ArtifactPath) -> Artifact {
        let found = self.find(&path).cloned();
        found.unwrap_or_else(|| Artifact { file: root.join(path.as_str()), path })
    }

    fn find(&self, path: &ArtifactPath) -> Option<&Artifact> {
        let index = self.artifacts.binary_search_by(|artifact| artifact.path.cmp(path)).ok()?;
        self.artifacts.get(index)
    }
}

/// The directory that paths in reports are relative to: `explicit`, else the git checkout around `path`,
/// else `path` itself (its directory when it is a file).
pub fn root_of(path: &Path, explicit: Option<&Path>) -> std::io::Result<PathBuf> {
    if let Some(root) = explicit {
        return root.canonicalize();
    }
    let path = path.canonicalize()?;
    let directory = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
    Ok(checkout_of(directory).unwrap_or(directory).to_path_buf())
}

/// Walks `paths` below `root`; both exist. With `no_ignore` every regular file is taken, `.git` excepted.
pub fn walk(root: &Path, paths: &[PathBuf], no_ignore: bool) -> Walked {
    let mut walked = Walked::default();
    let checkout = checkout_of(root).filter(|_| !no_ignore);
    let mut seen = HashSet::new();
    for path in paths {
        let start = path.canonicalize().unwrap_or_else(|_| path.clone());
        walk_one(root, &start, checkout.is_some(), &mut seen, &mut walked);
    }
    if let Some(checkout) = checkout {
        let starts: Vec<PathBuf> = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
        add_tracked(root, checkout, &starts, &mut seen, &mut walked);
    }
    walked.artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    walked.notifications.sort();
    walked
}

fn walk_one(root: &Path, start: &Path, git_rules: bool, seen: &mut HashSet<ArtifactPath>, walked: &mut Walked) {
    let mut builder = ignore::WalkBuilder::new(start);
    builder
        .standard_filters(false)
        .hidden(false)
        .parents(git_rules)
        .git_ignore(git_rules)
        .git_exclude(git_rules)
        .require_git(true)
        .follow_links(false)
        .filter_entry(|entry| entry.file_name() != ".git");
    for entry in builder.build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                walked.notifications.push(unreadable(root, &error));
                continue;
            }
        };
        let Some(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            continue;
        }
        let Some(path) = relative(root, entry.path()) else { continue };
        if kind.is_symlink() {
            note_link(root, entry.path(), &path, walked);
        } else if kind.is_file() {
            if seen.insert(path.clone()) {
                walked.artifacts.push(Artifact { path, file: entry.into_path() });
            }
        } else {
            *walked.left_out.entry("sockets, pipes and devices".to_owned()).or_default() += 1;
        }
    }
}

/// Adds the files that git tracks although a rule ignores them.
fn add_tracked(
    root: &Path,
    checkout: &Path,
    starts: &[PathBuf],
    seen: &mut HashSet<ArtifactPath>,
    walked: &mut Walked,
) {
    let tracked = match git::index::tracked_files(checkout) {
        Ok(tracked) => tracked,
        Err(error) => {
            let message =
                format!("the git index could not be read ({error}); tracked files that are ignored may be missing");
            walked.notifications.push(Notification::run(NotificationKind::Unreadable, message));
            return;
        }
    };
    for name in tracked {
        let file = checkout.join(&name);
        if !starts.iter().any(|start| file.starts_with(start)) || is_below_link(checkout, &file) {
            continue;
        }
        let Some(path) = relative(root, &file) else { continue };
        let is_file = file.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        if is_file && seen.insert(path.clone()) {
            walked.artifacts.push(Artifact { path, file });
        }
    }
}

/// True when a directory between `top` and `file` is a link.
fn is_below_link(top: &Path, file: &Path) -> bool {
    let between = file.ancestors().skip(1).take_while(|ancestor| *ancestor != top);
    between.into_iter().any(|directory| directory.is_symlink())
}

/// A link is never followed. One that stays inside the root leads to what is read anyway; any other leads
/// to something that nobody looked at.
fn note_link(root: &Path, file: &Path, path: &ArtifactPath, walked: &mut Walked) {
    match file.canonicalize() {
        Ok(target) if target.starts_with(root) => {
            *walked.left_out.entry("links inside the tree (their targets are read)".to_owned()).or_default() += 1;
        }
        Ok(_) => {
            let message = "a link that leads out of the tree was not followed";
            walked.notifications.push(Notification::new(path, NotificationKind::LinkNotFollowed, message));
        }
        Err(_) => {
            let message = "a link that leads nowhere or in a circle was not followed";
            walked.notifications.push(Notification::new(path, NotificationKind::LinkNotFollowed, message));
        }
    }
}

fn unreadable(root: &Path, error: &ignore::Error) -> Notification {
    let mut path = None;
    let mut cause = error;
    loop {
        match cause {
            ignore::Error::WithPath { path: at, err } => {
                path = relative(root, at);
                cause = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => cause = err,
            _ => break,
        }
    }
    let reason = cause.io_error().map_or_else(|| cause.to_string(), |io| io.kind().to_string());
    let mut notification = Notification::run(NotificationKind::Unreadable, format!("could not be walked: {reason}"));
    notification.path = path;
    notification
}

/// `path` relative to `root`, as reports name it; `None` when it is not below it.
pub fn relative(root: &Path, path: &Path) -> Option<ArtifactPath> {
    let relative = path.strip_prefix(root).ok()?;
    let parts: Vec<String> = relative
        .components()
        .filter_map(|component| match component {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    (!parts.is_empty()).then(|| ArtifactPath::new(&parts.join("/")))
}

/// The nearest directory at or above `directory` that holds a `.git`.
fn checkout_of(directory: &Path) -> Option<&Path> {
    directory.ancestors().find(|ancestor| ancestor.join(".git").symlink_metadata().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(walked: &Walked) -> Vec<&str> {
        walked.artifacts.iter().map(|artifact| artifact.path.as_str()).collect()
    }

    #[test]
    fn outside_a_checkout_every_regular_file_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::write(root.join(".gitignore"), "secret.env\n").unwrap();
        fs::write(root.join("secret.env"), "x").unwrap();
        fs::create_dir(root.join(".hidden")).unwrap();
        fs::write(root.join(".hidden/a"), "x").unwrap();
        let walked = walk(&root, std::slice::from_ref(&root), false);
        assert_eq!(names(&walked), [".gitignore", ".hidden/a", "secret.env"]);
    }

    #[test]
    fn in_a_checkout_ignored_files_are_left_out_unless_asked() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::write(root.join(".gitignore"), "*.env\n").unwrap();
        fs::write(root.join("local.env"), "x").unwrap();
        fs::write(root.join("train.py"), "x").unwrap();
        assert_eq!(names(&walk(&root, std::slice::from_ref(&root), false)), [".gitignore", "train.py"]);
        let all = walk(&root, std::slice::from_ref(&root), true);
        assert_eq!(names(&all), [".gitignore", "local.env", "train.py"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_told_and_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::write(root.join("a"), "x").unwrap();
        std::os::unix::fs::symlink("a", root.join("inside")).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("outside")).unwrap();
        std::os::unix::fs::symlink("loop", root.join("loop")).unwrap();
        let walked = walk(&root, std::slice::from_ref(&root), false);
        assert_eq!(names(&walked), ["a"]);
        assert_eq!(walked.notifications.len(), 2);
        assert_eq!(walked.left_out.values().sum::<u64>(), 1);
    }
}
