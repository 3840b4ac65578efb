//! Streams of gzip.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read_as(b"\x1F\x8B\x08", "model", &["container"], bytes);
});
