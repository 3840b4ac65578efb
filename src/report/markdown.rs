//! Markdown for the step summary of GitHub Actions, and for comments: verdict, what to do first, the worst findings.
//!
//! A summary may have 1 MiB and a comment 65,536 characters, so it stays below 60,000 bytes.

use std::io::{self, Write};

use super::escape::{markdown, markdown_code};
use super::leverage::steps;
use super::{Reporter, Style};
use crate::model::{Finding, Outcome, Severity};

/// Rows that are shown at once, rows in the fold, and bytes in all.
const FIRST_ROWS: usize = 25;
const MORE_ROWS: usize = 175;
const MAX_BYTES: usize = 60_000;
/// Characters of a message.
const MAX_MESSAGE: usize = 200;

/// Markdown.
pub struct Markdown;

impl Reporter for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn summary(&self) -> &'static str {
        "a summary for GitHub's step summary and for comments"
    }

    fn write(&self, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut text = verdict(outcome);
        first(outcome, &mut text);
        notes(outcome, &mut text);
        let end = coverage(outcome);
        table(outcome, style, MAX_BYTES - end.len(), &mut text);
        out.write_all(text.as_bytes())?;
        out.write_all(end.as_bytes())
    }
}

fn verdict(outcome: &Outcome) -> String {
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .filter_map(|severity| {
            let count = outcome.reported().filter(|finding| finding.severity == severity).count();
            (count > 0).then(|| format!("**{count} {}**", severity.name()))
        })
        .collect();
    let verdict = match (counts.is_empty(), outcome.coverage.files, outcome.notifications.is_empty()) {
        (true, 0, _) => "Nothing was analysed.".to_owned(),
        (true, _, true) => "No findings.".to_owned(),
        (true, _, false) => "No findings in what was analysed.".to_owned(),
        (false, ..) => counts.join(" · "),
    };
    let mut text = format!("## redan\n\n{verdict}");
    for (disposition, words) in [("baseline", "in the baseline"), ("suppressed", "suppressed")] {
        let count = outcome.count(disposition);
        if count > 0 {
            text.push_str(&format!(" · {count} {words}"));
        }
    }
    text.push_str("\n\n");
    text
}

fn first(outcome: &Outcome, text: &mut String) {
    let steps = steps(outcome);
    if steps.is_empty() {
        return;
    }
    text.push_str("### Fix first\n\n");
    for step in steps.iter().take(8) {
        let noun = if step.closes == 1 { "finding" } else { "findings" };
        text.push_str(&format!("- {} closes {} {noun}\n", markdown(&cut(&step.action)), step.closes));
    }
    text.push('\n');
}

fn notes(outcome: &Outcome, text: &mut String) {
    if outcome.notifications.is_empty() {
        return;
    }
    text.push_str("### Not analysed, and other notes\n\n");
    for note in outcome.notifications.iter().take(10) {
        let place = note.path.as_ref().map(|path| format!("{}: ", markdown_code(&cut(path.as_str())))).unwrap_or_default();
        text.push_str(&format!("- {place}{}\n", markdown(&cut(&note.message))));
    }
    if outcome.notifications.len() > 10 {
        text.push_str(&format!("- and {} more\n", outcome.notifications.len() - 10));
    }
    text.push('\n');
}

fn table(outcome: &Outcome, style: &Style, most: usize, text: &mut String) {
    const HEAD: &str = "| severity | place | finding | next |\n|---|---|---|---|\n";
    let mut findings: Vec<&Finding> = outcome.findings.iter().filter(|finding| style.shows(finding)).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse((finding.severity.gate(), finding.confidence)));
    if findings.is_empty() {
        return;
    }
    text.push_str(&format!("### Findings\n\n{HEAD}"));
    let mut shown = 0;
    for (index, finding) in findings.iter().take(FIRST_ROWS + MORE_ROWS).enumerate() {
        let row = row(finding);
        // Room for what closes the fold and says how many are left.
        if text.len() + row.len() + 300 > most {
            break;
        }
        if index == FIRST_ROWS {
            text.push_str(&format!("\n<details><summary>More findings</summary>\n\n{HEAD}"));
        }
        text.push_str(&row);
        shown += 1;
    }
    if shown > FIRST_ROWS {
        text.push_str("\n</details>\n");
    }
    if shown < findings.len() {
        text.push_str(&format!("\n{} further findings are in the other reports.\n", findings.len() - shown));
    }
    text.push('\n');
}

fn row(finding: &Finding) -> String {
    let place = format!("{}:{}", finding.location.path, finding.location.start.line);
    format!(
        "| {} | {} | {} {} | {} |\n",
        finding.severity.name(),
        markdown_code(&cut(&place)),
        markdown_code(&cut(&finding.rule.id)),
        markdown(&cut(&finding.message)),
        markdown(&cut(&finding.advice))
    )
}

fn coverage(outcome: &Outcome) -> String {
    let coverage = &outcome.coverage;
    let data = match &coverage.advisories {
        Some(data) => format!("advisory data of {}, {} records", markdown(&data.date), data.records),
        None => "**no advisory data: packages were not checked**".to_owned(),
    };
    format!(
        "{} files, {} notebooks, {} packages in {} manifests; {data}.\n",
        coverage.files, coverage.notebooks, coverage.dependencies, coverage.manifests
    )
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_MESSAGE) {
        Some(_) => text.chars().take(MAX_MESSAGE - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(outcome: &Outcome) -> String {
        let mut out = Vec::new();
        Markdown.write(outcome, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_whole_report() {
        insta::assert_snapshot!(written(&sample::outcome()));
    }

    #[test]
    fn hostile_text_is_text() {
        let text = written(&sample::hostile());
        for wrong in ["<script", "<img", "](", "@everyone", "::error"] {
            assert!(!text.contains(wrong), "{wrong}: {text}");
        }
        // Every row of the table has four cells.
        for row in text.lines().filter(|line| line.starts_with("| ")) {
            assert_eq!(row.replace("\\|", "").matches('|').count(), 5, "{row}");
        }
    }

    #[test]
    fn it_stays_small() {
        let text = written(&sample::many(30_000));
        assert!(text.len() < MAX_BYTES && text.contains("further findings"), "{}", text.len());
    }
}
