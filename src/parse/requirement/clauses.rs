//! The clauses of a requirement string as text: what parts them from a marker, and what they look like.

/// True for `===` and one word: arbitrary equality compares text.
pub(super) fn is_arbitrary(clauses: &str) -> bool {
    clauses
        .strip_prefix("===")
        .is_some_and(|text| !text.trim().is_empty() && !text.trim().contains([',', ' ', '\t', '#']))
}

/// The version of `==1.2` or `===1.2`; blanks are gone already.
pub(super) fn exact_version(specifier: &str) -> Option<&str> {
    specifier.strip_prefix("===").or_else(|| specifier.strip_prefix("=="))
}

/// True for text that begins as a version does and is one word of version characters.
pub(super) fn is_versionlike(text: &str) -> bool {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '*' | '!' | '='))
}

/// Splits the clauses of a requirement from its marker.
pub(super) fn split_marker(text: &str) -> (&str, Option<&str>) {
    match text.split_once(';') {
        Some((clauses, marker)) => (clauses, Some(marker.trim()).filter(|marker| !marker.is_empty())),
        None => (text, None),
    }
}

/// The same after a URL, which may hold `;` itself: a blank has to stand on one side of the semicolon.
pub(super) fn split_url_marker(text: &str) -> (&str, Option<&str>) {
    let at = text.match_indices(';').map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).unwrap_or_default();
        let after = text.get(at + 1..).unwrap_or_default();
        before.ends_with(char::is_whitespace) || after.starts_with(char::is_whitespace)
    });
    match at {
        Some(at) => {
            let marker = text.get(at + 1..).unwrap_or_default().trim();
            (text.get(..at).unwrap_or_default().trim(), Some(marker).filter(|marker| !marker.is_empty()))
        }
        None => (text, None),
    }
}

pub(super) fn strip_parentheses(clauses: &str) -> &str {
    match clauses.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => inner.trim(),
        None => clauses,
    }
}

/// Clauses without blanks.
pub(super) fn compact(clauses: &str) -> String {
    clauses.chars().filter(|c| !c.is_whitespace()).collect()
}
