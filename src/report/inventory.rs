//! Everything that a repository declares, drawn without judging it: text, JSON Lines, CycloneDX.
//!
//! These are no [`Reporter`](super::Reporter)s: those draw an outcome, these the facts before it.

use std::io::{self, Write};

use super::escape::visible;
use crate::model::{Dependency, Facts, Notification, Repository};

pub(super) mod cyclonedx;
mod jsonl;

/// The formats of an inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InventoryFormat {
    /// A list by file, for people.
    Text,
    /// One JSON object for each declaration, reference, pickle import and notification.
    Jsonl,
    /// A CycloneDX 1.6 bill of materials, as JSON.
    CycloneDx,
}

impl InventoryFormat {
    /// All, with the names that `-o` takes.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Text, "text"), (Self::Jsonl, "jsonl"), (Self::CycloneDx, "cyclonedx")];

    /// The format of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(format, _)| *format)
    }

    /// Writes the inventory of `repository`.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(self, repository: &Repository, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text => text(repository, out),
            Self::Jsonl => jsonl::write(repository, out),
            Self::CycloneDx => cyclonedx::write(repository, out),
        }
    }
}

/// All notifications, those of the run last.
fn notifications(repository: &Repository) -> impl Iterator<Item = &Notification> {
    repository.artifacts.iter().flat_map(|facts| &facts.notifications).chain(&repository.notifications)
}

fn text(repository: &Repository, out: &mut dyn Write) -> io::Result<()> {
    let (mut files, mut declarations, mut pinned) = (0, 0, 0);
    for facts in repository.artifacts.iter().filter(|facts| !facts.dependencies.is_empty()) {
        files += 1;
        declarations += facts.dependencies.len();
        pinned += facts.dependencies.iter().filter(|dependency| is_pinned(dependency)).count();
        artifact(facts, out)?;
    }
    let mut unread = 0;
    for notification in notifications(repository) {
        unread += 1;
        let place = notification.path.as_ref().map_or("", |path| path.as_str());
        let line = notification.line.map(|line| format!(":{line}")).unwrap_or_default();
        writeln!(out, "not analysed: {}{line}: {}", visible(place), visible(&notification.message))?;
    }
    if unread > 0 {
        writeln!(out)?;
    }
    writeln!(out, "{declarations} declarations in {files} files, {pinned} with an exact version")
}

