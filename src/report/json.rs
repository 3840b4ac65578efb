//! The whole outcome as one JSON object: the contract for other programs, and what `redan report` draws again.
//!
//! Its schema is `schemas/report.schema.json`. Members may be added within a version; none changes its meaning.
//! Findings of every disposition are in it: a program that counts must look at `disposition`.

use std::io::{self, Write};

use super::escape::write_json;
use super::{Reporter, Style};
use crate::model::Outcome;

pub mod declared;
pub mod read;
pub mod record;

/// JSON.
pub struct Json;

impl Reporter for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn summary(&self) -> &'static str {
        "everything, for programs; `redan report` draws it again"
    }

    fn write(&self, outcome: &Outcome, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
        write_json(out, &record::Report::of(outcome), true, false)?;
        out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(outcome: &Outcome) -> String {
        let mut out = Vec::new();
        Json.write(outcome, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn has_the_members_of_the_contract() {
        let report: serde_json::Value = serde_json::from_str(&written(&sample::outcome())).unwrap();
        for member in ["schema", "tool", "coverage", "findings", "notifications"] {
            assert!(report.get(member).is_some(), "{member}");
        }
        let finding = &report["findings"][0];
        for member in
            ["rule_id", "severity", "confidence", "disposition", "message", "fingerprint", "location", "related", "fix"]
        {
            assert!(finding.get(member).is_some(), "{member}");
        }
        for member in ["path", "line", "column", "end_line", "end_column", "member", "cell"] {
            assert!(finding["location"].get(member).is_some(), "{member}");
        }
    }

    #[test]
    fn reads_back_as_the_same_outcome() {
        let outcome = sample::outcome();
        let text = written(&outcome);
        let again = read::outcome(&text).unwrap();
        assert_eq!(again.findings.len(), outcome.findings.len());
        assert_eq!(written(&again), text);
    }

    #[test]
    fn an_unknown_schema_is_refused() {
        let error = read::outcome(r#"{"schema":"redan-report/99"}"#).unwrap_err();
        assert!(error.to_string().contains("redan-report/99"), "{error}");
        assert!(read::outcome("[]").is_err());
    }
}
