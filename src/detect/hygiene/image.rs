//! Base images that are not what they were.

use std::sync::OnceLock;

use super::{Entry, Found};
use crate::model::{Confidence, Facts, ReferenceKind, Severity, last_part};

pub(super) static MUTABLE_BASE_IMAGE: Entry = Entry {
    id: "mutable-base-image",
    name: "Base image without a digest",
    summary: "An image is named by a tag, which can be moved, and not by its digest.",
    what: "The image is named with a tag, with `latest`, or without either, and not with `@sha256:…`.",
    why: "A tag names whatever was pushed last. The next build or the next node may run other code than the one that \
         was tested, and a registry account that was taken over reaches everything built on it.",
    example: "FROM pytorch/pytorch:latest",
    use_instead: "FROM pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime@sha256:…",
    references: &[
        "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
        "https://docs.docker.com/reference/cli/docker/image/pull/#pull-an-image-by-digest-immutable-identifier",
    ],
    severity: Severity::Low,
    cwe: &[1357],
    made: OnceLock::new(),
};

pub(super) fn conclude(facts: &Facts, found: &mut Found) {
    for reference in &facts.references {
        if !matches!(reference.kind, ReferenceKind::BaseImage | ReferenceKind::Image) {
            continue;
        }
        let image = reference.value.as_str();
        let Some(tag) = moving_tag(image) else { continue };
        let (severity, what) = match tag {
            "" => (Severity::Medium, format!("The image {image} is named without a tag, so it is whatever is newest.")),
            "latest" => (Severity::Medium, format!("The image {image} is whatever was pushed last.")),
            _ => (Severity::Low, format!("The image {image} is named by a tag and not by its digest.")),
        };
        // Fingerprints survive a new tag.
        let mut finding = MUTABLE_BASE_IMAGE.finding(Confidence::Certain, &reference.location, repository_of(image), what);
        finding.severity = severity;
        finding.advice = "add the digest that was tested: @sha256:…".to_owned();
        found.findings.push(finding);
    }
}

/// The tag of an image that has no digest, empty when it has none. `None` when it has a digest, or when something
/// else fills it in.
pub(super) fn moving_tag(image: &str) -> Option<&str> {
    let unknown = image.is_empty() || image == "scratch" || image.contains(['$', '{', '<', ' ', '@']);
    // A registered asset, a URI or a file is no image.
    if unknown || image.contains("://") || image.starts_with("azureml:") {
        return None;
    }
    let last = last_part(image);
    Some(last.split_once(':').map_or("", |(_, tag)| tag))
}

/// The image without its tag.
pub(super) fn repository_of(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let name_at = image.rfind('/').map_or(0, |slash| slash + 1);
    let end = image.get(name_at..).and_then(|name| name.find(':')).map_or(image.len(), |colon| name_at + colon);
    image.get(..end).unwrap_or(image)
}
