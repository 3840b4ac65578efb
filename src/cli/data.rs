//! Options that choose the advisory data, shared by the commands that judge dependencies.

use std::path::PathBuf;

use clap::Args;

use super::advisories::days;

/// Arguments of commands that judge dependencies.
#[derive(Args, Clone, Debug, Default)]
pub struct DataArguments {
    /// The advisory store [default: advisories.sqlite in REDAN_CACHE_DIR, else in the user's cache directory].
    #[arg(long, value_name = "FILE", env = "REDAN_ADVISORY_DB", hide_env = true)]
    pub advisory_db: Option<PathBuf>,

    /// Say so when the advisory data is older than this; with --strict, end with 3 [default: 14d].
    #[arg(long, value_name = "DAYS", value_parser = days, env = "REDAN_MAX_ADVISORY_AGE", hide_env = true)]
    pub max_advisory_age: Option<u32>,
}
