//! Configuration files as Python's `configparser` reads them (<https://docs.python.org/3/library/configparser.html>):
//! sections, `key = value` or `key: value`, and values that go on in lines that are indented. Nothing is interpolated.

/// One `key = value` with the lines of its value and their offsets in the file.
pub struct Value<'a> {
    /// Name of its section.
    pub section: &'a str,
    /// Its key.
    pub key: &'a str,
    /// The rest of the key's line, then the lines that go on, each with its offset.
    pub lines: Vec<(usize, &'a str)>,
}

/// All values of `text`, which stands `base` bytes into its file; comments are left out.
pub fn values(text: &str, base: usize) -> Vec<Value<'_>> {
    let mut values: Vec<Value<'_>> = Vec::new();
    let mut section = "";
    let mut open = false;
    let mut key_indent = 0;
    let mut at = base;
    for line in text.split_inclusive('\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let line = line.trim_end_matches(['\n', '\r']);
        let body = line.trim_start();
        let indent = line.len() - body.len();
        if body.starts_with(['#', ';']) {
            continue;
        }
        if body.is_empty() {
            continue;
        }
        if open && indent > key_indent {
            if let Some(value) = values.last_mut() {
                value.lines.push((start, line));
            }
            continue;
        }
        if let Some(name) = body.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            section = name.0.trim();
            open = false;
            continue;
        }
        let Some(delimiter) = body.find(['=', ':']) else { continue };
        let (key, rest) = body.split_at(delimiter);
        let rest = rest.get(1..).unwrap_or_default();
        let rest_at = start.saturating_add(line.len() - rest.len());
        values.push(Value { section, key: key.trim(), lines: vec![(rest_at, rest)] });
        open = true;
        key_indent = indent;
    }
    values
}
