//! What could not be analysed, and why. Not analysed must never look like clean: notifications stand in
//! every report and, under `--strict`, in the exit code.

use super::artifact::ArtifactPath;

/// One thing that was not (wholly) analysed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notification {
    /// The file; `None` when it concerns the run.
    pub path: Option<ArtifactPath>,
    /// Line (from 1) where the trouble starts, if known.
    pub line: Option<u32>,
    /// Which kind.
    pub kind: NotificationKind,
    /// One sentence; holds no text of the file that could be a secret.
    pub message: String,
}

impl Notification {
    /// About one file.
    pub fn new(path: &ArtifactPath, kind: NotificationKind, message: impl Into<String>) -> Self {
        Self { path: Some(path.clone()), line: None, kind, message: message.into() }
    }

    /// About the run as a whole.
    pub fn run(kind: NotificationKind, message: impl Into<String>) -> Self {
        Self { path: None, line: None, kind, message: message.into() }
    }

    /// The same, with the line (from 1) where the trouble starts.
    pub fn at_line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }
}

/// Why something was not analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NotificationKind {
    /// The operating system would not give the bytes.
    Unreadable,
    /// The file is not what its format says; what could be read was used.
    Malformed,
    /// A size, depth or time budget ended the analysis early.
    BudgetExceeded,
    /// The format is recognised and not supported.
    Unsupported,
    /// A path, include or file that is named but is not there.
    Missing,
    /// A link that leads out of the root, in a circle, or nowhere.
    LinkNotFollowed,
    /// The file changed while it was read.
    Changed,
    /// A suppression that matched nothing, or has expired.
    Suppression,
    /// The advisory data is old, partial or absent.
    AdvisoryData,
    /// A bug of ours: a panic that was contained.
    Internal,
}

impl NotificationKind {
    /// All, in the order of reports.
    pub const ALL: [Self; 10] = [
        Self::Unreadable,
        Self::Malformed,
        Self::BudgetExceeded,
        Self::Unsupported,
        Self::Missing,
        Self::LinkNotFollowed,
        Self::Changed,
        Self::Suppression,
        Self::AdvisoryData,
        Self::Internal,
    ];

    /// One sentence for readers of a report.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Unreadable => "A file could not be read, so it was not analysed.",
            Self::Malformed => "A file is not what its format says; what could be read was analysed.",
            Self::BudgetExceeded => "A limit of size, depth or time ended the analysis of a file early.",
            Self::Unsupported => "The format of a file is recognised and not supported.",
            Self::Missing => "A file that is named is not there.",
            Self::LinkNotFollowed => "A link leads out of the root, in a circle or nowhere, and was not followed.",
            Self::Changed => "A file changed while it was read.",
            Self::Suppression => "A suppression matched nothing, has expired or cannot be read.",
            Self::AdvisoryData => "The advisory data is old, partial or absent.",
            Self::Internal => "A defect of redan ended the analysis of a file; please report it.",
        }
    }

    /// Kebab-case name, as JSON and SARIF have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Malformed => "malformed",
            Self::BudgetExceeded => "budget-exceeded",
            Self::Unsupported => "unsupported",
            Self::Missing => "missing",
            Self::LinkNotFollowed => "link-not-followed",
            Self::Changed => "changed",
            Self::Suppression => "suppression",
            Self::AdvisoryData => "advisory-data",
            Self::Internal => "internal",
        }
    }
}
