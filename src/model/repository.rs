//! The facts of all artifacts together, once their text is gone.

use super::artifact::ArtifactPath;
use super::asset::Asset;
use super::call::Call;
use super::dependency::Dependency;
use super::finding::Finding;
use super::import::Import;
use super::notification::Notification;
use super::reference::{InstallOption, Reference};
use super::suppression::Suppression;

/// What is kept of one artifact.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The artifact.
    pub path: ArtifactPath,
    /// The kinds of its cells, where it is a notebook (see [`cell_kinds`](super::cell_kinds)).
    pub cells: String,
    /// Names of the parsers that read it.
    pub readers: Vec<&'static str>,
    /// Declared packages.
    pub dependencies: Vec<Dependency>,
    /// Pointers to other artifacts and images.
    pub references: Vec<Reference>,
    /// Installer options.
    pub options: Vec<InstallOption>,
    /// Python calls that some detector asks about.
    pub calls: Vec<Call>,
    /// Cloud resources, and what they refer to.
    pub assets: Vec<Asset>,
    /// Imports of pickle streams.
    pub imports: Vec<Import>,
    /// The version of scikit-learn that wrote a pickle here.
    pub sklearn: Option<String>,
    /// Inline ignores.
    pub suppressions: Vec<Suppression>,
    /// What could not be read.
    pub notifications: Vec<Notification>,
    /// What the detectors found in this artifact alone.
    pub findings: Vec<Finding>,
}

/// All artifacts, sorted by path, and how they are joined.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    /// Sorted by path; at most one entry a path, and none for an artifact that has nothing to say.
    pub artifacts: Vec<Facts>,
    /// Every artifact that was walked, sorted.
    pub files: Vec<ArtifactPath>,
    /// What `resolve` joined.
    pub links: Vec<Link>,
    /// What could not be joined, and other notes about the run.
    pub notifications: Vec<Notification>,
}

impl Repository {
    /// Sorts the facts and the paths.
    pub fn new(mut artifacts: Vec<Facts>, mut files: Vec<ArtifactPath>) -> Self {
        artifacts.sort_by(|a, b| a.path.cmp(&b.path));
        files.sort();
        Self { artifacts, files, links: Vec::new(), notifications: Vec::new() }
    }

    /// True when the walk found an artifact at `path`.
    pub fn has_file(&self, path: &ArtifactPath) -> bool {
        self.files.binary_search(path).is_ok()
    }

    /// The artifact at `path`.
    pub fn get(&self, path: &ArtifactPath) -> Option<&Facts> {
        let index = self.artifacts.binary_search_by(|facts| facts.path.cmp(path)).ok()?;
        self.artifacts.get(index)
    }

    /// Adds or replaces one artifact's facts, keeping the order.
    pub fn put(&mut self, facts: Facts) {
        match self.artifacts.binary_search_by(|known| known.path.cmp(&facts.path)) {
            Ok(index) => {
                if let Some(place) = self.artifacts.get_mut(index) {
                    *place = facts;
                }
            }
            Err(index) => self.artifacts.insert(index, facts),
        }
    }
}

/// A reference that was followed to an artifact of the repository.
#[derive(Clone, Debug)]
pub struct Link {
    /// The reference, with its place.
    pub reference: Reference,
    /// What it leads to.
    pub target: ArtifactPath,
    /// False when the reference may mean something else: another file of the repository defines the same, or a
    /// version that is not said here.
    pub is_certain: bool,
}
