//! Model formats that are no pickles, each under its name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redan::model::{ArtifactPath, Document, Source};
use redan::parse::PARSERS;

const NAMES: &[&str] = &["model.onnx", "saved_model.pb", "model.gguf", "model.safetensors", "model.h5", "config.json", "schema.json"];
const PARSED: &[&str] = &["onnx", "saved_model", "gguf", "safetensors", "keras", "skops"];

fuzz_target!(|bytes: &[u8]| {
    for name in NAMES {
        let source = Source::new(ArtifactPath::new(name), bytes);
        let mut document = Document::new(&source);
        for parser in PARSERS.iter().filter(|parser| PARSED.contains(&parser.name())) {
            if parser.claims(&source.path, bytes) {
                parser.parse(&source, &mut document);
            }
        }
    }
});
