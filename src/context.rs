//! What is known before the first file is read: configuration, patterns and advisories. Made once,
//! borrowed everywhere.

use crate::config::Config;

/// Knowledge, shared by all threads.
pub struct Context {
    /// What the user chose.
    pub config: Config,
}

impl Context {
    /// Makes ready what a scan needs.
    pub fn new(config: Config) -> Self {
        Self { config }
    }
}
