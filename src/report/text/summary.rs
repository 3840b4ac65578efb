//! The last screen of the text report: at most 24 lines, none wider than the terminal.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Color};

use super::super::escape::visible;
use super::super::leverage::{Step, steps};
use super::super::Style;
use crate::model::{NotificationKind, Outcome, Severity};

/// Lines of each part, so that the sum stays below 24.
const STEPS: usize = 6;
const FILES: usize = 4;
const NOTES: usize = 4;
/// Columns of the labels at the left.
const LABEL: usize = 14;

/// Writes the summary.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    verdict(outcome, style, out)?;
    let steps = steps(outcome);
    for (index, step) in steps.iter().take(STEPS).enumerate() {
        row(out, style, if index == 0 { "Fix first" } else { "" }, &step_text(step))?;
    }
    if steps.len() > STEPS {
        row(out, style, "", &format!("and {} further steps", steps.len() - STEPS))?;
    }
    hot_files(outcome, style, out)?;
    not_analysed(outcome, style, out)?;
    coverage(outcome, style, out)?;
    next(outcome, style, out)
}

fn verdict(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut line = String::new();
    for severity in Severity::ALL.into_iter().rev() {
        let count = outcome.reported().filter(|finding| finding.severity == severity).count();
        if count > 0 {
            let label = severity.name().to_uppercase();
            line.push_str(&format!("{}  ", painted(style, color(severity), &format!("{label} {count}"))));
        }
    }
    let reported = outcome.reported().count();
    let not_analysed = outcome.notifications.iter().filter(|note| limits_coverage(note.kind)).count();
    if reported == 0 {
        let verdict = match (outcome.coverage.files, not_analysed) {
            (0, _) => painted(style, AnsiColor::Yellow, "Nothing was analysed."),
            (_, 0) => painted(style, AnsiColor::Green, "No findings."),
            (..) => painted(style, AnsiColor::Yellow, "No findings in what was analysed."),
        };
        line.push_str(&verdict);
        line.push(' ');
    } else {
        line.push_str(&format!("{} ", plural(reported, "finding")));
    }
    for (disposition, words) in
        [("baseline", "in the baseline"), ("suppressed", "suppressed"), ("below-threshold", "below the threshold")]
    {
        let count = outcome.count(disposition);
        if count > 0 {
            line.push_str(&format!("· {count} {words} "));
        }
    }
    writeln!(out, "{}", line.trim_end())
}

fn step_text(step: &Step) -> String {
    let closes = plural(step.closes, "finding");
    let worst = match step.worst_count {
        0 => String::new(),
        count => format!(" ({count} {})", step.worst.name()),
    };
    format!("{} closes {closes}{worst}", visible(&step.action))
}

fn hot_files(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in outcome.reported() {
        *counts.entry(finding.location.path.as_str()).or_default() += 1;
    }
    if counts.len() < 2 {
        return Ok(());
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(path, count)| (std::cmp::Reverse(*count), *path));
    let files: Vec<String> =
        counts.iter().take(FILES).map(|(path, count)| format!("{} {count}", end_of(&visible(path), 40))).collect();
    let more = counts.len().saturating_sub(FILES);
    let more = if more > 0 { format!("   and {more} more") } else { String::new() };
    row(out, style, "Hot files", &format!("{}{more}", files.join("   ")))
}

/// What a reader must not take for clean.
fn not_analysed(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    // Problems of files come before notes on the run's settings.
    let mut notes: Vec<_> = outcome.notifications.iter().collect();
    notes.sort_by_key(|note| !limits_coverage(note.kind));
    for (index, note) in notes.iter().take(NOTES).enumerate() {
        let label = match (index, limits_coverage(note.kind)) {
            (0, true) => "Not analysed",
            (0, false) => "Note",
            _ => "",
        };
        let place = match (&note.path, note.line) {
            (Some(path), Some(line)) => format!("{}:{line}: ", end_of(&visible(path.as_str()), 50)),
            (Some(path), None) => format!("{}: ", end_of(&visible(path.as_str()), 50)),
            (None, _) => String::new(),
        };
        row(out, style, label, &format!("{place}{}", visible(&note.message)))?;
    }
    if notes.len() > NOTES {
        row(out, style, "", &format!("and {} further notes; -o json has all", notes.len() - NOTES))?;
    }
    Ok(())
}

fn limits_coverage(kind: NotificationKind) -> bool {
    !matches!(kind, NotificationKind::Suppression | NotificationKind::AdvisoryData)
}

fn coverage(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &outcome.coverage;
    let files = format!(
        "{}, {}, {} with {} ({} pinned)",
        plural(coverage.files as usize, "file"),
        plural(coverage.notebooks as usize, "notebook"),
        plural(coverage.manifests as usize, "manifest"),
        plural(coverage.dependencies as usize, "package"),
        coverage.pinned
    );
    row(out, style, "Coverage", &files)?;
    if !coverage.left_out.is_empty() {
        let left_out: Vec<String> =
            coverage.left_out.iter().map(|(reason, count)| format!("{count} {}", visible(reason))).collect();
        row(out, style, "Left out", &left_out.join(", "))?;
    }
    let data = match &coverage.advisories {
        Some(data) => format!("of {}, {} records ({})", visible(&data.date), data.records, visible(&data.source)),
        None => "none: packages were not checked for known flaws".to_owned(),
    };
    row(out, style, "Advisory data", &data)
}

fn next(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let worst = outcome.reported().max_by_key(|finding| (finding.severity.gate(), finding.confidence));
    let Some(worst) = worst else { return Ok(()) };
    // A command that is pasted into a shell names only what a shell takes as it is.
    let id = worst.rule.id.as_ref();
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' || byte == b'.');
    let explain = if plain { format!("redan explain {id}   ") } else { String::new() };
    row(out, style, "Next", &format!("{explain}redan scan -o html=report.html"))
}

/// One line with its label, cut to the width of the terminal.
fn row(out: &mut dyn Write, style: &Style, label: &str, text: &str) -> io::Result<()> {
    let width = style.width.max(40).saturating_sub(LABEL);
    let cut = match text.char_indices().nth(width) {
        Some(_) => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    };
    let padded = format!("{label:<LABEL$}");
    let label = if style.color && !label.is_empty() {
        let bold = anstyle::Style::new().bold();
        format!("{bold}{padded}{bold:#}")
    } else {
        padded
    };
    writeln!(out, "{}", format!("{label}{cut}").trim_end())
}

fn painted(style: &Style, color: AnsiColor, text: &str) -> String {
    if !style.color {
        return text.to_owned();
    }
    let paint = anstyle::Style::new().bold().fg_color(Some(Color::Ansi(color)));
    format!("{paint}{text}{paint:#}")
}

fn color(severity: Severity) -> AnsiColor {
    match severity {
        Severity::Critical | Severity::High | Severity::Unknown => AnsiColor::BrightRed,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::Cyan,
    }
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The last `most` characters of a path, the part that tells files apart.
fn end_of(path: &str, most: usize) -> String {
    let count = path.chars().count();
    if count <= most {
        return path.to_owned();
    }
    let kept: String = path.chars().skip(count - most + 1).collect();
    format!("…{kept}")
}
