//! What pictures say beside their pixels: the text chunks of PNG (third edition, section 11.3.3), the comments and
//! application segments of JPEG (ITU-T T.81, B.2.4), the EXIF and XMP chunks of WebP, and what stands behind the end of a PNG.
//! Generators of pictures keep their prompts and whole workflows there, with the keys of the services these call.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::pickle::input::Input;
use super::strings::{MOST_TEXT, Texts};
use super::Parser;
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Segment, SegmentKind, Source};

/// A picture.
pub struct Picture;

impl Parser for Picture {
    fn name(&self) -> &'static str {
        "picture"
    }

    fn reads(&self) -> &'static str {
        "PNG, JPEG and WebP, for the texts beside the pixels"
    }

    fn claims(&self, _path: &ArtifactPath, head: &[u8]) -> bool {
        Format::of(head).is_some()
    }

    fn serves(&self) -> Groups {
        Groups::SECRETS
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        document.numbers_from = Some(0);
        if document.exhaustive && !source.complete {
            // All of it is read as it is; what is compressed in so large a picture is not worth a second reading.
            return;
        }
        let Ok(reader) = source.reader() else { return };
        let input = if source.complete { Input::slice(source.text()) } else { Input::file(reader, source.len()) };
        let mut texts = Found { input, texts: Texts::default(), plain: !document.exhaustive };
        // Of one that is cut off, what is there is taken; the rest counts as pixels do.
        let _ = match Format::of(source.text()) {
            Some(Format::Png) => texts.png(),
            Some(Format::Jpeg) => texts.jpeg(),
            Some(Format::WebP) => texts.webp(),
            None => None,
        };
        if texts.texts.is_full {
            document.notify(NotificationKind::BudgetExceeded, "holds more text beside its pixels than is searched for secrets");
        }
        if !texts.texts.text.is_empty() {
            document.segments.push(Segment::new(texts.texts.text, texts.texts.map, SegmentKind::Metadata, None));
        }
    }
}

#[derive(Clone, Copy)]
enum Format {
    Png,
    Jpeg,
    WebP,
}

impl Format {
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }
}

struct Found<'i> {
    input: Input<'i>,
    texts: Texts,
    /// What is not compressed is wanted: nobody else reads it.
    plain: bool,
}

impl Found<'_> {
    /// `None` when the file ends too early, here and below.
    fn png(&mut self) -> Option<()> {
        self.input.skip(8)?;
        loop {
            let length = u64::from(u32::from_be_bytes(self.input.array()?));
            let kind: [u8; 4] = self.input.array()?;
            match &kind {
                b"tEXt" | b"eXIf" => self.take(length, |_| None)?,
                b"zTXt" => self.take(length, |data| Some(nth_zero(data, 1)? + 1))?,
                // Keyword, flag, method, language, translated keyword.
                b"iTXt" => self.take(length, |data| {
                    let flag = nth_zero(data, 1)?;
                    if data.get(flag) == Some(&1) { nth_zero(data.get(flag + 2..)?, 2).map(|at| flag + 2 + at) } else { None }
                })?,
                _ => self.input.skip(length)?,
            }
            self.input.skip(4)?;
            if &kind == b"IEND" {
                let rest = self.input.remaining();
                return self.take(rest, |_| None);
            }
        }
    }

    fn jpeg(&mut self) -> Option<()> {
        self.input.skip(2)?;
        loop {
            let mut marker = self.input.byte()?;
            while marker == 0xFF {
                marker = self.input.byte()?;
            }
            match marker {
                0x01 | 0xD0..=0xD7 | 0 => {}
                // The scan: pixels up to the end.
                0xDA | 0xD9 => return Some(()),
                _ => {
                    let length = u64::from(u16::from_be_bytes(self.input.array()?)).checked_sub(2)?;
                    if matches!(marker, 0xE1..=0xEF | 0xFE) {
                        self.take(length, |_| None)?;
                    } else {
                        self.input.skip(length)?;
                    }
                }
            }
        }
    }

    fn webp(&mut self) -> Option<()> {
        self.input.skip(12)?;
        while self.input.remaining() >= 8 {
            let kind: [u8; 4] = self.input.array()?;
            let length = u64::from(u32::from_le_bytes(self.input.array()?));
            match &kind {
                b"EXIF" | b"XMP " => self.take(length, |_| None)?,
                _ => self.input.skip(length)?,
            }
            self.input.skip((length % 2).min(self.input.remaining()))?;
        }
        Some(())
    }

    /// Takes the text of the next `length` bytes and passes over them. `compressed` says where in them zlib begins.
    fn take(&mut self, length: u64, compressed: impl Fn(&[u8]) -> Option<usize>) -> Option<()> {
        let offset = self.input.offset();
        let wanted = usize::try_from(length).unwrap_or(usize::MAX).min(MOST_TEXT);
        self.texts.is_full |= length > MOST_TEXT as u64;
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        if !self.texts.is_full {
            let data = self.input.read_at(offset, wanted);
            match compressed(&data) {
                Some(at) => self.inflated(data.get(at..).unwrap_or_default(), start),
                None if self.plain => self.texts.take(&data, start),
                None => {}
            }
        }
        self.input.seek(offset);
        self.input.skip(length)
    }

    fn inflated(&mut self, data: &[u8], start: usize) {
        let mut text = Vec::new();
        // What comes before an error is kept.
        let _ = ZlibDecoder::new(data).take(MOST_TEXT as u64).read_to_end(&mut text);
        self.texts.is_full |= text.len() >= MOST_TEXT;
        self.texts.take_from(&text, start, data.len());
    }
}

