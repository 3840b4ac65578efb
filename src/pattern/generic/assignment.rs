//! Finds what is assigned to a name: `api_key = "…"`, `password: …`, `"token": "…"`, `PASSWORD=…`, `--password …`,
//! `<password>…</password>`, `password == "…"`, in the languages and formats where such lines stand.
//!
//! No parser: it looks at one line, and it takes a bare word for a value only where the line looks like
//! configuration, because in a program a bare word is a variable.

use crate::model::Span;

/// Longest name and longest value, in bytes.
const NAME: usize = 64;
const VALUE: usize = 512;
/// How far before a name its line may begin.
const HEAD: usize = 96;

/// A value that has a telling name.
pub struct Value {
    /// Its bytes, without quotes.
    pub span: Span,
    /// It stands in quotes.
    pub quoted: bool,
    /// Its name says password, not key or token.
    pub is_password: bool,
    /// Its name, in lower case.
    pub name: String,
    /// How it is given.
    pub given: Given,
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
    // `_pass` is looked for where `pass` would be too frequent.
    let signs = text.get(at..at + len)?.iter().take_while(|byte| **byte == b'_').count();
    let (at, len) = (at + signs, len - signs);
    let keyword = text.get(at..at + len)?.to_ascii_lowercase();
    let before = text[at.saturating_sub(NAME)..at].iter().rev().take_while(|byte| is_name_byte(**byte)).count();
    let after = text[at + len..].iter().take(NAME).take_while(|byte| is_name_byte(**byte)).count();
    let (start, end) = (at - before, at + len + after);
    let name = text[start..end].to_ascii_lowercase();
    let is_password = is_telling(&name, before, &keyword)?;
    let operator = operator(text, start, end)?;
    let (span, quoted) = read_value(text, operator.value_at)?;
    let begins_line = is_configuration(text, start);
    let is_environment = begins_line && is_environment(text, start, end);
    let bare_is_fine = (!prose && (operator.is_flag || (begins_line && !operator.compares)))
        || is_environment
        || is_part(text, start, end, span)
        || (begins_line && !operator.compares && is_whole_line(text, span));
    // `PASS: name` is a line of a test report.
    let is_report = name == b"pass" && text.get(end) == Some(&b':');
    if !quoted && (!bare_is_fine || operator.needs_quotes || is_report) {
        return None;
    }
    let given = match () {
        () if operator.compares => Given::Compared,
        () if operator.tells => Given::Told,
        () if is_environment => Given::Environment,
        () => Given::Assigned,
    };
    let name = String::from_utf8_lossy(&name).into_owned();
    Some(Value { span, quoted, is_password, name, given })
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

/// `Password: Kd8f…` alone on its line: what follows a name in a sentence is no text with digits that ends the line.
fn is_whole_line(text: &[u8], value: Span) -> bool {
    let mut rest = text[value.end..].iter().skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
    let secret = value.slice(text);
    secret.len() >= 8
        && secret.iter().any(u8::is_ascii_digit)
        && secret.iter().any(u8::is_ascii_alphabetic)
        && rest.next().is_none_or(|byte| *byte == b'\n')
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Whether a name says that its value is a secret, and if so whether it is a password. `before` is where its
/// keyword starts.
fn is_telling(name: &[u8], before: usize, keyword: &[u8]) -> Option<bool> {
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
        b"password" | b"passwd" | b"passphrase" | b"pwd" => (plain || suffix == b"word").then_some(true),
        b"pass" => (plain
            && (!inside_word || ends(&[b"db", b"user", b"my", b"smtp", b"mail", b"admin", b"root", b"ftp"])))
        .then_some(true),
        b"jwtsecret" | b"jwt_secret" => (plain || suffix == b"key").then_some(true),
        b"secret" => (plain || matches!(suffix, b"key" | b"token" | b"accesskey" | b"id"))
            .then_some(false)
            .filter(|_| suffix != b"id"),
        b"token" => (plain || suffix == b"secret" || suffix == b"key").then_some(false),
        b"credential" => plain.then_some(false),
        b"auth" => (plain && !inside_word && !suffix.starts_with(b"s")).then_some(false),
        b"bearer" => plain.then_some(false),
        b"key" => {
            let kinds: [&[u8]; 31] = [
                b"api",
                b"access",
                b"secret",
                b"private",
                b"auth",
                b"account",
                b"encryption",
                b"encrypt",
                b"signing",
                b"master",
                b"shared",
                b"client",
                b"service",
                b"subscription",
                b"app",
                b"application",
                b"license",
                b"consumer",
                b"storage",
                b"admin",
                b"webhook",
                b"function",
                b"host",
                b"primary",
                b"secondary",
                b"cognitive",
                b"openai",
                b"search",
                b"cosmos",
                b"batch",
                b"jwt",
            ];
            let stem =
                prefix.strip_suffix(b"_").or(prefix.strip_suffix(b"-")).or(prefix.strip_suffix(b".")).unwrap_or(prefix);
            (plain && kinds.iter().any(|kind| stem.ends_with(kind))).then_some(false)
        }
        _ => None,
    }
}

struct Operator {
    /// Where the value starts, blanks skipped.
    value_at: usize,
    /// `==`, `!=`.
    compares: bool,
    /// `--password value`.
    is_flag: bool,
    /// Too weak for a bare value: a comma, the word `is`, or nothing.
    needs_quotes: bool,
    /// The word `is`.
    tells: bool,
}

/// What stands between the name and its value.
fn operator(text: &[u8], start: usize, end: usize) -> Option<Operator> {
    let closers = text[end..]
        .iter()
        .take(6)
        .take_while(|byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b'*' | b'}'))
        .count();
    let mut at = skip_blanks(text, end + closers);
    let is_flag = closers == 0 && start >= 1 && text[start] == b'-';
    let rest = text.get(at..)?;
    let mut operator = Operator { value_at: 0, compares: false, is_flag: false, needs_quotes: false, tells: false };
    let length = match rest {
        [b'=', b'=', b'=', ..] | [b'!', b'=', b'=', ..] => {
            operator.compares = true;
            3
        }
        [b'=', b'=', ..] | [b'!', b'=', ..] => {
            operator.compares = true;
            2
        }
        [b':', b'=', ..] | [b'=', b'>', ..] | [b'<', b'-', ..] | [b'?', b'=', ..] => 2,
        [b'=', ..] => 1,
        [b':', after @ ..] => 1 + annotation(after),
        [b'>', ..] if closers == 0 && text.get(start.wrapping_sub(1)) == Some(&b'<') => 1,
        // `set("name", "value")` and Gradle's `buildConfigField "String", "name", "value"`, not a list of words.
        [b',', ..] if closers > 0 && (is_first_argument(text, start) || is_build_field(text, start)) => {
            operator.needs_quotes = true;
            1
        }
        [b'i', b's', b' ', ..] if at > end => {
            operator.needs_quotes = true;
            operator.tells = true;
            3
        }
        _ if is_flag && at > end => {
            operator.is_flag = true;
            0
        }
        // `ENV NAME value`, `password value` of .netrc.
        _ if at > end && closers == 0 && starts_statement(text, start) => 0,
        // `storePassword 'value'`: Groovy and Ruby call without parentheses.
        [b'"' | b'\'', ..] if at > end && closers == 0 && is_first_of_line(text, start) => {
            operator.needs_quotes = true;
            0
        }
        _ => return None,
    };
    at = skip_blanks(text, at + length);
    operator.is_flag |= is_flag;
    operator.value_at = at;
    Some(operator)
}

