//! YAML as a small tree in which every node knows its bytes; for all formats that are written in it.
//!
//! YAML 1.2 (<https://yaml.org/spec/1.2.2/>) as `granit-parser` reads it. Scalars stay text: which of them is a
//! number or a boolean is for the format to say. Aliases are replaced by what they name, up to
//! [`ALIAS_BUDGET`] nodes in all; collections nest up to 255 deep (the parser's limit). A broken file gives
//! the tree up to the break, and the break.

mod scalar;
mod template;

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle};

use crate::model::{Document, NotificationKind, OffsetMap, Span};

/// How many nodes all aliases of one file together may stand for.
pub const ALIAS_BUDGET: usize = 100_000;

/// The documents of one file.
pub struct Tree<'a> {
    text: &'a str,
    base: usize,
    /// Its documents, in order.
    pub documents: Vec<Node<'a>>,
    /// Where and why reading stopped early.
    pub error: Option<YamlError>,
}

/// Why a file was not read to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// Byte of the file.
    pub at: usize,
    /// What is wrong; holds nothing of the file.
    pub message: String,
}

/// A scalar or a collection.
#[derive(Clone)]
pub struct Node<'a> {
    /// What it is.
    pub value: Value<'a>,
    /// Its bytes in the file: for a scalar with its quotes, for a collection from its first to its last item.
    /// For an alias, the bytes of what it names.
    pub span: Span,
}

/// What a [`Node`] holds.
#[derive(Clone)]
pub enum Value<'a> {
    /// Text, decoded.
    Scalar(Cow<'a, str>, ScalarStyle),
    /// `- a` or `[a]`.
    Sequence(Vec<Node<'a>>),
    /// `a: b` or `{a: b}`, in order; keys can repeat.
    Mapping(Vec<(Node<'a>, Node<'a>)>),
}

/// Reads `text`, which stands `base` bytes into its file.
pub fn parse(text: &str, base: usize) -> Tree<'_> {
    let (documents, error) = Builder::new(base).run(text);
    Tree { text, base, documents, error }
}

/// Reads `text` in which a template engine has still to fill in `{{ … }}` and carry out `{% … %}`: the former
/// stay part of the scalars around them, the latter count as blanks.
pub fn parse_template(text: &str, base: usize) -> Tree<'_> {
    let masked = template::mask(text);
    let (documents, error) = Builder::new(base).run(&masked);
    let documents = documents.into_iter().map(|document| template::unmask(document, text, base)).collect();
    Tree { text, base, documents, error }
}

/// Reads `text` as it stands or, where it is no YAML so, as a template; a break becomes a notification.
pub fn read<'a>(document: &mut Document<'_>, text: &'a str, base: usize) -> Tree<'a> {
    let mut tree = parse(text, base);
    if tree.error.is_some() {
        let filled = parse_template(text, base);
        if filled.error.is_none() {
            tree = filled;
        }
    }
    if let Some(error) = &tree.error {
        document.notify_at(error.at, NotificationKind::Malformed, error.message.clone());
    }
    tree
}

/// The items of the top-level list at `key`, each with its offset in `text` and as a text of its own that holds
/// that one item; first comes what stands before the list.
///
/// So a lock of any size is read with the memory of its largest entry, and a break in one entry leaves the
/// others. Only for files that a tool writes: block style, one `key:` at the start of a line, no anchors.
pub fn parts<'a>(text: &'a str, key: &str) -> impl Iterator<Item = (usize, &'a str)> {
    let mut lines = Lines { text, at: 0 };
    let mut indent: Option<usize> = None;
    let mut start = 0;
    let mut inside = false;
    let mut over = false;
    std::iter::from_fn(move || {
        while !over {
            let Some((at, line)) = lines.next() else {
                over = true;
                return text.get(start..).map(|part| (start, part));
            };
            let depth = line.len() - line.trim_start_matches(' ').len();
            let item = line.trim_start_matches(' ').starts_with('-') && !line.starts_with("---");
            let is_key = depth == 0 && line.strip_prefix(key).is_some_and(|rest| rest.trim_end() == ":");
            let ends = inside && depth == 0 && !item && !line.trim().is_empty() && !line.starts_with('#');
            let begins = (inside && item && indent.is_none_or(|indent| indent == depth)) || ends;
            if begins {
                indent = Some(depth);
            }
            if ends {
                inside = false;
            }
            if is_key {
                inside = true;
                indent = None;
            }
            if begins && at > start {
                let part = text.get(start..at).map(|part| (start, part));
                start = at;
                return part;
            }
        }
        None
    })
}

/// Lines with their offsets, without line ends.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let len = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        let start = self.at;
        self.at = start.saturating_add(len);
        rest.get(..len).map(|line| (start, line.trim_end_matches(['\n', '\r'])))
    }
}

impl<'a> Tree<'a> {
    /// The first document.
    pub fn root(&self) -> Option<&Node<'a>> {
        self.documents.first()
    }

    /// Where the bytes of a scalar's text stand in the file.
    pub fn map(&self, node: &Node<'_>) -> OffsetMap {
        match &node.value {
            Value::Scalar(text, style) => scalar::map(self.text, self.base, node.span, text, *style),
            Value::Sequence(_) | Value::Mapping(_) => OffsetMap::identity(node.span.start, node.span.len()),
        }
    }
}

