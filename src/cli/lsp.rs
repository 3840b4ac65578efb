//! `redan lsp`: the language server on the standard input and output.

use anyhow::anyhow;
use clap::Args;
use lsp_server::Connection;

use super::gate::today;
use super::{Exit, Failure};
use crate::config::Config;
use crate::context::Context;
use crate::lsp;

/// Arguments of `redan lsp`.
#[derive(Args, Clone, Debug)]
pub struct LspArguments {
    /// Speak over the standard input and output: the only way there is, named because editors name it.
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// Runs it until the client says `exit`.
pub fn run(_arguments: &LspArguments) -> Result<Exit, Failure> {
    let (connection, threads) = Connection::stdio();
    let context = Context::open(Config { partial: true, today: today(), ..Config::default() });
    let served = lsp::serve(&connection, &context);
    drop(connection);
    let ended = threads.join();
    served.map_err(|error| Failure::usage(anyhow!("the language server ended: {error}"), ""))?;
    ended.map_err(|error| Failure::usage(error, ""))?;
    Ok(Exit::Clean)
}
