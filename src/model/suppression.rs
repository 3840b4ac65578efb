//! A comment that silences findings at its place.

use super::location::Location;
use super::span::Span;

/// `redan: ignore[RULE, …] until=YYYY-MM-DD -- reason`, as written in a file.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The rules, advisory ids, aliases or groups it names; empty means every rule.
    pub rules: Vec<String>,
    /// The day it ends, as written.
    pub until: Option<String>,
    /// Why; may be empty.
    pub reason: String,
    /// The bytes of the file that it covers: its line, with the next one when it stands alone on its line; a whole
    /// cell for the tag of a cell.
    pub covers: Span,
    /// Where it stands.
    pub location: Location,
}
