//! From physical lines to logical ones: continuations are joined first, then comments go, as in pip.

use std::borrow::Cow;

use crate::model::OffsetMap;
use crate::parse::lossy;

/// One line with its continuations, without its comment.
pub(super) struct LogicalLine<'a> {
    /// The text.
    pub(super) text: Cow<'a, str>,
    /// Where its bytes stand in the file.
    pub(super) map: OffsetMap,
}

/// The logical lines of `text` from byte `start` on, those that are blank or comments left out.
///
/// Bytes that are no UTF-8 (a comment in another encoding, mostly) read as `?`, so that no offset moves.
pub(super) fn lines(text: &[u8], start: usize) -> impl Iterator<Item = LogicalLine<'_>> {
    let mut physical = Physical { text, at: start };
    std::iter::from_fn(move || {
        loop {
            let (at, first) = physical.next()?;
            let line = match continues(&first) {
                false => LogicalLine { map: OffsetMap::identity(at, first.len()), text: first },
                true => joined(at, &first, &mut physical),
            };
            let kept = without_comment(&line.text).len();
            if kept > 0 {
                return Some(cut(line, kept));
            }
        }
    })
}

/// `text` up to its comment, without blanks at its end. A `#` opens one at the start or after a blank.
pub(super) fn without_comment(text: &str) -> &str {
    let comment = memchr::memchr_iter(b'#', text.as_bytes())
        .find(|at| text.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace)));
    text.get(..comment.unwrap_or(text.len())).unwrap_or(text).trim_end()
}

fn cut(line: LogicalLine<'_>, len: usize) -> LogicalLine<'_> {
    let text = match line.text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..len).unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.truncate(len);
            Cow::Owned(text)
        }
    };
    LogicalLine { text, map: line.map }
}

/// A comment line never continues, whatever it ends in.
fn continues(line: &str) -> bool {
    line.ends_with('\\') && !line.trim_start().starts_with('#')
}

fn joined<'a>(at: usize, first: &str, physical: &mut Physical<'_>) -> LogicalLine<'a> {
    let mut text = String::new();
    let mut map = OffsetMap::default();
    let mut push = |at: usize, line: &str| {
        map.push(line.len(), at, line.len());
        text.push_str(line);
    };
    push(at, first.trim_end_matches('\\'));
    for (at, line) in physical.by_ref() {
        if continues(&line) {
            push(at, line.trim_end_matches('\\'));
            continue;
        }
        if line.trim_start().starts_with('#') {
            // A comment between continued lines ends them. pip sets a blank before it so that it stays one:
            // dropping it comes to the same.
            break;
        }
        push(at, &line);
        break;
    }
    LogicalLine { text: Cow::Owned(text), map }
}

/// Lines as they stand, with the offset of each. A line ends at `\n`, `\r`, both, a form feed or a tabulator
/// of the vertical kind (Python's `splitlines`, without its rarer ends).
struct Physical<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Physical<'a> {
    type Item = (usize, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let len = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r' | 0x0B | 0x0C)).unwrap_or(rest.len());
        let line = rest.get(..len)?;
        let end = match rest.get(len..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        let start = self.at;
        self.at = start.saturating_add(len).saturating_add(end);
        let line = match std::str::from_utf8(line) {
            Ok(line) => Cow::Borrowed(line),
            Err(_) => Cow::Owned(lossy::ascii(line)),
        };
        Some((start, line))
    }
}
