//! What the user chose, from the command line, the environment and `redan.toml`.

use std::path::PathBuf;

use crate::model::{ArtifactPath, Confidence, Group, Groups, Severity};

pub mod baseline;
pub mod file;
pub mod pattern_list;

pub use baseline::Baseline;
pub use file::ConfigFile;
pub use pattern_list::PathPatterns;

/// Choices that stages look at.
#[derive(Clone, Debug)]
pub struct Config {
    /// Rule ids or group names that alone are reported; empty means all.
    pub only: Vec<String>,
    /// Rule ids or group names that are not reported.
    pub skip: Vec<String>,
    /// Findings below it are counted, not shown.
    pub min_severity: Severity,
    /// Findings below it are counted, not shown.
    pub min_confidence: Confidence,
    /// Read files that git ignores, too.
    pub no_ignore: bool,
    /// Threads that analyse.
    pub threads: usize,
    /// Look at every run of characters, not only at likely ones.
    pub exhaustive: bool,
    /// Paths that are not read.
    pub exclude: PathPatterns,
    /// Findings that are accepted for a time.
    pub ignores: Vec<Ignore>,
    /// Findings that are known.
    pub baseline: Option<Baseline>,
    /// Obey no suppression that stands in the scanned tree.
    pub isolated: bool,
    /// Only some files of the tree are looked at, so what matches nothing may match elsewhere.
    pub partial: bool,
    /// Today, `YYYY-MM-DD`, for the ends of suppressions; empty when none ends.
    pub today: String,
    /// Where the advisory store would be; `None` for the built-in snapshot.
    pub advisory_db: Option<PathBuf>,
    /// Days after which advisory data counts as old.
    pub max_advisory_age: u32,
    /// Whom to ask about packages over the network; `None` opens no connection.
    pub online: Option<Online>,
}

/// Who knows about packages.
#[derive(Clone, PartialEq, Eq)]
pub enum Online {
    /// The public deps.dev API.
    DepsDev,
    /// The package index at this URL, which may hold credentials.
    Index(String),
}

impl std::fmt::Debug for Online {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::DepsDev { "DepsDev" } else { "Index" })
    }
}

/// Findings that are accepted for a time. Every condition that is given must hold.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// A rule, an advisory by any of its ids, or a group.
    pub rule: Option<String>,
    /// The name of a package.
    pub package: Option<String>,
    /// Files and directories.
    pub paths: Option<PathPatterns>,
    /// Why.
    pub reason: String,
    /// The last day, `YYYY-MM-DD`.
    pub until: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            skip: Vec::new(),
            min_severity: Severity::Low,
            min_confidence: Confidence::Low,
            no_ignore: false,
            threads: 1,
            exhaustive: false,
            exclude: PathPatterns::default(),
            ignores: Vec::new(),
            baseline: None,
            isolated: false,
            partial: false,
            today: String::new(),
            advisory_db: None,
            max_advisory_age: u32::MAX,
            online: None,
        }
    }
}

impl Config {
    /// True when findings of this rule are wanted.
    pub fn wants(&self, rule_id: &str, group: Group) -> bool {
        self.wants_any(&[rule_id], group)
    }

    /// The same for a rule that goes by several ids: an advisory and its aliases.
    pub fn wants_any(&self, ids: &[&str], group: Group) -> bool {
        let named = |list: &[String]| list.iter().any(|entry| entry == group.name() || ids.contains(&entry.as_str()));
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }

    /// True when some rule of the group may be wanted.
    pub fn wants_group(&self, group: Group) -> bool {
        let is_group = |entry: &String| Group::ALL.iter().any(|other| other.name() == entry.as_str());
        let named = self.only.iter().any(|entry| entry == group.name() || !is_group(entry));
        (self.only.is_empty() || named) && !self.skip.iter().any(|entry| entry == group.name())
    }

    /// The groups whose facts are needed: what loading a model does depends on the versions that are declared, so that
    /// models need dependencies.
    pub fn groups(&self) -> Groups {
        let serves_models = |group| group == Group::Dependencies && self.wants_group(Group::Models);
        Groups::of(|group| self.wants_group(group) || serves_models(group))
    }

    /// True when the file is read at all.
    pub fn reads(&self, path: &ArtifactPath) -> bool {
        !self.exclude.matches(path)
    }

    /// The key of the baseline in use, for [`Finding::witness`](crate::model::Finding::witness).
    pub fn witness_key(&self) -> Option<&[u8; 16]> {
        self.baseline.as_ref().map(|baseline| &baseline.key)
    }
}
