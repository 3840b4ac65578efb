//! What is known before the first file is read: configuration, patterns and advisories. Made once,
//! borrowed everywhere.

use crate::advisory::http::Settings;
use crate::advisory::{Advisories, PackageFacts, package_facts, place};
use crate::config::{Config, Online};
use crate::pattern::Patterns;

/// Knowledge, shared by all threads.
pub struct Context {
    /// What the user chose.
    pub config: Config,
    /// Known flaws of packages.
    pub advisories: Advisories,
    /// What secrets look like.
    pub patterns: Patterns,
    /// Facts about packages, asked for over the network; only with `--online`.
    pub packages: Option<PackageFacts>,
}

impl Context {
    /// Makes ready what a scan needs, with the advisories that are built in.
    pub fn new(config: Config) -> Self {
        Self { config, advisories: Advisories::embedded(), patterns: Patterns::new(), packages: None }
    }

    /// The same with the advisories of the store that the configuration names, where there is a usable one, and
    /// with whom to ask about packages, where that is wished.
    pub fn open(config: Config) -> Self {
        let mut advisories = Advisories::open(config.advisory_db.as_deref());
        let packages = config.online.as_ref().and_then(|online| {
            let source: Box<dyn package_facts::Source> = match online {
                Online::DepsDev => Box::new(package_facts::DepsDev::default()),
                Online::Index(url) => Box::new(package_facts::Index::new(url)),
            };
            let cache = config.advisory_db.as_deref().map(|store| store.with_file_name(place::PACKAGES));
            match PackageFacts::new(source, cache.as_deref(), Settings::default()) {
                Ok(packages) => Some(packages),
                Err(error) => {
                    advisories.add_trouble(format!("No package was asked about: {error}."));
                    None
                }
            }
        });
        Self { advisories, packages, ..Self::new(config) }
    }
}
