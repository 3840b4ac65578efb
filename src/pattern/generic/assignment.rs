//! Finds what is assigned to a name: `api_key = "…"`, `password: …`, `"token": "…"`, `PASSWORD=…`, `--password …`,
//! `<password>…</password>`, `password == "…"`, in the languages and formats where such lines stand.
//!
//! No parser: it looks at one line, or at that and the first one below that is not blank. It takes a bare word for a value
//! only where the line looks like configuration, because in a program a bare word is a variable, or where the word is
//! drawn at random for sure.

use super::line::is_configuration;
use super::operator::{Form, operator};
use super::reading::{drawn_word, element, is_entry, is_whole_line, of_parameter, read_value, without_scheme};
use super::shape::{has_long_part, is_drawn, is_name, is_uuid, is_wordy};
use crate::model::Span;

/// Longest name, in bytes.
const NAME: usize = 64;

/// A value that has a telling name.
pub struct Value {
    /// Its bytes, without quotes.
    pub span: Span,
    /// It stands in quotes.
    pub quoted: bool,
    /// What its name says.
    pub kind: Kind,
    /// Its name, in lower case.
    pub name: String,
    /// How it is given.
    pub given: Given,
}

/// What a name says of its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A password, which people choose and which may be short.
    Password,
    /// A secret: a token or a password.
    Secret,
    /// A token or a key of some service.
    Token,
    /// A key: of a service, of a lock, of a table.
    Key,
}

/// How a name gets its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// `name = value` and what resembles it.
    Assigned,
    /// `NAME=value`, as shells, .env files and Dockerfiles have it: a bare word there is a text, no variable.
    Environment,
    /// `name == "value"`: the program knows what it waits for.
    Compared,
    /// `the password is "value"`.
    Told,
}

