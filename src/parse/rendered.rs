//! What parsers say of assets, in short lines, for the tests of all that make them.

use super::Parser;
use crate::model::{ArtifactPath, Asset, Document, Given, Setting, Source};

/// What a parser makes of a file that it claims: the assets, and its notifications as `message @line`.
pub(super) fn read(parser: &dyn Parser, path: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let source = Source::new(ArtifactPath::new(path), text.as_bytes());
    assert!(parser.claims(&source.path, text.as_bytes()), "{path}: {text}");
    let mut document = Document::new(&source);
    parser.parse(&source, &mut document);
    let notes =
        document.notifications.iter().map(|note| format!("{} @{}", note.message, note.line.unwrap_or_default()));
    (assets(&document), notes.collect())
}

/// The assets of a document, in order, as `kind name {setting=value, …} @line`.
pub(super) fn assets(document: &Document<'_>) -> Vec<String> {
    let asset = |asset: &Asset| {
        let settings = list(&asset.settings);
        format!("{} {} {{{settings}}} @{}", asset.kind, asset.name, asset.location.start.line)
    };
    document.assets.iter().map(asset).collect()
}

/// A value: texts in quotes, names bare, calls as `name(…)`; what is not known is a call of nothing.
pub(super) fn given(value: &Given) -> String {
    match value {
        Given::Text(text) => format!("{text:?}"),
        Given::Boolean(value) => value.to_string(),
        Given::Number(number) => number.clone(),
        Given::Null => "null".to_owned(),
        Given::List(settings) => format!("[{}]", list(settings)),
        Given::Group(settings) => format!("{{{}}}", list(settings)),
        Given::Name(name) => name.clone(),
        Given::Call(name, values) => format!("{name}({})", values.iter().map(given).collect::<Vec<_>>().join(", ")),
    }
}

fn list(settings: &[Setting]) -> String {
    let each = settings.iter().map(|setting| match setting.name.as_str() {
        "" => given(&setting.value),
        name => format!("{name}={}", given(&setting.value)),
    });
    each.collect::<Vec<_>>().join(", ")
}
