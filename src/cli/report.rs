//! `redan report`: draws a JSON report again, in other formats, without scanning.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::drawing::DrawingArguments;
use super::output::{self, Output};
use super::{Exit, Failure};
use crate::report::json::read;

/// Bytes that a report may have.
const MAX_BYTES: u64 = 1 << 30;

/// Arguments of `redan report`.
#[derive(Args, Clone, Debug)]
pub struct ReportArguments {
    /// What `redan scan -o json` wrote; `-` reads the standard input.
    #[arg(value_name = "FILE.json")]
    pub file: PathBuf,

    /// Write a report; repeat for several. Without FILE it goes to the standard output.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub output: Vec<Output>,

    /// How it looks.
    #[command(flatten)]
    pub drawing: DrawingArguments,
}

/// Runs it. The exit code says only whether it could be done: the scan has judged.
pub fn run(arguments: &ReportArguments) -> Result<Exit, Failure> {
    let outputs = output::check(arguments.output.clone())?;
    let file = &arguments.file;
    let help = "give a file that `redan scan -o json=FILE` wrote";
    let text = read_text(file)
        .with_context(|| format!("'{}' cannot be read", file.display()))
        .map_err(|error| Failure::usage(error, help))?;
    let outcome = read::outcome(&text).map_err(|error| Failure::usage(error, help))?;
    output::write_all(&outputs, &outcome, &arguments.drawing.style(Path::new("")))?;
    Ok(Exit::Clean)
}

fn read_text(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let read = match file == Path::new("-") {
        true => std::io::stdin().lock().take(MAX_BYTES + 1).read_to_string(&mut text)?,
        false => std::fs::File::open(file)?.take(MAX_BYTES + 1).read_to_string(&mut text)?,
    };
    if read as u64 > MAX_BYTES {
        return Err(std::io::Error::other("it is larger than 1 GiB"));
    }
    Ok(text)
}
