//! What carries a pickle in itself (programs, images, databases), and pointers to what is elsewhere.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("script.py", &["hidden_pickle"], bytes);
    redan_fuzz::read("data", &["hidden_pickle", "lfs_pointer"], bytes);
    redan_fuzz::read_as(b"SQLite format 3\0", "data", &["hidden_pickle"], bytes);
});
