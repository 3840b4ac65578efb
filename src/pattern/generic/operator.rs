//! What stands between a name and its value: `=`, `:`, `=>`, `==`, a comma between arguments, the word `is`, or more of
//! the notation of a format ([`super::indirect`]).

use super::declaration::{annotation, block_scalar, continued, held, typed};
use super::indirect;
use super::line::{HEAD, starts_statement};

/// How a name and its value stand to each other. In all forms but the plain one, what might be another thing is left alone.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// An assignment, an argument, a notation.
    #[default]
    Plain,
    /// `the token - "value"`, `| token | value |`.
    Loose,
    /// `tokens:` above `- value`.
    Below,
    /// `set_token("value")`.
    Call,
    /// `def token(self): return "value"`.
    Returned,
    /// `token: str = Field(default="value")`, `Token{"value"}`.
    Held,
    /// `[("token", "value")]`, `setattr(x, "token", "value")`.
    Paired,
}

#[derive(Default)]
pub(super) struct Operator {
    /// Where the value starts, blanks skipped.
    pub value_at: usize,
    /// `==`, `!=`.
    pub compares: bool,
    /// A plain `=` or `:`.
    pub assigns: bool,
    /// `--password value`.
    pub is_flag: bool,
    /// Too weak for a bare value, unless that is drawn at random for sure: a comma, the word `is`, or nothing.
    pub needs_quotes: bool,
    /// The word `is`.
    pub tells: bool,
    /// The notation of a format says which is the name and which the value, so that a bare word is a text.
    pub is_notation: bool,
    /// Nothing else stands on the line of the value.
    pub fills_line: bool,
    /// How else it differs from an assignment on one line.
    pub form: Form,
}

/// What stands between the name and its value.
pub(super) fn operator(text: &[u8], start: usize, end: usize) -> Option<Operator> {
    if let Some((value_at, needs_quotes)) = indirect::value_at(text, start, end) {
        return Some(Operator { value_at, is_notation: true, needs_quotes, ..Operator::default() });
    }
    let closers = text[end..]
        .iter()
        .take(6)
        .take_while(|byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b'*' | b'}'))
        .count();
    let mut at = skip_blanks(text, end + closers);
    let is_flag = closers == 0 && text[start] == b'-';
    let rest = text.get(at..)?;
    let mut operator = Operator::default();
    if let Some(len) = typed(rest) {
        return Some(Operator { value_at: skip_blanks(text, at + len), needs_quotes: true, ..operator });
    }
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
        // Scala's pairs, and a member behind a pointer.
        [b'-', b'>', ..] => {
            operator.needs_quotes = true;
            2
        }
        [b'=', ..] => {
            operator.assigns = true;
            1
        }
        [b':', after @ ..] => {
            operator.assigns = true;
            1 + annotation(after)
        }
        [b'>', ..] if closers == 0 && text.get(start.wrapping_sub(1)) == Some(&b'<') => 1,
        // `set("name", "value")` and Gradle's `buildConfigField "String", "name", "value"`, not a list of words.
        [b',', ..]
            if closers > 0
                && is_closed(text, end)
                && (is_first_argument(text, start) || is_build_field(text, start)) =>
        {
            operator.needs_quotes = true;
            1
        }
        // `setattr(x, "token", "value")`, `[("token", "value")]`.
        [b',', ..] if closers > 0 && is_closed(text, end) && begins_quoted(text, start) => {
            operator.needs_quotes = true;
            operator.form = Form::Paired;
            1
        }
        // `process.env.X || "value"`, `env.get("X") or "value"`, `getenv(X) ?? "value"`.
        [b'|', b'|', ..] | [b'?', b'?', ..] => {
            operator.needs_quotes = true;
            2
        }
        [b'|', ..] | [b'-', b' ', ..] if at > end || rest[0] == b'|' => {
            operator.needs_quotes = true;
            operator.form = Form::Loose;
            1
        }
        [b'(', after @ ..] if closers == 0 => {
            operator.needs_quotes = true;
            let blanks = after.len() - after.trim_ascii_start().len();
            if matches!(after.get(blanks), Some(b'"' | b'\'')) {
                operator.form = Form::Call;
                1 + blanks
            } else {
                operator.form = Form::Returned;
                returned(text, start, rest)?
            }
        }
        [b'{', b'"', ..] if closers == 0 && at == end => {
            operator.needs_quotes = true;
            operator.form = Form::Held;
            1
        }
        [b'o', b'r', b' ', ..] if at > end && text.get(end) != Some(&b'`') => {
            operator.needs_quotes = true;
            3
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
        // `storePassword 'value'`: Groovy and Ruby call without parentheses. `#define PASSWORD "value"`.
        [b'"' | b'\'', ..]
            if at > end
                && closers == 0
                && (is_first_of_line(text, start) || is_defined(text, start) || is_member(text, start)) =>
        {
            operator.needs_quotes = true;
            if is_member(text, start) {
                operator.form = Form::Held;
            }
            0
        }
        _ => return None,
    };
    at = skip_blanks(text, at + length);
    let is_behind_equals = text[..at].trim_ascii_end().ends_with(b"=");
    if is_behind_equals && (operator.assigns || rest.starts_with(b":=")) {
        if let Some(below) = continued(text, at) {
            (at, operator.needs_quotes) = (below, true);
        }
    } else if operator.assigns && rest[0] == b':' {
        // `**API key:** value`.
        at = skip_blanks(text, at + text[at..].iter().take(2).take_while(|byte| **byte == b'*').count());
        if matches!(text.get(at), Some(b'\r' | b'\n')) {
            operator.form = Form::Below;
            at += below(&text[at..])?;
        } else if let Some(below) = block_scalar(text, at) {
            (at, operator.is_notation, operator.fills_line) = (below, true, true);
        }
    }
    if let Some((inner, is_secret)) = held(text, at).filter(|_| operator.assigns || rest.starts_with(b":=")) {
        (at, operator.needs_quotes) = (inner, true);
        operator.form = if is_secret { Form::Plain } else { Form::Held };
    }
    operator.is_flag |= is_flag;
    operator.value_at = at;
    Some(operator)
}