fn artifact(facts: &Facts, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", visible(facts.path.as_str()))?;
    let width = facts.dependencies.iter().map(|dependency| visible(&dependency.name).chars().count()).max();
    for dependency in &facts.dependencies {
        let extras =
            if dependency.extras.is_empty() { String::new() } else { format!("[{}]", dependency.extras.join(",")) };
        let url = dependency.url.as_ref().map(|url| format!("@ {url}")).unwrap_or_default();
        let marker = dependency.marker.as_ref().map(|marker| format!(" ; {marker}")).unwrap_or_default();
        let rest = format!("{extras}{}{url}{marker}", dependency.specifier);
        let line = format!(
            "{:>6}  {:width$}  {}",
            dependency.declared_at.start.line,
            visible(&dependency.name),
            visible(&rest),
            width = width.unwrap_or(0).min(40),
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)
}

fn is_pinned(dependency: &Dependency) -> bool {
    matches!(dependency.pin, crate::model::Pin::Exact(_))
}

/// The package URL, with the version where one is pinned. <https://github.com/package-url/purl-spec>
fn purl(dependency: &Dependency) -> String {
    let name = percent_encoded(&name_in_purl(dependency));
    let mut purl = format!("pkg:{}/{name}", dependency.ecosystem.purl_type());
    if let crate::model::Pin::Exact(version) = &dependency.pin {
        purl.push('@');
        purl.push_str(&percent_encoded(version));
    }
    purl
}

/// The name as its ecosystem compares it: only the Python Package Index takes `_`, `.` and `-` for the same.
fn name_in_purl(dependency: &Dependency) -> String {
    match dependency.ecosystem {
        crate::model::Ecosystem::PyPi => dependency.normalized_name(),
        _ => dependency.name.to_lowercase(),
    }
}

/// All but unreserved characters, encoded.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        ArtifactPath, Document, Ecosystem, NotificationKind, Pin, Redacted, Reference, ReferenceKind, Scope, Source,
        Span,
    };

    fn repository() -> Repository {
        let source = Source::new(
            ArtifactPath::new("a/requirements.txt"),
            b"\nTorch.Vision==1.0+cu117\nnum\x1bpy\n-r base.txt\n",
        );
        let dependency = |name: &str, span: Span, pin: Pin, specifier: &str| Dependency {
            name: name.to_owned(),
            ecosystem: if name.starts_with('_') { Ecosystem::Conda } else { Ecosystem::PyPi },
            pin,
            specifier: specifier.to_owned(),
            extras: Vec::new(),
            marker: None,
            hashes: Vec::new(),
            url: None,
            scope: Scope::Runtime,
            declared_at: source.location(span),
            name_at: source.location(span),
            specifier_at: None,
        };
        let mut document = Document::new(&source);
        let exact = Pin::Exact("1.0+cu117".to_owned());
        document.dependencies.push(dependency("Torch.Vision", Span::new(1, 13), exact, "==1.0+cu117"));
        document.dependencies.push(dependency("num\x1bpy", Span::new(25, 31), Pin::Unpinned, ""));
        document.dependencies.push(dependency("_libgcc_mutex", Span::new(1, 2), Pin::Range("<1".to_owned()), "<1"));
        document.notify(NotificationKind::Malformed, "a part was not read");
        document.references.push(Reference {
            kind: ReferenceKind::Requirements,
            value: Redacted::public("base.txt"),
            location: source.location(Span::new(35, 43)),
        });
        Repository::new(vec![document.into_facts(Vec::new(), &[])], Vec::new())
    }

    fn drawn(format: InventoryFormat) -> String {
        let mut out = Vec::new();
        format.write(&repository(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_lists_by_file_and_escapes() {
        let text = drawn(InventoryFormat::Text);
        assert!(
            text.starts_with("a/requirements.txt\n     2  Torch.Vision   ==1.0+cu117\n     3  num\\u{1b}py\n"),
            "{text}"
        );
        assert!(text.ends_with("3 declarations in 1 files, 1 with an exact version\n"), "{text}");
    }

    #[test]
    fn json_lines_hold_declarations_and_references() {
        let text = drawn(InventoryFormat::Jsonl);
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["name"], "Torch.Vision");
        assert_eq!((lines[0]["specifier"].as_str(), lines[0]["line"].as_u64()), (Some("==1.0+cu117"), Some(2)));
        assert_eq!(lines[0]["purl"], "pkg:pypi/torch-vision@1.0%2Bcu117");
        assert_eq!((lines[3]["ref"].as_str(), lines[3]["value"].as_str()), (Some("requirements"), Some("base.txt")));
    }

    #[test]
    fn cyclonedx_names_components_once_with_their_places() {
        let text = drawn(InventoryFormat::CycloneDx);
        let bom: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((bom["bomFormat"].as_str(), bom["specVersion"].as_str()), (Some("CycloneDX"), Some("1.6")));
        let components = bom["components"].as_array().unwrap();
        let torch = components.iter().find(|component| component["name"] == "torch-vision").unwrap();
        assert_eq!(torch["version"], "1.0+cu117");
        assert_eq!(torch["evidence"]["occurrences"][0]["line"], 2);
        // Only PyPI takes `_` for `-`.
        assert!(components.iter().any(|component| component["name"] == "_libgcc_mutex"));
    }

    /// The keys that bom-1.6.schema.json requires, and the few that it allows of those that are written here.
    #[test]
    fn cyclonedx_has_the_shape_of_its_schema() {
        let text = drawn(InventoryFormat::CycloneDx);
        let bom: serde_json::Value = serde_json::from_str(&text).unwrap();
        let keys = |value: &serde_json::Value, required: &[&str], allowed: &[&str]| {
            let object = value.as_object().unwrap();
            for key in required {
                assert!(object.contains_key(*key), "{key} is missing in {value}");
            }
            for (key, value) in object {
                assert!(required.contains(&key.as_str()) || allowed.contains(&key.as_str()), "{key} in {value}");
            }
        };
        let bom_keys = ["$schema", "version", "metadata", "components", "properties"];
        keys(&bom, &["bomFormat", "specVersion"], &bom_keys);
        assert!(bom["version"].as_u64().unwrap() >= 1);
        keys(&bom["metadata"], &[], &["lifecycles", "tools"]);
        assert_eq!(bom["metadata"]["lifecycles"][0]["phase"], "pre-build");
        keys(&bom["metadata"]["tools"]["components"][0], &["type", "name"], &["version"]);
        let mut references = std::collections::BTreeSet::new();
        for component in bom["components"].as_array().unwrap() {
            let allowed = ["bom-ref", "version", "purl", "properties", "evidence"];
            keys(component, &["type", "name"], &allowed);
            assert_eq!(component["type"], "library");
            assert!(component["purl"].as_str().unwrap().starts_with("pkg:"));
            assert!(references.insert(component["bom-ref"].as_str().unwrap().to_owned()), "refs are unique");
            for place in component["evidence"]["occurrences"].as_array().unwrap() {
                keys(place, &["location"], &["line"]);
                assert!(place["location"].is_string() && place["line"].is_u64());
            }
            for property in component["properties"].as_array().into_iter().flatten() {
                keys(property, &["name", "value"], &[]);
            }
        }
        assert_eq!(bom["properties"][0]["name"], "redan:not-analysed");
        keys(&bom["properties"][0], &["name", "value"], &[]);
    }
}
