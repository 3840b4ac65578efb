//! Why a package is vulnerable, on a line of versions: where the declared one stands, which stretches each advisory
//! calls affected, and the first version that clears them all.
//!
//! Versions stand in their order, not at a scale: only those that something begins, ends or stands at.

use std::collections::{BTreeMap, BTreeSet};

use super::super::escape::html;
use super::{Page, end_of, plural, section};
use crate::model::{AffectedRange, Package, Severity};
use crate::version::Version;

/// Packages that are drawn.
const MAX_PACKAGES: usize = 12;
/// The view box.
const WIDTH: f64 = 560.0;
const LEFT: f64 = 16.0;
/// Versions on one line, and advisories above it.
const MAX_POINTS: usize = 9;
const MAX_ROWS: usize = 8;
/// Height of an advisory's stretch.
const ROW: f64 = 7.0;

/// One package at one declared version.
struct Line<'p> {
    package: &'p Package,
    worst: Severity,
    findings: usize,
    /// The ranges of each advisory, with its severity.
    rows: Vec<(&'p str, Severity, &'p [AffectedRange])>,
}

pub(super) fn draw(page: &Page<'_>) -> String {
    let mut lines: BTreeMap<(&str, &str), Line<'_>> = BTreeMap::new();
    for finding in page.outcome.reported() {
        let Some(package) = &finding.package else { continue };
        if !is_version(&package.declared) || (package.fixed.is_none() && package.affected.is_empty()) {
            continue;
        }
        let line = lines.entry((&package.name, &package.declared)).or_insert_with(|| Line {
            package,
            worst: finding.severity,
            findings: 0,
            rows: Vec::new(),
        });
        line.findings += 1;
        line.worst = line.worst.max(finding.severity);
        let row = (finding.rule.id.as_ref(), finding.severity, package.affected.as_slice());
        if !line.rows.contains(&row) {
            line.rows.push(row);
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let count = lines.len();
    let mut lines: Vec<Line<'_>> = lines.into_values().collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.worst.gate(), line.findings)));
    let body: String = lines.iter().take(MAX_PACKAGES).map(draw_line).collect();
    let lead = format!(
        "{} of {}. Each bar is the stretch of versions that an advisory calls affected; the diamond is the declared \
         version, the ring the first one that clears everything known.",
        count.min(MAX_PACKAGES),
        plural(count, "vulnerable version")
    );
    section("versions", "Versions", &lead, &format!("<div class=\"lines\">\n{body}</div>\n"))
}

/// True for text that begins like a version, so that it can stand on a line.
fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.len() < 40
}

/// The range that holds the declared version; else the first.
fn around<'r>(ranges: &'r [AffectedRange], declared: &Version) -> Option<&'r AffectedRange> {
    let holds = |range: &&AffectedRange| {
        let after_start = range.start.as_ref().is_none_or(|start| Version::parse(start) <= *declared);
        let before_end = range.end.as_ref().is_none_or(|end| match range.end_included {
            true => *declared <= Version::parse(end),
            false => *declared < Version::parse(end),
        });
        after_start && before_end
    };
    ranges.iter().find(holds).or_else(|| ranges.first())
}

/// The versions that a line shows, in order: the declared and the clearing one, then where stretches begin and end.
fn points(line: &Line<'_>, rows: &[(&str, Severity, Option<&AffectedRange>)]) -> Vec<(String, Version)> {
    let mut chosen: BTreeSet<&str> = BTreeSet::from([line.package.declared.as_str()]);
    chosen.extend(line.package.fixed.as_deref());
    let ends = rows.iter().filter_map(|(_, _, range)| *range).flat_map(|range| [&range.end, &range.start]);
    for version in ends.flatten().filter(|version| is_version(version)) {
        if chosen.len() < MAX_POINTS {
            chosen.insert(version);
        }
    }
    let mut points: Vec<(String, Version)> =
        chosen.into_iter().map(|text| (text.to_owned(), Version::parse(text))).collect();
    points.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    points.dedup_by(|a, b| a.1 == b.1);
    points
}

