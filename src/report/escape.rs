//! One sanitizer for each kind of sink. File names, package names, notebook text and messages come from the
//! scanned tree and are hostile; every reporter passes what it did not write itself through one of these.
//!
//! Not a redactor: secrets are gone before an [`Outcome`](crate::model::Outcome) exists.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// True for characters that a terminal obeys or that change what a reader sees: C0 and C1 controls, bidirectional
/// controls, line separators, zero-width and other invisible format characters (Unicode categories Cc, Zl, Zp and
/// the default-ignorable part of Cf).
pub fn is_invisible(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}'
        | '\u{AD}' | '\u{61C}' | '\u{180E}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Text for a terminal, for prose in any format, and for one line of a log: every invisible character is written as
/// `\n`, `\t` or `\u{…}`, so the result is one line and carries no escape sequence.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        push_visible(&mut out, character);
    }
    Cow::Owned(out)
}

/// The same for text of several lines that we wrote or that an advisory's author wrote: line ends stay.
pub fn visible_lines(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.lines().map(visible).collect();
    lines.join("\n")
}

fn push_visible(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        other if is_invisible(other) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(other));
        }
        other => out.push(other),
    }
}

/// Text and attribute values of HTML.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            other => push_visible(&mut out, other),
        }
    }
    out
}

/// Text and attribute values of XML 1.0, which has no way to write most control characters.
pub fn xml(text: &str) -> String {
    html(text).replace("&#96;", "`").replace(['\u{FFFE}', '\u{FFFF}'], "\u{FFFD}")
}

/// Text of Markdown: no markup, no link, no mention, no HTML, no table cell's end.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // An entity keeps `@name` from notifying somebody and `#1` from linking an issue.
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            ':' => out.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '!' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(character);
            }
            other => push_visible(&mut out, other),
        }
    }
    out
}

/// A code span of Markdown inside a table cell: entities are inert in `<code>`, whatever the text holds.
pub fn markdown_code(text: &str) -> String {
    let text = html(text);
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str("<code>");
    for character in text.chars() {
        match character {
            '|' | '*' | '_' | '[' | ']' | '\\' | '~' | '@' | '$' | ':' | '!' => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out.push_str("</code>");
    out
}

/// The message of a GitHub workflow command.
///
/// <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>
pub fn workflow_message(text: &str) -> String {
    visible(text).replace('%', "%25")
}

/// A property (`file=`, `title=`) of a GitHub workflow command.
pub fn workflow_property(text: &str) -> String {
    workflow_message(text).replace(':', "%3A").replace(',', "%2C")
}

/// A field of CSV (RFC 4180), always quoted. What a spreadsheet would take for a formula gets an apostrophe before it.
pub fn csv(text: &str) -> String {
    let text = visible(text);
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '|', '%']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

/// A path as a relative URI reference (RFC 3986): all but unreserved characters and `/` is percent-encoded, so a name
/// can be neither a scheme nor a query.
pub fn uri_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

/// Plain text of SARIF, where `[text](target)` would be an embedded link (section 3.11.6).
pub fn sarif_text(text: &str) -> String {
    visible(text).replace("](", "] (")
}

/// The same for several lines.
pub fn sarif_lines(text: &str) -> String {
    visible_lines(text).replace("](", "] (")
}

/// Writes JSON in which no string holds an invisible character as it is; they are written `\u…`, which reads back as
/// the same text. `html_safe` also writes `<`, `>` and `&` so, for JSON inside a `<script>` element.
pub fn write_json<T: serde::Serialize + ?Sized>(
    out: &mut dyn Write,
    value: &T,
    indent: bool,
    html_safe: bool,
) -> io::Result<()> {
    let formatter =
        JsonFormatter { pretty: indent.then(|| serde_json::ser::PrettyFormatter::with_indent(b"  ")), html_safe };
    // One of our own, though `out` may have one: layout is written in pieces of a byte or two.
    let mut buffered = io::BufWriter::new(out);
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut buffered, formatter))?;
    // Not a flush, which would go on to `out` at each line of JSON Lines.
    buffered.into_inner().map_err(io::IntoInnerError::into_error).map(|_| ())
}

/// Passes layout on to serde_json's own formatters and escapes what they leave.
struct JsonFormatter {
    pretty: Option<serde_json::ser::PrettyFormatter<'static>>,
    html_safe: bool,
}

/// Hands a layout method to the pretty formatter, or to the compact one when there is none.
macro_rules! layout {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $method<W: ?Sized + Write>(&mut self, writer: &mut W $(, $argument: $kind)*) -> io::Result<()> {
            match &mut self.pretty {
                Some(pretty) => pretty.$method(writer $(, $argument)*),
                None => serde_json::ser::CompactFormatter.$method(writer $(, $argument)*),
            }
        })*
    };
}

impl serde_json::ser::Formatter for JsonFormatter {
    layout! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let html_safe = self.html_safe;
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && !(html_safe && matches!(byte, b'<' | b'>' | b'&'));
        if fragment.bytes().all(plain) {
            return writer.write_all(fragment.as_bytes());
        }
        let special = |c: char| is_invisible(c) || (html_safe && matches!(c, '<' | '>' | '&'));
        let mut rest = fragment;
        while let Some((at, character)) = rest.char_indices().find(|(_, character)| special(*character)) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.strip_prefix(character).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_and_direction_marks_are_spelled_out() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\n\u{9b}d"), "a\\u{1b}[31mb\\u{202e}c\\n\\u{9b}d");
        assert_eq!(visible("plain é 日本"), "plain é 日本");
    }

    #[test]
    fn workflow_commands_cannot_be_ended_or_begun() {
        assert_eq!(workflow_property("a,b:c%d\n::set-output"), "a%2Cb%3Ac%25d\\n%3A%3Aset-output");
        assert!(!workflow_message("x\n::error::y").contains('\n'));
    }

    #[test]
    fn formulas_are_text() {
        assert_eq!(csv("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
        assert_eq!(csv("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn a_name_cannot_be_a_scheme() {
        assert_eq!(uri_path("javascript:x y/é.txt"), "javascript%3Ax%20y/%C3%A9.txt");
    }

    proptest! {
        #[test]
        fn json_reads_back(text in "\\PC*|[\\x00-\\x{2fff}]*") {
            for html_safe in [false, true] {
                let mut out = Vec::new();
                write_json(&mut out, &text, false, html_safe).unwrap();
                let written = String::from_utf8(out).unwrap();
                prop_assert!(!written.chars().any(is_invisible));
                prop_assert!(!html_safe || !written.contains('<'));
                prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text.clone());
            }
        }

        #[test]
        fn no_sink_lets_a_control_character_through(text in "[\\x00-\\x{2fff}]*") {
            for out in [html(&text), xml(&text), markdown(&text), markdown_code(&text), workflow_message(&text), csv(&text), sarif_text(&text), uri_path(&text)] {
                prop_assert!(!out.chars().any(is_invisible));
            }
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'', '`']));
        }
    }
}
