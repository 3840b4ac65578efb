//! Which files are scanned, where a hook or an editor chooses them.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use tempfile::TempDir;

use super::Failure;
use crate::scan::Target;
use crate::walk::{self, Walked};

/// Bytes of a list of files, and of a file on the standard input.
const MAX_INPUT: u64 = 64 << 20;

/// Arguments that choose files.
#[derive(Args, Clone, Debug, Default)]
pub struct Selection {
    /// Scan what is staged in git below PATH, as it would be committed: the content of the index, not of the working
    /// tree. Made for hooks; reads only files that differ from HEAD.
    #[arg(long, conflicts_with_all = ["files_from", "stdin_filename"])]
    pub staged: bool,

    /// Scan the files that FILE lists, one a line or ended by NUL; `-` reads the list from the standard input. What
    /// does not exist any more is passed over:
    /// git diff --name-only -z main | redan scan --files-from -
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    pub files_from: Option<PathBuf>,

    /// Scan the text on the standard input as if it stood at this path.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["paths", "files_from", "root"])]
    pub stdin_filename: Option<PathBuf>,
}

/// What was chosen.
#[derive(Debug, Default)]
pub struct Selected {
    /// The files and directories.
    pub paths: Vec<PathBuf>,
    /// The root that they demand.
    pub root: Option<PathBuf>,
    /// Holds the text of the standard input until the scan is over.
    _held: Option<TempDir>,
}

impl Selection {
    /// The files to scan: `paths` where nothing else is chosen.
    pub fn select(&self, paths: &[PathBuf]) -> Result<Selected, Failure> {
        if let Some(list) = &self.files_from {
            let text = read(list).map_err(|error| Failure::usage(error, "give a list of files"))?;
            let paths = listed(&text).into_iter().filter(|path| path.symlink_metadata().is_ok()).collect();
            return Ok(Selected { paths, ..Selected::default() });
        }
        if let Some(name) = &self.stdin_filename {
            return from_stdin(name);
        }
        Ok(Selected { paths: paths.to_vec(), ..Selected::default() })
    }

    /// True when paths alone say what is scanned.
    pub fn is_paths(&self) -> bool {
        !self.staged && self.files_from.is_none() && self.stdin_filename.is_none()
    }
}

/// Finds what is staged. Git tells its hooks with `GIT_INDEX_FILE` which index will be committed: for `git commit -a`
/// that is not the checkout's own.
pub fn staged(target: &Target) -> Result<Walked, Failure> {
    let index = std::env::var_os("GIT_INDEX_FILE").filter(|index| !index.is_empty()).map(PathBuf::from);
    walk::staged(&target.root, &target.paths, index.as_deref()).map_err(|error| {
        let error = anyhow::Error::from(error).context("what is staged cannot be told");
        Failure::incomplete(error, "run it in a git checkout, or name files: redan scan --files-from FILE")
    })
}

/// The names in a list: ended by NUL where there is one, else one a line.
fn listed(text: &[u8]) -> Vec<PathBuf> {
    let end = if text.contains(&0) { 0 } else { b'\n' };
    let names = text.split(|byte| *byte == end).map(|name| name.strip_suffix(b"\r").unwrap_or(name));
    names.filter(|name| !name.is_empty()).map(path).collect()
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

fn read(list: &Path) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    let read = if list == Path::new("-") {
        std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut text)
    } else {
        std::fs::File::open(list).and_then(|file| file.take(MAX_INPUT + 1).read_to_end(&mut text))
    };
    read.with_context(|| format!("'{}' cannot be read", list.display()))?;
    if text.len() as u64 > MAX_INPUT {
        return Err(anyhow!("'{}' is larger than 64 MiB", list.display()));
    }
    Ok(text)
}

/// Puts the standard input at its path below a directory of its own, so that it is scanned like any file.
fn from_stdin(name: &Path) -> Result<Selected, Failure> {
    let parts: PathBuf = name.components().filter(|part| matches!(part, Component::Normal(_))).collect();
    if parts.as_os_str().is_empty() {
        return Err(Failure::usage(anyhow!("'{}' names no file", name.display()), "give the path of a file"));
    }
    let place = || -> anyhow::Result<(TempDir, PathBuf)> {
        let text = read(Path::new("-"))?;
        let directory = tempfile::tempdir()?;
        let file = directory.path().join(&parts);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&file, text)?;
        Ok((directory, file))
    };
    let (held, file) = place().map_err(|error| Failure::usage(error, ""))?;
    Ok(Selected { paths: vec![file], root: Some(held.path().to_path_buf()), _held: Some(held) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_at_nul_or_line_ends() {
        assert_eq!(listed(b"a\nb c\r\n\n"), [PathBuf::from("a"), PathBuf::from("b c")]);
        assert_eq!(listed(b"a\nb\0c\0"), [PathBuf::from("a\nb"), PathBuf::from("c")]);
    }
}
