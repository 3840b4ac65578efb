//! The text of one artifact while it is analysed.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::Path;

use super::artifact::ArtifactPath;
use super::line_index::LineIndex;
use super::location::{Location, Logical, Position, Snippet};
use super::reader::Reader;
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
    file: Option<&'a Path>,
    window: Option<(usize, Position)>,
    /// True when the file's bytes were not the text's bytes, so that no edit of the file can be offered.
    pub transcoded: bool,
    /// False when [`text`](Self::text) holds only the beginning of a large binary file, the whole of which
    /// [`reader`](Self::reader) gives.
    pub complete: bool,
}

/// Bytes that can be read from any place.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

impl<'a> Source<'a> {
    /// Takes the bytes of a file.
    pub fn new(path: ArtifactPath, bytes: &'a [u8]) -> Self {
        let (text, transcoded) = match wide(bytes) {
            Some(text) => (Cow::Owned(text), true),
            None => (Cow::Borrowed(bytes), false),
        };
        Self { path, text, lines: OnceCell::new(), file: None, window: None, transcoded, complete: true }
    }

    /// Takes the beginning of a large file; the rest is read where a parser asks for it.
    pub fn beginning(path: ArtifactPath, head: &'a [u8], file: &'a Path) -> Self {
        Self { file: Some(file), complete: false, ..Self::new(path, head) }
    }

    /// Takes a window of a large text that begins at byte `offset`, which stands at `position`.
    pub fn window(path: ArtifactPath, bytes: &'a [u8], offset: usize, position: Position) -> Self {
        Self { window: Some((offset, position)), ..Self::new(path, bytes) }
    }

    /// All bytes of the artifact, from the start.
    pub fn reader(&self) -> io::Result<Box<dyn ReadSeek + '_>> {
        match self.file {
            Some(file) => Ok(Box::new(Reader::new(File::open(file)?))),
            None => Ok(Box::new(Cursor::new(self.text()))),
        }
    }

    /// Number of bytes of the artifact (for text, as UTF-8).
    pub fn len(&self) -> u64 {
        let on_disk = self.file.and_then(|file| file.metadata().ok()).map(|metadata| metadata.len());
        on_disk.unwrap_or(self.text.len() as u64)
    }

    /// True when there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
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
            start: self.position(span.start),
            end: self.position(span.end),
            span: span.shifted(self.window.map_or(0, |(offset, _)| offset)),
            logical: None,
            snippet: None,
        }
    }

    /// The place of the first line of `span`, without blanks at its end.
    pub fn first_line(&self, span: Span) -> Location {
        self.location(span.first_line(&self.text))
    }

    /// Line and columns in the file of an offset of the text.
    pub fn position(&self, offset: usize) -> Position {
        let here = self.lines().position(&self.text, offset);
        match self.window {
            None => here,
            Some((_, origin)) if here.line == 1 => Position {
                line: origin.line,
                column: origin.column.saturating_add(here.column - 1),
                utf16: origin.utf16.saturating_add(here.utf16 - 1),
            },
            Some((_, origin)) => Position { line: origin.line.saturating_add(here.line - 1), ..here },
        }
    }

    /// The same, with the part of the file that a person would name.
    pub fn location_in(&self, span: Span, logical: Option<Logical>) -> Location {
        Location { logical, ..self.location(span) }
    }

    /// The line around the span of a location of this source, with all of `masked` (bytes of
    /// [`text`](Self::text), in order and apart) blanked out.
    pub fn snippet(&self, span: Span, masked: &[Span]) -> Snippet {
        let offset = self.window.map_or(0, |(offset, _)| offset);
        let here = Span::new(span.start.saturating_sub(offset), span.end.saturating_sub(offset));
        self.lines().snippet(&self.text, here, masked)
    }
}

/// The text of UTF-16 or UTF-32 bytes that begin with a byte-order mark; what is no character becomes U+FFFD.
fn wide(bytes: &[u8]) -> Option<Vec<u8>> {
    let (little, rest) = match bytes {
        [0xFF, 0xFE, 0, 0, rest @ ..] => return utf32(rest),
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

/// `None` where something is no character: other data may begin with these bytes as well.
fn utf32(bytes: &[u8]) -> Option<Vec<u8>> {
    let (characters, rest) = bytes.as_chunks::<4>();
    let characters = characters.iter().map(|four| char::from_u32(u32::from_le_bytes(*four)));
    let text = characters.collect::<Option<String>>().filter(|_| rest.is_empty())?;
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
    fn utf32_is_read_as_text() {
        let bytes: Vec<u8> =
            "\u{FEFF}tørch==1.0\n".chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect();
        let source = Source::new(ArtifactPath::new("requirements.txt"), &bytes);
        assert_eq!(source.utf8(), Some("tørch==1.0\n"));
        assert!(source.transcoded);
        let other = b"\xFF\xFE\0\0\x01\x02\x03\x04 tok";
        assert_eq!(Source::new(ArtifactPath::new("a.bin"), other).text(), other);
    }

    #[test]
    fn windows_know_where_they_stand() {
        let position = Position { line: 7, column: 5, utf16: 6 };
        let source = Source::window(ArtifactPath::new("a"), b"xy\nz", 100, position);
        let first = source.location(Span::new(1, 2));
        assert_eq!(
            (first.span, first.start.line, first.start.column, first.start.utf16),
            (Span::new(101, 102), 7, 6, 7)
        );
        let second = source.location(Span::new(3, 4));
        assert_eq!((second.start.line, second.start.column), (8, 1));
        assert_eq!(source.snippet(second.span, &[]).text, "z");
    }

    #[test]
    fn locations_stay_inside_the_text() {
        let source = Source::new(ArtifactPath::new("a"), b"ab");
        assert_eq!(source.location(Span::new(1, 99)).span, Span::new(1, 2));
    }
}
