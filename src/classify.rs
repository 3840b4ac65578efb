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
    use crate::model::{Document, Groups, NotificationKind, Source};
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

    #[test]
    fn of_a_file_that_is_gone_nothing_looks_read() {
        let heads: [(&str, &str, &[u8]); 9] = [
            ("pickle", "a.pkl", b"\x80\x04\x95"),
            ("hidden_pickle", "a.so", b"\x7FELF\x02\x01\x01\0"),
            ("onnx", "a.onnx", b"\x08\x07\x12\x04"),
            ("gguf", "a.gguf", b"GGUF\x03\0\0\0"),
            ("safetensors", "a.safetensors", b"\x02\0\0\0\0\0\0\0{}"),
            ("keras", "a.h5", b"\x89HDF\r\n\x1a\n"),
            ("saved_model", "saved_model.pb", b"\x08\x01\x12\x04"),
            ("picture", "a.png", b"\x89PNG\r\n\x1a\n"),
            ("strings", "a.bin", b"\x00\x01\x02\x03"),
        ];
        let directory = tempfile::tempdir().unwrap();
        for (name, path, head) in heads {
            let gone = directory.path().join(path);
            let source = Source::beginning(ArtifactPath::new(path), head, &gone);
            let mut document = Document::new(&source);
            assert!(readers(path, head).contains(&name), "{path}");
            by_name(name).unwrap().parse(&source, &mut document);
            let told: Vec<NotificationKind> = document.notifications.iter().map(|told| told.kind).collect();
            assert_eq!(told, [NotificationKind::Unreadable], "{name}");
            assert!(document.model_traits.is_empty(), "{name}");
        }
    }
}
