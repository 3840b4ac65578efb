//! `redan inventory`: everything that is declared, not judged.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;

use super::{Exit, Failure, output, progress, scan};
use crate::config::Config;
use crate::context::Context;
use crate::model::Group;
use crate::report::inventory::InventoryFormat;
use crate::scan::Progress;

/// Arguments of `redan inventory`.
#[derive(Args, Clone, Debug)]
pub struct InventoryArguments {
    /// Files and directories.
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How to write it: text, jsonl or cyclonedx; with FILE, where.
    #[arg(short, long, visible_alias = "format", default_value = "text", value_name = "FORMAT[=FILE]")]
    pub output: Output,

    /// The directory that paths are relative to [default: the checkout around PATH, else PATH].
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// Read what git ignores, too.
    #[arg(long)]
    pub no_ignore: bool,

    /// Threads [default: the number of processors].
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,

    /// Show no progress.
    #[arg(short, long)]
    pub quiet: bool,
}

/// The format, and the file where it goes.
#[derive(Clone, Debug)]
pub struct Output {
    format: InventoryFormat,
    file: Option<PathBuf>,
}

impl std::str::FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = output::split(text)?;
        let names = InventoryFormat::ALL.iter().map(|(_, name)| *name);
        let format = InventoryFormat::by_name(name).ok_or_else(|| output::unknown_format(name, names))?;
        Ok(Self { format, file })
    }
}

/// Runs it.
pub fn run(arguments: &InventoryArguments) -> Result<Exit, Failure> {
    let target = scan::target(&arguments.paths, arguments.root.as_deref())?;
    let config = Config {
        // Nothing is looked for, so only what parsers say is worked out.
        only: vec![Group::Dependencies.name().to_owned()],
        no_ignore: arguments.no_ignore,
        threads: arguments.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
        ..Config::default()
    };
    let context = Context::new(config);
    let progress = Progress::default();
    let (repository, coverage) =
        progress::watch(arguments.quiet, &progress, || crate::scan::survey(&target, &context, &progress));
    let output = &arguments.output;
    output::write(output.file.as_deref(), |out| output.format.write(&repository, out))?;
    if coverage.files == 0 {
        let help = "check the path, or use --no-ignore to read what git ignores";
        return Err(Failure::incomplete(anyhow!("there was no file to read"), help));
    }
    Ok(Exit::Clean)
}
