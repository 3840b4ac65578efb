//! A conda version constraint, brought to PEP 440 where both say the same.
//!
//! <https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/pkg-specs.html>: `=1.2` is fuzzy, `==1.2` and
//! a bare `1.2` are exact, `|` separates alternatives, which PEP 440 does not have.

use std::str::FromStr;

use crate::model::Pin;
use crate::parse::requirement;

/// Specifier and pin of a version constraint. `=1.2` is fuzzy (`1.2.*`) unless a build follows it; a bare
/// `1.2` and `==1.2` are exact.
pub fn constraint(text: &str, has_build: bool) -> (String, Pin) {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(template) = requirement::placeholder(text) {
        return (compact, Pin::Template(template.to_owned()));
    }
    let compact = match compact.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) if !inner.contains(['(', ')']) => inner.to_owned(),
        _ => compact,
    };
    if compact.is_empty() || compact == "*" || compact == "=*" || compact == "==*" {
        return (String::new(), Pin::Unpinned);
    }
    if !compact.chars().all(|c| c.is_ascii_alphanumeric() || ".-_+*!=<>~,|()^$".contains(c)) {
        return (compact.clone(), Pin::Invalid(compact));
    }
    if compact.contains(['|', '(', '^']) {
        // Alternatives: PEP 440 has none. Each clause is brought to its plain form, the structure stays.
        let plain = |part: &'_ str| match part.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
            Some(inner) if !inner.contains(['(', ')']) => clauses(inner, has_build).0.join(","),
            // A group that holds alternatives itself stays as it is.
            _ if part.contains(['(', ')', '^']) => part.to_owned(),
            _ => clauses(part, has_build).0.join(","),
        };
        let clauses: Vec<String> = compact.split('|').map(plain).collect();
        let specifier = clauses.join("|");
        return (specifier.clone(), Pin::Range(specifier));
    }
    let (printed, standard) = clauses(&compact, has_build);
    if let [only] = printed.as_slice()
        && let Some(version) = only.strip_prefix("==")
    {
        return (only.clone(), Pin::Exact(version.to_owned()));
    }
    let standard = standard.join(",");
    let printed = printed.join(",");
    let pin = match pep440_rs::VersionSpecifiers::from_str(&standard) {
        Ok(_) => Pin::Range(standard),
        Err(_) => Pin::Range(printed.clone()),
    };
    (printed, pin)
}

/// Each clause of `a,b` as inventory prints it and in PEP 440.
fn clauses(text: &str, has_build: bool) -> (Vec<String>, Vec<String>) {
    text.split(',')
        .filter(|clause| !clause.is_empty() && *clause != "*")
        .map(|clause| one_clause(clause, has_build))
        .unzip()
}

fn one_clause(clause: &str, has_build: bool) -> (String, String) {
    let version_at = clause.find(|c: char| !"=<>!~".contains(c)).unwrap_or(clause.len());
    let (operator, version) = clause.split_at(version_at);
    let fuzzy = |version: &str| {
        let stem = version.trim_end_matches('*').trim_end_matches('.');
        (format!("{stem}.*"), format!("=={stem}.*"))
    };
    match operator {
        "=" if !has_build || version.ends_with('*') => fuzzy(version),
        "" | "==" if version.ends_with('*') => fuzzy(version),
        "" | "=" | "==" => (format!("=={version}"), format!("=={version}")),
        "!=" if version.ends_with('*') => {
            let stem = version.trim_end_matches('*').trim_end_matches('.');
            (format!("!={stem}.*"), format!("!={stem}.*"))
        }
        // `>=1.2.*` means `>=1.2`.
        _ => {
            let version = version.trim_end_matches('*').trim_end_matches('.');
            (format!("{operator}{version}"), format!("{operator}{version}"))
        }
    }
}
