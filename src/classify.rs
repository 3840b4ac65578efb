//! Asks the parsers who reads an artifact.

use crate::model::ArtifactPath;
use crate::parse::lfs_pointer::is_only_a_pointer;
use crate::parse::{PARSERS, Parser, Wanted, claiming};

/// The parsers that claim it, in the order in which they read it. Empty for binary data that no format claims.
/// Those that serve none of the wanted groups are not asked. What stands in the place of another file is not what its name
/// says, and read as plain text besides.
pub fn classify(path: &ArtifactPath, head: &[u8], wanted: Wanted) -> Vec<&'static dyn Parser> {
    let mut parsers = claiming(path, head, wanted);
    if is_only_a_pointer(head) {
        parsers.retain(|parser| matches!(parser.name(), "lfs_pointer" | "text"));
    }
    parsers
}

/// The parser of this name.
pub fn by_name(name: &str) -> Option<&'static dyn Parser> {
    PARSERS.iter().copied().find(|parser| parser.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Groups;
    use crate::parse::leaves_secrets;

    fn readers(path: &str, head: &[u8]) -> Vec<&'static str> {
        readers_of(path, head, false)
    }

    fn readers_of(path: &str, head: &[u8], exhaustive: bool) -> Vec<&'static str> {
        let wanted = Wanted { groups: Groups::ALL, exhaustive };
        classify(&ArtifactPath::new(path), head, wanted).iter().map(|parser| parser.name()).collect()
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

    #[test]
    fn programs_and_pictures_are_searched_on_request() {
        for (head, usually) in [(b"\x7FELF\x02\x01\x01\0", &["hidden_pickle"][..]), (b"\0asm\x01\0\0\0", &[])] {
            assert_eq!(readers("a.bin", head), usually);
            assert_eq!(readers_of("a.bin", head, true), [usually, &["strings"]].concat());
        }
        let wanted = Wanted { groups: Groups::ALL, exhaustive: false };
        let parsers = classify(&ArtifactPath::new("a.so"), b"\x7FELF\x02\x01\x01\0", wanted);
        assert!(leaves_secrets(&parsers, wanted));
        assert!(!leaves_secrets(&parsers, Wanted { groups: Groups::MODELS, ..wanted }));
        assert!(!leaves_secrets(&classify(&ArtifactPath::new("a"), b"text", wanted), wanted));
    }
}
