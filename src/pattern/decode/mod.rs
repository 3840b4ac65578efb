//! Guessed encodings.

use std::ops::Range;

use crate::model::OffsetMap;

/// Encodings inside encodings that are followed.
pub const MAX_DEPTH: u8 = 3;

/// Hands out every decoded text.
pub fn each(_text: &[u8], _runs: &[Range<usize>], _depth: u8, _found: &mut dyn FnMut(&[u8], &OffsetMap)) {}
