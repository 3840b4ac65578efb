//! Inline ignores: `redan: ignore[RULE, …] until=YYYY-MM-DD -- reason` behind the comment sign of any format that is
//! read here, and the tags `redan-ignore` and `redan-ignore:RULE` of notebook cells.
//!
//! Not a parser of the list: it looks at the segments that the parsers made. A comment on a line of its own covers the
//! next line too; several such lines may follow each other. What stands in an output or in an archive's member covers
//! nothing. A comment sign inside a string literal counts as one: telling them apart would take every language's lexer.

use std::cell::LazyCell;
use std::sync::LazyLock;

use foldhash::HashMap;
use memchr::memmem::Finder;

use crate::model::{Document, Logical, NotificationKind, Segment, SegmentKind, Source, Span, Suppression};

/// Signs that begin a comment, or stand before the text in one.
const SIGNS: &[&str] = &["#", "//", "--", "/*", "<!--", ";", "%", "{#", "rem", "REM", "dnl"];
/// Signs that end one on the same line.
const CLOSERS: &[&str] = &["*/", "-->", "#}"];
/// Bytes of a comment that are read, and ids that one may name.
const MAX_COMMENT: usize = 2_000;
const MAX_RULES: usize = 50;
/// Ignores of one line, and of one cell's tags. Each covers all of it.
const MAX_OF_ONE: usize = 64;

static MARK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("redan:"));
static TAG: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"redan-ignore"));

/// Adds the inline ignores of all segments to the document.
pub fn scan(source: &Source<'_>, document: &mut Document<'_>) {
    let mut found = Vec::new();
    let mut broken = Vec::new();
    let cells = LazyCell::new(|| cells(&document.segments));
    for segment in &document.segments {
        match segment.kind {
            SegmentKind::Output => {}
            SegmentKind::Metadata => tags(source, segment, &cells, &mut found),
            SegmentKind::Text | SegmentKind::Python | SegmentKind::Prose => {
                comments(source, segment, &mut found, &mut broken);
            }
        }
    }
    document.suppressions.append(&mut found);
    for (at, reason) in broken {
        let message = format!("a `redan:` comment cannot be read and ignores nothing: {reason}");
        document.notify_at(at, NotificationKind::Suppression, message);
    }
}

fn comments(
    source: &Source<'_>,
    segment: &Segment<'_>,
    found: &mut Vec<Suppression>,
    broken: &mut Vec<(usize, &'static str)>,
) {
    let text: &[u8] = &segment.text;
    // The line, where its text begins, and how many ignores it has so far.
    let (mut line, mut first, mut ignores) = (Span::default(), 0, 0);
    // The line behind a comment that stands alone, which may be one of many.
    let mut next = Span::default();
    for at in MARK.find_iter(text) {
        if line.end <= at {
            line = line_around(text, at);
            first = line.end - line.slice(text).trim_ascii_start().len();
            ignores = 0;
        }
        let Some(start) = comment_start(text, line, at) else { continue };
        let body = Span::new(at + "redan:".len(), line.end.min(at + MAX_COMMENT)).slice(text);
        let body = String::from_utf8_lossy(body);
        let body = CLOSERS.iter().fold(body.trim(), |body, closer| body.trim_end_matches(closer).trim_end());
        let Some(rest) = body.strip_prefix("ignore") else { continue };
        ignores += 1;
        match read(rest) {
            Ok(_) if ignores > MAX_OF_ONE => {
                broken.push((segment.source_span(Span::new(start, start)).start, "there are too many in its line"));
            }
            Ok((rules, until, reason)) => {
                let alone = start <= first;
                if alone && next.start <= line.start {
                    next = next_line(text, line);
                }
                let covered = if alone { Span::new(line.start, next.end) } else { line };
                let here = segment.source_span(Span::new(start, line.end));
                found.push(Suppression {
                    rules,
                    until,
                    reason,
                    covers: source.location(segment.source_span(covered)).span,
                    location: source.location_in(here, segment.logical_at(start)),
                });
            }
            Err(reason) => broken.push((segment.source_span(Span::new(start, start)).start, reason)),
        }
    }
}

/// Reads what follows `ignore`: rules, end and reason.
fn read(rest: &str) -> Result<(Vec<String>, Option<String>, String), &'static str> {
    let (rules, rest) = match rest.strip_prefix('[') {
        None if rest.is_empty() || rest.starts_with(char::is_whitespace) => (Vec::new(), rest),
        None => return Err("write `redan: ignore[RULE] until=YYYY-MM-DD -- reason`"),
        Some(list) => {
            let (list, rest) = list.split_once(']').ok_or("the closing `]` is missing")?;
            let rules: Vec<String> =
                list.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
            if rules.is_empty() || rules.len() > MAX_RULES {
                return Err("name at least one rule between `[` and `]`, and at most 50");
            }
            (rules, rest)
        }
    };
    let (options, reason) = match rest.split_once("--") {
        Some((options, reason)) => (options, reason.trim()),
        None => (rest, ""),
    };
    let mut until = None;
    for option in options.split_whitespace() {
        let date = option.strip_prefix("until=").ok_or("only `until=YYYY-MM-DD` may stand before `--`")?;
        if !is_date(date) {
            return Err("the date after `until=` is no YYYY-MM-DD");
        }
        until = Some(date.to_owned());
    }
    Ok((rules, until, reason.to_owned()))
}

