//! Strings as the program sees them: literals that stand next to each other or are joined by `+` or in a list, continued
//! lines, and f-strings, templates and sums with the names in them that are known
//! (<https://docs.python.org/3/reference/lexical_analysis.html#string-and-bytes-literals>).
//!
//! One pass over the bytes that only knows comments, literals and `NAME = literal`, because it runs over every
//! Python file; a syntax tree would cost ten times as much. What is joined goes into one further segment,
//! one line for each string, after what stands before it on its line, so that a pattern sees its context.

use std::cell::LazyCell;

use foldhash::HashMap;

use crate::model::{OffsetMap, Segment, SegmentKind, Span};

mod format;
mod list;
mod sum;

/// Names whose values are remembered, and the length of a value.
const MAXIMUM_NAMES: usize = 4096;
const MAXIMUM_VALUE: usize = 4096;
/// What is kept of the line before a joined string.
const MAXIMUM_CONTEXT: usize = 120;

/// The joined strings of `segment`, if it has any.
pub fn joined<'a>(segment: &Segment<'_>) -> Option<Segment<'a>> {
    let text = segment.text.as_ref();
    let mut scanner =
        Scanner { text, at: 0, names: HashMap::default(), has_piece: false, budget: text.len(), out: Text::default() };
    scanner.scan();
    scanner.sums();
    let Text { bytes, map } = scanner.out;
    (!bytes.is_empty()).then(|| {
        let map = map.through(&segment.map);
        let mut joined = Segment::new(bytes, map, SegmentKind::Python, segment.logical.clone());
        joined.stable_name.clone_from(&segment.stable_name);
        joined
    })
}

/// Decoded bytes and where they came from.
#[derive(Clone, Default)]
struct Text {
    bytes: Vec<u8>,
    map: OffsetMap,
}

impl Text {
    fn push(&mut self, bytes: &[u8], source: usize, source_len: usize) {
        self.bytes.extend_from_slice(bytes);
        self.map.push(bytes.len(), source, source_len);
    }

    fn append(&mut self, other: &Self) {
        self.bytes.extend_from_slice(&other.bytes);
        self.map.append(&other.map);
    }
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    names: HashMap<&'t [u8], Definition>,
    /// The value of some name may be a piece of a secret.
    has_piece: bool,
    /// Bytes that known names may still add: no more than the text has, so that nothing grows out of bounds.
    budget: usize,
    out: Text,
}

/// A name that is given a value.
struct Definition {
    /// Where the name stands.
    at: usize,
    value: Known,
}

/// What a name stands for.
enum Known {
    /// One literal without names in it. Most are never asked for.
    Literal(Literal),
    Joined(Text),
}

/// A literal as it stands.
#[derive(Clone, Copy)]
struct Literal {
    /// What stands between the quotes.
    inner: Span,
    end: usize,
    is_raw: bool,
    is_format: bool,
}

