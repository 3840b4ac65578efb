//! zip, read as tolerantly as the most tolerant loader: every member that the central directory or a local header
//! names, duplicates included, whatever flags, sizes and checksums say. Where the two disagree is a fact of its own.
//!
//! PKWARE's APPNOTE: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Seek, SeekFrom};

use super::super::{Budget, Member};
use super::compressed::{self, Codec};
use super::{Part, offer};
use crate::model::{NotificationKind, Source};

/// Members that are listed; more are said not to be read.
const MAX_MEMBERS: usize = 65_536;
/// The end record stands in the last 64 KiB and its own 22 bytes.
const MAX_COMMENT: u64 = (64 << 10) + 22 + 20;
/// A file up to this length is searched for local headers that nothing points at.
const MAX_SEARCH: u64 = 64 << 20;

/// What a zip file says it holds.
pub(super) struct Directory {
    /// By the offset of the local header.
    pub(super) members: BTreeMap<u64, Entry>,
    /// Where its headers contradict each other.
    pub(super) oddities: Vec<String>,
    /// More members than are listed.
    pub(super) cut: bool,
    /// It has a central directory.
    has_end: bool,
}

/// One member.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// As the central directory names it, else as its local header does.
    pub(super) name: String,
    flags: u16,
    method: u16,
    start: u64,
    length: u64,
}

impl Directory {
    /// Reads both views of a zip file.
    pub(super) fn read(reader: &mut (impl Read + Seek + ?Sized)) -> Self {
        let mut directory = Self { members: BTreeMap::new(), oddities: Vec::new(), cut: false, has_end: false };
        let length = reader.seek(SeekFrom::End(0)).unwrap_or(0);
        let central = central(reader, length);
        directory.has_end = central.is_some();
        // In the order of their places: the file is read once, from front to back.
        let mut records = central.unwrap_or_default();
        records.sort_by_key(|record| record.offset);
        for record in records {
            directory.add(reader, record, length);
        }
        directory.add_hidden(reader, length);
        if !directory.has_end && !directory.members.is_empty() {
            directory.odd("it has no central directory");
        }
        directory
    }

    fn odd(&mut self, says: &str) {
        if self.oddities.len() < 8 && !self.oddities.iter().any(|known| known == says) {
            self.oddities.push(says.to_owned());
        }
    }

    fn add(&mut self, reader: &mut (impl Read + Seek + ?Sized), record: Record, length: u64) {
        if self.members.len() >= MAX_MEMBERS {
            self.cut = true;
            return;
        }
        let Some(local) = local_header(reader, record.offset) else {
            self.odd("a member of its central directory is not where that says");
            return;
        };
        let known_size = record.compressed.max(local.compressed);
        if local.name != record.name {
            self.odd("its two directories name a member differently");
        }
        if local.method != record.method {
            self.odd("its two directories compress a member differently");
        }
        if local.compressed != record.compressed && local.compressed != 0 && local.flags & 8 == 0 && local.compressed != u64::from(u32::MAX) {
            self.odd("its two directories give a member two sizes");
        }
        let left = length.saturating_sub(local.start);
        let entry = Entry {
            name: record.name,
            flags: local.flags | record.flags,
            // Readers go by the central directory; where that says stored, the bytes themselves will show.
            method: record.method,
            start: local.start,
            length: if known_size == 0 { 0 } else { known_size.min(left) },
        };
        if self.members.insert(record.offset, entry).is_some() {
            self.odd("two members of its central directory are the same bytes");
        }
    }

    /// Local headers that the central directory does not name.
    fn add_hidden(&mut self, reader: &mut (impl Read + Seek + ?Sized), length: u64) {
        let mut hidden = Vec::new();
        if length <= MAX_SEARCH {
            let mut at = 0_u64;
            let mut window = Vec::new();
            // Windows overlap by less than a header's mark.
            while at < length {
                window.clear();
                let read = reader.seek(SeekFrom::Start(at)).and_then(|_| (&mut *reader).take(1 << 20).read_to_end(&mut window));
                if read.is_err() || window.len() < 4 {
                    break;
                }
                hidden.extend(memchr::memmem::find_iter(&window, b"PK\x03\x04").map(|found| at + found as u64));
                at += window.len() as u64 - 3;
            }
        } else {
            // Between the members of a large file there is room for one only right behind each.
            hidden.push(0);
            hidden.extend(self.members.values().map(|entry| entry.start.saturating_add(entry.length)));
        }
        for offset in hidden {
            let inside = self.members.range(..=offset).next_back().is_some_and(|(start, entry)| {
                *start == offset || (offset >= entry.start && offset < entry.start.saturating_add(entry.length))
            });
            if inside || self.members.len() >= MAX_MEMBERS {
                continue;
            }
            let Some(local) = local_header(reader, offset) else { continue };
            let next = self.members.range(offset + 1..).next().map_or(length, |(next, _)| *next);
            let bound = next.max(local.start).saturating_sub(local.start);
            let size = if local.compressed == 0 { bound } else { local.compressed.min(length.saturating_sub(local.start)) };
            self.odd("it holds a member that its central directory does not name");
            let entry = Entry { name: local.name, flags: local.flags, method: local.method, start: local.start, length: size };
            self.members.insert(offset, entry);
        }
    }
}

