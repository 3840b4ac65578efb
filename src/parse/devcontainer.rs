//! Development containers (<https://containers.dev/implementors/json_reference/>): image, build, lifecycle commands.
//! JSON with comments.

use super::Parser;
use super::install_command::{read_listed, read_mapped};
use super::json::{self, Node, Reader, Value};
use crate::model::{ArtifactPath, Document, Groups, Redacted, Reference, ReferenceKind, Source};

/// Development containers.
pub struct Devcontainer;

impl Parser for Devcontainer {
    fn name(&self) -> &'static str {
        "devcontainer"
    }

    fn reads(&self) -> &'static str {
        "`devcontainer.json`: image, Dockerfile, lifecycle commands"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        matches!(path.file_name(), "devcontainer.json" | ".devcontainer.json")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = source.text();
        let Some(root) = json::read(&mut Reader::new(text, source.text_start()).with_comments(), document) else { return };
        refer(source, root.get(text, "image"), ReferenceKind::Image, document);
        refer(source, root.get(text, "dockerFile"), ReferenceKind::Dockerfile, document);
        if let Some(build) = root.get(text, "build") {
            refer(source, build.get(text, "dockerfile"), ReferenceKind::Dockerfile, document);
            refer(source, build.get(text, "context"), ReferenceKind::BuildContext, document);
        }
        for name in [
            "initializeCommand",
            "onCreateCommand",
            "updateContentCommand",
            "postCreateCommand",
            "postStartCommand",
            "postAttachCommand",
        ] {
            if let Some(command) = root.get(text, name) {
                self::command(source, command, document);
                // An object names several that run side by side.
                command.members().iter().for_each(|member| self::command(source, &member.node, document));
            }
        }
    }
}

/// A shell text, or a list of words.
fn command(source: &Source<'_>, node: &Node, document: &mut Document<'_>) {
    let text = source.text();
    match &node.value {
        Value::String(token) => {
            let (script, map) = json::decode(text, *token);
            if let Ok(script) = std::str::from_utf8(&script) {
                read_mapped(script, map, document);
            }
        }
        Value::Array(elements) => {
            let words = elements.iter().filter_map(|element| {
                let (value, map) = json::decode(text, element.token()?);
                Some((std::str::from_utf8(&value).ok()?.to_owned(), map))
            });
            read_listed(words, document);
        }
        Value::Object(_) | Value::Scalar => {}
    }
}

fn refer(source: &Source<'_>, node: Option<&Node>, kind: ReferenceKind, document: &mut Document<'_>) {
    let Some((token, text)) = node.and_then(|node| Some((node.token()?, node.text(source.text())?))) else { return };
    let location = source.location(token.span);
    document.references.push(Reference { kind, value: Redacted::url(&text), location });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifecycle_commands_and_builds() {
        let text = r#"{ // why
  "image": "mcr.example/py:3", "build": {"dockerfile": "Dockerfile", "context": ".."},
  "postCreateCommand": "pip install a==1 && pip install -r r.txt",
  "onCreateCommand": {"x": ["pip", "install", "b>=2"], "y": "echo"}, /* end */
}"#;
        let source = Source::new(ArtifactPath::new(".devcontainer/devcontainer.json"), text.as_bytes());
        let mut document = Document::new(&source);
        Devcontainer.parse(&source, &mut document);
        assert!(document.notifications.is_empty());
        let packages: Vec<String> = document
            .dependencies
            .iter()
            .map(|found| format!("{}{} @{}", found.name, found.specifier, found.declared_at.start.line))
            .collect();
        assert_eq!(packages, ["b>=2 @4", "a==1 @3"]);
        let references: Vec<&str> = document.references.iter().map(|found| found.kind.name()).collect();
        assert_eq!(references, ["image", "dockerfile_path", "build_context", "requirements"]);
    }
}
