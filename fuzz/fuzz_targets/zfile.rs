//! Compressed files of joblib before 0.10.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read_as(b"ZF0x0000000000000ff", "model", &["container"], bytes);
    redan_fuzz::read_as(b"ZF0x0000000000000ff\x78\x9C", "model", &["container"], bytes);
});
