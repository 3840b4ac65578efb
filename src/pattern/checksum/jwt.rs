//! JSON Web Tokens (RFC 7519): header and claims decode to JSON; `exp` tells when it ends.

use super::{Verdict, base64};
use crate::model::Severity;

/// `header.claims.signature`.
pub(super) fn check(secret: &[u8]) -> Verdict {
    let mut parts = secret.split(|byte| *byte == b'.');
    let json = |part: Option<&[u8]>| {
        let bytes = base64(part?)?;
        serde_json::from_slice::<serde_json::Value>(&bytes).ok().filter(serde_json::Value::is_object)
    };
    let header = json(parts.next());
    let claims = json(parts.next());
    let names = |json: &Option<serde_json::Value>, names: &[&str]| {
        json.as_ref().is_some_and(|json| names.iter().any(|name| json.get(name).is_some()))
    };
    // Claims without a header are a token that somebody damaged, perhaps on purpose.
    if !names(&header, &["alg", "enc", "typ"]) && !names(&claims, &["iss", "sub", "aud", "exp", "nbf", "iat"]) {
        return Verdict::formed(false);
    }
    // The example of PyJWT's description, which is in every report of what pip installs.
    if claims.as_ref().is_some_and(|claims| *claims == serde_json::json!({"some": "payload"})) {
        return Verdict::formed(false);
    }
    let mut notes = Vec::new();
    let text = |name: &str| {
        let value = claims.as_ref()?.get(name)?.as_str()?;
        (value.len() <= 80 && value.bytes().all(|byte| byte.is_ascii_graphic())).then(|| value.to_owned())
    };
    if let Some(issuer) = text("iss") {
        notes.push(format!("issued by {issuer}"));
    }
    let expiry = claims.as_ref().and_then(|claims| claims.get("exp")?.as_i64());
    let expiry = expiry.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let mut verdict = Verdict::formed(true);
    if let Some(expiry) = expiry {
        let day = day_of(expiry);
        // The clock is not asked, so that the same input gives the same report: the reader compares the date.
        notes.push(format!("valid until {day}"));
        if day.as_str() < super::sas::LONG_AGO {
            verdict = verdict.with_severity(Severity::Low);
        }
    }
    verdict.with_note(notes.join(", "))
}

/// `YYYY-MM-DD`, UTC.
pub(super) fn day_of(time: jiff::Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Proof;

    #[test]
    fn header_and_expiry_are_read() {
        let header = ["eyJhbGciOiJI", "UzI1NiJ9"].concat();
        let claims = "eyJpc3MiOiJtZSIsImV4cCI6MTkwMDAwMDAwMH0"; // {"iss":"me","exp":1900000000}
        let verdict = check(format!("{header}.{claims}.c2ln").as_bytes());
        assert_eq!((verdict.proof, verdict.note.as_str()), (Proof::Formed, "issued by me, valid until 2030-03-17"));
        assert_eq!(check(format!("eyJhb.{claims}.c2ln").as_bytes()).proof, Proof::Formed);
        assert_eq!(check(b"a.b.c").proof, Proof::Fails);
        assert_eq!(check(format!("{header}.eyJzb21lIjoicGF5bG9hZCJ9.c2ln").as_bytes()).proof, Proof::Fails);
    }
}
