//! The pickle machine, under a name that promises a pickle and one that does not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redan::model::{ArtifactPath, Document, Source};
use redan::parse::PARSERS;

fuzz_target!(|bytes: &[u8]| {
    for name in ["model.pkl", "model"] {
        let source = Source::new(ArtifactPath::new(name), bytes);
        let mut document = Document::new(&source);
        for parser in PARSERS.iter().filter(|parser| parser.name().contains("pickle")) {
            if parser.claims(&source.path, bytes) {
                parser.parse(&source, &mut document);
            }
        }
    }
});
