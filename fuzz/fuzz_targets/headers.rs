//! Formats that are a header and tensors: GGUF, safetensors.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("model.gguf", &["gguf"], bytes);
    redan_fuzz::read_behind(b"GGUF\x03\0\0\0", "model", &["gguf"], bytes);
    redan_fuzz::read("model.safetensors", &["safetensors"], bytes);
});
