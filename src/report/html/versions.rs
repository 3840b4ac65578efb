//! Why a package is vulnerable, on a line of versions: where the declared one stands, which are affected, and the
//! first that is not.

use std::collections::{BTreeMap, BTreeSet};

use super::super::escape::html;
use super::{Page, end_of, plural, section};
use crate::model::{Package, Severity};
use crate::version::Version;

/// Packages that are drawn.
const MAX_PACKAGES: usize = 12;
/// The view box.
const WIDTH: f64 = 560.0;
const LEFT: f64 = 16.0;
/// Versions on one line.
const MAX_POINTS: usize = 9;

/// One package at one declared version.
struct Line<'p> {
    package: &'p Package,
    worst: Severity,
    findings: usize,
    /// Where the flaws were fixed, as far as messages of fixes say it.
    points: BTreeSet<String>,
}

pub(super) fn draw(page: &Page<'_>) -> String {
    let mut lines: BTreeMap<(&str, &str), Line<'_>> = BTreeMap::new();
    for finding in page.outcome.reported() {
        let Some(package) = &finding.package else { continue };
        let (Some(fixed), true) = (&package.fixed, is_version(&package.declared)) else { continue };
        let line = lines.entry((&package.name, &package.declared)).or_insert_with(|| Line {
            package,
            worst: finding.severity,
            findings: 0,
            points: BTreeSet::new(),
        });
        line.findings += 1;
        line.worst = line.worst.max(finding.severity);
        line.points.insert(fixed.clone());
    }
    if lines.is_empty() {
        return String::new();
    }
    let count = lines.len();
    let mut lines: Vec<Line<'_>> = lines.into_values().collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.worst.gate(), line.findings)));
    let body: String = lines.iter().take(MAX_PACKAGES).map(draw_line).collect();
    let lead = format!(
        "{} of {}. The diamond is the declared version, the thick stretch is affected, the ring is the first version \
         that clears everything known.",
        count.min(MAX_PACKAGES),
        plural(count, "vulnerable version")
    );
    section("versions", "Versions", &lead, &format!("<div class=\"lines\">\n{body}</div>\n"))
}

/// True for text that begins like a version, so that it can stand on a line.
fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.len() < 40
}

fn draw_line(line: &Line<'_>) -> String {
    let package = line.package;
    let mut points: Vec<(&str, Version)> = std::iter::once(package.declared.as_str())
        .chain(line.points.iter().map(String::as_str))
        .map(|text| (text, Version::parse(text)))
        .collect();
    points.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(b.0)));
    points.dedup_by(|a, b| a.0 == b.0);
    points.truncate(MAX_POINTS);
    let step = (WIDTH - 2.0 * LEFT - 120.0) / points.len().max(2) as f64;
    let place = |index: usize| LEFT + 40.0 + step * index as f64;
    let declared = points.iter().position(|(text, _)| *text == package.declared).unwrap_or(0);
    let clear = points.len() - 1;
    let name = line.worst.name();
    let mut shapes = format!("<line class=\"axis\" x1=\"{LEFT}\" y1=\"18\" x2=\"{:.0}\" y2=\"18\"/>", WIDTH - LEFT);
    shapes.push_str(&format!(
        "<rect class=\"{name}\" x=\"{LEFT}\" y=\"14\" width=\"{:.0}\" height=\"8\"/>",
        place(clear) - LEFT
    ));
    for (index, (text, _)) in points.iter().enumerate() {
        let x = place(index);
        if index == declared {
            shapes.push_str(&format!("<path class=\"mark\" d=\"M{x:.0} 8l9 10l-9 10l-9-10z\"/>"));
        } else {
            shapes.push_str(&format!("<circle class=\"ring\" cx=\"{x:.0}\" cy=\"18\" r=\"7\"/>"));
        }
        shapes.push_str(&format!("<text x=\"{x:.0}\" y=\"42\" text-anchor=\"middle\">{}</text>", html(&end_of(text, 16))));
    }
    let title = format!(
        "{} {}: {}, cleared by {}",
        html(&package.name),
        html(&package.declared),
        plural(line.findings, "finding"),
        html(package.fixed.as_deref().unwrap_or_default())
    );
    format!(
        "<figure><figcaption><b>{}</b> <small>{}, {name}</small></figcaption><svg viewBox=\"0 0 {WIDTH} 48\" role=\"img\" \
         aria-label=\"{title}\"><title>{title}</title>{shapes}</svg></figure>\n",
        html(&package.name),
        plural(line.findings, "finding")
    )
}
