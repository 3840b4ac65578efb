//! Keras: the configuration of layers as JSON, alone, in a `.keras` archive or in an HDF5 file. A Lambda layer carries
//! bytecode; a configuration may name classes and functions of any module.
//! <https://keras.io/guides/serialization_and_saving/>

use super::json::{Node, Reader, Value, tree};
use super::model_facts::Facts;
use super::{Parser, text};
use crate::model::{ArtifactPath, Document, NotificationKind, Source};

pub(super) mod hdf5;

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
        hdf5::is_hdf5(head) || is_configuration(path, head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let mut facts = Facts::default();
        if hdf5::is_hdf5(source.text()) {
            hdf5::search(source, document, &mut facts);
        } else {
            let text = source.text();
            match tree(&mut Reader::new(text, 0)) {
                Ok(configuration) => collect(&configuration, text, &mut facts),
                Err(_) => document.notify(NotificationKind::Malformed, "the model's configuration is no JSON"),
            }
        }
        facts.finish("keras", source, document);
    }
}

/// In an archive the configuration is known by its name: a key may be spelt with escapes.
fn is_configuration(path: &ArtifactPath, head: &[u8]) -> bool {
    let in_archive = path.as_str().rsplit_once('!').is_some_and(|(_, inner)| inner == "config.json");
    path.extension() == "json" && text::is_text(head) && (in_archive || memchr::memmem::find(head, b"\"class_name\"").is_some())
}

/// Collects what a configuration names. The reader bounds its depth; the stack here is a heap.
fn collect(configuration: &Node, text: &[u8], facts: &mut Facts) {
    let mut open = vec![configuration];
    while let Some(node) = open.pop() {
        match &node.value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                object(node, text, facts);
                open.extend(members.iter().map(|member| &member.node));
            }
            Value::String(_) | Value::Scalar => {}
        }
    }
}

fn object(node: &Node, text: &[u8], facts: &mut Facts) {
    let value = |key: &str| node.get(text, key).and_then(|node| node.text(text));
    // An object of Keras has both keys; other JSON speaks of classes and modules, too.
    let (Some(class), Some(configuration)) = (value("class_name"), node.get(text, "config")) else { return };
    let module = value("module");
    match (class.as_str(), configuration.text(text)) {
        ("", _) => {}
        ("function" | "builtin_function_or_method", Some(name)) => {
            facts.add("function", format!("{}.{name}", module.as_deref().unwrap_or("builtins")));
        }
        ("__lambda__" | "Lambda", _) => facts.add("layer", "Lambda"),
        _ => {
            if let Some(module) = module {
                facts.add("type", format!("{module}.{class}"));
            }
            facts.add("layer", class);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits(name: &str, bytes: &[u8]) -> Vec<(String, String)> {
        let source = Source::new(ArtifactPath::new(name), bytes);
        assert!(Keras.claims(&source.path, source.text()), "{name}");
        let mut document = Document::new(&source);
        Keras.parse(&source, &mut document);
        document.model_traits.iter().map(|fact| (fact.kind.to_owned(), fact.value.clone())).collect()
    }

    #[test]
    fn layers_are_found_however_they_are_spelt() {
        let lambda = [("layer".to_owned(), "Lambda".to_owned())];
        for text in [
            r#"{"class_name": "Lambda", "config": {}}"#,
            r#"{"class_name": "\u004cambda", "config": {"x": NaN}}"#,
            r#"{"cl\u0061ss_name": "__lambda__", "config": {"x": "\ud800"}}"#,
        ] {
            assert_eq!(traits("m.keras!config.json", text.as_bytes()), lambda, "{text}");
            let hdf5 = [hdf5::SIGNATURE, &[7; 600], b"{\"a{\"", text.as_bytes(), &[0; 9]].concat();
            assert_eq!(traits("m.h5", &hdf5), lambda, "{text}");
        }
    }

    #[test]
    fn classes_of_other_modules_are_types() {
        let text = br#"{"module": "os", "class_name": "system", "config": {"layers": [{"module": "builtins", "class_name": "function", "config": "exec"}]}}"#;
        let expected = [("function", "builtins.exec"), ("layer", "system"), ("type", "os.system")];
        assert_eq!(traits("config.json", text), expected.map(|(kind, value)| (kind.to_owned(), value.to_owned())));
        assert!(traits("config.json", br#"{"class_name": "of something else", "module": "os"}"#).is_empty());
    }
}
