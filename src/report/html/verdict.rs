//! The first screen: verdict, counts, what was looked at, what was not, how old the advisory data is.

use super::super::escape::html;
use super::{Page, letter, plural};
use crate::model::{NotificationKind, Severity};

/// Notifications that are listed.
const MAX_NOTES: usize = 200;
/// Width of the bar in the units of its view box.
const WIDTH: f64 = 1000.0;

pub(super) fn draw(page: &Page<'_>) -> String {
    let outcome = page.outcome;
    let reported = outcome.reported().count();
    let unread = outcome.notifications.iter().filter(|note| note.kind != NotificationKind::Suppression).count();
    let verdict = match (reported, outcome.coverage.files, unread) {
        (0, 0, _) => "Nothing was analysed".to_owned(),
        (0, _, 0) => "No findings".to_owned(),
        (0, ..) => "No findings in what was analysed".to_owned(),
        (count, ..) => plural(count, "finding"),
    };
    let mut out = format!("<header>\n<p class=\"brand\">redan</p>\n<h1>{verdict}</h1>\n");
    out.push_str(&bar(page, reported));
    out.push_str("<ul class=\"facts\">\n");
    for (name, words) in
        [("baseline", "in the baseline"), ("suppressed", "suppressed"), ("below-threshold", "below the threshold")]
    {
        let count = outcome.count(name);
        if count > 0 {
            out.push_str(&format!("<li><b>{count}</b> {words}</li>\n"));
        }
    }
    let coverage = &outcome.coverage;
    out.push_str(&format!(
        "<li><b>{}</b> files read, <b>{}</b> of them notebooks</li>\n<li><b>{}</b> packages in <b>{}</b> manifests, \
         <b>{}</b> pinned</li>\n",
        coverage.files, coverage.notebooks, coverage.dependencies, coverage.manifests, coverage.pinned
    ));
    for (reason, count) in &coverage.left_out {
        out.push_str(&format!("<li><b>{count}</b> left out: {}</li>\n", html(reason)));
    }
    out.push_str(&match &coverage.advisories {
        Some(data) => format!(
            "<li>Advisory data of <b>{}</b>, {} records, {}</li>\n",
            html(&data.date),
            data.records,
            html(&data.source)
        ),
        None => "<li class=\"warn\">No advisory data: packages were not checked</li>\n".to_owned(),
    });
    out.push_str("</ul>\n");
    out.push_str(&notes(page));
    out.push_str("</header>\n");
    out
}

/// One bar, a stretch a severity, with a legend in words.
fn bar(page: &Page<'_>, reported: usize) -> String {
    if reported == 0 {
        return String::new();
    }
    let (mut shapes, mut legend, mut at) = (String::new(), String::new(), 0.0);
    for severity in Severity::ALL.into_iter().rev() {
        let count = page.outcome.reported().filter(|finding| finding.severity == severity).count();
        if count == 0 {
            continue;
        }
        let width = WIDTH * count as f64 / reported as f64;
        let name = severity.name();
        shapes.push_str(&format!("<rect class=\"{name}\" x=\"{at:.1}\" y=\"0\" width=\"{width:.1}\" height=\"20\"/>"));
        legend.push_str(&format!(
            "<li><span class=\"chip {name}\" aria-hidden=\"true\">{}</span> <b>{count}</b> {name}</li>",
            letter(severity)
        ));
        at += width;
    }
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 {WIDTH} 20\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"Findings by severity\">{shapes}</svg>\n<ul class=\"legend\">{legend}</ul>\n"
    )
}

/// What must not be taken for clean.
fn notes(page: &Page<'_>) -> String {
    let notes = &page.outcome.notifications;
    if notes.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<details class=\"warn\"{}>\n<summary>{} on what was not analysed, and other notes</summary>\n<ul>\n",
        if notes.len() <= 5 { " open" } else { "" },
        plural(notes.len(), "note")
    );
    for note in notes.iter().take(MAX_NOTES) {
        let line = note.line.map(|line| format!(":{line}")).unwrap_or_default();
        let place = note.path.as_ref().map(|path| format!("<code>{}{line}</code> ", html(path.as_str())));
        out.push_str(&format!(
            "<li>{}{} <small>{}</small></li>\n",
            place.unwrap_or_default(),
            html(&note.message),
            note.kind.name()
        ));
    }
    if notes.len() > MAX_NOTES {
        out.push_str(&format!("<li>and {} more; the JSON report has all</li>\n", notes.len() - MAX_NOTES));
    }
    out.push_str("</ul>\n</details>\n");
    out
}
