//! 7z. <https://www.7-zip.org/7z.html> (its `7zFormat.txt`)
//!
//! Members of a solid archive are one stream, so what nobody wants of it is decoded all the same, within the budget.
//! Encrypted archives and the rarer methods (PPMd, deflate, bzip2) are not read.

use std::io::{Read, Seek};

use sevenz_rust2::{Archive, ArchiveReader, EncoderMethod, EntryDecision, Password};

use super::super::{Budget, Member};
use super::offer;
use crate::model::{NotificationKind, Source};

/// What a decoder, or a header, may ask for.
const MAX_MEMORY_KIB: usize = 128 << 10;

/// Methods that are decoded.
const METHODS: &[&[u8]] = &[
    EncoderMethod::ID_COPY, EncoderMethod::ID_LZMA, EncoderMethod::ID_LZMA2, EncoderMethod::ID_DELTA, EncoderMethod::ID_BCJ2,
    EncoderMethod::ID_BCJ_X86, EncoderMethod::ID_BCJ_ARM, EncoderMethod::ID_BCJ_ARM64, EncoderMethod::ID_BCJ_ARM_THUMB, EncoderMethod::ID_BCJ_PPC,
    EncoderMethod::ID_BCJ_IA64, EncoderMethod::ID_BCJ_SPARC, EncoderMethod::ID_BCJ_RISCV,
];

/// True when the directory can be read, and every method that it names.
pub(super) fn is_readable(reader: &mut (impl Read + Seek + ?Sized)) -> bool {
    let mut reader = reader;
    Archive::read_with_memory_limit(&mut reader, &Password::empty(), MAX_MEMORY_KIB)
        .is_ok_and(|archive| archive.blocks.iter().flat_map(|block| &block.coders).all(|coder| METHODS.contains(&coder.encoder_method_id())))
}

/// Hands out the members.
pub(super) fn unpack(
    reader: &mut (impl Read + Seek + ?Sized),
    source: &Source<'_>,
    budget: &mut Budget,
    each: &mut dyn FnMut(Member<'_>, &mut Budget),
) {
    let mut archive = match ArchiveReader::new_with_memory_limit(reader, Password::empty(), MAX_MEMORY_KIB) {
        Ok(archive) => archive,
        Err(error) => return budget.note(NotificationKind::Malformed, format!("the 7z archive cannot be read: {error}")),
    };
    archive.set_thread_count(1);
    let read = archive.for_each_entries_with_decision_allowing_surplus(|entry, bytes| {
        if entry.is_directory() || !entry.has_stream() {
            return Ok(EntryDecision::Continue);
        }
        if budget.members == 0 || entry.size() > budget.bytes {
            budget.note(NotificationKind::BudgetExceeded, format!("'{}' and what follows it was not unpacked", entry.name()));
            return Ok(if budget.members == 0 { EntryDecision::Stop } else { EntryDecision::SkipBlock });
        }
        let before = budget.bytes;
        offer(entry.name().trim_start_matches("./"), &mut |take| take(&mut *bytes), source, budget, each);
        // What was not wanted is decoded to reach what follows.
        let taken = before.saturating_sub(budget.bytes);
        budget.bytes = budget.bytes.saturating_sub(entry.size().saturating_sub(taken));
        Ok(EntryDecision::Continue)
    });
    if let Err(error) = read {
        budget.note(NotificationKind::Malformed, format!("the 7z archive could not be read to its end: {error}"));
    }
}
