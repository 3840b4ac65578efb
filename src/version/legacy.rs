//! The order of strings that are no PEP 440 versions: that of setuptools before PEP 440, which osv.dev uses
//! for such versions of PyPI packages. Not an order that anybody should rely on for anything else.
//! <https://setuptools.pypa.io/en/latest/deprecated/> (`pkg_resources.parse_version`)

use std::cmp::Ordering;

/// A version that PEP 440 rejects: its text and its sort key.
#[derive(Clone, Debug)]
pub struct Legacy {
    text: Box<str>,
    key: Vec<String>,
}

/// Sorts after every word below `final`: alpha, beta, c, dev come before the release, the rest after it.
const FINAL: &str = "*final";
const FINAL_DASH: &str = "*final-";
const ZERO: &str = "00000000";

impl Legacy {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.into(), key: key(text) }
    }

    /// The version as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Legacy {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Legacy {}

impl PartialOrd for Legacy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Legacy {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// Numbers are padded to eight digits, words get a `*` in front, trailing zeros of a release are dropped.
fn key(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut parts: Vec<String> = Vec::new();
    for piece in pieces(&lower) {
        let part = match piece {
            "." => continue,
            "pre" | "preview" | "rc" => "*c".to_owned(),
            "-" => FINAL_DASH.to_owned(),
            "dev" => "*@".to_owned(),
            number if number.starts_with(|c: char| c.is_ascii_digit()) => format!("{number:0>8}"),
            word => format!("*{word}"),
        };
        push(&mut parts, part);
    }
    push(&mut parts, FINAL.to_owned());
    parts
}

fn push(parts: &mut Vec<String>, part: String) {
    if part.starts_with('*') {
        if part.as_str() < FINAL {
            while parts.last().is_some_and(|last| last == FINAL_DASH) {
                parts.pop();
            }
        }
        while parts.last().is_some_and(|last| last == ZERO) {
            parts.pop();
        }
    }
    parts.push(part);
}

/// Runs of digits, runs of `a-z`, single `.` and `-`, and runs of anything else, in order.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    #[derive(PartialEq, Clone, Copy)]
    enum Class {
        Digit,
        Letter,
        Mark,
        Other,
    }
    let class = |c: char| match c {
        '0'..='9' => Class::Digit,
        'a'..='z' => Class::Letter,
        '.' | '-' => Class::Mark,
        _ => Class::Other,
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let kind = class(first);
        let end = match kind {
            Class::Mark => first.len_utf8(),
            _ => rest.find(|c| class(c) != kind).unwrap_or(rest.len()),
        };
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(text: &str) -> String {
        key(text).join(" ")
    }

    #[test]
    fn keys_are_those_of_setuptools() {
        assert_eq!(key_of("2019-09-12"), "00002019 *final- 00000009 *final- 00000012 *final");
        assert_eq!(key_of("0.7.4.svn.r2010"), "00000000 00000007 00000004 *svn *r 00002010 *final");
        assert_eq!(key_of("2.0.0-final"), "00000002 *final- *final *final");
        assert_eq!(key_of("1.0.0-rc.x"), "00000001 *c *x *final");
        assert_eq!(key_of(""), "*final");
    }
}