/// The value of the name around the keyword `text[at..at + len]`, when it is assigned one.
pub fn value(text: &[u8], at: usize, len: usize, prose: bool) -> Option<Value> {
    // `_pass`, `"pass"` and ` pw:` are looked for where `pass` and `pw` would be too frequent.
    let sign = |byte: &&u8| !byte.is_ascii_alphabetic();
    let literal = text.get(at..at + len)?;
    let (head, tail) = (literal.iter().take_while(sign).count(), literal.iter().rev().take_while(sign).count());
    let (at, len) = (at + head, len.checked_sub(head + tail)?);
    let keyword = text.get(at..at + len)?.to_ascii_lowercase();
    let before = text[at.saturating_sub(NAME)..at].iter().rev().take_while(|byte| is_name_byte(**byte)).count();
    let after = text[at + len..].iter().take(NAME).take_while(|byte| is_name_byte(**byte)).count();
    let (start, end) = (at - before, at + len + after);
    let name = text[start..end].to_ascii_lowercase();
    let begins_word = text.get(at).is_some_and(u8::is_ascii_uppercase);
    // `?key=…` of a URL is what its service gave, `key: …` may be anything.
    let is_parameter = name == b"key" && matches!(text[..start].last(), Some(b'?' | b'&'));
    let spoken = if name == b"key" || name == b"keys" { word_before(text, start) } else { None };
    let kind = match is_parameter || spoken.is_some() {
        true => Kind::Token,
        false => kind(&name, before, &keyword, begins_word)?,
    };
    let start = spoken.unwrap_or(start);
    let operator = operator(text, start, end)?;
    let kind = match (operator.form, kind) {
        (Form::Plain, kind) | (Form::Returned, kind @ Kind::Password) => kind,
        // Passwords are given to functions to be changed, asked for and compared, and are explained in tables and below.
        (_, Kind::Password) => return None,
        (_, Kind::Secret) => Kind::Token,
        (_, kind) => kind,
    };
    // `get_token("name")`, `is_valid_token(x) { return "error" }`.
    let ends_word = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_lowercase());
    let does = |words: &[&[u8]]| {
        words.iter().any(|word| name.starts_with(word) && ends_word(text[start..end].get(word.len())))
    };
    if (operator.form == Form::Call && (does(ASKS) || does(CHECKS)))
        || (operator.form == Form::Returned && does(CHECKS))
    {
        return None;
    }
    let element = element(text, start, end);
    let (span, quoted) = match element {
        Some(inner) => (inner, false),
        None => read_value(text, operator.value_at)?,
    };
    let span = if quoted { span } else { of_parameter(text, start, span)? };
    let closes = |rest: &[u8]| rest.get(1..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b")"));
    if operator.form == Form::Call && !closes(&text[span.end..]) {
        return None;
    }
    let span = if quoted || kind == Kind::Password { span } else { without_stop(text, span) };
    let begins_line = is_configuration(text, start);
    let is_environment = begins_line && is_environment(text, start, end);
    let is_strong = kind == Kind::Password && operator.assigns && is_strong(span.slice(text), prose);
    let bare_is_fine = operator.is_notation
        || element.is_some()
        || (operator.is_flag && span.slice(text).iter().any(u8::is_ascii_digit))
        || (!prose && (operator.is_flag || (begins_line && !operator.compares)))
        || is_environment
        || is_part(text, start, end, span)
        || (begins_line && !operator.compares && is_whole_line(text, span))
        || is_strong;
    // `PASS: name` is a line of a test report.
    let is_report = name == b"pass" && text.get(end) == Some(&b':') && !is_strong;
    let secret = span.slice(text);
    if operator.form == Form::Returned && kind == Kind::Password && !is_plain_password(secret) {
        return None;
    }
    if operator.form != Form::Plain && kind != Kind::Password && !is_uuid(secret) && !has_long_part(secret) {
        return None;
    }
    let needs_none =
        kind != Kind::Password && is_drawn(secret) && !is_wordy(secret) && !is_name(secret) && has_long_part(secret);
    if !quoted && !needs_none && (!bare_is_fine || operator.needs_quotes || is_report) {
        return None;
    }
    if operator.form == Form::Below && (!(quoted || needs_none) || !is_entry(text, span.end + usize::from(quoted))) {
        return None;
    }
    // In programs `public` and `next` are words of the language; values there are quoted.
    let is_said =
        (!quoted || operator.form == Form::Loose) && kind != Kind::Password && !operator.is_flag && !is_environment;
    if is_said && is_public_by_word_before(text, start) {
        return None;
    }
    if quoted && is_label(text, start, end, span) {
        return None;
    }
    let given = match () {
        () if operator.compares => Given::Compared,
        () if operator.tells => Given::Told,
        () if is_environment => Given::Environment,
        () => Given::Assigned,
    };
    let name = String::from_utf8_lossy(&text[start..end]).to_ascii_lowercase().replace(' ', "_");
    let may_be_words = matches!(kind, Kind::Secret | Kind::Token) && (quoted || element.is_some());
    let word = without_scheme(text, span, quoted)
        .or_else(|| if may_be_words { drawn_word(text, span, element.is_some()) } else { None });
    Some(Value { span: word.unwrap_or(span), quoted, kind, name, given })
}

/// `"Password:", …`: the quote behind the sign ends the text that the name stands in.
fn is_label(text: &[u8], start: usize, end: usize, value: Span) -> bool {
    let quote = value.start.checked_sub(1).filter(|quote| *quote == end + 1).and_then(|quote| text.get(quote));
    quote.is_some() && quote == text[..start].last()
}

/// `NAME=value` without blanks: a variable of the environment, in prose as well.
fn is_environment(text: &[u8], start: usize, end: usize) -> bool {
    let name = &text[start..end];
    name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        && text.get(end) == Some(&b'=')
        && !matches!(text.get(end + 1), Some(b'=' | b'>' | b'~'))
}

