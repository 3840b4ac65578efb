//! Git LFS pointers: the file is elsewhere, so nothing can be said of it.
//! <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>

use super::Parser;
use crate::model::{ArtifactPath, Document, NotificationKind, Source};

/// A pointer in the place of a file.
pub struct LfsPointer;

/// True where nothing but a pointer stands. A script may begin as one and go on.
pub fn is_only_a_pointer(head: &[u8]) -> bool {
    let keys: [&[u8]; 4] = [b"version ", b"oid ", b"size ", b"ext-"];
    let is_known = |line: &[u8]| line.is_empty() || keys.iter().any(|key| line.starts_with(key));
    LfsPointer::begins(head) && head.split(|byte| *byte == b'\n').all(is_known)
}

impl LfsPointer {
    /// A pointer is shorter than 1024 bytes by its specification.
    fn begins(head: &[u8]) -> bool {
        head.len() < 1024 && head.starts_with(b"version https://git-lfs.github.com/spec/")
    }
}

impl Parser for LfsPointer {
    fn name(&self) -> &'static str {
        "lfs_pointer"
    }

    fn reads(&self) -> &'static str {
        "Git LFS pointers, to say that the file itself is not present"
    }

    fn claims(&self, _path: &ArtifactPath, head: &[u8]) -> bool {
        Self::begins(head)
    }

    fn parse<'a>(&self, _source: &'a Source<'a>, document: &mut Document<'a>) {
        document.notify(NotificationKind::Missing, "a Git LFS pointer: the file itself is not present and was not judged");
    }
}
