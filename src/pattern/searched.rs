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

#[cfg(test)]
mod tests {
    use super::super::Patterns;
    use super::*;

    #[test]
    fn a_text_without_secrets_is_known_again_and_one_with_them_is_searched_again() {
        let patterns = Patterns::new();
        let how = Search::default();
        let without = "x = compute(values)\n".repeat(1000);
        let secret = concat!("token = \"gh", "p_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx\"\n");
        let with = format!("{without}{secret}");
        for _ in 0..2 {
            assert!(patterns.search(without.as_bytes(), how).is_empty());
            assert_eq!(patterns.search(with.as_bytes(), how).len(), 1);
        }
        let is_known = |text: &str, how| {
            let text = patterns.searched.text(text.as_bytes(), how).unwrap();
            patterns.searched.is_without(text)
        };
        assert!(is_known(&without, how) && !is_known(&with, how));
        // Searched in another way it might hold something.
        assert!(!is_known(&without, Search { exhaustive: true, ..how }));
        assert!(!is_known(&without.replace('x', "y"), how));
        assert!(patterns.searched.text(secret.as_bytes(), how).is_none());
    }
}
