//! A comment that silences findings at its place.

use super::location::Location;

/// `redan: ignore[RULE, …] until=YYYY-MM-DD -- reason`, as written in a file.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The rules it names; empty means every rule.
    pub rules: Vec<String>,
    /// The day it ends, as written.
    pub until: Option<String>,
    /// Why.
    pub reason: String,
    /// First and last line it covers: its own, and the next one when it stands alone on its line.
    pub lines: (u32, u32),
    /// Where it stands.
    pub location: Location,
}
