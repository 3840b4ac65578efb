//! Archives and compressed files: zip (wheels, jars, office documents, model containers), tar, gzip, bzip2, xz and
//! zstd, alone or around a tar. Recognised by their first bytes, whatever they are called.
//!
//! Members are decompressed into memory one at a time and handed out; nothing is written to disk, no path of
//! a member is ever used as one, and [`Budget`] bounds bytes, members and nesting over the whole file. What
//! cannot be read (encrypted, cut off, an unknown method, past the budget) is named.

mod tape;
mod zipped;

use std::io::Read;

use super::{Budget, Member, Parser};
use crate::model::{ArtifactPath, Document, NotificationKind, Source};

/// Containers of files.
pub struct Archive;

/// How much of a member is handed out at once. A longer text is handed out in pieces, of which each repeats the
/// end of the one before.
const PIECE: usize = 8 << 20;
/// How much a piece repeats.
const REPEATED: usize = 64 << 10;

impl Parser for Archive {
    fn name(&self) -> &'static str {
        "archive"
    }

    fn reads(&self) -> &'static str {
        "zip (wheels, jars, office and model containers), tar, gzip, bzip2, xz, zstd: their members, as if they were files"
    }

    fn claims(&self, _path: &ArtifactPath, head: &[u8]) -> bool {
        Kind::of(head).is_some()
    }

    fn parse<'a>(&self, _source: &'a Source<'a>, _document: &mut Document<'a>) {}

    fn unpack(&self, source: &Source<'_>, budget: &mut Budget, each: &mut dyn FnMut(Member<'_>, &mut Budget)) {
        let Some(kind) = Kind::of(source.text()) else { return };
        let reader = match source.reader() {
            Ok(reader) => reader,
            Err(error) => return budget.note(NotificationKind::Unreadable, format!("could not be read: {error}")),
        };
        let mut hand = Hand { budget, each };
        let stem = inner_name(source.path.file_name());
        match kind {
            Kind::Zip => zipped::unpack(reader, &mut hand),
            Kind::Tar => tape::unpack(reader, &mut hand),
            Kind::Gzip => tape::unpack_stream(flate2::read::MultiGzDecoder::new(reader), &stem, &mut hand),
            Kind::Bzip2 => tape::unpack_stream(bzip2::read::MultiBzDecoder::new(reader), &stem, &mut hand),
            Kind::Xz => {
                tape::unpack_stream(lzma_rust2::XzReader::new_mem_limit(reader, true, MEMORY_KIB), &stem, &mut hand);
            }
            Kind::Zstd => match ruzstd::decoding::StreamingDecoder::new(reader) {
                Ok(decoder) => tape::unpack_stream(decoder, &stem, &mut hand),
                Err(_) => hand.budget.note(NotificationKind::Malformed, "it is no readable zstd file"),
            },
        }
    }
}

/// What an xz file may make its decoder allocate.
const MEMORY_KIB: u32 = 64 << 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Zip,
    Tar,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Kind {
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            [0x1F, 0x8B, 8, ..] => Some(Self::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Some(Self::Bzip2),
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstd),
            _ if head.get(257..262) == Some(b"ustar") => Some(Self::Tar),
            _ => None,
        }
    }
}

/// What a compressed file holds when it is no tar: `a.json.gz` → `a.json`.
fn inner_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let known = [".gz", ".bz2", ".xz", ".zst", ".zstd", ".gzip"];
    let stem =
        known.iter().find(|suffix| lower.ends_with(**suffix)).and_then(|suffix| name.get(..name.len() - suffix.len()));
    stem.filter(|stem| !stem.is_empty()).unwrap_or("content").to_owned()
}

/// A member's name as reports show it: `/` between its parts.
fn shown(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches("./").to_owned()
}

/// Hands out members within the budget.
struct Hand<'h, 'e> {
    budget: &'h mut Budget,
    each: &'h mut (dyn FnMut(Member<'_>, &mut Budget) + 'e),
}

impl Hand<'_, '_> {
    /// True while there is budget for another member; says so once when there is none.
    fn may_go_on(&mut self) -> bool {
        if self.budget.members == 0 || self.budget.bytes == 0 {
            self.budget.note(
                NotificationKind::BudgetExceeded,
                "it has more, or larger, members than are read; the rest was not analysed",
            );
            return false;
        }
        true
    }

    /// Reads one member and hands it out. The result is false when reading cannot go on after it.
    fn give(&mut self, path: &str, reader: &mut dyn Read) -> bool {
        self.budget.members = self.budget.members.saturating_sub(1);
        let mut buffer = Vec::new();
        let mut first = true;
        loop {
            let wanted = (PIECE.saturating_sub(buffer.len()) as u64).min(self.budget.bytes);
            let before = buffer.len();
            let outcome = reader.take(wanted).read_to_end(&mut buffer);
            let read = (buffer.len() - before) as u64;
            self.budget.bytes = self.budget.bytes.saturating_sub(read);
            let is_last = read < wanted || read == 0;
            if first || read > 0 {
                (self.each)(Member { path: path.to_owned(), bytes: &buffer }, self.budget);
            }
            if outcome.is_err() {
                self.budget.note(NotificationKind::Malformed, format!("'{path}' could not be unpacked to its end"));
                return false;
            }
            if self.budget.bytes == 0 && !is_last {
                return self.may_go_on();
            }
            // Of numbers only the beginning is of interest; a text goes on in the next piece.
            if is_last || memchr::memchr(0, buffer.get(..8192).unwrap_or(&buffer)).is_some() {
                return true;
            }
            first = false;
            buffer.drain(..buffer.len().saturating_sub(REPEATED));
        }
    }
}

#[cfg(test)]
mod tests;
