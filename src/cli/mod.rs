//! The command line: one file per subcommand, and what all of them share.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

pub mod advisories;
pub mod baseline;
pub mod completions;
pub mod config;
pub mod data;
pub mod drawing;
pub mod exit;
pub mod explain;
pub mod fix;
pub mod gate;
pub mod inventory;
pub mod lsp;
pub mod output;
pub mod progress;
pub mod report;
pub mod rules;
pub mod scan;
pub mod selection;

pub use exit::Exit;

/// Audits a machine-learning repository: vulnerable dependencies, embedded secrets, untrusted model files.
#[derive(Debug, Parser)]
#[command(name = "redan", version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan files and directories and report what is wrong.
    Scan(Box<scan::ScanArguments>),
    /// List every declared package, reference and pickle import, without judging them.
    Inventory(inventory::InventoryArguments),
    /// Raise the specifiers of vulnerable dependencies, and change nothing else.
    Fix(Box<fix::FixArguments>),
    /// Say what a rule, an advisory or a finding means and what to do about it.
    Explain(explain::ExplainArguments),
    /// List the rules.
    Rules(rules::RulesArguments),
    /// Accept what is there today, and be told of what comes.
    Baseline(Box<baseline::BaselineArguments>),
    /// Draw a JSON report again, in other formats.
    Report(report::ReportArguments),
    /// Make, show and describe the configuration file.
    Config(config::ConfigArguments),
    /// Look at and refresh the data that dependencies are matched against.
    Advisories(advisories::AdvisoriesArguments),
    /// Serve an editor: diagnostics and hover on open files.
    Lsp(lsp::LspArguments),
    /// Print completions for a shell.
    Completions(completions::CompletionsArguments),
    /// Print a manual page.
    Man(completions::ManArguments),
}

/// Runs the program on these arguments and says how it ended. A panic outside the analysis of a file ends the
/// process as Rust has it, with 101.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    // The message of a panic can hold text of the scanned file, so only its place is told.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "redan: internal error at {place}");
    }));
    let cli = match Cli::try_parse_from(with_command(arguments.into_iter().collect())) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Clean.into() };
        }
    };
    let result = match &cli.command {
        Command::Scan(arguments) => scan::run(arguments),
        Command::Inventory(arguments) => inventory::run(arguments),
        Command::Fix(arguments) => fix::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Rules(arguments) => rules::run(arguments),
        Command::Baseline(arguments) => baseline::run(arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::Config(arguments) => config::run(arguments),
        Command::Advisories(arguments) => advisories::run(arguments),
        Command::Lsp(arguments) => lsp::run(arguments),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man(arguments) => completions::man(arguments),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure.tell().into(),
    }
}

/// Takes `redan PATH` for `redan scan PATH`, where no command has that name.
fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is_path = arguments.get(1).is_some_and(|first| {
        let command = Cli::command();
        let is_command = first == "help" || command.get_subcommands().any(|command| first == command.get_name());
        !is_command && !first.to_string_lossy().starts_with('-') && Path::new(first).exists()
    });
    if is_path {
        arguments.insert(1, "scan".into());
    }
    arguments
}

/// A run that could not be done: what went wrong, and what the user can do.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What went wrong, outermost first.
    pub error: anyhow::Error,
    /// What to do about it; empty when there is nothing to say.
    pub help: String,
}

impl Failure {
    /// A usage or configuration error.
    pub fn usage(error: impl Into<anyhow::Error>, help: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, error: error.into(), help: help.into() }
    }

    /// Nothing to scan, or no usable data.
    pub fn incomplete(error: impl Into<anyhow::Error>, help: impl Into<String>) -> Self {
        Self { exit: Exit::Incomplete, error: error.into(), help: help.into() }
    }

    /// Prints it to the standard error.
    fn tell(&self) -> Exit {
        let mut err = anstream::stderr();
        let _ = writeln!(err, "error: {:#}", self.error);
        if !self.help.is_empty() {
            let _ = writeln!(err, " help: {}", self.help);
        }
        self.exit
    }
}
