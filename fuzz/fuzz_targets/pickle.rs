//! The pickle machine, under a name that promises a pickle and one that does not.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for name in ["model.pkl", "model"] {
        redan_fuzz::read(name, &["pickle"], bytes);
    }
});
