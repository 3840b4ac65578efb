//! Arrays of numpy, of objects too.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("data", &["npy"], bytes);
    redan_fuzz::read_as(b"\x93NUMPY\x01\0", "data", &["npy"], bytes);
});
