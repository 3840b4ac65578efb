//! Which step closes most: a bar a step, its length what the step closes, weighted by severity.

use super::super::escape::html;
use super::super::leverage::steps;
use super::{Page, plural, section};

/// Steps that are drawn.
const MAX_STEPS: usize = 12;
/// Length of the longest bar in the units of its view box.
const WIDTH: f64 = 400.0;

pub(super) fn draw(page: &Page<'_>) -> String {
    let mut steps = steps(page.outcome);
    if steps.is_empty() {
        return String::new();
    }
    let count = steps.len();
    steps.sort_by(|a, b| b.weight.cmp(&a.weight).then_with(|| a.action.cmp(&b.action)));
    let most = steps.first().map_or(1, |step| step.weight.max(1)) as f64;
    let mut body = "<table class=\"bars\">\n<caption>Steps, the one that closes most first</caption>\n<thead><tr>\
                    <th scope=\"col\">Step<th scope=\"col\">Weight<th scope=\"col\">Closes</thead>\n<tbody>\n"
        .to_owned();
    for step in steps.iter().take(MAX_STEPS) {
        let width = (WIDTH * step.weight as f64 / most).max(4.0);
        let worst = step.worst.name();
        body.push_str(&format!(
            "<tr><th scope=\"row\">{}<td><svg viewBox=\"0 0 {WIDTH} 14\" width=\"{WIDTH}\" height=\"14\" role=\"img\" \
             aria-label=\"weight {}\"><rect class=\"{worst}\" x=\"0\" y=\"1\" width=\"{width:.0}\" height=\"12\" rx=\"2\"/>\
             </svg><td>{}, {} {worst}\n",
            html(&step.action),
            step.weight,
            plural(step.closes, "finding"),
            step.worst_count,
        ));
    }
    body.push_str("</tbody>\n</table>\n");
    let shown = count.min(MAX_STEPS);
    let lead = format!("{shown} of {}. A critical finding weighs 10, a high or unrated one 5, a medium one 2, a low one 1.", plural(count, "step"));
    section("fix-first", "Fix first", &lead, &body)
}
