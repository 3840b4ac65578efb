//! The inventory as a CycloneDX 1.6 bill of materials: <https://cyclonedx.org/docs/1.6/json/>.
//!
//! A declaration with an exact version is a component with that version. Any other has no version, because none is
//! known, and carries its specifier as a property. No serial number and no timestamp: the same input gives the
//! same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::escape::write_json;
use super::{notifications, purl};
use crate::model::{Dependency, Pin, Repository};

/// Places of one component that are listed; a lock file for many platforms repeats itself.
const MAX_OCCURRENCES: usize = 1000;

pub(super) fn write(repository: &Repository, out: &mut dyn Write) -> io::Result<()> {
    let mut components: BTreeMap<(String, &str), Vec<&Dependency>> = BTreeMap::new();
    for dependency in repository.artifacts.iter().flat_map(|facts| &facts.dependencies) {
        let specifier = if matches!(dependency.pin, Pin::Exact(_)) { "" } else { dependency.specifier.as_str() };
        components.entry((purl(dependency), specifier)).or_default().push(dependency);
    }
    let components: Vec<Value> =
        components.iter().map(|((purl, specifier), places)| component(purl, specifier, places)).collect();
    let unread: Vec<Value> = notifications(repository)
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
            "tools": {"components": [{"type": "application", "name": "redan", "version": env!("CARGO_PKG_VERSION")}]},
        },
        "components": components,
    });
    if let (Some(bom), false) = (bom.as_object_mut(), unread.is_empty()) {
        bom.insert("properties".to_owned(), unread.into());
    }
    write_json(out, &bom, true, false)?;
    out.write_all(b"\n")
}

fn component(purl: &str, specifier: &str, places: &[&Dependency]) -> Value {
    let reference = if specifier.is_empty() { purl.to_owned() } else { format!("{purl}#{specifier}") };
    let occurrences: Vec<Value> = places
        .iter()
        .take(MAX_OCCURRENCES)
        .map(|dependency| {
            let place = &dependency.declared_at;
            json!({"location": place.path.as_str(), "line": place.start.line})
        })
        .collect();
    let name = places.first().map(|dependency| dependency.normalized_name()).unwrap_or_default();
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
