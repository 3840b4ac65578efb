//! From byte offsets to lines and columns, and the excerpt around a span.
//!
//! A line ends at `\n` (a `\r` before it belongs to the line end). Lines and columns count from 1. A byte
//! that is no UTF-8 counts as one character, as it does after replacement with U+FFFD; a byte-order mark
//! at the very start counts as none.

use super::location::{Position, Snippet};
use super::redact::url_credentials;
use super::span::Span;

/// How much of a line a snippet shows to each side of its span, in bytes.
const SNIPPET_CONTEXT: usize = 120;
/// How much of the span itself a snippet shows, in bytes.
const SNIPPET_SPAN: usize = 240;
/// How far outside of the shown window a URL may begin or end whose credentials reach into it, in bytes.
const URL_CONTEXT: usize = 1024;
/// What stands in a snippet for each masked region.
const MASK: &str = "[redacted]";

/// Length of a line from which its columns are counted from checkpoints instead of its start, in bytes. A file of
/// one line and many findings would be counted over and over otherwise.
const LONG_LINE: usize = 16 << 10;
/// Distance of the checkpoints in a long line, in bytes.
const CHECKPOINT: usize = 4 << 10;

/// The starts of all lines of one text.
pub struct LineIndex {
    starts: Vec<usize>,
    checkpoints: Vec<Checkpoint>,
}

/// The columns of one byte inside a long line. The byte is ASCII, so that a character begins there even where the
/// text is no UTF-8.
struct Checkpoint {
    offset: usize,
    column: u32,
    utf16: u32,
}

/// The position behind the last byte of `text`, for which no index is needed.
pub fn end(text: &[u8]) -> Position {
    let line = memchr::memchr_iter(b'\n', text).count() + 1;
    let start = memchr::memrchr(b'\n', text).map_or(0, |end| end + 1);
    let (column, utf16) = count(text, Span::new(start, text.len()), (1, 1));
    Position { line: line as u32, column, utf16 }
}

impl LineIndex {
    /// Finds the line starts of `text`.
    pub fn new(text: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        let mut checkpoints = Vec::new();
        for (index, start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(text.len());
            if end.saturating_sub(*start) > LONG_LINE {
                set_checkpoints(text, Span::new(*start, end), &mut checkpoints);
            }
        }
        Self { starts, checkpoints }
    }

    /// Number of lines; a final `\n` opens no further line unless the text is empty.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// Line and columns of a byte offset (at most the end of `text`).
    pub fn position(&self, text: &[u8], offset: usize) -> Position {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let known = self.checkpoints.partition_point(|checkpoint| checkpoint.offset <= offset).checked_sub(1);
        let known = known.and_then(|index| self.checkpoints.get(index)).filter(|known| known.offset > start);
        let (column, utf16) = match known {
            Some(known) => count(text, Span::new(known.offset, offset), (known.column, known.utf16)),
            None => count(text, Span::new(start, offset), (1, 1)),
        };
        Position { line: line as u32, column, utf16 }
    }

    /// The bytes of a line (1-based) without its line end.
    pub fn line_span(&self, text: &[u8], line: u32) -> Span {
        let index = (line.max(1) - 1) as usize;
        let start = self.starts.get(index).copied().unwrap_or(text.len());
        let mut end = self.starts.get(index + 1).map_or(text.len(), |next| next - 1);
        if end > start && text.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        Span::new(start, end)
    }

