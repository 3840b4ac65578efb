//! tar: POSIX ustar, GNU and pax names. <https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html>

use std::io::{Read, Seek, SeekFrom};

use super::super::{Budget, Member};
use super::offer;
use crate::model::{NotificationKind, Source};

const BLOCK: u64 = 512;
/// What is read of one archive, decompressed.
const MAX_TAPE: u64 = 16 << 30;
/// A longer name is no name.
const MAX_NAME: u64 = 64 << 10;

/// True when `head` begins with the header of a member: its checksum must hold, whatever its magic says.
pub(super) fn is_header(head: &[u8]) -> bool {
    let Some(header) = head.get(..BLOCK as usize) else { return false };
    header.first().is_some_and(|byte| *byte != 0) && checksum_holds(header)
}

fn checksum_holds(header: &[u8]) -> bool {
    let sum: u64 = header
        .iter()
        .enumerate()
        .map(|(index, byte)| if (148..156).contains(&index) { u64::from(b' ') } else { u64::from(*byte) })
        .sum();
    header.get(148..156).and_then(number) == Some(sum)
}

/// Octal, or base 256 when the first bit is set.
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && first & 0x80 != 0
    {
        return rest.iter().try_fold(u64::from(first & 0x7F), |number, byte| number.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
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
    let mut left = MAX_TAPE;
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
        let Some(size) = header.get(124..136).and_then(number) else {
            return budget.note(NotificationKind::Malformed, "a member of the tar archive has no readable size");
        };
        if size > left {
            return budget.note(NotificationKind::BudgetExceeded, "the tar archive is larger than what is read; the rest was not analysed");
        }
        left -= size;
        let kind = header.get(156).copied().unwrap_or_default();
        let mut taken = 0;
        match kind {
            b'L' | b'x' => {
                let mut bytes = Vec::new();
                let read = (&mut *tape).take(size.min(MAX_NAME)).read_to_end(&mut bytes);
                taken = bytes.len() as u64;
                if read.is_ok() {
                    long_name = if kind == b'L' { Some(text(&bytes)) } else { pax_path(&bytes).or(long_name) };
                }
            }
            b'0' | 0 | b'7' | b'S' => {
                let name = long_name.take().unwrap_or_else(|| short_name(&header));
                let mut open = |take: &mut dyn FnMut(&mut dyn Read)| {
                    let mut part = (&mut *tape).take(size);
                    take(&mut part);
                    taken = size - part.limit();
                };
                offer(name.trim_start_matches("./"), &mut open, source, budget, each);
            }
            b'1' | b'2' => {
                let name = long_name.take().unwrap_or_else(|| short_name(&header));
                budget.note(NotificationKind::LinkNotFollowed, format!("'{name}' is a link, which is not followed"));
            }
            _ => long_name = None,
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

/// `12 path=name\n` among the records of a pax header.
fn pax_path(records: &[u8]) -> Option<String> {
    let records = String::from_utf8_lossy(records);
    records.lines().find_map(|line| line.split_once(' ')?.1.strip_prefix("path=").map(str::to_owned))
}
