//! Configurations of Keras in JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("model.keras!config.json", &["keras"], bytes);
});
