//! Base64 (RFC 4648, both alphabets, folded over lines or not), with gzip or zlib inside or not, and hexadecimal.

use std::io::Read;
use std::ops::Range;

use super::{Origin, Way, is_printable, is_readable};
use crate::model::Span;

/// Shortest encoded text, in characters.
const SHORTEST: usize = 20;
/// A line of folded base64 has at least this many characters.
const FOLDED: usize = 60;
/// The mark of gzip with its one method, in base64.
const GZIP: &[u8] = b"H4sI";
/// The headers of zlib, one for each level of compression.
const ZLIB: [[u8; 2]; 4] = [[0x78, 0x01], [0x78, 0x5E], [0x78, 0x9C], [0x78, 0xDA]];
/// How many times longer a text may become by inflating.
const INFLATED: usize = 16;

/// Hands out what the runs of `text` decode to, where that can be read.
pub fn each(text: &[u8], runs: &[Range<usize>], give: &mut dyn FnMut(&[u8], Origin<'_>, Way)) {
    let mut done = 0;
    for run in runs {
        let mut at = run.start.max(done);
        while at + SHORTEST <= run.end {
            let end = at + text[at..run.end].iter().take_while(|byte| value(**byte).is_some()).count();
            if end - at >= SHORTEST {
                done = one(text, at..end, give);
            }
            at = end + 1;
        }
    }
}

/// Tries one stretch of base64 characters. Returns where the encoded text ended.
fn one(text: &[u8], stretch: Range<usize>, give: &mut dyn FnMut(&[u8], Origin<'_>, Way)) -> usize {
    let encoded = &text[stretch.clone()];
    let start = stretch.start;
    if encoded.len().is_multiple_of(2) && encoded.len() >= 2 * SHORTEST && starts_as_hex(encoded) {
        let decoded: Option<Vec<u8>> = encoded.chunks_exact(2).map(hex).collect();
        if let Some(decoded) = decoded.filter(|decoded| is_readable(decoded)) {
            give(&decoded, &|span| Span::new(start + span.start * 2, start + span.end * 2), Way::Decoded);
        }
        return stretch.end;
    }
    let is_zlib = is_zlib(encoded);
    if is_zlib || encoded.starts_with(GZIP) {
        let (places, end) = unfold(text, stretch);
        let packed = base64(places.iter().map(|at| text[*at]));
        let (inflated, is_cut) = if is_zlib {
            inflate(flate2::read::ZlibDecoder::new(packed.as_slice()), packed.len())
        } else {
            inflate(flate2::read::MultiGzDecoder::new(packed.as_slice()), packed.len())
        };
        if is_readable(&inflated) {
            give(&inflated, &|_| Span::new(start, end), Way::Inflated { is_cut });
        }
        return end;
    }
    let Some(wide) = starts_as_text(encoded) else { return stretch.end };
    let (places, end) = unfold(text, stretch);
    let decoded = base64(places.iter().map(|at| text[*at]));
    let source = |span: Span| {
        let first = places.get(span.start / 3 * 4).or(places.last()).copied().unwrap_or(start);
        let last = places.get((span.end.div_ceil(3) * 4).saturating_sub(1)).or(places.last());
        Span::new(first, last.map_or(first, |last| last + 1))
    };
    if wide {
        let narrow: Vec<u8> = decoded.iter().step_by(2).copied().collect();
        if is_readable(&narrow) {
            give(&narrow, &|span| source(Span::new(span.start * 2, span.end * 2)), Way::Decoded);
        }
    } else if is_readable(&decoded) {
        give(&decoded, &source, Way::Decoded);
    }
    end
}

fn is_zlib(encoded: &[u8]) -> bool {
    encoded.starts_with(b"e") && {
        let header = base64(encoded.iter().take(3).copied());
        ZLIB.iter().any(|known| header == known)
    }
}

/// What can be inflated of `packed` bytes, up to a limit, and whether there is more.
fn inflate(decoder: impl Read, packed: usize) -> (Vec<u8>, bool) {
    let most = packed.saturating_mul(INFLATED);
    let mut inflated = Vec::new();
    // What was inflated before an error is there as well.
    let _ = decoder.take(most.saturating_add(1) as u64).read_to_end(&mut inflated);
    let is_cut = inflated.len() > most;
    inflated.truncate(most);
    (inflated, is_cut)
}

/// Whether the first characters decode to printable text (`Some(false)`) or to UTF-16 of such (`Some(true)`), as a
/// random token does once in some 400.
fn starts_as_text(encoded: &[u8]) -> Option<bool> {
    let mut head = [0; 9];
    for (three, four) in head.chunks_exact_mut(3).zip(encoded.chunks_exact(4)) {
        let bits = four.iter().fold(0, |bits: u32, byte| bits << 6 | u32::from(value(*byte).unwrap_or_default()));
        three.copy_from_slice(&bits.to_be_bytes()[1..]);
    }
    if head.iter().take(8).all(|byte| is_printable(*byte)) {
        return Some(false);
    }
    let wide = head.chunks_exact(2).all(|pair| is_printable(pair[0]) && pair[1] == 0);
    wide.then_some(true)
}

fn starts_as_hex(encoded: &[u8]) -> bool {
    encoded.chunks_exact(2).take(8).all(|pair| hex(pair).is_some_and(is_printable))
}

fn hex(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (high, low) = (digit(*pair.first()?)?, digit(*pair.get(1)?)?);
    Some((high << 4 | low) as u8)
}

/// The places of all characters of an encoded text: those of `first`, and of the lines after it while each ends
/// with a line break (real or written as `\n`) and goes on with base64.
fn unfold(text: &[u8], first: Range<usize>) -> (Vec<usize>, usize) {
    let mut places: Vec<usize> = first.clone().collect();
    let mut line = first;
    while line.len() >= FOLDED {
        let rest = &text[line.end..];
        let breaks: [&[u8]; 4] = [b"\r\n", b"\n", b"\\r\\n", b"\\n"];
        let Some(broken) = breaks.iter().find(|broken| rest.starts_with(broken)) else { break };
        let blanks = rest[broken.len()..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let start = line.end + broken.len() + blanks;
        let len = text[start..].iter().take_while(|byte| value(**byte).is_some()).count();
        if len == 0 || len > line.len() {
            break;
        }
        line = start..start + len;
        places.extend(line.clone());
    }
    (places, line.end)
}

/// Decodes without looking at padding or trailing bits.
fn base64(characters: impl Iterator<Item = u8>) -> Vec<u8> {
    let (mut out, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for digit in characters.filter_map(value) {
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

fn value(byte: u8) -> Option<u8> {
    /// The value of each character, 64 for what is none.
    const VALUES: [u8; 256] = {
        let mut values = [64; 256];
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut value = 0;
        while value < 64 {
            values[digits[value as usize] as usize] = value;
            value += 1;
        }
        values[b'-' as usize] = 62;
        values[b'_' as usize] = 63;
        values
    };
    Some(VALUES[usize::from(byte)]).filter(|value| *value < 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    fn decoded(text: &str) -> Vec<(String, Span)> {
        let mut found = Vec::new();
        let runs = crate::pattern::regions::runs(text.as_bytes());
        each(text.as_bytes(), &runs, &mut |decoded, origin, _| {
            found.push((String::from_utf8_lossy(decoded).into_owned(), origin(Span::new(0, decoded.len()))));
        });
        found
    }

    #[test]
    fn gzip_in_base64_is_inflated_within_bounds() {
        let packed = |text: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            std::io::Write::write_all(&mut encoder, text).unwrap();
            STANDARD.encode(encoder.finish().unwrap())
        };
        let text = format!("user_data: {}", packed(b"export K=a-key-of-some-kind"));
        assert_eq!(
            decoded(&text),
            [("export K=a-key-of-some-kind".to_owned(), Span::new(11, text.trim_end_matches('=').len()))]
        );
        let bomb = packed(&[b'a'; 1 << 20]);
        assert!(decoded(&bomb)[0].0.len() <= bomb.len() * INFLATED);
        for (text, wanted) in [(&text, false), (&bomb, true)] {
            let runs = crate::pattern::regions::runs(text.as_bytes());
            each(text.as_bytes(), &runs, &mut |_, _, way| assert_eq!(way, Way::Inflated { is_cut: wanted }));
        }
    }

    #[test]
    fn readable_base64_is_found_with_its_place() {
        let inner = "password = 'q7Zt0Lw2'";
        let text = format!("data: {} # x", STANDARD.encode(inner));
        let found = decoded(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, inner);
        assert_eq!(found[0].1.start, 6);
        assert!(
            decoded(&format!("x = {}", STANDARD.encode([7u8, 200, 1, 90, 3, 9, 250, 6, 8, 9, 1, 2, 3, 4, 5])))
                .is_empty()
        );
    }

    #[test]
    fn folded_base64_is_one_text() {
        let inner = "a line of settings with key=value pairs 0123\n".repeat(4);
        let encoded = STANDARD.encode(&inner);
        let folded: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert_eq!(decoded(&folded.join("\n"))[0].0, inner);
        assert_eq!(decoded(&folded.join("\\n"))[0].0, inner);
    }

    #[test]
    fn hexadecimal_and_wide_characters_are_read() {
        let inner = "secret = 'q7Zt0Lw2Vb9Xn4Rk'";
        let hex: String = inner.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(decoded(&hex)[0].0, inner);
        let wide: Vec<u8> = inner.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&STANDARD.encode(wide))[0].0, inner);
        assert!(decoded("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08").is_empty());
    }
}