impl Scanner<'_> {
    fn scan(&mut self) {
        while let Some(found) =
            self.text.get(self.at..).and_then(|rest| memchr::memchr3(b'"', b'\'', b'#', rest))
        {
            self.at += found;
            if self.text.get(self.at) == Some(&b'#') {
                self.skip_line();
            } else {
                self.string();
            }
        }
    }

    fn skip_line(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    /// Reads the string that begins at the quote here, with all that is joined to it.
    fn string(&mut self) {
        let start = self.at - self.prefix_length();
        let Some(first) = self.literal() else { return };
        // Most strings stand alone and hold no names: they cost no copy.
        let name = self.name_before(start);
        let added = self.added_before(start);
        let mut parts = 1 + added.len();
        self.at = first.end;
        if let Some((value, end)) = self.joined_list(&first).or_else(|| self.formatted(&first)) {
            self.at = end;
            self.remember(name, value.bytes.len(), || Known::Joined(value.clone()));
            self.emit(start, &value);
            return;
        }
        // Looked up once, and only where a line follows: its line may be long, and the string in many parts.
        let text = self.text;
        let margin = LazyCell::new(|| margin(text, start));
        let follows = self.next_part(&margin);
        if follows.is_none() && added.is_empty() && !first.is_format {
            self.remember(name, first.inner.len(), || Known::Literal(first));
            return;
        }
        let mut value = Text::default();
        for name in added {
            self.append_known(name.slice(text), &mut value);
        }
        self.decode(&first, &mut value, &mut parts);
        let mut follows = follows;
        while let Some(part) = follows {
            self.at = part;
            parts += 1;
            match self.text.get(part + self.prefix_ahead(part)) {
                Some(b'"' | b'\'') => {
                    self.at += self.prefix_ahead(part);
                    let Some(literal) = self.literal() else { break };
                    self.decode(&literal, &mut value, &mut parts);
                    self.at = literal.end;
                }
                _ => {
                    let length = name_length(self.text.get(part..).unwrap_or_default());
                    self.append_known(self.text.get(part..part + length).unwrap_or_default(), &mut value);
                    self.at += length.max(1);
                }
            }
            follows = self.next_part(&margin);
        }
        self.remember(name, value.bytes.len(), || Known::Joined(value.clone()));
        if parts > 1 && value.bytes.len() > 1 {
            self.emit(start, &value);
        }
    }

    fn remember(&mut self, name: Option<Span>, length: usize, value: impl FnOnce() -> Known) {
        if let Some(name) = name.filter(|_| self.names.len() < MAXIMUM_NAMES && length <= MAXIMUM_VALUE) {
            let value = value();
            let is_piece = |value: &Known| matches!(value, Known::Literal(one) if sum::is_piece(one.inner.slice(self.text)));
            self.has_piece = self.has_piece || is_piece(&value);
            self.names.insert(name.slice(self.text), Definition { at: name.start, value });
        }
    }

    /// Writes one joined string with the beginning of its line.
    fn emit(&mut self, start: usize, value: &Text) {
        let mut line = self.line_start(start);
        let mut context = self.text.get(line..start).unwrap_or_default();
        // `tok = (` before a string on the next line.
        if context.trim_ascii().is_empty() {
            let above = line.saturating_sub(1);
            line = self.line_start(above);
            context = self.text.get(line..above).unwrap_or_default();
        }
        let context = context.trim_ascii_end();
        let context = context.strip_suffix(b"(").unwrap_or(context).trim_ascii_end();
        self.out.push(context, line, context.len());
        self.out.push(b" \"", start, 0);
        debug_assert_eq!(self.out.bytes.len(), self.out.map.decoded_len());
        self.out.append(value);
        self.out.push(b"\"\n", self.at, 0);
    }

    /// Where the line of `at` starts, or what is kept of it: a text of one line may hold a million strings.
    fn line_start(&self, at: usize) -> usize {
        let earliest = at.saturating_sub(MAXIMUM_CONTEXT);
        let before = self.text.get(earliest..at).unwrap_or_default();
        memchr::memrchr(b'\n', before).map_or(earliest, |end| earliest + end + 1)
    }

    /// The literal whose quote is here; steps over the quote when there is no end.
    fn literal(&mut self) -> Option<Literal> {
        let start = self.at;
        let quote = self.text.get(start).copied()?;
        let prefix = self.prefix_length();
        let prefix = self.text.get(start - prefix..start).unwrap_or_default();
        let has = |letter: u8| prefix.iter().any(|byte| byte.to_ascii_lowercase() == letter);
        let (is_raw, is_format) = (has(b'r'), has(b'f') || has(b't'));
        let is_triple = self.text.get(start..start + 3).is_some_and(|three| three.iter().all(|byte| *byte == quote));
        let width = if is_triple { 3 } else { 1 };
        let mut at = start + width;
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            let end = match is_triple {
                true => memchr::memchr2(quote, b'\\', rest),
                false => memchr::memchr3(quote, b'\\', b'\n', rest),
            };
            let Some(found) = end else {
                // Not closed: a single quote ends here, a triple one with the file.
                self.at = if is_triple { self.text.len() } else { start + width };
                return None;
            };
            at += found;
            match rest.get(found) {
                Some(b'\\') => at += 2,
                Some(b'\n') => {
                    self.at = start + 1;
                    return None;
                }
                _ if !is_triple => break,
                _ if rest.get(found..found + 3).is_some_and(|three| three.iter().all(|byte| *byte == quote)) => break,
                _ => at += 1,
            }
        }
        Some(Literal { inner: Span::new(start + width, at), end: at + width, is_raw, is_format })
    }

    /// The length of the prefix letters before the quote here.
    fn prefix_length(&self) -> usize {
        let before = self.text.get(..self.at).unwrap_or_default();
        let letters = before.iter().rev().take(3).take_while(|byte| is_prefix(**byte)).count();
        let earlier = before.len().checked_sub(letters + 1).and_then(|at| before.get(at));
        let is_word = earlier.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if letters > 2 || is_word { 0 } else { letters }
    }

    /// The length of a prefix from `at` on; 0 when no quote follows it.
    fn prefix_ahead(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let letters = rest.iter().take(3).take_while(|byte| is_prefix(**byte)).count();
        if matches!(rest.get(letters), Some(b'"' | b'\'')) && letters <= 2 { letters } else { 0 }
    }

    /// Where the next part of a joined string begins: another literal, or `+` and a literal or a known name.
    fn next_part(&self, margin: &LazyCell<usize, impl FnOnce() -> usize>) -> Option<usize> {
        let mut at = self.at;
        let mut plus = false;
        // Columns since a line end that no backslash takes back.
        let mut column = None;
        loop {
            let rest = self.text.get(at..)?;
            match rest.first()? {
                b'\n' => {
                    column = Some(0);
                    at += 1;
                }
                b' ' | b'\t' | b'\r' => {
                    column = column.map(|column: usize| column + 1);
                    at += 1;
                }
                b'\\' if matches!(rest.get(1), Some(b'\n')) => at += 2,
                b'\\' if matches!(rest.get(1..3), Some(b"\r\n")) => at += 3,
                b'#' => at += memchr::memchr(b'\n', rest)?,
                _ if column.is_some_and(|column| column < **margin) => return None,
                b'+' if !plus && rest.get(1) != Some(&b'=') => {
                    plus = true;
                    at += 1;
                }
                b'"' | b'\'' => return Some(at),
                byte if is_prefix(*byte) && self.prefix_ahead(at) > 0 => return Some(at),
                _ if plus => {
                    let length = name_length(rest);
                    return (length > 0 && self.names.contains_key(rest.get(..length)?)).then_some(at);
                }
                _ => return None,
            }
        }
    }

    /// The name in `NAME = ` before `start`, also before an opening parenthesis.
    fn name_before(&self, start: usize) -> Option<Span> {
        let before = self.text.get(..start)?.trim_ascii_end();
        let before = before.strip_suffix(b"(").unwrap_or(before).trim_ascii_end();
        let before = before.strip_suffix(b"=")?;
        if before.last().is_some_and(|byte| matches!(byte, b'=' | b'!' | b'<' | b'>' | b'+')) {
            return None;
        }
        self.name_that_ends(before.trim_ascii_end().len())
    }

    fn name_that_ends(&self, end: usize) -> Option<Span> {
        let before = self.text.get(..end)?;
        let length = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        (length > 0).then(|| Span::new(end - length, end))
    }

    fn append_known(&mut self, name: &[u8], value: &mut Text) {
        let Some(Definition { value: known, .. }) = self.names.get(name) else { return };
        let length = match known {
            Known::Literal(literal) => literal.inner.len(),
            Known::Joined(text) => text.bytes.len(),
        };
        let Some(left) = self.budget.checked_sub(length) else { return };
        self.budget = left;
        match known {
            Known::Joined(text) => value.append(text),
            Known::Literal(literal) => {
                let literal = *literal;
                self.decode(&literal, value, &mut 0);
            }
        }
    }

    /// Appends the value of a literal. `parts` counts what an f-string adds.
    fn decode(&mut self, literal: &Literal, value: &mut Text, parts: &mut usize) {
        let (mut at, end) = (literal.inner.start, literal.inner.end);
        while at < end {
            let rest = self.text.get(at..end).unwrap_or_default();
            let plain = rest
                .iter()
                .position(|byte| {
                    (*byte == b'\\' && !literal.is_raw) || (literal.is_format && matches!(byte, b'{' | b'}'))
                })
                .unwrap_or(rest.len());
            value.push(rest.get(..plain).unwrap_or_default(), at, plain);
            at += plain;
            let rest = rest.get(plain..).unwrap_or_default();
            match rest {
                [] => {}
                [b'{', b'{', ..] | [b'}', b'}', ..] => {
                    value.push(&rest[..1], at, 2);
                    at += 2;
                }
                [b'{', ..] => {
                    let length = memchr::memchr(b'}', rest).map_or(rest.len(), |close| close + 1);
                    let inner = rest.get(1..length.saturating_sub(1)).unwrap_or_default().trim_ascii();
                    // A part that is not known leaves nothing: the constants around it stand together.
                    self.append_known(inner, value);
                    *parts += 1;
                    at += length;
                }
                [b'\\', ..] => {
                    let mut buffer = [0; 4];
                    let (decoded, length) = super::escape::decode(rest, &mut buffer);
                    value.push(decoded, at, length);
                    at += length;
                }
                _ => {
                    value.push(rest.get(..1).unwrap_or_default(), at, 1);
                    at += 1;
                }
            }
        }
    }
}

/// The columns that a following line must be indented for a string that begins at `start` to go on there: brackets are not
/// followed, so the indentation has to tell a joined string from the next statement.
fn margin(text: &[u8], start: usize) -> usize {
    let before = text.get(..start).unwrap_or_default();
    let line = memchr::memrchr(b'\n', before).map_or(before, |at| before.get(at + 1..).unwrap_or_default());
    let indent = line.len() - line.trim_ascii_start().len();
    if indent == line.len() { indent.max(1) } else { indent + 1 }
}

fn is_prefix(byte: u8) -> bool {
    matches!(byte.to_ascii_lowercase(), b'r' | b'b' | b'u' | b'f' | b't')
}

/// The length of the name at the beginning of `rest`.
fn name_length(rest: &[u8]) -> usize {
    match rest.first() {
        Some(byte) if byte.is_ascii_digit() => 0,
        _ => rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count(),
    }
}
