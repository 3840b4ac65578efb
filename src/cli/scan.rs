//! `redan scan`.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;

use super::output::{self, Output, When};
use super::{Exit, Failure, progress};
use crate::config::Config;
use crate::context::Context;
use crate::model::{Confidence, Outcome, Severity};
use crate::scan::{self, Progress, Target};
use crate::walk;

/// Arguments of `redan scan`.
#[derive(Args, Clone, Debug)]
pub struct ScanArguments {
    /// Files and directories.
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Write a report; repeat for several. Without FILE it goes to the standard output.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub output: Vec<Output>,

    /// The same as -o FORMAT.
    #[arg(long, value_name = "FORMAT", conflicts_with = "output")]
    pub format: Option<Output>,

    /// The directory that paths in reports are relative to [default: the checkout around PATH, else PATH].
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// Report these rules or groups alone (dependencies, secrets, models, posture).
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub only: Vec<String>,

    /// Do not report these rules or groups.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub skip: Vec<String>,

    /// End with 1 when a finding is at least this severe; an unknown severity counts as high.
    #[arg(long, value_enum, default_value_t = FailOn::Medium, value_name = "SEVERITY")]
    pub fail_on: FailOn,

    /// Show findings from this severity up.
    #[arg(long, value_enum, default_value_t = Level::Low, value_name = "SEVERITY")]
    pub min_severity: Level,

    /// Show findings from this confidence up.
    #[arg(long, value_enum, default_value_t = Sureness::Low, value_name = "CONFIDENCE")]
    pub min_confidence: Sureness,

    /// End with 0 even when there are findings.
    #[arg(long)]
    pub exit_zero: bool,

    /// End with 3 when something was not analysed or the advisory data is old.
    #[arg(long)]
    pub strict: bool,

    /// Read what git ignores, too.
    #[arg(long)]
    pub no_ignore: bool,

    /// Look for secrets everywhere, not only where characters look random. Slower.
    #[arg(long)]
    pub exhaustive: bool,

    /// Threads [default: the number of processors].
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,

    /// Colours.
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub color: When,

    /// Links to files and rules that the terminal can open.
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub hyperlinks: When,

    /// Show no progress.
    #[arg(short, long)]
    pub quiet: bool,
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FailOn {
    Never,
    Low,
    Medium,
    High,
    Critical,
}

/// `--min-severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Level {
    Low,
    Medium,
    High,
    Critical,
}

/// `--min-confidence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Sureness {
    Low,
    Medium,
    High,
    Certain,
}

impl FailOn {
    fn threshold(self) -> Option<Severity> {
        match self {
            Self::Never => None,
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
        }
    }
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
            Level::Critical => Self::Critical,
        }
    }
}

impl From<Sureness> for Confidence {
    fn from(sureness: Sureness) -> Self {
        match sureness {
            Sureness::Low => Self::Low,
            Sureness::Medium => Self::Medium,
            Sureness::High => Self::High,
            Sureness::Certain => Self::Certain,
        }
    }
}

impl ScanArguments {
    /// The configuration that the arguments ask for.
    pub fn config(&self) -> Config {
        Config {
            only: self.only.clone(),
            skip: self.skip.clone(),
            min_severity: self.min_severity.into(),
            min_confidence: self.min_confidence.into(),
            no_ignore: self.no_ignore,
            threads: self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
            exhaustive: self.exhaustive,
        }
    }
}

/// Finds the root of `paths` and checks that all exist below it.
pub fn target(paths: &[PathBuf], root: Option<&Path>) -> Result<Target, Failure> {
    for path in paths {
        if let Err(error) = path.symlink_metadata() {
            let error = anyhow::Error::from(error).context(format!("'{}' cannot be scanned", path.display()));
            return Err(Failure::incomplete(error, "give a file or directory that exists"));
        }
    }
    let first = paths.first().ok_or_else(|| Failure::usage(anyhow!("there is no path"), "give a file or directory"))?;
    let root = walk::root_of(first, root).map_err(|error| {
        let error = anyhow::Error::from(error).context("the root cannot be found");
        Failure::incomplete(error, "give a directory that exists with --root")
    })?;
    for path in paths {
        if path.canonicalize().is_ok_and(|path| !path.starts_with(&root)) {
            let error = anyhow!("'{}' is not below the root '{}'", path.display(), root.display());
            return Err(Failure::usage(error, "give a directory that holds all paths with --root"));
        }
    }
    Ok(Target { root, paths: paths.to_vec() })
}

/// Runs it.
pub fn run(arguments: &ScanArguments) -> Result<Exit, Failure> {
    let outputs = output::check(arguments.output.iter().chain(&arguments.format).cloned().collect())?;
    let target = target(&arguments.paths, arguments.root.as_deref())?;
    let style = output::style(arguments.color, arguments.hyperlinks, &target.root);
    let context = Context::new(arguments.config());
    let progress = Progress::default();
    let outcome = progress::watch(arguments.quiet, &progress, || scan::scan(&target, &context, &progress));
    output::write_all(&outputs, &outcome, &style)?;
    if outcome.coverage.files == 0 {
        let help = "check the path, or use --no-ignore to read what git ignores";
        return Err(Failure::incomplete(anyhow!("there was no file to scan"), help));
    }
    Ok(exit(arguments, &outcome))
}

fn exit(arguments: &ScanArguments, outcome: &Outcome) -> Exit {
    let no_data = outcome.coverage.advisories.as_ref().is_none_or(|data| data.records == 0);
    if no_data || (arguments.strict && !outcome.notifications.is_empty()) {
        return Exit::Incomplete;
    }
    let fails = arguments.fail_on.threshold().is_some_and(|threshold| outcome.fails(threshold));
    if fails && !arguments.exit_zero { Exit::Findings } else { Exit::Clean }
}
