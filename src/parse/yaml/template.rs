//! Jinja in YAML: hides it from the YAML parser without moving a byte.

use std::borrow::Cow;

use granit_parser::ScalarStyle;

use super::{Node, Value};
use crate::model::Span;

/// What stands for each byte of a `{{ … }}`: plain in YAML wherever a letter is.
const FILLER: &str = "J";

/// Longest template expression or statement that is looked for, in bytes: keeps the search linear.
const LONGEST: usize = 4096;

/// `text` with every `{{ … }}` of one line filled with letters and every `{% … %}` and `{# … #}` with blanks.
pub(super) fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let window = from.get(..floor_char_boundary(from, LONGEST)).unwrap_or_default();
        let length = |close: &str| {
            let end = window.get(2..)?.find(close)?.checked_add(2 + close.len())?;
            window.get(..end)
        };
        let hidden = match from.as_bytes() {
            [b'{', b'{', ..] => length("}}").filter(|hidden| !hidden.contains('\n')).map(|hidden| (hidden, FILLER)),
            [b'{', b'%', ..] => length("%}").map(|hidden| (hidden, " ")),
            [b'{', b'#', ..] => length("#}").map(|hidden| (hidden, " ")),
            _ => None,
        };
        match hidden {
            Some((hidden, filler)) => {
                for byte in hidden.bytes() {
                    out.push_str(if byte == b'\n' { "\n" } else { filler });
                }
                rest = from.get(hidden.len()..).unwrap_or_default();
            }
            None => {
                out.push('{');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// The greatest character boundary of `text` that is at most `at`.
fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// Puts the text of the file back into the scalars. Recursion is as deep as the tree, which is bounded.
pub(super) fn unmask<'a>(node: Node<'_>, text: &'a str, base: usize) -> Node<'a> {
    let span = node.span;
    let value = match node.value {
        Value::Scalar(masked, style) => Value::Scalar(original(&masked, style, span, text, base), style),
        Value::Sequence(items) => Value::Sequence(items.into_iter().map(|item| unmask(item, text, base)).collect()),
        Value::Mapping(entries) => Value::Mapping(
            entries.into_iter().map(|(key, value)| (unmask(key, text, base), unmask(value, text, base))).collect(),
        ),
    };
    Node { value, span }
}

fn original<'a>(masked: &str, style: ScalarStyle, span: Span, text: &'a str, base: usize) -> Cow<'a, str> {
    let raw = text.get(span.start.saturating_sub(base)..span.end.saturating_sub(base)).unwrap_or_default();
    let inner = match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default()
        }
        _ => raw,
    };
    // Only a scalar that stands in the file as it is has the same length; in others the filler stays.
    match inner.len() == masked.len() {
        true => Cow::Borrowed(inner),
        false => Cow::Owned(masked.to_owned()),
    }
}
