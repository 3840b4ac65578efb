//! Pickles where none is expected: base64 or escaped bytes in a program or a document, a stream appended to an image or
//! stored in a database.
//!
//! Weights are never searched: any bytes turn up in them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::pickle::{self, input::Input, literal, stream};
use super::{Parser, text};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Source, Span, Standing};

/// A shorter stream can import nothing.
const SHORTEST: usize = 24;
/// A longer literal is data.
const LONGEST: usize = 8 << 20;
/// Literals of one file that are decoded.
const MAX_LITERALS: usize = 512;

/// Text and binary files that may carry a pickle.
pub struct HiddenPickle;

impl Parser for HiddenPickle {
    fn name(&self) -> &'static str {
        "hidden_pickle"
    }

    fn reads(&self) -> &'static str {
        "programs, notebooks, images and databases, for pickles that are encoded in or appended to them"
    }

    fn serves(&self) -> Groups {
        Groups::MODELS
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        if is_carrier(head) {
            return true;
        }
        // Programs and notebooks are read whole anyway; of other text only the beginning is known here.
        text::is_text(head) && (matches!(path.extension().as_str(), "py" | "ipynb") || !candidates(head).is_empty())
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        if is_carrier(source.text()) {
            let Some(mut input) = Input::of(source, document) else { return };
            let mut found = stream::dormant(&mut input, 1);
            let tail = input.len().saturating_sub(1 << 20);
            if found.is_empty() && tail > 1 {
                found = stream::dormant(&mut input, tail);
            }
            pickle::tell_cut(input.is_cut, document);
            pickle::add(found, source, document, None);
            return;
        }
        let (mut streams, mut is_cut) = (Vec::new(), false);
        let mut literals = candidates(source.text());
        if literals.len() > MAX_LITERALS {
            literals.truncate(MAX_LITERALS);
            document.notify(NotificationKind::BudgetExceeded, "more pickles may be encoded in this file than are decoded");
        }
        for (span, bytes) in literals {
            let mut input = Input::slice(&bytes);
            let found = stream::streams(&mut input, stream::Expectation::Nothing);
            is_cut |= input.is_cut;
            if found.iter().any(|stream| !stream.walk.imports.is_empty()) {
                streams.push((span, found));
            }
        }
        pickle::tell_cut(is_cut, document);
        for (span, mut found) in streams {
            let location = source.location(span);
            for stream in &mut found {
                if stream.standing == Standing::Loaded {
                    stream.standing = Standing::Encoded;
                }
                stream.within = format!("encoded text in line {}", location.start.line);
                stream.walk.texts.clear();
            }
            pickle::add(found, source, document, Some(&location));
        }
    }
}

/// Files of a kind that holds no weights, and that a stream may stand in or behind.
fn is_carrier(head: &[u8]) -> bool {
    let magics: [&[u8]; 8] = [
        b"\x89PNG\r\n\x1a\n", b"\xFF\xD8\xFF", b"GIF8", b"SQLite format 3\0", b"%PDF-", b"\x13\x57\x9A\xCE", b"\xCE\x9A\x57\x13", b"\x7FELF",
    ];
    magics.iter().any(|magic| head.starts_with(magic))
}

/// Literals of `text` that decode to bytes that begin as a pickle of protocol 2 to 5 does; at most one more than are
/// looked at.
fn candidates(text: &[u8]) -> Vec<(Span, Vec<u8>)> {
    let mut found = Vec::new();
    let mut end = 0;
    for start in memchr::memmem::find_iter(text, b"gA") {
        // 80 02 … 80 05 are `gAI` … `gAX` in base64.
        if start < end || !matches!(text.get(start + 2), Some(b'I'..=b'X')) || found.len() > MAX_LITERALS {
            continue;
        }
        if start.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|byte| is_base64(*byte)) {
            continue;
        }
        let run = text.get(start..).unwrap_or_default();
        let length = run.iter().position(|byte| !is_base64(*byte)).unwrap_or(run.len());
        if !(SHORTEST..=LONGEST).contains(&length) {
            continue;
        }
        let standard: Vec<u8> = run
            .iter()
            .take(length)
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => *other,
            })
            .collect();
        if let Some(bytes) = decode(&standard) {
            end = start + length;
            found.push((Span::new(start, end), bytes));
        }
    }
    for start in memchr::memmem::find_iter(text, br"\x80\x0") {
        let run = text.get(start..).unwrap_or_default();
        if !matches!(run.get(7), Some(b'2'..=b'5')) || found.len() > MAX_LITERALS {
            continue;
        }
        let Some(&quote) = start.checked_sub(1).and_then(|before| text.get(before)).filter(|byte| matches!(byte, b'"' | b'\'')) else {
            continue;
        };
        // The closing quote, not behind a backslash; a literal ends with its line.
        let mut length = 0;
        while let Some(&byte) = run.get(length).filter(|byte| **byte != quote && **byte != b'\n') {
            length += if byte == b'\\' { 2 } else { 1 };
        }
        let quoted = [b"'".as_slice(), run.get(..length.min(run.len())).unwrap_or_default(), b"'"].concat();
        let bytes: Option<Vec<u8>> =
            literal::quoted(&quoted).and_then(|text| text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect());
        if let Some(bytes) = bytes.filter(|_| length <= LONGEST) {
            found.push((Span::new(start, start + length), bytes));
        }
    }
    found
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// Decodes as much as is whole; padding may be missing, and what follows it is not part of it.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&alphabet::STANDARD, config);
    let text = text.split(|byte| *byte == b'=').next()?;
    let usable = if text.len() % 4 == 1 { text.len() - 1 } else { text.len() };
    engine.decode(text.get(..usable)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_streams_are_found() {
        let stream = b"\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R.";
        let encoded = base64::engine::general_purpose::STANDARD.encode(stream);
        let text = format!("pickle.loads(base64.b64decode(\"{encoded}\"))\n");
        let found = candidates(text.as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, stream);
        let escaped = br#"x = b"\x80\x02cposix\nsystem\n)R.""#;
        assert_eq!(candidates(escaped)[0].1, b"\x80\x02cposix\nsystem\n)R.");
        assert!(candidates(b"gAMES are not pickles, gAXYZ").is_empty());
    }

    #[test]
    fn more_than_are_decoded_are_told() {
        let encoded = base64::engine::general_purpose::STANDARD.encode(b"\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R.");
        for (count, notes) in [(MAX_LITERALS, 0), (MAX_LITERALS + 2, 1)] {
            let text = format!("x = '{encoded}'\n").repeat(count);
            let source = Source::new(ArtifactPath::new("a.py"), text.as_bytes());
            let mut document = Document::new(&source);
            HiddenPickle.parse(&source, &mut document);
            assert_eq!((document.pickles.len(), document.notifications.len()), (MAX_LITERALS, notes));
        }
    }
}
