//! File by group: which kind of trouble sits where.

use super::super::escape::html;
use super::{Page, end_of, section};
use crate::model::Group;

/// Files that are drawn.
const MAX_FILES: usize = 25;

pub(super) fn draw(page: &Page<'_>) -> String {
    if page.files.len() < 2 {
        return String::new();
    }
    let count = |file: &super::File<'_>, group: Group| {
        file.findings.iter().filter(|finding| finding.rule.group == group).count()
    };
    let groups: Vec<Group> =
        Group::ALL.into_iter().filter(|group| page.files.iter().any(|file| count(file, *group) > 0)).collect();
    let mut body = "<table class=\"heat\">\n<caption>Findings by file and group</caption>\n<thead><tr><th scope=\"col\">File".to_owned();
    for group in &groups {
        body.push_str(&format!("<th scope=\"col\">{}", group.name()));
    }
    body.push_str("</thead>\n<tbody>\n");
    for file in page.files.iter().take(MAX_FILES) {
        body.push_str(&format!(
            "<tr><th scope=\"row\"><a href=\"{}\"><code>{}</code></a>",
            page.anchor(file.path),
            html(&end_of(file.path, 80))
        ));
        for group in &groups {
            let count = count(file, *group);
            // Doubling steps: one finding is seen, a hundred do not drown the rest.
            let heat = (usize::BITS - count.leading_zeros()).min(6);
            body.push_str(&format!("<td class=\"h{heat}\">{}", if count == 0 { String::new() } else { count.to_string() }));
        }
        body.push('\n');
    }
    body.push_str("</tbody>\n</table>\n");
    let left = page.files.len().saturating_sub(MAX_FILES);
    let lead = match left {
        0 => "The worst file first.".to_owned(),
        left => format!("The worst file first; {left} more are in the table below."),
    };
    section("files", "Files and kinds", &lead, &body)
}
