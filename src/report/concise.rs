//! One line a finding, for editors, grep and logs: `path:line:column: severity[rule] message`.

use std::io::{self, Write};

use super::escape::visible;
use super::{Reporter, Style};
use crate::model::Outcome;

/// One line a finding.
pub struct Concise;

impl Reporter for Concise {
    fn name(&self) -> &'static str {
        "concise"
    }

    fn summary(&self) -> &'static str {
        "one line a finding, for editors and grep"
    }

    fn write(&self, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let shown = outcome.findings.iter().filter(|finding| style.shows(finding));
        for finding in shown {
            let start = finding.location.start;
            write!(
                out,
                "{}:{}:{}: {}[{}] {}",
                visible(finding.location.path.as_str()),
                start.line,
                start.column,
                finding.severity.name(),
                visible(&finding.rule.id),
                visible(finding.message.trim_end_matches('.')),
            )?;
            if let Some(place) = super::text::spoken(&finding.location) {
                write!(out, " ({place})")?;
            }
            if !finding.is_reported() {
                write!(out, " [{}]", finding.disposition.name())?;
            }
            writeln!(out)?;
        }
        for notification in &outcome.notifications {
            if let Some(path) = &notification.path {
                write!(out, "{}:{}: ", visible(path.as_str()), notification.line.unwrap_or(1))?;
            }
            writeln!(out, "note[{}] {}", notification.kind.name(), visible(notification.message.trim_end_matches('.')))?;
        }
        let reported = outcome.reported().count();
        let findings = match reported {
            0 => "no findings".to_owned(),
            1 => "1 finding".to_owned(),
            count => format!("{count} findings"),
        };
        let files = outcome.coverage.files;
        writeln!(out, "{findings} in {files} file{}", if files == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(outcome: &Outcome) -> String {
        let mut out = Vec::new();
        Concise.write(outcome, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_whole_report() {
        insta::assert_snapshot!(written(&sample::outcome()));
    }

    #[test]
    fn hostile_names_make_no_line_of_their_own() {
        let outcome = sample::hostile();
        let text = written(&outcome);
        assert_eq!(text.lines().count(), outcome.reported().count() + outcome.notifications.len() + 1);
    }
}
