//! Git LFS pointers: the file is elsewhere, so nothing can be said of it.
//! <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>

use super::Parser;
use crate::model::{ArtifactPath, Document, NotificationKind, Source};

/// A pointer in the place of a file.
pub struct LfsPointer;

impl Parser for LfsPointer {
    fn name(&self) -> &'static str {
        "lfs_pointer"
    }

    fn reads(&self) -> &'static str {
        "Git LFS pointers, to say that the file itself is not present"
    }

    fn claims(&self, _path: &ArtifactPath, head: &[u8]) -> bool {
        // A pointer is shorter than 1024 bytes by its specification.
        head.len() < 1024 && head.starts_with(b"version https://git-lfs.github.com/spec/")
    }

    fn parse<'a>(&self, _source: &'a Source<'a>, document: &mut Document<'a>) {
        document.notify(NotificationKind::Missing, "a Git LFS pointer: the file itself is not present and was not judged");
    }
}
