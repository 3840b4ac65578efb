//! Long texts that were searched and hold nothing: the same data lies in many folders of a repository, and need be searched
//! in one of them only.
//!
//! A text is known again by a hash of 64 bits, drawn anew for each run, so that nobody can write a file that is taken for
//! another one.

use std::collections::HashSet;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};

use foldhash::quality::RandomState;

use super::Search;

/// A shorter text is searched as fast as it is looked up.
const SHORTEST: usize = 16 << 10;

/// The texts without a match.
#[derive(Debug, Default)]
pub struct Searched {
    hashes: RandomState,
    without: Mutex<HashSet<Text>>,
}

/// A text and how it was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    hash: u64,
    len: usize,
    how: Search,
}

impl Searched {
    /// What a text is known by; `None` where it is too short.
    pub fn text(&self, text: &[u8], how: Search) -> Option<Text> {
        (text.len() >= SHORTEST).then(|| Text { hash: self.hashes.hash_one(text), len: text.len(), how })
    }

    /// True when the text was searched before and held nothing.
    pub fn is_without(&self, text: Text) -> bool {
        self.texts().contains(&text)
    }

    /// Remembers that the text holds nothing.
    pub fn add(&self, text: Text) {
        self.texts().insert(text);
    }

    fn texts(&self) -> std::sync::MutexGuard<'_, HashSet<Text>> {
        // Each step leaves the set whole.
        self.without.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
