//! Workflow commands of GitHub Actions: annotations on a run, for forks and repositories without code scanning.
//!
//! GitHub keeps 10 errors, 10 warnings and 10 notices of one step, so the worst come first and the rest is counted.
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use std::io::{self, Write};

use super::escape::{workflow_message, workflow_property};
use super::{Reporter, Style};
use crate::model::{Finding, NotificationKind, Outcome, Severity};

/// Annotations of one level that a step keeps.
const KEPT: usize = 10;

/// Annotations of GitHub Actions.
pub struct Github;

impl Reporter for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn summary(&self) -> &'static str {
        "annotations of GitHub Actions"
    }

    fn write(&self, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut findings: Vec<&Finding> = outcome.findings.iter().filter(|finding| style.shows(finding)).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse((finding.severity.gate(), finding.confidence)));
        let mut kept: [usize; 3] = [0; 3];
        let mut left = 0;
        for finding in findings {
            let (index, level) = level(finding.severity);
            let count = kept.get_mut(index).map_or(0, |count| {
                *count += 1;
                *count
            });
            // One place of each level is for what is said at the end.
            if count < KEPT {
                annotation(finding, level, out)?;
            } else {
                left += 1;
            }
        }
        if left > 0 {
            writeln!(out, "::notice title=redan::{left} more findings are in the log and in the other reports.")?;
        }
        let unread = outcome.notifications.iter().filter(|note| note.kind != NotificationKind::Suppression);
        let (count, first) = (unread.clone().count(), unread.clone().next());
        if let Some(first) = first {
            let place = first.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
            let message = workflow_message(&format!("{place}{}", first.message));
            writeln!(out, "::warning title=redan%3A not wholly analysed::{count} notes, the first: {message}")?;
        }
        Ok(())
    }
}

fn annotation(finding: &Finding, level: &str, out: &mut dyn Write) -> io::Result<()> {
    let (start, end) = (finding.location.start, finding.location.end);
    write!(
        out,
        "::{level} file={},line={},endLine={}",
        workflow_property(finding.location.path.as_str()),
        start.line,
        start.line.max(if end.line == start.line { end.line } else { start.line })
    )?;
    if end.line == start.line && end.column > start.column {
        write!(out, ",col={},endColumn={}", start.column, end.column)?;
    }
    let mut message = finding.message.clone();
    if let Some(place) = super::text::spoken(&finding.location) {
        message.push_str(&format!(" ({place})"));
    }
    if !finding.advice.is_empty() {
        message.push_str(&format!(" Next: {}", finding.advice));
    }
    let title = format!("{} ({})", finding.rule.id, finding.severity.name());
    writeln!(out, ",title={}::{}", workflow_property(&title), workflow_message(&message))
}

fn level(severity: Severity) -> (usize, &'static str) {
    match severity {
        Severity::Critical | Severity::High | Severity::Unknown => (0, "error"),
        Severity::Medium => (1, "warning"),
        Severity::Low => (2, "notice"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(outcome: &Outcome) -> String {
        let mut out = Vec::new();
        Github.write(outcome, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_whole_report() {
        insta::assert_snapshot!(written(&sample::outcome()));
    }

    #[test]
    fn hostile_text_makes_no_command_of_its_own() {
        for line in written(&sample::hostile()).lines() {
            let (properties, message) = line.split_once("::").and_then(|(_, rest)| rest.split_once("::")).unwrap();
            assert!(properties.starts_with("error ") || properties.starts_with("warning ") || properties.starts_with("notice "));
            assert!(!message.is_empty());
            assert_eq!(properties.matches(",line=").count() + properties.matches("title=redan").count(), 1, "{properties}");
        }
    }

    #[test]
    fn no_level_has_more_than_github_keeps() {
        let text = written(&sample::many(200));
        for level in ["::error", "::warning", "::notice"] {
            assert!(text.lines().filter(|line| line.starts_with(level)).count() <= KEPT);
        }
        assert!(text.contains("more findings"));
    }
}