/// `…;AccountKey=value;`, `?api_key=value&…`, `-H "X-Api-Key: value"`: a part of a connection string, of a URL or of
/// a header, in prose as well.
fn is_part(text: &[u8], start: usize, end: usize, value: Span) -> bool {
    let before = text[..start].trim_ascii_end().last();
    let (directly, after) = (text.get(end) == Some(&b'='), text.get(value.end));
    match before {
        Some(b';') => directly && after == Some(&b';'),
        Some(b'?' | b'&') => directly,
        Some(b'"' | b'\'') => after == before && matches!(text.get(end), Some(b'=' | b':')),
        _ => false,
    }
}

/// Words before `key` in a sentence that say that it opens something.
const SPOKEN: &[&[u8]] = &[
    b"api",
    b"access",
    b"secret",
    b"private",
    b"auth",
    b"license",
    b"subscription",
    b"storage",
    b"admin",
    b"account",
    b"webhook",
    b"encryption",
];

/// Where the word before a bare `key` begins, if it says what the key opens: `API key`, `access key`.
fn word_before(text: &[u8], start: usize) -> Option<usize> {
    let before = text[..start].strip_suffix(b" ")?;
    let len = before.iter().rev().take(NAME).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = before[before.len() - len..].to_ascii_lowercase();
    SPOKEN.iter().any(|kind| *kind == word).then_some(before.len() - len)
}

