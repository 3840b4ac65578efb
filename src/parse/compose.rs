//! Compose files (<https://github.com/compose-spec/compose-spec/blob/main/spec.md>): images, builds, commands.

use super::install_command::Place;
use super::written::{self, Depth};
use super::yaml::{self, Node, Tree};
use super::{Parser, workflow};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Redacted, Reference, ReferenceKind, Segment, SegmentKind, Source, Span};

/// Compose files.
pub struct Compose;

impl Parser for Compose {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn reads(&self) -> &'static str {
        "`docker-compose*.yml`, `compose*.yaml`: images, builds and commands of services"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        let name = path.file_name().to_ascii_lowercase();
        matches!(path.extension().as_str(), "yml" | "yaml")
            && (name.starts_with("docker-compose") || name.starts_with("compose."))
            && memchr::memmem::find(head, b"services:").is_some()
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Some(text) = source.utf8() else {
            document.notify(NotificationKind::Malformed, "a compose file that is not UTF-8");
            return;
        };
        let tree = yaml::parse(text, source.text_start());
        if let Some(error) = &tree.error {
            document.notify_at(error.at, NotificationKind::Malformed, error.message.clone());
        }
        let services = tree.root().and_then(|root| root.get("services")).map(Node::entries).unwrap_or_default();
        for (_, service) in services {
            self::service(document, &tree, service);
        }
    }
}

fn service(document: &mut Document<'_>, tree: &Tree<'_>, service: &Node<'_>) {
    for (key, value) in service.entries() {
        match (key.text().unwrap_or_default(), value.text()) {
            // With `build`, `image` only names the result.
            ("image", Some(_)) if service.get("build").is_none() => refer(document, tree, value, ReferenceKind::Image),
            ("build", Some(_)) => refer(document, tree, value, ReferenceKind::BuildContext),
            ("build", None) => {
                for (key, value) in value.entries() {
                    match key.text() {
                        Some("context") => refer(document, tree, value, ReferenceKind::BuildContext),
                        Some("dockerfile") => refer(document, tree, value, ReferenceKind::Dockerfile),
                        Some("dockerfile_inline") => inline(document, tree, value),
                        _ => {}
                    }
                }
            }
            ("command" | "entrypoint", _) => workflow::commands(document, tree, value),
            _ => {}
        }
    }
}

/// A Dockerfile that stands in the file.
fn inline(document: &mut Document<'_>, tree: &Tree<'_>, node: &Node<'_>) {
    let Some(text) = node.text() else { return };
    let segment = Segment::new(text.as_bytes(), tree.map(node), SegmentKind::Text, None);
    let named_at = document.source.location(node.span);
    written::read("inline.Dockerfile", named_at, text.as_bytes(), &Place::segment(&segment), Depth::Any, document);
}

fn refer(document: &mut Document<'_>, tree: &Tree<'_>, node: &Node<'_>, kind: ReferenceKind) {
    let Some(text) = node.text().filter(|text| !text.is_empty()) else { return };
    let location = document.source.location(tree.map(node).source_span(Span::new(0, text.len())));
    document.references.push(Reference { kind, value: Redacted::url(text), location });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services() {
        let text = "services:\n  a:\n    image: redis\n    command: bash -c \"pip install x==1\"\n  b:\n    image: mine\n    build:\n      context: ./b\n      dockerfile: D\n  c:\n    build: ./c\n    entrypoint: [sh, -c, pip install y]\n";
        let source = Source::new(ArtifactPath::new("docker-compose.dev.yml"), text.as_bytes());
        assert!(Compose.claims(&source.path, text.as_bytes()));
        let mut document = Document::new(&source);
        Compose.parse(&source, &mut document);
        let references: Vec<String> = document.references.iter().map(|found| format!("{} {}", found.kind.name(), found.value)).collect();
        assert_eq!(references, ["image redis", "build_context ./b", "dockerfile_path D", "build_context ./c"]);
        let packages: Vec<&str> = document.dependencies.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(packages, ["x", "y"]);
    }

    #[test]
    fn dockerfiles_that_stand_in_the_file() {
        let text = "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM python:3.9\n        RUN pip install x==1\n";
        let source = Source::new(ArtifactPath::new("compose.yml"), text.as_bytes());
        let mut document = Document::new(&source);
        Compose.parse(&source, &mut document);
        let packages: Vec<String> =
            document.dependencies.iter().map(|found| format!("{} @{}", found.name, found.declared_at.start.line)).collect();
        assert_eq!(packages, ["x @6"]);
        assert!(document.references.iter().any(|found| found.kind == ReferenceKind::BaseImage), "{:?}", document.references);
    }
}
