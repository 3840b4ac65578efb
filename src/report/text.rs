//! The report for a person at a terminal: annotated lines, then a last screen that says what to do first, what was
//! not analysed, and how old the advisory data is.
//!
//! Flaws of one package at one place are one block, because one upgrade answers them all.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::escape::visible;
use super::{Reporter, Style};
use crate::model::{self, Finding, Logical, Outcome, Severity};

mod summary;

/// Flaws of one package that a block names one by one.
const MAX_LISTED: usize = 6;

/// Text for a terminal.
pub struct Text;

impl Reporter for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn summary(&self) -> &'static str {
        "annotated lines and a summary, for people (the default)"
    }

    fn write(&self, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(style.width.max(40));
        for block in blocks(outcome, style) {
            let mut places = Places::default();
            let drawn = renderer.render(&[drawn(&block, style, &mut places)]);
            writeln!(out, "{}\n", places.corrected(drawn))?;
        }
        summary::write(outcome, style, out)
    }
}

/// Findings that are drawn together; never empty. The worst comes first.
type Block<'o> = Vec<&'o Finding>;

/// The blocks in the order of the outcome.
fn blocks<'o>(outcome: &'o Outcome, style: &Style) -> Vec<Block<'o>> {
    let mut blocks: Vec<Block<'o>> = Vec::new();
    for finding in outcome.findings.iter().filter(|finding| style.shows(finding)) {
        // Equal places follow each other, so only the last block can be joined.
        match blocks.last_mut() {
            Some(block) if block.first().is_some_and(|first| belong_together(first, finding)) => block.push(finding),
            _ => blocks.push(vec![finding]),
        }
    }
    for block in &mut blocks {
        block.sort_by_key(|finding| std::cmp::Reverse((finding.severity.gate(), finding.confidence)));
    }
    blocks
}

fn belong_together(a: &Finding, b: &Finding) -> bool {
    let name = |finding: &Finding| finding.package.as_ref().map(|package| package.name.clone());
    name(a).is_some()
        && name(a) == name(b)
        && a.location.path == b.location.path
        && a.location.span == b.location.span
        && a.disposition == b.disposition
}

fn drawn<'f>(block: &[&'f Finding], style: &Style, places: &mut Places) -> Group<'f> {
    let Some(finding) = block.first() else { return Group::with_title(Level::NOTE.primary_title("")) };
    let mut id_url = None;
    if style.hyperlinks {
        let references = &finding.rule.help.references;
        id_url = references.iter().find(|url| url.starts_with("https://") && visible(url) == url.as_ref());
    }
    let mut title = level(finding.severity).primary_title(visible(&finding.message)).id(visible(&finding.rule.id));
    if let Some(url) = id_url {
        title = title.id_url(url.as_ref());
    }
    let mut group = excerpt(Group::with_title(title), &finding.location, AnnotationKind::Primary, places);
    for related in &finding.related {
        group = group.element(Level::NOTE.message(visible(&related.message).into_owned()));
        group = excerpt(group, &related.location, AnnotationKind::Context, places);
    }
    if let Some(place) = spoken(&finding.location) {
        group = group.element(Level::NOTE.message(place));
    }
    for other in block.iter().skip(1).take(MAX_LISTED) {
        let line = format!("also {} ({}): {}", visible(&other.rule.id), other.severity.name(), visible(&other.message));
        group = group.element(Level::NOTE.message(line));
    }
    if block.len() > MAX_LISTED + 1 {
        group = group.element(Level::NOTE.message(format!("and {} further flaws here", block.len() - MAX_LISTED - 1)));
    }
    group = group.element(Level::NOTE.message(standing(finding)));
    if !finding.advice.is_empty() {
        group = group.element(Level::HELP.message(visible(&finding.advice)));
    }
    group
}

/// Confidence, and why the finding does not count, if it does not.
fn standing(finding: &Finding) -> String {
    let confidence = format!("confidence {}", finding.confidence.name());
    match &finding.disposition {
        model::Disposition::Suppressed { reason, until } => {
            let until = until.as_ref().map_or(String::new(), |until| format!(" until {}", visible(until)));
            format!("{confidence}; suppressed{until}: {}", visible(reason))
        }
        model::Disposition::Baseline => format!("{confidence}; in the baseline"),
        _ => confidence,
    }
}

fn level(severity: Severity) -> Level<'static> {
    let level = match severity {
        Severity::Critical | Severity::High | Severity::Unknown => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low => Level::INFO,
    };
    level.with_name(match severity {
        Severity::Unknown => "severity unknown",
        other => other.name(),
    })
}

/// Columns that the renderer counted in the line as it is shown, with the columns in the file.
///
/// They differ where the line is cut, masked or spelled out before the mark.
#[derive(Default)]
struct Places(Vec<(String, String)>);

