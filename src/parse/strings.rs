//! The readable texts inside binary files: metadata of parquet, safetensors and ONNX, compiled Python, databases,
//! arrays. One segment in which zero bytes part the texts, with the way back to the file.
//!
//! Not for what is machine code, picture, sound or font by its first bytes: those would cost the most and
//! hold the least.

use std::io::{Read, Seek, SeekFrom};

use super::{Parser, marshal, sqlite};
use super::text::is_text;
use crate::model::{ArtifactPath, Document, NotificationKind, OffsetMap, Segment, SegmentKind, Source};

/// Shortest text, in characters.
const SHORTEST: usize = 8;
/// Most text that is kept of one file, in bytes.
pub(super) const MOST_TEXT: usize = 16 << 20;
/// Most bytes that are read of one file.
const MOST_READ: u64 = 1 << 30;
/// How much is read at once.
const CHUNK: usize = 1 << 20;
/// How much of a text at the end of a chunk is kept whole, in bytes.
const LONGEST_CUT: usize = 64 << 10;

/// Binary files.
pub struct Strings;

impl Parser for Strings {
    fn name(&self) -> &'static str {
        "strings"
    }

    fn reads(&self) -> &'static str {
        "the readable parts of other binary files (parquet, safetensors, ONNX, databases …), for secrets"
    }

    fn claims(&self, _path: &ArtifactPath, head: &[u8]) -> bool {
        !is_text(head) && !is_inert(head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let from = match document.unsearched_from {
            Some(from) if document.exhaustive => from,
            _ if !document.segments.is_empty() => return,
            _ => 0,
        };
        let mut texts = Texts::default();
        if source.complete {
            let file = source.text();
            let mut start = usize::try_from(from).unwrap_or(usize::MAX).min(file.len());
            // No file is both. Of one that is read in pieces the values stay together.
            for end in sqlite::cuts(file).into_iter().chain(marshal::cuts(file)).chain([file.len()]) {
                texts.take(file.get(start..end).unwrap_or_default(), start);
                start = start.max(end);
            }
        } else if let Err(error) = read_from(source, from, &mut texts) {
            document.notify(NotificationKind::Unreadable, format!("could not be read to its end: {error}"));
        }
        texts.add_to(document);
    }
}

/// The readable texts of the first `length` bytes, up to a limit that is told, as one segment; an empty one where there
/// is none, so that nobody reads the rest for text.
pub(super) fn take_beginning<'a>(source: &'a Source<'a>, length: u64, document: &mut Document<'a>) {
    let mut texts = Texts::default();
    let mut bytes = Vec::new();
    let read = source.reader().and_then(|reader| reader.take(length.min(MOST_TEXT as u64)).read_to_end(&mut bytes));
    if let Err(error) = read {
        document.notify(NotificationKind::Unreadable, format!("could not be read: {error}"));
    }
    texts.take(&bytes, 0);
    texts.is_full |= length > MOST_TEXT as u64;
    texts.add_to(document);
    document.take_text();
}

fn read_from(source: &Source<'_>, from: u64, texts: &mut Texts) -> std::io::Result<()> {
    let mut reader = source.reader()?;
    reader.seek(SeekFrom::Start(from))?;
    let mut reader = reader.take(MOST_READ);
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut offset = usize::try_from(from).unwrap_or(usize::MAX);
    while !texts.is_full {
        let is_last = (&mut reader).take(CHUNK as u64).read_to_end(&mut chunk)? == 0;
        // A text at the end of a chunk may go on in the next.
        let open = if is_last { 0 } else { chunk.iter().rev().take(LONGEST_CUT).take_while(|byte| is_readable(**byte) || **byte == 0).count() };
        let done = chunk.len().saturating_sub(open);
        texts.take(chunk.get(..done).unwrap_or_default(), offset);
        if is_last {
            break;
        }
        chunk.drain(..done);
        offset = offset.saturating_add(done);
    }
    texts.is_full |= source.len().saturating_sub(from) > MOST_READ;
    Ok(())
}

fn is_readable(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7E)
}

/// Where the next text may start, from `at` on. What is neither readable nor the zero of a wide character is in no text, so
/// that most of what is none is stepped over without a look.
fn next_start(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let window = bytes.get(at..)?.first_chunk::<SHORTEST>()?;
        match window.iter().rposition(|byte| *byte != 0 && !is_readable(*byte)) {
            Some(other) => at = at.saturating_add(other + 1),
            None if is_readable(window[0]) => return Some(at),
            None => at = at.saturating_add(1),
        }
    }
}

