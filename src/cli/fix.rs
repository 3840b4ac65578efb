//! `redan fix`: raise the specifiers of vulnerable dependencies.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::gate::GateArguments;
use super::{Exit, Failure, scan};
use crate::fix;
use crate::model::Group;
use crate::report::escape::visible_lines;

/// Arguments of `redan fix`.
#[derive(Args, Clone, Debug)]
pub struct FixArguments {
    /// Files and directories.
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Show what would change, as a unified diff, and change nothing.
    #[arg(long)]
    pub diff: bool,

    /// The directory that paths are relative to [default: the checkout around PATH, else PATH].
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,

    #[command(flatten)]
    /// Which findings are fixed.
    pub gate: GateArguments,

    /// Read what git ignores, too.
    #[arg(long)]
    pub no_ignore: bool,

    /// Show no progress.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Runs it.
pub fn run(arguments: &FixArguments) -> Result<Exit, Failure> {
    let target = scan::target(&arguments.paths, arguments.root.as_deref())?;
    let mut settings = arguments.gate.settings(&target)?;
    settings.config.no_ignore = arguments.no_ignore;
    settings.config.threads = std::thread::available_parallelism().map_or(1, usize::from);
    if settings.config.only.is_empty() {
        // No other group has edits to offer, and looking for secrets takes longest.
        settings.config.only.push(Group::Dependencies.name().to_owned());
    }
    let outcome = scan::audit(&target, &settings, arguments.quiet);
    let plans = fix::plan(&outcome);
    if arguments.diff { show(&plans, &target.root) } else { edit(&plans, &target.root) }
        .context("could not write to the standard output")
        .map_err(|error| Failure::usage(error, ""))
}

fn show(plans: &[fix::FilePlan], root: &Path) -> io::Result<Exit> {
    let mut exit = Exit::Clean;
    let mut text = Vec::new();
    for plan in plans {
        match plan.apply(root) {
            Ok(fixed) => fixed.diff(&mut text)?,
            Err(error) => exit = tell(error)?,
        }
    }
    let mut out = io::stdout().lock();
    // `patch` needs the bytes of the file; a terminal would obey some of them.
    let written = if out.is_terminal() {
        writeln!(out, "{}", visible_lines(String::from_utf8_lossy(&text).trim_end()))
    } else {
        out.write_all(&text)
    };
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(exit),
    }
}

fn edit(plans: &[fix::FilePlan], root: &Path) -> io::Result<Exit> {
    let mut exit = Exit::Clean;
    let (mut places, mut files) = (0, 0);
    let mut text = String::new();
    for plan in plans {
        match plan.apply(root).and_then(|fixed| fixed.write().map(|()| fixed)) {
            Ok(fixed) => {
                places += fixed.count();
                files += 1;
                for description in &plan.descriptions {
                    text.push_str(&format!("{}:{description}\n", plan.path));
                }
            }
            Err(error) => exit = tell(error)?,
        }
    }
    let (place, file) = (if places == 1 { "place" } else { "places" }, if files == 1 { "file" } else { "files" });
    text.push_str(&format!("{places} {place} changed in {files} {file}"));
    writeln!(io::stdout(), "{}", visible_lines(&text))?;
    Ok(exit)
}

/// One file that could not be edited does not keep the others from it.
fn tell(error: fix::FixError) -> io::Result<Exit> {
    writeln!(anstream::stderr(), "error: {}", visible_lines(&format!("{:#}", anyhow::Error::from(error))))?;
    Ok(Exit::Incomplete)
}