impl Places {
    /// `drawn` with the columns of the file. The title, which is the first line, is left alone.
    fn corrected(&self, drawn: String) -> String {
        let Some((title, rest)) = drawn.split_once('\n').filter(|_| !self.0.is_empty()) else { return drawn };
        let mut rest = rest.to_owned();
        for (shown, real) in &self.0 {
            rest = rest.replacen(shown, real, 1);
        }
        format!("{title}\n{rest}")
    }
}

/// Adds the line with its mark. It was cut and masked when it was taken, so it is short and holds no secret.
fn excerpt<'f>(group: Group<'f>, location: &model::Location, kind: AnnotationKind, places: &mut Places) -> Group<'f> {
    let path = visible(location.path.as_str()).into_owned();
    let (line, column) = (location.start.line as usize, location.start.column as usize);
    let Some(snippet) = location.snippet.as_deref().filter(|snippet| !snippet.text.trim().is_empty()) else {
        return group.element(Origin::path(path).line(line).char_column(column));
    };
    let part = |from: usize, to: usize| snippet.text.get(from..to).map_or_else(String::new, show_line);
    let mut text = String::from(if snippet.cut_before { "…" } else { "" });
    text.push_str(&part(0, snippet.marked.start));
    let start = text.len();
    let shown = text.chars().count() + 1;
    if shown != column {
        places.0.push((format!("{path}:{line}:{shown}"), format!("{path}:{line}:{column}")));
    }
    text.push_str(&part(snippet.marked.start, snippet.marked.end));
    let end = text.len();
    text.push_str(&part(snippet.marked.end, snippet.text.len()));
    text.push_str(if snippet.cut_after { "…" } else { "" });
    group.element(Snippet::source(text).path(path).line_start(line).annotation(kind.span(start..end)))
}

/// A tab stays what it looks like; everything else that cannot be seen is spelled out.
fn show_line(text: &str) -> String {
    text.split('\t').map(visible).collect::<Vec<_>>().join("    ")
}

/// Cell, member or opcode in words. Cells count from 1, as notebooks show them.
pub(super) fn spoken(location: &model::Location) -> Option<String> {
    Some(match location.logical.as_ref()? {
        Logical::Cell { index, part, line } => {
            format!("in cell {} ({}), line {line}", u64::from(*index) + 1, visible(part))
        }
        Logical::Member { path, line: 0 } => format!("in member {}", visible(path)),
        Logical::Member { path, line } => format!("in member {}, line {line}", visible(path)),
        Logical::Opcode { member, offset } if member.is_empty() => format!("at byte {offset} of the pickle"),
        Logical::Opcode { member, offset } => format!("in member {}, byte {offset} of the pickle", visible(member)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::escape::is_invisible;
    use super::super::sample;
    use super::*;

    fn written(outcome: &Outcome, style: &Style) -> String {
        let mut out = Vec::new();
        Text.write(outcome, style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_whole_report() {
        insta::assert_snapshot!(written(&sample::outcome(), &Style::default()));
    }

    #[test]
    fn a_clean_report_still_says_what_was_not_analysed() {
        let mut outcome = sample::outcome();
        outcome.findings.clear();
        insta::assert_snapshot!(written(&outcome, &Style::default()));
    }

    #[test]
    fn nothing_read_is_not_clean() {
        let text = written(&Outcome::default(), &Style::default());
        assert!(text.contains("Nothing was analysed"), "{text}");
        assert!(text.contains("packages were not checked"), "{text}");
    }

    #[test]
    fn columns_are_those_of_the_file_in_a_cut_line() {
        let text = format!("{}==2.0.0{}\n", "x".repeat(5_000), "y".repeat(5_000));
        let rule = sample::rule("long", model::Group::Dependencies, Severity::High);
        let finding = sample::finding(&rule, "min.json", &text, "==2.0.0", "A long line.");
        let outcome = Outcome { findings: vec![finding], ..Outcome::default() };
        let text = written(&outcome, &Style::default());
        assert!(text.contains("min.json:1:5001\n"), "{text}");
    }

    #[test]
    fn hostile_text_is_spelled_out() {
        let text = written(&sample::hostile(), &Style::default());
        let odd: Vec<char> = text.chars().filter(|c| is_invisible(*c) && *c != '\n').collect();
        assert!(odd.is_empty(), "{odd:?}");
        assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
    }

    #[test]
    fn the_last_screen_has_at_most_24_lines() {
        for outcome in [sample::many(3_000), sample::hostile(), sample::outcome()] {
            let mut out = Vec::new();
            summary::write(&outcome, &Style::default(), &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.lines().count() <= 24, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        }
    }
}
