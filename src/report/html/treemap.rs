//! Where it is: directories as areas, as large as the weight of their findings, coloured by the worst.
//!
//! Squarified (Bruls, Huizing, van Wijk 2000): rows are filled along the shorter side while that makes areas squarer.

use std::collections::BTreeMap;

use super::super::escape::html;
use super::{File, Page, end_of, letter, plural, section};
use crate::model::Severity;

/// The view box.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 260.0;
/// Areas that are drawn; what is lighter is one area.
const MAX_AREAS: usize = 40;

/// One area.
struct Area<'p> {
    name: String,
    weight: f64,
    findings: usize,
    worst: Severity,
    /// The file that a click leads to; none for the rest.
    first: Option<&'p str>,
}

/// A place in the view box.
#[derive(Clone, Copy)]
struct Rectangle {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

pub(super) fn draw(page: &Page<'_>) -> String {
    let areas = areas(&page.files);
    if areas.len() < 2 {
        return String::new();
    }
    let weights: Vec<f64> = areas.iter().map(|area| area.weight).collect();
    let mut shapes = String::new();
    for (area, place) in areas.iter().zip(squarify(&weights, Rectangle { x: 0.0, y: 0.0, width: WIDTH, height: HEIGHT })) {
        shapes.push_str(&shape(page, area, place));
    }
    let body = format!(
        "<svg class=\"treemap\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"group\" aria-label=\"Directories by weight of findings\">\n{shapes}</svg>\n"
    );
    let lead = "Directories by the weight of their findings; colour and letter name the worst. A click leads to its findings.";
    section("where", "Where it is", lead, &body)
}

/// Directories, heaviest first: as deep as there is room for, then what is lightest is one area.
fn areas<'p>(files: &[File<'p>]) -> Vec<Area<'p>> {
    let at_depth = |depth: usize| of_depth(files, depth);
    let mut areas = [4, 3, 2].into_iter().map(at_depth).find(|areas| areas.len() <= MAX_AREAS).unwrap_or_else(|| at_depth(1));
    areas.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.name.cmp(&b.name)));
    if areas.len() > MAX_AREAS {
        let rest = areas.split_off(MAX_AREAS - 1);
        areas.push(Area {
            name: format!("{} more", rest.len()),
            weight: rest.iter().map(|area| area.weight).sum(),
            findings: rest.iter().map(|area| area.findings).sum(),
            worst: rest.iter().map(|area| area.worst).max().unwrap_or(Severity::Low),
            first: None,
        });
        areas.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    }
    areas
}

/// Directories of at most `depth` parts.
fn of_depth<'p>(files: &[File<'p>], depth: usize) -> Vec<Area<'p>> {
    let mut directories: BTreeMap<&str, Area<'p>> = BTreeMap::new();
    for file in files {
        let directory = file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let end = directory.match_indices('/').nth(depth - 1).map_or(directory.len(), |(at, _)| at);
        let directory = directory.get(..end).unwrap_or(directory);
        let area = directories.entry(directory).or_insert_with(|| Area {
            name: if directory.is_empty() { "(top)".to_owned() } else { directory.to_owned() },
            weight: 0.0,
            findings: 0,
            worst: file.worst(),
            first: Some(file.path),
        });
        area.weight += file.weight as f64;
        area.findings += file.findings.len();
        area.worst = area.worst.max(file.worst());
    }
    directories.into_values().collect()
}

fn shape(page: &Page<'_>, area: &Area<'_>, place: Rectangle) -> String {
    let Rectangle { x, y, width, height } = place;
    let title = format!("{}: {}, worst {}", html(&area.name), plural(area.findings, "finding"), area.worst.name());
    let fits = ((width - 12.0) / 7.2) as usize;
    let label = if fits >= 4 && height >= 20.0 {
        let name = html(&end_of(&area.name, fits.saturating_sub(2)));
        format!("<text x=\"{:.1}\" y=\"{:.1}\">{} {name}</text>", x + 6.0, y + 16.0, letter(area.worst))
    } else {
        String::new()
    };
    let count = if fits >= 3 && height >= 38.0 {
        format!("<text class=\"count\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", x + 6.0, y + 32.0, area.findings)
    } else {
        String::new()
    };
    let link = area.first.map_or_else(|| "#findings".to_owned(), |path| page.anchor(path));
    format!(
        "<a href=\"{link}\" aria-label=\"{title}\"><title>{title}</title><rect class=\"{}\" x=\"{:.1}\" y=\"{:.1}\" \
         width=\"{:.1}\" height=\"{:.1}\"/>{label}{count}</a>\n",
        area.worst.name(),
        x + 1.0,
        y + 1.0,
        (width - 2.0).max(1.0),
        (height - 2.0).max(1.0)
    )
}

/// A rectangle for each weight (sorted, largest first), filling `room`.
fn squarify(weights: &[f64], mut room: Rectangle) -> Vec<Rectangle> {
    let mut places = Vec::with_capacity(weights.len());
    let mut rest = weights;
    while !rest.is_empty() {
        let total: f64 = rest.iter().sum();
        let scale = if total > 0.0 { room.width * room.height / total } else { 0.0 };
        let side = room.width.min(room.height).max(f64::EPSILON);
        let mut count = 1;
        while count < rest.len() && ratio(rest, count + 1, scale, side) <= ratio(rest, count, scale, side) {
            count += 1;
        }
        let (row, left) = rest.split_at(count);
        let area: f64 = row.iter().sum::<f64>() * scale;
        let depth = area / side;
        let mut at = 0.0;
        for weight in row {
            let length = if depth > 0.0 { weight * scale / depth } else { 0.0 };
            places.push(match room.width >= room.height {
                true => Rectangle { x: room.x, y: room.y + at, width: depth, height: length },
                false => Rectangle { x: room.x + at, y: room.y, width: length, height: depth },
            });
            at += length;
        }
        if room.width >= room.height {
            room.x += depth;
            room.width -= depth;
        } else {
            room.y += depth;
            room.height -= depth;
        }
        rest = left;
    }
    places
}

/// The worst ratio of sides among the first `count` areas when they fill a row.
fn ratio(weights: &[f64], count: usize, scale: f64, side: f64) -> f64 {
    let row = weights.get(..count).unwrap_or(weights);
    let sum: f64 = row.iter().sum::<f64>() * scale;
    let (most, least) = (row.first().copied().unwrap_or(0.0) * scale, row.last().copied().unwrap_or(0.0) * scale);
    (side * side * most / (sum * sum)).max(sum * sum / (side * side * least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_fill_the_room_in_proportion() {
        let weights = [60.0, 30.0, 20.0, 10.0, 5.0, 1.0];
        let places = squarify(&weights, Rectangle { x: 0.0, y: 0.0, width: 600.0, height: 210.0 });
        for (weight, place) in weights.iter().zip(&places) {
            assert!((place.width * place.height - weight * 1000.0).abs() < 1e-6);
            assert!(place.x >= -1e-9 && place.x + place.width <= 600.0 + 1e-6 && place.y + place.height <= 210.0 + 1e-6);
        }
    }
}
