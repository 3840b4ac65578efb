//! Keras: the configuration of layers as JSON, alone, in a `.keras` archive or in an HDF5 file. A Lambda layer carries
//! bytecode; a configuration may name functions of any module.
//! <https://keras.io/guides/serialization_and_saving/>

use serde_json::Value;

use super::Parser;
use super::pickle::input::Input;
use crate::model::{ArtifactPath, Document, ModelTrait, NotificationKind, Source, Span};

/// Objects of one configuration.
const MAX_OBJECTS: usize = 1_000_000;
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// A model's configuration, and HDF5 files that may hold one.
pub struct Keras;

impl Parser for Keras {
    fn name(&self) -> &'static str {
        "keras"
    }

    fn reads(&self) -> &'static str {
        "Keras configurations, alone, in `.keras` archives and in HDF5 files, for layers that hold code"
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        is_hdf5(head) || (path.extension() == "json" && memchr::memmem::find(head, b"\"class_name\"").is_some())
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        if is_hdf5(source.text()) {
            return hdf5(source, document);
        }
        match serde_json::from_slice(source.text()) {
            Ok(configuration) => walk(&configuration, source, document),
            Err(_) => document.notify(NotificationKind::Malformed, "the model's configuration is no JSON"),
        }
    }
}

/// The signature stands at 0, or behind a user block at 512, 1024, 2048 …
fn is_hdf5(head: &[u8]) -> bool {
    std::iter::once(0).chain((9..15).map(|power| 1 << power)).any(|at: usize| head.get(at..).is_some_and(|head| head.starts_with(HDF5)))
}

/// Collects what a configuration names. The parser bounds the depth of JSON; the stack here is a heap.
fn walk(configuration: &Value, source: &Source<'_>, document: &mut Document<'_>) {
    let mut open = vec![configuration];
    let mut facts: Vec<(&'static str, String)> = Vec::new();
    let mut seen = 0;
    while let Some(value) = open.pop() {
        seen += 1;
        if seen > MAX_OBJECTS {
            document.notify(NotificationKind::BudgetExceeded, "the configuration has more parts than are read");
            break;
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(object) => {
                let text = |key: &str| object.get(key).and_then(Value::as_str);
                let class = text("class_name").unwrap_or_default();
                let module = text("module");
                match (class, text("config")) {
                    ("function" | "builtin_function_or_method", Some(name)) => {
                        facts.push(("function", format!("{}.{name}", module.unwrap_or("builtins"))));
                    }
                    ("__lambda__" | "Lambda", _) => facts.push(("layer", "Lambda".to_owned())),
                    // An object of Keras has both keys; other JSON speaks of classes and modules, too.
                    _ if class.is_empty() || !object.contains_key("config") => {}
                    _ => {
                        facts.push(("layer", class.to_owned()));
                        facts.extend(module.map(|module| ("module", module.to_owned())));
                    }
                }
                open.extend(object.values());
            }
            _ => {}
        }
    }
    facts.sort();
    facts.dedup();
    let location = source.location(Span::default());
    document.model_traits.extend(facts.into_iter().take(1000).map(|(kind, value)| ModelTrait {
        format: "keras",
        kind,
        value,
        location: location.clone(),
    }));
}

/// Looks for the configuration's text in the whole file: it is an attribute, stored as it is.
fn hdf5(source: &Source<'_>, document: &mut Document<'_>) {
    const WINDOW: u64 = 1 << 20;
    let Ok(reader) = source.reader() else { return };
    let mut input = Input::file(reader, source.len());
    let lambda = memchr::memmem::Finder::new(b"ambda");
    let mut at = 0;
    while at < source.len() {
        let bytes = input.read_at(at, WINDOW as usize + 128);
        for found in lambda.find_iter(&bytes) {
            let before = bytes.get(found.saturating_sub(40)..found).unwrap_or_default();
            let before: Vec<u8> = before.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            let after = bytes.get(found + 5..found + 8).unwrap_or_default();
            let is_class = before.ends_with(b"\"class_name\":\"L") && after.starts_with(b"\"");
            let is_function = before.ends_with(b"\"class_name\":\"__l") && after.starts_with(b"__\"");
            if is_class || is_function {
                let location = source.location(Span::default());
                document.model_traits.push(ModelTrait { format: "keras", kind: "layer", value: "Lambda".to_owned(), location });
                return;
            }
        }
        at += WINDOW;
    }
}
