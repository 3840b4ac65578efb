//! Shared access signatures of Azure: a query string that says what it grants, where and until when.
//! <https://learn.microsoft.com/rest/api/storageservices/create-service-sas>

use super::jwt::day_of;
use super::{Verdict, base64};
use crate::model::Severity;

/// What ended before this day had ended when this version was made. The clock is not asked, so that the same
/// input gives the same report.
pub(super) const LONG_AGO: &str = "2026-01-01";
/// What is valid past this day was made to last.
const FAR: &str = "2028-01-01";

/// A query string, or the URL that it ends.
pub(super) fn azure(secret: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(secret).replace("&amp;", "&").replace("\\u0026", "&");
    let query = text.rsplit_once('?').map_or(text.as_str(), |(_, query)| query);
    let query = query.rsplit(' ').next().unwrap_or(query);
    let field = |name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| percent(value))
    };
    let Some(signature) = field("sig") else { return Verdict::formed(false) };
    if base64(&signature).is_none_or(|bytes| bytes.len() != 32) {
        return Verdict::formed(false).with_note("its signature is not one");
    }
    let word = |name: &str| field(name).map(|value| String::from_utf8_lossy(&value).into_owned());
    let ends =
        word("se").map(|end| match end.parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()) {
            Some(time) => day_of(time),
            None => end.chars().take(10).collect(),
        });
    let ends = ends.filter(|day| day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'));
    let permissions: String =
        word("sp").unwrap_or_default().chars().filter(char::is_ascii_lowercase).take(16).collect();
    let may = |wanted: &str| permissions.chars().any(|permission| wanted.contains(permission));
    let severity = if ends.as_deref().is_some_and(|day| day < LONG_AGO) {
        Severity::Low
    } else if word("skoid").is_some() {
        Severity::Medium
    } else if word("srt").is_some() && may("wdcup") {
        Severity::Critical
    } else if word("srt").is_some()
        || may("wdcaulp")
        || permissions.is_empty()
        || ends.as_deref().is_some_and(|day| day > FAR)
    {
        Severity::High
    } else {
        Severity::Medium
    };
    let scope = match (word("srt").is_some(), word("sr").as_deref()) {
        (true, _) => "the whole account",
        (_, Some("b")) => "one blob",
        (_, Some("c")) => "a container",
        (_, Some("d")) => "a directory",
        (_, Some("f")) => "one file",
        (_, Some("s")) => "a share",
        (_, Some("q")) => "a queue",
        _ => "",
    };
    let mut notes = Vec::new();
    if !scope.is_empty() {
        notes.push(format!("for {scope}"));
    }
    if !permissions.is_empty() {
        notes.push(format!("permissions {permissions}"));
    }
    if let Some(day) = ends {
        notes.push(format!("valid until {day}"));
    }
    Verdict::formed(true).with_severity(severity).with_note(notes.join(", "))
}

/// Undoes percent encoding.
fn percent(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Proof;

    fn verdict(fields: &str) -> Verdict {
        azure(format!("sv=2022-11-02&{fields}&sig={}%3D", "q7Zt0Lw2Vb9Xn4Rk5Ym8Pd1Sf6Gh3Jc0Ae7Bi9Do2E%2B").as_bytes())
    }

    #[test]
    fn severity_follows_scope_permissions_and_expiry() {
        let account = verdict("ss=bfqt&srt=sco&sp=rwdl&se=2051-06-30T08:00:00Z");
        assert_eq!(account.severity, Some(Severity::Critical));
        assert_eq!(account.note, "for the whole account, permissions rwdl, valid until 2051-06-30");
        assert_eq!(verdict("sr=b&sp=r&se=2027-06-30").severity, Some(Severity::Medium));
        assert_eq!(verdict("sr=c&sp=rl&se=2027-06-30").severity, Some(Severity::High));
        assert_eq!(verdict("sr=c&sp=rwl&se=2019-06-30").severity, Some(Severity::Low));
        assert_eq!(azure(b"sv=2022-11-02&sp=r&sig=signature").proof, Proof::Fails);
    }
}
