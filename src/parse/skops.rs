//! skops: scikit-learn models as a schema in JSON and arrays, without pickle. The schema names types, which the loader
//! imports if the caller trusts them. <https://skops.readthedocs.io/en/stable/persistence.html>

use serde_json::Value;

use super::Parser;
use crate::model::{ArtifactPath, Document, ModelTrait, NotificationKind, Source, Span};

/// Nodes of one schema.
const MAX_NODES: usize = 1_000_000;

/// `schema.json` of a `.skops` archive.
pub struct Skops;

impl Parser for Skops {
    fn name(&self) -> &'static str {
        "skops"
    }

    fn reads(&self) -> &'static str {
        "skops schemas, for the types that they name"
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        path.file_name() == "schema.json" && memchr::memmem::find(head, b"\"__loader__\"").is_some()
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Ok(schema) = serde_json::from_slice::<Value>(source.text()) else {
            document.notify(NotificationKind::Malformed, "the skops schema is no JSON");
            return;
        };
        let mut facts: Vec<(&'static str, String)> = Vec::new();
        let mut open = vec![&schema];
        let mut seen = 0;
        while let Some(value) = open.pop() {
            seen += 1;
            if seen > MAX_NODES {
                document.notify(NotificationKind::BudgetExceeded, "the skops schema has more nodes than are read");
                break;
            }
            match value {
                Value::Array(items) => open.extend(items),
                Value::Object(object) => {
                    let text = |key: &str| object.get(key).and_then(Value::as_str);
                    if let (Some(module), Some(class)) = (text("__module__"), text("__class__")) {
                        facts.push(("type", format!("{module}.{class}")));
                    }
                    facts.extend(text("__loader__").map(|loader| ("loader", loader.to_owned())));
                    if let Some(Value::Object(content)) = object.get("content")
                        && let (Some(module), Some(function)) = (
                            content.get("module_path").and_then(Value::as_str),
                            content.get("function").and_then(Value::as_str),
                        )
                    {
                        facts.push(("type", format!("{module}.{function}")));
                    }
                    open.extend(object.values());
                }
                _ => {}
            }
        }
        facts.sort();
        facts.dedup();
        let location = source.location(Span::default());
        document.model_traits.extend(facts.into_iter().take(2000).map(|(kind, value)| ModelTrait {
            format: "skops",
            kind,
            value,
            location: location.clone(),
        }));
    }
}
