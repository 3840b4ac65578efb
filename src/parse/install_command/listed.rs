//! Requirements that a command takes from a file by way of the shell: `pip install $(cat FILE)`,
//! `cat FILE | xargs pip install`, `xargs -a FILE pip install`.
//!
//! The file is read as a requirements file. The limit: what a filter (`grep -v`, `sed`) leaves out is not left out here.

use super::super::shell::{Command, Word};
use super::base_name;
use crate::model::{OffsetMap, Span};

/// Commands that print the lines of their last operand.
const PRINTERS: &[&str] = &["cat", "grep", "egrep", "sed", "awk", "head", "tail", "sort", "tr", "cut"];
/// Options of xargs that take the next word.
const TAKES_VALUE: &[&str] = &["-n", "-L", "-P", "-s", "-d", "-E", "--max-args", "--max-procs", "--delimiter"];

/// The file of `$(cat FILE)`, `$(< FILE)` and the same in backquotes.
pub(super) fn substituted(word: &Word) -> Option<Word> {
    let text = word.text.as_str();
    let inner = text.strip_prefix("$(").and_then(|text| text.strip_suffix(')'));
    let inner = inner.or_else(|| text.strip_prefix('`').and_then(|text| text.strip_suffix('`')))?;
    let first = inner.split('|').next().unwrap_or(inner);
    let from = text.find(first)?;
    let body = first.trim();
    let is_printed = body.starts_with('<') || PRINTERS.contains(&body.split_whitespace().next()?);
    let name = body.rsplit(|c: char| c.is_whitespace() || c == '<').next()?.trim_matches(['"', '\'']);
    if !is_printed || !is_file(name) {
        return None;
    }
    let at = from + first.rfind(name)?;
    let mut map = OffsetMap::default();
    map.push(name.len(), at, name.len());
    let map = map.through(&word.map);
    let span = map.source_span(Span::new(0, name.len()));
    Some(Word { text: name.to_owned(), map, span })
}

/// The file that a command prints for the one after the pipe.
pub(super) fn printed(command: &Command) -> Option<Word> {
    let name = base_name(&command.words.first()?.text);
    let file = command.words.get(1..)?.iter().rfind(|word| is_file(&word.text))?;
    PRINTERS.contains(&&*name).then(|| file.clone())
}

/// The command that `xargs` runs, and the file that it reads its arguments from when that is said.
pub(super) fn through_xargs(words: &[Word]) -> Option<(Vec<Word>, Option<Word>)> {
    if base_name(&words.first()?.text) != "xargs" {
        return None;
    }
    let (mut file, mut stand_in) = (None, None);
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.text.starts_with('-')) {
        match word.text.as_str() {
            "-a" | "--arg-file" => file = words.get(at + 1).cloned(),
            "-I" | "-i" => stand_in = words.get(at + 1).map(|word| word.text.clone()),
            option if !TAKES_VALUE.contains(&option) => at -= 1,
            _ => {}
        }
        at += 2;
    }
    let command = words.get(at..)?.iter().filter(|word| Some(&word.text) != stand_in.as_ref());
    Some((command.cloned().collect(), file))
}

/// Only what looks like a file's name is taken for one: an operand may be a pattern.
fn is_file(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/~".contains(c);
    text.rsplit('/').next().is_some_and(|name| name.contains('.')) && text.chars().all(plain)
}
