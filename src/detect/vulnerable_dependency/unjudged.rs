//! Declarations that are not judged and must be told: what is not analysed must never look like clean.

use crate::advisory::conda::pypi_name;
use crate::model::{Dependency, Ecosystem, Pin, is_latest_template};

/// Why a declaration is not judged. `is_known` tells of a PyPI name whether there are advisories about it: of a package
/// that has none, no version would be found wanting.
pub(super) fn reason(dependency: &Dependency, is_known: impl Fn(&str) -> bool) -> Option<String> {
    let name = &dependency.name;
    if dependency.marker.as_deref().is_some_and(excludes_everything) {
        return Some(format!("the marker of {name} can never hold, so it was not judged"));
    }
    let Pin::Template(template) = &dependency.pin else { return None };
    let has_advisories = match dependency.ecosystem {
        Ecosystem::PyPi => is_known(&dependency.normalized_name()),
        Ecosystem::Conda => pypi_name(name).is_some_and(|name| is_known(name.as_str())),
        Ecosystem::Debian => false,
    };
    // What is filled in with the latest is a finding of its own.
    (has_advisories && !is_latest_template(template))
        .then(|| format!("the version of {name}, {template}, is given a value nowhere here, so it was not judged"))
}

/// True when no interpreter and no platform satisfies a marker. What is no PEP 508 marker excludes nothing.
fn excludes_everything(marker: &str) -> bool {
    marker.parse::<pep508_rs::MarkerTree>().is_ok_and(|marker| marker.is_false())
}
