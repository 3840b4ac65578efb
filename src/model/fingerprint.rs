//! `fp/v1`: the identity of a finding, stable under edits elsewhere in its file.
//!
//! SHA-256 over length-prefixed parts, cut to 128 bits. What goes in is the detector's choice: never a line
//! number, a version or a cell index. Equal identities in one run are told apart by an ordinal, given in
//! the order of position after sorting.

use sha2::{Digest, Sha256};

/// Identity of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    digest: String,
    /// Counts from 1 among findings of the same identity.
    pub ordinal: u32,
}

impl Fingerprint {
    /// Hashes `parts`; `domain` separates kinds of finding ("dependency", "secret").
    pub fn new(domain: &str, parts: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for part in ["fp/v1", domain].iter().chain(parts) {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let digest = hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { digest, ordinal: 1 }
    }

    /// Reads back what [`Display`](std::fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (digest, ordinal) = text.split_once(':')?;
        let valid = digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        valid.then_some(())?;
        Some(Self { digest: digest.to_owned(), ordinal: ordinal.parse().ok()? })
    }

    /// The 32 hexadecimal digits, without the ordinal.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.digest, self.ordinal)
    }
}

/// 16 bits of a value, keyed: enough to notice a change, too few to find the value by trying.
/// See [`Finding::witness`](super::Finding::witness).
pub fn witness(key: &[u8; 16], value: &[u8]) -> u16 {
    // Keyed before and after, as in HMAC, so that the length of the value cannot be extended.
    let inner = Sha256::new().chain_update(b"witness").chain_update(key).chain_update(value).finalize();
    let outer = Sha256::new().chain_update(key).chain_update(inner).finalize();
    outer.iter().take(2).fold(0, |bits, byte| bits << 8 | u16::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_separated() {
        assert_ne!(Fingerprint::new("a", &["bc", "d"]), Fingerprint::new("a", &["b", "cd"]));
        assert_ne!(Fingerprint::new("a", &["b"]), Fingerprint::new("b", &["b"]));
    }

    #[test]
    fn text_form_reads_back() {
        let fingerprint = Fingerprint::new("secret", &["x"]);
        assert_eq!(Fingerprint::parse(&fingerprint.to_string()), Some(fingerprint));
        assert_eq!(Fingerprint::parse("zz:1"), None);
    }
}
