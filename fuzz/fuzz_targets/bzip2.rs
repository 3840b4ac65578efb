//! Streams of bzip2.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read_as(b"BZh9\x31\x41\x59\x26\x53\x59", "model", &["container"], bytes);
});
