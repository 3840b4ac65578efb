//! Where a result is: physical and logical locations, regions, URIs and the edits that remove it.

use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Fix, Location, LogicalLocation, Message, PhysicalLocation,
    Region, Replacement,
};

use super::super::escape::{sarif_text, uri_path};
use crate::model::{self, Logical};

/// The name of the root of the scan in every URI.
pub(super) const ROOT: &str = "%SRCROOT%";

/// Plain text.
pub(super) fn message(text: &str) -> Message {
    Message::builder().text(sarif_text(text)).build()
}

/// The location of a result.
pub(super) fn location(place: &model::Location) -> Location {
    let mut location = Location::builder().physical_location(physical(place, region(place))).build();
    location.logical_locations = logical(place).map(|logical| vec![logical]);
    location
}

/// A further location, numbered from 1 as embedded links would name it.
pub(super) fn related(number: usize, related: &model::Related) -> Location {
    let mut location = location(&related.location);
    location.id = i64::try_from(number).ok();
    location.message = Some(message(&related.message));
    location
}

/// The location of a notification: the file, with the line where it is known.
pub(super) fn of_file(path: &model::ArtifactPath, line: Option<u32>) -> Location {
    let mut physical = physical(&model::Location::file(path.clone()), Region::builder().start_line(1).build());
    physical.region = line.map(|line| Region::builder().start_line(i64::from(line.max(1))).build());
    Location::builder().physical_location(physical).build()
}

/// The edits of a fix.
pub(super) fn fix(fix: &model::Fix) -> Fix {
    let mut changes: Vec<ArtifactChange> = Vec::new();
    for edit in &fix.edits {
        let uri = artifact(&edit.location);
        let mut deleted = Region::builder()
            .start_line(i64::from(edit.location.start.line))
            .start_column(i64::from(edit.location.start.utf16))
            .build();
        deleted.end_line = Some(i64::from(edit.location.end.line));
        deleted.end_column = Some(i64::from(edit.location.end.utf16));
        let content = ArtifactContent::builder().text(edit.replacement.clone()).build();
        let replacement = Replacement::builder().deleted_region(deleted).inserted_content(content).build();
        match changes.iter_mut().find(|change| change.artifact_location.uri == uri.uri) {
            Some(change) => change.replacements.push(replacement),
            None => changes
                .push(ArtifactChange::builder().artifact_location(uri).replacements(vec![replacement]).build()),
        }
    }
    Fix::builder().description(message(&fix.description)).artifact_changes(changes).build()
}

/// The part of the file as a person names it, as a sentence; empty for the whole.
pub(super) fn spoken(place: &model::Location) -> String {
    match &place.logical {
        Some(Logical::Cell { index, part, line }) => format!("In cell {}, {part}, line {line}.", u64::from(*index) + 1),
        Some(Logical::Member { path, line: 0 }) => format!("In member '{path}'."),
        Some(Logical::Member { path, line }) => format!("In member '{path}', line {line}."),
        Some(Logical::Opcode { member, offset }) if member.is_empty() => format!("At byte {offset} of the pickle."),
        Some(Logical::Opcode { member, offset }) => format!("In member '{member}', byte {offset} of the pickle."),
        None => String::new(),
    }
}

fn physical(place: &model::Location, region: Region) -> PhysicalLocation {
    PhysicalLocation::builder().artifact_location(artifact(place)).region(region).build()
}

fn artifact(place: &model::Location) -> ArtifactLocation {
    ArtifactLocation::builder().uri(uri_path(carrier(place))).uri_base_id(ROOT).build()
}

/// The file on disk: the path without the member, which would name no file of the repository.
fn carrier(place: &model::Location) -> &str {
    let path = place.path.as_str();
    let inner = match &place.logical {
        Some(Logical::Member { path, .. } | Logical::Opcode { member: path, .. }) => path.as_str(),
        _ => "",
    };
    let stripped = path.strip_suffix(inner).and_then(|path| path.strip_suffix('!'));
    match stripped {
        Some(carrier) if !inner.is_empty() && !carrier.is_empty() => carrier,
        _ if path.is_empty() => ".",
        _ => path,
    }
}

/// One line at most: an alert on a pull request shows only when all its lines are in the diff. In a container only the
/// first line is sure to exist for GitHub.
fn region(place: &model::Location) -> Region {
    if matches!(place.logical, Some(Logical::Member { .. } | Logical::Opcode { .. })) {
        return Region::builder().start_line(1).build();
    }
    let mut region = Region::builder().start_line(i64::from(place.start.line.max(1))).build();
    if !place.span.is_empty() {
        region.start_column = Some(i64::from(place.start.utf16.max(1)));
        if place.end.line == place.start.line {
            region.end_column = Some(i64::from(place.end.utf16.max(place.start.utf16)));
        }
    }
    region
}

fn logical(place: &model::Location) -> Option<LogicalLocation> {
    let (name, kind) = match place.logical.as_ref()? {
        Logical::Cell { index, part, line } => {
            let part = part.split(' ').next().unwrap_or_default();
            (format!("cells[{index}].{part}[{}]", line.saturating_sub(1)), "object")
        }
        Logical::Member { path, .. } => (path.clone(), "member"),
        Logical::Opcode { member, offset } => (format!("{member}@{offset}"), "opcode"),
    };
    Some(LogicalLocation::builder().fully_qualified_name(sarif_text(&name)).kind(kind).build())
}
