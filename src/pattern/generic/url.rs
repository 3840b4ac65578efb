//! `scheme://user:password@host` (RFC 3986, section 3.2.1), and a token in the user's place.

use super::super::placeholder;
use super::shape;
use crate::model::{Confidence, Span};

/// Longest user and password together, in bytes.
const LONGEST: usize = 320;
/// A user without a password that is this long and random is a token.
const TOKEN: usize = 20;

/// Passwords that documentation uses.
const EXAMPLES: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "pwd",
    "pw",
    "secret",
    "user",
    "username",
    "token",
    "xxx",
    "xxxx",
    "key",
    "test",
    "hunter2",
    "mypassword",
    "my_password",
    "foo",
    "bar",
    "password1",
    "p",
    "pwd1",
    "api_key",
    "apikey",
    "redacted",
    "hidden",
    "changeme",
];

/// Users of documentation: a word beside them is no password.
const NOBODY: &[&str] =
    &["user", "username", "usr", "name", "login", "me", "you", "foo", "u", "myuser", "someuser", "test", "proxyuser"];

/// Schemes whose URLs name no token before the `@`: a container (`abfss://container@account.dfs.core.windows.net`), or a user
/// who signs in with something else.
const NO_TOKEN: &[&[u8]] = &[b"abfs", b"abfss", b"wasb", b"wasbs", b"ssh", b"sftp"];

/// The secret of the URL whose `://` stands at `at`.
pub fn credentials(text: &[u8], at: usize) -> Option<(Span, Confidence)> {
    let start = at + 3;
    let limit = (start + LONGEST).min(text.len());
    let ends = |byte: &u8| {
        matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\' | b'|')
            || *byte <= b' '
            || *byte >= 0x7F
    };
    let rest = text.get(start..limit)?;
    // The password may hold a slash where nobody encoded it, so the last `@` before the authority ends counts.
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    let sign = memchr::memrchr(b'@', &rest[..end])?;
    let host = &rest[sign + 1..end];
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:[]%,${});".contains(byte);
    let is_host =
        host.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'[') && host.iter().all(allowed);
    let scheme = text[..at].iter().rev().take(12).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'+');
    if !is_host || scheme.filter(|byte| byte.is_ascii_alphabetic()).count() < 3 {
        return None;
    }
    match memchr::memchr(b':', &rest[..sign]) {
        Some(colon) => {
            let (user, password) = (&rest[..colon], &rest[colon + 1..sign]);
            let span = Span::new(start + colon + 1, start + sign);
            judged(user, password, host).map(|confidence| (span, confidence))
        }
        None => {
            let token = &rest[..sign];
            if NO_TOKEN.iter().any(|scheme| text[..at].ends_with(scheme)) {
                return None;
            }
            let random = token.len() >= TOKEN && shape::is_random(token) && !placeholder::is_placeholder(token);
            random.then(|| (Span::new(start, start + sign), Confidence::Medium))
        }
    }
}

fn judged(user: &[u8], password: &[u8], host: &[u8]) -> Option<Confidence> {
    let lower = String::from_utf8_lossy(password).to_lowercase();
    let refers = |byte: &u8| matches!(byte, b'$' | b'{' | b'}' | b'*' | b'[' | b']' | b'(');
    if password.len() < 3
        || password.iter().any(refers)
        || user.contains(&b'(')
        || (user.contains(&b'{') && shape::classes(password) < 3)
        || lower.starts_with("%s")
        || EXAMPLES.contains(&lower.as_str())
        || placeholder::is_placeholder(password)
    {
        return None;
    }
    let host = String::from_utf8_lossy(host).to_lowercase();
    let example =
        host.starts_with("example.") || host.contains(".example") || host.starts_with("host") || host == "server";
    let nobody = NOBODY.iter().any(|name| user.eq_ignore_ascii_case(name.as_bytes()));
    let least = if nobody { 16 } else { 8 };
    let weak = user.eq_ignore_ascii_case(password) || shape::classes(password) < 2 && password.len() < least;
    Some(if example || weak { Confidence::Low } else { Confidence::Medium })
}
