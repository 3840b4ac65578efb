//! Secrets that prove themselves: what their check says, without asking anybody.

use super::Proof;
use crate::model::Severity;

/// What a check says.
pub struct Verdict {
    /// Whether it holds.
    pub proof: Proof,
    /// Where the secret itself says how much it grants.
    pub severity: Option<Severity>,
    /// What else it says about itself, as part of a sentence; may be empty.
    pub note: String,
}

/// Asks the check of this name. An unknown name says nothing (a test finds it).
pub fn check(_name: &str, _secret: &[u8]) -> Verdict {
    Verdict { proof: Proof::None, severity: None, note: String::new() }
}

/// True for the name of a check.
pub fn is_known(_name: &str) -> bool {
    true
}
