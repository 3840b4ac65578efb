//! Whether a value that has a telling name is a secret: random enough, and no word, path, call, reference or
//! placeholder. The limits are heuristics; what is doubtful is reported with low confidence.

use super::super::{entropy, placeholder};
use super::NAMES;
use super::assignment::{Given, Value};
use super::line::follows_user;
use super::name::Kind;
use super::shape::{
    classes, holds_part, is_camel_case, is_drawn, is_mixed, is_path, is_public, is_random, is_uuid, is_wordy,
};
use super::words::{NOTHING, PUBLIC_NAMES, STATES};
use crate::model::Confidence;

/// Shortest password and shortest token, in bytes.
const PASSWORD: usize = 5;
const TOKEN: usize = 16;
/// Shortest token of letters and digits of all kinds.
const MIXED_TOKEN: usize = 12;

/// Signs that people put into passwords and programs seldom into names.
const SIGNS: &[u8] = b"!$%^&*#@+?";
/// Parts of names of which a UUID is the secret itself, not the id of one.
const STRONG: &[&str] = &[
    "secret",
    "api_key",
    "apikey",
    "api-key",
    "api.key",
    "token",
    "access_key",
    "accesskey",
    "access-key",
    "auth_key",
    "authkey",
    "auth-key",
    "license_key",
    "licensekey",
    "license-key",
    "subscription_key",
    "subscription-key",
    "subscriptionkey",
];
/// A part of a name between two points that is so long and looks random is none.
const DRAWN_PART: usize = 24;
/// How sure it is that `value` is a secret; `None` when it is not worth a word.
pub fn value(text: &[u8], value: &Value) -> Option<Confidence> {
    let secret = value.span.slice(text);
    // A bare word is a variable, but not in the environment.
    let is_bare = !value.quoted && value.given != Given::Environment;
    if PUBLIC_NAMES.iter().any(|part| value.name.contains(part))
        || is_reference(secret, value)
        || (is_bare && value.kind != Kind::Password && is_camel_case(secret))
        || placeholder::is_placeholder(secret)
        || is_public(secret)
    {
        return None;
    }
    let lower = String::from_utf8_lossy(secret).to_lowercase();
    if NOTHING.contains(&lower.as_str())
        || repeats_name(&value.name, &lower)
        || (is_bare && (is_named_after(&value.name, &lower) || is_build(secret)))
    {
        return None;
    }
    // What follows a bare value in a program: a call, an index.
    if !value.quoted && matches!(text.get(value.span.end), Some(b'(' | b'[')) {
        return None;
    }
    match value.kind {
        Kind::Password => match encoded(secret) {
            Some(plain) if NOTHING.contains(&plain.as_str()) || placeholder::is_placeholder(plain.as_bytes()) => None,
            Some(plain) => password(text, plain.as_bytes(), &plain.to_lowercase(), value),
            None => password(text, secret, &lower, value),
        },
        Kind::Token => token(secret, &lower, value),
        Kind::Secret => token(secret, &lower, value).or_else(|| short_secret(text, secret, &lower, value)),
        Kind::Key => token(secret, &lower, value).filter(|_| is_drawn(secret)),
    }
}

/// The text that a padded value is the base64 of, as secrets of Kubernetes have it.
fn encoded(secret: &[u8]) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(secret.strip_suffix(b"=").map(|_| secret)?).ok()?;
    let text = String::from_utf8(bytes).ok()?.trim_end().to_owned();
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ').then_some(text)
}

/// `service_account_secrets: "serviceAccountSecrets"`, `password = "password"`.
fn repeats_name(name: &str, value: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|letter| !matches!(letter, '_' | '-' | '.')).collect::<String>();
    name.contains(value) || (value.len() >= TOKEN && letters(name).contains(&letters(value)))
}

/// `conda-token=0.4.0=pyhd3eb1b0_0`: the version and the build of a conda package.
fn is_build(secret: &[u8]) -> bool {
    let mut parts = secret.splitn(2, |byte| *byte == b'=');
    let version = parts.next().unwrap_or_default();
    let is_version = version.first().is_some_and(u8::is_ascii_digit) && version.len() <= 24;
    is_version && parts.next().is_some_and(|build| build.contains(&b'_') || build.iter().all(u8::is_ascii_digit))
}

/// `config.apiKey = apiKeyStr`, `apiKey: azureApiKey`: a variable that is called as what it is given to.
fn is_named_after(name: &str, value: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_named = value.starts_with(last) && !value.ends_with(|letter: char| letter.is_ascii_digit());
    let is_word = value.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    last.len() >= 5 && (is_named || (is_word && value.ends_with(last)))
}

