//! `redan advisories`: the data that dependencies are matched against.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};

use super::{Exit, Failure};
use crate::advisory::bulk::{self, Bulk};
use crate::advisory::export::{self, Provenance};
use crate::advisory::{Advisories, Advisory, Package};
use crate::model::dependency::normalize_name;
use crate::version::Version;

/// Arguments of `redan advisories`.
#[derive(Args, Clone, Debug)]
pub struct AdvisoriesArguments {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with the advisory data.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Match names and versions against the data in use, as JSON Lines.
    Match(MatchArguments),
    /// Write a facts-only snapshot, as it is built into redan.
    Export(ExportArguments),
}

/// Arguments of `redan advisories match`.
#[derive(Args, Clone, Debug)]
pub struct MatchArguments {
    /// Lines of a package name, a tab and a version.
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

    /// The records to export: OSV's all.zip, JSON Lines (plain, .zst, .xz, .gz) or a directory of JSON files.
    #[arg(long, value_name = "FILE|DIR")]
    pub from: PathBuf,

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
    match &arguments.action {
        Action::Match(arguments) => match_pairs(arguments),
        Action::Export(arguments) => export(arguments),
    }
}

fn match_pairs(arguments: &MatchArguments) -> Result<Exit, Failure> {
    let advisories = match &arguments.from {
        Some(path) => {
            let bulk = read(path)?;
            Advisories::of_entries(&bulk.entries, &path.display().to_string())
        }
        None => Advisories::embedded(),
    };
    let describe = || format!("cannot read '{}'", arguments.pairs.display());
    let help = "give a file of lines: name, tab, version";
    let file =
        std::fs::File::open(&arguments.pairs).with_context(describe).map_err(|error| Failure::usage(error, help))?;
    let mut out = BufWriter::with_capacity(64 << 10, std::io::stdout().lock());
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line.with_context(describe).map_err(|error| Failure::usage(error, help))?;
        let Some((name, version)) = line.split_once('\t') else {
            let error = anyhow!("{}:{}: there is no tab", arguments.pairs.display(), number + 1);
            return Err(Failure::usage(error, help));
        };
        let answer = answer(&advisories, name, version, arguments.keep_local);
        if writeln!(out, "{answer}").is_err() {
            return Ok(Exit::Clean); // Whoever read it has seen enough.
        }
    }
    let _ = out.flush();
    Ok(Exit::Clean)
}

/// `{"name", "version", "canonical", "ids", "fixed": {id: [version]}}`.
fn answer(advisories: &Advisories, name: &str, text: &str, keep_local: bool) -> serde_json::Value {
    let name = normalize_name(name);
    let version = Version::parse(text);
    let affecting = |package: &Package| -> Vec<Advisory> {
        if keep_local {
            package.affecting_exactly(&version).cloned().collect()
        } else {
            package.affecting(&version).into_iter().cloned().collect()
        }
    };
    let found = advisories.package(&name).map(affecting).unwrap_or_default();
    let fixed: serde_json::Map<String, serde_json::Value> =
        found.iter().map(|advisory| (advisory.id.clone(), advisory.fixed_versions().into())).collect();
    serde_json::json!({
        "name": name,
        "version": text,
        "canonical": version.is_valid().then(|| version.to_string()),
        "ids": found.iter().map(|advisory| advisory.id.as_str()).collect::<Vec<_>>(),
        "fixed": fixed,
    })
}

fn export(arguments: &ExportArguments) -> Result<Exit, Failure> {
    let bulk = read(&arguments.from)?;
    let provenance = Provenance {
        source: arguments.source.clone(),
        licence: arguments.licence.clone(),
        attribution: arguments.attribution.clone(),
    };
    let summary = export::write(&arguments.directory, &bulk.entries, &provenance)
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

fn read(path: &std::path::Path) -> Result<Bulk, Failure> {
    Bulk::read(path, &bulk::Limits::default()).map_err(|error| {
        let help = error.help();
        Failure::incomplete(error, help)
    })
}
