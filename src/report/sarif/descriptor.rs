//! Rules as SARIF describes them. GitHub sorts and gates by what stands on the rule, not on the result.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{MultiformatMessageString, PropertyBag, ReportingDescriptor};

use super::super::escape::{markdown, sarif_lines, sarif_text};
use crate::model::{Confidence, Finding, Rule, Severity};

/// Characters of a name, a description and a help text that all consumers take.
const MAX_NAME: usize = 255;
const MAX_DESCRIPTION: usize = 1_000;
const MAX_HELP: usize = 3_000;

/// One descriptor a rule, sorted by id, and the index of each id.
pub(super) fn descriptors<'f>(findings: &[&'f Finding]) -> (Vec<ReportingDescriptor>, BTreeMap<&'f str, i64>) {
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_rule.entry(finding.rule.id.as_ref()).or_default().push(finding);
    }
    let indexes = by_rule.keys().zip(0..).map(|(id, index)| (*id, index)).collect();
    (by_rule.into_values().filter_map(|findings| descriptor(&findings)).collect(), indexes)
}

/// The `level` of a result.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High | Severity::Unknown => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn descriptor(findings: &[&Finding]) -> Option<ReportingDescriptor> {
    let rule = &findings.first()?.rule;
    // A rule has one severity and one precision; the worst and surest of its results, so that none is hidden.
    let severity = findings.iter().map(|finding| finding.severity).max().unwrap_or(rule.severity);
    let confidence = findings.iter().map(|finding| finding.confidence).max().unwrap_or(Confidence::Low);
    let mut descriptor = ReportingDescriptor::builder()
        .id(sarif_text(&rule.id))
        .name(cut(&sarif_text(&rule.name), MAX_NAME))
        .short_description(text(&sentence(&rule.name)))
        .full_description(text(&sentence(if rule.summary.is_empty() { &rule.name } else { &rule.summary })))
        .help(help(rule))
        .default_configuration(
            serde_sarif::sarif::ReportingConfiguration::builder().level(json!(level(severity))).build(),
        )
        .properties(properties(rule, severity, confidence))
        .build();
    descriptor.help_uri = rule.help.references.iter().find_map(|reference| web_uri(reference));
    Some(descriptor)
}

fn properties(rule: &Rule, severity: Severity, confidence: Confidence) -> PropertyBag {
    let mut tags = vec!["security".to_owned(), rule.group.name().to_owned()];
    tags.extend(rule.cwe.iter().take(6).map(|number| format!("external/cwe/cwe-{number:03}")));
    if severity == Severity::Unknown {
        tags.push("severity-unknown".to_owned());
    }
    let precision = match confidence {
        Confidence::Certain => "very-high",
        other => other.name(),
    };
    let problem = match level(severity) {
        "note" => "recommendation",
        other => other,
    };
    let additional = BTreeMap::from([
        ("precision".to_owned(), json!(precision)),
        ("problem.severity".to_owned(), json!(problem)),
        ("security-severity".to_owned(), json!(severity.security_severity())),
    ]);
    PropertyBag::builder().tags(tags).additional_properties(additional).build()
}

/// The manual page of the rule, as plain text and as Markdown.
fn help(rule: &Rule) -> MultiformatMessageString {
    let page = &rule.help;
    let mut plain = Vec::new();
    let mut rich = Vec::new();
    for (title, body) in [("", &page.what), ("Why", &page.why)] {
        if !body.is_empty() {
            plain.push(format!("{title}{}{body}", if title.is_empty() { "" } else { ": " }));
            let heading = if title.is_empty() { String::new() } else { format!("**{title}**\n\n") };
            rich.push(format!("{heading}{}", paragraphs(body)));
        }
    }
    for (title, code) in [("Example", &page.example), ("Use instead", &page.use_instead)] {
        if !code.is_empty() {
            plain.push(format!("{title}:\n{code}"));
            rich.push(format!("**{title}**\n\n{}", fenced(code)));
        }
    }
    if !page.references.is_empty() {
        plain.push(format!("References: {}", page.references.join(", ")));
        let links: Vec<String> = page
            .references
            .iter()
            .map(|reference| match web_uri(reference) {
                Some(uri) => format!("- <{uri}>"),
                None => format!("- {}", markdown(reference)),
            })
            .collect();
        rich.push(format!("**References**\n\n{}", links.join("\n")));
    }
    if plain.is_empty() {
        plain.push(sentence(&rule.name));
        rich.push(markdown(&sentence(&rule.name)));
    }
    MultiformatMessageString::builder()
        .text(cut(&sarif_lines(&plain.join("\n\n")), MAX_HELP))
        .markdown(cut_lines(&rich.join("\n\n"), MAX_HELP))
        .build()
}

fn paragraphs(body: &str) -> String {
    body.lines().map(markdown).collect::<Vec<_>>().join("\n")
}

/// A code block whose fence is longer than any run of backticks inside.
fn fenced(code: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for character in code.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}\n{}\n{fence}", super::super::escape::visible_lines(code))
}

/// A URL that may become a link: https, and nothing in it that ends an autolink.
pub(super) fn web_uri(reference: &str) -> Option<String> {
    let plain = reference.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'));
    (reference.starts_with("https://") && plain).then(|| reference.to_owned())
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(cut(&sarif_text(text), MAX_DESCRIPTION)).build()
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// At most `most` characters, with an ellipsis where something is gone.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// The same at a line's end, so that no markup is cut in two.
fn cut_lines(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept = cut(text, most);
    let mut kept = kept.rsplit_once("\n\n").map_or("", |(kept, _)| kept).to_owned();
    // A code block may be what was cut.
    if kept.matches("\n```").count() % 2 == 1 {
        kept.push_str("\n```");
    }
    kept + "\n\n…"
}
