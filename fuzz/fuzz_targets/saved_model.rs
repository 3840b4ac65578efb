//! Graphs of TensorFlow's SavedModel.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("saved_model.pb", &["saved_model"], bytes);
});