/// How many bytes at the start are readable.
fn readable_len(bytes: &[u8]) -> usize {
    let (eights, _) = bytes.as_chunks::<8>();
    let plain = eights.iter().take_while(|eight| are_plain(u64::from_le_bytes(**eight))).count() * 8;
    let rest = bytes.get(plain..).unwrap_or_default();
    plain + rest.iter().position(|byte| !is_readable(*byte)).unwrap_or(rest.len())
}

/// How many characters of `width` bytes stand at the start, the first byte of each readable and the others zero.
fn wide_len(bytes: &[u8], width: usize) -> usize {
    let is_character =
        |wide: &&[u8]| wide.split_first().is_some_and(|(first, zeros)| is_readable(*first) && zeros.iter().all(|byte| *byte == 0));
    bytes.chunks_exact(width).take_while(is_character).count()
}

/// True when the first byte may be no letter but the length of what follows it, as protocol buffers and MessagePack write it.
fn begins_with_length(readable: &[u8]) -> bool {
    readable.split_first().is_some_and(|(first, rest)| first.is_ascii_graphic() && usize::from(*first) == rest.len())
}

/// True when all eight are readable and none is a tab.
fn are_plain(eight: u64) -> bool {
    let all = |byte: u8| u64::from_le_bytes([byte; 8]);
    // The highest bit of a byte is set above 0x7F, from 0x7F on with one more, below 0x20 with 0x20 less.
    (eight | eight.wrapping_add(all(1)) | eight.wrapping_sub(all(0x20))) & all(0x80) == 0
}

/// Formats that hold no text worth searching, by their first bytes.
pub(super) fn is_inert(head: &[u8]) -> bool {
    let begins: [&[u8]; 26] = [
        b"\x7FELF", b"MZ", b"\xFE\xED\xFA", b"\xCE\xFA\xED\xFE", b"\xCF\xFA\xED\xFE", b"\xCA\xFE\xBA\xBE", b"\0asm", b"BC\xC0\xDE",
        b"!<arch>\n", b"\x89PNG", b"\xFF\xD8\xFF", b"GIF8", b"RIFF", b"wOFF", b"wOF2", b"OTTO", b"\0\x01\0\0\0", b"ttcf",
        b"\0\0\x01\0", b"OggS", b"ID3", b"fLaC", b"BM", b"II*\0", b"MM\0*", b"\xDE\x12\x04\x95",
    ];
    begins.iter().any(|begin| head.starts_with(begin)) || head.get(4..8) == Some(b"ftyp")
}

/// Texts found so far, each with a zero byte after it.
#[derive(Default)]
pub(super) struct Texts {
    text: Vec<u8>,
    map: OffsetMap,
    /// More was there than is kept.
    pub is_full: bool,
}

impl Texts {
    /// Adds the texts of `bytes`, which stand at `offset` of the file. Two or four bytes a character, all but the first of
    /// them zero, are read as one: UTF-16, and UTF-32 as numpy keeps texts in arrays.
    pub(super) fn take(&mut self, bytes: &[u8], offset: usize) {
        let mut at = 0;
        while let Some(start) = next_start(bytes, at) {
            let rest = bytes.get(start..).unwrap_or_default();
            let len = readable_len(rest);
            let wide = if len > 1 { None } else { [2, 4].map(|width| (width, wide_len(rest, width))).into_iter().find(|wide| wide.1 >= SHORTEST) };
            if let Some((width, wide)) = wide {
                let characters = rest.iter().copied().step_by(width).take(wide);
                self.add(|text| text.extend(characters), offset.saturating_add(start), width);
                at = start.saturating_add(wide.saturating_mul(width));
                continue;
            }
            let readable = rest.get(..len).unwrap_or_default();
            // It may be a letter all the same.
            let skipped = begins_with_length(readable).then_some(1);
            for from in [Some(0), skipped].into_iter().flatten() {
                let characters = readable.get(from..).unwrap_or_default();
                if characters.len() >= SHORTEST {
                    self.add(|text| text.extend_from_slice(characters), offset.saturating_add(start + from), 1);
                }
            }
            at = start.saturating_add(len);
        }
    }