/// How far behind the end of a line the value below it begins: after blank lines, the fence of Markdown, the sign of a list.
fn below(text: &[u8]) -> Option<usize> {
    let head = &text[..text.len().min(HEAD)];
    let len = head.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let rest = &head[len..];
    if rest.starts_with(b"```") || rest.starts_with(b"~~~") {
        let line = memchr::memchr(b'\n', rest)? + 1;
        return Some(len + line + rest[line..].iter().position(|byte| !byte.is_ascii_whitespace())?);
    }
    Some(match rest {
        [b'-' | b'*' | b'+' | b'>', b' ', after @ ..] => {
            len + 2 + after.iter().take_while(|byte| **byte == b' ').count()
        }
        _ => len,
    })
}

/// Words that a call stands behind, and no declaration does.
const CALLS: &[&[u8]] = &[
    b"if", b"elif", b"unless", b"while", b"until", b"return", b"not", b"and", b"or", b"in", b"is", b"await", b"assert",
    b"new", b"when", b"case", b"switch", b"throw", b"raise", b"yield", b"print", b"else", b"do", b"for",
];

/// How far behind the parenthesis of a function that is declared there its value begins, when it begins with returning it.
fn returned(text: &[u8], start: usize, rest: &[u8]) -> Option<usize> {
    let line = text[start.saturating_sub(HEAD)..start].rsplit(|byte| *byte == b'\n').next()?;
    let word = line.trim_ascii_end().rsplit(|byte| !byte.is_ascii_alphanumeric()).next()?;
    let ends_in_blank = line.last().is_none_or(u8::is_ascii_whitespace);
    // `String token()`, `def token()`, or the name alone, as methods of JavaScript begin.
    let is_declared = ends_in_blank && !CALLS.contains(&word) && (!word.is_empty() || line.trim_ascii().is_empty());
    let head = &rest[..rest.len().min(2 * HEAD)];
    let at = memchr::memmem::find(head, b"return ").filter(|_| is_declared)?;
    let before = head[..at].trim_ascii_end();
    let signature = before.strip_suffix(b":").or(before.strip_suffix(b"{"))?;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b" ()_,:[]<>-*&.?|\r\n".contains(byte);
    let lines = signature.iter().filter(|byte| **byte == b'\n').count();
    (lines <= 1 && signature.contains(&b')') && signature.iter().all(is_part)).then_some(at + b"return ".len())
}

