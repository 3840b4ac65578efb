//! `redan scan`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;

use super::drawing::DrawingArguments;
use super::gate::{GateArguments, Settings};
use super::output::{self, Output};
use super::selection::{self, Selection};
use super::{Exit, Failure, progress};
use crate::context::Context;
use crate::model::Outcome;
use crate::scan::{self, Progress, Target};
use crate::walk::{self, Walked};

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

    #[command(flatten)]
    /// Which files, where not PATH.
    pub selection: Selection,

    #[command(flatten)]
    /// What counts.
    pub gate: GateArguments,

    /// Read what git ignores, too.
    #[arg(long)]
    pub no_ignore: bool,

    /// Look for secrets everywhere, not only where characters look random, and in programs and pictures. Slower.
    #[arg(long)]
    pub exhaustive: bool,

    /// Threads [default: the number of processors].
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,

    /// Show no progress.
    #[arg(short, long)]
    pub quiet: bool,

    #[command(flatten)]
    /// How it looks.
    pub drawing: DrawingArguments,
}

impl ScanArguments {
    /// The configuration that arguments, environment and file ask for.
    pub fn settings(&self, target: &Target) -> Result<Settings, Failure> {
        let mut settings = self.gate.settings(target)?;
        settings.config.no_ignore = self.no_ignore;
        settings.config.exhaustive = self.exhaustive;
        settings.config.threads =
            self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        settings.config.partial = self.selection.staged
            || target.paths.iter().all(|path| path.canonicalize().is_ok_and(|path| path != target.root));
        Ok(settings)
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
    let selected = arguments.selection.select(&arguments.paths)?;
    if selected.paths.is_empty() {
        return Ok(Exit::Clean);
    }
    let root = selected.root.as_deref().or(arguments.root.as_deref());
    let target = target(&selected.paths, root)?;
    let settings = arguments.settings(&target)?;
    let style = arguments.drawing.style(&target.root);
    let (outcome, staged) = match arguments.selection.staged {
        true => {
            let walked = selection::staged(&target)?;
            let is_empty = walked.artifacts.is_empty() && walked.notifications.is_empty();
            if is_empty && !arguments.quiet {
                let _ = writeln!(std::io::stderr(), "nothing is staged");
            }
            (audit_walked(walked, &target, &settings, arguments.quiet), !is_empty)
        }
        false => (audit(&target, &settings, arguments.quiet), true),
    };
    output::write_all(&outputs, &outcome, &style)?;
    // Nothing staged is nothing wrong; whatever was to be read and could not be is.
    if outcome.coverage.files == 0 && staged {
        let help = "check the path, or use --no-ignore to read what git ignores";
        return Err(Failure::incomplete(anyhow!("there was no file to scan"), help));
    }
    Ok(settings.exit(&outcome))
}

/// Scans and shows progress.
pub fn audit(target: &Target, settings: &Settings, quiet: bool) -> Outcome {
    audit_walked(walk::walk(&target.root, &target.paths, settings.config.no_ignore), target, settings, quiet)
}

/// The same for files that were found in another way.
fn audit_walked(walked: Walked, target: &Target, settings: &Settings, quiet: bool) -> Outcome {
    let context = Context::open(settings.config.clone());
    let progress = Progress::default();
    progress::watch(quiet, &progress, || {
        let (repository, coverage) = scan::survey_walked(walked, target, &context, &progress);
        scan::judge(repository, coverage, &context)
    })
}
