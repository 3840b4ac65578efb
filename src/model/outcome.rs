//! Everything that one run has to say; the only thing that reporters get.

use super::artifact::ArtifactPath;
use super::coverage::Coverage;
use super::dependency::Dependency;
use super::finding::{Disposition, Finding};
use super::notification::Notification;
use super::rule::Severity;

/// The result of a scan: sorted, filtered, ready to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// All findings, of every disposition, sorted by path, span and rule.
    pub findings: Vec<Finding>,
    /// What could not be analysed, sorted.
    pub notifications: Vec<Notification>,
    /// What was looked at.
    pub coverage: Coverage,
    /// Every declared package, sorted by path and place.
    pub dependencies: Vec<Dependency>,
    /// Notebooks that have findings, sorted by path.
    pub notebooks: Vec<Notebook>,
}

/// What the cells of a notebook are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notebook {
    /// The notebook.
    pub path: ArtifactPath,
    /// A character a cell, see [`cell_kinds`](super::cell_kinds).
    pub cells: String,
}

impl Outcome {
    /// The findings that are neither suppressed, in the baseline nor below a threshold.
    pub fn reported(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_reported())
    }

    /// How many findings have the disposition named `name`.
    pub fn count(&self, disposition: &str) -> usize {
        self.findings.iter().filter(|finding| finding.disposition.name() == disposition).count()
    }

    /// True when a reported finding is at or above `threshold` (unknown counts as high).
    pub fn fails(&self, threshold: Severity) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.disposition == Disposition::Reported && finding.severity.gate() >= threshold.gate())
    }
}
