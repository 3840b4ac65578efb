//! Zip archives: headers that lie, two directories that disagree, streams that break.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("model.pt", &["container"], bytes);
    redan_fuzz::read_as(b"PK\x03\x04", "archive", &["container"], bytes);
});
