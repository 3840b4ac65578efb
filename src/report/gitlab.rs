//! What the two security reports of GitLab share: scan, scanner, vulnerability.
//!
//! Not a reporter. Schema 15: <https://gitlab.com/gitlab-org/security-products/security-report-schemas>. It demands a
//! start and end time of the scan; both are the day of the advisory data, because the same input gives the same bytes.

use serde_json::{Value, json};

use super::escape::visible;
use crate::model::{Finding, Outcome, Severity};

/// The version of the schema.
const VERSION: &str = "15.0.7";

/// The report around `vulnerabilities`; `kind` is `secret_detection` or `dependency_scanning`.
pub(super) fn report(outcome: &Outcome, kind: &str, vulnerabilities: Vec<Value>) -> Value {
    let day = outcome.coverage.advisories.as_ref().map(|data| data.date.as_str());
    let day = day.filter(|day| day.parse::<jiff::civil::Date>().is_ok()).unwrap_or("1970-01-01");
    let time = format!("{day}T00:00:00");
    let tool = json!({
        "id": "redan",
        "name": "redan",
        "url": env!("CARGO_PKG_REPOSITORY"),
        "version": env!("CARGO_PKG_VERSION"),
        "vendor": { "name": "redan" },
    });
    let messages: Vec<Value> = outcome
        .notifications
        .iter()
        .take(1_000)
        .map(|note| {
            let place = note.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
            json!({ "level": "warn", "value": text(&format!("{place}{}", note.message), 1_000) })
        })
        .collect();
    json!({
        "version": VERSION,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": kind,
            "start_time": time,
            "end_time": time,
            "status": "success",
            "messages": messages,
        },
        "vulnerabilities": vulnerabilities,
    })
}

/// One vulnerability; the caller adds `location`.
pub(super) fn vulnerability(finding: &Finding, location: Value) -> Value {
    let mut identifiers =
        vec![json!({ "type": "redan", "name": text(&finding.rule.id, 255), "value": text(&finding.rule.id, 255) })];
    for id in finding.package.iter().flat_map(|package| &package.ids).filter(|id| **id != finding.rule.id).take(18) {
        let kind = id.split('-').next().unwrap_or_default().to_ascii_lowercase();
        if matches!(kind.as_str(), "cve" | "ghsa" | "pysec" | "osv") {
            identifiers.push(json!({ "type": kind, "name": text(id, 255), "value": text(id, 255) }));
        }
    }
    json!({
        "id": uuid(finding),
        "name": text(finding.message.trim_end_matches('.'), 255),
        "description": text(&finding.rule.summary, 1_048),
        "severity": severity(finding.severity),
        "solution": text(&finding.advice, 7_000),
        "identifiers": identifiers,
        "location": location,
    })
}

/// Visible text of at most `most` characters, as the schema limits it; never empty.
pub(super) fn text(text: &str, most: usize) -> String {
    let text = visible(text);
    if text.is_empty() { "-".to_owned() } else { text.chars().take(most).collect() }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::Unknown => "Unknown",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

/// The fingerprint in the shape of a UUID of version 8 (RFC 9562: vendor-specific), with the ordinal folded in.
fn uuid(finding: &Finding) -> String {
    let digest = finding.fingerprint.digest();
    let bits = u128::from_str_radix(digest, 16).unwrap_or_default() ^ u128::from(finding.fingerprint.ordinal - 1);
    let bits = (bits & !(0xF << 76) & !(0x3 << 62)) | (8 << 76) | (2 << 62);
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}
