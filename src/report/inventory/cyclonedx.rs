//! The inventory as a CycloneDX 1.6 bill of materials: <https://cyclonedx.org/docs/1.6/json/>.
//!
//! A declaration with an exact version is a component with that version. Any other has no version, because none is
//! known, and carries its specifier as a property. No serial number and no timestamp: the same input gives the
//! same bytes. [`bill`] and [`components`] serve whatever else writes such a bill.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::escape::write_json;
use super::{name_in_purl, notifications, purl};
use crate::model::{Dependency, Notification, Pin, Repository};

/// Places of one component that are listed; a lock file for many platforms repeats itself.
const MAX_OCCURRENCES: usize = 1000;

pub(super) fn write(repository: &Repository, out: &mut dyn Write) -> io::Result<()> {
    let declared = repository.artifacts.iter().flat_map(|facts| &facts.dependencies);
    write_json(out, &bill(components(declared), notifications(repository)), true, false)?;
    out.write_all(b"\n")
}

/// A bill of these components. What was not analysed is said in its properties.
pub(in super::super) fn bill<'n>(
    components: Vec<Value>,
    notifications: impl Iterator<Item = &'n Notification>,
) -> Value {
    let unread: Vec<Value> = notifications
        .map(|notification| {
            let place = notification.path.as_ref().map_or("", |path| path.as_str());
            json!({"name": "redan:not-analysed", "value": format!("{place}: {}", notification.message)})
        })
        .collect();
    let mut bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "pre-build"}],
            "tools": {"components": [{"type": "application", "name": "redan", "version": env!("CARGO_PKG_VERSION")}]},
        },
        "components": components,
    });
    if let (Some(bom), false) = (bom.as_object_mut(), unread.is_empty()) {
        bom.insert("properties".to_owned(), unread.into());
    }
    bom
}

/// One component for each package and version, or specifier where there is no version; sorted.
pub(in super::super) fn components<'d>(declared: impl Iterator<Item = &'d Dependency>) -> Vec<Value> {
    let mut components: BTreeMap<(String, &str), Vec<&Dependency>> = BTreeMap::new();
    for dependency in declared {
        components.entry((purl(dependency), specifier(dependency))).or_default().push(dependency);
    }
    components.iter().map(|((purl, specifier), places)| component(purl, specifier, places)).collect()
}

/// The `bom-ref` of the component that stands for this declaration.
pub(in super::super) fn reference(dependency: &Dependency) -> String {
    let purl = purl(dependency);
    match specifier(dependency) {
        "" => purl,
        specifier => format!("{purl}#{specifier}"),
    }
}

/// The specifier, where it and not a version tells components apart.
fn specifier(dependency: &Dependency) -> &str {
    if matches!(dependency.pin, Pin::Exact(_)) { "" } else { dependency.specifier.as_str() }
}

fn component(purl: &str, specifier: &str, places: &[&Dependency]) -> Value {
    let reference = places.first().map(|dependency| reference(dependency));
    let occurrences: Vec<Value> = places
        .iter()
        .take(MAX_OCCURRENCES)
        .map(|dependency| {
            let place = &dependency.declared_at;
            json!({"location": place.path.as_str(), "line": place.start.line})
        })
        .collect();
    let name = places.first().map(|dependency| name_in_purl(dependency)).unwrap_or_default();
    let mut component = json!({"type": "library", "bom-ref": reference, "name": name});
    if let Some(fields) = component.as_object_mut() {
        if let Some(Pin::Exact(version)) = places.first().map(|dependency| &dependency.pin) {
            fields.insert("version".to_owned(), version.as_str().into());
        }
        fields.insert("purl".to_owned(), purl.into());
        if !specifier.is_empty() {
            fields.insert("properties".to_owned(), json!([{"name": "redan:specifier", "value": specifier}]));
        }
        fields.insert("evidence".to_owned(), json!({"occurrences": occurrences}));
    }
    component
}
