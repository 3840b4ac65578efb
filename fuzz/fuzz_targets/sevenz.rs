//! 7z archives, with their checksums mended: a header that fails its own is never looked into.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("archive", &["container"], bytes);
    // Behind the signature: the checksum of the start header, which holds where the header is, how long, and its checksum.
    let place = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let (Some(offset), Some(length)) = (place(12), place(20)) else { return };
    let header = usize::try_from(offset.saturating_add(32))
        .ok()
        .and_then(|start| bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?));
    let mut mended = bytes.to_vec();
    if let Some(header) = header {
        mended[28..32].copy_from_slice(&crc32fast::hash(header).to_le_bytes());
        let start = crc32fast::hash(&mended[12..32]).to_le_bytes();
        mended[8..12].copy_from_slice(&start);
        redan_fuzz::read("archive", &["container"], &mended);
    }
});
