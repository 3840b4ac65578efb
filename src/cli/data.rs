//! Options that choose the advisory data, shared by the commands that judge dependencies.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use super::advisories::days;
use crate::advisory::package_facts::installer;
use crate::config::Online;

/// Arguments of commands that judge dependencies.
#[derive(Args, Clone, Debug, Default)]
pub struct DataArguments {
    /// The advisory store [default: advisories.sqlite in REDAN_CACHE_DIR, else in the user's cache directory].
    #[arg(long, value_name = "FILE", env = "REDAN_ADVISORY_DB", hide_env = true)]
    pub advisory_db: Option<PathBuf>,

    /// Say so when the advisory data is older than this; with --strict, end with 3 [default: 14d].
    #[arg(long, value_name = "DAYS", value_parser = days, env = "REDAN_MAX_ADVISORY_AGE", hide_env = true)]
    pub max_advisory_age: Option<u32>,

    /// Ask about the declared packages themselves: releases that were taken back, projects that are archived or
    /// quarantined, names that nobody has registered.
    #[arg(long, env = "REDAN_ONLINE", hide_env = true, value_parser = FalseyValueParser::new())]
    pub online: bool,

    /// Open no connection, whatever else is said.
    #[arg(long, env = "REDAN_OFFLINE", hide_env = true, value_parser = FalseyValueParser::new())]
    pub offline: bool,

    /// The package index that --online asks [default: that of your pip or uv, else the deps.dev API].
    #[arg(long, value_name = "URL", env = "REDAN_INDEX_URL", hide_env = true, hide_env_values = true)]
    pub index_url: Option<String>,
}

impl DataArguments {
    /// Whom to ask over the network. `from_file` is the index that a configuration file names.
    pub fn online(&self, from_file: Option<&str>) -> Option<Online> {
        if !self.online || self.offline {
            return None;
        }
        let given = self.index_url.clone().or_else(|| from_file.map(str::to_owned));
        Some(given.or_else(installer::index_url).map_or(Online::DepsDev, Online::Index))
    }
}
