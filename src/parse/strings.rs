//! The readable texts inside binary files: metadata of parquet, safetensors and ONNX, compiled Python, databases,
//! arrays. One segment with a line for each text, and the way back to the file.
//!
//! Not for what is machine code, picture, sound or font by its first bytes: those would cost the most and
//! hold the least.

use std::io::Read;

use super::Parser;
use super::text::is_text;
use crate::model::{ArtifactPath, Document, NotificationKind, OffsetMap, Segment, SegmentKind, Source};

/// Shortest text, in characters.
const SHORTEST: usize = 8;
/// Most text that is kept of one file, in bytes.
const MOST_TEXT: usize = 16 << 20;
/// Most bytes that are read of one file.
const MOST_READ: u64 = 1 << 30;
/// How much is read at once.
const CHUNK: usize = 1 << 20;

/// Binary files.
pub struct Strings;

impl Parser for Strings {
    fn name(&self) -> &'static str {
        "strings"
    }

    fn reads(&self) -> &'static str {
        "the readable parts of other binary files (parquet, safetensors, ONNX, databases …), for secrets"
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        !is_text(head) && !is_inert(head) && !matches!(path.extension().as_str(), "mo" | "pak" | "bin.gz")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        if !document.segments.is_empty() {
            return;
        }
        let mut texts = Texts::default();
        if source.complete {
            texts.take(source.text(), 0);
            texts.finish();
        } else if let Err(error) = read_all(source, &mut texts) {
            document.notify(NotificationKind::Unreadable, format!("could not be read to its end: {error}"));
        }
        if texts.is_full {
            document.notify(NotificationKind::BudgetExceeded, "too large to be searched for secrets to its end");
        }
        if !texts.text.is_empty() {
            document.segments.push(Segment {
                text: texts.text.into(),
                map: texts.map,
                kind: SegmentKind::Metadata,
                logical: None,
                stable_name: None,
            });
        }
    }
}

fn read_all(source: &Source<'_>, texts: &mut Texts) -> std::io::Result<()> {
    let mut reader = source.reader()?.take(MOST_READ);
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut offset = 0;
    while !texts.is_full {
        chunk.clear();
        if (&mut reader).take(CHUNK as u64).read_to_end(&mut chunk)? == 0 {
            break;
        }
        texts.take(&chunk, offset);
        offset = offset.saturating_add(chunk.len());
    }
    texts.finish();
    texts.is_full |= source.len() > MOST_READ;
    Ok(())
}

/// Formats that hold no text worth searching, by their first bytes.
fn is_inert(head: &[u8]) -> bool {
    let begins: [&[u8]; 26] = [
        b"\x7FELF", b"MZ", b"\xFE\xED\xFA", b"\xCE\xFA\xED\xFE", b"\xCF\xFA\xED\xFE", b"\xCA\xFE\xBA\xBE", b"\0asm", b"BC\xC0\xDE",
        b"!<arch>\n", b"\x89PNG", b"\xFF\xD8\xFF", b"GIF8", b"RIFF", b"wOFF", b"wOF2", b"OTTO", b"\0\x01\0\0\0", b"ttcf",
        b"\0\0\x01\0", b"OggS", b"ID3", b"fLaC", b"BM", b"II*\0", b"MM\0*", b"\xDE\x12\x04\x95",
    ];
    begins.iter().any(|begin| head.starts_with(begin)) || head.get(4..8) == Some(b"ftyp")
}

/// Texts found so far, each on a line of its own.
#[derive(Default)]
struct Texts {
    text: Vec<u8>,
    map: OffsetMap,
    /// Text that the end of a chunk may have cut: its characters, where it starts, and bytes per character.
    open: Vec<u8>,
    open_at: usize,
    open_width: usize,
    /// A zero byte was seen after the last character.
    half: bool,
    is_full: bool,
}

impl Texts {
    /// Goes on with the bytes at `offset` of the file. Two bytes a character, the second zero, count as one.
    fn take(&mut self, bytes: &[u8], offset: usize) {
        for (index, byte) in bytes.iter().enumerate() {
            let readable = matches!(byte, b'\t' | 0x20..=0x7E);
            match (readable, self.open.len(), self.open_width, self.half) {
                (true, 0, ..) => {
                    self.open.push(*byte);
                    (self.open_at, self.open_width, self.half) = (offset.saturating_add(index), 1, false);
                }
                (true, _, 1, false) | (true, _, 2, true) => {
                    self.open.push(*byte);
                    self.half = false;
                }
                (false, 1, 1, false) if *byte == 0 => (self.open_width, self.half) = (2, true),
                (false, _, 2, false) if *byte == 0 => self.half = true,
                (false, 0, ..) => {}
                (true, ..) => {
                    self.finish();
                    self.open.push(*byte);
                    (self.open_at, self.open_width, self.half) = (offset.saturating_add(index), 1, false);
                }
                (false, ..) => self.finish(),
            }
        }
    }

    /// Ends the open text.
    fn finish(&mut self) {
        if self.open.len() >= SHORTEST {
            self.is_full |= self.text.len().saturating_add(self.open.len()) > MOST_TEXT;
            if !self.is_full {
                let len = self.open.len();
                if self.open_width == 1 {
                    self.map.push(len, self.open_at, len);
                } else {
                    for index in 0..len {
                        self.map.push(1, self.open_at.saturating_add(index.saturating_mul(2)), 2);
                    }
                }
                self.map.push(1, self.open_at.saturating_add(len.saturating_mul(self.open_width)), 0);
                self.text.append(&mut self.open);
                self.text.push(b'\n');
            }
        }
        self.open.clear();
        self.half = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn texts(bytes: &[u8], chunk: usize) -> Texts {
        let mut texts = Texts::default();
        for (index, part) in bytes.chunks(chunk).enumerate() {
            texts.take(part, index * chunk);
        }
        texts.finish();
        texts
    }

    #[test]
    fn readable_parts_are_lines_with_a_way_back() {
        let bytes = b"PAR1\x00\x01\x02key=q7Zt0Lw2\xFFab\x00another text\x00";
        for chunk in [1, 3, 100] {
            let texts = texts(bytes, chunk);
            assert_eq!(texts.text, b"key=q7Zt0Lw2\nanother text\n");
            assert_eq!(texts.map.source_span(Span::new(4, 12)).slice(bytes), b"q7Zt0Lw2");
            assert_eq!(texts.map.source_span(Span::new(13, 20)).slice(bytes), b"another");
        }
    }

    #[test]
    fn wide_characters_are_read() {
        let mut bytes = vec![1, 2, 0];
        bytes.extend("wide text here".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(texts(&bytes, 5).text, b"wide text here\n");
    }
}
