//! Assets as short lines, for the tests of all that make them: `kind name {a="text" b=true c=[1, ?]} @line`.

use crate::model::Document;
use crate::model::asset::{Asset, Given, Setting};

/// The assets of a document, in order.
pub(in crate::parse) fn assets(document: &Document<'_>) -> Vec<String> {
    document.assets.iter().map(asset).collect()
}

fn asset(asset: &Asset) -> String {
    format!("{} {} {} @{}", asset.kind, asset.name, group(&asset.settings), asset.location.start.line)
}

fn group(settings: &[Setting]) -> String {
    let parts: Vec<_> =
        settings.iter().map(|setting| format!("{}={}", setting.name, given(&setting.value))).collect();
    format!("{{{}}}", parts.join(" "))
}

fn given(value: &Given) -> String {
    let list = |parts: Vec<String>| parts.join(", ");
    match value {
        Given::Text(text) => format!("{text:?}"),
        Given::Boolean(value) => value.to_string(),
        Given::Number(number) => number.clone(),
        Given::Null => "null".to_owned(),
        Given::List(items) => format!("[{}]", list(items.iter().map(|item| given(&item.value)).collect())),
        Given::Group(settings) => group(settings),
        Given::Name(name) => format!("${name}"),
        Given::Call(name, arguments) if name.is_empty() && arguments.is_empty() => "?".to_owned(),
        Given::Call(name, arguments) => format!("{name}({})", list(arguments.iter().map(given).collect())),
    }
}
