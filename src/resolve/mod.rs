//! Joins facts across files: what one file includes, copies or names is another file's content.

use crate::context::Context;
use crate::model::{ArtifactPath, Repository};

/// A file that some reference names and that must be read as what the reference says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which file; the walk found it.
    pub path: ArtifactPath,
    /// The parser that reads it.
    pub parse_as: &'static str,
}

/// Fills the repository's links. Returns what must be read before all can be joined: never a file that the wanted
/// parser has read already, so that repeating it ends.
pub fn resolve(_repository: &mut Repository, _context: &Context) -> Vec<Wanted> {
    Vec::new()
}
