//! What the code of notebook cells installs: line magics (`%pip`, `%conda`), shell lines (`!pip`), shell cells
//! (`%%bash`), bare `pip install` where IPython's automagic takes it
//! (<https://ipython.readthedocs.io/en/stable/interactive/magics.html>).

use super::super::install_command::{Place, may_concern, read_text};
use super::super::python::{self, Dialect, Imports};
use super::super::shell::Variables;
use super::super::written::{self, Depth};
use super::is_source;
use crate::model::{Document, OffsetMap, Segment, SegmentKind, Span};

/// Reads the code cells that are segments of `document`.
pub(super) fn read<'a>(document: &mut Document<'a>) {
    let segments = std::mem::take(&mut document.segments);
    let mut imports = Imports::default();
    for segment in segments.iter().filter(|segment| segment.kind == SegmentKind::Python && is_source(segment)) {
        cell(segment, &mut imports, document);
    }
    let joined: Vec<Segment<'a>> = segments.iter().filter(|segment| segment.kind == SegmentKind::Python).filter_map(python::joined).collect();
    document.segments = segments;
    document.segments.extend(joined);
}

fn cell(segment: &Segment<'_>, imports: &mut Imports, document: &mut Document<'_>) {
    let text = segment.text.as_ref();
    let place = Place::segment(segment);
    match cell_magic(text) {
        CellMagic::Shell(body) => {
            if may_concern(text, document.wanted) {
                part(text, body, &place, document);
            }
        }
        CellMagic::Python(body) => {
            if may_concern(text, document.wanted) {
                lines(text, body, &place, document);
            }
            python::read_code(segment, body, Dialect::Cell, imports, document);
        }
        CellMagic::File { name, body } => {
            let file = String::from_utf8_lossy(name.slice(text)).into_owned();
            if file.ends_with(".py") {
                python::read_code(segment, body, Dialect::Script, &mut Imports::default(), document);
            } else {
                let inside = place.inside(OffsetMap::identity(body, text.len() - body));
                let named_at = place.location(document.source, name);
                let body = text.get(body..).unwrap_or_default();
                written::read(&file, named_at, body, &inside, Depth::Any, document);
            }
        }
        CellMagic::Other => {}
    }
}

/// Which language a cell is in, by its first line.
enum CellMagic {
    /// Python from this offset on.
    Python(usize),
    /// Shell from this offset on.
    Shell(usize),
    /// A file of the name that stands there, whose content is what follows.
    File {
        /// Where the name stands.
        name: Span,
        /// Where the content begins.
        body: usize,
    },
    /// Something else: HTML, SQL.
    Other,
}

fn cell_magic(text: &[u8]) -> CellMagic {
    let start = text.len() - text.trim_ascii_start().len();
    let Some(body) = text.get(start..).and_then(|text| text.strip_prefix(b"%%")) else { return CellMagic::Python(0) };
    let line_end = memchr::memchr(b'\n', body).unwrap_or(body.len());
    let body_start = (start + 2 + line_end + 1).min(text.len());
    let line = String::from_utf8_lossy(body.get(..line_end).unwrap_or_default()).into_owned();
    let mut words = line.split_whitespace();
    match words.next().unwrap_or_default() {
        "bash" | "sh" | "system" | "sx" | "!" | "cmd" | "shell" => CellMagic::Shell(body_start),
        "script" if words.any(super::super::shell::is_shell) => CellMagic::Shell(body_start),
        "pip" | "conda" => CellMagic::Shell(start + 2),
        "writefile" | "file" => match words.rfind(|word| !word.starts_with('-')) {
            Some(word) => {
                let at = start + 2 + line.rfind(word).unwrap_or_default();
                let quoted = word.len() > 2 && word.starts_with(['"', '\'']);
                let name = Span::new(at + usize::from(quoted), at + word.len() - usize::from(quoted));
                CellMagic::File { name, body: body_start }
            }
            None => CellMagic::Other,
        },
        "capture" | "time" | "timeit" | "prun" | "python" | "python3" | "ipytest" | "local" | "debug" => {
            CellMagic::Python(body_start)
        }
        _ => CellMagic::Other,
    }
}

/// Reads what a text of magics and shell lines installs, which no other text is part of: the whole cell is shell where its
/// first line says so with one sign (`%sh`, Databricks) or two.
pub(in crate::parse) fn read_magics(text: &[u8], place: &Place<'_>, document: &mut Document<'_>) {
    if !may_concern(text, document.wanted) {
        return;
    }
    let line_end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let line = text.get(..line_end).unwrap_or_default().trim_ascii();
    let magic = line.strip_prefix(b"%").map(|name| name.strip_prefix(b"%").unwrap_or(name));
    match magic.and_then(|magic| magic.split(u8::is_ascii_whitespace).next()) {
        Some(b"sh" | b"bash") => part(text, line_end, place, document),
        Some(b"md" | b"sql" | b"scala" | b"r" | b"fs") => {}
        _ => lines(text, 0, place, document),
    }
}

