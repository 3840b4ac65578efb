//! ONNX models: custom operators and tensors in other files. <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>

use super::Parser;
use super::model_facts::Facts;
use super::pickle::input::Input;
use super::protobuf::{Event, Walk, Want};
use crate::model::{ArtifactPath, Document, NotificationKind, Source};

/// An ONNX model.
pub struct Onnx;

const MODEL: u8 = 0;
const GRAPH: u8 = 1;
const NODE: u8 = 2;
const ATTRIBUTE: u8 = 3;
const TENSOR: u8 = 4;
const EXTERNAL: u8 = 5;
const FUNCTION: u8 = 6;

impl Parser for Onnx {
    fn name(&self) -> &'static str {
        "onnx"
    }

    fn reads(&self) -> &'static str {
        "ONNX models, for custom operators and external data"
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        // Field 1, the version of the format, comes first in what is written; a reader takes the fields in any order.
        // Other formats under this name have a magic.
        path.extension() == "onnx" && matches!(head, [0x08 | 0x12 | 0x1A | 0x22 | 0x28 | 0x32 | 0x3A | 0x42 | 0x72 | 0xA2 | 0xCA, ..])
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Some(mut input) = Input::of(source, document) else { return };
        let mut facts = Facts::default();
        let (mut operator, mut domain) = (String::new(), String::new());
        let (mut key, mut value) = (String::new(), String::new());
        let mut on = |kind: u8, event: Event<'_>| match (kind, event) {
            (NODE, Event::Text(4, text)) => operator = text.to_owned(),
            (NODE, Event::Text(7, text)) => domain = text.to_owned(),
            (NODE, Event::Leave) if !domain.is_empty() => {
                facts.add("operator", format!("{domain}.{operator}"));
                facts.add("domain", std::mem::take(&mut domain));
            }
            (EXTERNAL, Event::Text(1, text)) => key = text.to_owned(),
            (EXTERNAL, Event::Text(2, text)) => value = text.to_owned(),
            (EXTERNAL, Event::Leave) if key == "location" => {
                facts.add("external-path", std::mem::take(&mut value));
            }
            _ => {}
        };
        if !Walk::new(&mut input, schema, &mut on).run(MODEL) {
            document.notify(NotificationKind::Malformed, "the ONNX model could not be read to its end");
        }
        facts.finish("onnx", source, document);
    }
}

fn schema(kind: u8, field: u32) -> Want {
    match (kind, field) {
        (MODEL, 7) | (ATTRIBUTE, 6 | 11) => Want::Enter(GRAPH),
        (MODEL, 25) => Want::Enter(FUNCTION),
        (GRAPH, 1) | (FUNCTION, 7) => Want::Enter(NODE),
        (GRAPH, 5) | (ATTRIBUTE, 5 | 10) => Want::Enter(TENSOR),
        (NODE, 5) => Want::Enter(ATTRIBUTE),
        (TENSOR, 13) => Want::Enter(EXTERNAL),
        (NODE, 4 | 7) | (EXTERNAL, 1 | 2) => Want::Take,
        _ => Want::Skip,
    }
}