/// Only blanks stand before the name.
fn is_first_of_line(text: &[u8], start: usize) -> bool {
    let mut before = text[..start].iter().rev().take(HEAD).skip_while(|byte| matches!(byte, b' ' | b'\t'));
    before.next().is_none_or(|byte| *byte == b'\n')
}

/// The name is a keyword of EDN at the start of a map or a line, or the variable of CMake: `{:db/token "value"`,
/// `set(TOKEN "value")`.
fn is_member(text: &[u8], start: usize) -> bool {
    let head = &text[start.saturating_sub(HEAD)..start];
    let namespace = head.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b".-/".contains(byte)).count();
    let is_keyword = head[..head.len() - namespace].strip_suffix(b":").is_some_and(|head| {
        let before = head.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        before.is_none_or(|byte| matches!(byte, b'\n' | b'{'))
    });
    is_keyword || head.ends_with(b"set(") || head.ends_with(b"SET(")
}

/// The name is a string, not the last part of one.
fn begins_quoted(text: &[u8], start: usize) -> bool {
    let before = &text[start.saturating_sub(4)..start];
    let before = before.strip_suffix(b"\"").or(before.strip_suffix(b"'")).unwrap_or_default();
    let before = before.strip_suffix(b"\\").unwrap_or(before);
    matches!(before.last(), Some(b'(' | b'[' | b' ' | b'{' | b','))
}

/// The line defines a constant of C, of an assembler or of an RPM specification.
fn is_defined(text: &[u8], start: usize) -> bool {
    let head = &text[start.saturating_sub(HEAD)..start];
    let line = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
    let word = head[line..].trim_ascii();
    [&b"#define"[..], b"# define", b"%define", b"%global"].contains(&word)
}

/// The name is the second text of a `buildConfigField` or `resValue` of Gradle.
fn is_build_field(text: &[u8], start: usize) -> bool {
    let head = &text[start.saturating_sub(HEAD)..start];
    let line = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
    let head = head[line..].trim_ascii_start();
    head.starts_with(b"buildConfigField") || head.starts_with(b"resValue")
}

/// The quote behind the name closes it, and nothing else is closed.
fn is_closed(text: &[u8], end: usize) -> bool {
    text[end..]
        .iter()
        .take(6)
        .take_while(|byte| **byte != b',')
        .all(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b'`' | b' '))
}

/// The name is a string that the opening parenthesis of a call stands before: `set("name", …)`, not `in ("name", …)`.
fn is_first_argument(text: &[u8], start: usize) -> bool {
    let before = text[start.saturating_sub(8)..start].iter().rev();
    let mut before = before.skip_while(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b' '));
    before.next() == Some(&b'(')
        && before.next().is_none_or(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'!' | b']' | b')'))
}

