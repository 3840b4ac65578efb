//! Secrets without a form of their own: values of names such as `password` or `api_key` ([`assignment`]), judged by
//! how random they are and what they are not ([`judge`]), and credentials in URLs ([`url`]).

use super::analysis::Place;
use super::literals::{Hit, Owner};
use super::load::{Boundary, Literal, Pattern};
use super::secret::{Match, Proof, Secret, Wrapping};
use super::{Patterns, Search};
use crate::model::{Confidence, Severity, Span};

pub mod assignment;
mod declaration;
mod indirect;
pub mod judge;
mod line;
mod name;
mod operator;
mod reading;
mod shape;
pub mod url;
mod words;

pub(super) use shape::{is_name, is_public};

/// Names, looked for where something random stands near.
pub const NAMES: &[&str] = &["key", "secret", "token", "pass", "pwd", "auth", "credential", "bearer"];
/// Names of secrets that may be short, looked for everywhere.
pub const PASSWORD_NAMES: &[&str] = &["password", "passwd", "pwd", "passphrase", "pswd", "secret"];
/// Such names that are too frequent in other cases, as they are written here: `DB_PASS`, `smtp_pass`, `PASS`, `"pass": …`,
/// `PW: …`.
pub const EXACT_PASSWORD_NAMES: &[&str] =
    &["PASS", "_pass", "\"pass\"", " pw:", "(pw:", " PW:", "(PW:", "_PW=", "_pw: "];

const PASSWORD: usize = 0;
const TOKEN: usize = 1;
const URL: usize = 2;

/// The rules.
pub static RULES: &[Pattern] = &[
    rule(
        "generic-password",
        "Password in an assignment",
        "What it protects is open to whoever reads the file.",
        "Change the password where it is used.",
        &Literal { text: "password", place: Place::Inside, after: &[], behind: None },
    ),
    rule(
        "generic-secret",
        "Key, token or secret in an assignment",
        "What it gives access to is open to whoever reads the file.",
        "Revoke it where it was issued, and issue another.",
        &Literal { text: "secret", place: Place::Inside, after: &[], behind: None },
    ),
    rule(
        "url-credentials",
        "Credentials in a URL",
        "Whoever reads the URL signs in to that host with them; URLs also end up in logs and shell histories.",
        "Change the password, or revoke the token, at that host.",
        &Literal { text: "://", place: Place::Inside, after: &[], behind: None },
    ),
];

pub(super) const fn rule(
    id: &'static str,
    name: &'static str,
    grants: &'static str,
    revoke: &'static str,
    literal: &'static Literal,
) -> Pattern {
    Pattern {
        provider: "any provider",
        id,
        name,
        grants,
        revoke,
        example: "",
        severity: Severity::High,
        confidence: Confidence::Medium,
        literals: std::slice::from_ref(literal),
        ignore_case: true,
        regex: "",
        left: Boundary::Any,
        right: Boundary::Any,
        by_name: false,
        begins_word: false,
        near: &[],
        near_required: false,
        min_entropy: 0.0,
        checksum: None,
        allow: &[],
        needs: &[],
        generic: true,
        references: &["https://cwe.mitre.org/data/definitions/798.html"],
        shortest: 1,
        longest: 1,
        has_run: false,
        run: 0,
        body: None,
    }
}

/// Looks at the names and URLs that were found.
pub fn search(patterns: &Patterns, text: &[u8], how: Search, hits: &[Hit], found: &mut Vec<Match>) {
    let base = patterns.patterns.len();
    for hit in hits {
        let (rule, span, confidence) = match hit.owner {
            Owner::Name(len) => {
                let Some(value) = assignment::value(text, hit.at, usize::from(len), how.prose) else { continue };
                let rule = if value.kind == name::Kind::Password { PASSWORD } else { TOKEN };
                let Some(confidence) = judge::value(text, &value) else { continue };
                (rule, value.span, confidence)
            }
            Owner::Url => {
                let Some((span, confidence)) = url::credentials(text, hit.at) else { continue };
                (URL, span, confidence)
            }
            Owner::Rule(..) => continue,
        };
        let secret = span.slice(text);
        found.push(Match {
            rule: base + rule,
            span: Span::new(span.start, span.end),
            secret: Secret::new(secret),
            confidence,
            severity: RULES[rule].severity,
            proof: Proof::None,
            note: String::new(),
            wrapping: Wrapping::None,
        });
    }
}

#[cfg(test)]
mod tests;
