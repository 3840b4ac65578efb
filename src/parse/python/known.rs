//! What the bytes of a text tell of a name in it: whether a function that is asked about may be meant.

use memchr::memmem;

use super::Dialect;
use super::gate::Word;
use super::prose;
use crate::model::Span;

/// Names whose origin is looked up; after that many others, the text passes.
const MAXIMUM_NAMES: usize = 64;
/// Bytes of a line before a name, and behind it, that are looked at; in a longer line the text passes. Each name of a text of
/// one line would ask for the whole line.
const MAXIMUM_LINE: usize = 4096;

/// What has been found out about a text so far.
pub(super) struct Known<'t> {
    text: &'t [u8],
    dialect: Dialect,
    /// First parts of functions that stand in it.
    pub(super) heads: u128,
    gets_attributes: Option<bool>,
    imports_all: Option<bool>,
    given: Vec<(&'t [u8], &'t [u8], bool)>,
    /// What is no code.
    prose: Option<Vec<Span>>,
}

impl<'t> Known<'t> {
    pub(super) fn new(text: &'t [u8], dialect: Dialect) -> Self {
        Self { text, dialect, heads: 0, gets_attributes: None, imports_all: None, given: Vec::new(), prose: None }
    }

    /// True when the function at `name` may be one that is asked about.
    pub(super) fn is_of_interest(&mut self, word: &Word, name: Span, file_name: &str) -> bool {
        let is_own = name.slice(self.text) == b"setup" && file_name.ends_with("setup.py");
        let is_known = word.is_method || self.dialect == Dialect::Cell || word.heads & self.heads != 0;
        (is_own || is_known && self.may_be_called(word, name)) && !self.is_prose(name.start)
    }

    /// True in comments and documentation of a script. In a cell, lines of other languages may stand.
    pub(super) fn is_prose(&mut self, at: usize) -> bool {
        if self.dialect == Dialect::Cell {
            return false;
        }
        let spans = self.prose.get_or_insert_with(|| prose::spans(self.text));
        let next = spans.partition_point(|span| span.end <= at);
        spans.get(next).is_some_and(|span| span.start <= at)
    }

    /// True when the text takes attributes by their names.
    fn gets_attributes(&mut self) -> bool {
        *self.gets_attributes.get_or_insert_with(|| memmem::find(self.text, b"getattr").is_some())
    }

    /// `from azure.ai.ml.entities import *`; what a module of the same package gives is its own.
    fn imports_all(&mut self) -> bool {
        let text = self.text;
        let is_all = |at: usize| {
            let (before, after) = text.split_at(at.min(text.len()));
            let is_star = after.get(6..).unwrap_or_default().trim_ascii_start().starts_with(b"*");
            is_star && line_before(before).is_none_or(|line| !is_relative(line))
        };
        *self.imports_all.get_or_insert_with(|| memmem::find_iter(text, b"import").any(is_all))
    }

    /// A call, a reference to the function, or its import; not its definition, and not a word of prose.
    fn may_be_called(&mut self, word: &Word, name: Span) -> bool {
        let before = self.text.get(..name.start).unwrap_or_default();
        let after = self.text.get(name.end..).unwrap_or_default();
        let next = after.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\\' | b'\r' | b'\n'));
        // `torch. load`
        if let Some(owner) = before.trim_ascii_end().strip_suffix(b".") {
            let is_assigned = next == Some(&b'=') && !after.trim_ascii_start().starts_with(b"==");
            return word.is_method || !is_assigned && self.may_own(word, name, owner);
        }
        match before.last() {
            // `getattr(pickle, "loads")`
            Some(b'"' | b'\'') => word.is_method || self.gets_attributes(),
            _ => {
                let before = before.trim_ascii_end();
                match next {
                    Some(b'(') => !before.ends_with(b"def") && !before.ends_with(b"class") && self.may_be_function(word, name),
                    // `trust_remote_code=True`
                    Some(b'=') => word.is_method,
                    // `load: bool`
                    Some(b':') => false,
                    // `f(loads, x)`, not `from pickle import (loads, x)`
                    Some(b',' | b')') if is_argument(before) => self.may_be_function(word, name),
                    // `from pickle import loads`, also in a list of its own lines, and what stands alone as an argument.
                    None | Some(b',' | b')' | b'#' | b';') => true,
                    _ => before.ends_with(b"import") || before.ends_with(b",") || before.ends_with(b"(") || after.trim_ascii_start().starts_with(b"as "),
                }
            }
        }
    }

    /// True when a name that stands alone may be such a function. Where it is imported under this name, it passes there.
    fn may_be_function(&mut self, word: &Word, name: Span) -> bool {
        let name = name.slice(self.text);
        word.is_method || self.dialect == Dialect::Cell || self.imports_all() || self.is_given(name, name, word)
    }

