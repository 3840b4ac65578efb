//! Configurations of Keras in JSON and HDF5, schemas of skops, code of TorchScript.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("config.json", &["keras"], bytes);
    redan_fuzz::read_behind(b"\x89HDF\r\n\x1a\n", "model.h5", &["keras"], bytes);
    redan_fuzz::read("schema.json", &["skops"], bytes);
    redan_fuzz::read("model.pt!m/code/model.py", &["torchscript"], bytes);
});
