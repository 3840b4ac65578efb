//! Names and values that a format keeps in fields of their own: `name: X` above `value: …` (Kubernetes, CloudFormation,
//! ECS), `key="X" value="…"` (.NET, Spring), `<name>X</name><value>…` (Hadoop), `<key>X</key><string>…` (Apple),
//! `<string name="X">…` (Android), `variable "X" { default = … }` (Terraform), `${X:-…}` (shells, Compose).

use super::declaration::default_argument;

/// How far after a name its value may begin, and how far before the name its label.
const GAP: usize = 240;
const LABEL: usize = 24;

/// Labels of names, in lower case.
const NAMES: &[&[u8]] = &[
    b"name",
    b"key",
    b"id",
    b"parameterkey",
    b"parametername",
    b"optionname",
    b"variable",
    b"property",
    b"envname",
    b"k",
];
/// Labels of values, in lower case.
const VALUES: &[&[u8]] = &[b"value", b"default", b"defaultvalue", b"parametervalue", b"val", b"content", b"v"];

/// Where the value of the name `text[start..end]` begins, when the notation says so, and whether it must be quoted to be one.
pub(super) fn value_at(text: &[u8], start: usize, end: usize) -> Option<(usize, bool)> {
    let after = text.get(end..(end + GAP).min(text.len()))?;
    let before = &text[start.saturating_sub(LABEL)..start];
    let quote = after.first().copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let (label, rest) = match quote {
        Some(quote) => (before.strip_suffix(&[quote]).unwrap_or(before), &after[1..]),
        None => (before, after),
    };
    if !is_label(label, quote.is_some())
        && let Some((value, needs_quotes)) = value_of_object(rest)
    {
        return Some((end + after.len() - value.len(), needs_quotes));
    }
    // `add_argument("--token", default="…")`
    if quote.is_some()
        && rest.starts_with(b",")
        && let Some(value_at) = default_argument(rest)
    {
        return Some((end + after.len() - rest.len() + value_at, true));
    }
    value_in_field(text, start, end).map(|at| (at, false))
}

/// The same, where the name stands in a field of its own.
fn value_in_field(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let after = text.get(end..(end + GAP).min(text.len()))?;
    let before = &text[start.saturating_sub(LABEL)..start];
    if let Some(rest) = after.strip_prefix(b":-").filter(|_| before.ends_with(b"${")) {
        return Some(end + after.len() - rest.len());
    }
    for (close, open) in [(&b"</name>"[..], &b"<value>"[..]), (b"</key>", b"<string>"), (b"</key>", b"<value>")] {
        if let Some(rest) = after.strip_prefix(close).and_then(|rest| rest.trim_ascii_start().strip_prefix(open)) {
            return Some(end + after.len() - rest.len());
        }
    }
    let quote = after.first().copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let (label, rest) = match quote {
        Some(quote) => (before.strip_suffix(&[quote])?, &after[1..]),
        None => (before, after),
    };
    if quote.is_some() && label.trim_ascii_end().ends_with(b"variable") {
        return default_of_block(rest).map(|at| end + 1 + at);
    }
    if !is_label(label, quote.is_some()) {
        return None;
    }
    if quote.is_some() && rest.first() == Some(&b'>') {
        return Some(end + 2);
    }
    let value = after_label(rest)?;
    Some(end + after.len() - value.len())
}

/// `name: `, `"Name": `, `key=` before a name, where its label begins a line, an attribute or an entry.
fn is_label(before: &[u8], is_quoted: bool) -> bool {
    let before = before.trim_ascii_end();
    let Some((sign, before)) = before.split_last() else { return false };
    if !(*sign == b':' || (*sign == b'=' && is_quoted)) {
        return false;
    }
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b"\"").or(before.strip_suffix(b"'")).unwrap_or(before);
    let len =
        before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
    let label = before[before.len() - len..].to_ascii_lowercase();
    NAMES.contains(&label.as_slice())
}

/// What follows `value: `, `, "value": `, ` value=` at the start of `rest`.
fn after_label(rest: &[u8]) -> Option<&[u8]> {
    let from =
        rest.iter().position(|byte| !matches!(byte, b',' | b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'{'))?;
    if from == 0 {
        return None;
    }
    let rest = &rest[from..];
    let len = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (label, rest) = rest.split_at(len);
    if !VALUES.contains(&label.to_ascii_lowercase().as_slice()) {
        return None;
    }
    let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
    let rest = trim_blanks(rest);
    let rest = rest.strip_prefix(b":").or(rest.strip_prefix(b"="))?;
    Some(trim_blanks(rest))
}

/// What follows `"value": ` in an object that stands behind a name: `: {"value": "…"}` (Azure Resource Manager, ECS),
/// `: {"type": "securestring", "defaultValue": "…"}`, `:` above `value: …`; and whether it must be quoted, since in a program
/// a bare word is a variable.
fn value_of_object(rest: &[u8]) -> Option<(&[u8], bool)> {
    let object = trim_blanks(trim_blanks(rest).strip_prefix(b":").or(rest.strip_prefix(b" ="))?);
    if let Some(below) = object.strip_prefix(b"\n").or(object.strip_prefix(b"\r\n")) {
        let value = below.strip_prefix(b" ").and_then(after_label)?;
        let sign = &below[..below.len() - value.len()];
        return sign.trim_ascii_end().ends_with(b":").then_some((value, false));
    }
    let mut entries = object.starts_with(b"{").then_some(object)?;
    loop {
        if let Some(value) = after_label(entries) {
            return Some((value, true));
        }
        entries = next_entry(&entries[1..])?;
    }
}

/// From the comma on that ends an entry; `None` where the object ends.
fn next_entry(entry: &[u8]) -> Option<&[u8]> {
    let mut depth = 0_u32;
    for (at, byte) in entry.iter().enumerate() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => return entry.get(at..),
            _ => {}
        }
    }
    None
}

/// Where the value of `default` begins in ` { … default = "…" … }`.
fn default_of_block(rest: &[u8]) -> Option<usize> {
    let open = rest.iter().position(|byte| *byte == b'{').filter(|at| rest[..*at].trim_ascii().is_empty())?;
    let close = memchr::memchr(b'}', rest).unwrap_or(rest.len());
    let block = rest.get(open + 1..close)?;
    let word = memchr::memmem::find(block, b"default")?;
    if !block[..word].iter().rev().take_while(|byte| **byte != b'\n').all(u8::is_ascii_whitespace) {
        return None;
    }
    let value = trim_blanks(trim_blanks(&block[word + b"default".len()..]).strip_prefix(b"=")?);
    Some(close - value.len())
}

fn trim_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &text[blanks..]
}
