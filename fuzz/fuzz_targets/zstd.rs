//! Frames of Zstandard.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read_as(b"\x28\xB5\x2F\xFD", "model", &["container"], bytes);
});
