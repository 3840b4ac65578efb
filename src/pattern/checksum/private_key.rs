//! Private keys in PEM: whether the body decodes, and whether a passphrase protects it (RFC 7468, RFC 1421,
//! the OpenSSH format).

use super::{Verdict, base64};
use crate::model::Severity;

/// A PEM block, its line breaks real, escaped or missing, or its base64 body alone.
pub(super) fn check(secret: &[u8]) -> Verdict {
    let text = with_lines(secret);
    let putty = text.lines().find_map(|line| line.trim().strip_prefix("Encryption: "));
    let encrypted = text.contains("ENCRYPTED")
        || text.contains("Proc-Type: 4")
        || putty.is_some_and(|cipher| cipher.trim() != "none");
    let body: Vec<u8> = without_headers(secret)
        .bytes()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
        .collect();
    // A cipher named behind the magic of the OpenSSH format means a passphrase.
    let magic = b"openssh-key-v1\0";
    let decoded = base64(body.get(..body.len() / 4 * 4).unwrap_or_default()).unwrap_or_default();
    let openssh = decoded.strip_prefix(magic).and_then(|rest| rest.get(4..8));
    let encrypted = encrypted || openssh.is_some_and(|cipher| cipher != b"none");
    let verdict = Verdict { proof: crate::pattern::Proof::Formed, severity: None, note: String::new() };
    if encrypted {
        return verdict.with_severity(Severity::Medium).with_note("a passphrase protects it");
    }
    verdict.with_note("no passphrase protects it")
}

/// What stands between the lines that begin and end a key, and its headers: a comment may hold any word.
pub fn without_headers(secret: &[u8]) -> String {
    with_lines(secret).lines().map(str::trim).filter(|line| !line.contains("-----") && !line.contains(": ")).collect()
}

/// True where dots stand in the place of lines, as documentation shows keys.
pub fn is_elided(secret: &[u8]) -> bool {
    with_lines(secret)
        .lines()
        .any(|line| matches!(line.trim().trim_matches(['[', ']', '<', '>', '(', ')']), "..." | ".." | "…" | "snip"))
}

/// The key with its line breaks as such.
fn with_lines(secret: &[u8]) -> String {
    String::from_utf8_lossy(secret).replace("\\r", "\n").replace("\\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passphrases_are_noticed() {
        let block =
            |head: &str| format!("-----BEGIN {head}RSA PRIVATE KEY-----\nMIIE\n-----END {head}RSA PRIVATE KEY-----");
        assert_eq!(check(block("").as_bytes()).note, "no passphrase protects it");
        assert_eq!(check(block("ENCRYPTED ").as_bytes()).severity, Some(Severity::Medium));
        let putty = |cipher: &str| format!("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: {cipher}\nComment: me\n");
        assert_eq!(check(putty("none").as_bytes()).severity, None);
        assert_eq!(check(putty("aes256-cbc").as_bytes()).severity, Some(Severity::Medium));
        assert!(is_elided(b"MIIE\n  ...\nAAAA") && is_elided(b"MIIE\\n[...]\\nAAAA") && !is_elided(b"MIIE\n\nAAAA"));
        assert_eq!(without_headers(format!("{}MIIE\\nAAAA", putty("none")).as_bytes()), "MIIEAAAA");
    }
}
