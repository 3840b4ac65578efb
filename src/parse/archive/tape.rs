//! Tar (POSIX ustar and its GNU and pax extensions), and streams that may hold one.

use std::io::{Cursor, Read};

use super::Hand;
use crate::model::NotificationKind;

/// Where the magic of a tar header stands.
const MAGIC_AT: usize = 257;
const BLOCK: usize = 512;

/// Hands out the regular files of a tar.
pub(super) fn unpack(reader: impl Read, hand: &mut Hand<'_, '_>) {
    let mut archive = tar::Archive::new(reader);
    let Ok(entries) = archive.entries() else {
        return hand.budget.note(NotificationKind::Malformed, "it begins as a tar archive and cannot be read as one");
    };
    for entry in entries {
        if !hand.may_go_on() {
            return;
        }
        let Ok(mut entry) = entry else {
            return hand.budget.note(
                NotificationKind::Malformed,
                "the tar archive ends early or is damaged; the rest was not analysed",
            );
        };
        if entry.header().entry_type().is_file() {
            let name = super::shown(&String::from_utf8_lossy(&entry.path_bytes()));
            if !hand.give(&name, &mut entry) {
                return;
            }
        }
    }
}

/// Hands out the files of the tar that a stream holds, or the stream itself under the name `stem`.
pub(super) fn unpack_stream(mut reader: impl Read, stem: &str, hand: &mut Hand<'_, '_>) {
    let mut head = Vec::with_capacity(BLOCK);
    // What cannot be read here cannot be read by `give` either, which says so.
    let failed = (&mut reader).take(BLOCK as u64).read_to_end(&mut head).is_err();
    let is_tar = head.get(MAGIC_AT..MAGIC_AT + 5) == Some(b"ustar");
    let mut whole = Cursor::new(head).chain(reader);
    if failed {
        hand.give(stem, &mut whole);
        hand.budget.note(NotificationKind::Malformed, "the compressed data is damaged or cut off");
    } else if is_tar {
        unpack(whole, hand);
    } else if hand.may_go_on() {
        hand.give(stem, &mut whole);
    }
}
