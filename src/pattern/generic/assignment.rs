//! Finds what is assigned to a name: `api_key = "…"`, `password: …`, `"token": "…"`, `PASSWORD=…`, `--password …`,
//! `<password>…</password>`, `password == "…"`, in the languages and formats where such lines stand.
//!
//! No parser: it looks at one line, or at that and the first one below that is not blank. It takes a bare word for a value
//! only where the line looks like configuration, because in a program a bare word is a variable, or where the word is
//! drawn at random for sure.

use super::line::{is_configuration, is_setting};
use super::name::{Kind, Name, is_public_by_word_before, name};
use super::operator::{Form, Operator, operator};
use super::reading::{drawn_word, element, is_entry, is_whole_line, of_parameter, read_value, without_scheme};
use super::shape::{has_long_part, is_camel_case, is_drawn, is_hexadecimal_key, is_name, is_uuid, is_wordy};
use crate::model::Span;

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
    let name = name(text, at, len)?;
    let operator = operator(text, name.start, name.end)?;
    let kind = match (operator.form, name.kind) {
        (Form::Plain, kind) | (Form::Returned | Form::Held | Form::Paired, kind @ Kind::Password) => kind,
        // Passwords are given to functions to be changed, asked for and compared, and are explained in tables and below.
        (_, Kind::Password) => return None,
        (_, Kind::Secret) => Kind::Token,
        (_, kind) => kind,
    };
    if match operator.form {
        Form::Call => name.asks(text) || name.checks(text),
        Form::Returned => name.checks(text),
        // `auth = BasicAuth("user", …)`: it is made of more than the secret, which comes last.
        Form::Held => name.lower.ends_with(b"auth"),
        _ => false,
    } {
        return None;
    }
    let element = element(text, name.start, name.end);
    let (span, quoted) = match element {
        Some(inner) => (inner, false),
        None => read_value(text, operator.value_at)?,
    };
    let span = if quoted { span } else { of_parameter(text, name.start, span)? };
    let after = || text[(span.end + 1).min(text.len())..].trim_ascii_start().first();
    if match operator.form {
        Form::Call => after() != Some(&b')'),
        Form::Paired => !matches!(after(), Some(b')' | b']')),
        _ => false,
    } {
        return None;
    }
    let span = if quoted || kind == Kind::Password { span } else { without_stop(text, span) };
    let begins_line = is_configuration(text, name.start) || is_setting(text, name.start, name.end);
    let is_environment = begins_line && is_environment(text, name.start, name.end);
    let read = Read { text, name: &name, operator: &operator, kind, span, quoted, begins_line, is_environment, prose };
    if !(quoted || read.is_told_by_itself() || read.may_be_bare(element.is_some())) || !read.fits_form() {
        return None;
    }
    // In programs `public` and `next` are words of the language; values there are quoted.
    let is_said =
        (!quoted || operator.form == Form::Loose) && kind != Kind::Password && !operator.is_flag && !is_environment;
    if (is_said && is_public_by_word_before(text, name.start)) || (quoted && is_label(text, &name, span)) {
        return None;
    }
    let given = match () {
        () if operator.compares => Given::Compared,
        () if operator.tells => Given::Told,
        () if is_environment => Given::Environment,
        () => Given::Assigned,
    };
    let may_be_words = matches!(kind, Kind::Secret | Kind::Token) && (quoted || element.is_some());
    let word = without_scheme(text, span, quoted)
        .or_else(|| if may_be_words { drawn_word(text, span, element.is_some()) } else { None });
    let name = String::from_utf8_lossy(&text[name.start..name.end]).to_ascii_lowercase().replace(' ', "_");
    Some(Value { span: word.unwrap_or(span), quoted, kind, name, given })
}

/// A name and what may be its value.
struct Read<'t> {
    text: &'t [u8],
    name: &'t Name,
    operator: &'t Operator,
    kind: Kind,
    span: Span,
    quoted: bool,
    begins_line: bool,
    is_environment: bool,
    prose: bool,
}

