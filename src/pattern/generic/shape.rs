//! What a text looks like: drawn at random, words, a path, a UUID, the name of a variable.

use super::super::entropy;

/// A part of a text that is so long may be drawn at random.
const LONG_PART: usize = 16;

/// Drawn at random for sure: what keys without a telling name must be.
pub(super) fn is_drawn(secret: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| secret.iter().any(kind);
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=');
    let digits = secret.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_mixed = (20..=512).contains(&secret.len())
        && secret.iter().all(is_key)
        && digits >= 2
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && entropy::shannon_bits(secret) >= 3.9;
    // Digits and letters of one case alone, of the whole alphabet: no hash.
    let is_base36 = (32..=100).contains(&secret.len())
        && secret.iter().all(u8::is_ascii_alphanumeric)
        && !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase))
        && digits >= 5
        && secret.iter().filter(|byte| byte.to_ascii_lowercase() > b'f').count() >= 8
        && entropy::shannon_bits(secret) >= 4.0;
    is_mixed || is_base36
}

/// Thirty-two hexadecimal digits or more, of letters in one case: no word, no variable, though it may be a hash.
pub(super) fn is_hexadecimal_key(secret: &[u8]) -> bool {
    let count = |kind: fn(&u8) -> bool| secret.iter().filter(|byte| kind(byte)).count();
    (32..=128).contains(&secret.len())
        && secret.iter().all(u8::is_ascii_hexdigit)
        && count(u8::is_ascii_digit) >= 4
        && (count(u8::is_ascii_lowercase) >= 4) != (count(u8::is_ascii_uppercase) >= 4)
}

/// Letters of both cases and several digits, nothing else.
pub(super) fn is_mixed(secret: &[u8]) -> bool {
    let count = |kind: fn(&u8) -> bool| secret.iter().filter(|byte| kind(byte)).count();
    let (digits, small, capitals) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
    digits >= 2 && small >= 2 && capitals >= 2 && digits + small + capitals == secret.len()
}

/// `_ServiceSigV4Auth`, `indexFieldsCategory`, `Get-AzKeyVaultSecret`: of words that begin with a capital; in what is drawn at random, capitals and
/// digits stand closer.
pub(super) fn is_camel_case(secret: &[u8]) -> bool {
    let count = |kind: fn(&u8) -> bool| secret.iter().filter(|byte| kind(byte)).count();
    let capitals = count(u8::is_ascii_uppercase);
    let is_identifier = secret.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    is_identifier && capitals > 0 && capitals * 4 <= secret.len() && count(u8::is_ascii_digit) <= 1
}