    /// True when what stands at the end of `before`, which a dot follows, may be a module or a class that owns such a function.
    fn may_own(&mut self, word: &Word, name: Span, before: &'t [u8]) -> bool {
        let chain = before.iter().rev().take(200).take_while(|byte| is_name(**byte) || **byte == b'.').count();
        let chain = before.get(before.len() - chain..).unwrap_or_default();
        let root = chain.split(|byte| *byte == b'.').next().unwrap_or_default();
        let is_owner = |owner: &String| owner.as_bytes() == root;
        // A method or an attribute of its own: not what was imported.
        if matches!(root, b"self" | b"cls") {
            return false;
        }
        // What a cell calls may be named in another.
        if self.dialect == Dialect::Cell || root.is_empty() || chain.len() >= 200 || word.owners.iter().any(is_owner) {
            return true;
        }
        self.is_given(root, name.slice(self.text), word)
    }

    /// True when `name` is given to something by an import or an assignment of this text: `import pickle as name`,
    /// `from six.moves import name`, `name = import_module("pickle")`. Looked up once for each name and function.
    fn is_given(&mut self, name: &'t [u8], function: &'t [u8], word: &Word) -> bool {
        if let Some((.., known)) = self.given.iter().find(|(known, of, _)| (*known, *of) == (name, function)) {
            return *known;
        }
        let text = self.text;
        let is_given = self.given.len() >= MAXIMUM_NAMES
            || memmem::find_iter(text, name).any(|at| gives(text, Span::new(at, at + name.len()), word) && !self.is_prose(at));
        self.given.push((name, function, is_given));
        is_given
    }
}

/// True when the name at `name` is imported or assigned there. Modules of the same package are of use only where they
/// name an owner of `word`.
fn gives(text: &[u8], name: Span, word: &Word) -> bool {
    if !is_whole(text, name) {
        return false;
    }
    let (before, after) = (text.get(..name.start).unwrap_or_default(), text.get(name.end..).unwrap_or_default());
    let (Some(line), Some(rest)) = (line_before(before), line_after(after)) else { return true };
    let names_owner = |line: &[u8]| word.owners.iter().any(|owner| memmem::find(line, owner.as_bytes()).is_some());
    if is_relative(line) && !names_owner(line) && !names_owner(rest) {
        return false;
    }
    let is_assigned = rest.starts_with(b"=") && !rest.starts_with(b"==") || rest.starts_with(b":=") || rest.starts_with(b":") && memchr::memchr(b'=', rest).is_some();
    let is_imported = line.starts_with(b"from ") && memmem::find(line, b"import").is_some();
    let is_listed = line.is_empty() && (rest.is_empty() || rest.starts_with(b",") || rest.starts_with(b"#") || rest.starts_with(b")"));
    // `import os, json` names what it always names.
    let is_in_list = line.ends_with(b",") && !(line.starts_with(b"import ") && memchr::memchr(b';', line).is_none());
    is_assigned && before.last() != Some(&b'.') || is_imported || is_listed || line.ends_with(b" as") || is_in_list
}

/// The part of its line that stands at the end of `before`; `None` in a very long line.
fn line_before(before: &[u8]) -> Option<&[u8]> {
    let near = before.len().saturating_sub(MAXIMUM_LINE);
    let near = before.get(near..).unwrap_or_default();
    match memchr::memrchr2(b'\n', b'\r', near) {
        Some(end) => near.get(end + 1..),
        None => (near.len() == before.len()).then_some(near),
    }
    .map(<[u8]>::trim_ascii)
}

/// The part of its line that stands at the start of `after`; `None` in a very long line.
fn line_after(after: &[u8]) -> Option<&[u8]> {
    let near = after.get(..MAXIMUM_LINE).unwrap_or(after);
    let end = prose::line_end(near, 0);
    (end < near.len() || near.len() == after.len()).then(|| near.get(..end).unwrap_or_default().trim_ascii())
}

/// `from .module import`
fn is_relative(line: &[u8]) -> bool {
    line.strip_prefix(b"from").is_some_and(|line| line.trim_ascii_start().starts_with(b"."))
}

/// True behind the opening parenthesis of a call, not behind that of an import.
fn is_argument(before: &[u8]) -> bool {
    before.strip_suffix(b"(").is_some_and(|before| !before.trim_ascii_end().ends_with(b"import"))
}

pub(super) fn is_whole(text: &[u8], name: Span) -> bool {
    let is_part = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|byte| is_name(*byte));
    !is_part(name.start.checked_sub(1)) && !is_part(Some(name.end))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
