//! ONNX models: custom operators and tensors in other files. <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>

use std::collections::BTreeSet;

use super::Parser;
use super::pickle::input::Input;
use super::protobuf::{Event, Walk, Want};
use crate::model::{ArtifactPath, Document, ModelTrait, NotificationKind, Source, Span};

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
        // Field 1, the version of the format, comes first and is small; other formats under this name have a magic.
        path.extension() == "onnx" && matches!(head, [0x08, 0..=0x7F, ..])
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Ok(reader) = source.reader() else { return };
        let mut input = Input::file(reader, source.len());
        let mut facts: BTreeSet<(&'static str, String)> = BTreeSet::new();
        let (mut operator, mut domain) = (String::new(), String::new());
        let (mut key, mut value) = (String::new(), String::new());
        let mut on = |kind: u8, event: Event<'_>| match (kind, event) {
            (NODE, Event::Text(4, text)) => operator = text.to_owned(),
            (NODE, Event::Text(7, text)) => domain = text.to_owned(),
            (NODE, Event::Leave) if !domain.is_empty() => {
                facts.insert(("operator", format!("{domain}.{operator}")));
                facts.insert(("domain", std::mem::take(&mut domain)));
            }
            (EXTERNAL, Event::Text(1, text)) => key = text.to_owned(),
            (EXTERNAL, Event::Text(2, text)) => value = text.to_owned(),
            (EXTERNAL, Event::Leave) if key == "location" => {
                facts.insert(("external-path", std::mem::take(&mut value)));
            }
            _ => {}
        };
        if !Walk::new(&mut input, schema, &mut on).run(MODEL) {
            document.notify(NotificationKind::Malformed, "the ONNX model could not be read to its end");
        }
        let location = source.location(Span::default());
        document.model_traits.extend(facts.into_iter().take(1000).map(|(kind, value)| ModelTrait {
            format: "onnx",
            kind,
            value,
            location: location.clone(),
        }));
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
