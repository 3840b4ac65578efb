//! Headers of safetensors.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("model.safetensors", &["safetensors"], bytes);
});
