//! TOML with the place of every key and value; for all formats that are written in it.
//!
//! TOML 1.1 (<https://toml.io/en/v1.1.0>) as the `toml` crate reads it, nested at most as deep as that crate
//! allows. A broken file gives what could be read, and the first break.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::decoded::{Escapes, align};
use crate::model::{Document, NotificationKind, OffsetMap, Span};

/// A key with its place.
pub type Key<'a> = Spanned<DeString<'a>>;
/// A value with its place.
pub type Value<'a> = Spanned<DeValue<'a>>;
/// Keys and values; [`entries`] gives them in the order of the file.
pub type Table<'a> = DeTable<'a>;

/// One TOML text.
pub struct Toml<'a> {
    text: &'a str,
    base: usize,
    /// Its top-level table.
    pub root: Table<'a>,
}

/// Reads `text`, which stands `base` bytes into its file; a break becomes a notification.
pub fn parse<'a>(document: &mut Document<'_>, text: &'a str, base: usize) -> Toml<'a> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if let Some(error) = errors.first() {
        let at = base.saturating_add(error.span().map_or(0, |span| span.start));
        document.notify_at(at, NotificationKind::Malformed, format!("not valid TOML: {}", error.message()));
    }
    Toml { text, base, root: root.into_inner() }
}

impl Toml<'_> {
    /// A place of this text as a place of its file.
    pub fn span(&self, range: Range<usize>) -> Span {
        Span::new(range.start, range.end).shifted(self.base)
    }

    /// The place of a string's text, without its quotes; the whole value when it is no string.
    pub fn text_span(&self, value: &Value<'_>) -> Span {
        match value.get_ref().as_str() {
            Some(text) => self.map(value.span(), text).source_span(Span::new(0, text.len())),
            None => self.span(value.span()),
        }
    }

    /// Where the bytes of a string's text stand in the file.
    pub fn map(&self, range: Range<usize>, decoded: &str) -> OffsetMap {
        let raw = self.text.get(range.clone()).unwrap_or_default();
        let quotes =
            ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| raw.starts_with(quotes)).unwrap_or_default();
        let body = raw.get(quotes.len()..).unwrap_or_default();
        // A string that is not closed ends with its line.
        let inner = body.strip_suffix(quotes).unwrap_or(body);
        let origin = self.base.saturating_add(range.start).saturating_add(quotes.len());
        if inner == decoded {
            return OffsetMap::identity(origin, inner.len());
        }
        let escapes = if quotes.starts_with('"') { Escapes::Backslash } else { Escapes::None };
        align(inner, origin, decoded, escapes)
    }
}

/// The table at `path` below `table`.
pub fn table<'t, 'a>(table: &'t Table<'a>, path: &[&str]) -> Option<&'t Table<'a>> {
    let mut table = table;
    for part in path {
        table = table.get(*part)?.get_ref().as_table()?;
    }
    Some(table)
}

/// The text of the string at `key`.
pub fn text<'t>(table: &'t Table<'_>, key: &str) -> Option<&'t str> {
    table.get(key)?.get_ref().as_str()
}

/// The items of the array at `key`; none when there is no array.
pub fn items<'t, 'a>(table: &'t Table<'a>, key: &str) -> impl Iterator<Item = &'t Value<'a>> {
    table.get(key).and_then(|value| value.get_ref().as_array()).into_iter().flat_map(|array| array.iter())
}

/// Keys and values in the order of the file.
pub fn entries<'t, 'a>(table: &'t Table<'a>) -> Vec<(&'t Key<'a>, &'t Value<'a>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The parts of a lock file: what stands before the first line `[[NAME]]`, then each such table with all that
/// belongs to it, with the offset of each part in `text`.
///
/// A part is a TOML text of its own, so a lock of any size is read with the memory of its largest package, and
/// a break in one package leaves the others. A line `[[NAME]]` inside a string of several lines, which no
/// locking tool writes, would be cut.
pub fn parts<'a>(text: &'a str, name: &str) -> impl Iterator<Item = (usize, &'a str)> {
    let header = format!("[[{name}]]");
    let mut at = 0;
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let rest = text.get(at..)?;
        let mut search = 0;
        let end = loop {
            let Some(found) = rest.get(search..).and_then(|rest| rest.find(&header)) else { break None };
            let found = search + found;
            if found > 0 && rest.get(..found).is_some_and(|before| before.ends_with('\n')) {
                break Some(found);
            }
            search = found + header.len();
        };
        let start = at;
        match end {
            Some(end) => at += end,
            None => done = true,
        }
        text.get(start..start + end.unwrap_or(rest.len())).map(|part| (start, part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArtifactPath, Source};

    fn with<T>(text: &str, check: impl FnOnce(&Toml<'_>, &Document<'_>) -> T) -> T {
        let source = Source::new(ArtifactPath::new("x.toml"), text.as_bytes());
        let mut document = Document::new(&source);
        let toml = parse(&mut document, text, 0);
        check(&toml, &document)
    }

    #[test]
    fn strings_of_every_kind_map_back() {
        let text = "a = \"x torch\"\nb = 'x torch'\nc = \"\"\"\nx\n torch\"\"\"\nd = \"\\u0041\\t torch\"\n";
        with(text, |toml, _| {
            for (key, value) in entries(&toml.root) {
                let decoded = value.get_ref().as_str().unwrap();
                let at = decoded.find("torch").unwrap();
                let span = toml.map(value.span(), decoded).source_span(Span::new(at, at + 5));
                assert_eq!(span.slice(text.as_bytes()), b"torch", "{}", key.get_ref());
            }
        });
    }

    #[test]
    fn a_break_is_told_and_the_rest_is_read() {
        with("a = 1\nb = = 2\nc = 3\n", |toml, document| {
            assert!(toml.root.contains_key("a") && toml.root.contains_key("c"));
            assert_eq!(document.notifications[0].line, Some(2));
        });
    }

    #[test]
    fn a_lock_falls_into_its_packages() {
        let text = "version = 1\n\n[[package]]\nname = \"a\"\n[package.source]\nx = \"[[package]]\"\n[[package]]\nname = \"b\"\n";
        let parts: Vec<_> = parts(text, "package").collect();
        assert_eq!(parts.len(), 3);
        assert!(parts[2].1.starts_with("[[package]]\nname = \"b\""));
        assert_eq!(parts.iter().map(|(_, part)| part.len()).sum::<usize>(), text.len());
        assert_eq!(super::parts("[[package]]\nname = 1", "package").count(), 1);
        assert_eq!(super::parts("", "package").count(), 1);
    }
}