impl Read<'_> {
    fn secret(&self) -> &[u8] {
        self.span.slice(self.text)
    }

    /// The value can be nothing but one, whatever stands around it.
    fn is_told_by_itself(&self) -> bool {
        let secret = self.secret();
        // Of other names it may be a hash or an id.
        let opens = || self.kind == Kind::Secret || OPENS.iter().any(|word| self.name.holds(word));
        let is_key = || self.operator.assigns && is_hexadecimal_key(secret) && opens();
        self.kind != Kind::Password && (is_drawn_for_sure(secret) || is_key())
    }

    /// The value needs no quotes to be one: around it nothing is a variable.
    fn may_be_bare(&self, is_element: bool) -> bool {
        let (text, operator) = (self.text, self.operator);
        let is_strong = self.kind == Kind::Password && operator.assigns && is_strong(self.secret(), self.prose);
        // `PASS: name` is a line of a test report.
        let is_report = self.name.lower == b"pass" && text.get(self.name.end) == Some(&b':') && !is_strong;
        let is_fine = operator.is_notation
            || is_element
            || (operator.is_flag && self.secret().iter().any(u8::is_ascii_digit))
            || (!self.prose && (operator.is_flag || (self.begins_line && !operator.compares)))
            || self.is_environment
            || is_part(text, self.name.start, self.name.end, self.span)
            || (self.begins_line && !operator.compares && is_whole_line(text, self.span))
            || is_strong;
        is_fine && !operator.needs_quotes && !is_report
    }

    /// How they stand to each other leaves no doubt that the one is the other's value.
    fn fits_form(&self) -> bool {
        let (secret, end) = (self.secret(), self.span.end + usize::from(self.quoted));
        let is_long = || is_uuid(secret) || has_long_part(secret);
        let is_password = self.kind == Kind::Password;
        let fits = match self.operator.form {
            Form::Plain => true,
            Form::Returned if is_password => is_plain_password(secret),
            Form::Held | Form::Paired if is_password => is_strong(secret, true) && is_plain_password(secret),
            Form::Held | Form::Paired => is_drawn_for_sure(secret),
            Form::Below => is_long() && (self.quoted || self.is_told_by_itself()) && is_entry(self.text, end),
            Form::Loose | Form::Call | Form::Returned => is_long(),
        };
        fits && (!self.operator.fills_line || is_entry(self.text, end))
    }
}

/// Parts of names whose value is no hash.
const OPENS: &[&[u8]] =
    &[b"api_key", b"apikey", b"api-key", b"access_key", b"accesskey", b"access_token", b"accesstoken", b"auth_token"];

/// Drawn at random, and no name of a file, a model or a thing in a program.
fn is_drawn_for_sure(secret: &[u8]) -> bool {
    is_drawn(secret) && !is_wordy(secret) && !is_name(secret) && has_long_part(secret)
}

/// `"Password:", …`: the quote behind the sign ends the text that the name stands in.
fn is_label(text: &[u8], name: &Name, value: Span) -> bool {
    let quote = value.start.checked_sub(1).filter(|quote| *quote == name.end + 1).and_then(|quote| text.get(quote));
    quote.is_some() && quote == text[..name.start].last()
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

/// `user=ml password=Kd8f!Wof41`: what no variable is called and no language writes with a name in front. In prose there
/// are no variables; in programs `*`, `@` and `^` are operators, and a last `!` belongs to a type, whose name has hardly a digit.
fn is_strong(value: &[u8], prose: bool) -> bool {
    let has = |kind: fn(&u8) -> bool| value.iter().any(kind);
    let is_sign = |byte: &u8| matches!(byte, b'!' | b'@' | b'#' | b'^' | b'*' | b'~');
    let inner = value.split_last().map_or(value, |(_, inner)| inner);
    let digits = inner.iter().filter(|byte| byte.is_ascii_digit()).count();
    let ends_in_sign = value.ends_with(b"!") && (prose || (digits >= 2 && !is_wordy(inner) && !is_camel_case(inner)));
    let has_sign =
        ends_in_sign || inner.iter().any(|byte| if prose { is_sign(byte) } else { matches!(byte, b'!' | b'#' | b'~') });
    (8..=64).contains(&value.len())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && (has_sign || (prose && !is_wordy(value)))
        && value.iter().all(|byte| {
            byte.is_ascii_alphanumeric() || is_sign(byte) || matches!(byte, b'$' | b'%' | b'_' | b'-' | b'+')
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
