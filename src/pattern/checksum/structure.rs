//! Tokens that are base64 of something with a form: JSON, `number:bytes`, `reftkn:…`.

use super::{Verdict, base64};

/// Base64 of a JSON object, after an optional prefix that ends with `_`.
pub(super) fn json(secret: &[u8]) -> Verdict {
    let body = secret.iter().position(|byte| *byte == b'_').map_or(secret, |at| &secret[at + 1..]);
    let is_object = |text: &[u8]| {
        base64(text).is_some_and(|bytes| {
            serde_json::from_slice::<serde_json::Value>(&bytes).is_ok_and(|value| value.is_object())
        })
    };
    Verdict::formed(is_object(body) || is_object(secret))
}

/// Base64 of a decimal number, a colon and bytes (Jira and Bitbucket data centre).
pub(super) fn number_and_bytes(secret: &[u8]) -> Verdict {
    let body = secret.strip_prefix(b"BBDC-").unwrap_or(secret);
    let formed = base64(body).is_some_and(|bytes| {
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        digits >= 4 && bytes.get(digits) == Some(&b':')
    });
    Verdict::formed(formed)
}

/// Base64 of `reftkn:` and what follows (JFrog).
pub(super) fn reference_token(secret: &[u8]) -> Verdict {
    Verdict::formed(base64(secret).is_some_and(|bytes| bytes.starts_with(b"reftkn:")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Proof;

    #[test]
    fn forms_are_looked_into() {
        assert_eq!(json(b"eyJhIjoxfQ==").proof, Proof::Formed);
        assert_eq!(json(b"glc_eyJhIjoxfQ==").proof, Proof::Formed);
        assert_eq!(json(b"eyJhIjo").proof, Proof::Fails);
        assert_eq!(number_and_bytes(b"MTIzNDU2OmFiYw==").proof, Proof::Formed);
        assert_eq!(number_and_bytes(b"YWJjOmFiYw==").proof, Proof::Fails);
        assert_eq!(reference_token(b"cmVmdGtuOjAx").proof, Proof::Formed);
    }
}
