//! NumPy's `.npy`: a header in Python syntax, then the array; an array of objects is a pickle.
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::borrow::Cow;
use std::io::{Read, SeekFrom};

use super::{Budget, Member, Parser};
use crate::model::{ArtifactPath, Document, ModelTrait, NotificationKind, Source, Span};

/// A longer header is none.
const MAX_HEADER: u64 = 1 << 20;
/// A longer array of objects is not read.
const MAX_OBJECTS: u64 = 256 << 20;

/// An array file, or a member of an `.npz`.
pub struct Npy;

impl Parser for Npy {
    fn name(&self) -> &'static str {
        "npy"
    }

    fn reads(&self) -> &'static str {
        "NumPy arrays, for the pickles of object arrays"
    }

    fn claims(&self, _path: &ArtifactPath, head: &[u8]) -> bool {
        head.starts_with(b"\x93NUMPY")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let says = match header(source.text()) {
            None => "has a header that cannot be read".to_owned(),
            Some(header) => match unknown_key(&header.text) {
                Some(key) => format!("has the unknown key '{key}' in its header"),
                None => return,
            },
        };
        document.model_traits.push(ModelTrait {
            format: "npy",
            kind: "header",
            value: says,
            location: source.location(Span::default()),
        });
    }

    fn unpack(&self, source: &Source<'_>, budget: &mut Budget, each: &mut dyn FnMut(Member<'_>, &mut Budget)) {
        let Some(header) = header(source.text()) else { return };
        if !mentions_objects(&header.text) {
            return;
        }
        let length = source.len().saturating_sub(header.end).min(MAX_OBJECTS).min(budget.bytes);
        let mut bytes = Vec::new();
        let read = source.reader().and_then(|mut reader| {
            reader.seek(SeekFrom::Start(header.end))?;
            reader.take(length).read_to_end(&mut bytes)
        });
        if let Err(error) = read {
            budget.note(NotificationKind::Unreadable, format!("the array's objects could not be read: {error}"));
        }
        if source.len().saturating_sub(header.end) > length {
            budget.note(NotificationKind::BudgetExceeded, "the array's objects are longer than what is read");
        }
        budget.bytes = budget.bytes.saturating_sub(bytes.len() as u64);
        // An array of plain numbers whose field is called `O…` is no pickle, and its bytes do not claim to be one.
        each(Member { path: "objects.pkl".to_owned(), bytes: &bytes }, budget);
    }
}

/// A dtype with an object anywhere is read by unpickling: `O`, `object`, or either behind an escape.
fn mentions_objects(header: &str) -> bool {
    header.contains(['O', '\\']) || header.contains("object")
}

struct Header<'t> {
    text: Cow<'t, str>,
    end: u64,
}

fn header(bytes: &[u8]) -> Option<Header<'_>> {
    let (start, length) = match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => (10, u64::from(u16::from_le_bytes([*a, *b]))),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => {
            (12, u64::from(u32::from_le_bytes([*a, *b, *c, *d])))
        }
        _ => return None,
    };
    let end = start + length;
    let text = bytes.get(start as usize..usize::try_from(end).ok().filter(|_| length <= MAX_HEADER)?)?;
    // Latin-1 up to version 2, UTF-8 from 3 on; what is neither stands in a comment or a name.
    Some(Header { text: String::from_utf8_lossy(text), end })
}

/// A key besides `descr`, `fortran_order` and `shape`, with which NumPy refuses the file.
fn unknown_key(header: &str) -> Option<&str> {
    let header = header.trim().strip_prefix('{')?;
    // Keys of the outer dictionary stand at depth 0 in front of a colon.
    let mut depth = 0_u32;
    let mut quoted: Option<(usize, char)> = None;
    let mut last = "";
    for (at, character) in header.char_indices() {
        match (quoted, character) {
            (Some((start, quote)), end) if end == quote => {
                last = header.get(start..at).unwrap_or_default();
                quoted = None;
            }
            (Some(_), _) => {}
            (None, '\'' | '"') => quoted = Some((at + 1, character)),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ':') if depth == 0 && !matches!(last, "descr" | "fortran_order" | "shape") => return Some(last),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_in_all_versions() {
        let text = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n";
        let one = [b"\x93NUMPY\x01\x00".as_slice(), &(text.len() as u16).to_le_bytes(), text].concat();
        let two = [b"\x93NUMPY\x02\x00".as_slice(), &(text.len() as u32).to_le_bytes(), text].concat();
        assert_eq!(header(&one).map(|header| header.end), Some(one.len() as u64));
        assert_eq!(header(&two).map(|header| header.end), Some(two.len() as u64));
        assert!(header(b"\x93NUMPY\x02\x00\xff\xff\xff\xff").is_none());
    }

    #[test]
    fn objects_are_seen_however_they_are_spelt() {
        for header in ["{'descr': '|O'}", "{'descr': 'object'}", r"{'descr': '|\x4f'}", "{'descr': [('a', '<i4'), ('b', 'O')]}"] {
            assert!(mentions_objects(header), "{header}");
        }
        assert!(!mentions_objects("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"));
    }

    #[test]
    fn unknown_keys_are_seen() {
        assert_eq!(unknown_key("{'descr': [('x:', '<i4')], 'shape': (1,)}"), None);
        assert_eq!(unknown_key("{'descr': '|O', 'x': 1}"), Some("x"));
    }
}
