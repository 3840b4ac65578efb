//! `redan advisories`: the data that dependencies are matched against.

mod pairs;
mod show;
mod update;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};

use super::{Exit, Failure};
use crate::advisory::bulk::{self, Bulk};
use crate::advisory::export::{self, Provenance};
use crate::advisory::{Database, place, refresh};

/// Arguments of `redan advisories`.
#[derive(Args, Clone, Debug)]
pub struct AdvisoriesArguments {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,

    /// The store [default: advisories.sqlite in REDAN_CACHE_DIR, else in the user's cache directory].
    #[arg(long, value_name = "FILE", global = true, env = "REDAN_ADVISORY_DB", hide_env = true)]
    pub advisory_db: Option<PathBuf>,
}

/// What can be done with the advisory data.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Fetch what is new, or read it from a file.
    Update(UpdateArguments),
    /// Say which data is in use, and from which day it is.
    Status(StatusArguments),
    /// Show an advisory by its id or an alias, or all advisories about a package.
    Show(ShowArguments),
    /// Match names and versions against the data in use, as JSON Lines.
    Match(MatchArguments),
    /// Write a snapshot of the facts alone, in the form that is built into redan.
    Export(ExportArguments),
    /// Read the whole store and check that it is what was written.
    Verify,
}

/// Arguments of `redan advisories update`.
#[derive(Args, Clone, Debug)]
pub struct UpdateArguments {
    /// Where from: a URL, OSV's all.zip, JSON Lines (plain, .zst, .xz, .gz) or a directory of OSV JSON files.
    #[arg(long, value_name = "URL|FILE|DIR", default_value = refresh::DEFAULT_SOURCE)]
    pub from: String,

    /// Fetch everything, even if little or nothing has changed.
    #[arg(long)]
    pub full: bool,

    /// Take the data even if it has far fewer records than the data in use.
    #[arg(long)]
    pub force: bool,

    /// Open no connection: only a file or directory can be read.
    #[arg(long, env = "REDAN_OFFLINE", value_parser = clap::builder::FalseyValueParser::new())]
    pub offline: bool,

    /// Show no progress and no summary.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Arguments of `redan advisories status`.
#[derive(Args, Clone, Debug)]
pub struct StatusArguments {
    /// As one JSON object.
    #[arg(long)]
    pub json: bool,

    /// End with 3 when the data is older than this many days.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub max_advisory_age: Option<u32>,
}

/// Arguments of `redan advisories show`.
#[derive(Args, Clone, Debug)]
pub struct ShowArguments {
    /// An id, an alias or the name of a package.
    #[arg(value_name = "ID|PACKAGE")]
    pub what: String,
}

/// Arguments of `redan advisories match`.
#[derive(Args, Clone, Debug)]
pub struct MatchArguments {
    /// Lines of a package name, a tab and a version; `-` is the standard input.
    #[arg(long, value_name = "FILE.tsv")]
    pub pairs: PathBuf,

    /// Match a local build (1.13.0+cu117) as itself alone, not also as the release it was built from.
    #[arg(long)]
    pub keep_local: bool,

    /// Match against the records in this file or directory instead of the data in use.
    #[arg(long, value_name = "FILE|DIR")]
    pub from: Option<PathBuf>,
}

/// Arguments of `redan advisories export`.
#[derive(Args, Clone, Debug)]
pub struct ExportArguments {
    /// The directory to write to.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,

    /// The records to export [default: those of the store].
    #[arg(long, value_name = "FILE|DIR")]
    pub from: Option<PathBuf>,

    /// Who publishes the records, and which state of them it is.
    #[arg(long, value_name = "TEXT")]
    pub source: String,

    /// The licence of the records, as an SPDX expression.
    #[arg(long, value_name = "SPDX")]
    pub licence: String,

    /// Whom the licence asks to name.
    #[arg(long, value_name = "TEXT")]
    pub attribution: String,
}

/// Runs it.
pub fn run(arguments: &AdvisoriesArguments) -> Result<Exit, Failure> {
    let store = place::store(arguments.advisory_db.as_deref());
    let database = || {
        let help = "set REDAN_CACHE_DIR, or name a file with --advisory-db";
        store.clone().map(Database::new).ok_or_else(|| Failure::usage(anyhow!("there is no cache directory"), help))
    };
    match &arguments.action {
        Action::Update(arguments) => update::update(arguments, &database()?),
        Action::Status(arguments) => show::status(arguments, store.as_deref()),
        Action::Show(arguments) => show::show(arguments, store.as_deref()),
        Action::Match(arguments) => pairs::match_pairs(arguments, store.as_deref()),
        Action::Export(arguments) => export(arguments, store.as_deref()),
        Action::Verify => verify(&database()?),
    }
}

/// Days, with or without the `d`.
pub fn days(text: &str) -> Result<u32, String> {
    text.trim_end_matches('d').parse().map_err(|_| "give a number of days, such as 14d".to_owned())
}

fn verify(database: &Database) -> Result<Exit, Failure> {
    let path = database.path().display().to_string();
    match database.verify() {
        Ok(Some(head)) => {
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "{} is intact: {} records, sha256:{}", printable(&path), head.records, head.digest);
            Ok(Exit::Clean)
        }
        Ok(None) => {
            let help = "`redan advisories update` makes one; until then the built-in snapshot serves";
            Err(Failure::incomplete(anyhow!("there is no store at {}", printable(&path)), help))
        }
        Err(error) => Err(failure(error.into())),
    }
}

fn export(arguments: &ExportArguments, store: Option<&Path>) -> Result<Exit, Failure> {
    let entries = match (&arguments.from, store) {
        (Some(path), _) => read(path)?.entries,
        (None, Some(store)) => Database::new(store).entries().map_err(|error| failure(error.into()))?,
        (None, None) => Vec::new(),
    };
    if entries.is_empty() {
        let help = "run `redan advisories update` first, or name records with --from";
        return Err(Failure::usage(anyhow!("there is nothing to export"), help));
    }
    let provenance = Provenance {
        source: arguments.source.clone(),
        licence: arguments.licence.clone(),
        attribution: arguments.attribution.clone(),
    };
    let summary = export::write(&arguments.directory, &entries, &provenance)
        .with_context(|| format!("cannot write to '{}'", arguments.directory.display()))
        .map_err(|error| Failure::usage(error, "give a directory that can be written"))?;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(
        out,
        "{} records about {} packages up to {}, {} bytes",
        summary.records, summary.packages, summary.date, summary.bytes
    );
    Ok(Exit::Clean)
}

fn read(path: &Path) -> Result<Bulk, Failure> {
    Bulk::read(path, &bulk::Limits::default()).map_err(|error| failure(error.into()))
}

fn failure(error: refresh::Error) -> Failure {
    let help = error.help();
    Failure::incomplete(error, help)
}

/// Text of an advisory is not ours: without control characters it cannot steer the terminal.
fn printable(text: &str) -> String {
    let is_bad = |c: char| {
        c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
    };
    text.replace(is_bad, "\u{FFFD}")
}