/// Reads the text from `start` on as shell.
fn part(text: &[u8], start: usize, place: &Place<'_>, document: &mut Document<'_>) {
    let body = text.get(start..).unwrap_or_default();
    let inside = place.inside(OffsetMap::identity(start, body.len()));
    read_text(body, &inside, &mut Variables::new(), document);
}

/// Reads the lines of a Python cell that go to a shell or to an installer.
fn lines(text: &[u8], start: usize, place: &Place<'_>, document: &mut Document<'_>) {
    let mut strings = TripleQuotes::default();
    let mut at = start;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        match shell_part(line).filter(|_| !strings.is_open()) {
            Some(from) => {
                let end = at + logical_line_length(rest);
                let command = Span::new(at + from, end);
                let inside = place.inside(OffsetMap::identity(command.start, command.len()));
                read_text(command.slice(text), &inside, &mut Variables::new(), document);
                at = end + 1;
            }
            None => {
                strings.pass(line);
                at += length + 1;
            }
        }
    }
}

/// The length of a line with those that a backslash joins to it, without the last line end.
fn logical_line_length(rest: &[u8]) -> usize {
    let mut length = 0;
    loop {
        let line = rest.get(length..).unwrap_or_default();
        let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
        let content = line.get(..end).unwrap_or_default();
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        length += end;
        if !content.ends_with(b"\\") || length >= rest.len() {
            return length;
        }
        length += 1;
    }
}

/// Where the command begins in a line that IPython gives to a shell or an installer.
fn shell_part(line: &[u8]) -> Option<usize> {
    let indent = line.len() - line.trim_ascii_start().len();
    let body = line.get(indent..)?;
    // `names = !pip install x`
    let assigned = memchr::memmem::find(body, b"= !").or_else(|| memchr::memmem::find(body, b"= %")).filter(|at| {
        let target = body.get(..*at).unwrap_or_default().trim_ascii();
        !target.is_empty() && target.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b',' | b' '))
    });
    let (start, body) = match assigned {
        Some(at) => (indent + at + 2, body.get(at + 2..)?),
        None => (indent, body),
    };
    let blanks = |from: usize| body.get(from..).map_or(0, |rest| rest.len() - rest.trim_ascii_start().len());
    match body {
        [b'!', b'!', ..] => Some(start + 2 + blanks(2)),
        [b'!', ..] => Some(start + 1 + blanks(1)),
        [b'%', ..] => {
            let from = 1 + blanks(1);
            let magic = body.get(from..)?;
            let name = magic.split(|byte| byte.is_ascii_whitespace()).next()?;
            match name {
                b"pip" | b"conda" | b"mamba" | b"micromamba" | b"uv" => Some(start + from),
                b"sx" | b"system" | b"sh" => Some(start + from + name.len()),
                _ => None,
            }
        }
        // Automagic: no Python statement has this shape.
        _ if [&b"pip install "[..], b"pip3 install ", b"conda install ", b"mamba install "]
            .iter()
            .any(|command| body.starts_with(command)) =>
        {
            Some(start)
        }
        _ => None,
    }
}

/// Follows triple-quoted strings from line to line.
#[derive(Default)]
struct TripleQuotes {
    open: Option<u8>,
}

impl TripleQuotes {
    fn is_open(&self) -> bool {
        self.open.is_some()
    }

    fn pass(&mut self, line: &[u8]) {
        let mut at = 0;
        // The quote of a string that ends on its line.
        let mut short: Option<u8> = None;
        while let Some(byte) = line.get(at).copied() {
            let triple = line.get(at..at + 3).is_some_and(|three| three.iter().all(|other| *other == byte));
            match (byte, self.open, short) {
                (b'\\', ..) => at += 1,
                (b'#', None, None) => return,
                (b'"' | b'\'', None, None) if triple => {
                    self.open = Some(byte);
                    at += 2;
                }
                (b'"' | b'\'', None, None) => short = Some(byte),
                (_, None, Some(quote)) if byte == quote => short = None,
                (_, Some(quote), _) if byte == quote && triple => {
                    self.open = None;
                    at += 2;
                }
                _ => {}
            }
            at += 1;
        }
    }
}
