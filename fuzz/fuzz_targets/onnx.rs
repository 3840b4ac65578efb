//! Operators and external data of ONNX.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("model.onnx", &["onnx"], bytes);
});