    /// The first line of `span`, cut to a window around it, with every one of `masked` blanked out, which are in order and
    /// apart ([`Span::merged`]).
    /// A span of several lines is shown up to the end of its first line.
    pub fn snippet(&self, text: &[u8], span: Span, masked: &[Span]) -> Snippet {
        let line = self.line_span(text, self.position(text, span.start).line);
        let start = boundary(text, line.start.max(span.start.saturating_sub(SNIPPET_CONTEXT)));
        let shown_end = span.end.min(line.end).min(span.start.saturating_add(SNIPPET_SPAN)).max(span.start);
        let end = boundary(text, line.end.min(shown_end.saturating_add(SNIPPET_CONTEXT)));
        let around = Span::new(line.start.max(start.saturating_sub(URL_CONTEXT)), line.end.min(end + URL_CONTEXT));
        let masked = masks(text, Span::new(start, end), around, masked);
        let mut out = String::new();
        let (mut marked_start, mut marked_end) = (None, None);
        let mut at = start;
        let mut copy = |out: &mut String, from: usize, to: usize| {
            // The marks are byte offsets of `out`, taken as the copied region passes the span's ends.
            for (bound, mark) in [(span.start, &mut marked_start), (shown_end, &mut marked_end)] {
                if mark.is_none() && from <= bound && bound <= to {
                    let part = String::from_utf8_lossy(text.get(from..bound).unwrap_or_default());
                    *mark = Some(out.len() + part.len());
                }
            }
            out.push_str(&String::from_utf8_lossy(text.get(from..to).unwrap_or_default()));
        };
        let mut mask_marks = Vec::new();
        for mask in masked {
            if mask.start > at {
                copy(&mut out, at, mask.start);
            }
            if mask.end > at {
                mask_marks.push((mask, out.len()));
                out.push_str(MASK);
                at = mask.end;
            }
        }
        if at < end {
            copy(&mut out, at, end);
        }
        let in_mask = |bound: usize, at_end: bool| {
            mask_marks
                .iter()
                .find(|(mask, _)| mask.start <= bound && bound <= mask.end)
                .map(|(_, offset)| if at_end { offset + MASK.len() } else { *offset })
        };
        let marked_start = in_mask(span.start, false).or(marked_start).unwrap_or(0).min(out.len());
        let marked_end = in_mask(shown_end, true).or(marked_end).unwrap_or(out.len()).clamp(marked_start, out.len());
        Snippet {
            marked: Span::new(marked_start, marked_end),
            cut_before: start > line.start,
            cut_after: end < line.end,
            text: out,
        }
        .with_valid_mark()
    }
}

/// What to blank out of `shown`: `masked`, which are in order and apart, and the credentials of URLs that lie in `around`; in
/// order, without overlaps.
fn masks(text: &[u8], shown: Span, around: Span, masked: &[Span]) -> Vec<Span> {
    let urls = url_credentials(around.slice(text)).into_iter().map(|span| span.shifted(around.start));
    // A text may hold as many secrets as findings.
    let first = masked.partition_point(|mask| mask.end < shown.start);
    let near = masked[first..].iter().copied().take_while(|mask| mask.start <= shown.end);
    Span::merged(near.chain(urls).filter(|mask| mask.overlaps(shown)).collect())
}

/// Columns after the characters of `span`, which begins at `columns`. The byte-order mark of the text counts as none.
fn count(text: &[u8], span: Span, (mut column, mut utf16): (u32, u32)) -> (u32, u32) {
    let part = span.slice(text);
    let mut rest = if span.start == 0 { part.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(part) } else { part };
    while !rest.is_empty() {
        let (valid, invalid) = match std::str::from_utf8(rest) {
            Ok(_) => (rest.len(), 0),
            Err(error) => {
                let valid = error.valid_up_to();
                (valid, error.error_len().unwrap_or(rest.len() - valid))
            }
        };
        // Of each character the first byte alone is counted; those from U+10000 on take two units.
        let firsts = how_many(&rest[..valid], |byte| byte & 0xC0 != 0x80);
        let pairs = how_many(&rest[..valid], |byte| byte >= 0xF0);
        let replaced = u32::from(invalid != 0);
        column += firsts + replaced;
        utf16 += firsts + pairs + replaced;
        rest = &rest[valid + invalid..];
    }
    (column, utf16)
}

/// How many bytes are such. Counted in bytes, many of which the processor adds at once: a line may be megabytes long.
fn how_many(bytes: &[u8], is: impl Fn(u8) -> bool) -> u32 {
    let few = bytes.chunks(usize::from(u8::MAX));
    few.map(|few| u32::from(few.iter().fold(0, |count: u8, byte| count + u8::from(is(*byte))))).sum()
}

/// Adds the checkpoints of one long line.
fn set_checkpoints(text: &[u8], line: Span, checkpoints: &mut Vec<Checkpoint>) {
    let mut at = line.start;
    let mut columns = (1, 1);
    while let Some(rest) = text.get(at.saturating_add(CHECKPOINT)..line.end)
        && let Some(ascii) = rest.iter().position(u8::is_ascii)
    {
        let offset = at + CHECKPOINT + ascii;
        columns = count(text, Span::new(at, offset), columns);
        checkpoints.push(Checkpoint { offset, column: columns.0, utf16: columns.1 });
        at = offset;
    }
}

