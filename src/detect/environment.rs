//! Which artifacts are installed together, and through which path a declaration reaches what runs.
//!
//! Read from the links that `resolve` made: a requirements file includes another, a Dockerfile copies one, a
//! job names an environment that names a conda file.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ArtifactPath, Link, ReferenceKind, Related, Repository};

/// How many references a finding shows at most.
const MAX_PATH: usize = 8;

/// The links of a repository, ready to be asked.
pub(crate) struct Environments<'r> {
    /// Target → the links that lead to it, in order.
    incoming: BTreeMap<&'r ArtifactPath, Vec<&'r Link>>,
    /// Artifact → the number of its group: those that are installed together by `-r` and `-c`.
    group: BTreeMap<&'r ArtifactPath, usize>,
}

impl<'r> Environments<'r> {
    /// Reads the links.
    pub(crate) fn new(repository: &'r Repository) -> Self {
        let mut incoming: BTreeMap<&ArtifactPath, Vec<&Link>> = BTreeMap::new();
        let mut neighbours: BTreeMap<&ArtifactPath, Vec<&ArtifactPath>> = BTreeMap::new();
        for link in &repository.links {
            incoming.entry(&link.target).or_default().push(link);
            if matches!(link.reference.kind, ReferenceKind::Requirements | ReferenceKind::Constraints) {
                let from = &link.reference.location.path;
                neighbours.entry(from).or_default().push(&link.target);
                neighbours.entry(&link.target).or_default().push(from);
            }
        }
        incoming.values_mut().for_each(|links| links.sort_by(|a, b| a.reference.location.cmp(&b.reference.location)));
        let mut group = BTreeMap::new();
        for (number, start) in neighbours.keys().enumerate() {
            let mut stack = vec![*start];
            while let Some(path) = stack.pop() {
                if group.contains_key(path) {
                    continue;
                }
                group.insert(path, number);
                stack.extend(neighbours.get(path).into_iter().flatten());
            }
        }
        Self { incoming, group }
    }

    /// The number of the group of artifacts that `path` is installed together with by `-r` and `-c`, if any.
    pub(crate) fn group(&self, path: &ArtifactPath) -> Option<usize> {
        self.group.get(path).copied()
    }

    /// The references through which `path` is reached, nearest first, each artifact once.
    pub(crate) fn path_to(&self, path: &ArtifactPath) -> Vec<&'r Link> {
        let mut links = Vec::new();
        let mut seen = BTreeSet::from([path]);
        let mut frontier = vec![path];
        while !frontier.is_empty() && links.len() < MAX_PATH {
            let mut next = Vec::new();
            for link in frontier.iter().filter_map(|path| self.incoming.get(*path)).flatten() {
                if seen.insert(&link.reference.location.path) && links.len() < MAX_PATH {
                    links.push(*link);
                    next.push(&link.reference.location.path);
                }
            }
            frontier = next;
        }
        links
    }

    /// The same as places of a finding.
    pub(crate) fn related(&self, path: &ArtifactPath) -> Vec<Related> {
        let links = self.path_to(path).into_iter();
        links
            .map(|link| Related {
                message: match link.is_certain {
                    true => format!("{} {}", verb(link.reference.kind), link.target),
                    false => format!("may mean what {} defines", link.target),
                },
                location: link.reference.location.clone(),
            })
            .collect()
    }

    /// True when something that is deployed leads to `path`: an image or an Azure ML asset.
    pub(crate) fn is_deployed(&self, path: &ArtifactPath) -> bool {
        self.path_to(path).iter().any(|link| {
            let kind = link.reference.kind;
            !matches!(kind, ReferenceKind::Requirements | ReferenceKind::Constraints)
                || is_image_recipe(&link.reference.location.path)
        })
    }
}

/// True for Dockerfiles and Containerfiles.
pub(crate) fn is_image_recipe(path: &ArtifactPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    ["dockerfile", "containerfile"]
        .iter()
        .any(|word| name.starts_with(word) || name.strip_suffix(word).is_some_and(|stem| stem.ends_with('.')))
}

fn verb(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::Requirements => "installs",
        ReferenceKind::Constraints => "is constrained by",
        ReferenceKind::CondaFile | ReferenceKind::InlineConda => "creates its conda environment from",
        ReferenceKind::Dockerfile | ReferenceKind::BuildContext => "builds its image with",
        ReferenceKind::CopiedFile => "copies",
        ReferenceKind::BaseImage
        | ReferenceKind::Stage
        | ReferenceKind::Image
        | ReferenceKind::Environment
        | ReferenceKind::EnvironmentName => "runs in",
        ReferenceKind::Component | ReferenceKind::ComponentName => "runs",
        ReferenceKind::Code => "uploads",
        ReferenceKind::WrittenFile => "writes",
        ReferenceKind::PackageUrl => "installs from",
    }
}
