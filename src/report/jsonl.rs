//! JSON Lines: one object a line, for streams and `jq`. Each says what it is in `type`: `run` (first), `finding`,
//! `notification`.

use std::io::{self, Write};

use serde::Serialize;

use super::escape::write_json;
use super::json::record;
use super::{Reporter, Style};
use crate::model::Outcome;

/// One JSON object a line.
pub struct Jsonl;

impl Reporter for Jsonl {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn summary(&self) -> &'static str {
        "one JSON object a line, for streams"
    }

    fn write(&self, outcome: &Outcome, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let empty = Outcome { coverage: outcome.coverage.clone(), ..Outcome::default() };
        let record::Report { schema, tool, coverage, .. } = record::Report::of(&empty);
        line(out, &Line::Run { schema, tool, coverage })?;
        for finding in &outcome.findings {
            line(out, &Line::Finding(Box::new(record::Finding::of(finding))))?;
        }
        for notification in &outcome.notifications {
            line(out, &Line::Notification(record::Notification::of(notification)))?;
        }
        Ok(())
    }
}

/// What stands on one line.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line {
    Run { schema: String, tool: record::Tool, coverage: record::Coverage },
    Finding(Box<record::Finding>),
    Notification(record::Notification),
}

fn line(out: &mut dyn Write, line: &Line) -> io::Result<()> {
    write_json(out, line, false, false)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn every_line_is_an_object_with_a_type() {
        for outcome in [sample::outcome(), sample::hostile()] {
            let mut out = Vec::new();
            Jsonl.write(&outcome, &Style::default(), &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let types: Vec<String> = text
                .lines()
                .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(types.first().unwrap(), "run");
            assert_eq!(types.len(), 1 + outcome.findings.len() + outcome.notifications.len());
        }
    }
}
