//! Code of TorchScript.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("model.pt!m/code/model.py", &["torchscript"], bytes);
});
