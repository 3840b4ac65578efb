//! A file that the walk found (SARIF calls it an artifact), or a member inside one.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

/// A path relative to the root of the scan, with `/` between parts and never a leading `./`.
///
/// Bytes that are no UTF-8 are shown as U+FFFD; a member of an archive is `archive.zip!inner/file`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArtifactPath(Arc<str>);

impl ArtifactPath {
    /// Takes a path that is already relative and `/`-separated.
    pub fn new(path: &str) -> Self {
        Self(Arc::from(path.trim_start_matches("./")))
    }

    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part; for a member, the last part of the inner path.
    pub fn file_name(&self) -> &str {
        let end = memchr::memrchr2(b'/', b'!', self.0.as_bytes());
        end.map_or(&self.0, |end| self.0.get(end + 1..).unwrap_or_default())
    }

    /// The extension of [`file_name`](Self::file_name) in lower case, without the dot; empty when there is none.
    pub fn extension(&self) -> Extension<'_> {
        let name = self.file_name();
        let extension = match memchr::memrchr(b'.', name.as_bytes()) {
            Some(dot) if dot > 0 => name.get(dot + 1..).unwrap_or_default(),
            _ => "",
        };
        Extension(match extension.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(extension.to_ascii_lowercase()),
            false => Cow::Borrowed(extension),
        })
    }

    /// Everything before the last `/`; empty at the root.
    pub fn directory(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(directory, _)| directory)
    }

    /// Resolves `relative` against this file's directory: `.` and `..` are folded.
    /// `None` when it is absolute, empty or leads out of the root.
    pub fn join(&self, relative: &str) -> Option<Self> {
        let relative = relative.replace('\\', "/");
        if relative.is_empty() || relative.starts_with('/') || relative.contains(':') {
            return None;
        }
        let mut parts: Vec<&str> = self.directory().split('/').filter(|part| !part.is_empty()).collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        (!parts.is_empty()).then(|| Self::new(&parts.join("/")))
    }

    /// The path of a member inside this archive.
    pub fn member(&self, inner: &str) -> Self {
        Self(Arc::from(format!("{}!{inner}", self.0)))
    }
}

/// What stands behind the last `/` of a name that is no artifact's: of an image, of a path that a command gives.
pub fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

impl std::fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The extension of a file name in lower case. Every parser asks for it about every file: nearly always nothing is
/// copied.
pub struct Extension<'p>(Cow<'p, str>);

impl Extension<'_> {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Extension<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Extension<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// A regular file inside the root.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Where it is, as every report names it.
    pub path: ArtifactPath,
    /// Where to open it.
    pub file: PathBuf,
}
