//! Where a reference leads: to a file of the repository, or not.
//!
//! What a file format defines is followed as defined: relative to the file that says it. A command names paths
//! relative to a working directory, or inside an image, that no file states; there the nearest file of that name
//! upwards from the command is taken, which is how such repositories are laid out. The limit of that: two files of
//! one name above the command, of which a `cd` would have chosen the farther.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ArtifactPath, Facts, Location, Reference, ReferenceKind, Repository, Span, last_part};

/// Where a reference leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// To this file, which the walk found.
    File(ArtifactPath),
    /// To a file that should be there, and is not; the message says so.
    Missing(String),
    /// To something that is no file of the repository: an image, a registered asset, a folder.
    Elsewhere,
}

/// How many copied files or folders of one artifact are considered, and how many references of one kind; real images copy
/// tens.
const MAX_COPIES: usize = 256;
/// Parsers of formats whose paths are relative to the file itself.
const RELATIVE_TO_FILE: &[&str] = &["requirements", "conda_environment", "azureml", "mlflow", "pyproject", "setup_cfg"];

/// A file that refers to others, with what is asked of its references again and again.
pub(super) struct Referrer<'f> {
    facts: &'f Facts,
    /// What a `COPY` copies, the first of them.
    copies: Vec<&'f Reference>,
    /// Where files are named that a `COPY` renamed, by the kind of reference: the parser then says at the `COPY` which file
    /// it is, as a reference of the same kind.
    renamed: BTreeMap<ReferenceKind, Vec<&'f Location>>,
    /// Names of files that it writes.
    written: BTreeSet<&'f str>,
    contexts: Vec<&'f Reference>,
    names_dockerfile: bool,
}

impl<'f> Referrer<'f> {
    pub(super) fn new(facts: &'f Facts) -> Self {
        let of_kind = |kind| facts.references.iter().filter(move |reference| reference.kind == kind);
        let copied: BTreeSet<Span> = of_kind(ReferenceKind::CopiedFile).map(|copy| copy.location.span).collect();
        let mut renamed: BTreeMap<ReferenceKind, Vec<&Location>> = BTreeMap::new();
        for reference in facts.references.iter().filter(|reference| copied.contains(&reference.location.span)) {
            let places = renamed.entry(reference.kind).or_default();
            if places.len() < MAX_COPIES {
                places.push(&reference.location);
            }
        }
        Self {
            facts,
            copies: of_kind(ReferenceKind::CopiedFile).take(MAX_COPIES).collect(),
            renamed,
            written: of_kind(ReferenceKind::WrittenFile).map(|written| last_part(written.value.as_str())).collect(),
            contexts: of_kind(ReferenceKind::BuildContext).take(MAX_COPIES).collect(),
            names_dockerfile: of_kind(ReferenceKind::Dockerfile).next().is_some(),
        }
    }

    /// True when a `COPY` gave a file of this kind its name in the image.
    fn names_copy(&self, kind: ReferenceKind) -> bool {
        self.renamed.contains_key(&kind)
    }

    /// True when the file is one that a `COPY` renamed.
    fn is_renamed_copy(&self, reference: &Reference) -> bool {
        let places = self.renamed.get(&reference.kind);
        places.is_some_and(|places| places.iter().any(|place| **place != reference.location))
    }

    /// True when the same file writes what it names, and its content was read there.
    fn is_written(&self, value: &str) -> bool {
        self.written.contains(last_part(value))
    }
}