/// Only blanks stand before the name.
fn is_first_of_line(text: &[u8], start: usize) -> bool {
    let mut before = text[..start].iter().rev().take(HEAD).skip_while(|byte| matches!(byte, b' ' | b'\t'));
    before.next().is_none_or(|byte| *byte == b'\n')
}

/// The name is the second text of a `buildConfigField` or `resValue` of Gradle.
fn is_build_field(text: &[u8], start: usize) -> bool {
    let head = &text[start.saturating_sub(HEAD)..start];
    let line = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
    let head = head[line..].trim_ascii_start();
    head.starts_with(b"buildConfigField") || head.starts_with(b"resValue")
}

/// The name is a string that an opening parenthesis stands before.
fn is_first_argument(text: &[u8], start: usize) -> bool {
    let before = text[start.saturating_sub(8)..start].iter().rev();
    let mut before = before.skip_while(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b' '));
    before.next() == Some(&b'(')
}

/// The length of a type and its `=` after a colon: `: str = `, `: &'static str = `.
fn annotation(text: &[u8]) -> usize {
    let line = &text[..text.len().min(40)];
    let Some(equals) = line.iter().position(|byte| matches!(byte, b'=' | b'\n' | b'"' | b',')) else { return 0 };
    let words = &line[..equals];
    let is_type = line[equals] == b'='
        && words.iter().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'[' | b']' | b'&' | b'\'' | b'|' | b'.' | b'?')
        })
        && words.iter().any(u8::is_ascii_alphabetic);
    if is_type { equals + 1 } else { 0 }
}

