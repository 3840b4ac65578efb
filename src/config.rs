//! What the user chose, from the command line and `redan.toml`.

use crate::model::{Confidence, Group, Severity};

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
}
