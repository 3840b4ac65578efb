//! SARIF 2.1.0 as GitHub code scanning, GitHub Advanced Security for Azure DevOps and GitLab take it: one run,
//! worst results first, within all limits.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>,
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>
//!
//! The crate `serde-sarif` is named below this module only.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::escape::write_json;
use super::{Reporter, Style};
use crate::model::{Finding, Outcome};

mod descriptor;
mod place;
mod run;

/// Results that GitHub takes in one run.
const MAX_RESULTS: usize = 25_000;
/// Results that GitHub shows of one run.
const SHOWN_RESULTS: usize = 5_000;
/// Bytes that GitHub takes after gzip (10 MB), less a reserve.
const MAX_COMPRESSED: usize = 9_500_000;

/// SARIF.
pub struct Sarif;

impl Reporter for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn summary(&self) -> &'static str {
        "GitHub and GitLab code scanning, Azure DevOps, editors"
    }

    fn write(&self, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let findings = worst_first(outcome, style);
        let mut kept = findings.len().min(MAX_RESULTS);
        let mut text = document(outcome, style, &findings, kept)?;
        // A file past the limit is refused whole, so fewer results are better than all: halve until it fits.
        while text.len() > MAX_COMPRESSED && kept > 1 && compressed_len(&text)? > MAX_COMPRESSED {
            kept /= 2;
            text = document(outcome, style, &findings, kept)?;
        }
        out.write_all(&text)
    }
}

/// The findings to write: reported ones, and suppressed ones where asked for. GitHub opens an alert even for a result
/// that is marked as suppressed, so they are left out unless asked for.
fn worst_first<'o>(outcome: &'o Outcome, style: &Style) -> Vec<&'o Finding> {
    let mut findings: Vec<&Finding> = outcome.findings.iter().filter(|finding| style.shows(finding)).collect();
    // Stable, so findings of equal weight keep their order by path.
    findings.sort_by_key(|finding| std::cmp::Reverse((finding.severity.gate(), finding.confidence)));
    findings
}

fn document(outcome: &Outcome, style: &Style, findings: &[&Finding], kept: usize) -> io::Result<Vec<u8>> {
    let mut notes = Vec::new();
    if kept < findings.len() {
        notes.push(format!(
            "{} of {} results are left out, the least severe, because of the limits of code scanning; \
             the text and JSON reports have all.",
            findings.len() - kept,
            findings.len()
        ));
    }
    if kept > SHOWN_RESULTS {
        notes.push(format!("GitHub shows the {SHOWN_RESULTS} most severe results of one file; this one has {kept}."));
    }
    let run = run::run(outcome, style, findings.get(..kept).unwrap_or(findings), &notes);
    let sarif = serde_sarif::sarif::Sarif::builder()
        .schema("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
        .version(serde_json::json!("2.1.0"))
        .runs(vec![run])
        .build();
    let mut text = Vec::new();
    write_json(&mut text, &sarif, true, false)?;
    text.push(b'\n');
    Ok(text)
}

fn compressed_len(text: &[u8]) -> io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text)?;
    Ok(encoder.finish()?.len())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use serde_json::Value;

    fn written(outcome: &Outcome, style: &Style) -> Value {
        let mut out = Vec::new();
        Sarif.write(outcome, style, &mut out).unwrap();
        // Handy for trying a validator by hand.
        if let Ok(folder) = std::env::var("REDAN_SARIF_OUT") {
            std::fs::write(format!("{folder}/{}.sarif", outcome.findings.len()), &out).unwrap();
        }
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_whole_run() {
        let version = env!("CARGO_PKG_VERSION");
        insta::assert_json_snapshot!(written(&sample::outcome(), &Style::default()), {
            ".runs[0].tool.driver.version" => insta::dynamic_redaction(move |value, _| { assert_eq!(value.as_str(), Some(version)); "[version]" }),
            ".runs[0].tool.driver.semanticVersion" => "[version]",
        });
    }

    #[test]
    fn suppressed_results_are_left_out_unless_asked_for() {
        let shown = |show_suppressed| {
            let style = Style { show_suppressed, ..Style::default() };
            written(&sample::outcome(), &style)["runs"][0]["results"].as_array().unwrap().len()
        };
        assert_eq!((shown(false), shown(true)), (4, 6));
    }

    #[test]
    fn every_result_has_a_relative_place_on_one_line() {
        for outcome in [sample::outcome(), sample::hostile()] {
            let log = written(&outcome, &Style::default());
            for result in log["runs"][0]["results"].as_array().unwrap() {
                let place = &result["locations"][0]["physicalLocation"];
                let uri = place["artifactLocation"]["uri"].as_str().unwrap();
                assert!(!uri.is_empty() && !uri.starts_with('/') && !uri.contains(':'), "{uri}");
                assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri}");
                assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
                assert!(place["region"].get("endLine").is_none_or(|end| *end == place["region"]["startLine"]));
                assert!(result["message"]["text"].as_str().is_some_and(|text| !text.contains("](")));
            }
        }
    }

    #[test]
    fn columns_count_utf16_units() {
        let log = written(&sample::outcome(), &Style::default());
        let results = log["runs"][0]["results"].as_array().unwrap();
        let secret = results.iter().find(|result| result["ruleId"] == "azure-storage-key").unwrap();
        let region = &secret["locations"][0]["physicalLocation"]["region"];
        // ` "source": ["é😀 key = '` is 23 characters, one of which takes two units.
        assert_eq!((region["startLine"].as_u64(), region["startColumn"].as_u64()), (Some(2), Some(25)));
    }

    #[test]
    fn a_large_run_is_cut_worst_first_and_says_so() {
        let log = written(&sample::many(30_000), &Style::default());
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), MAX_RESULTS);
        assert_eq!(results[0]["level"], "error");
        let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
        assert!(notes.contains("5000 of 30000 results are left out"), "{notes}");
    }

    #[test]
    fn the_profile_for_azure_devops_names_the_pipeline() {
        let style = Style { sarif_profile: crate::report::SarifProfile::Azdo, ..Style::default() };
        let log = written(&sample::outcome(), &style);
        let details = &log["runs"][0]["automationDetails"];
        assert!(details["id"].as_str().unwrap().starts_with("azuredevops/pipeline/build/"));
        assert_eq!(details["properties"]["azuredevops/pipeline/build/buildDefinitionId"], "-1");
    }

    #[test]
    fn fingerprints_are_semantic_unless_github_s_are_asked_for() {
        let style = Style { sarif_github_fingerprint: true, sarif_category: Some("nightly".to_owned()), ..Style::default() };
        let log = written(&sample::outcome(), &style);
        let prints = &log["runs"][0]["results"][0]["partialFingerprints"];
        assert!(prints.get("primaryLocationLineHash").is_none() && prints.get("redan/v1").is_some());
        assert_eq!(log["runs"][0]["automationDetails"]["id"], "nightly/");
    }
}
