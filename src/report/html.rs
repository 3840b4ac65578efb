//! One self-contained page for those who would rather look than read: no network, works from disk and without script,
//! in the dark and on paper.
//!
//! Everything from the scanned tree is hostile: it passes [`escape::html`](super::escape::html), and the policy of the
//! page (Content-Security-Policy) allows the one script and the one style sheet that stand here by their hash, and
//! nothing else. <https://www.w3.org/TR/CSP3/>

use std::collections::BTreeMap;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Reporter, Style};
use crate::model::{Finding, Outcome, Severity};

mod heatmap;
mod leverage;
mod notebooks;
mod table;
mod treemap;
mod verdict;
mod versions;

const SCRIPT: &str = include_str!("html/page.js");
const STYLE: &str = include_str!("html/page.css");

/// A page to look at.
pub struct Html;

impl Reporter for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn summary(&self) -> &'static str {
        "one self-contained page to look at"
    }

    fn write(&self, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let page = Page::new(outcome, style);
        let (script, sheet) = (hash(SCRIPT), hash(STYLE));
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{script}'; \
             style-src '{sheet}'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>redan report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<main>\n"
        );
        html.push_str(&verdict::draw(&page));
        for part in [leverage::draw, treemap::draw, notebooks::draw, heatmap::draw, versions::draw] {
            html.push_str(&part(&page));
        }
        html.push_str(&table::draw(&page, html.len()));
        html.push_str(&format!("</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"));
        out.write_all(html.as_bytes())
    }
}

/// The source expression of an inline element.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// What all parts of the page draw from.
struct Page<'o> {
    outcome: &'o Outcome,
    /// The files with findings that are shown, heaviest first.
    files: Vec<File<'o>>,
    /// Where each file stands in `files`.
    index: BTreeMap<&'o str, usize>,
}

/// The findings of one file, worst first; never empty.
struct File<'o> {
    path: &'o str,
    findings: Vec<&'o Finding>,
    weight: usize,
}

impl<'o> Page<'o> {
    fn new(outcome: &'o Outcome, style: &Style) -> Self {
        let mut by_file: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in outcome.findings.iter().filter(|finding| style.shows(finding)) {
            by_file.entry(finding.location.path.as_str()).or_default().push(finding);
        }
        let mut files: Vec<File<'o>> = by_file
            .into_iter()
            .map(|(path, mut findings)| {
                findings.sort_by_key(|finding| std::cmp::Reverse((finding.severity.gate(), finding.confidence)));
                let weight = findings.iter().map(|finding| super::leverage::weight(finding.severity)).sum();
                File { path, findings, weight }
            })
            .collect();
        files.sort_by_key(|file| std::cmp::Reverse((file.worst().gate(), file.weight)));
        let index = files.iter().enumerate().map(|(index, file)| (file.path, index)).collect();
        Self { outcome, files, index }
    }

    /// The fragment of a file's part of the table.
    fn anchor(&self, path: &str) -> String {
        self.index.get(path).map_or_else(|| "#findings".to_owned(), |index| format!("#file-{index}"))
    }
}

impl File<'_> {
    fn worst(&self) -> Severity {
        self.findings.first().map_or(Severity::Low, |finding| finding.severity)
    }
}

/// A section with a heading, its id and what it shows in a sentence.
fn section(id: &str, title: &str, lead: &str, body: &str) -> String {
    format!("<section id=\"{id}\">\n<h2>{title}</h2>\n<p class=\"lead\">{lead}</p>\n{body}</section>\n")
}

/// The letter that stands beside a severity's colour.
fn letter(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "L",
        Severity::Medium => "M",
        Severity::Unknown => "?",
        Severity::High => "H",
        Severity::Critical => "C",
    }
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// At most `most` characters, the last ones: what tells paths apart.
fn end_of(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most { text.to_owned() } else { text.chars().skip(count - most + 1).fold("…".to_owned(), |mut out, c| { out.push(c); out }) }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(outcome: &Outcome) -> String {
        let mut out = Vec::new();
        Html.write(outcome, &Style::default(), &mut out).unwrap();
        if let Ok(folder) = std::env::var("REDAN_HTML_OUT") {
            std::fs::write(format!("{folder}/{}.html", outcome.findings.len()), &out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_policy_names_the_script_and_the_style_that_are_there() {
        let page = written(&sample::outcome());
        for (open, close) in [("<script>", "</script>"), ("<style>", "</style>")] {
            let (_, rest) = page.split_once(open).unwrap();
            let (body, _) = rest.split_once(close).unwrap();
            assert!(page.contains(&format!("'{}'", hash(body))));
            assert_eq!(page.matches(open).count(), 1);
        }
        assert!(!page.contains(" style=") && !page.contains(" onclick="), "inline styles and handlers are not allowed");
    }

    #[test]
    fn hostile_text_makes_no_markup() {
        let page = written(&sample::hostile());
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains("<img") && !page.contains("onerror=alert(1)>") && !page.contains("href=\"javascript"));
        assert!(!page.chars().any(|c| super::super::escape::is_invisible(c) && c != '\n'));
        // Every attribute that is written here begins with a quote; none is left open.
        let quotes = page.split("<main>").nth(1).unwrap().split("<script>").next().unwrap().matches('"').count();
        assert_eq!(quotes % 2, 0);
    }

    #[test]
    fn it_loads_nothing() {
        let page = written(&sample::outcome());
        for wrong in [" src=", "@import", "url(", "<link", "<iframe"] {
            assert!(!page.contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn five_thousand_findings_stay_below_three_megabytes() {
        let page = written(&sample::many(5_000));
        assert!(page.len() < 3_000_000, "{}", page.len());
        assert_eq!(page.matches("<tr id=\"f-").count(), 5_000);
        assert!(written(&sample::many(30_000)).len() < 3_000_000);
    }

    #[test]
    fn a_clean_page_says_what_was_looked_at() {
        let mut outcome = sample::outcome();
        outcome.findings.clear();
        let page = written(&outcome);
        assert!(page.contains("No findings in what was analysed") && page.contains("2026-11-20"));
    }
}
