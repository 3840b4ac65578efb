//! Tests of the JSON lexer: escapes and their places, broken text, depth.

use super::*;
use proptest::prelude::*;

fn token(text: &[u8]) -> StringToken {
    Reader::new(text, 0).string().unwrap()
}

#[test]
fn plain_strings_are_borrowed() {
    let text = br#"  "plain" "#;
    let (decoded, map) = decode(text, token(text));
    assert!(matches!(decoded, Cow::Borrowed(b"plain")));
    assert_eq!(map.source_span(Span::new(0, 5)).slice(text), b"plain");
}

#[test]
fn escapes_are_decoded_and_mapped() {
    let text = br#""a\n\u00e9\ud83d\ude00\ud83dx\q\/""#;
    let (decoded, map) = decode(text, token(text));
    assert_eq!(std::str::from_utf8(&decoded).unwrap(), "a\n\u{e9}\u{1F600}\u{FFFD}x\\q/");
    assert_eq!(map.source_span(Span::new(1, 2)).slice(text), br"\n");
    assert_eq!(map.source_span(Span::new(4, 8)).slice(text), br"\ud83d\ude00");
}

#[test]
fn values_are_skipped_and_counted() {
    let text = br#"{"a": [1, {"b": "]}"}, null,], "c": NaN} rest"#;
    let mut reader = Reader::new(text, 0);
    assert_eq!(reader.skip().unwrap(), Span::new(0, 40));
    let mut keys = Vec::new();
    let mut reader = Reader::new(text, 0);
    reader
        .object(|reader, key| {
            keys.push(key.span.slice(text).to_vec());
            reader.skip().map(|_| ())
        })
        .unwrap();
    assert_eq!(keys, [b"a", b"c"]);
}

#[test]
fn depth_is_bounded() {
    let text = vec![b'['; 100_000];
    assert_eq!(Reader::new(&text, 0).skip().unwrap_err().expected, "less nesting");
}

#[test]
fn comments_are_blanks_when_asked_for() {
    let text = b"// x\n{ /* \" */ \"a\": 1 // }\n}";
    assert!(Reader::new(text, 0).skip().is_err());
    assert_eq!(Reader::new(text, 0).with_comments().skip().unwrap().end, text.len());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Reader::new(&bytes, 0).skip();
        let mut quoted = vec![b'"'];
        quoted.extend(&bytes);
        quoted.push(b'"');
        if let Ok(token) = Reader::new(&quoted, 0).string() {
            let (text, map) = decode(&quoted, token);
            prop_assert_eq!(map.decoded_len(), text.len());
        }
    }

    #[test]
    fn what_serde_writes_is_read_back(text in ".{0,60}") {
        let written = serde_json::to_string(&text).unwrap();
        let (decoded, map) = decode(written.as_bytes(), token(written.as_bytes()));
        prop_assert_eq!(std::str::from_utf8(&decoded).unwrap(), &text);
        // Every character maps to what spells it.
        for (at, character) in text.char_indices() {
            let span = map.source_span(Span::new(at, at + character.len_utf8()));
            let spelled = format!("\"{}\"", String::from_utf8_lossy(span.slice(written.as_bytes())));
            prop_assert_eq!(serde_json::from_str::<String>(&spelled).unwrap(), character.to_string());
        }
    }
}
