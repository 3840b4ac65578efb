//! Streams of xz, with the checksums of both headers mended: one that fails its own is never looked into.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    // Behind the magic: two bytes of flags, their checksum, and the first block's header, which begins with its size.
    if let Some(stream) = bytes.get_mut(6..12) {
        let sum = crc32fast::hash(&stream[..2]).to_le_bytes();
        stream[2..].copy_from_slice(&sum);
    }
    let size = bytes.get(12).map_or(0, |size| (usize::from(*size) + 1) * 4);
    if let Some(block) = bytes.get_mut(12..12 + size)
        && let Some((header, sum)) = block.split_last_chunk_mut::<4>()
    {
        *sum = crc32fast::hash(header).to_le_bytes();
    }
    redan_fuzz::read_as(b"\xFD7zXZ\0", "model", &["container"], &bytes);
});
