//! Readable text of an artifact, and the way from its offsets back to the file's.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::location::Logical;
use super::offset_map::OffsetMap;
use super::span::Span;

/// A stretch of text that detectors read as one: a whole script, one cell's source, one output.
///
/// It may hold secrets, so it can be neither printed nor serialised.
pub struct Segment<'a> {
    /// The text, decoded as its format prescribes. Not always UTF-8.
    pub text: Cow<'a, [u8]>,
    /// From offsets of `text` to offsets of the file.
    pub map: OffsetMap,
    /// What it is.
    pub kind: SegmentKind,
    /// The part of the file that it is, line 1 of the part; `None` when it is the whole.
    pub logical: Option<Logical>,
    /// A name for the part that edits elsewhere do not change (a cell's id); enters fingerprints.
    pub stable_name: Option<String>,
    /// Where its lines end. Looked for when a place in it is first named; there may be as many places as lines.
    line_ends: OnceCell<Vec<usize>>,
}

impl<'a> Segment<'a> {
    /// The whole text of a file.
    pub fn whole(text: &'a [u8], kind: SegmentKind) -> Self {
        Self::new(text, OffsetMap::identity(0, text.len()), kind, None)
    }

    /// A text, with the way back to the file.
    pub fn new(text: impl Into<Cow<'a, [u8]>>, map: OffsetMap, kind: SegmentKind, logical: Option<Logical>) -> Self {
        Self { text: text.into(), map, kind, logical, stable_name: None, line_ends: OnceCell::new() }
    }

    /// Where the decoded bytes `span` stand in the file.
    pub fn source_span(&self, span: Span) -> Span {
        self.map.source_span(span)
    }

    /// The part that holds the decoded offset `at`, with the line inside it.
    pub fn logical_at(&self, at: usize) -> Option<Logical> {
        let mut logical = self.logical.clone();
        if let Some(Logical::Cell { line, .. } | Logical::Member { line, .. }) = &mut logical {
            let ends = self.line_ends.get_or_init(|| memchr::memchr_iter(b'\n', &self.text).collect());
            *line = 1 + ends.partition_point(|end| *end < at) as u32;
        }
        logical
    }
}

/// Cells of a notebook that are told apart.
const MAX_CELLS: usize = 10_000;

/// A character for each cell of a notebook: `c` code, `o` code with outputs, `t` text, `.` nothing in it. Empty for
/// what is no notebook. Trailing cells with nothing in them are not seen.
pub fn cell_kinds(segments: &[Segment<'_>]) -> String {
    let mut cells: Vec<char> = Vec::new();
    for segment in segments {
        let Some(Logical::Cell { index, part, .. }) = &segment.logical else { continue };
        let index = *index as usize;
        if index >= MAX_CELLS {
            continue;
        }
        if cells.len() <= index {
            cells.resize(index + 1, '.');
        }
        let Some(cell) = cells.get_mut(index) else { continue };
        *cell = match (*cell, part.as_str(), segment.kind) {
            ('o', ..) => 'o',
            (_, part, _) if part.starts_with("output") || part == "traceback" => 'o',
            (_, "source", SegmentKind::Prose) => 't',
            (_, "source", _) => 'c',
            (cell, ..) => cell,
        };
    }
    cells.into_iter().collect()
}

/// What kind of text a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SegmentKind {
    /// Program text or a file of no known kind.
    Text,
    /// Python.
    Python,
    /// Markdown or other prose.
    Prose,
    /// Output that a program wrote: a stream, a traceback, a rendered table.
    Output,
    /// Metadata of a notebook, a model, an archive.
    Metadata,
}