/// True for the shape `YYYY-MM-DD`, whose order as text is the order of days.
fn is_date(text: &str) -> bool {
    let digits = |part: Option<&str>, length: usize, most: u32| {
        part.is_some_and(|part| {
            part.len() == length
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number))
        })
    };
    let mut parts = text.split('-');
    digits(parts.next(), 4, 9999)
        && digits(parts.next(), 2, 12)
        && digits(parts.next(), 2, 31)
        && parts.next().is_none()
}

/// The bytes of each cell, its outputs included.
fn cells(segments: &[Segment<'_>]) -> HashMap<u32, Span> {
    let mut cells: HashMap<u32, Span> = HashMap::default();
    for segment in segments {
        if let Some(Logical::Cell { index, .. }) = &segment.logical {
            let part = segment.source_span(Span::new(0, segment.text.len()));
            let both = |cell: &mut Span| *cell = Span::new(cell.start.min(part.start), cell.end.max(part.end));
            cells.entry(*index).and_modify(both).or_insert(part);
        }
    }
    cells
}

/// Tags of a cell stand in its metadata; they cover all of the cell, its outputs too.
fn tags(source: &Source<'_>, segment: &Segment<'_>, cells: &HashMap<u32, Span>, found: &mut Vec<Suppression>) {
    let Some(Logical::Cell { index, part, .. }) = &segment.logical else { return };
    if part != "metadata" {
        return;
    }
    for at in TAG.find_iter(&segment.text).take(MAX_OF_ONE) {
        let name = Span::new(at + 1, (at + MAX_COMMENT).min(segment.text.len())).slice(&segment.text);
        let name = String::from_utf8_lossy(name.split(|byte| *byte == b'"').next().unwrap_or_default());
        let rules = match name.strip_prefix("redan-ignore") {
            Some("") => Vec::new(),
            Some(rest) if rest.len() > 1 && rest.starts_with(':') => {
                rest.get(1..).map(str::to_owned).into_iter().collect()
            }
            _ => continue,
        };
        let covers = cells.get(index).copied().unwrap_or_default();
        found.push(Suppression {
            rules,
            until: None,
            reason: "tag of the cell".to_owned(),
            covers: source.location(covers).span,
            location: source.location_in(segment.source_span(Span::new(at, at + 1)), segment.logical_at(at)),
        });
    }
}

/// The line that holds `at`, without its end.
fn line_around(text: &[u8], at: usize) -> Span {
    let start = memchr::memrchr(b'\n', text.get(..at).unwrap_or_default()).map_or(0, |end| end + 1);
    let end = memchr::memchr(b'\n', text.get(at..).unwrap_or_default()).map_or(text.len(), |length| at + length);
    Span::new(start, end)
}

/// The first line after `line` that is no ignore of its own.
fn next_line(text: &[u8], line: Span) -> Span {
    let mut line = line;
    while line.end < text.len() {
        line = line_around(text, line.end + 1);
        let mark = MARK.find(line.slice(text)).map(|at| line.start + at);
        let is_comment = mark
            .and_then(|at| comment_start(text, line, at))
            .is_some_and(|start| Span::new(line.start, start).slice(text).trim_ascii().is_empty());
        if !is_comment {
            break;
        }
    }
    line
}

/// Where the comment that holds the mark at `at` begins; `None` when no comment sign stands right before it.
fn comment_start(text: &[u8], line: Span, at: usize) -> Option<usize> {
    let before = Span::new(line.start, at).slice(text).trim_ascii_end();
    let sign = SIGNS.iter().find(|sign| before.ends_with(sign.as_bytes()))?;
    let length = before.len() - sign.len();
    // A word sign is one only where the word begins.
    let word = sign.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    let joined = before.get(..length).and_then(<[u8]>::last).is_some_and(|byte| !byte.is_ascii_whitespace());
    (!word || !joined).then_some(line.start + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArtifactPath, OffsetMap};

    fn scanned(text: &str) -> (Vec<Suppression>, usize) {
        let source = Source::new(ArtifactPath::new("a.py"), text.as_bytes());
        let mut document = Document::new(&source);
        document.segments.push(Segment::whole(source.text(), SegmentKind::Text));
        scan(&source, &mut document);
        (document.suppressions, document.notifications.len())
    }

    #[test]
    fn every_comment_syntax_is_read() {
        for comment in [
            "# redan: ignore[a-rule] until=2027-01-31 -- known",
            "// redan: ignore[a-rule] until=2027-01-31 -- known",
            "/* redan: ignore[a-rule] until=2027-01-31 -- known */",
            "<!-- redan: ignore[a-rule] until=2027-01-31 -- known -->",
            "-- redan: ignore[a-rule] until=2027-01-31 -- known",
            "; redan:ignore[a-rule] until=2027-01-31 -- known",
            "REM redan: ignore[a-rule] until=2027-01-31 -- known",
        ] {
            let (found, broken) = scanned(&format!("x = 1  {comment}\ny\n"));
            assert_eq!((found.len(), broken), (1, 0), "{comment}");
            assert_eq!(found[0].rules, ["a-rule"]);
            assert_eq!(found[0].until.as_deref(), Some("2027-01-31"));
            assert_eq!(found[0].reason, "known");
        }
    }

    #[test]
    fn a_comment_alone_covers_the_next_line_too() {
        let text = "a\n# redan: ignore[x]\n  # redan: ignore[y] -- why\nsecret\nother\n";
        let (found, _) = scanned(text);
        assert_eq!(found[0].covers.slice(text.as_bytes()), b"# redan: ignore[x]\n  # redan: ignore[y] -- why\nsecret");
        assert_eq!(found[1].covers.slice(text.as_bytes()), b"  # redan: ignore[y] -- why\nsecret");
        let (trailing, _) = scanned("secret # redan: ignore\nother\n");
        assert_eq!(trailing[0].covers, Span::new(0, "secret # redan: ignore".len()));
        assert!(trailing[0].rules.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_told_and_prose_is_left_alone() {
        for broken in
            ["# redan: ignore[", "# redan: ignore[]", "# redan: ignore[x] until=soon", "# redan: ignore[x] because"]
        {
            assert_eq!(scanned(broken), (Vec::new(), 1), "{broken}");
        }
        for prose in ["# redan: a tool", "see redan: ignore[x]", "premium redan: ignore"] {
            assert_eq!(scanned(prose), (Vec::new(), 0), "{prose}");
        }
    }

    #[test]
    fn the_tag_of_a_cell_covers_the_cell() {
        let text = b"{\"metadata\":{\"tags\":[\"redan-ignore:key\"]},\"source\":\"k=1\"},{\"source\":\"k=2\"}";
        let source = Source::new(ArtifactPath::new("a.ipynb"), text);
        let mut document = Document::new(&source);
        let segment = |index, part: &str, start: usize, len: usize, kind| {
            let logical = Some(Logical::Cell { index, part: part.to_owned(), line: 1 });
            Segment::new(&text[start..start + len], OffsetMap::identity(start, len), kind, logical)
        };
        document.segments.push(segment(0, "metadata", 12, 29, SegmentKind::Metadata));
        document.segments.push(segment(0, "source", 53, 3, SegmentKind::Python));
        document.segments.push(segment(1, "source", 70, 3, SegmentKind::Python));
        scan(&source, &mut document);
        let found = &document.suppressions[0];
        assert_eq!(found.rules, ["key"]);
        assert_eq!(found.covers, Span::new(12, 56));
    }

    impl PartialEq for Suppression {
        fn eq(&self, other: &Self) -> bool {
            self.location == other.location && self.covers == other.covers
        }
    }
}
