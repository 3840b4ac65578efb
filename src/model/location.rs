//! Where something is: bytes, line and columns, and the part of the file that a person would name.

use super::artifact::ArtifactPath;
use super::span::Span;

/// A place in a text. All three count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column in Unicode characters (scalar values): text, JSON and editors by character.
    pub column: u32,
    /// Column in UTF-16 code units: SARIF (`columnKind: utf16CodeUnits`) and language servers.
    pub utf16: u32,
}

/// The part of a file that a person would name, where line numbers alone do not say it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Logical {
    /// A notebook cell.
    Cell {
        /// Counts from 0, as in the notebook's JSON.
        index: u32,
        /// `source`, `output 0 text/html`, `traceback`, `metadata`…
        part: String,
        /// Line inside that part, from 1.
        line: u32,
    },
    /// A member of an archive, with the line inside it where it is text (from 1; 0 when it is not).
    Member {
        /// Path inside the archive.
        path: String,
        /// Line inside the member.
        line: u32,
    },
    /// An opcode of a pickle.
    Opcode {
        /// Path inside the container, empty for a bare pickle.
        member: String,
        /// Byte offset in the pickle stream.
        offset: u64,
    },
}

/// A place that a finding points at. Made by [`Source::location`](super::Source::location) only, so that it
/// always lies inside its file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// The file.
    pub path: ArtifactPath,
    /// The bytes (of the text as UTF-8).
    pub span: Span,
    /// Where it starts.
    pub start: Position,
    /// One past its last character.
    pub end: Position,
    /// Cell, member or opcode.
    pub logical: Option<Logical>,
    /// The line around it, with every recognised secret masked; filled when the artifact is done with.
    pub snippet: Option<Box<Snippet>>,
}

impl Location {
    /// The beginning of a file of which nothing more exact can be said.
    pub fn file(path: ArtifactPath) -> Self {
        let origin = Position { line: 1, column: 1, utf16: 1 };
        Self { path, span: Span::default(), start: origin, end: origin, logical: None, snippet: None }
    }
}

/// One line of text around a location. Secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Snippet {
    /// The text; hostile: sinks escape it.
    pub text: String,
    /// Which bytes of `text` the location covers.
    pub marked: Span,
    /// Text of the line was left out before.
    pub cut_before: bool,
    /// Text of the line was left out after.
    pub cut_after: bool,
}

impl Snippet {
    /// Masking can change lengths after the mark was taken; this moves the mark onto character boundaries.
    pub(super) fn with_valid_mark(mut self) -> Self {
        let text = &self.text;
        let floor = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        self.marked = Span::new(floor(self.marked.start), floor(self.marked.end));
        self
    }
}
