//! A remedy as an edit of the declaring file, where that can be done by changing the specifier alone.

use super::remedy::Remedy;
use crate::model::{Dependency, Ecosystem, Edit, Fix, Location, Logical, Scope, Span};

/// The edit; `None` where the file would be wrong afterwards: lock files and hashed requirements have to be made
/// again, a direct reference has no specifier, and `>=` unquoted in a shell is a redirection.
pub(super) fn fix(dependency: &Dependency, remedy: &Remedy) -> Option<Fix> {
    let remade = dependency.scope == Scope::Locked || !dependency.hashes.is_empty() || dependency.url.is_some();
    let inside = matches!(dependency.version_at().logical, Some(Logical::Member { .. }));
    if remade || inside {
        return None;
    }
    // A name that a variable brought stands elsewhere, and so does what follows it.
    if dependency.name_at.span.len() != dependency.name.len() {
        return None;
    }
    let orders = |text: &str| text.contains(['<', '>', '|']);
    if orders(&remedy.specifier) && !orders(&dependency.specifier) && !is_declarative(dependency) {
        return None;
    }
    // A version that is written without a sign stays so: in `version: 9.0.0` a sign would be part of the version.
    let starts_with_digit = |specifier: &str| specifier.starts_with(|first: char| first.is_ascii_digit());
    let is_bare = dependency.ecosystem == Ecosystem::PyPi && starts_with_digit(&dependency.specifier);
    let specifier = match is_bare {
        true => remedy.specifier.strip_prefix("==").unwrap_or(&remedy.specifier),
        false => remedy.specifier.as_str(),
    };
    if is_bare && !starts_with_digit(specifier) {
        return None;
    }
    let location = match &dependency.specifier_at {
        Some(location) => location.clone(),
        None if dependency.extras.is_empty() => after(&dependency.name_at),
        None => return None,
    };
    let description = match dependency.specifier.is_empty() {
        true => format!("Require {}{}", dependency.name, specifier),
        false => format!("Replace {} by {}", dependency.specifier, specifier),
    };
    Some(Fix { description, edits: vec![Edit { location, replacement: specifier.to_owned() }] })
}

/// True when the declaration stands in a manifest, not in a command that a shell reads.
fn is_declarative(dependency: &Dependency) -> bool {
    let path = &dependency.name_at.path;
    match path.extension().as_str() {
        "txt" | "in" | "toml" | "cfg" | "lock" => true,
        "yml" | "yaml" => {
            let name = path.file_name().to_ascii_lowercase();
            dependency.ecosystem == Ecosystem::Conda || name.contains("env") || name.contains("conda")
        }
        _ => path.file_name() == "Pipfile",
    }
}

/// The empty place right after `location`.
fn after(location: &Location) -> Location {
    Location { span: Span::new(location.span.end, location.span.end), start: location.end, ..location.clone() }
}