/// Finds the target of one of a file's references.
pub(super) fn find(repository: &Repository, referrer: &Referrer<'_>, reference: &Reference) -> Target {
    let facts = referrer.facts;
    let value = reference.value.as_str().trim();
    let value = value.strip_prefix("file:").unwrap_or(value);
    if value.contains("://") {
        let followed = matches!(reference.kind, ReferenceKind::Requirements | ReferenceKind::Constraints);
        let message = || "includes a URL, which was not followed".to_owned();
        return if followed { Target::Missing(message()) } else { Target::Elsewhere };
    }
    let found = match reference.kind {
        ReferenceKind::Requirements | ReferenceKind::Constraints | ReferenceKind::CondaFile => {
            // A run configuration lies in `.azureml/` and names files of the project above it.
            let strict = facts.path.extension() != "runconfig"
                && facts.readers.iter().any(|reader| RELATIVE_TO_FILE.contains(reader));
            if strict { beside(repository, facts, value) } else { installed(repository, referrer, value) }
        }
        // Filled in from the file beside it: <https://github.com/Azure/azureml-assets>, "environment.yaml".
        ReferenceKind::Dockerfile | ReferenceKind::BuildContext if value.starts_with("{{image.") => {
            return beside(repository, facts, "environment.yaml").map_or(Target::Elsewhere, Target::File);
        }
        ReferenceKind::Dockerfile => {
            in_context(repository, referrer, value).or_else(|| upwards(repository, facts, value))
        }
        ReferenceKind::BuildContext => {
            let default = || upwards(repository, facts, &format!("{}/Dockerfile", value.trim_end_matches('/')));
            let found = if referrer.names_dockerfile { None } else { default() };
            return found.map_or(Target::Elsewhere, Target::File);
        }
        ReferenceKind::CopiedFile => return copied(repository, facts, value).map_or(Target::Elsewhere, Target::File),
        ReferenceKind::Environment | ReferenceKind::Component => {
            let is_file = || value != reference.value.as_str().trim() || matches!(extension(value), "yml" | "yaml");
            match beside(repository, facts, value) {
                // A component that a program writes before it loads it declares nothing here.
                None if !is_file() || (reference.kind == ReferenceKind::Component && !is_asset(facts)) => {
                    return Target::Elsewhere;
                }
                found => found,
            }
        }
        ReferenceKind::InlineConda
        | ReferenceKind::BaseImage
        | ReferenceKind::Stage
        | ReferenceKind::Image
        | ReferenceKind::EnvironmentName
        | ReferenceKind::ComponentName
        | ReferenceKind::WrittenFile
        | ReferenceKind::PackageUrl
        | ReferenceKind::Code => return Target::Elsewhere,
    };
    match found {
        Some(path) => Target::File(path),
        None if value.starts_with('/') && referrer.names_copy(reference.kind) => Target::Elsewhere,
        // A folder, the standard input, or a format string that a program fills in.
        None if value.ends_with('/') || !value.contains(char::is_alphanumeric) => Target::Elsewhere,
        None if referrer.is_renamed_copy(reference) || referrer.is_written(value) => Target::Elsewhere,
        None if value.contains("{{") || value.contains("$(") => {
            Target::Missing(format!("names '{}', a path that something else fills in", shortened(value)))
        }
        None => Target::Missing(format!("names '{}', which is not in the repository", shortened(value))),
    }
}

/// `value` relative to the file that says it.
fn beside(repository: &Repository, facts: &Facts, value: &str) -> Option<ArtifactPath> {
    facts.path.join(value).filter(|path| repository.has_file(path))
}

/// True for a YAML file of an asset.
fn is_asset(facts: &Facts) -> bool {
    facts.readers.contains(&"azureml")
}

/// The extension of a path or a name.
fn extension(value: &str) -> &str {
    value.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// What a command installs from: in an image, a file that was copied there; else a file upwards.
fn installed(repository: &Repository, referrer: &Referrer<'_>, value: &str) -> Option<ArtifactPath> {
    let (facts, name) = (referrer.facts, last_part(value));
    let copies = || referrer.copies.iter();
    let same_name = |copy: &&&Reference| last_part(copy.value.as_str()) == name;
    copies()
        .filter(same_name)
        .find_map(|copy| copied(repository, facts, copy.value.as_str()))
        .or_else(|| copies().find_map(|copy| inside_copied(repository, facts, copy.value.as_str(), value)))
        .or_else(|| upwards(repository, facts, value))
        // `COPY *.txt /app/`: what lies in the image under a name mostly lies in the context under the same.
        .or_else(|| copies().next().and_then(|_| upwards(repository, facts, name)))
}

/// A source of a `COPY`: relative to the build context, which is the Dockerfile's folder or one above it.
fn copied(repository: &Repository, facts: &Facts, value: &str) -> Option<ArtifactPath> {
    upwards(repository, facts, value.trim_start_matches('/'))
}

/// A file in a copied folder: the longest tail of the path in the image that exists below the folder.
fn inside_copied(repository: &Repository, facts: &Facts, folder: &str, value: &str) -> Option<ArtifactPath> {
    let folder = folder.trim_end_matches('/');
    let mut tail = value.trim_start_matches(['/', '.']);
    loop {
        if let Some(path) = copied(repository, facts, &format!("{folder}/{tail}")) {
            return Some(path);
        }
        tail = tail.split_once('/')?.1;
    }
}

/// `value` relative to the folder of the file, then to each folder above it.
fn upwards(repository: &Repository, facts: &Facts, value: &str) -> Option<ArtifactPath> {
    let mut from = facts.path.clone();
    loop {
        if let Some(path) = from.join(value).filter(|path| repository.has_file(path)) {
            return Some(path);
        }
        let directory = from.directory();
        if directory.is_empty() {
            return None;
        }
        from = ArtifactPath::new(directory);
    }
}

/// A Dockerfile, relative to the build context that the same file names.
fn in_context(repository: &Repository, referrer: &Referrer<'_>, value: &str) -> Option<ArtifactPath> {
    let path = &referrer.facts.path;
    let contexts = referrer.contexts.iter();
    contexts
        .filter_map(|context| path.join(&format!("{}/{value}", context.value.as_str().trim_end_matches('/'))))
        .find(|path| repository.has_file(path))
}

/// Values are hostile and may be long.
fn shortened(value: &str) -> String {
    const MOST: usize = 120;
    match value.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}
