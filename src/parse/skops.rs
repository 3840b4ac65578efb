//! skops: scikit-learn models as a schema in JSON and arrays, without pickle. The schema names types, which the loader
//! imports if the caller trusts them. <https://skops.readthedocs.io/en/stable/persistence.html>

use super::Parser;
use super::json::{Node, Reader, Value, tree};
use super::model_facts::Facts;
use crate::model::{ArtifactPath, Document, NotificationKind, Source};

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
        // In an archive the schema is known by its name: a key may be spelt with escapes.
        let in_archive = path.as_str().rsplit_once('!').is_some_and(|(_, inner)| inner == "schema.json");
        path.file_name() == "schema.json" && (in_archive || memchr::memmem::find(head, b"\"__loader__\"").is_some())
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = source.text();
        let Ok(schema) = tree(&mut Reader::new(text, 0)) else {
            document.notify(NotificationKind::Malformed, "the skops schema is no JSON");
            return;
        };
        let mut facts = Facts::default();
        let mut open = vec![&schema];
        while let Some(node) = open.pop() {
            match &node.value {
                Value::Array(items) => open.extend(items),
                Value::Object(members) => {
                    object(node, text, &mut facts);
                    open.extend(members.iter().map(|member| &member.node));
                }
                Value::String(_) | Value::Scalar => {}
            }
        }
        facts.finish("skops", source, document);
    }
}

fn object(node: &Node, text: &[u8], facts: &mut Facts) {
    let value = |node: &Node, key: &str| node.get(text, key).and_then(|node| node.text(text));
    if let (Some(module), Some(class)) = (value(node, "__module__"), value(node, "__class__")) {
        facts.add("type", format!("{module}.{class}"));
    }
    if let Some(loader) = value(node, "__loader__") {
        facts.add("loader", loader);
    }
    if let Some(content) = node.get(text, "content")
        && let (Some(module), Some(function)) = (value(content, "module_path"), value(content, "function"))
    {
        facts.add("type", format!("{module}.{function}"));
    }
}
