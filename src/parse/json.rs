//! JSON (RFC 8259, <https://www.rfc-editor.org/rfc/rfc8259>) read where it stands: a pull reader over bytes.
//!
//! Nothing is copied until it is asked for. A string is a token, [`decode`] gives its text with the map back
//! to the file. It forgives what real files hold: broken UTF-8, raw control characters, trailing commas,
//! `NaN`, and, when asked, comments. It builds no tree ([`tree`] does) and judges no numbers.

mod tree;

use std::borrow::Cow;

use crate::model::{OffsetMap, Span};

pub use tree::{Member, Node, Value, read, tree};

/// Containers inside containers that [`Reader::skip`] and [`tree`] follow.
pub const MAXIMUM_DEPTH: usize = 512;

/// Where and why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected} expected at byte {at}")]
pub struct JsonError {
    /// Byte offset.
    pub at: usize,
    /// What should have stood there.
    pub expected: &'static str,
}

/// What a value is, told by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    String,
    /// A number, `true`, `false`, `null`, or a word of the same alphabet (`NaN`).
    Scalar,
}

/// A string as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StringToken {
    /// What stands between the quotes.
    pub span: Span,
    /// True when it holds a backslash, so that its text differs from its bytes.
    pub escaped: bool,
}

impl StringToken {
    /// True when its text is `text`.
    pub fn is(self, source: &[u8], text: &str) -> bool {
        match self.escaped {
            false => self.span.slice(source) == text.as_bytes(),
            true => decode(source, self).0.as_ref() == text.as_bytes(),
        }
    }

    /// The string with its quotes.
    pub fn quoted(self) -> Span {
        Span::new(self.span.start.saturating_sub(1), self.span.end.saturating_add(1))
    }
}

/// Reads values one after the other.
#[derive(Clone)]
pub struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    comments: bool,
}

impl<'a> Reader<'a> {
    /// Begins at byte `at` of `text`; all offsets count from the beginning of `text`.
    pub fn new(text: &'a [u8], at: usize) -> Self {
        Self { text, at, comments: false }
    }

    /// Lets `//` and `/* */` stand where blanks may (JSON with comments, as in `devcontainer.json`).
    pub fn with_comments(self) -> Self {
        Self { comments: true, ..self }
    }

    /// The bytes that are read.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The offset of the next byte.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// What comes next, after blanks.
    pub fn peek(&mut self) -> Result<Kind, JsonError> {
        self.blanks();
        match self.byte() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::String),
            Some(byte) if is_scalar(byte) => Ok(Kind::Scalar),
            _ => Err(self.error("a value")),
        }
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<StringToken, JsonError> {
        self.blanks();
        self.expect(b'"', "a string")?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            match memchr::memchr2(b'"', b'\\', rest) {
                Some(found) if rest.get(found) == Some(&b'"') => {
                    let end = self.at + found;
                    self.at = end + 1;
                    return Ok(StringToken { span: Span::new(start, end), escaped });
                }
                Some(found) => {
                    escaped = true;
                    self.at = (self.at + found).saturating_add(2).min(self.text.len());
                }
                None => {
                    self.at = self.text.len();
                    return Err(self.error("the end of a string"));
                }
            }
        }
    }

    /// Reads an object; `each` must read exactly one value for the key that it gets.
    pub fn object(
        &mut self,
        mut each: impl FnMut(&mut Self, StringToken) -> Result<(), JsonError>,
    ) -> Result<Span, JsonError> {
        self.blanks();
        let start = self.at;
        self.expect(b'{', "an object")?;
        loop {
            self.blanks();
            if self.take(b'}') {
                return Ok(Span::new(start, self.at));
            }
            let key = self.string()?;
            self.blanks();
            self.expect(b':', "a colon")?;
            each(self, key)?;
            self.blanks();
            if !self.take(b',') && self.byte() != Some(b'}') {
                return Err(self.error("a comma or a closing brace"));
            }
        }
    }

    /// Reads an array; `each` must read exactly one value for the index that it gets.
    pub fn array(
        &mut self,
        mut each: impl FnMut(&mut Self, usize) -> Result<(), JsonError>,
    ) -> Result<Span, JsonError> {
        self.blanks();
        let start = self.at;
        self.expect(b'[', "an array")?;
        for index in 0.. {
            self.blanks();
            if self.take(b']') {
                break;
            }
            each(self, index)?;
            self.blanks();
            if !self.take(b',') && self.byte() != Some(b']') {
                return Err(self.error("a comma or a closing bracket"));
            }
        }
        Ok(Span::new(start, self.at))
    }

    /// Reads a number or a word.
    pub fn scalar(&mut self) -> Result<Span, JsonError> {
        self.blanks();
        let start = self.at;
        while self.byte().is_some_and(is_scalar) {
            self.at += 1;
        }
        match self.at > start {
            true => Ok(Span::new(start, self.at)),
            false => Err(self.error("a value")),
        }
    }

    /// Passes over one value of any kind, to a depth of [`MAXIMUM_DEPTH`]. Brackets must match; commas and
    /// colons inside are not checked.
    pub fn skip(&mut self) -> Result<Span, JsonError> {
        self.blanks();
        let start = self.at;
        let mut closing = [0_u8; MAXIMUM_DEPTH];
        let mut depth = 0;
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.string()?;
                }
                Some(open @ (b'{' | b'[')) => {
                    let Some(place) = closing.get_mut(depth) else { return Err(self.error("less nesting")) };
                    *place = if open == b'{' { b'}' } else { b']' };
                    depth += 1;
                    self.at += 1;
                }
                Some(close @ (b'}' | b']')) => {
                    depth = depth.checked_sub(1).ok_or_else(|| self.error("a value"))?;
                    if closing.get(depth) != Some(&close) {
                        return Err(self.error("the other closing bracket"));
                    }
                    self.at += 1;
                }
                Some(b',' | b':') if depth > 0 => self.at += 1,
                Some(byte) if is_scalar(byte) => {
                    self.scalar()?;
                }
                _ => return Err(self.error("a value")),
            }
            if depth == 0 {
                return Ok(Span::new(start, self.at));
            }
            self.blanks();
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.byte() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.take(byte) { Ok(()) } else { Err(self.error(expected)) }
    }

    fn error(&self, expected: &'static str) -> JsonError {
        JsonError { at: self.at.min(self.text.len()), expected }
    }

    fn blanks(&mut self) {
        loop {
            while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
                self.at += 1;
            }
            if !self.comments || self.byte() != Some(b'/') {
                return;
            }
            let rest = self.text.get(self.at..).unwrap_or_default();
            let length = match rest.get(1) {
                Some(b'/') => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                Some(b'*') => memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2),
                _ => return,
            };
            self.at += length;
        }
    }
}

