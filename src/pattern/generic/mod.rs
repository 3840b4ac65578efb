//! Secrets without a form of their own: values of names such as `password`, and passwords in URLs.

use super::literals::Hit;
use super::load::Pattern;
use super::{Match, Patterns, Search};

/// Names, looked for where something random stands near.
pub const NAMES: &[&str] = &["key", "secret", "token", "pass", "pwd", "auth", "credential", "bearer"];
/// Names of secrets that may be short, looked for everywhere.
pub const PASSWORD_NAMES: &[&str] = &["password", "passwd", "pwd", "passphrase"];

/// The rules.
pub static RULES: &[Pattern] = &[];

/// Looks at the names and URLs that were found.
pub fn search(_patterns: &Patterns, _text: &[u8], _how: Search, _hits: &[Hit], _found: &mut Vec<Match>) {}