/// Moves an offset back to the start of the character that it lies in.
fn boundary(text: &[u8], mut offset: usize) -> usize {
    let floor = offset.saturating_sub(3);
    while offset > floor && text.get(offset).is_some_and(|byte| byte & 0xC0 == 0x80) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_count_characters_and_utf16_units() {
        let text = "a\n\u{1F600}é=x\r\n".as_bytes();
        let index = LineIndex::new(text);
        let at = text.iter().position(|byte| *byte == b'=').unwrap();
        assert_eq!(index.position(text, at), Position { line: 2, column: 3, utf16: 4 });
        assert_eq!(index.line_span(text, 2).slice(text), "\u{1F600}é=x".as_bytes());
    }

    proptest! {
        #[test]
        fn columns_are_those_of_the_text_with_replacements(parts in prop::collection::vec("[a-zé\u{20AC}\u{1F600}]{0,9}|\\PC{0,3}", 0..9), cut in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
            let mut text = parts.concat().into_bytes();
            for index in cut.iter().filter(|_| !parts.concat().is_empty()) {
                let at = index.index(text.len());
                text[at] ^= 0x80;
            }
            let shown = String::from_utf8_lossy(&text);
            let counted = count(&text, Span::new(0, text.len()), (1, 1));
            prop_assert_eq!(counted, (1 + shown.chars().count() as u32, 1 + shown.encode_utf16().count() as u32));
        }
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let text = b"\xEF\xBB\xBFabc";
        assert_eq!(LineIndex::new(text).position(text, 3).column, 1);
    }

    #[test]
    fn long_lines_are_counted_from_checkpoints() {
        let mut text = "é\u{1F600}a\n".repeat(3).into_bytes();
        let start = text.len();
        for _ in 0..20_000 {
            text.extend_from_slice("é\u{1F600}a".as_bytes());
            text.push(0xFF);
        }
        text.extend_from_slice(b"\nend");
        let index = LineIndex::new(&text);
        assert!(!index.checkpoints.is_empty());
        for offset in [start, start + 8 * 700, start + 8 * 9_999 + 6, text.len() - 4, text.len() - 1] {
            let line = if offset > text.len() - 4 { 5 } else { 4 };
            let from = if line == 5 { text.len() - 3 } else { start };
            let (column, utf16) = count(&text, Span::new(from, offset), (1, 1));
            assert_eq!(index.position(&text, offset), Position { line, column, utf16 }, "{offset}");
        }
    }

    #[test]
    fn snippets_mask_and_keep_their_mark() {
        let text = b"x = 1\npassword = 'hunter2hunter2' # end\n";
        let index = LineIndex::new(text);
        let span = Span::new(18, 32);
        assert_eq!(span.slice(text), b"hunter2hunter2");
        let snippet = index.snippet(text, span, &[span]);
        assert_eq!(snippet.text, "password = '[redacted]' # end");
        assert_eq!(&snippet.text[snippet.marked.start..snippet.marked.end], "[redacted]");
    }

    #[test]
    fn credentials_of_urls_are_masked_and_the_mark_stays_true() {
        let text = b"pip install -i https://me:pw@example.org/simple torch";
        let index = LineIndex::new(text);
        let at = text.len() - 5;
        let snippet = index.snippet(text, Span::new(at, at + 5), &[Span::new(26, 28)]);
        assert_eq!(snippet.text, "pip install -i https://[redacted]@example.org/simple torch");
        assert_eq!(&snippet.text[snippet.marked.start..snippet.marked.end], "torch");
    }

    #[test]
    fn of_many_secrets_those_that_are_shown_are_masked() {
        let text = b"a=SECRET1;b=SECRET2;c=SECRET3";
        let masked = Span::merged([22..29, 2..9, 12..19, 14..16].map(|span| Span::new(span.start, span.end)).to_vec());
        assert_eq!(masked, [2..9, 12..19, 22..29].map(|span| Span::new(span.start, span.end)));
        let snippet = LineIndex::new(text).snippet(text, masked[1], &masked);
        assert_eq!(snippet.text, "a=[redacted];b=[redacted];c=[redacted]");
    }

    #[test]
    fn long_lines_are_cut_to_a_window() {
        let mut text = vec![b'a'; 100_000];
        text.extend_from_slice(b"TARGET");
        text.extend(vec![b'b'; 100_000]);
        let snippet = LineIndex::new(&text).snippet(&text, Span::new(100_000, 100_006), &[]);
        assert!(snippet.text.len() < 300 && snippet.cut_before && snippet.cut_after);
        assert_eq!(&snippet.text[snippet.marked.start..snippet.marked.end], "TARGET");
    }
}