/// `11.0.0-next.2`, `^1.0.0`, `npm:^1.0.0`: what is called like a password is a package then.
fn is_version(secret: &[u8]) -> bool {
    let spec = secret.strip_prefix(b"npm:").or(secret.strip_prefix(b"workspace:")).unwrap_or(secret);
    let digits = spec.iter().position(|byte| !matches!(byte, b'^' | b'~' | b'>' | b'<' | b'=' | b'v' | b' '));
    let mut parts = spec[digits.unwrap_or(spec.len())..].splitn(3, |byte| *byte == b'.');
    let is_number =
        |part: Option<&[u8]>| part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit));
    // What follows the digits of the third part, as semantic versioning has it.
    let is_last = |part: &[u8]| {
        let behind = part.iter().find(|byte| !byte.is_ascii_digit());
        part.first().is_some_and(u8::is_ascii_digit) && behind.is_none_or(|byte| matches!(byte, b'-' | b'+' | b'.'))
    };
    is_number(parts.next()) && is_number(parts.next()) && parts.next().is_none_or(is_last)
}

fn password(text: &[u8], secret: &[u8], lower: &str, value: &Value) -> Option<Confidence> {
    let quoted = value.quoted;
    if secret.len() < PASSWORD || secret.len() > 128 || secret.iter().any(u8::is_ascii_whitespace) {
        return None;
    }
    if is_version(secret) {
        return None;
    }
    // A number, a date.
    if secret.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b':' | b'/')) {
        return (quoted && secret.len() >= 6 && secret.iter().all(u8::is_ascii_digit)).then_some(Confidence::Low);
    }
    // What stands between two quoted texts, not in one: `"Password:", next: "…"`.
    if quoted && matches!(secret.first(), Some(b',' | b':' | b')' | b']' | b'}' | b';')) && secret.ends_with(b":") {
        return None;
    }
    // A label in another language: `password: "パスワード"`.
    let (letters, digits) = (secret.iter().any(u8::is_ascii_alphabetic), secret.iter().any(u8::is_ascii_digit));
    if !(secret.is_ascii() || (letters && digits)) {
        return quoted.then_some(Confidence::Low);
    }
    let classes = classes(secret);
    let names_itself = ["password", "passwd", "secret", "pass_", "_pass"].iter().any(|word| lower.contains(word));
    let has_digit = secret.iter().any(u8::is_ascii_digit);
    let is_name = secret.contains(&b'_') || !secret.iter().any(u8::is_ascii_uppercase);
    let is_text = quoted || is_numbered_setting(text, value);
    let is_guessable = names_itself && !is_name && is_text && classes >= 3 && has_digit && secret.len() >= 8;
    if is_guessable && !is_path(secret) {
        return Some(Confidence::Medium);
    }
    if !names_itself && (classes >= 3 || (classes == 2 && has_digit && secret.len() >= 8)) && !is_path(secret) {
        return Some(Confidence::Medium);
    }
    let is_word = STATES.contains(&lower) || is_path(secret) || names_itself || secret.ends_with(b":");
    if !is_word && (has_inner_sign(secret, quoted) || is_literal_word(text, secret, value)) {
        return Some(Confidence::Medium);
    }
    (quoted && (classes >= 2 || secret.len() >= 6) && !is_path(secret) && !secret.ends_with(b":"))
        .then_some(Confidence::Low)
}

/// `Password=UserPassword731`: the whole line of a configuration without blanks, and three digits that no variable ends in
/// (but `passwordSHA256` does).
fn is_numbered_setting(text: &[u8], value: &Value) -> bool {
    let secret = value.span.slice(text);
    let digits = secret.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let letters = &secret[..secret.len() - digits];
    let ends_line = matches!(text.get(value.span.end), None | Some(b'\r' | b'\n'));
    let is_direct = value.span.start.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'=');
    let algorithms: [&[u8]; 4] = [b"sha", b"aes", b"rsa", b"schema"];
    let is_algorithm = algorithms.iter().any(|name| letters.to_ascii_lowercase().ends_with(name));
    digits >= 3 && ends_line && is_direct && !is_algorithm && !value.name.contains('.')
}

/// A secret that somebody made up: what is given to the name `secret` without being drawn at random is as often the name
/// of one, so that it must be quoted and have signs or digits, or be compared with.
fn short_secret(text: &[u8], secret: &[u8], lower: &str, value: &Value) -> Option<Confidence> {
    let is_name =
        secret.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':'))
            || STATES.contains(&lower)
            || is_path(secret);
    let is_compared = value.given == Given::Compared && is_literal_word(text, secret, value);
    // `--secrets "db-password=…"` holds another name and its value.
    let is_pair = lower.split_once('=').is_some_and(|(name, _)| NAMES.iter().any(|word| name.contains(word)));
    if !value.quoted || secret.len() > 64 || (is_name && !is_compared) || is_pair {
        return None;
    }
    let has = |kind: fn(&u8) -> bool| secret.iter().any(kind);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let is_mixed = is_mixed && secret.len() >= 8 && secret.iter().all(u8::is_ascii_graphic);
    let count = |kind: fn(&u8) -> bool| secret.iter().filter(|byte| kind(byte)).count();
    // Hammered into the keyboard, as the first page of a framework's documentation shows it.
    let is_hammered = secret.len() >= 20
        && count(u8::is_ascii_punctuation) >= 3
        && count(u8::is_ascii_digit) >= 3
        && count(|byte| *byte == b' ') <= 2
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && entropy::shannon_bits(secret) >= 4.0;
    (is_compared || is_hammered || has_inner_sign(secret, true) || (is_mixed && !secret.contains(&b'_')))
        .then_some(Confidence::Medium)
}

