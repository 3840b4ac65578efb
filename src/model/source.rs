//! The text of one artifact while it is analysed.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::artifact::ArtifactPath;
use super::line_index::LineIndex;
use super::location::{Location, Logical, Snippet};
use super::span::Span;

/// The bytes of an artifact, with lines counted when first asked for.
///
/// UTF-16 with a byte-order mark is turned into UTF-8 first; every span, here and in reports, counts the
/// bytes of the text as UTF-8. It may hold secrets, so it can be neither printed nor serialised.
pub struct Source<'a> {
    /// The artifact, or the member of one.
    pub path: ArtifactPath,
    text: Cow<'a, [u8]>,
    lines: OnceCell<LineIndex>,
    /// True when the file's bytes were not the text's bytes, so that no edit of the file can be offered.
    pub transcoded: bool,
}

impl<'a> Source<'a> {
    /// Takes the bytes of a file.
    pub fn new(path: ArtifactPath, bytes: &'a [u8]) -> Self {
        let (text, transcoded) = match utf16(bytes) {
            Some(text) => (Cow::Owned(text), true),
            None => (Cow::Borrowed(bytes), false),
        };
        Self { path, text, lines: OnceCell::new(), transcoded }
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The text, when it is UTF-8, without a byte-order mark (so its offsets are 3 less than the file's
    /// when there is one: [`text_start`](Self::text_start)).
    pub fn utf8(&self) -> Option<&str> {
        let text = self.text.get(self.text_start()..)?;
        std::str::from_utf8(text).ok()
    }

    /// Where the text begins: 3 after a UTF-8 byte-order mark, else 0.
    pub fn text_start(&self) -> usize {
        if self.text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }
    }

    /// Lines of the text.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// The place of `span`, which is cut to the text.
    pub fn location(&self, span: Span) -> Location {
        let span = Span::new(span.start.min(self.text.len()), span.end.min(self.text.len()));
        Location {
            path: self.path.clone(),
            span,
            start: self.lines().position(&self.text, span.start),
            end: self.lines().position(&self.text, span.end),
            logical: None,
            snippet: None,
        }
    }

    /// The same, with the part of the file that a person would name.
    pub fn location_in(&self, span: Span, logical: Option<Logical>) -> Location {
        Location { logical, ..self.location(span) }
    }

    /// The line around `span` with all of `masked` blanked out.
    pub fn snippet(&self, span: Span, masked: &[Span]) -> Snippet {
        self.lines().snippet(&self.text, span, masked)
    }
}

/// The text of UTF-16 bytes that begin with a byte-order mark; unpaired surrogates become U+FFFD.
fn utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let (little, rest) = match bytes {
        [0xFF, 0xFE, 0, 0, ..] => return None,
        [0xFF, 0xFE, rest @ ..] => (true, rest),
        [0xFE, 0xFF, rest @ ..] => (false, rest),
        _ => return None,
    };
    let units = rest.chunks_exact(2).map(|pair| match pair {
        [a, b] if little => u16::from_le_bytes([*a, *b]),
        [a, b] => u16::from_be_bytes([*a, *b]),
        _ => 0,
    });
    let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_read_as_text() {
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend("tørch==1.0\n".encode_utf16().flat_map(u16::to_le_bytes));
        let source = Source::new(ArtifactPath::new("requirements.txt"), &bytes);
        assert_eq!(source.utf8(), Some("tørch==1.0\n"));
        assert!(source.transcoded);
    }

    #[test]
    fn locations_stay_inside_the_text() {
        let source = Source::new(ArtifactPath::new("a"), b"ab");
        assert_eq!(source.location(Span::new(1, 99)).span, Span::new(1, 2));
    }
}
