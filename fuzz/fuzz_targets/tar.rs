//! Tar archives of all dialects, under a header that is whole.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("archive", &["container"], bytes);
    // The sum in a header is what mutation breaks first.
    let mut mended = bytes.to_vec();
    for header in mended.chunks_mut(512).filter(|header| header.get(257..262) == Some(b"ustar".as_slice())) {
        if let Some(sum) = header.get_mut(148..156) {
            sum.fill(b' ');
        }
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        if let Some(field) = header.get_mut(148..155) {
            field.copy_from_slice(format!("{sum:06o}\0").as_bytes());
        }
    }
    redan_fuzz::read("archive", &["container"], &mended);
});
