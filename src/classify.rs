//! Asks the parsers who reads an artifact.

use crate::model::{ArtifactPath, Groups};
use crate::parse::lfs_pointer::is_only_a_pointer;
use crate::parse::{PARSERS, Parser};

/// The parsers that claim it, in the order in which they read it. Empty for binary data that no format claims.
/// Those that serve none of the wanted groups are not asked. What stands in the place of another file is not what its name
/// says, and read as plain text besides.
pub fn classify(path: &ArtifactPath, head: &[u8], wanted: Groups) -> Vec<&'static dyn Parser> {
    let is_pointer = is_only_a_pointer(head);
    let may_read = |parser: &&dyn Parser| !is_pointer || matches!(parser.name(), "lfs_pointer" | "text");
    let asked = PARSERS.iter().copied().filter(may_read).filter(|parser| parser.serves().overlaps(wanted));
    asked.filter(|parser| parser.claims(path, head)).collect()
}

/// The parser of this name.
pub fn by_name(name: &str) -> Option<&'static dyn Parser> {
    PARSERS.iter().copied().find(|parser| parser.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(path: &str, head: &[u8]) -> Vec<&'static str> {
        classify(&ArtifactPath::new(path), head, Groups::ALL).iter().map(|parser| parser.name()).collect()
    }

    #[test]
    fn every_file_has_a_reader() {
        assert_eq!(readers("notes.unknown", b"hello"), ["text"]);
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
        for path in ["a.ipynb", "requirements.txt", "model.pt", "a.py"] {
            assert_eq!(readers(path, pointer), ["lfs_pointer", "text"], "{path}");
        }
        let script = [pointer.as_slice(), b"pip install torch==1.0\n"].concat();
        assert_eq!(readers("run.sh", &script), ["lfs_pointer", "shell_script", "text"]);
        assert_eq!(readers("blob.unknown", b"\x00\x01\x02\x03 nothing known"), ["strings"]);
    }
}
