//! The pickle machine on many small rows: opcodes a second, without files.

use divan::{Bencher, counter::BytesCount};
use redan::model::{ArtifactPath, Document, Source};
use redan::parse::PARSERS;

fn main() {
    divan::main();
}

/// A list of `count` dictionaries as protocol 4 writes them, about 49 bytes and 19 opcodes each.
fn rows(count: u32) -> Vec<u8> {
    let mut bytes = b"\x80\x04]\x94(".to_vec();
    for index in 0..count {
        let name = format!("user{index}");
        bytes.extend_from_slice(b"}\x94(\x8c\x02id\x94J");
        bytes.extend_from_slice(&index.to_le_bytes());
        bytes.extend_from_slice(b"\x8c\x04name\x94\x8c");
        bytes.push(name.len() as u8);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(
            b"\x94\x8c\x01v\x94G\0\0\0\0\0\0\0\0\x8c\x04tags\x94]\x94(\x8c\x01a\x94\x8c\x01b\x94K\x01eu",
        );
        if index % 1000 == 999 {
            bytes.extend_from_slice(b"e(");
        }
    }
    bytes.extend_from_slice(b"e.");
    bytes
}

#[divan::bench(args = [1_000, 100_000])]
fn small_rows(bencher: Bencher<'_, '_>, count: u32) {
    let bytes = rows(count);
    let parser = PARSERS.iter().find(|parser| parser.name() == "pickle");
    bencher.counter(BytesCount::new(bytes.len())).bench(|| {
        let source = Source::new(ArtifactPath::new("rows.pkl"), &bytes);
        let mut document = Document::new(&source);
        if let Some(parser) = parser {
            parser.parse(&source, &mut document);
        }
        document.pickles.len()
    });
}
