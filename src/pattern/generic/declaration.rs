//! What programs write between a name and its value besides a sign: a type, the end of the line, a call that the value is
//! given to.

use super::line::HEAD;

/// The length of a type and its `=` after a colon: `: str = `, `: &'static str = `, `:string="`. The `=` at the end of base64 is
/// no such sign: no quote stands before it that a lifetime does not begin with, and blanks on both sides or a value behind it.
pub(super) fn annotation(text: &[u8]) -> usize {
    let line = &text[..text.len().min(40)];
    let Some(equals) = line.iter().position(|byte| matches!(byte, b'=' | b'\n' | b'"' | b',')) else { return 0 };
    let words = &line[..equals];
    let is_quoted = |at: usize| words[at] == b'\'' && at.checked_sub(1).is_none_or(|before| words[before] != b'&');
    let is_sign = match (words.last(), line.get(equals + 1)) {
        (Some(b' '), Some(after)) => matches!(after, b' ' | b'"' | b'\'' | b'\r' | b'\n'),
        (_, after) => matches!(after, Some(b'"' | b'\'')),
    };
    let is_type = line[equals] == b'='
        && is_sign
        && !(0..words.len()).any(is_quoted)
        && words.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b' ' | b'[' | b']' | b'&' | b'\'' | b'|' | b'.' | b'?' | b'_')
        })
        && words.iter().any(u8::is_ascii_alphabetic);
    if is_type { equals + 1 } else { 0 }
}

/// Types of texts that stand behind a name without a colon, in lower case: of Go, Bicep, Basic and SQL.
const TYPES: &[&[u8]] = &[
    b"string",
    b"*string",
    b"as string",
    b"object",
    b"varchar",
    b"nvarchar",
    b"char",
    b"nchar",
    b"varchar2",
    b"securestring",
    b"text",
];

/// The length of a type and its `=` without a colon: ` string = `, ` As String = `, ` nvarchar(50) = `, `[25] = `,
/// ` { get; set; } = `. A quote follows.
pub(super) fn typed(rest: &[u8]) -> Option<usize> {
    let line = &rest[..rest.len().min(48)];
    let equals = line.iter().position(|byte| matches!(byte, b'=' | b'\n' | b'"' | b'\'' | b',' | b':'))?;
    let value = line.get(equals + 1..).filter(|_| line[equals] == b'=')?;
    if !matches!(value.trim_ascii_start().first(), Some(b'"' | b'\'' | b'`' | b'@' | b'N' | b'L')) {
        return None;
    }
    let kind = line[..equals].trim_ascii();
    // An index is in small letters: `secrets[name] = `.
    let is_size = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'_';
    let is_type = match kind {
        [b'[', size @ .., b']'] => size.iter().all(is_size),
        [b'{', accessors @ .., b'}'] => accessors.trim_ascii().starts_with(b"get"),
        kind => {
            let word = kind.split(|byte| *byte == b'(').next().unwrap_or(kind).to_ascii_lowercase();
            TYPES.contains(&word.as_slice())
        }
    };
    is_type.then_some(equals + 1)
}

/// Where a quoted value on the next line begins: behind a sign that ends its line, `(` or `\`.
pub(super) fn continued(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let opened = rest.strip_prefix(b"(").or(rest.strip_prefix(b"\\")).unwrap_or(rest);
    let blanks = opened.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    let below = opened.get(blanks..)?.strip_prefix(b"\n")?;
    let indent = below.iter().take(HEAD).take_while(|byte| byte.is_ascii_whitespace()).count();
    let value = &below[indent..];
    let letter = usize::from(matches!(value.first(), Some(b'b' | b'f' | b'r' | b'@')));
    matches!(value.get(letter), Some(b'"' | b'\'' | b'`')).then_some(text.len() - value.len())
}

/// Where the text of a block scalar of YAML begins (YAML 1.2.2, section 8.1): `|` or `>-` ends the line of the name.
pub(super) fn block_scalar(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let header = rest.strip_prefix(b"|").or(rest.strip_prefix(b">"))?;
    let indicators = header.iter().take(2).take_while(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9')).count();
    let header = &header[indicators..];
    let below = header.strip_prefix(b"\n").or(header.strip_prefix(b"\r\n"))?;
    let indent = below.iter().take(HEAD).take_while(|byte| **byte == b' ').count();
    (indent > 0).then_some(text.len() - below.len() + indent)
}

/// Where the quoted text begins that follows `default=` among the other arguments of a call; `arguments` begins behind the
/// first of them.
pub(super) fn default_argument(arguments: &[u8]) -> Option<usize> {
    let arguments = &arguments[..arguments.len().min(ARGUMENTS)];
    let (mut depth, mut begins) = (0_u32, false);
    for (at, byte) in arguments.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' => begins = true,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'd' if begins && depth == 0 && arguments[at..].starts_with(b"default") => {
                let rest = arguments[at + b"default".len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
                return matches!(rest.first(), Some(b'"' | b'\'')).then_some(arguments.len() - rest.len());
            }
            _ => begins = false,
        }
    }
    None
}