/// `super$ecret`; a bare `$` is a variable of a shell, a trailing `@` that of anonymous FTP.
fn has_inner_sign(secret: &[u8], quoted: bool) -> bool {
    let inner = secret.get(1..secret.len().saturating_sub(1)).unwrap_or_default();
    let letters = secret.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    quoted
        && secret.len() >= 8
        && letters * 3 >= secret.len() * 2
        && secret.iter().all(|byte| byte.is_ascii_alphanumeric() || SIGNS.contains(byte))
        && inner.iter().any(|byte| SIGNS.contains(byte))
        && secret[0].is_ascii_alphanumeric()
        && (!secret.contains(&b'@') || !secret.contains(&b'.'))
}

/// A plain word where nothing but a password can stand: told, compared with, of the environment, or beside its user.
fn is_literal_word(text: &[u8], secret: &[u8], value: &Value) -> bool {
    let is_word = secret.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'!'));
    let least = if value.given == Given::Told || secret.iter().any(u8::is_ascii_digit) { 6 } else { 7 };
    is_word
        && secret.len() >= least
        && secret.iter().any(u8::is_ascii_alphabetic)
        && match value.given {
            Given::Told | Given::Compared => value.quoted,
            Given::Environment => true,
            Given::Assigned => value.quoted && follows_user(text, value.span.start),
        }
}

fn token(secret: &[u8], lower: &str, value: &Value) -> Option<Confidence> {
    let least = if is_mixed(secret) { MIXED_TOKEN } else { TOKEN };
    if secret.len() < least || secret.iter().any(u8::is_ascii_whitespace) || !secret.is_ascii() {
        return None;
    }
    if secret.iter().all(u8::is_ascii_hexdigit) {
        let has_both = secret.iter().any(u8::is_ascii_digit) && secret.iter().any(u8::is_ascii_alphabetic);
        let random = has_both && secret.len() >= 20 && entropy::shannon_bits(secret) >= 2.8;
        return random.then_some(Confidence::Medium);
    }
    if is_uuid(secret) {
        let strong = STRONG.iter().any(|part| value.name.contains(part));
        return Some(if strong { Confidence::Medium } else { Confidence::Low });
    }
    if !is_random(secret) || is_path(secret) {
        return None;
    }
    // Base64 of words is not random, only its letters are.
    let known_start = ["http", "file:", "arn:", "sha256", "sha512", "sha384", "ssh-rsa", "data:"]
        .iter()
        .any(|start| lower.starts_with(start));
    (!known_start).then_some(Confidence::Medium)
}

/// `os.environ[…]`, `config.get(…)`, `$VAR`, `secrets.X`, `@Microsoft.KeyVault(…)`, `module.attribute`, `NAME_OF_ANOTHER`.
fn is_reference(secret: &[u8], value: &Value) -> bool {
    let quoted = value.quoted;
    // A bare word is a variable, but not in the environment.
    let is_bare = !quoted && value.given != Given::Environment;
    let starts = |parts: &[&[u8]]| parts.iter().any(|part| secret.starts_with(part));
    if starts(&[
        b"$",
        b"@Microsoft",
        b"@{",
        b"{",
        b"<",
        b"&",
        b"*",
        b"!",
        b"vault:",
        b"secretref:",
        b"env:",
        b"ENC(",
        b"ENC[",
        b"[listKeys",
        b"keyvault",
    ]) && !(quoted && starts(&[b"!", b"*", b"&"]))
    {
        return !starts(&[b"$1$", b"$2", b"$5$", b"$6$", b"$argon"]);
    }
    let has = |byte: u8| secret.contains(&byte);
    if !quoted && (has(b'(') || has(b'[') || has(b'{')) {
        return true;
    }
    if holds_part(secret, b'(', b')') || holds_part(secret, b'[', b']') || holds_part(secret, b'{', b'}') {
        return true;
    }
    let identifier =
        secret.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b':'));
    let is_drawn_part =
        |part: &[u8]| part.len() >= DRAWN_PART && part.iter().any(u8::is_ascii_digit) && is_random(part);
    let dotted = has(b'.')
        && (is_bare || quoted || classes(secret) < 4)
        && !secret.split(|byte| *byte == b'.').any(is_drawn_part)
        && secret.split(|byte| *byte == b'.').all(|part| {
            part.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
                && (!quoted || is_wordy(part) || !secret.iter().any(u8::is_ascii_digit))
        });
    // A constant's or environment variable's name.
    let constant = secret.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_') && has(b'_');
    identifier && (dotted || constant || (is_bare && is_wordy(secret) && !secret.iter().any(u8::is_ascii_digit)))
}
