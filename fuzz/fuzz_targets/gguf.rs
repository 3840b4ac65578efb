//! Headers of GGUF.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("model.gguf", &["gguf"], bytes);
    redan_fuzz::read_as(b"GGUF\x03\0\0\0", "model", &["gguf"], bytes);
});
