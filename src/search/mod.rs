//! Finding many short texts in one pass: the few cores that they share (`sieve`), by looking up the nibbles of many bytes at
//! once (`nibbles`).
//!
//! With `pattern/masks.rs` the one place with `unsafe`: on x86-64 with AVX2, the nibbles of 32 bytes are looked up in tables
//! of 16 entries at once; with AVX-512, 64 bytes in tables of 64 or 128. Elsewhere one byte is looked up after the other. All
//! ways are compared by tests.

mod nibbles;
mod rarity;
mod sieve;

pub use rarity::rarity;
pub use sieve::{Form, Sieve};

/// The vectors of the processor that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vectors {
    /// None.
    Absent,
    /// 32 bytes.
    Avx2,
    /// 64 bytes, with tables of more than 16 entries (VBMI).
    Avx512,
}

/// The best that the processor has.
#[cfg(target_arch = "x86_64")]
pub fn vectors() -> Vectors {
    use std::arch::is_x86_feature_detected as has;
    if has!("avx512f") && has!("avx512bw") && has!("avx512vbmi") {
        Vectors::Avx512
    } else if has!("avx2") {
        Vectors::Avx2
    } else {
        Vectors::Absent
    }
}

/// The best that the processor has.
#[cfg(not(target_arch = "x86_64"))]
pub fn vectors() -> Vectors {
    Vectors::Absent
}
