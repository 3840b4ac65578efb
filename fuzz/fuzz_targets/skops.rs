//! Schemas of skops.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("model.skops!schema.json", &["skops"], bytes);
});
