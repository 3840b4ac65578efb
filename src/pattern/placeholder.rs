//! Values that stand where a secret will stand: `<your-key>`, `xxxxxxxx`, `${TOKEN}`, `EXAMPLE`.

/// Words that nobody finds in a random value; compared in lower case.
const WORDS: &[&str] = &[
    "example",
    "placeholder",
    "xxxx",
    "changeme",
    "change-me",
    "change_me",
    "replace",
    "redacted",
    "dummy",
    "sample",
    "your-",
    "your_",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "yourpassword",
    "yourapi",
    "insert",
    "todo",
    "fixme",
    "notreal",
    "not-real",
    "not_real",
    "fake",
    "foobar",
    "goes-here",
    "goes_here",
    "some-",
    "my-api",
    "my_api",
    "my-secret",
    "my_secret",
    "mysecretpassword",
    "yourstrong",
    "secret-key",
    "secret_key",
    "access_token",
    "access-token",
    "api_key",
    "api-key",
];

/// Keys that are printed in documentation and work everywhere or nowhere: those of the storage and the Cosmos DB
/// emulators of Azure, <https://learn.microsoft.com/en-us/azure/storage/common/storage-use-azurite>, the token of RFC 6749,
/// the symmetric keys of RFC 7515 and RFC 7517, the nonce of RFC 6455.
const PUBLIC: &[&[u8]] = &[
    b"Eby8vdM02xNOcqFl",
    b"C2y6yDjf5/R+ob0N",
    b"2YotnFZFEjr1zCsicMWp",
    b"AyM1SysPpbyDfgZl",
    b"GawgguFyGrWKav7A",
    b"dGhlIHNhbXBsZSBu",
];

/// True when `value` is no secret but the place of one.
pub fn is_placeholder(value: &[u8]) -> bool {
    if PUBLIC.iter().any(|start| value.starts_with(start)) {
        return true;
    }
    is_template(value) || repeats(value) || is_alphabet(value) || is_constant(value) || has_word(value)
}

/// `DB_PASSWORD_V2`: the name of a constant or of a variable of the environment, which says what will stand there.
fn is_constant(value: &[u8]) -> bool {
    let names: [&[u8]; 5] = [b"PASSWORD", b"PASSWD", b"SECRET", b"TOKEN", b"KEY"];
    value.contains(&b'_')
        && value.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        && value.split(|byte| *byte == b'_').any(|part| names.contains(&part))
}

/// `${NAME}`, `{{ name }}`, `<name>`, `%(name)s`, `$(command)`, `[name]`.
pub fn is_template(value: &[u8]) -> bool {
    let has = |part: &[u8]| memchr::memmem::find(value, part).is_some();
    let wrapped = |open: u8, close: u8| value.first() == Some(&open) && value.last() == Some(&close);
    has(b"${")
        || has(b"{{")
        || has(b"$(")
        || has_named_format(value)
        || has(b"<%")
        || has(b"&lt;")
        || has("…".as_bytes())
        || has(b"...")
        || [&b"process.env."[..], b"os.environ", b"os.getenv"].iter().any(|start| value.starts_with(start))
        || wrapped(b'<', b'>')
        || wrapped(b'[', b']')
        || wrapped(b'{', b'}')
        || wrapped(b'%', b'%')
        || (value.starts_with(b"__") && value.ends_with(b"__"))
        // What the tests of Azure's templates fill in.
        || value.starts_with(b"GEN-")
        || value.starts_with(b"GET-PREREQ-")
        || (value.contains(&b'<') && value.ends_with(b">"))
}

/// `%(name)s`; a lone `%(` is as good a part of a random key as any.
fn has_named_format(value: &[u8]) -> bool {
    memchr::memmem::find_iter(value, b"%(").any(|at| {
        let name = &value[at + 2..];
        let len = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
        len > 0 && name.get(len).is_none_or(|byte| *byte == b')')
    })
}

/// Few different characters, or a long stretch of one.
fn repeats(value: &[u8]) -> bool {
    let longest = value.chunk_by(|a, b| a == b).map(<[u8]>::len).max().unwrap_or(0);
    // Ten hexadecimal digits drawn at random are alike once in 7e10; `A` runs pad keys and certificates.
    let padding =
        value.chunk_by(|a, b| a == b).filter(|run| matches!(run.first(), Some(b'A' | b'='))).map(<[u8]>::len).max();
    longest >= 6 && (longest > padding.unwrap_or(0) || longest * 2 > value.len())
        || (value.len() >= 12 && different(value) <= 4)
}

/// `12345678`, `abcdefghijkl`, `0123456789abcdef`: most characters are the next of the one before, and at most two come twice.
/// What goes through them again and again, such as `1234abcd1234abcd`, is what people type for a secret of their own.
fn is_alphabet(value: &[u8]) -> bool {
    is_sequence(value) && different(value) + 2 >= value.len()
}

/// Most characters are the next of the one before: no service issues such keys.
pub fn is_sequence(value: &[u8]) -> bool {
    let steps = value.windows(2).filter(|pair| pair[0].checked_add(1) == Some(pair[1])).count();
    value.len() >= 6 && steps * 2 > value.len()
}

fn different(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    value.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    seen.iter().filter(|seen| **seen).count()
}

fn has_word(value: &[u8]) -> bool {
    /// A key of some thousand bits holds `todo` by chance once in some hundreds.
    const LONG: usize = 256;
    let lower = value.to_ascii_lowercase();
    let is_yours = lower.starts_with(b"your") && lower.iter().all(u8::is_ascii_alphabetic);
    let mut words = WORDS.iter().filter(|word| value.len() < LONG || word.len() > 4);
    is_yours || words.any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        for text in [
            "<your-key>",
            "xxxxxxxxxxxx",
            "${TOKEN}",
            "hf_xxxxxxxxxxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            "abcdefghijkl",
            "1234567890",
            "0123456789abcdef",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            "{{ key }}",
            "%(password)s",
            "yourTopSecretPassword",
            "PG_PASSWORD_V2",
            "MY_KEY_1",
            "process.env.TOKEN2",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        for text in [
            "q7Zt0Lw2Vb9Xn4Rk",
            "9f3c1b7ae05d2468",
            "Tr0ub4dor&3zKq",
            "4v!%(^+=gr@7u",
            "1234567890abcdef1234567890abcdef",
            "MONKEY_2019",
        ] {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
        let key = "q7Zt0Lw2Vb9Xn4Rk".repeat(16);
        assert!(!is_placeholder(format!("{key}ToDo").as_bytes()) && is_placeholder(format!("{key}Example").as_bytes()));
    }
}
