//! A recognised secret. Its text cannot be printed, formatted or serialised; see [`Secret`] for what can be had.

use sha2::{Digest, Sha256};

use super::entropy::shannon_bits;
use crate::model::{Confidence, Redacted, Severity, Span};

/// One secret at one place.
pub struct Match {
    /// Which rule, as [`super::Patterns::rule`] counts.
    pub rule: usize,
    /// The secret's bytes in the text that was searched; where it was encoded, the encoded bytes.
    pub span: Span,
    /// The secret.
    pub secret: Secret,
    /// How sure.
    pub confidence: Confidence,
    /// How bad.
    pub severity: Severity,
    /// What its check said.
    pub proof: Proof,
    /// What else the secret says about itself ("expired on 2024-01-31"); may be empty.
    pub note: String,
    /// How it stood in the text.
    pub wrapping: Wrapping,
}

/// How a secret stands in the text that was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// As it is.
    None,
    /// Encoded, at a place of its own.
    Encoded,
    /// Compressed together with others: its place is that of all of them. Where it stands in what was inflated.
    Compressed(usize),
}

/// What the check of a secret said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Its kind has no check.
    None,
    /// It proves itself.
    Holds,
    /// It is formed as it should be, which proves little.
    Formed,
    /// The check fails: mistyped, shortened or made up.
    Fails,
}

/// The text of a secret.
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes it.
    pub(super) fn new(text: &[u8]) -> Self {
        Self(text.to_vec())
    }

    /// True when it begins with this public prefix.
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.0.starts_with(prefix.as_bytes())
    }

    /// Its bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True for the empty text, which no rule matches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How it is shown: at most the first `prefix` characters, and its length.
    pub fn redacted(&self, prefix: usize) -> Redacted {
        Redacted::secret(&String::from_utf8_lossy(&self.0), prefix)
    }

    /// How many bits guessing it takes at least, as far as its letters tell.
    pub fn entropy_bits(&self) -> f32 {
        shannon_bits(&self.0) * self.0.len() as f32
    }

    /// Identifies it; in the clear only where guessing is hopeless ([`entropy_bits`](Self::entropy_bits) of 80 or more).
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

/// Where any of `secrets` stands word for word in `text`, recognised there or not. Of very many secrets the first
/// [`MASKED`] are looked for.
pub fn occurrences<'s>(secrets: impl Iterator<Item = &'s Secret>, text: &[u8]) -> Vec<Span> {
    let mut wanted: Vec<&[u8]> = secrets.map(|secret| secret.0.as_slice()).take(MASKED).collect();
    wanted.sort_unstable();
    wanted.dedup();
    // Longest first at each place, so that a secret that begins as another is masked whole.
    let automaton =
        aho_corasick::AhoCorasick::builder().match_kind(aho_corasick::MatchKind::LeftmostLongest).build(wanted);
    automaton.map_or_else(
        |_| Vec::new(),
        |found| found.find_iter(text).map(|one| Span::new(one.start(), one.end())).collect(),
    )
}

/// See [`occurrences`].
const MASKED: usize = 4096;
