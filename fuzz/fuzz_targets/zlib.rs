//! Streams of zlib.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read_as(b"\x78\x9C", "model", &["container"], bytes);
});