/// Hands out the members.
pub(super) fn unpack(
    reader: &mut (impl Read + Seek + ?Sized),
    source: &Source<'_>,
    budget: &mut Budget,
    each: &mut dyn FnMut(Member<'_>, &mut Budget),
) {
    let directory = Directory::read(reader);
    if directory.cut {
        budget.note(NotificationKind::BudgetExceeded, format!("only the first {MAX_MEMBERS} members were unpacked"));
    }
    if directory.members.is_empty() && !directory.has_end {
        budget.note(NotificationKind::Malformed, "it begins as a zip archive and cannot be read as one");
    }
    let end = source.len();
    for entry in directory.members.values() {
        if entry.name.ends_with('/') && entry.length == 0 {
            continue;
        }
        if entry.flags & 1 != 0 {
            let message = format!("'{}' is marked as encrypted; what it holds was read as if it were not", entry.name);
            budget.note(NotificationKind::Unsupported, message);
        }
        if !matches!(entry.method, 0 | 8 | 12 | 14 | 93 | 95) {
            let message = format!("'{}' is compressed by method {}, which is not read", entry.name, entry.method);
            budget.note(NotificationKind::Unsupported, message);
        }
        // A decoder knows its own end, so a size that lies cannot cut it short.
        let length = if entry.method == 0 { entry.length } else { end.saturating_sub(entry.start) };
        let mut open = |take: &mut dyn FnMut(&mut dyn Read)| {
            if let Ok(part) = Part::new(&mut *reader, entry.start, length) {
                inflate(part, entry.method, take);
            }
        };
        let name = entry.name.trim_start_matches("./");
        offer(name, &mut open, source, budget, each);
    }
}

fn inflate(part: impl Read, method: u16, take: &mut dyn FnMut(&mut dyn Read)) {
    match method {
        // Smaller than what the file is read by: a member must not take what stands behind it out of that buffer.
        8 => take(&mut flate2::bufread::DeflateDecoder::new(BufReader::with_capacity(8 << 10, part))),
        12 | 93 | 95 => {
            let codec = match method {
                12 => Codec::Bzip2,
                93 => Codec::Zstd,
                _ => Codec::Xz,
            };
            if let Ok(mut decoder) = compressed::decoder(codec, part) {
                take(&mut decoder);
            }
        }
        14 => {
            // Two bytes of version, two of length, five of properties.
            let mut part = BufReader::new(compressed::Ending::new(part));
            let mut header = [0; 9];
            if part.read_exact(&mut header).is_ok() {
                let [_, _, _, _, properties, a, b, c, d] = header;
                let dictionary = u32::from_le_bytes([a, b, c, d]).min(128 << 20);
                if let Ok(mut decoder) = lzma_rust2::LzmaReader::new_with_props(part, u64::MAX, properties, dictionary, None) {
                    take(&mut decoder);
                }
            }
        }
        _ => {
            let mut part = part;
            take(&mut part);
        }
    }
}

/// A record of the central directory.
struct Record {
    name: String,
    flags: u16,
    method: u16,
    compressed: u64,
    offset: u64,
}

struct Local {
    name: String,
    flags: u16,
    method: u16,
    compressed: u64,
    start: u64,
}

fn local_header(reader: &mut (impl Read + Seek + ?Sized), offset: u64) -> Option<Local> {
    reader.seek(SeekFrom::Start(offset)).ok()?;
    let mut header = [0; 30];
    reader.read_exact(&mut header).ok()?;
    header.starts_with(b"PK\x03\x04").then_some(())?;
    let name_length = u64::from(u16_at(&header, 26)?);
    let extra_length = u64::from(u16_at(&header, 28)?);
    let mut name = Vec::new();
    reader.take(name_length).read_to_end(&mut name).ok()?;
    let mut extra = Vec::new();
    reader.take(extra_length).read_to_end(&mut extra).ok()?;
    let mut compressed = u64::from(u32_at(&header, 18)?);
    if compressed == u64::from(u32::MAX) {
        // The local zip64 field holds both sizes.
        compressed = zip64(&extra).and_then(|field| u64_at(field, 8)).unwrap_or(compressed);
    }
    Some(Local {
        name: String::from_utf8_lossy(&name).into_owned(),
        flags: u16_at(&header, 6)?,
        method: u16_at(&header, 8)?,
        compressed,
        start: offset.checked_add(30)?.checked_add(name_length)?.checked_add(extra_length)?,
    })
}

/// The records of the central directory; `None` when there is none.
fn central(reader: &mut (impl Read + Seek + ?Sized), length: u64) -> Option<Vec<Record>> {
    let tail_start = length.saturating_sub(MAX_COMMENT);
    let mut tail = Vec::new();
    reader.seek(SeekFrom::Start(tail_start)).ok()?;
    reader.take(MAX_COMMENT).read_to_end(&mut tail).ok()?;
    let end = memchr::memmem::rfind(&tail, b"PK\x05\x06")?;
    let record = tail.get(end..)?;
    let (mut size, mut offset) = (u64::from(u32_at(record, 12)?), u64::from(u32_at(record, 16)?));
    let mut directory_end = tail_start + end as u64;
    let before = end.checked_sub(20).and_then(|locator| tail.get(locator..end));
    if let Some(locator) = before.filter(|locator| locator.starts_with(b"PK\x06\x07")) {
        let at = u64_at(locator, 8)?;
        let mut wide = [0; 56];
        // Where bytes were put in front of the archive, the record stands right before its locator all the same.
        for candidate in [at, directory_end.saturating_sub(20 + 56)] {
            reader.seek(SeekFrom::Start(candidate)).ok()?;
            if reader.read_exact(&mut wide).is_ok() && wide.starts_with(b"PK\x06\x06") {
                (size, offset) = (u64_at(&wide, 40)?, u64_at(&wide, 48)?);
                directory_end = candidate;
                break;
            }
        }
    }
    // Offsets count from the archive's beginning, which need not be the file's.
    let start = directory_end.checked_sub(size).filter(|start| *start >= offset).unwrap_or(offset);
    let shift = start.saturating_sub(offset);
    reader.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = Vec::new();
    // 65,536 records of 46 bytes and their names fit.
    reader.take(directory_end.saturating_sub(start).min(32 << 20)).read_to_end(&mut bytes).ok()?;
    let mut records = Vec::new();
    let mut at = 0_usize;
    while let Some(record) = bytes.get(at..).filter(|record| record.starts_with(b"PK\x01\x02")) {
        let lengths = [28, 30, 32].map(|place| u16_at(record, place).map(usize::from));
        let [Some(name), Some(extra), Some(comment)] = lengths else { break };
        let Some(name_bytes) = record.get(46..46 + name) else { break };
        let extra_bytes = record.get(46 + name..46 + name + extra).unwrap_or_default();
        let (Some(flags), Some(method), Some(compressed), Some(plain), Some(local)) =
            (u16_at(record, 8), u16_at(record, 10), u32_at(record, 20), u32_at(record, 24), u32_at(record, 42))
        else {
            break;
        };
        let (mut compressed, mut local) = (u64::from(compressed), u64::from(local));
        // The zip64 field holds, in this order, those of the values that are all ones.
        if let Some(field) = zip64(extra_bytes) {
            let mut place = if plain == u32::MAX { 8 } else { 0 };
            if compressed == u64::from(u32::MAX) {
                compressed = u64_at(field, place).unwrap_or(compressed);
                place += 8;
            }
            if local == u64::from(u32::MAX) {
                local = u64_at(field, place).unwrap_or(local);
            }
        }
        records.push(Record {
            name: String::from_utf8_lossy(name_bytes).into_owned(),
            flags,
            method,
            compressed,
            offset: local.saturating_add(shift),
        });
        at += 46 + name + extra + comment;
        if records.len() > MAX_MEMBERS {
            break;
        }
    }
    Some(records)
}

/// The zip64 field of an extra area.
fn zip64(mut extra: &[u8]) -> Option<&[u8]> {
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let end = 4 + usize::from(length);
        let field = extra.get(4..end)?;
        if id == 1 {
            return Some(field);
        }
        extra = extra.get(end..)?;
    }
    None
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
