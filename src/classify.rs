//! Asks the parsers who reads an artifact.

use crate::model::{ArtifactPath, Groups};
use crate::parse::{PARSERS, Parser};

/// The parsers that claim it, in the order in which they read it. Empty for binary data that no format claims.
/// Those that serve none of the wanted groups are not asked.
pub fn classify(path: &ArtifactPath, head: &[u8], wanted: Groups) -> Vec<&'static dyn Parser> {
    PARSERS.iter().copied().filter(|parser| parser.serves().overlaps(wanted) && parser.claims(path, head)).collect()
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
        assert_eq!(readers("blob.unknown", b"\x00\x01\x02\x03 nothing known"), ["strings"]);
    }
}
