//! How the line of a name begins: as configuration, as a statement that takes a name and a value, below a line that gives a
//! user.

/// How far before a name its line may begin.
pub(super) const HEAD: usize = 96;
/// How far before a setting its command may begin.
const COMMAND: usize = 320;
/// How far before a password the user may stand that it belongs to.
const PAIR: usize = 200;

/// The name begins its line, as names do in configuration, after at most a keyword of a shell or a Dockerfile.
pub(super) fn is_configuration(text: &[u8], start: usize) -> bool {
    let earliest = start.saturating_sub(HEAD);
    let head = &text[earliest..start];
    let begins = head.iter().rposition(|byte| matches!(byte, b'\n' | 0 | b';' | b'?' | b'&'));
    if begins.is_none() && earliest > 0 {
        return false;
    }
    let line = String::from_utf8_lossy(&head[begins.map_or(0, |at| at + 1)..]);
    let head =
        line.trim_start_matches(|letter: char| letter.is_whitespace() || matches!(letter, '-' | '#' | '/' | '*' | '$'));
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
    ) || ["-e", "--env", "--build-arg", "%env", "%set_env", "&& export", "; export", "RUN export"]
        .iter()
        .any(|word| line.trim_end().ends_with(word))
        || head.starts_with("ENV ")
        || head.starts_with("ARG ")
        || head.starts_with("export ")
        || head.starts_with("-D")
        || starts_statement(text, start)
}

/// Options of commands that take `NAME=value`, one or several.
const SETTINGS: &[&str] = &[
    " --settings",
    " --set",
    " --set-string",
    " --set-env-vars",
    " --update-env-vars",
    " --env-vars",
    " --environment-variables",
    " --secure-environment-variables",
    " --secrets",
    " --parameters",
    " -var",
    " --var",
    " config:set",
    " secrets set",
    " kv put",
    " env set",
];

/// A setting of a command, behind an option or subcommand that takes such: `az … --settings A=1 NAME=value`.
pub(super) fn is_setting(text: &[u8], start: usize, end: usize) -> bool {
    let is_pair = text.get(end) == Some(&b'=') && text.get(end + 1) != Some(&b'=');
    let before = &text[start.saturating_sub(COMMAND)..start];
    if !is_pair || !matches!(before.last(), Some(b' ' | b',' | b'"' | b'\'' | b'=')) {
        return false;
    }
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..];
    SETTINGS.iter().any(|option| {
        let after = memchr::memmem::find(line, option.as_bytes()).and_then(|at| line.get(at + option.len()));
        matches!(after, Some(b' ' | b'='))
    })
}

/// The line begins with a word that takes a name and a value without a sign between them.
pub(super) fn starts_statement(text: &[u8], start: usize) -> bool {
    let head = &text[start.saturating_sub(HEAD)..start];
    let line = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
    let head = head[line..].trim_ascii();
    [
        &b"ENV"[..],
        b"setenv",
        b"SetEnv",
        b"machine",
        b"%env",
        b"%set_env",
        b"set $",
        b"set -x",
        b"set -gx",
        b"set -Ux",
        b"setx",
        b"proxy_set_header",
        b"fastcgi_param",
    ]
    .iter()
    .any(|word| head == *word || (*word == b"machine" && head.starts_with(word)))
        || (head.is_empty() && follows_user_line(&text[..start]))
}

/// The line before gives a user, and one near it the host, as in `.msmtprc` and in `.netrc` of several lines.
fn follows_user_line(before: &[u8]) -> bool {
    let head = before.trim_ascii_end();
    let head = &head[head.len().saturating_sub(HEAD)..];
    let line = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
    let mut words = head[line..].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let is_user = words.next().is_some_and(|word| [&b"user"[..], b"username", b"login"].contains(&word));
    let names_host =
        ["host ", "machine ", "hostname "].iter().any(|word| memchr::memmem::find(head, word.as_bytes()).is_some());
    names_host && is_user && words.next().is_some() && words.next().is_none()
}

/// The statement or entry before is that of a user with a literal name: `$user = "mg"; $password = "…"`.
pub(super) fn follows_user(text: &[u8], at: usize) -> bool {
    let before = text[at.saturating_sub(PAIR)..at].to_ascii_lowercase();
    let Some(user) = memchr::memmem::rfind(&before, b"user").or_else(|| memchr::memmem::rfind(&before, b"login"))
    else {
        return false;
    };
    let rest = &before[user..];
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let rest: Vec<u8> =
        rest[name..].iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\\')).take(4).collect();
    let closed = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(&rest);
    let value = closed.strip_prefix(b"=>").or(closed.strip_prefix(b"=")).or(closed.strip_prefix(b":"));
    value.is_some_and(|value| matches!(value.first(), Some(b'"' | b'\'')))
}
