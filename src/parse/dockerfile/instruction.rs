//! From lines to instructions: comments, the escape directive, continuations and here-documents
//! (<https://docs.docker.com/reference/dockerfile/#format>).

use crate::model::{OffsetMap, Source, Span};

/// One instruction with its lines joined.
pub(super) struct Instruction {
    /// In upper case.
    pub(super) keyword: String,
    /// What follows the keyword, without continuations and comment lines; here-documents follow on lines of their own.
    pub(super) text: Vec<u8>,
    /// From `text` to the file.
    pub(super) map: OffsetMap,
}

/// All instructions of a file; `ONBUILD` is taken off.
pub(super) fn instructions(source: &Source<'_>) -> Vec<Instruction> {
    let text = source.text();
    let mut lines = Lines { text, at: source.text_start() };
    let escape = escape_character(&lines);
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if is_comment(line.slice(text)) || line.slice(text).trim_ascii().is_empty() {
            continue;
        }
        let mut joined = Joined::default();
        let mut line = line;
        loop {
            let (content, continues) = without_continuation(line, text, escape);
            joined.push(content, text);
            if !continues {
                break;
            }
            // Comment lines and empty lines do not end a continued instruction.
            let next = lines.by_ref().find(|next| {
                let bytes = next.slice(text);
                !is_comment(bytes) && !bytes.trim_ascii().is_empty()
            });
            let Some(next) = next else { break };
            line = next;
        }
        let Some(mut instruction) = joined.instruction() else { continue };
        if matches!(instruction.keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for (delimiter, strips_tabs) in here_documents(&instruction.text) {
                instruction.append_document(&mut lines, &delimiter, strips_tabs);
            }
        }
        found.push(instruction);
    }
    found
}

/// The lines of a text, without line ends.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
}

impl Iterator for Lines<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest);
        let mut end = self.at + length.unwrap_or(rest.len());
        let start = self.at;
        self.at = end + usize::from(length.is_some());
        if length.is_some() && end > start && self.text.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        Some(Span::new(start, end))
    }
}

/// `# escape=` counts only in the comment lines with which the file begins.
fn escape_character(lines: &Lines<'_>) -> u8 {
    let lines = Lines { text: lines.text, at: lines.at };
    let text = lines.text;
    for line in lines {
        let Some(comment) = line.slice(text).trim_ascii().strip_prefix(b"#") else { return b'\\' };
        let Some(equals) = memchr::memchr(b'=', comment) else { return b'\\' };
        let (name, value) = comment.split_at(equals);
        if name.trim_ascii().eq_ignore_ascii_case(b"escape") {
            return if value.get(1..).unwrap_or_default().trim_ascii() == b"`" { b'`' } else { b'\\' };
        }
    }
    b'\\'
}

fn is_comment(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"#")
}

/// A line without the escape character that continues it, and whether there was one. Two of them are none.
fn without_continuation(line: Span, text: &[u8], escape: u8) -> (Span, bool) {
    let bytes = line.slice(text);
    let trimmed = bytes.trim_ascii_end();
    match trimmed.strip_suffix(&[escape]) {
        Some(before) if before.last() != Some(&escape) => (Span::new(line.start, line.start + before.len()), true),
        _ => (line, false),
    }
}

#[derive(Default)]
struct Joined {
    text: Vec<u8>,
    map: OffsetMap,
}

impl Joined {
    fn push(&mut self, span: Span, text: &[u8]) {
        self.text.extend_from_slice(span.slice(text));
        self.map.push(span.len(), span.start, span.len());
    }

    /// Takes the keyword off, and `ONBUILD` before it.
    fn instruction(self) -> Option<Instruction> {
        let mut at = 0;
        loop {
            let rest = self.text.get(at..)?;
            at += rest.len() - rest.trim_ascii_start().len();
            let rest = self.text.get(at..)?;
            let length = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
            let keyword = String::from_utf8_lossy(rest.get(..length)?).to_ascii_uppercase();
            at += length;
            if keyword.is_empty() {
                return None;
            }
            if keyword == "ONBUILD" {
                continue;
            }
            let text = self.text.get(at..)?.to_vec();
            let map = OffsetMap::identity(at, text.len()).through(&self.map);
            return Some(Instruction { keyword, text, map });
        }
    }
}

impl Instruction {
    /// The delimiter and the body of the first here-document.
    pub(super) fn document(&self) -> Option<(String, Span)> {
        let line = memchr::memchr(b'\n', &self.text)?;
        let (delimiter, strips_tabs) = here_documents(self.text.get(..line)?).into_iter().next()?;
        let start = line.saturating_add(1);
        let mut at = start;
        for line in self.text.get(start..)?.split_inclusive(|byte| *byte == b'\n') {
            let tabs = line.iter().take_while(|byte| strips_tabs && **byte == b'\t').count();
            if line.get(tabs..)?.trim_ascii_end() == delimiter.as_bytes() {
                return Some((delimiter, Span::new(start, at)));
            }
            at = at.saturating_add(line.len());
        }
        None
    }

    /// Appends the lines up to the delimiter, and it, behind a line end.
    fn append_document(&mut self, lines: &mut Lines<'_>, delimiter: &str, strips_tabs: bool) {
        let text = lines.text;
        for line in lines.by_ref() {
            self.text.push(b'\n');
            self.map.push(1, line.start, 0);
            self.text.extend_from_slice(line.slice(text));
            self.map.push(line.len(), line.start, line.len());
            let bytes = line.slice(text);
            let tabs = bytes.iter().take_while(|byte| strips_tabs && **byte == b'\t').count();
            if bytes.get(tabs..) == Some(delimiter.as_bytes()) {
                break;
            }
        }
        // The next here-document, or nothing, begins on a new line.
        self.text.push(b'\n');
        self.map.push(1, lines.at, 0);
    }
}

/// The delimiters of `<<NAME` and `<<-"NAME"` outside of quotes, and whether tabs are taken off.
fn here_documents(text: &[u8]) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut at = 0;
    while let Some(byte) = text.get(at).copied() {
        match (quote, byte) {
            (_, b'\\') => at += 1,
            (None, b'\'' | b'"') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'<') if text.get(at..).is_some_and(|rest| rest.starts_with(b"<<<")) => at += 2,
            (None, b'<') if text.get(at + 1) == Some(&b'<') => {
                let rest = text.get(at + 2..).unwrap_or_default();
                let strips_tabs = rest.first() == Some(&b'-');
                let rest = rest.get(usize::from(strips_tabs)..).unwrap_or_default();
                let (rest, quoted) = match rest.first() {
                    Some(b'\'' | b'"') => (rest.get(1..).unwrap_or_default(), 1),
                    _ => (rest, 0),
                };
                let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')).count();
                let name = String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned();
                at += 1 + usize::from(strips_tabs) + length + 2 * quoted;
                if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                    found.push((name, strips_tabs));
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}
