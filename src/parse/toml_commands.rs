//! Commands that tools keep in TOML: tasks of pixi, Hatch, PDM and Poe, steps of cibuildwheel, commands of tox. Their
//! tables have many shapes, so every text counts, as one of a shell, and every list of words as one command.
//!
//! Not a parser of its own: the parsers of the files ask.

use super::install_command::{may_install, read_listed, read_mapped};
use super::toml::{Table, Toml, Value, entries};
use crate::model::Document;

/// Tables inside tables that are followed.
const MAXIMUM_DEPTH: u32 = 32;

/// Tools whose tables of a pyproject.toml hold commands.
pub(super) const TOOLS: &[&str] = &["cibuildwheel", "hatch", "pdm", "pixi", "poe", "rye", "taskipy", "thx", "tox"];
/// Keys of texts for people, and of texts that another reader takes.
const NO_COMMANDS: &[&str] =
    &["description", "help", "text", "keywords", "search", "replace", "legacy_tox_ini", "name"];

/// Reads what the commands in `table` install.
pub(super) fn read(document: &mut Document<'_>, toml: &Toml<'_>, table: &Table<'_>) {
    if may_install(document.source.text()) {
        tables(document, toml, table, 0);
    }
}

fn tables(document: &mut Document<'_>, toml: &Toml<'_>, table: &Table<'_>, depth: u32) {
    for (key, value) in entries(table) {
        if !NO_COMMANDS.contains(&&**key.get_ref()) {
            self::value(document, toml, value, depth);
        }
    }
}

fn value(document: &mut Document<'_>, toml: &Toml<'_>, value: &Value<'_>, depth: u32) {
    if depth > MAXIMUM_DEPTH {
        return;
    }
    let inner = value.get_ref();
    if let Some(text) = inner.as_str() {
        read_mapped(text, toml.map(value.span(), text), document);
    } else if let Some(table) = inner.as_table() {
        tables(document, toml, table, depth + 1);
    } else if let Some(items) = inner.as_array() {
        let texts: Vec<(&Value<'_>, &str)> =
            items.iter().filter_map(|item| Some((item, item.get_ref().as_str()?))).collect();
        if texts.len() == items.len() && texts.len() > 1 && texts.iter().all(|(_, text)| !text.contains(' ')) {
            // `["pip", "install", "torch==1.13.1"]`
            let words = texts.iter().map(|(value, text)| ((*text).to_owned(), toml.map(value.span(), text)));
            read_listed(words, document);
        } else {
            items.iter().for_each(|item| self::value(document, toml, item, depth + 1));
        }
    }
}
