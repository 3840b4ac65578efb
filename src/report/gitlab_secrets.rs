//! `gl-secret-detection-report.json` of GitLab, for `artifacts:reports:secret_detection`.

use std::io::{self, Write};

use serde_json::json;

use super::escape::write_json;
use super::{Reporter, Style, gitlab};
use crate::model::{Group, Outcome};

/// GitLab's report of secrets.
pub struct GitlabSecrets;

impl Reporter for GitlabSecrets {
    fn name(&self) -> &'static str {
        "gitlab-secrets"
    }

    fn summary(&self) -> &'static str {
        "GitLab's secret detection report"
    }

    fn write(&self, outcome: &Outcome, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let secrets = outcome.reported().filter(|finding| finding.rule.group == Group::Secrets);
        let vulnerabilities = secrets
            .map(|finding| {
                let (start, end) = (finding.location.start.line, finding.location.end.line);
                let location = json!({
                    "file": gitlab::text(finding.location.path.as_str(), 1_024),
                    // The schema demands the commit where history was searched; the scan is of the files as they are.
                    "commit": { "sha": "0000000" },
                    "start_line": start,
                    "end_line": end.max(start),
                });
                let mut entry = gitlab::vulnerability(finding, location);
                if let Some(entry) = entry.as_object_mut() {
                    // Redacted, as everything here; the schema demands the member.
                    entry.insert("raw_source_code_extract".to_owned(), json!("[redacted]"));
                }
                entry
            })
            .collect();
        write_json(out, &gitlab::report(outcome, "secret_detection", vulnerabilities), true, false)?;
        out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_whole_report() {
        let mut out = Vec::new();
        GitlabSecrets.write(&sample::outcome(), &Style::default(), &mut out).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
        insta::assert_json_snapshot!(report, {
            ".scan.analyzer.version" => "[version]",
            ".scan.scanner.version" => "[version]",
        });
    }
}