fn skip_blanks(text: &[u8], at: usize) -> usize {
    at + text.get(at..).unwrap_or_default().iter().take(16).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// The span of the value at `at`, and whether it is quoted.
fn read_value(text: &[u8], at: usize) -> Option<(Span, bool)> {
    let mut at = at;
    // `b"…"`, `@"…"`, `new String("…")` is left alone.
    let letters = text
        .get(at..)?
        .iter()
        .take(2)
        .take_while(|byte| matches!(byte.to_ascii_lowercase(), b'b' | b'f' | b'r' | b'u' | b'@' | b'l'))
        .count();
    if matches!(text.get(at + letters), Some(b'"' | b'\'')) {
        at += letters;
    }
    // A text inside a text, as `buildConfigField` takes it: `'"value"'`, `"\"value\""`.
    if let [b'\'', b'"', ..] | [b'"', b'\\', b'"', ..] = text.get(at..)? {
        at += 1;
    }
    let slashes = text.get(at..)?.iter().take(8).take_while(|byte| **byte == b'\\').count();
    let quote = text.get(at + slashes).copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let limit = (at + slashes + 1 + VALUE).min(text.len());
    if let Some(quote) = quote {
        let mut start = at + slashes + 1;
        if text.get(start..start + 2) == Some(&[quote, quote]) {
            start += 2;
        }
        let rest = text.get(start..limit)?;
        let close = rest.iter().position(|byte| *byte == quote || matches!(byte, b'\n' | b'\r'))?;
        let end = start + close - rest[..close].iter().rev().take(slashes).take_while(|byte| **byte == b'\\').count();
        let closed = text.get(start + close) == Some(&quote);
        return (closed && end > start).then_some((Span::new(start, end), true));
    }
    let rest = text.get(at..limit)?;
    let stops = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b',' | b';' | b'|' | b'\\')
            || *byte < 0x20
    };
    let len = rest.iter().position(stops).unwrap_or(rest.len());
    let len = len - rest[..len].iter().rev().take_while(|byte| matches!(byte, b')' | b']' | b'}')).count();
    (len > 0).then_some((Span::new(at, at + len), false))
}

/// The name begins its line, as names do in configuration, after at most a keyword of a shell or a Dockerfile.
fn is_configuration(text: &[u8], start: usize) -> bool {
    let earliest = start.saturating_sub(HEAD);
    let head = &text[earliest..start];
    let begins = head.iter().rposition(|byte| matches!(byte, b'\n' | 0 | b';' | b'?' | b'&'));
    if begins.is_none() && earliest > 0 {
        return false;
    }
    let head = String::from_utf8_lossy(&head[begins.map_or(0, |at| at + 1)..]);
    let head =
        head.trim_start_matches(|letter: char| letter.is_whitespace() || matches!(letter, '-' | '#' | '/' | '*' | '$'));
    matches!(
        head.trim_end(),
        "" | "\""
            | "'"
            | "<"
            | "export"
            | "set"
            | "setenv"
            | "ENV"
            | "ARG"
            | "env:"
            | "$env:"
            | "declare -x"
            | "const"
            | "local"
    ) || head.starts_with("ENV ")
        || head.starts_with("ARG ")
        || head.starts_with("export ")
        || head.starts_with("-D")
}

/// The line begins with a word that takes a name and a value without a sign between them.
fn starts_statement(text: &[u8], start: usize) -> bool {
    let head = &text[start.saturating_sub(HEAD)..start];
    let line = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
    let head = head[line..].trim_ascii();
    [&b"ENV"[..], b"setenv", b"machine"]
        .iter()
        .any(|word| head == *word || (*word == b"machine" && head.starts_with(word)))
}
