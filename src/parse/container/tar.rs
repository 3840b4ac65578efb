//! tar: POSIX ustar, GNU and pax names. <https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html>

use std::io::{Read, Seek, SeekFrom};

use super::super::{Budget, Member};
use super::offer;
use crate::model::{NotificationKind, Source};

const BLOCK: u64 = 512;
/// What is read of one archive, decompressed.
const MAX_TAPE: u64 = 64 << 30;
const MIN_TAPE: u64 = 1 << 30;
/// What inflates to more, for its length, is a bomb.
const MAX_RATIO: u64 = 24;
/// A longer name is no name.
const MAX_NAME: u64 = 64 << 10;

/// True when `head` begins with the header of a member: its checksum must hold, whatever its magic says.
pub(super) fn is_header(head: &[u8]) -> bool {
    head.get(..BLOCK as usize).is_some_and(checksum_holds)
}

/// The sum of all bytes but those of the field itself; some old writers summed them as signed.
fn checksum_holds(header: &[u8]) -> bool {
    let others = || header.iter().enumerate().filter(|(index, _)| !(148..156).contains(index));
    let spaces = 8 * i64::from(b' ');
    let unsigned: i64 = spaces + others().map(|(_, byte)| i64::from(*byte)).sum::<i64>();
    let signed: i64 = spaces + others().map(|(_, byte)| i64::from(byte.cast_signed())).sum::<i64>();
    let field = header.get(148..156).and_then(number).and_then(|sum| i64::try_from(sum).ok());
    field.is_some_and(|sum| sum == unsigned || sum == signed)
}

/// Octal, or base 256 when the first bit is set.
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && first & 0x80 != 0
    {
        return rest.iter().try_fold(u64::from(first & 0x7F), |number, byte| number.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = std::str::from_utf8(text).ok()?.trim();
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}

/// Bytes that are read forwards only, and passed over as cheaply as they can be.
pub(super) trait Tape: Read {
    /// Passes over `count` bytes.
    fn pass(&mut self, count: u64) -> std::io::Result<()>;
}

/// A file on disk or in memory.
pub(super) struct OnDisk<'r, R: ?Sized>(pub(super) &'r mut R);

impl<R: Read + ?Sized> Read for OnDisk<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read + Seek + ?Sized> Tape for OnDisk<'_, R> {
    fn pass(&mut self, count: u64) -> std::io::Result<()> {
        let count = i64::try_from(count).map_err(std::io::Error::other)?;
        self.0.seek(SeekFrom::Current(count)).map(drop)
    }
}

/// What a decompressor gives.
pub(super) struct Stream<R>(pub(super) R);

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Tape for Stream<R> {
    fn pass(&mut self, count: u64) -> std::io::Result<()> {
        std::io::copy(&mut (&mut self.0).take(count), &mut std::io::sink()).map(drop)
    }
}

/// Hands out the members.
pub(super) fn unpack(
    tape: &mut impl Tape,
    source: &Source<'_>,
    budget: &mut Budget,
    each: &mut dyn FnMut(Member<'_>, &mut Budget),
) {
    let mut long_name: Option<String> = None;
    // What a bomb inflates to is passed over, but not without end.
    let mut left = source.len().saturating_mul(MAX_RATIO).clamp(MIN_TAPE, MAX_TAPE);
    let mut long_size: Option<u64> = None;
    loop {
        let mut header = Vec::with_capacity(BLOCK as usize);
        if let Err(error) = (&mut *tape).take(BLOCK).read_to_end(&mut header) {
            return budget.note(NotificationKind::Malformed, format!("the tar archive breaks off: {error}"));
        }
        if header.is_empty() {
            return;
        }
        left = left.saturating_sub(BLOCK);
        if header.iter().all(|byte| *byte == 0) && left > 0 {
            // The end mark. Python's `ignore_zeros` goes on behind it, and so does this.
            continue;
        }
        if (header.len() as u64) < BLOCK || !checksum_holds(&header) {
            return budget.note(NotificationKind::Malformed, "the tar archive breaks off; what follows was not read");
        }
        let Some(mut size) = header.get(124..136).and_then(number) else {
            return budget.note(NotificationKind::Malformed, "a member of the tar archive has no readable size");
        };
        let kind = header.get(156).copied().unwrap_or_default();
        match kind {
            // Links, devices, folders and pipes have no data, whatever their header says; a reader that thinks otherwise
            // sees another archive.
            b'1'..=b'6' if size > 0 => {
                budget.note(NotificationKind::Malformed, "a link or folder in the tar archive has a size; it was read as having none");
                size = 0;
            }
            b'L' | b'K' | b'x' | b'X' | b'g' => {}
            _ => size = long_size.take().unwrap_or(size),
        }
        if size > left {
            return budget.note(NotificationKind::BudgetExceeded, "the tar archive is larger than what is read; the rest was not analysed");
        }
        left -= size;
        let mut taken = 0;
        match kind {
            b'L' | b'x' | b'X' => {
                let mut bytes = Vec::new();
                let read = (&mut *tape).take(size.min(MAX_NAME)).read_to_end(&mut bytes);
                taken = bytes.len() as u64;
                if read.is_ok() && kind == b'L' {
                    long_name = Some(text(&bytes));
                } else if read.is_ok() {
                    long_name = pax(&bytes, "path").or(long_name);
                    long_size = pax(&bytes, "size").and_then(|size| size.trim().parse().ok()).or(long_size);
                }
            }
            b'K' | b'g' => {}
            b'3'..=b'6' => long_name = None,
            b'1' | b'2' => {
                let name = long_name.take().unwrap_or_else(|| short_name(&header));
                budget.note(NotificationKind::LinkNotFollowed, format!("'{name}' is a link, which is not followed"));
            }
            // Files, and what no reader knows, which is taken for a file.
            _ => {
                let name = long_name.take().unwrap_or_else(|| short_name(&header));
                let mut open = |take: &mut dyn FnMut(&mut dyn Read)| {
                    let mut part = (&mut *tape).take(size);
                    take(&mut part);
                    taken = size - part.limit();
                };
                offer(name.trim_start_matches("./"), &mut open, source, budget, each);
            }
        }
        let padded = size.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX);
        if tape.pass(padded - taken).is_err() {
            return;
        }
    }
}

fn short_name(header: &[u8]) -> String {
    let name = header.get(..100).map(text).unwrap_or_default();
    let prefix = header.get(345..500).map(text).unwrap_or_default();
    let ustar = header.get(257..262) == Some(b"ustar".as_slice());
    if ustar && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
}

/// The value in `12 path=name\n` among the records of a pax header; of several the last.
fn pax(records: &[u8], key: &str) -> Option<String> {
    let records = String::from_utf8_lossy(records);
    records.lines().filter_map(|line| line.split_once(' ')?.1.strip_prefix(key)?.strip_prefix('=').map(str::to_owned)).next_back()
}
