//! Files that are a secret as a whole, known by their bytes: key stores (PKCS #12, RFC 7292; JKS and JCEKS of Java),
//! private keys in DER (PKCS #8, RFC 5958; PKCS #1, RFC 8017; SEC 1, RFC 5915), password databases, and keys that stand
//! alone in a file that is named so.

use super::load::{Literal, Pattern};
use super::{generic, placeholder};
use crate::model::{Confidence, Severity};

const KEY_STORE: usize = 0;
const PRIVATE_KEY: usize = 1;
const ENCRYPTED_KEY: usize = 2;
const PASSWORDS: usize = 3;
const KEY_FILE: usize = 4;

/// The rules. None has a literal: nothing is looked for in text.
pub static RULES: &[Pattern] = &[
    Pattern {
        severity: Severity::High,
        references: &["https://www.rfc-editor.org/rfc/rfc7292"],
        ..rule(
            "key-store-file",
            "Key store with private keys",
            "Whoever guesses its password, which is often `changeit` or `notasecret`, has the private keys in it.",
            "Issue other keys and certificates, revoke those in it, and keep key stores out of repositories.",
        )
    },
    Pattern {
        severity: Severity::Critical,
        references: &["https://www.rfc-editor.org/rfc/rfc5958"],
        ..rule(
            "private-key-der",
            "Private key in DER",
            "Signs, decrypts or logs in as the owner of the key.",
            "Generate a new pair, replace the public key wherever it is trusted, and revoke its certificate.",
        )
    },
    Pattern {
        severity: Severity::Medium,
        references: &["https://www.rfc-editor.org/rfc/rfc5958"],
        ..rule(
            "private-key-der-encrypted",
            "Encrypted private key in DER",
            "Whoever guesses its password signs, decrypts or logs in as the owner of the key.",
            "Generate a new pair, replace the public key wherever it is trusted, and revoke its certificate.",
        )
    },
    Pattern {
        severity: Severity::High,
        references: &["https://keepass.info/help/kb/kdbx.html"],
        ..rule(
            "password-database",
            "Password database",
            "Whoever guesses its master password has every password in it; a copy can be tried without limit.",
            "Take it out of the repository and its history, and change the passwords in it.",
        )
    },
    Pattern {
        severity: Severity::High,
        confidence: Confidence::Medium,
        references: &[
            "https://guides.rubyonrails.org/security.html#custom-credentials",
            "https://cryptography.io/en/latest/fernet/",
        ],
        ..rule(
            "key-file",
            "Key alone in its file",
            "Decrypts what was encrypted with it: the credentials of a Rails application (`master.key`), what Fernet wrote.",
            "Make another key, encrypt anew, change the credentials that it protected, and keep it out of the repository.",
        )
    },
];

const fn rule(id: &'static str, name: &'static str, grants: &'static str, revoke: &'static str) -> Pattern {
    const NONE: &Literal = &Literal { text: "", place: super::analysis::Place::Inside, after: &[], behind: None };
    Pattern {
        literals: &[],
        confidence: Confidence::High,
        generic: false,
        ..generic::rule(id, name, grants, revoke, NONE)
    }
}

/// Which of [`RULES`] a file is a case of, by its name and its beginning; `len` are its bytes in all.
pub fn kind(name: &str, head: &[u8], len: u64) -> Option<(usize, Confidence)> {
    match head {
        [0x30, ..] => {
            der(head, len).map(|rule| (rule, if rule == KEY_STORE { of_store(name) } else { Confidence::High }))
        }
        [0xFE, 0xED, 0xFE, 0xED, rest @ ..] | [0xCE, 0xCE, 0xCE, 0xCE, rest @ ..] => {
            java(rest).then_some((KEY_STORE, Confidence::High))
        }
        [0x03, 0xD9, 0xA2, 0x9A, 0x65..=0x67, 0xFB, 0x4B, 0xB5, ..] => Some((PASSWORDS, Confidence::High)),
        // What follows is a salt drawn at random, no text.
        [b'P', b'W', b'S', b'3', salt @ ..] => {
            let is_text = salt.iter().take(32).all(u8::is_ascii);
            (!is_text).then_some((PASSWORDS, Confidence::High))
        }
        _ => is_key_file(name, head, len).then_some((KEY_FILE, Confidence::Medium)),
    }
}

/// `master.key`, `fernet.key`: 16 or 32 bytes in hexadecimal, or 32 in base64, and nothing else.
fn is_key_file(name: &str, head: &[u8], len: u64) -> bool {
    /// A key of 64 digits and a line end.
    const LONGEST: u64 = 66;
    let name = name.to_ascii_lowercase();
    let Some(stem) = name.strip_suffix(".key").filter(|_| len <= LONGEST) else { return false };
    if ["pub", "cache", "md5", "sha", "hash", "sum"].iter().any(|other| stem.contains(other)) {
        return false;
    }
    // Hashes are written so as well: the first are the names of Rails.
    let names = ["master", "production", "staging", "development", "credentials", "secret", "encrypt"];
    let is_named = names.iter().any(|name| stem.contains(name));
    let key = head.trim_ascii();
    let is_hex = is_named && matches!(key.len(), 32 | 64) && key.iter().all(u8::is_ascii_hexdigit);
    let is_base64 = key.len() == 44
        && key.strip_suffix(b"=").is_some_and(|digits| {
            digits.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_'))
        });
    (is_hex || is_base64) && key.iter().any(u8::is_ascii_digit) && !placeholder::is_placeholder(key)
}