/// `user=ml password=Kd8f!Wof41`: what no variable is called and no language writes with a name in front. In prose there
/// are no variables; in programs `*`, `@` and `^` are operators, and a last `!` belongs to a type.
fn is_strong(value: &[u8], prose: bool) -> bool {
    let has = |kind: fn(&u8) -> bool| value.iter().any(kind);
    let is_sign = |byte: &u8| matches!(byte, b'!' | b'@' | b'#' | b'^' | b'*' | b'~');
    let inner = value.split_last().map_or(value, |(_, inner)| inner);
    let has_sign = inner.iter().any(|byte| if prose { is_sign(byte) } else { matches!(byte, b'!' | b'#' | b'~') });
    (8..=64).contains(&value.len())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && (has_sign || (prose && !is_wordy(value)))
        && value.iter().all(|byte| {
            byte.is_ascii_alphanumeric() || is_sign(byte) || matches!(byte, b'$' | b'%' | b'_' | b'-' | b'+')
        })
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Whether a name says that its value is a secret, and of what kind. `before` is where its keyword starts;
/// `begins_word` is true for the `Key` of `someKey`.
fn kind(name: &[u8], before: usize, keyword: &[u8], begins_word: bool) -> Option<Kind> {
    let suffix = &name[before + keyword.len()..];
    let prefix = &name[..before];
    let ends = |endings: &[&[u8]]| endings.iter().any(|ending| prefix.ends_with(ending));
    let suffix: Vec<u8> = suffix.iter().copied().filter(|byte| !matches!(byte, b'_' | b'-' | b'.')).collect();
    let suffix = suffix.strip_suffix(b"value").unwrap_or(&suffix);
    let plain = suffix.iter().all(u8::is_ascii_digit)
        || matches!(
            suffix,
            b"s" | b"prod"
                | b"dev"
                | b"staging"
                | b"live"
                | b"str"
                | b"string"
                | b"text"
                | b"main"
                | b"default"
                | b"b64"
                | b"base64"
                | b"raw"
                | b"primary"
                | b"secondary"
        );
    // A letter directly before is part of another word: `monkey`, `turkey`, `compass`.
    let inside_word = prefix.last().is_some_and(u8::is_ascii_alphabetic);
    match keyword {
        b"password" | b"passwd" | b"passphrase" | b"pwd" | b"pswd" => {
            (plain || suffix == b"word").then_some(Kind::Password)
        }
        b"pass" => (plain
            && (!inside_word
                || ends(&[
                    b"db", b"user", b"my", b"smtp", b"mail", b"admin", b"root", b"ftp", b"sql", b"wifi", b"redis",
                    b"proxy", b"store", b"login", b"conn", b"ssh", b"vpn", b"imap", b"ldap", b"mongo", b"service",
                    b"bind", b"key",
                ])))
        .then_some(Kind::Password),
        b"pw" => (plain && !inside_word).then_some(Kind::Password),
        b"secret" => match suffix {
            _ if plain || suffix == b"key" => {
                Some(if ends(&[b"jwt", b"jwt_", b"jwt."]) { Kind::Password } else { Kind::Secret })
            }
            // The last is that of Rails.
            b"token" | b"accesskey" | b"keybase" => Some(Kind::Token),
            _ => None,
        },
        // `cl100k_base.tiktoken` is a file.
        b"token" if ends(&[b"tik"]) => None,
        b"token" => (plain || suffix == b"secret" || suffix == b"key").then_some(Kind::Token),
        b"credential" => plain.then_some(Kind::Token),
        b"auth" => (plain && !inside_word && !suffix.starts_with(b"s")).then_some(Kind::Token),
        b"bearer" => plain.then_some(Kind::Token),
        b"key" if plain => {
            let stem =
                prefix.strip_suffix(b"_").or(prefix.strip_suffix(b"-")).or(prefix.strip_suffix(b".")).unwrap_or(prefix);
            if KEYS.iter().any(|kind| stem.ends_with(kind.as_bytes())) {
                return Some(Kind::Token);
            }
            (stem.len() >= 3 && (!inside_word || begins_word)).then_some(Kind::Key)
        }
        _ => None,
    }
}

/// How functions are called that are given the name of a secret, or a text to be made one.
const ASKS: &[&[u8]] = &[b"get", b"fetch", b"load", b"read", b"find", b"hash", b"make", b"parse"];
/// How functions are called that say whether something is one.
const CHECKS: &[&[u8]] =
    &[b"has", b"is", b"check", b"valid", b"verify", b"invalid", b"wrong", b"match", b"compare", b"missing", b"bad"];
/// Words before a name that make its value public, or none that opens something: `CSRF token`, `the public API key`.
const PUBLIC_WORDS: &[&[u8]] = &[
    b"csrf",
    b"xsrf",
    b"page",
    b"next",
    b"continuation",
    b"pagination",
    b"public",
    b"publishable",
    b"resume",
    b"sync",
    b"cursor",
];

/// One of the two words before the name, with a blank between each, makes it public.
fn is_public_by_word_before(text: &[u8], start: usize) -> bool {
    let mut before = &text[start.saturating_sub(NAME)..start];
    (0..2).any(|_| {
        let Some(rest) = before.strip_suffix(b" ") else { return false };
        let len = rest.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word;
        (before, word) = rest.split_at(rest.len() - len);
        PUBLIC_WORDS.iter().any(|public| word.eq_ignore_ascii_case(public))
    })
}

/// A bare value in a sentence, without the stop at its end.
fn without_stop(text: &[u8], span: Span) -> Span {
    let is_stop =
        span.len() > 1 && text[span.end - 1] == b'.' && text.get(span.end).is_none_or(u8::is_ascii_whitespace);
    if is_stop { Span::new(span.start, span.end - 1) } else { span }
}

/// What a function returns for a password, and not for a selector, a place or a message.
fn is_plain_password(secret: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"!@$%^&*+?".contains(byte);
    secret.iter().all(is_plain) && secret.iter().any(u8::is_ascii_punctuation)
}

/// What keys are called that open something.
const KEYS: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "auth",
    "account",
    "encryption",
    "encrypt",
    "signing",
    "master",
    "shared",
    "client",
    "service",
    "subscription",
    "app",
    "application",
    "license",
    "consumer",
    "storage",
    "admin",
    "webhook",
    "function",
    "host",
    "primary",
    "secondary",
    "cognitive",
    "openai",
    "search",
    "cosmos",
    "batch",
    "jwt",
    "hmac",
    "aes",
    "cipher",
    "crypto",
    "signature",
    "sdk",
    "integration",
    "ingest",
    "deploy",
];
