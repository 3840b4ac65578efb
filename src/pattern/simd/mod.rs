//! What is asked of every byte of a text, with the processor's vectors: which kinds it is of ([`masks`]), and whether a
//! literal may begin with it ([`nibbles`]).
//!
//! The one folder with `unsafe`: on x86-64 with AVX2, the nibbles of 32 bytes are looked up in tables of 16 entries at
//! once. Elsewhere one byte is looked up after the other. Both ways are compared by tests.

pub mod masks;
pub mod nibbles;

/// True when the vectors can be used.
#[cfg(target_arch = "x86_64")]
pub fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

/// True when the vectors can be used.
#[cfg(not(target_arch = "x86_64"))]
pub fn has_avx2() -> bool {
    false
}
