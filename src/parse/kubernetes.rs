//! What Kubernetes lets in: ingresses, services and gateways of its manifests, also as templates of Helm
//! (<https://kubernetes.io/docs/concepts/services-networking/ingress/>, <https://istio.io/latest/docs/reference/config/networking/gateway/>).
//!
//! Other manifests describe what runs, not what can be reached: they are no assets. Kinds are `kubernetes/Ingress` and so on.

use super::azureml_asset::settings;
use super::yaml;
use super::{Parser, lossy};
use crate::model::{ArtifactPath, Asset, Dialect, Document, Groups, NotificationKind, Source, Span};

/// Manifests of Kubernetes.
pub struct Kubernetes;

/// Bytes of a file that is read; bundles of operators have a megabyte.
const MAXIMUM_TEXT: usize = 4 << 20;

/// What can be reached from outside.
const KINDS: &[&str] = &["Ingress", "Service", "Gateway"];

impl Parser for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn reads(&self) -> &'static str {
        "manifests of Kubernetes, also templates of Helm: ingresses, services and gateways"
    }

    fn serves(&self) -> Groups {
        Groups::POSTURE
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        matches!(path.extension().as_str(), "yml" | "yaml")
            && memchr::memmem::find(head, b"apiVersion:").is_some()
            && KINDS.iter().any(|kind| memchr::memmem::find(head, kind.as_bytes()).is_some())
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        if source.text().len() > MAXIMUM_TEXT {
            document.notify(NotificationKind::BudgetExceeded, "larger than manifests that are read for what lets in");
            return;
        }
        let text = &*lossy::text(source, document);
        let tree = yaml::read(document, text, source.text_start());
        for root in &tree.documents {
            let Some((key, kind)) = root.entry("kind") else { continue };
            let Some(kind) = kind.text().filter(|kind| KINDS.contains(kind)) else { continue };
            let name = root.get("metadata").and_then(|metadata| metadata.get("name")).and_then(|name| name.text());
            document.assets.push(Asset {
                dialect: Dialect::Yaml,
                kind: format!("kubernetes/{kind}"),
                name: name.unwrap_or_default().to_owned(),
                settings: settings(source, root, 0),
                location: source.first_line(Span::new(key.span.start, source.text().len())),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::rendered;

    fn read(text: &str) -> Vec<String> {
        let source = Source::new(ArtifactPath::new("a.yaml"), text.as_bytes());
        let mut document = Document::new(&source);
        if Kubernetes.claims(&source.path, text.as_bytes()) {
            Kubernetes.parse(&source, &mut document);
        }
        rendered::assets(&document)
    }

    #[test]
    fn what_lets_in_is_an_asset() {
        assert_eq!(
            read(
                "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  type: LoadBalancer\n  ports:\n  - port: 80\n---\n\
                 apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: {{ .Values.name }}\n"
            ),
            [
                "kubernetes/Service s {apiVersion=\"v1\", kind=\"Service\", metadata={name=\"s\"}, spec={type=\"LoadBalancer\", ports=[{port=80}]}} @2",
                "kubernetes/Gateway  {apiVersion=\"networking.istio.io/v1\", kind=\"Gateway\", metadata={name=()}} @13",
            ]
        );
    }

    #[test]
    fn other_manifests_are_none() {
        assert!(read("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: Service}\n").is_empty());
        assert!(read("kind: Service\n").is_empty());
    }
}
