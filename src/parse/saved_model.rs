//! TensorFlow's SavedModel and frozen graphs: their operators.
//! <https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/saved_model.proto>

use super::Parser;
use super::model_facts::Facts;
use super::pickle::input::Input;
use super::protobuf::{Event, Walk, Want};
use crate::model::{ArtifactPath, Document, NotificationKind, Source};

/// `saved_model.pb` and other `.pb`.
pub struct SavedModel;

const SAVED_MODEL: u8 = 0;
const META_GRAPH: u8 = 1;
const GRAPH: u8 = 2;
const NODE: u8 = 3;
const LIBRARY: u8 = 4;
const FUNCTION: u8 = 5;

impl Parser for SavedModel {
    fn name(&self) -> &'static str {
        "saved_model"
    }

    fn reads(&self) -> &'static str {
        "TensorFlow SavedModel and graph files (`.pb`), for operators that touch files"
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        path.extension() == "pb" && matches!(head.first(), Some(0x08 | 0x0A | 0x12))
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Some(mut input) = Input::of(source, document) else { return };
        let mut operators = Facts::default();
        let mut read = false;
        for kind in [SAVED_MODEL, GRAPH] {
            input.seek(0);
            let mut holds_operators = false;
            let mut on = |kind: u8, event: Event<'_>| {
                if let (NODE, Event::Text(2, operator)) = (kind, event) {
                    holds_operators = true;
                    operators.add("operator", operator);
                }
            };
            let whole = Walk::new(&mut input, schema, &mut on).run(kind);
            // As the wrong kind of message it breaks, or holds no operators.
            read |= whole && holds_operators;
        }
        if source.path.file_name() == "saved_model.pb" && !read {
            document.notify(NotificationKind::Malformed, "the SavedModel could not be read to its end");
        }
        operators.finish("savedmodel", source, document);
    }
}

fn schema(kind: u8, field: u32) -> Want {
    match (kind, field) {
        (SAVED_MODEL, 2) => Want::Enter(META_GRAPH),
        (META_GRAPH, 2) => Want::Enter(GRAPH),
        (GRAPH, 1) | (FUNCTION, 3) => Want::Enter(NODE),
        (GRAPH, 2) => Want::Enter(LIBRARY),
        (LIBRARY, 1) => Want::Enter(FUNCTION),
        (NODE, 2) => Want::Take,
        _ => Want::Skip,
    }
}
