//! All findings, by file: searchable where script runs, complete where it does not.

use super::super::escape::html;
use super::super::text::spoken;
use super::{File, Page, section};
use crate::model::{Disposition, Finding, Group, Severity};

/// Bytes of the whole page; what does not fit is counted.
const MAX_BYTES: usize = 2_900_000;
/// Characters of a message, an advice and a snippet.
const MAX_TEXT: usize = 600;
/// Related places of a finding that are named; the rest is counted.
const MAX_RELATED: usize = 3;

/// Draws the table into a page that has `used` bytes.
pub(super) fn draw(page: &Page<'_>, used: usize) -> String {
    if page.files.is_empty() {
        return String::new();
    }
    let mut body = controls();
    body.push_str("<div id=\"list\">\n");
    let mut left = 0;
    for (index, file) in page.files.iter().enumerate() {
        let part = file_part(index, file);
        // A file's part is whole or absent, so that counts by file stay true.
        if used + body.len() + part.len() > MAX_BYTES {
            left += file.findings.len();
        } else {
            body.push_str(&part);
        }
    }
    body.push_str("</div>\n<p id=\"none\" hidden>Nothing matches.</p>\n");
    if left > 0 {
        body.push_str(&format!("<p class=\"warn\">{left} further findings do not fit into a page; the JSON report has all.</p>\n"));
    }
    section("findings", "Findings", "Open a finding for its line and what to do next. A comment on its line, or above it, silences it: \
         <code># redan: ignore[RULE] until=YYYY-MM-DD -- why</code>", &body)
}

/// Shown only where script runs.
fn controls() -> String {
    let mut out = "<form id=\"controls\" hidden role=\"search\">\n<label>Search <input id=\"search\" type=\"search\" \
                   autocomplete=\"off\" spellcheck=\"false\"></label>\n<fieldset><legend>Severity</legend>"
        .to_owned();
    for severity in Severity::ALL.into_iter().rev() {
        let name = severity.name();
        out.push_str(&format!("<label><input type=\"checkbox\" name=\"s\" value=\"{name}\" checked> {name}</label> "));
    }
    out.push_str("</fieldset>\n<fieldset><legend>Group</legend>");
    for group in Group::ALL {
        let name = group.name();
        out.push_str(&format!("<label><input type=\"checkbox\" name=\"g\" value=\"{name}\" checked> {name}</label> "));
    }
    out.push_str("</fieldset>\n<p role=\"status\" id=\"status\"></p>\n</form>\n");
    out
}

fn file_part(index: usize, file: &File<'_>) -> String {
    // A part of its own for each file: browsers put off the layout of what is not on the screen.
    let mut out = format!(
        "<section class=\"file\" id=\"file-{index}\">\n<h3><code>{}</code> <small>{}</small></h3>\n\
         <table aria-label=\"Severity, line and finding\">\n",
        html(file.path),
        file.findings.len()
    );
    for finding in &file.findings {
        out.push_str(&row(finding));
    }
    out.push_str("</table>\n</section>\n");
    out
}

fn row(finding: &Finding) -> String {
    let fingerprint = &finding.fingerprint;
    let short = fingerprint.digest().get(..16).unwrap_or_default();
    let severity = finding.severity;
    let mut more = String::new();
    if let Some(place) = spoken(&finding.location) {
        more.push_str(&format!("<p>{}</p>", html(&place)));
    }
    more.push_str(&snippet(finding));
    if !finding.advice.is_empty() {
        more.push_str(&format!("<p><b>Next</b> {}</p>", html(&cut(&finding.advice))));
    }
    for related in finding.related.iter().take(MAX_RELATED) {
        more.push_str(&format!(
            "<p>{} <code>{}:{}</code></p>",
            html(&cut(&related.message)),
            html(related.location.path.as_str()),
            related.location.start.line
        ));
    }
    if let further @ 1.. = finding.related.len().saturating_sub(MAX_RELATED) {
        more.push_str(&format!("<p>and {further} further places; the JSON and SARIF reports name all</p>"));
    }
    if let Disposition::Suppressed { reason, until } = &finding.disposition {
        let until = until.as_ref().map_or(String::new(), |until| format!(" until {}", html(until)));
        more.push_str(&format!("<p><b>Suppressed{until}</b> {}</p>", html(&cut(reason))));
    }
    let standing = match &finding.disposition {
        Disposition::Reported => "",
        other => other.name(),
    };
    let name = severity.name();
    format!(
        "<tr id=\"f-{short}-{ordinal}\" data-s={name} data-g={group}><td>{name}<td>{line}<td><details><summary>{message} \
         <small>{rule} · {confidence} {standing}</small></summary>{more}</details>\n",
        ordinal = fingerprint.ordinal,
        group = finding.rule.group.name(),
        line = finding.location.start.line,
        message = html(&cut(&finding.message)),
        rule = html(&finding.rule.id),
        confidence = finding.confidence.name(),
    )
}

fn snippet(finding: &Finding) -> String {
    let Some(snippet) = finding.location.snippet.as_deref().filter(|snippet| !snippet.text.trim().is_empty()) else {
        return String::new();
    };
    let part = |from: usize, to: usize| html(snippet.text.get(from..to).unwrap_or_default());
    let marked = snippet.marked;
    format!(
        "<pre>{}{}<mark>{}</mark>{}{}</pre>",
        if snippet.cut_before { "…" } else { "" },
        part(0, marked.start),
        part(marked.start, marked.end),
        part(marked.end, snippet.text.len()),
        if snippet.cut_after { "…" } else { "" }
    )
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some(_) => text.chars().take(MAX_TEXT - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}
