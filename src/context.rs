//! What is known before the first file is read: configuration, patterns and advisories. Made once,
//! borrowed everywhere.

use crate::advisory::Advisories;
use crate::config::Config;
use crate::pattern::Patterns;

/// Knowledge, shared by all threads.
pub struct Context {
    /// What the user chose.
    pub config: Config,
    /// Known flaws of packages.
    pub advisories: Advisories,
    /// What secrets look like.
    pub patterns: Patterns,
}

impl Context {
    /// Makes ready what a scan needs, with the advisories that are built in.
    pub fn new(config: Config) -> Self {
        Self { config, advisories: Advisories::embedded(), patterns: Patterns::new() }
    }

    /// The same with the advisories of the store that the configuration names, where there is a usable one.
    pub fn open(config: Config) -> Self {
        Self { advisories: Advisories::open(config.advisory_db.as_deref()), ..Self::new(config) }
    }
}