fn draw_line(line: &Line<'_>) -> String {
    let package = line.package;
    let declared = Version::parse(&package.declared);
    let mut rows: Vec<(&str, Severity, Option<&AffectedRange>)> =
        line.rows.iter().map(|(id, severity, ranges)| (*id, *severity, around(ranges, &declared))).collect();
    rows.sort_by_key(|(id, severity, _)| (std::cmp::Reverse(severity.gate()), *id));
    let hidden = rows.len().saturating_sub(MAX_ROWS);
    rows.truncate(MAX_ROWS);
    let points = points(line, &rows);
    let step = (WIDTH - 2.0 * LEFT - 60.0) / points.len().max(2) as f64;
    let place = |index: usize| LEFT + 40.0 + step * index as f64;
    // Where a version stands, or would: before the first point that is above it.
    let at = |version: &str| {
        let version = Version::parse(version);
        match points.iter().position(|(_, point)| *point >= version) {
            Some(index) if points.get(index).is_some_and(|(_, point)| *point == version) => place(index),
            Some(index) => place(index) - step / 2.0,
            None => WIDTH - LEFT,
        }
    };
    let axis = ROW * rows.len() as f64 + 14.0;
    let mut shapes = String::new();
    for (number, (id, severity, range)) in rows.iter().enumerate() {
        let (start, end) = match range {
            Some(range) => (
                range.start.as_deref().map_or(LEFT, at),
                // An end that is affected itself is covered.
                range.end.as_deref().map_or(WIDTH - LEFT, |end| at(end) + if range.end_included { 6.0 } else { 0.0 }),
            ),
            // Nothing was published: what is known is that the declared version has it.
            None => (at(&package.declared) - 6.0, at(&package.declared) + 6.0),
        };
        shapes.push_str(&format!(
            "<g><title>{}: {}</title><rect class=\"{}\" x=\"{start:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{:.0}\"/></g>",
            html(id),
            html(&in_words(*range)),
            severity.name(),
            2.0 + ROW * number as f64,
            (end - start).max(3.0),
            ROW - 2.0
        ));
    }
    shapes.push_str(&format!(
        "<line class=\"axis\" x1=\"{LEFT}\" y1=\"{axis}\" x2=\"{:.0}\" y2=\"{axis}\"/>",
        WIDTH - LEFT
    ));
    for (index, (text, version)) in points.iter().enumerate() {
        let (x, y) = (place(index), axis);
        if *version == declared {
            shapes.push_str(&format!("<path class=\"mark\" d=\"M{x:.0} {:.0}l8 9l-8 9l-8-9z\"/>", y - 9.0));
        } else if package.fixed.as_deref() == Some(text) {
            shapes.push_str(&format!("<circle class=\"ring\" cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"7\"/>"));
        } else {
            shapes.push_str(&format!("<circle class=\"tick\" cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"3\"/>"));
        }
        // Neighbours stand at two heights, so that long ones do not run into each other.
        let below = if index % 2 == 0 { 22.0 } else { 36.0 };
        shapes.push_str(&format!(
            "<text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
            y + below,
            html(&end_of(text, 16))
        ));
    }
    let cleared = match &package.fixed {
        Some(fixed) => format!("cleared by {fixed}"),
        None => "no version clears all of it".to_owned(),
    };
    let title = format!("{} {}: {}, {cleared}", package.name, package.declared, plural(line.findings, "finding"));
    let more = if hidden > 0 { format!(", {hidden} more not drawn") } else { String::new() };
    format!(
        "<figure><figcaption><b>{}</b> <small>{}, {}; {}{more}</small></figcaption><svg viewBox=\"0 0 {WIDTH} {:.0}\" \
         role=\"img\" aria-label=\"{}\">{shapes}</svg></figure>\n",
        html(&package.name),
        plural(line.findings, "finding"),
        line.worst.name(),
        html(&cleared),
        axis + 42.0,
        html(&title),
    )
}

/// A range as a person says it.
fn in_words(range: Option<&AffectedRange>) -> String {
    let Some(range) = range else { return "affected versions were not published".to_owned() };
    match (&range.start, &range.end, range.end_included) {
        (None, None, _) => "every version".to_owned(),
        (Some(start), Some(end), _) if start == end => format!("version {start}"),
        (start, end, included) => {
            let from = start.as_ref().map_or("up".to_owned(), |start| format!("from {start}"));
            let to = match (end, included) {
                (None, _) => " on".to_owned(),
                (Some(end), true) => format!(" to {end}"),
                (Some(end), false) => format!(" to before {end}"),
            };
            from + &to
        }
    }
}
