//! Configurations of Keras in HDF5.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read_as(b"\x89HDF\r\n\x1a\n", "model.h5", &["keras"], bytes);
});
