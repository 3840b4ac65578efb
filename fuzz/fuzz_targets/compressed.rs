//! Compressed streams. The first byte says which decoder gets the rest.
#![no_main]

const MAGICS: &[&[u8]] = &[
    b"", b"\x1F\x8B\x08", b"BZh9\x31\x41\x59\x26\x53\x59", b"\xFD7zXZ\0", b"\x28\xB5\x2F\xFD", b"\x5D\0\0", b"\x78\x9C", b"ZF0x0000000000000ff",
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    redan_fuzz::read("model", &["container"], bytes);
    if let Some((first, rest)) = bytes.split_first()
        && let Some(magic) = MAGICS.get(usize::from(*first))
    {
        redan_fuzz::read_behind(magic, "model", &["container"], rest);
    }
});
