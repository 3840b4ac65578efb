//! One compressed stream: what pandas, joblib and people put around a pickle or a tar.

use std::io::{self, BufRead, BufReader, Read, Seek};

use super::super::{Budget, Member};
use super::{Part, offer, tar};
use crate::model::{NotificationKind, Source};

/// A format of compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Gzip,
    Bzip2,
    Xz,
    /// LZMA "alone", as before xz.
    Lzma,
    Zlib,
    Zstd,
    /// LZ4 in frames, as joblib writes it.
    Lz4,
    /// joblib before 0.10: `ZF`, the length in 17 or 19 characters of hexadecimal, zlib.
    ZFile(u8),
}

/// Memory that a decoder may ask for.
const MAX_DICTIONARY_KIB: u32 = 128 << 10;

/// The codec of a file's beginning; formats whose magic is short must inflate.
pub(super) fn codec(head: &[u8]) -> Option<Codec> {
    let codec = match head {
        [0x1F, 0x8B, 8, ..] => return Some(Codec::Gzip),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => return Some(Codec::Bzip2),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => return Some(Codec::Xz),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => return Some(Codec::Zstd),
        [0x04, 0x22, 0x4D, 0x18, ..] => return Some(Codec::Lz4),
        [0x5D, 0, 0, ..] => Codec::Lzma,
        [0x78, flags, ..] if (0x7800 + u16::from(*flags)) % 31 == 0 && flags & 0x20 == 0 => Codec::Zlib,
        [b'Z', b'F', rest @ ..] => Codec::ZFile(2 + zfile_length(rest)?),
        _ => return None,
    };
    let mut byte = [0];
    let inflates = decoder(codec, head).is_ok_and(|mut decoder| matches!(decoder.read(&mut byte), Ok(1)));
    inflates.then_some(codec)
}

/// How long the length field behind `ZF` is.
fn zfile_length(rest: &[u8]) -> Option<u8> {
    let digits = rest.iter().take(24).take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b' ' | b'L')).count();
    // The zlib header, `x`, may look like one of them.
    let digits = [19, 21, 17].into_iter().find(|length| {
        *length <= digits + 1 && matches!(rest.get(*length..), Some([0x78, ..]))
    })?;
    u8::try_from(digits).ok()
}

/// A reader of the decompressed bytes.
pub(super) fn decoder<'r>(codec: Codec, reader: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let mut reader = BufReader::with_capacity(64 << 10, Ending::new(reader));
    let decoder: Box<dyn Read + 'r> = match codec {
        Codec::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        Codec::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(reader)),
        Codec::Xz => Box::new(Xz::new(reader)),
        Codec::Lzma => Box::new(lzma_rust2::LzmaReader::new_mem_limit(reader, MAX_DICTIONARY_KIB, None)?),
        Codec::Zlib => Box::new(flate2::bufread::ZlibDecoder::new(reader)),
        Codec::Zstd => Box::new(ruzstd::decoding::StreamingDecoder::new(reader).map_err(io::Error::other)?),
        Codec::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(reader)),
        Codec::ZFile(header) => {
            io::copy(&mut (&mut reader).take(u64::from(header)), &mut io::sink())?;
            Box::new(flate2::bufread::ZlibDecoder::new(reader))
        }
    };
    Ok(Box::new(Failed { decoder, error: None }))
}

/// A decoder that is not asked again once it has failed: the one for bzip2 then ends the whole process.
struct Failed<R> {
    decoder: R,
    error: Option<(io::ErrorKind, String)>,
}

impl<R: Read> Read for Failed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some((kind, says)) = &self.error {
            return Err(io::Error::new(*kind, says.clone()));
        }
        self.decoder.read(buffer).inspect_err(|error| self.error = Some((error.kind(), error.to_string())))
    }
}

/// A reader whose end becomes an error for whoever keeps asking behind it: a decoder of LZMA2 asks for ever for the rest
/// of a chunk that was cut off.
pub(super) struct Ending<R> {
    reader: R,
    refused: u32,
}

impl<R> Ending<R> {
    /// Formats may look for another stream behind their end, a few times.
    const PATIENCE: u32 = 64;

    pub(super) fn new(reader: R) -> Self {
        Self { reader, refused: 0 }
    }
}

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            self.refused += 1;
            if self.refused > Self::PATIENCE {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(count)
    }
}

/// xz by the decoder that is fed: `XzReader` of lzma-rust2 0.25.0 loops without end in some damaged streams, this one says
/// when it gets no further.
struct Xz<R> {
    reader: R,
    stream: lzma_rust2::XzStream,
    ended: bool,
}

impl<R: BufRead> Xz<R> {
    /// Steps without a byte read or written before a stream is taken for damaged.
    const PATIENCE: u32 = 64;

    fn new(reader: R) -> Self {
        Self { reader, stream: lzma_rust2::XzStream::new_mem_limit(true, MAX_DICTIONARY_KIB), ended: false }
    }
}