/// Words in the names of functions whose value is another than what they are given, or that are given what is public.
const MAKES_ANOTHER: &[&str] = &[
    "sha",
    "md5",
    "hash",
    "digest",
    "uuid",
    "guid",
    "decrypt",
    "decode",
    "atob",
    "find",
    "match",
    "replace",
    "public",
    "pubkey",
    "address",
    "parse",
    "commit",
    "checksum",
    "crc",
    "fingerprint",
    "cid",
    "path",
    "len",
    "mask",
    "escape",
    "tokenize",
    "strip",
    "require",
];
/// Words that such names begin with when they look something up.
const LOOKS_UP: &[&str] = &["get", "fetch", "load", "read", "find", "env", "viper", "by.", "label", "message"];
/// Types whose values are secrets, as the last part of their names.
const SECRETS: &[&str] = &["secretstr", "secretstring", "secretbytes", "securestring", "sensitive"];
/// How far the arguments of a call are looked through, in bytes.
const ARGUMENTS: usize = 240;
/// Longest name of a call, in bytes.
const NAME_OF_CALL: usize = 48;
/// Calls inside calls.
const NESTED: usize = 3;

/// Where the quoted text begins that a call is given first: `SecretStr("value")`, `Field(default="value")`, `new Key('value')`,
/// `[]byte("value")`; and whether the call says that it is a secret.
pub(super) fn held(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let mut rest = text.get(at..)?;
    let mut is_secret = false;
    for _ in 0..NESTED {
        rest = rest.strip_prefix(b"new ").or(rest.strip_prefix(b"[]")).unwrap_or(rest);
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':');
        let len = rest.iter().take(NAME_OF_CALL).take_while(|byte| is_part(byte)).count();
        let (callee, inner) = rest.split_at(len);
        let inner = inner.strip_prefix(b"(").filter(|_| callee.first().is_some_and(u8::is_ascii_alphabetic))?;
        let callee = String::from_utf8_lossy(callee).to_ascii_lowercase();
        let last = callee.rsplit(['.', ':']).next().unwrap_or_default();
        if MAKES_ANOTHER.iter().any(|word| callee.contains(word))
            || LOOKS_UP.iter().any(|word| callee.starts_with(word) || last.starts_with(word))
        {
            return None;
        }
        is_secret |= SECRETS.contains(&last);
        let blanks = inner.iter().take(HEAD).take_while(|byte| byte.is_ascii_whitespace()).count();
        let inner = &inner[blanks..];
        let named = inner.strip_prefix(b"default").or(inner.strip_prefix(b"value")).and_then(|inner| {
            let inner = inner.trim_ascii_start();
            inner.strip_prefix(b"=").or(inner.strip_prefix(b":"))
        });
        rest = named.unwrap_or(inner);
        rest = &rest[rest.iter().take(HEAD).take_while(|byte| byte.is_ascii_whitespace()).count()..];
        if matches!(rest.first(), Some(b'"' | b'\'' | b'`')) {
            return Some((text.len() - rest.len(), is_secret));
        }
        if let Some(value_at) = default_argument(inner) {
            return Some((text.len() - inner.len() + value_at, is_secret));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    const TOKEN: &str = "q7Zt0Lw2Vb9Xn4Rk5Ym8";

    fn assert_found(rule: &'static str, secret: &str, texts: &[String]) {
        for text in texts {
            assert_eq!(found(text), [(rule, secret.to_owned())], "{text}");
        }
    }

    #[test]
    fn the_end_of_base64_is_no_sign_behind_a_type() {
        let token = TOKEN;
        for text in [
            format!("token: {token}=="),
            format!("token: {token}== # of the team"),
            format!("{{ clientSecret: '{token}=', }}"),
            format!("storage_key: '{token}='"),
            format!("  api_key:'{token}==',"),
        ] {
            let padded = &text[text.find(token).unwrap()..=text.rfind('=').unwrap()];
            assert_eq!(found(&text), [("generic-secret", padded.to_owned())], "{text}");
        }
        assert_found(
            "generic-password",
            "Kd8f=Wof41",
            &["password: 'Kd8f=Wof41'", "password: Kd8f=Wof41"].map(String::from),
        );
        for kind in ["str = ", "string=", "&'static str = ", "Optional[str] = ", "str | None = ", "String ="] {
            assert_found("generic-secret", token, &[format!("let token: {kind}\"{token}\"")]);
        }
    }

    #[test]
    fn types_stand_between_a_name_and_its_value() {
        let forms = |name: &str, value: &str| {
            [
                format!("param {name} string = '{value}'"),
                format!("var {name} string = `{value}`"),
                format!("Dim {name} As String = \"{value}\""),
                format!("public string {name} {{ get; set; }} = \"{value}\";"),
                format!("static const char {name}[] = \"{value}\";"),
                format!("char {name}[MAX_LEN] = \"{value}\";"),
                format!("DECLARE @{name} NVARCHAR(50) = N'{value}'"),
            ]
        };
        assert_found("generic-secret", TOKEN, &forms("api_token", TOKEN));
        assert_found("generic-password", "Kd8fWof41", &forms("adminPassword", "Kd8fWof41"));
        assert_eq!(
            found(
                "param tokenName string = token2Name\nkeys[i] = q7Zt0Lw2Vb9Xn4Rk5Ym8; password field = \"Kd8fWof41\""
            ),
            []
        );
    }

    #[test]
    fn values_go_on_below_a_sign() {
        let forms = |name: &str, value: &str| {
            [
                format!("{name} = (\n    \"{value}\"\n)"),
                format!("const {name}: string =\n  '{value}';"),
                format!("{name}: str = (\n    \"{value}\"\n)"),
                format!("const {name} =\n  '{value}';"),
                format!("{name} = \\\n    b\"{value}\"\n"),
                format!("data:\n  {name}: |\n    {value}\n"),
                format!("{name}: >-\n  {value}\nnext: 1\n"),
            ]
        };
        assert_found("generic-secret", TOKEN, &forms("api_token", TOKEN));
        assert_found("generic-password", "Kd8fWof41", &forms("password", "Kd8fWof41"));
        for text in [
            "password =\nKd8fWof41\n",
            "run_token: |\n  q7Zt0Lw2Vb9Xn4Rk5Ym8 is what it prints\n",
            "password: |\n  Run2Times and wait\n",
            "password: |\nKd8fWof41\n",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn values_are_held_by_calls_and_lists() {
        assert_found(
            "generic-secret",
            TOKEN,
            &[
                format!("api_key: str = Field(default=\"{TOKEN}\", description=\"of the team\")"),
                format!("api_token = SecretStr('{TOKEN}')"),
                format!("api_token: str = Field(description=\"of the team\", default=\"{TOKEN}\")"),
                format!("parser.add_argument('--api-token', type=str, default='{TOKEN}', help='of the team')"),
                format!("token = os.getenv(\"API_TOKEN\", default=\"{TOKEN}\")"),
                format!("String apiToken = new String(\"{TOKEN}\");"),
                format!("apiToken := []byte(\"{TOKEN}\")"),
                format!("let api_token = Secret::new(String::from(\"{TOKEN}\"));"),
                format!("setattr(settings, \"api_token\", \"{TOKEN}\")"),
                format!("HEADERS = [(\"x-api-key\", \"{TOKEN}\")]"),
                format!("std::string api_token{{\"{TOKEN}\"}};"),
                format!("{{:api-token \"{TOKEN}\"}}"),
                format!("set(API_TOKEN \"{TOKEN}\")"),
            ],
        );
        assert_found(
            "generic-password",
            "Kd8f!Wof41",
            &[
                "password: str = Field(\"Kd8f!Wof41\")",
                "password = SecretStr('Kd8f!Wof41')",
                "[('user', 'ml'), ('password', 'Kd8f!Wof41')]",
            ]
            .map(String::from),
        );
        assert_found("generic-password", "Kd8fWof41", &["password = SecretStr('Kd8fWof41')".to_owned()]);
        for text in [
            "secret = modal.Secret('My-Secret1')",
            "parser.add_argument('--token', help='default', default=read('q7Zt0Lw2Vb9Xn4Rk5Ym8'))",
            "f('token'); g(x, default='q7Zt0Lw2Vb9Xn4Rk5Ym8')",
            "[('token', 1), (2, default='q7Zt0Lw2Vb9Xn4Rk5Ym8')]",
            "token = sha256(\"q7Zt0Lw2Vb9Xn4Rk5Ym8\")",
            "const usdcToken = new PublicKey(\"q7Zt0Lw2Vb9Xn4Rk5Ym8\")",
            "token = repo.commit(\"9f3c1b7ae05d24689f3c1b7ae05d24681b7a9f3c\")",
            "password = viper.GetString(\"Db+Pw01x\") or env('Db1Pass!')",
            "[('auth', '9f3c1b7ae05d24689f3c1b7ae05d2468')]",
            "secrets[name] = \"SecretName2Abc\"",
            "validates :password \"Mot2Passe\"",
            "auth = OAuthHandler(\"q7Zt0Lw2Vb9Xn4Rk5Ym8\", secret)",
            "secret = Secret.from_name(\"my-storage-Secret2-of-2024\")",
            "password = getpass(\"Password1?\") or prompt(\"Passphrase?\")",
            "for name in [\"token\", \"accessTokenOfTheFirstUser2\"]: pass",
            "words = [\"password\", \"Kd8f!Wof41\", \"token\", \"q7Zt0Lw2Vb9Xn4Rk5Ym8\", \"x\"]",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
