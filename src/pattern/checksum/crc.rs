//! Tokens that end with a CRC32 of themselves: GitHub, npm, Grafana, Atlassian.
//!
//! GitHub describes its form at
//! <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>.

use super::Verdict;

/// `ghp_`, `npm_` and the like: the last six characters are the CRC32 of the thirty before, in base62. GitHub shows refresh
/// tokens of 76 characters as well and says nothing of their end.
pub(super) fn prefixed(secret: &[u8]) -> Verdict {
    let holds = || {
        let at = secret.iter().position(|byte| *byte == b'_')?;
        let (body, sum) = secret.get(at + 1..)?.split_last_chunk::<6>()?;
        Some(base62(crc32fast::hash(body)) == *sum)
    };
    let is_published = secret.rsplit(|byte| *byte == b'_').next().is_some_and(|body| body.len() == 36);
    match holds().unwrap_or(false) {
        false if !is_published => Verdict::formed(true),
        holds => Verdict::proof(holds),
    }
}

/// `glsa_` + 32 + `_` + 8: the hexadecimal digits are the CRC32 of what stands before them, least byte first.
/// Three of nine public samples hold.
pub(super) fn grafana(secret: &[u8]) -> Verdict {
    let holds = || {
        let (head, sum) = secret.split_last_chunk::<8>()?;
        let head = head.strip_suffix(b"_")?;
        let expected = crc32fast::hash(head).swap_bytes();
        Some(format!("{expected:08x}").as_bytes().eq_ignore_ascii_case(sum))
    };
    Verdict::hint(holds().unwrap_or(false))
}

/// `ATATT…=` + 8: the hexadecimal digits are the CRC32 of all before them. Two of five public samples hold.
pub(super) fn atlassian(secret: &[u8]) -> Verdict {
    let holds = || {
        let (head, sum) = secret.split_last_chunk::<8>()?;
        Some(format!("{:08X}", crc32fast::hash(head)).as_bytes() == sum)
    };
    Verdict::hint(holds().unwrap_or(false))
}

fn base62(mut number: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Proof;

    #[test]
    fn checksums_hold_for_what_they_were_made_of_alone() {
        let body = "kqZ3vTn81LwYp0RsXbDfMh5GjA7cQe";
        let token = format!("gh{}_{body}{}", "p", String::from_utf8_lossy(&base62(crc32fast::hash(body.as_bytes()))));
        assert_eq!(prefixed(token.as_bytes()).proof, Proof::Holds);
        assert_eq!(prefixed(token.replace("kqZ3", "kqZ4").as_bytes()).proof, Proof::Fails);
        assert_eq!(prefixed(format!("gh{}_{}", "r", body.repeat(3)).as_bytes()).proof, Proof::Formed);
        let head = format!("gl{}_{}", "sa", "kqZ3vTn81LwYp0RsXbDfMh5GjA7cQeUu");
        let token = format!("{head}_{:08x}", crc32fast::hash(head.as_bytes()).swap_bytes());
        assert_eq!(grafana(token.as_bytes()).proof, Proof::Holds);
        assert_eq!(grafana(token.replace("kq", "qk").as_bytes()).proof, Proof::Formed);
        assert_eq!(atlassian(b"short").proof, Proof::Formed);
    }
}