    /// Adds them to the document as one segment, if there are any; that some are missing is told.
    pub(super) fn add_to(self, document: &mut Document<'_>) {
        if self.is_full {
            document.notify(NotificationKind::BudgetExceeded, "too large to be searched for secrets to its end");
        }
        if !self.text.is_empty() {
            document.segments.push(Segment::new(self.text, self.map, SegmentKind::Metadata, None));
        }
    }

    /// Adds one text of `width` bytes a character, which `write` appends.
    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>), source: usize, width: usize) {
        let before = self.text.len();
        write(&mut self.text);
        let len = self.text.len().saturating_sub(before);
        if self.text.len() > MOST_TEXT {
            self.text.truncate(before);
            self.is_full = true;
            return;
        }
        if width == 1 {
            self.map.push(len, source, len);
        } else {
            (0..len).for_each(|index| self.map.push(1, source.saturating_add(index.saturating_mul(width)), width));
        }
        self.map.push(1, source.saturating_add(len.saturating_mul(width)), 0);
        self.text.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use proptest::prelude::*;

    fn texts(bytes: &[u8]) -> Texts {
        let mut texts = Texts::default();
        texts.take(bytes, 0);
        texts
    }

    #[test]
    fn readable_parts_are_lines_with_a_way_back() {
        let bytes = b"PAR1\x00\x01\x02key=q7Zt0Lw2\xFFab\x00another text\x00";
        let texts = texts(bytes);
        assert_eq!(texts.text, b"key=q7Zt0Lw2\0another text\0");
        assert_eq!(texts.map.source_span(Span::new(4, 12)).slice(bytes), b"q7Zt0Lw2");
        assert_eq!(texts.map.source_span(Span::new(13, 20)).slice(bytes), b"another");
    }

    proptest! {
        #[test]
        fn nothing_readable_is_stepped_over(bytes in prop::collection::vec(
            prop_oneof![6 => b'a'..=b'd', 2 => Just(0), 1 => Just(b'\t'), 1 => prop::sample::select(vec![1, 0x1F, 0x7F, 0x80, 0xFF])],
            0..200,
        )) {
            let mut slowly = Texts::default();
            let mut at = 0;
            while at < bytes.len() {
                let rest = &bytes[at..];
                let len = rest.iter().take_while(|byte| is_readable(**byte)).count();
                prop_assert_eq!(readable_len(rest), len);
                let wide = rest.chunks_exact(2).take_while(|pair| is_readable(pair[0]) && pair[1] == 0).count();
                let widest = rest.chunks_exact(4).take_while(|four| is_readable(four[0]) && four[1..] == [0; 3]).count();
                at += match (wide >= SHORTEST, widest >= SHORTEST, len >= SHORTEST) {
                    (true, ..) => {
                        slowly.add(|text| text.extend(rest.iter().step_by(2).take(wide)), at, 2);
                        wide * 2
                    }
                    (_, true, _) => {
                        slowly.add(|text| text.extend(rest.iter().step_by(4).take(widest)), at, 4);
                        widest * 4
                    }
                    (.., true) => {
                        slowly.add(|text| text.extend_from_slice(&rest[..len]), at, 1);
                        len
                    }
                    _ => len.max(1),
                };
            }
            let texts = texts(&bytes);
            prop_assert_eq!((texts.text, texts.map), (slowly.text, slowly.map));
        }
    }

    #[test]
    fn a_length_may_be_a_letter() {
        let token = "q7Zt0Lw2".repeat(7);
        for (written, kept) in [(format!("8{token}"), format!("8{token}\0{token}\0")), (format!("9{token}"), format!("9{token}\0"))] {
            let bytes = [b"\x0A", written.as_bytes(), b"\x12"].concat();
            let texts = texts(&bytes);
            assert_eq!(texts.text, kept.as_bytes());
            let last = Span::new(kept.len() - 1 - token.len(), kept.len() - 1);
            assert_eq!(texts.map.source_span(last).slice(&bytes), token.as_bytes());
        }
    }

    #[test]
    fn wide_characters_are_read() {
        let mut bytes = vec![1, 2, 0];
        bytes.extend("wide text here".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(texts(&bytes).text, b"wide text here\0");
        let mut bytes = vec![1, 2, 3];
        bytes.extend("wider text".chars().flat_map(|letter| u32::from(letter).to_le_bytes()));
        assert_eq!(texts(&bytes).text, b"wider text\0");
    }
}
