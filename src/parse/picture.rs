//! What pictures say beside their pixels: the text chunks of PNG (third edition, section 11.3.3) and what stands behind its
//! end, the comments and application segments of JPEG (ITU-T T.81, B.2.4), the EXIF and XMP chunks of WebP.
//! Generators of pictures keep their prompts and whole workflows there, with the keys of the services these call.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::pickle::input::Input;
use super::strings::{MOST_TEXT, Texts};
use super::{Budget, Member, Parser};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Source};

/// Most that the compressed texts of one picture are inflated to, in bytes.
const MOST_INFLATED: u64 = 16 << 20;
/// More parts than these are in no picture.
const MOST_PARTS: usize = 1 << 16;

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
        document.unsearched_from = Some(0);
        let mut texts = Texts::default();
        let Some(input) = Input::of(source, document) else { return };
        let mut parts = Parts::of(source, input);
        for part in parts.found.iter().filter(|part| !part.is_compressed()) {
            if texts.is_full {
                break;
            }
            let data = parts.input.read_at(part.offset, part.wanted());
            texts.take(&data, usize::try_from(part.offset).unwrap_or(usize::MAX));
            texts.is_full |= data.len() as u64 != part.length;
        }
        texts.add_to(document);
    }

    fn unpack(&self, source: &Source<'_>, budget: &mut Budget, each: &mut dyn FnMut(Member<'_>, &mut Budget)) {
        let Ok(input) = Input::open(source) else { return };
        let mut parts = Parts::of(source, input);
        let mut left = MOST_INFLATED;
        if parts.is_cut {
            budget.note(NotificationKind::BudgetExceeded, "a picture has more parts, or longer keywords, than are read");
        }
        for part in parts.found.iter().filter(|part| part.is_compressed()) {
            left = left.min(budget.bytes);
            if budget.members == 0 || left == 0 {
                budget.note(NotificationKind::BudgetExceeded, "not all compressed texts of a picture were inflated");
                return;
            }
            let data = parts.input.read_at(part.offset, part.wanted());
            let packed = data.get(part.inner..).unwrap_or_default();
            let mut bytes = Vec::new();
            // What comes before an error is kept.
            let _ = ZlibDecoder::new(packed).take(left).read_to_end(&mut bytes);
            let inflated = bytes.len() as u64;
            if inflated == left {
                budget.note(NotificationKind::BudgetExceeded, "a compressed text of a picture is longer than what is read of it");
            }
            budget.members -= 1;
            budget.bytes = budget.bytes.saturating_sub(inflated);
            left = left.saturating_sub(inflated);
            each(Member { path: format!("text at {}", part.offset), bytes: &bytes }, budget);
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

/// A part of the file that is text.
struct Part {
    offset: u64,
    length: u64,
    /// Where zlib begins in it; 0 where nothing is compressed.
    inner: usize,
}

impl Part {
    fn is_compressed(&self) -> bool {
        self.inner > 0
    }

    /// How much of it is read.
    fn wanted(&self) -> usize {
        usize::try_from(self.length).unwrap_or(usize::MAX).min(MOST_TEXT)
    }
}

struct Parts<'i> {
    input: Input<'i>,
    found: Vec<Part>,
    /// There are more than are kept, or where one begins was not found.
    is_cut: bool,
}

impl<'i> Parts<'i> {
    /// Of a picture that is cut off, those that are there; the rest counts as pixels do.
    fn of(source: &Source<'_>, input: Input<'i>) -> Self {
        let mut parts = Self { input, found: Vec::new(), is_cut: false };
        let _ = match Format::of(source.text()) {
            Some(Format::Png) => parts.png(),
            Some(Format::Jpeg) => parts.jpeg(),
            Some(Format::WebP) => parts.webp(),
            None => None,
        };
        parts
    }

    /// `None` when the file ends too early, here and below.
    fn png(&mut self) -> Option<()> {
        self.input.skip(8)?;
        loop {
            let length = u64::from(u32::from_be_bytes(self.input.array()?));
            let kind: [u8; 4] = self.input.array()?;
            match &kind {
                b"tEXt" | b"eXIf" => self.take(length, |_| None)?,
                // Keyword, method.
                b"zTXt" => self.take(length, |head| Some(nth_zero(head, 1)? + 1))?,
                // Keyword, flag, method, language, translated keyword.
                b"iTXt" => self.take(length, |head| {
                    let flag = nth_zero(head, 1)?;
                    let behind = |at: usize| Some(at + nth_zero(head.get(at..)?, 2)?);
                    (head.get(flag) == Some(&1)).then(|| behind(flag + 2).unwrap_or(head.len()))
                })?,
                _ => self.input.skip(length)?,
            }
            self.input.skip(4)?;
            if &kind == b"IEND" {
                return self.take(self.input.remaining(), |_| None);
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
                // The first scan, and the end: pixels follow, or nothing.
                0xDA | 0xD9 => return Some(()),
                _ => {
                    let length = u64::from(u16::from_be_bytes(self.input.array()?)).checked_sub(2)?;
                    if matches!(marker, 0xE0..=0xEF | 0xFE) {
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

    /// Notes the next `length` bytes and passes over them. `zlib` says by their beginning where in them zlib begins.
    fn take(&mut self, length: u64, zlib: impl Fn(&[u8]) -> Option<usize>) -> Option<()> {
        /// Keywords have at most 79 bytes; a language and a translation are not much longer.
        const HEAD: u64 = 4096;
        if self.found.len() == MOST_PARTS {
            self.is_cut = true;
            return None;
        }
        let offset = self.input.offset();
        let length = length.min(self.input.remaining());
        let head = self.input.read_at(offset, length.min(HEAD) as usize);
        let inner = zlib(&head).unwrap_or_default();
        self.is_cut |= inner > 0 && inner == head.len() && length > HEAD;
        self.found.push(Part { offset, length, inner });
        self.input.seek(offset);
        self.input.skip(length)
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

    fn read(bytes: &[u8]) -> (String, usize) {
        let source = Source::new(ArtifactPath::new("a.png"), bytes);
        let mut document = Document::new(&source);
        Picture.parse(&source, &mut document);
        let mut text: Vec<u8> = document.segments.iter().flat_map(|segment| segment.text.to_vec()).collect();
        let mut budget = Budget::default();
        Picture.unpack(&source, &mut budget, &mut |member, _| text.extend_from_slice(member.bytes));
        (String::from_utf8_lossy(&text).into_owned(), document.notifications.len() + budget.noted)
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
        for bytes in plain.iter().chain(&compressed) {
            let (text, notes) = read(bytes);
            assert!(text.contains("key=q7Zt0Lw2Vb9Xn4Rk5Ym8") && notes == 0, "{text} {bytes:?}");
        }
        assert_eq!(read(&png(&[pixels], b"")), (String::new(), 0));
    }

    #[test]
    fn of_a_picture_that_is_cut_off_the_beginning_is_read() {
        let whole = png(&[chunk(b"tEXt", &[b"Comment\0", SECRET].concat()), chunk(b"IDAT", &[0; 100])], b"");
        for len in 8..whole.len() {
            let is_whole = len >= 8 + 25 + 8 + 8 + SECRET.len();
            assert_eq!(read(&whole[..len]).0.contains("q7Zt0Lw2Vb9Xn4Rk5Ym8"), is_whole, "{len}");
        }
    }

    #[test]
    fn compressed_texts_share_one_budget() {
        let bomb = chunk(b"zTXt", &[b"Comment\0\0", &zlib(&vec![0; 9 << 20])[..]].concat());
        let bytes = png(&vec![bomb; 200], b"");
        let source = Source::new(ArtifactPath::new("a.png"), &bytes);
        for (bytes, most) in [(100 << 20, MOST_INFLATED), (5 << 20, 5 << 20)] {
            let (mut budget, mut inflated) = (Budget { bytes, ..Budget::default() }, 0);
            Picture.unpack(&source, &mut budget, &mut |member, _| inflated += member.bytes.len() as u64);
            assert_eq!((inflated, budget.bytes), (most, bytes - most));
            assert!(budget.notes.iter().any(|(_, note)| note.contains("not all")));
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_parts_say_of_themselves_is_bounded(
            parts in proptest::collection::vec((0..6_usize, proptest::num::u32::ANY, 0..40_u32, proptest::bool::ANY), 0..12),
            format in 0..3_usize,
        ) {
            let signature: &[u8] = [&b"\x89PNG\r\n\x1a\n"[..], b"\xFF\xD8", b"RIFF\0\0\0\0WEBP"][format];
            let mut bytes = signature.to_vec();
            for (kind, any, short, is_honest) in parts {
                let length = if is_honest { short } else { any };
                match format {
                    0 => bytes.extend([&length.to_be_bytes()[..], [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"IDAT", b"IEND"][kind]].concat()),
                    1 => bytes.extend([&[0xFF, [0xFE, 0xE1, 0xDB, 0xC0, 0xD0, 0xDA][kind]][..], &(length as u16).to_be_bytes()].concat()),
                    _ => bytes.extend([[b"EXIF", b"XMP ", b"VP8 ", b"VP8X", b"ICCP", b"ALPH"][kind], &length.to_le_bytes()[..]].concat()),
                }
                bytes.extend(vec![b'a'; short as usize]);
            }
            let (text, notes) = read(&bytes);
            proptest::prop_assert!(text.len() <= 2 * bytes.len() + 2 && notes == 0, "{} {notes}", text.len());
        }
    }
}
