//! What carries a pickle in itself: programs, images, databases, arrays of objects; and pointers to what is elsewhere.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("script.py", &["hidden_pickle"], bytes);
    redan_fuzz::read("data", &["hidden_pickle", "npy", "lfs_pointer"], bytes);
    redan_fuzz::read_behind(b"SQLite format 3\0", "data", &["hidden_pickle"], bytes);
    redan_fuzz::read_behind(b"\x93NUMPY\x01\0", "data", &["npy"], bytes);
});