impl<R: BufRead> Read for Xz<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut idle = 0;
        while !self.ended && !buffer.is_empty() {
            let input = self.reader.fill_buf()?;
            let action = if input.is_empty() { lzma_rust2::Action::Finish } else { lzma_rust2::Action::Run };
            let step = self.stream.process(input, buffer, action).map_err(io::Error::other)?;
            self.reader.consume(step.bytes_consumed);
            self.ended = step.status == lzma_rust2::Status::StreamEnd;
            if step.bytes_produced > 0 {
                return Ok(step.bytes_produced);
            }
            idle = if step.bytes_consumed == 0 { idle + 1 } else { 0 };
            if idle > Self::PATIENCE {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

/// Hands out what is inside: the members of a tar, or the file.
pub(super) fn unpack(
    reader: &mut (impl Read + Seek + ?Sized),
    codec: Codec,
    source: &Source<'_>,
    budget: &mut Budget,
    each: &mut dyn FnMut(Member<'_>, &mut Budget),
) {
    let decoder = Part::new(&mut *reader, 0, u64::MAX).and_then(|part| decoder(codec, part));
    let mut decoder = match decoder {
        Ok(decoder) => decoder,
        Err(error) => return budget.note(NotificationKind::Malformed, format!("could not be decompressed: {error}")),
    };
    let mut start = [0; 512];
    let got = read_up_to(&mut decoder, &mut start);
    let start = start.get(..got).unwrap_or_default();
    if tar::is_header(start) {
        return tar::unpack(&mut tar::Stream(start.chain(decoder)), source, budget, each);
    }
    if start.starts_with(b"X\n\0\0") {
        // R's serialisation format opens with `X` and a version.
        budget.note(NotificationKind::Unsupported, "serialised R data, whose promises run code when they are loaded: not read");
    }
    let mut whole = start.chain(decoder);
    offer(&inner_name(source.path.file_name()), &mut |take| take(&mut whole), source, budget, each);
}

fn read_up_to(reader: &mut dyn Read, buffer: &mut [u8]) -> usize {
    let mut got = 0;
    while let Some(rest) = buffer.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) | Err(_) => break,
            Ok(count) => got += count,
        }
    }
    got
}

/// `model.pkl.gz` holds `model.pkl`, `x.tgz` holds `x.tar`, `x.joblib` is compressed under its own name.
fn inner_name(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) => match extension.to_ascii_lowercase().as_str() {
            "gz" | "bz2" | "xz" | "lzma" | "zst" | "lz4" | "zlib" | "z" => stem.to_owned(),
            "tgz" | "tbz" | "tbz2" | "txz" | "tzst" => format!("{stem}.tar"),
            _ => name.to_owned(),
        },
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_magics_must_inflate() {
        assert_eq!(codec(b"x^ is not zlib at all"), None);
        assert_eq!(codec(b"ZF is a name"), None);
        assert_eq!(codec(b"\x1f\x8b\x08\0"), Some(Codec::Gzip));
    }

    #[test]
    fn frames_of_lz4_are_read_and_damaged_ones_end() {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        std::io::Write::write_all(&mut encoder, &b"a model ".repeat(5000)).unwrap();
        let frame = encoder.finish().unwrap();
        assert_eq!(codec(&frame), Some(Codec::Lz4));
        let read = |bytes: &[u8]| {
            let mut text = Vec::new();
            decoder(Codec::Lz4, bytes).unwrap().take(1 << 20).read_to_end(&mut text).map(|_| text)
        };
        let content = b"a model ".repeat(5000);
        assert_eq!(read(&frame).unwrap(), content);
        for at in 0..frame.len() {
            let mut damaged = frame.clone();
            damaged[at] ^= 0xFF;
            let _ = read(&damaged);
            assert!(read(frame.get(..at).unwrap()).map_or(true, |text| content.starts_with(&text)), "cut at {at}");
        }
    }

    #[test]
    fn a_decoder_that_failed_is_left_alone() {
        let damaged = include_bytes!("../../../fuzz/seeds/no_symbols.bz2");
        let mut decoder = decoder(Codec::Bzip2, damaged.as_slice()).unwrap();
        let mut bytes = [0; 512];
        assert!(decoder.read(&mut bytes).is_err());
        assert!(decoder.read(&mut bytes).is_err());
    }

    #[test]
    fn an_xz_that_is_cut_in_its_last_chunk_ends() {
        // `xz` of a text that does not shrink: one chunk of 27 bytes as they are, cut after 10.
        let seed = include_bytes!("../../../fuzz/seeds/call.pkl.xz");
        for length in 24..seed.len() {
            let cut = seed.get(..length).unwrap_or_default();
            if let Ok(decoder) = decoder(Codec::Xz, cut) {
                let mut bytes = Vec::new();
                let _ = decoder.take(1 << 16).read_to_end(&mut bytes);
            }
        }
    }

    #[test]
    fn names_lose_the_compression() {
        assert_eq!(inner_name("m.pkl.gz"), "m.pkl");
        assert_eq!(inner_name("m.tgz"), "m.tar");
        assert_eq!(inner_name("m.joblib"), "m.joblib");
    }
}
