//! How much the search of one text may cost, whatever the text says: somebody may write what is encoded over and over, or
//! what begins as a token at every byte.

/// Decoded bytes for each byte of the text asked about, over all depths. Honest text stays far below:
/// base64 and escapes shrink, and pieces are joined once.
const DECODED_PER_BYTE: usize = 8;
/// Decoded bytes that a text of any length may have.
const DECODED: usize = 64 << 10;
/// Bytes that regexes look at for each byte of the text.
const ASKED_PER_BYTE: usize = 256;
/// Bytes that they may look at whatever its length.
const ASKED: usize = 64 << 20;

/// What is left of it.
#[derive(Debug)]
pub struct Budget {
    pub(super) decoded: usize,
    asked: usize,
    /// Something was not searched because of it.
    pub is_spent: bool,
}

impl Budget {
    /// For a text of this length.
    pub fn of(len: usize) -> Self {
        Self {
            decoded: len.saturating_mul(DECODED_PER_BYTE).max(DECODED),
            asked: len.saturating_mul(ASKED_PER_BYTE).max(ASKED),
            is_spent: false,
        }
    }

    /// True when so many bytes may still be decoded; takes them.
    pub fn decodes(&mut self, bytes: usize) -> bool {
        take(&mut self.decoded, bytes, &mut self.is_spent)
    }

    /// True when a regex may still look at so many bytes; takes them.
    pub fn asks(&mut self, bytes: usize) -> bool {
        take(&mut self.asked, bytes, &mut self.is_spent)
    }
}

fn take(left: &mut usize, bytes: usize, is_spent: &mut bool) -> bool {
    let rest = left.checked_sub(bytes);
    *left = rest.unwrap_or(*left);
    *is_spent |= rest.is_none();
    rest.is_some()
}

#[cfg(test)]
mod tests {
    use super::super::{Patterns, Search};
    use super::*;

    #[test]
    fn what_is_spent_is_told() {
        let mut budget = Budget::of(10_000);
        assert!(budget.decodes(80_000) && budget.asks(ASKED) && !budget.is_spent);
        assert!(!budget.decodes(1) && budget.is_spent);
        let mut budget = Budget::of(0);
        assert!(!budget.asks(ASKED + 1) && budget.is_spent);
    }

    #[test]
    fn a_text_that_begins_as_a_token_everywhere_is_cut() {
        let patterns = Patterns::new();
        let mut is_cut = false;
        // Each of them may be the start of a token of some thousand characters.
        patterns.search_noting("eyJ1".repeat(10_000).as_bytes(), Search::default(), &mut is_cut);
        assert!(is_cut);
        is_cut = false;
        patterns.search_noting("eyJ1 ".repeat(10_000).as_bytes(), Search::default(), &mut is_cut);
        assert!(!is_cut);
    }
}
