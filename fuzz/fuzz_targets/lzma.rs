//! Streams of LZMA as it was before xz.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read_as(b"\x5D\0\0", "model", &["container"], bytes);
});