/// `HubSpotOAuth2Manager`, `authV2LoginSchemaComputed`: a name in a program, of two or more words with a capital, mostly of small
/// letters, which all stand in words. In what is drawn at random some stand alone.
pub(in crate::pattern) fn is_name(secret: &[u8]) -> bool {
    let (mut words, mut small) = (0, 0);
    let mut rest = secret;
    while let Some(start) = rest.iter().position(u8::is_ascii_lowercase) {
        let len = rest[start..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        let is_capital = start > 0 && rest[start - 1].is_ascii_uppercase();
        let begins = start == 0 && rest.len() == secret.len();
        if len < 2 || !(is_capital || begins) {
            return false;
        }
        (words, small) = (words + usize::from(is_capital), small + len);
        rest = &rest[start + len..];
    }
    words >= 2 && secret.len() >= 16 && small * 2 >= secret.len() && secret.iter().all(u8::is_ascii_alphanumeric)
}

/// What anybody may know: public keys of SSH (RFC 4253, section 6.6), of X.509 (RFC 5280, section 4.1), of age, the address of
/// a contract.
pub(in crate::pattern) fn is_public(secret: &[u8]) -> bool {
    let begins: [&[u8]; 11] = [
        b"AAAAB3Nz",
        b"AAAAC3Nz",
        b"AAAAE2Vj",
        b"AAAAGnNr",
        b"AAAAInNr",
        b"MIIBIjAN",
        b"MIICIjAN",
        b"MIGfMA0G",
        b"MFkwEwYH",
        b"MHYwEAYH",
        b"MCowBQYDK2Vw",
    ];
    let is_recipient = secret.starts_with(b"age1") && secret.len() == 62;
    let is_address = secret.starts_with(b"0x") && secret.len() == 42 && secret[2..].iter().all(u8::is_ascii_hexdigit);
    let is_key = secret.len() >= 40 && begins.iter().any(|begin| secret.starts_with(begin));
    is_recipient || is_address || is_key
}

/// A part without signs is long enough to be drawn at random: of names of files, of models and of runs none is.
pub(super) fn has_long_part(secret: &[u8]) -> bool {
    secret.split(|byte| !byte.is_ascii_alphanumeric()).any(|part| part.len() >= LONG_PART && !is_name(part))
}

/// `k8s.io/api/rbac/v1`: a host in small letters and a path, as Go imports have it.
pub(super) fn is_import(secret: &[u8]) -> bool {
    let mut parts = secret.split(|byte| *byte == b'/');
    let is_host = parts.next().is_some_and(|host| host.contains(&b'.'));
    let is_small =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_' | b'/');
    is_host && parts.next().is_some() && secret.iter().all(is_small)
}

/// `call()`, `list[0]`, `{name}`: what stands between the brackets is nothing or begins as a name or a value does.
pub(super) fn holds_part(secret: &[u8], open: u8, close: u8) -> bool {
    let Some(at) = memchr::memchr(open, secret) else { return false };
    let inner = &secret[at + 1..];
    let Some(end) = memchr::memchr(close, inner) else { return false };
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.:, $#'\"/%".contains(byte);
    let inner = inner[..end].trim_ascii();
    inner.iter().all(plain) && (inner.is_empty() || inner.len() > 1 || inner[0].is_ascii_alphanumeric())
}

/// `/etc/x`, `C:\x`, `a/b/c.json`, `x.pem`.
pub(super) fn is_path(secret: &[u8]) -> bool {
    let extensions: [&[u8]; 12] =
        [b".json", b".pem", b".key", b".txt", b".yaml", b".yml", b".py", b".env", b".crt", b".cfg", b".html", b".pub"];
    let has = |part: &[u8]| memchr::memmem::find(secret, part).is_some();
    secret.starts_with(b"/") && secret.iter().filter(|byte| **byte == b'/').count() >= 2 && is_wordy(secret)
        || secret.starts_with(b"./")
        || secret.starts_with(b"~/")
        || has(b":\\")
        || has(b"://")
        || extensions.iter().any(|extension| secret.ends_with(extension))
        || is_import(secret)
}

pub(super) fn is_uuid(secret: &[u8]) -> bool {
    secret.len() == 36
        && secret
            .iter()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// Letters of random text seldom follow each other as those of words do, and digits and cases are mixed.
pub(super) fn is_random(secret: &[u8]) -> bool {
    let digits = secret.iter().filter(|byte| byte.is_ascii_digit()).count();
    let cases = secret.iter().any(u8::is_ascii_lowercase) && secret.iter().any(u8::is_ascii_uppercase);
    let least = if secret.len() >= 24 { 3.4 } else { 3.0 };
    if entropy::shannon_bits(secret) < least || (digits == 0 && !cases) {
        return false;
    }
    let changes = secret
        .windows(2)
        .filter(|pair| kind(pair[0]) != kind(pair[1]) && kind(pair[0]) > 0 && kind(pair[1]) > 0)
        .count();
    changes * 8 >= secret.len() && !is_wordy(secret)
}

/// True when the pairs of letters are mostly those that words are made of.
pub(super) fn is_wordy(text: &[u8]) -> bool {
    let letters = |pair: &&[u8]| pair.iter().all(u8::is_ascii_alphabetic);
    let (mut common, mut all) = (0, 0);
    for pair in text.windows(2).filter(letters) {
        // A capital begins a word: the pair across it says nothing.
        if pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase() {
            continue;
        }
        all += 1;
        let pair = [pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase()];
        common += usize::from(PAIRS.as_bytes().chunks_exact(2).any(|known| known == pair));
    }
    all >= 3 && common * 100 >= all * 52
}

/// The most frequent pairs of letters of English words and of names in programs; a quarter of all pairs.
const PAIRS: &str = "thheinerananreedonesstenatntndhationorarouitteetisheouleassealtoecheliceraitiveelmaderooffionotyfoursidecoomcamelilapeacplprtroaaduntaurloexpamiusoruclsspalscriemkepoinewindoolysvehodiblucnsigctavemontvamptabofbednagedirabotnirtbejekyowwawoowupkiseeoigh";

fn kind(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 1,
        b'a'..=b'z' => 2,
        b'A'..=b'Z' => 3,
        _ => 0,
    }
}

/// How many of lower case, upper case, digits and signs occur.
pub(super) fn classes(secret: &[u8]) -> usize {
    let mut seen = [false; 4];
    secret.iter().for_each(|byte| seen[usize::from(kind(*byte))] = true);
    seen.iter().filter(|seen| **seen).count()
}