impl<'a> Node<'a> {
    /// The text of a scalar; nothing for a collection and for null.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, ScalarStyle::Plain) if matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL") => {
                None
            }
            Value::Scalar(text, _) => Some(text),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// The items of a sequence; none for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            Value::Scalar(..) | Value::Mapping(_) => &[],
        }
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.value {
            Value::Mapping(entries) => entries,
            Value::Scalar(..) | Value::Sequence(_) => &[],
        }
    }

    /// The value of `key`: of several the last, as common readers take it; else what `<<` brings in.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value of `key`.
    pub fn entry(&self, key: &str) -> Option<(&Self, &Self)> {
        if let Some(own) = self.own_entry(key) {
            return Some(own);
        }
        let (_, merged) = self.own_entry("<<")?;
        let sources = match &merged.value {
            Value::Sequence(items) => items,
            Value::Scalar(..) | Value::Mapping(_) => std::slice::from_ref(merged),
        };
        sources.iter().find_map(|source| source.own_entry(key))
    }

    fn own_entry(&self, key: &str) -> Option<(&Self, &Self)> {
        self.entries().iter().rfind(|(name, _)| name.text() == Some(key)).map(|(name, value)| (name, value))
    }
}

/// A collection whose end has not come yet.
struct Open<'a> {
    node: Node<'a>,
    key: Option<Node<'a>>,
    anchor: usize,
}

/// Builds the tree from events, without recursion.
struct Builder<'a> {
    base: usize,
    documents: Vec<Node<'a>>,
    open: Vec<Open<'a>>,
    /// Anchored nodes and how many nodes each is.
    anchors: HashMap<usize, (Node<'a>, usize)>,
    aliased: usize,
}

impl<'a> Builder<'a> {
    fn new(base: usize) -> Self {
        Self { base, documents: Vec::new(), open: Vec::new(), anchors: HashMap::new(), aliased: 0 }
    }

    fn run(mut self, text: &'a str) -> (Vec<Node<'a>>, Option<YamlError>) {
        let mut options = Options::default();
        options.set_emit_comments(false);
        let mut error = None;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = match event {
                Ok(event) => event,
                Err(broken) => {
                    let at = self.base.saturating_add(broken.marker().byte_offset().unwrap_or_default());
                    error = Some(YamlError { at, message: format!("not valid YAML: {}", broken.info()) });
                    break;
                }
            };
            let bytes = span.byte_range().unwrap_or_default();
            let span = Span::new(bytes.start, bytes.end).shifted(self.base);
            if let Err(broken) = self.take(event, span) {
                error = Some(broken);
                break;
            }
        }
        // What was open when the file broke off ends there.
        while let Some(open) = self.open.pop() {
            self.close(open);
        }
        (self.documents, error)
    }

    fn take(&mut self, event: Event<'a>, span: Span) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                self.put(Node { value: Value::Scalar(text, style), span }, anchor);
            }
            Event::SequenceStart(_, anchor, _) => {
                let node = Node { value: Value::Sequence(Vec::new()), span };
                self.open.push(Open { node, key: None, anchor });
            }
            Event::MappingStart(_, anchor, _) => {
                let node = Node { value: Value::Mapping(Vec::new()), span };
                self.open.push(Open { node, key: None, anchor });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.close(open);
                }
            }
            Event::Alias(anchor) => {
                // An alias inside its own anchor has nothing to stand for yet.
                if let Some((node, size)) = self.anchors.get(&anchor) {
                    self.aliased = self.aliased.saturating_add(*size);
                    if self.aliased > ALIAS_BUDGET {
                        let message = "its aliases stand for more nodes than are followed".to_owned();
                        return Err(YamlError { at: span.start, message });
                    }
                    let node = node.clone();
                    self.put(node, 0);
                } else {
                    self.put(Node { value: Value::Scalar(Cow::Borrowed(""), ScalarStyle::Plain), span }, 0);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, mut open: Open<'a>) {
        if let (Some(key), Value::Mapping(entries)) = (open.key.take(), &mut open.node.value) {
            let at = Span::new(key.span.end, key.span.end);
            entries.push((key, Node { value: Value::Scalar(Cow::Borrowed(""), ScalarStyle::Plain), span: at }));
        }
        let last = match &open.node.value {
            Value::Sequence(items) => items.last().map(|item| item.span.end),
            Value::Mapping(entries) => entries.last().map(|(key, value)| key.span.end.max(value.span.end)),
            Value::Scalar(..) => None,
        };
        open.node.span = Span::new(open.node.span.start, last.unwrap_or(open.node.span.end));
        self.put(open.node, open.anchor);
    }

    /// Puts a finished node where it belongs.
    fn put(&mut self, node: Node<'a>, anchor: usize) {
        if anchor != 0 {
            let size = size(&node);
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.open.last_mut() {
            None => self.documents.push(node),
            Some(Open { node: Node { value: Value::Sequence(items), .. }, .. }) => items.push(node),
            Some(Open { node: Node { value: Value::Mapping(entries), .. }, key, .. }) => match key.take() {
                None => *key = Some(node),
                Some(name) => entries.push((name, node)),
            },
            Some(Open { node: Node { value: Value::Scalar(..), .. }, .. }) => {}
        }
    }
}

/// The number of nodes in a tree, which is at most 255 deep plus what aliases add: counted without recursion.
fn size(node: &Node<'_>) -> usize {
    let (mut count, mut rest) = (0_usize, vec![node]);
    while let Some(node) = rest.pop() {
        count = count.saturating_add(1);
        rest.extend(node.items());
        rest.extend(node.entries().iter().flat_map(|(key, value)| [key, value]));
    }
    count
}

#[cfg(test)]
mod tests;
