//! Comma-separated values (RFC 4180) for spreadsheets: one line a finding, one a notification.

use std::io::{self, Write};

use super::escape::csv;
use super::{Reporter, Style};
use crate::model::Outcome;

/// The columns.
const COLUMNS: &str = "severity,confidence,rule,group,path,line,column,place,message,advice,package,declared,fixed,disposition,fingerprint";

/// Comma-separated values.
pub struct Csv;

impl Reporter for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn summary(&self) -> &'static str {
        "a table for spreadsheets"
    }

    fn write(&self, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{COLUMNS}\r\n")?;
        for finding in outcome.findings.iter().filter(|finding| style.shows(finding)) {
            let package = finding.package.as_ref();
            let fingerprint = finding.fingerprint.to_string();
            let (line, column) = (finding.location.start.line.to_string(), finding.location.start.column.to_string());
            let fields = [
                finding.severity.name(),
                finding.confidence.name(),
                &finding.rule.id,
                finding.rule.group.name(),
                finding.location.path.as_str(),
                &line,
                &column,
                &super::text::spoken(&finding.location).unwrap_or_default(),
                &finding.message,
                &finding.advice,
                package.map_or("", |package| &package.name),
                package.map_or("", |package| &package.declared),
                package.and_then(|package| package.fixed.as_deref()).unwrap_or_default(),
                finding.disposition.name(),
                &fingerprint,
            ];
            record(&fields, out)?;
        }
        for note in &outcome.notifications {
            let line = note.line.map(|line| line.to_string()).unwrap_or_default();
            let path = note.path.as_ref().map_or("", |path| path.as_str());
            let kind = note.kind.name();
            record(&["", "", kind, "", path, &line, "", "", &note.message, "", "", "", "", "notification", ""], out)?;
        }
        Ok(())
    }
}

fn record(fields: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let fields: Vec<String> = fields.iter().map(|field| csv(field)).collect();
    write!(out, "{}\r\n", fields.join(","))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn every_line_has_every_column_whatever_the_text() {
        for outcome in [sample::outcome(), sample::hostile()] {
            let mut out = Vec::new();
            Csv.write(&outcome, &Style::default(), &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let lines: Vec<&str> = text.split_terminator("\r\n").collect();
            assert_eq!(lines.len(), 1 + outcome.reported().count() + outcome.notifications.len());
            for line in &lines[1..] {
                let fields = fields(line);
                assert_eq!(fields.len(), COLUMNS.split(',').count(), "{line}");
                assert!(!fields.iter().any(|field| field.starts_with(['=', '+', '@'])), "{line}");
            }
        }
    }
    /// Reads one record of quoted fields.
    fn fields(line: &str) -> Vec<String> {
        let inner = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap();
        inner.split("\",\"").map(|field| field.replace("\"\"", "\"")).collect()
    }
}