fn is_scalar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_')
}

/// The text of a string, borrowed where it holds no escape, and the map from it to the file.
pub fn decode(source: &[u8], token: StringToken) -> (Cow<'_, [u8]>, OffsetMap) {
    let bytes = token.span.slice(source);
    if !token.escaped {
        return (Cow::Borrowed(bytes), OffsetMap::identity(token.span.start, bytes.len()));
    }
    let mut text = Vec::with_capacity(bytes.len());
    let mut map = OffsetMap::default();
    decode_onto(source, token, &mut text, &mut map);
    (Cow::Owned(text), map)
}

/// Appends the text of a string to `text`, whose map is `map`.
///
/// A lone surrogate becomes U+FFFD. An escape that JSON does not know stays as it is written.
pub fn decode_onto(source: &[u8], token: StringToken, text: &mut Vec<u8>, map: &mut OffsetMap) {
    let bytes = token.span.slice(source);
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = match token.escaped {
            true => memchr::memchr(b'\\', rest).unwrap_or(rest.len()),
            false => rest.len(),
        };
        text.extend_from_slice(rest.get(..plain).unwrap_or_default());
        map.push(plain, token.span.start + at, plain);
        at += plain;
        let Some(escape) = bytes.get(at..).filter(|escape| !escape.is_empty()) else { break };
        let mut buffer = [0; 4];
        let (decoded, length) = unescape(escape, &mut buffer);
        text.extend_from_slice(decoded);
        map.push(decoded.len(), token.span.start + at, length);
        at += length;
    }
}

/// The bytes that the escape at the beginning of `escape` stands for, and its length (at least 1).
fn unescape<'b>(escape: &'b [u8], buffer: &'b mut [u8; 4]) -> (&'b [u8], usize) {
    let simple = match escape.get(1) {
        Some(b'n') => b"\n",
        Some(b't') => b"\t",
        Some(b'r') => b"\r",
        Some(b'b') => b"\x08",
        Some(b'f') => b"\x0C",
        Some(b'"') => b"\"",
        Some(b'\\') => b"\\",
        Some(b'/') => b"/",
        Some(b'u') => {
            let Some((character, length)) = unicode(escape) else { return (first(escape, 2), escape.len().min(2)) };
            return (character.encode_utf8(buffer).as_bytes(), length);
        }
        _ => return (first(escape, 2), escape.len().min(2)),
    };
    (simple, 2)
}

fn first(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(..count).unwrap_or(bytes)
}

/// The character of `\uXXXX` or of a surrogate pair, and the length of its spelling.
fn unicode(escape: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| -> Option<u16> {
        let digits = escape.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0_u16, |value, digit| {
            let digit = (*digit as char).to_digit(16)?;
            Some((value << 4) | digit as u16)
        })
    };
    let high = unit(0)?;
    if let Some(character) = char::from_u32(u32::from(high)) {
        return Some((character, 6));
    }
    let pair = unit(6).and_then(|low| char::decode_utf16([high, low]).next()?.ok());
    Some(pair.map_or((char::REPLACEMENT_CHARACTER, 6), |character| (character, 12)))
}

#[cfg(test)]
mod tests;
