//! Archives and compressed files: headers that lie, streams that break.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redan::model::{ArtifactPath, Document, Source};
use redan::parse::{Budget, PARSERS};

fuzz_target!(|bytes: &[u8]| {
    for name in ["model.pt", "model.npy", "archive"] {
        let source = Source::new(ArtifactPath::new(name), bytes);
        let mut document = Document::new(&source);
        let mut budget = Budget { bytes: 16 << 20, ..Budget::default() };
        for parser in PARSERS.iter().filter(|parser| matches!(parser.name(), "container" | "npy")) {
            if parser.claims(&source.path, bytes) {
                parser.parse(&source, &mut document);
                parser.unpack(&source, &mut budget, &mut |_, _| {});
            }
        }
    }
});
