//! Texts in pieces: lines that a backslash continues (shell, YAML, C), and strings that stand side by side or are
//! added (`"ab" + "cd"`). What a language's own parser joins comes as a segment; this is for all others.

use super::Origin;
use crate::model::OffsetMap;

/// How much of the first line belongs to the joined text, for its context.
const BEFORE: usize = 512;
/// How long a piece may be.
const AFTER: usize = 4096;
/// How many pieces are joined.
const PIECES: usize = 64;

/// Hands out every joined text. `places` are where a piece may end ([`crate::pattern::regions::Survey::seams`]).
pub fn each(text: &[u8], places: &[usize], give: &mut dyn FnMut(&[u8], Origin<'_>)) {
    let mut done = 0;
    for at in places.iter().copied() {
        let at = if text[at] == b'\\' { at } else { behind_quote(text, at) };
        if at < done || at >= text.len() {
            continue;
        }
        let Some(seam) = seam_at(text, at) else { continue };
        if let Some((joined, map, end)) = join(text, seam, done) {
            done = end;
            give(&joined, &|span| map.source_span(span));
        }
    }
}

/// The first byte behind the quote at `at` that is no blank and no `\r`: what may join the string to another.
fn behind_quote(text: &[u8], at: usize) -> usize {
    let at = at + 1 + blanks(&text[at + 1..], false);
    if text[at..].starts_with(b"\r\n") { at + 1 } else { at }
}

/// Bytes between two pieces: from the first that is left out to the first of the next piece.
#[derive(Clone, Copy)]
struct Seam {
    start: usize,
    end: usize,
}

/// The seam that the byte at `at` belongs to: a continuing backslash, a `+` between strings, or the line break
/// between two strings.
fn seam_at(text: &[u8], at: usize) -> Option<Seam> {
    let seam = match text[at] {
        b'\\' => {
            let rest = text.get(at + 1..)?;
            let broken = rest.strip_prefix(b"\n").or_else(|| rest.strip_prefix(b"\r\n"))?;
            Seam { start: at, end: text.len() - broken.len() + blanks(broken, false) }
        }
        b'+' | b'\n' => {
            let before = text[..at].len() - trailing_blanks(&text[..at]);
            let quote = *text.get(before.checked_sub(1)?)?;
            if !matches!(quote, b'"' | b'\'' | b'`') {
                return None;
            }
            let next = at + 1 + blanks(&text[at + 1..], true);
            let next = match (text[at], text.get(next)) {
                // The line break comes first where the plus begins the next line.
                (b'\n', Some(b'+' | b'.' | b'&')) => next + 1 + blanks(&text[next + 1..], false),
                _ => next,
            };
            if text.get(next) != Some(&quote) {
                return None;
            }
            Seam { start: before - 1, end: next + 1 }
        }
        _ => return None,
    };
    let joins = |byte: Option<&u8>| byte.is_some_and(|byte| super::super::analysis::is_run_byte(*byte));
    (joins(seam.start.checked_sub(1).and_then(|before| text.get(before))) && joins(text.get(seam.end))).then_some(seam)
}

/// The text around the seam and all that follow it in the same lines.
fn join(text: &[u8], first: Seam, done: usize) -> Option<(Vec<u8>, OffsetMap, usize)> {
    let from = first.start.saturating_sub(BEFORE).max(done);
    let start = memchr::memrchr(b'\n', &text[from..first.start]).map_or(from, |at| from + at + 1);
    let (mut out, mut map) = (Vec::new(), OffsetMap::default());
    let mut piece = start..first.start;
    let mut next = first.end;
    for _ in 0..PIECES {
        out.extend_from_slice(&text[piece.clone()]);
        map.push(piece.len(), piece.start, piece.len());
        let limit = (next + AFTER).min(text.len());
        let stop = memchr::memchr2_iter(b'\\', b'+', &text[next..limit]).map(|at| next + at);
        let line_end = memchr::memchr(b'\n', &text[next..limit]).map_or(limit, |at| next + at);
        let seam = stop
            .take_while(|at| *at < line_end)
            .chain([line_end])
            .find_map(|at| if at < text.len() { seam_at(text, at) } else { None });
        match seam.filter(|seam| seam.start >= next && seam.end > next) {
            Some(seam) => {
                piece = next..seam.start;
                next = seam.end;
            }
            None => {
                out.extend_from_slice(&text[next..line_end]);
                map.push(line_end - next, next, line_end - next);
                return Some((out, map, line_end));
            }
        }
    }
    Some((out, map, next))
}

fn blanks(text: &[u8], lines: bool) -> usize {
    text.iter()
        .take(AFTER)
        .take_while(|byte| matches!(byte, b' ' | b'\t') || (lines && matches!(byte, b'\n' | b'\r')))
        .count()
}

fn trailing_blanks(text: &[u8]) -> usize {
    text.iter().rev().take(AFTER).take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use crate::pattern::regions::survey;

    fn joined(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each(text.as_bytes(), &survey(text.as_bytes()).seams, &mut |joined, _| {
            found.push(String::from_utf8_lossy(joined).into_owned())
        });
        found
    }

    #[test]
    fn continued_lines_are_one() {
        assert_eq!(joined("a\nexport T=abc\\\ndef\nb"), ["export T=abcdef"]);
        assert_eq!(joined("tok: \"abc\\\r\n  def\\\n  ghi\"\nx"), ["tok: \"abcdefghi\""]);
        assert!(joined("run a \\\n  && b\n").is_empty());
    }

    #[test]
    fn added_and_adjacent_strings_are_one() {
        assert_eq!(joined("t = \"abc\" + \"def\" + \"g\";\n"), ["t = \"abcdefg\";"]);
        assert_eq!(joined("t = 'abc' +\n   'def'\n"), ["t = 'abcdef'"]);
        assert_eq!(joined("t = \"abc\"\n  + \"def\"\n"), ["t = \"abcdef\""]);
        assert_eq!(joined("t = (\"abc\"\n     \"def\")\n"), ["t = (\"abcdef\")"]);
        assert!(joined("a + b\n['x', 'y']\n\"x\" +\ny\n").is_empty());
    }

    #[test]
    fn places_lead_back() {
        let text = b"t=abc\\\n  def";
        each(text, &survey(text).seams, &mut |joined, origin| {
            let at = memchr::memmem::find(joined, b"abcdef").unwrap();
            assert_eq!(origin(Span::new(at, at + 6)), Span::new(2, 12));
        });
    }
}