/// Where the byte behind the `count`th zero is.
fn nth_zero(data: &[u8], count: usize) -> Option<usize> {
    let mut zeros = data.iter().enumerate().filter(|(_, byte)| **byte == 0);
    zeros.nth(count - 1).map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const SECRET: &[u8] = b"key=q7Zt0Lw2Vb9Xn4Rk5Ym8";

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        [&(data.len() as u32).to_be_bytes()[..], kind, data, &[0; 4]].concat()
    }

    fn png(chunks: &[Vec<u8>], behind: &[u8]) -> Vec<u8> {
        let end = chunk(b"IEND", b"");
        [b"\x89PNG\r\n\x1a\n", &chunk(b"IHDR", &[0; 13])[..], &chunks.concat(), &end, behind].concat()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8], exhaustive: bool) -> (String, usize) {
        let source = Source::new(ArtifactPath::new("a.png"), bytes);
        let mut document = Document::new(&source);
        document.exhaustive = exhaustive;
        Picture.parse(&source, &mut document);
        let text = document.segments.iter().flat_map(|segment| segment.text.to_vec()).collect();
        (String::from_utf8(text).unwrap(), document.notifications.len())
    }

    #[test]
    fn texts_of_pictures_are_read() {
        let pixels = chunk(b"IDAT", &zlib(SECRET));
        let itxt = |flag: u8, text: &[u8]| chunk(b"iTXt", &[&b"Comment\0"[..], &[flag, 0], b"en\0Comment\0", text].concat());
        let jpeg = |marker: u8| [&[0xFF, 0xD8, 0xFF, marker, 0, 2 + SECRET.len() as u8][..], SECRET, &[0xFF, 0xDA, 0, 0]].concat();
        let webp = |kind: &[u8]| [b"RIFF\0\0\0\0WEBPVP8 \x01\0\0\0a\0", kind, &[SECRET.len() as u8, 0, 0, 0], SECRET].concat();
        let plain = [
            png(&[pixels.clone(), chunk(b"tEXt", &[b"Comment\0", SECRET].concat())], b""),
            png(&[itxt(0, SECRET), pixels.clone()], b""),
            png(std::slice::from_ref(&pixels), SECRET),
            jpeg(0xFE),
            jpeg(0xE1),
            webp(b"EXIF"),
        ];
        let compressed =
            [png(&[chunk(b"zTXt", &[b"Comment\0\0", &zlib(SECRET)[..]].concat())], b""), png(&[itxt(1, &zlib(SECRET))], b"")];
        for (bytes, is_plain) in plain.iter().map(|one| (one, true)).chain(compressed.iter().map(|one| (one, false))) {
            let (text, notes) = read(bytes, false);
            assert!(text.contains("key=q7Zt0Lw2Vb9Xn4Rk5Ym8") && notes == 0, "{text} {bytes:?}");
            assert_eq!(read(bytes, true).0.contains("q7Zt0Lw2"), !is_plain, "the rest is read as it is");
        }
        assert_eq!(read(&png(&[pixels], b""), false), (String::new(), 0));
    }

    #[test]
    fn of_a_picture_that_is_cut_off_the_beginning_is_read() {
        let whole = png(&[chunk(b"tEXt", &[b"Comment\0", SECRET].concat()), chunk(b"IDAT", &[0; 100])], b"");
        for len in 8..whole.len() {
            let is_whole = len >= 8 + 25 + 8 + 8 + SECRET.len();
            assert_eq!(read(&whole[..len], false).0.contains("q7Zt0Lw2Vb9Xn4Rk5Ym8"), is_whole, "{len}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_follows_the_signature_is_read(format in 0..3_usize, bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let signature: &[u8] = [&b"\x89PNG\r\n\x1a\n"[..], b"\xFF\xD8\xFF", b"RIFF\0\0\0\0WEBP"][format];
            let (text, notes) = read(&[signature, &bytes].concat(), false);
            proptest::prop_assert!(text.len() <= 2 * bytes.len() + 2 && notes == 0);
        }
    }
}