fn skip_blanks(text: &[u8], at: usize) -> usize {
    at + text.get(at..).unwrap_or_default().iter().take(16).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    const TOKEN: &str = "q7Zt0Lw2Vb9Xn4Rk5Ym8";

    #[test]
    fn what_is_drawn_for_sure_needs_no_quotes() {
        let token = TOKEN;
        for text in [
            format!("log: using the api key: {token} of the team"),
            format!("the access token is {token}, as before. My api key is {token}."),
            format!("store token - '{token}'"),
            format!("| access token | `{token}` | never |"),
            format!("|API key|{token}|"),
            format!("**API key:** {token} (prod)"),
            format!("public String apiKey = \"{token}\"; fetch({{ page: 1, apiKey: '{token}' }})"),
            format!("sync --token {token} in PUBLIC=1 API_TOKEN={token}\n"),
            format!("token = \"Custom scheme {token}\""),
            format!("<token>{{stored as {token}}}</token>"),
        ] {
            let places = text.matches(token).count();
            assert_eq!(found(&text), vec![("generic-secret", token.to_owned()); places], "{text}");
        }
        for text in [
            "the token is RecursiveDescentParserOf2ndKind24 here",
            "cat token | base64decodeAndPrintV2x9Lines",
            "| password | string |",
            "the password - \"Min8-Max64\" characters",
            "type Password = password | \"Pa55-or-More1\";",
            "the host key: SHA256:q7Zt0Lw2Vb9Xn4Rk5Ym8q7Zt0Lw2Vb9Xn4Rk5Ym8",
            "The signing key is `A3F0C2B4D5E6F7089A1B2C3D4E5F60718293A4B5`.",
            "CSRF token: q7Zt0Lw2Vb9Xn4Rk5Ym8 and the public API key: q7Zt0Lw2Vb9Xn4Rk5Ym8",
            "| page token | `q7Zt0Lw2Vb9Xn4Rk5Ym8` | publishable API key - 'q7Zt0Lw2Vb9Xn4Rk5Ym8'",
            "| USDC token | `0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48` |",
            "token = \"model facebook/opt-125m-Finetuned_V2x8\"",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn values_below_their_name_are_found() {
        let token = TOKEN;
        for text in [
            format!("The access key:\n\n    {token}\n\nof the team"),
            format!("api_keys:\n  - {token} # of the team\n"),
            format!("api_keys:\n  -   \"{token}\"\n"),
            format!("  token:\n    '{token}',\n"),
            format!("* API key:\n  * {token}\n"),
            format!("The token:\r\n```\r\n{token}\r\n```\r\n"),
        ] {
            assert_eq!(found(&text), [("generic-secret", token.to_owned())], "{text}");
        }
        for text in [
            "token:\n  name: q7Zt0Lw2Vb9Xn4Rk5Ym8\n",
            "api_keys:\n  - q7Zt0Lw2Vb9Xn4Rk5Ym8 of whom\n",
            "the keys are below:\n\n    q7Zt0Lw2Vb9Xn4Rk5Ym8\n",
            "password:\n  \"Passwort1!\"\n",
            "image_pull_secrets:\n  - \"Regcred-Prod2\"\n",
            "age_key:\n  - age1lzhe34wnawdjjjznat57wzz9grd3vpm0way2x5g6h585sfzrpaks8vd7ry\n",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn what_functions_are_given_and_return_is_found() {
        let token = TOKEN;
        for text in [
            format!("set_api_key(\"{token}\") and set_token(\n    \"{token}\"\n)"),
            format!("auth = Auth.api_key('{token}')"),
            format!("def get_api_key(self) -> str:\n    return \"{token}\"\n"),
            format!("func storeToken() string {{ return \"{token}\" }}"),
            format!("  getAccessToken() {{\n  return '{token}';\n}}"),
        ] {
            let places = text.matches(token).count();
            assert_eq!(found(&text), vec![("generic-secret", token.to_owned()); places], "{text}");
        }
        let password = "String getPassword() {\n  return \"Kd8f!Wof41\";\n}";
        assert_eq!(found(password), [("generic-password", "Kd8f!Wof41".to_owned())]);
        for text in [
            "get_access_token(\"q7Zt0Lw2Vb9Xn4Rk5Ym8\")",
            "set_api_key(api_key) and user.set_password(\"Kd8f!Wof41\")",
            "def get_token(self):\n    return self.token_of_2024\n",
            "def token_url(self):\n    return \"q7Zt0Lw2Vb9Xn4Rk5Ym8\"\n",
            "if (!user.checkPassword(pw)) {\n    return \"redirect:/login?error=1\";\n}",
            "if not same_password(a, b):\n    return \"Wrong!Pwd1\"",
            "if (session.getPassword().isEmpty()) { return \"Missing!Pwd1\"; }",
            "boolean isSecret(secret) { return \"Invalid-Secret1\"; }",
            "  get_password() { return \"#user_pwd1\" }",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
