//! Notebooks as strips: a box a cell, coloured by what the cell is, and a dot for each finding in it.

use std::collections::BTreeMap;

use super::super::escape::html;
use super::{Page, end_of, letter, plural, section};
use crate::model::{Finding, Logical, Severity};

/// Notebooks and cells that are drawn.
const MAX_NOTEBOOKS: usize = 20;
const MAX_CELLS: u32 = 120;
/// Size of a cell in the units of the view box.
const CELL: u32 = 16;

/// What the boxes mean.
const KEY: &str = "<ul class=\"legend\"><li><svg width=\"14\" height=\"14\" aria-hidden=\"true\"><rect class=\"cell code\" \
                   x=\"1\" y=\"1\" width=\"12\" height=\"12\"/></svg> code</li><li><svg width=\"14\" height=\"14\" \
                   aria-hidden=\"true\"><rect class=\"cell code\" x=\"1\" y=\"1\" width=\"12\" height=\"12\"/><rect \
                   class=\"shown\" x=\"2\" y=\"9\" width=\"10\" height=\"3\"/></svg> code with outputs</li><li><svg \
                   width=\"14\" height=\"14\" aria-hidden=\"true\"><rect class=\"cell text\" x=\"1\" y=\"1\" width=\"12\" \
                   height=\"12\"/></svg> text</li><li><svg width=\"14\" height=\"14\" aria-hidden=\"true\"><rect \
                   class=\"cell\" x=\"1\" y=\"1\" width=\"12\" height=\"12\"/></svg> empty</li></ul>\n";

pub(super) fn draw(page: &Page<'_>) -> String {
    let notebooks: Vec<(&str, BTreeMap<u32, Vec<&Finding>>)> =
        page.files.iter().map(|file| (file.path, cells(&file.findings))).filter(|(_, cells)| !cells.is_empty()).collect();
    if notebooks.is_empty() {
        return String::new();
    }
    let mut body = "<div class=\"strips\">\n".to_owned();
    for (path, cells) in notebooks.iter().take(MAX_NOTEBOOKS) {
        body.push_str(&strip(page, path, cells));
    }
    body.push_str("</div>\n");
    if notebooks.len() > MAX_NOTEBOOKS {
        body.push_str(&format!("<p>and {} more notebooks below</p>\n", notebooks.len() - MAX_NOTEBOOKS));
    }
    let lead = "Each box is a cell. A round dot is a finding in the source, a square one in an output: what a cell \
                printed is saved with the notebook.";
    section("notebooks", "Notebooks", lead, &(KEY.to_owned() + &body))
}

fn cells<'f>(findings: &[&'f Finding]) -> BTreeMap<u32, Vec<&'f Finding>> {
    let mut cells: BTreeMap<u32, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        if let Some(Logical::Cell { index, .. }) = &finding.location.logical {
            cells.entry(*index).or_default().push(finding);
        }
    }
    cells
}

fn strip(page: &Page<'_>, path: &str, cells: &BTreeMap<u32, Vec<&Finding>>) -> String {
    let known = page.outcome.notebooks.iter().find(|notebook| notebook.path.as_str() == path);
    let kinds: Vec<char> = known.map(|notebook| notebook.cells.chars().collect()).unwrap_or_default();
    let last = cells.keys().next_back().copied().unwrap_or(0);
    let count = last.saturating_add(1).max(u32::try_from(kinds.len()).unwrap_or(u32::MAX));
    let drawn = count.min(MAX_CELLS);
    let findings: usize = cells.values().map(Vec::len).sum();
    let mut shapes = String::new();
    for index in 0..drawn {
        let kind = kinds.get(index as usize).copied().unwrap_or('.');
        shapes.push_str(&ground(kind, index * CELL, cells.contains_key(&index)));
        if let Some(found) = cells.get(&index) {
            shapes.push_str(&dots(found, index, index * CELL));
        }
    }
    let more = if count > MAX_CELLS { format!(" (cells after {MAX_CELLS} are not drawn)") } else { String::new() };
    format!(
        "<div class=\"strip\"><a href=\"{}\"><code>{}</code></a> <small>{} in {}{more}</small><br>\
         <svg viewBox=\"0 0 {} 28\" width=\"{}\" height=\"28\" role=\"img\" aria-label=\"{} in {}\">{shapes}</svg></div>\n",
        page.anchor(path),
        html(&end_of(path, 90)),
        plural(findings, "finding"),
        plural(cells.len(), "cell"),
        drawn * CELL,
        drawn * CELL,
        plural(findings, "finding"),
        plural(cells.len(), "cell"),
    )
}

/// The box of a cell. Shape tells what colour tells: an output is a band below, text has no frame.
fn ground(kind: char, x: u32, found: bool) -> String {
    let kind_class = match kind {
        'c' | 'o' => " code",
        't' => " text",
        _ => "",
    };
    let found = if found { " found" } else { "" };
    let (x, width) = (x + 1, CELL - 2);
    let mut shapes =
        format!("<rect class=\"cell{kind_class}{found}\" x=\"{x}\" y=\"1\" width=\"{width}\" height=\"26\"/>");
    if kind == 'o' {
        shapes.push_str(&format!("<rect class=\"shown\" x=\"{}\" y=\"15\" width=\"{}\" height=\"11\"/>", x + 1, width - 2));
    }
    shapes
}

fn dots(found: &[&Finding], index: u32, x: u32) -> String {
    let worst = found.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Low);
    let is_output = |finding: &&&Finding| {
        matches!(&finding.location.logical, Some(Logical::Cell { part, .. }) if part.starts_with("output"))
    };
    let output = found.iter().filter(is_output).count();
    let source = found.len() - output;
    let name = worst.name();
    let mut dots = String::new();
    if source > 0 {
        dots.push_str(&format!("<circle class=\"{name}\" cx=\"{}\" cy=\"9\" r=\"5\"/>", x + CELL / 2));
    }
    if output > 0 {
        dots.push_str(&format!("<rect class=\"{name}\" x=\"{}\" y=\"16\" width=\"10\" height=\"9\"/>", x + 3));
    }
    format!(
        "<g><title>cell {}: {source} in the source, {output} in outputs, worst {} ({name})</title>{dots}</g>",
        u64::from(index) + 1,
        letter(worst),
    )
}
