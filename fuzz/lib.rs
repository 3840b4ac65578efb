//! What every target does: a file under some name, read by the parsers that the target is about.

use redan::model::{ArtifactPath, Document, Source};
use redan::parse::{Budget, PARSERS};

/// Reads `bytes` under `name` with those of `parsers` that claim it, and unpacks what they hold.
pub fn read(name: &str, parsers: &[&str], bytes: &[u8]) {
    let source = Source::new(ArtifactPath::new(name), bytes);
    let mut document = Document::new(&source);
    for parser in PARSERS.iter().filter(|parser| parsers.contains(&parser.name())) {
        if parser.claims(&source.path, bytes) {
            parser.parse(&source, &mut document);
            let mut budget = Budget { bytes: 16 << 20, ..Budget::default() };
            parser.unpack(&source, &mut budget, &mut |_, _| {});
        }
    }
}

/// The same with `magic` written over the beginning: mutation seldom finds again what it broke there.
pub fn read_as(magic: &[u8], name: &str, parsers: &[&str], bytes: &[u8]) {
    let rest = bytes.get(magic.len()..).unwrap_or_default();
    read(name, parsers, &[magic, rest].concat());
}
