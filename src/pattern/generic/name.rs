//! What a name says of its value: a password, a token, a key, or nothing that is secret.

/// Longest name, in bytes.
const NAME: usize = 64;

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

/// What stands around a keyword.
pub(super) struct Name {
    /// Where it starts; of `API key` the word before belongs to it.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// In lower case, without the word before.
    pub lower: Vec<u8>,
    /// What it says.
    pub kind: Kind,
}

/// The name around the keyword `text[at..at + len]`, when it says that its value is secret.
pub(super) fn name(text: &[u8], at: usize, len: usize) -> Option<Name> {
    // `_pass`, `"pass"` and ` pw:` are looked for where `pass` and `pw` would be too frequent.
    let sign = |byte: &&u8| !byte.is_ascii_alphabetic();
    let literal = text.get(at..at + len)?;
    let (head, tail) = (literal.iter().take_while(sign).count(), literal.iter().rev().take_while(sign).count());
    let (at, len) = (at + head, len.checked_sub(head + tail)?);
    let keyword = text.get(at..at + len)?.to_ascii_lowercase();
    let before = text[at.saturating_sub(NAME)..at].iter().rev().take_while(|byte| is_name_byte(**byte)).count();
    let after = text[at + len..].iter().take(NAME).take_while(|byte| is_name_byte(**byte)).count();
    let (start, end) = (at - before, at + len + after);
    let lower = text[start..end].to_ascii_lowercase();
    let begins_word = text.get(at).is_some_and(u8::is_ascii_uppercase);
    // `?key=…` of a URL is what its service gave, `key: …` may be anything.
    let is_parameter = lower == b"key" && matches!(text[..start].last(), Some(b'?' | b'&'));
    let spoken = if lower == b"key" || lower == b"keys" { word_before(text, start) } else { None };
    let kind = match is_parameter || spoken.is_some() {
        true => Kind::Token,
        false => kind(&lower, before, &keyword, begins_word)?,
    };
    Some(Name { start: spoken.unwrap_or(start), end, lower, kind })
}

impl Name {
    /// `get_token("name")`, `hash_password("text")`: it is given the name of a secret, or a text to be made one.
    pub(super) fn asks(&self, text: &[u8]) -> bool {
        self.begins_with(text, ASKS)
    }

    /// `is_valid_token(x) { return "error" }`: it says whether something is one.
    pub(super) fn checks(&self, text: &[u8]) -> bool {
        self.begins_with(text, CHECKS)
    }

    /// It has this in it, which is in lower case.
    pub(super) fn holds(&self, word: &[u8]) -> bool {
        memchr::memmem::find(&self.lower, word).is_some()
    }

    fn begins_with(&self, text: &[u8], words: &[&[u8]]) -> bool {
        let ends_word = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_lowercase());
        let written = &text[self.start..self.end];
        words.iter().any(|word| self.lower.starts_with(word) && ends_word(written.get(word.len())))
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
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
pub(super) fn is_public_by_word_before(text: &[u8], start: usize) -> bool {
    let mut before = &text[start.saturating_sub(NAME)..start];
    (0..2).any(|_| {
        let Some(rest) = before.strip_suffix(b" ") else { return false };
        let len = rest.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word;
        (before, word) = rest.split_at(rest.len() - len);
        PUBLIC_WORDS.iter().any(|public| word.eq_ignore_ascii_case(public))
    })
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
