//! Bills of materials in JSON: CycloneDX (<https://cyclonedx.org/docs/1.6/json/>, `components`, nested ones as well) and
//! SPDX 2 (<https://spdx.github.io/spdx-spec/v2.3/>, `packages`), as far as their package URLs
//! (<https://github.com/package-url/purl-spec>) name Python and conda packages.

use super::json::{self, Node, Reader};
use super::{Parser, match_spec, requirement};
use crate::model::{ArtifactPath, Document, Groups, OffsetMap, Scope, Source, Span};

/// Bills of materials.
pub struct Sbom;

/// Components inside components that are followed.
const MAXIMUM_DEPTH: u32 = 32;

impl Parser for Sbom {
    fn name(&self) -> &'static str {
        "sbom"
    }

    fn reads(&self) -> &'static str {
        "bills of materials: CycloneDX and SPDX 2 in JSON"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
        let is_named = [".spdx.json", ".cdx.json"].iter().any(|end| path.file_name().ends_with(end));
        path.extension() == "json" && (is_named || has(b"\"bomFormat\"") || has(b"\"spdxVersion\""))
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = source.text();
        let Some(root) = json::read(&mut Reader::new(text, source.text_start()), document) else { return };
        components(text, root.get(text, "components"), 0, document);
        for package in root.get(text, "packages").map(Node::elements).unwrap_or_default() {
            let references = package.get(text, "externalRefs").map(Node::elements).unwrap_or_default();
            references.iter().for_each(|reference| purl(text, reference.get(text, "referenceLocator"), document));
        }
    }
}

fn components(text: &[u8], list: Option<&Node>, depth: u32, document: &mut Document<'_>) {
    for component in list.map(Node::elements).unwrap_or_default() {
        purl(text, component.get(text, "purl"), document);
        if depth < MAXIMUM_DEPTH {
            components(text, component.get(text, "components"), depth + 1, document);
        }
    }
}

/// `pkg:pypi/pillow@9.0.0`, `pkg:conda/pillow@9.0.0?build=py39_0&channel=main`; other types are of no ecosystem that is
/// judged. `%2B` is the `+` of a local version.
fn purl(text: &[u8], node: Option<&Node>, document: &mut Document<'_>) {
    let source = document.source;
    let Some(token) = node.and_then(Node::token) else { return };
    let (decoded, map) = json::decode(text, token);
    let Ok(decoded) = std::str::from_utf8(&decoded) else { return };
    let Some((kind, rest)) = decoded.strip_prefix("pkg:").and_then(|purl| purl.split_once('/')) else { return };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let Some((name, version)) = rest.split_once('@').filter(|(name, version)| !name.is_empty() && !version.is_empty())
    else {
        return;
    };
    let start = "pkg:".len() + kind.len() + 1;
    let (name_at, version_at) = (Span::new(start, start + name.len()), Span::new(start + name.len() + 1, start + rest.len()));
    let (name_at, version_at) = (map.source_span(name_at), map.source_span(version_at));
    let version = version.replace("%2B", "+").replace("%2b", "+").replace("%21", "!");
    let mut to_version = OffsetMap::default();
    to_version.push(version.len(), version_at.start, version_at.len());
    let to_name = OffsetMap::identity(name_at.start, name_at.len());
    let (pinned, to_file) = requirement::pinned((name, to_name), "==", (&version, &to_version));
    let declared = match kind.to_ascii_lowercase().as_str() {
        "pypi" => requirement::declare(document, &pinned, &to_file, Scope::Locked),
        "conda" => match_spec::declare(document, &pinned, &to_file, Scope::Locked),
        _ => return,
    };
    if let Some(dependency) = declared {
        dependency.specifier_at = Some(source.location(version_at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let source = Source::new(ArtifactPath::new("bom.json"), text.as_bytes());
        assert!(Sbom.claims(&source.path, text.as_bytes()), "{text}");
        let mut document = Document::new(&source);
        Sbom.parse(&source, &mut document);
        let packages = document.dependencies.iter().map(|found| {
            let slice = |span: Span| String::from_utf8_lossy(span.slice(text.as_bytes())).into_owned();
            let version = found.specifier_at.as_ref().map(|place| slice(place.span)).unwrap_or_default();
            let kind = found.ecosystem.purl_type();
            format!("{kind} {}{} at {} {version}", found.name, found.specifier, slice(found.name_at.span))
        });
        packages.chain(document.notifications.iter().map(|note| note.message.clone())).collect()
    }

    #[test]
    fn components_of_cyclonedx() {
        assert_eq!(
            read(
                r#"{"bomFormat": "CycloneDX", "components": [{"name": "x", "purl": "pkg:pypi/pillow@9.0.0"}, {"purl": "pkg:npm/left-pad@1.0.0",
                "components": [{"purl": "pkg:Conda/numpy@1.21.0?build=py39_0&subdir=linux-64"}, {"purl": "pkg:pypi\/torch@1.13.1%2Bcu117"}]}, {"purl": "pkg:pypi/none"}, {}]}"#
            ),
            [
                "pypi pillow==9.0.0 at pillow 9.0.0",
                "conda numpy==1.21.0 at numpy 1.21.0",
                "pypi torch==1.13.1+cu117 at torch 1.13.1%2Bcu117"
            ]
        );
    }

    #[test]
    fn packages_of_spdx() {
        assert_eq!(
            read(
                r#"{"spdxVersion": "SPDX-2.3", "packages": [{"name": "pillow", "externalRefs": [{"referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a"},
                {"referenceType": "purl", "referenceLocator": "pkg:pypi/pillow@9.0.0"}]}]}"#
            ),
            ["pypi pillow==9.0.0 at pillow 9.0.0"]
        );
        assert!(read("{\"spdxVersion\": ").iter().all(|note| note.starts_with("not valid JSON")));
    }
}
