//! `redan completions` and `redan man`: what shells and `man` read, made from the command line's definition.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, Failure, output};

/// Arguments of `redan completions`.
#[derive(Args, Clone, Debug)]
pub struct CompletionsArguments {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Arguments of `redan man`.
#[derive(Args, Clone, Debug)]
pub struct ManArguments {
    /// The page of a subcommand instead of the program's.
    pub subcommand: Option<String>,
}

/// Prints the completions.
pub fn run(arguments: &CompletionsArguments) -> Result<Exit, Failure> {
    let mut out = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "redan", &mut out);
    output::print(&String::from_utf8_lossy(&out))?;
    Ok(Exit::Clean)
}

/// Prints a manual page in roff.
pub fn man(arguments: &ManArguments) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    if let Some(name) = &arguments.subcommand {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| {
            Failure::usage(anyhow::anyhow!("there is no subcommand '{name}'"), "`redan --help` lists them")
        })?;
    }
    let mut out = Vec::new();
    clap_mangen::Man::new(command).render(&mut out).map_err(|error| Failure::usage(error, ""))?;
    output::print(&String::from_utf8_lossy(&out))?;
    Ok(Exit::Clean)
}