/// Which certificates are trusted is kept in such stores as well, and what is in one cannot be seen.
fn of_store(name: &str) -> Confidence {
    let name = name.to_ascii_lowercase();
    if name.contains("trust") || name.contains("cacerts") { Confidence::Low } else { Confidence::High }
}

/// 1.2.840.113549.1.7, PKCS #7; 1.2.840.113549.1.5, PKCS #5; 1.2.840.113549.1.12, PKCS #12.
const PKCS7: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07];
const PKCS5: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05];
const PKCS12: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C];
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// Bytes of the smallest modulus of an RSA key.
const MODULUS: usize = 64;

fn der(head: &[u8], len: u64) -> Option<usize> {
    let whole = Value::read(head)?;
    // A store may say that its end will show.
    if whole.length.is_some_and(|length| (whole.header as u64).saturating_add(length as u64) != len) {
        return None;
    }
    let first = Value::read(whole.content)?;
    let second = Value::read(first.behind()?)?;
    match (first.tag, first.content, second.tag) {
        (INTEGER, [3], SEQUENCE) => {
            let object = Value::read(second.content)?;
            (object.tag == OBJECT && object.content.starts_with(PKCS7)).then_some(KEY_STORE)
        }
        (INTEGER, [0 | 1], SEQUENCE) => {
            let third = Value::read(second.behind()?)?;
            (Value::read(second.content)?.tag == OBJECT && third.tag == OCTETS).then_some(PRIVATE_KEY)
        }
        (INTEGER, [0], INTEGER) if second.content.len() >= MODULUS => Some(PRIVATE_KEY),
        (INTEGER, [1], OCTETS) if (20..=66).contains(&second.content.len()) => {
            matches!(second.behind()?, [0xA0 | 0xA1, ..]).then_some(PRIVATE_KEY)
        }
        (SEQUENCE, _, OCTETS) => {
            let object = Value::read(first.content)?;
            let encrypts = object.content.starts_with(PKCS5) || object.content.starts_with(PKCS12);
            (object.tag == OBJECT && encrypts).then_some(ENCRYPTED_KEY)
        }
        _ => None,
    }
}

/// A value of the basic encoding rules (X.690), as much of it as is there.
struct Value<'d> {
    tag: u8,
    /// How long tag and length are.
    header: usize,
    /// `None` where a mark will end it.
    length: Option<usize>,
    content: &'d [u8],
    rest: &'d [u8],
}

impl<'d> Value<'d> {
    fn read(bytes: &'d [u8]) -> Option<Self> {
        let (&tag, &first) = (bytes.first()?, bytes.get(1)?);
        let (header, length) = match first {
            0x80 => (2, None),
            0..0x80 => (2, Some(usize::from(first))),
            0x81..=0x84 => {
                let count = usize::from(first - 0x80);
                let length = bytes.get(2..2 + count)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
                (2 + count, Some(length))
            }
            _ => return None,
        };
        let behind = bytes.get(header..)?;
        let (content, rest) = behind.split_at(length.unwrap_or(behind.len()).min(behind.len()));
        Some(Self { tag, header, length, content, rest })
    }

    /// What follows, where all of it is there.
    fn behind(&self) -> Option<&'d [u8]> {
        (self.length == Some(self.content.len())).then_some(self.rest)
    }
}

/// True where a store of Java holds a key among its entries, as far as they are there.
fn java(store: &[u8]) -> bool {
    let mut fields = Fields(store);
    let (Some(version @ 1..=2), Some(count)) = (fields.number(4), fields.number(4)) else { return false };
    (0..count).map_while(|_| fields.entry(version)).any(|is_key| is_key)
}

/// Numbers with the highest byte first, and what is as long as they say.
struct Fields<'d>(&'d [u8]);

impl<'d> Fields<'d> {
    fn take(&mut self, count: usize) -> Option<&'d [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, width: usize) -> Option<usize> {
        Some(self.take(width)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    fn text(&mut self) -> Option<&'d [u8]> {
        let length = self.number(2)?;
        self.take(length)
    }

    /// Whether the next entry is a private key, or one of a cipher; else it is a certificate.
    fn entry(&mut self, version: usize) -> Option<bool> {
        match self.number(4)? {
            1 | 3 => return Some(true),
            2 => {}
            _ => return None,
        }
        self.text()?;
        // When it was made.
        self.take(8)?;
        if version == 2 {
            self.text()?;
        }
        let length = self.number(4)?;
        self.take(length)?;
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let header = match length {
            0..0x80 => vec![tag, length as u8],
            _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
        };
        [header, content.to_vec()].concat()
    }

    fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        value(SEQUENCE, &parts.concat())
    }

    fn found(name: &str, bytes: &[u8]) -> Option<(&'static str, Confidence)> {
        kind(name, bytes, bytes.len() as u64).map(|(rule, confidence)| (RULES[rule].id, confidence))
    }

    fn object(of: &[u8], last: u8) -> Vec<u8> {
        value(OBJECT, &[of, &[last]].concat())
    }

    #[test]
    fn keys_and_stores_are_known_by_their_bytes() {
        let data = sequence(&[object(PKCS7, 1), value(0xA0, &[7; 300])]);
        let store = sequence(&[value(INTEGER, &[3]), data.clone()]);
        let open_ended =
            [&[0x30, 0x80, 0x02, 0x01, 0x03, 0x30, 0x80][..], &object(PKCS7, 1), &[0xA0, 0x80, 1, 2]].concat();
        let rsa = object(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01], 1);
        let key = sequence(&[value(INTEGER, &[0]), sequence(std::slice::from_ref(&rsa)), value(OCTETS, &[1; 40])]);
        let old_key = sequence(&[value(INTEGER, &[0]), value(INTEGER, &[9; 128]), value(INTEGER, &[1, 0, 1])]);
        let curve = sequence(&[value(INTEGER, &[1]), value(OCTETS, &[9; 32]), value(0xA0, &[6])]);
        let encrypted = sequence(&[sequence(&[object(PKCS5, 13)]), value(OCTETS, &[1; 40])]);
        for (name, bytes, rule) in [
            ("a.pfx", &store, "key-store-file"),
            ("a.p12", &open_ended, "key-store-file"),
            ("key.der", &key, "private-key-der"),
            ("key.der", &old_key, "private-key-der"),
            ("key", &curve, "private-key-der"),
            ("key.der", &encrypted, "private-key-der-encrypted"),
        ] {
            assert_eq!(found(name, bytes), Some((rule, Confidence::High)), "{rule}");
        }
        assert_eq!(found("truststore.p12", &store), Some(("key-store-file", Confidence::Low)));
        let certificate = sequence(&[sequence(&[value(0xA0, &[2])]), sequence(&[rsa]), value(0x03, &[0; 64])]);
        assert_eq!(found("a.cer", &certificate), None);
        assert_eq!(found("a.p7b", &data), None);
        assert_eq!(found("a.p12", &[store, vec![0; 9]].concat()), None);
    }

    #[test]
    fn stores_of_java_are_walked_to_a_key() {
        let entry =
            |tag: u8, of_certificate: &[u8]| [&[0, 0, 0, tag, 0, 1, b'a'][..], &[0; 8], of_certificate].concat();
        let certificate = entry(2, &[0, 1, b'X', 0, 0, 0, 3, 1, 2, 3]);
        let store = |entries: &[Vec<u8>]| {
            [&[0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, entries.len() as u8][..], &entries.concat()].concat()
        };
        assert_eq!(found("a.jks", &store(std::slice::from_ref(&certificate))), None);
        let both = store(&[certificate, entry(1, &[])]);
        assert_eq!(found("a.jks", &both), Some(("key-store-file", Confidence::High)));
    }

    #[test]
    fn keys_alone_in_their_file_are_known() {
        let fernet = "q7Zt0Lw2Vb9Xn4Rk5Ym8Pd1SaQ3wE5rT7yU9iO1pA2s=\r\n";
        for (name, text) in [("master.key", "9f3c1b7ae05d24689f3c1b7ae05d2469"), ("Filekey.KEY", fernet)] {
            assert_eq!(found(name, text.as_bytes()), Some(("key-file", Confidence::Medium)), "{name}");
            assert_eq!(found("md5.txt", text.as_bytes()), None);
            assert_eq!(found("wg.pub.key", text.as_bytes()), None);
        }
        for text in [
            "<put your key here>",
            "00000000000000000000000000000000",
            "9f3c1b7a",
            "q7Zt0Lw2 Vb9Xn4Rk5Ym8Pd1SaQ3wE5rT7yU9iO1pA2s=",
            "",
        ] {
            assert_eq!(found("master.key", text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn password_databases_are_known() {
        let database = [0x03, 0xD9, 0xA2, 0x9A, 0x67, 0xFB, 0x4B, 0xB5, 1, 0];
        assert_eq!(found("x.kdbx", &database), Some(("password-database", Confidence::High)));
        assert_eq!(found("x.psafe3", b"PWS3\x01\xF7\x03"), Some(("password-database", Confidence::High)));
        assert_eq!(found("x.txt", b"PWS3 files are read."), None);
    }

    proptest! {
        #[test]
        fn damaged_files_do_no_harm(
            begin in prop::sample::select(vec![&[0x30_u8][..], &[0x30, 0x82], &[0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0xFF]]),
            rest in prop::collection::vec(prop_oneof![Just(0x30_u8), Just(2), Just(4), Just(0x84), any::<u8>()], 0..60),
        ) {
            let bytes = [begin, &rest].concat();
            if let Some((rule, _)) = kind("x", &bytes, bytes.len() as u64) {
                prop_assert!(rule < RULES.len());
            }
        }
    }
}
