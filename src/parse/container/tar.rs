//! tar: POSIX ustar, GNU and pax names. <https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html>

use std::io::{Read, Seek, SeekFrom};

use super::super::{Budget, Member};
use super::{Part, offer};
use crate::model::{NotificationKind, Source};

const BLOCK: u64 = 512;
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

/// Hands out the members.
pub(super) fn unpack(
    reader: &mut (impl Read + Seek + ?Sized),
    source: &Source<'_>,
    budget: &mut Budget,
    each: &mut dyn FnMut(Member<'_>, &mut Budget),
) {
    let length = source.len();
    let mut at = 0_u64;
    let mut long_name: Option<String> = None;
    // Each round moves on by a block at least.
    while at + BLOCK <= length {
        let mut header = [0; BLOCK as usize];
        if reader.seek(SeekFrom::Start(at)).and_then(|_| reader.read_exact(&mut header)).is_err() {
            return;
        }
        if header.iter().all(|byte| *byte == 0) {
            // The end mark. What stands behind it is another reader's archive; Python's `ignore_zeros` goes on.
            at += BLOCK;
            continue;
        }
        if !checksum_holds(&header) {
            budget.note(NotificationKind::Malformed, format!("the tar archive breaks at byte {at}"));
            return;
        }
        let Some(size) = header.get(124..136).and_then(number) else {
            budget.note(NotificationKind::Malformed, format!("a member at byte {at} has no readable size"));
            return;
        };
        let data = at + BLOCK;
        let kind = header.get(156).copied().unwrap_or_default();
        match kind {
            b'L' | b'x' => {
                let mut bytes = Vec::new();
                let read = Part::new(&mut *reader, data, size.min(MAX_NAME)).and_then(|mut part| part.read_to_end(&mut bytes));
                if read.is_ok() {
                    long_name = if kind == b'L' { Some(text(&bytes)) } else { pax_path(&bytes).or(long_name) };
                }
            }
            b'0' | 0 | b'7' | b'S' => {
                let name = long_name.take().unwrap_or_else(|| {
                    let name = header.get(..100).map(text).unwrap_or_default();
                    let prefix = header.get(345..500).map(text).unwrap_or_default();
                    let ustar = header.get(257..262) == Some(b"ustar".as_slice());
                    if ustar && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
                });
                if data.saturating_add(size) > length {
                    budget.note(NotificationKind::Malformed, format!("'{name}' is longer than the archive"));
                }
                let mut open = |take: &mut dyn FnMut(&mut dyn Read)| {
                    if let Ok(mut part) = Part::new(&mut *reader, data, size) {
                        take(&mut part);
                    }
                };
                offer(name.trim_start_matches("./"), &mut open, source, budget, each);
            }
            b'1' | b'2' => {
                let name = long_name.take().unwrap_or_else(|| header.get(..100).map(text).unwrap_or_default());
                budget.note(NotificationKind::LinkNotFollowed, format!("'{name}' is a link, which is not followed"));
            }
            _ => long_name = None,
        }
        let Some(next) = size.checked_next_multiple_of(BLOCK).and_then(|size| data.checked_add(size)) else { return };
        at = next;
    }
}

/// `12 path=name\n` among the records of a pax header.
fn pax_path(records: &[u8]) -> Option<String> {
    let records = String::from_utf8_lossy(records);
    records.lines().find_map(|line| line.split_once(' ')?.1.strip_prefix("path=").map(str::to_owned))
}
