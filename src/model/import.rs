//! A global that a pickle stream asks its loader to import, and what it does with it.

use super::location::Location;

/// One resolved `module.name` of a pickle stream.
#[derive(Clone, Debug)]
pub struct Import {
    /// Module, as the stream names it.
    pub module: String,
    /// Name inside it; may be dotted.
    pub name: String,
    /// Path of the stream inside its container; empty for a bare pickle.
    pub member: String,
    /// Byte offset of the opcode in its stream.
    pub offset: u64,
    /// False when it stands after the point where every loader has stopped.
    pub reachable: bool,
    /// Literal arguments of the call that is made with it, redacted and cut; `None` when it is not called.
    pub called_with: Option<String>,
    /// Where in the file.
    pub location: Location,
}
