//! `-o FORMAT[=FILE]`: where each report goes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::Failure;
use crate::config::file::nearest;
use crate::model::Outcome;
use crate::report::{self, REPORTERS, Reporter, Style};

/// One requested report.
#[derive(Clone)]
pub struct Output {
    reporter: &'static dyn Reporter,
    file: Option<PathBuf>,
}

/// Splits `FORMAT[=FILE]`; `-` is the standard output, which is also where a report goes without a file.
pub fn split(text: &str) -> Result<(&str, Option<PathBuf>), String> {
    match text.split_once('=') {
        Some((_, "")) => Err("the file name after '=' is missing".to_owned()),
        Some((name, file)) => Ok((name, (file != "-").then(|| PathBuf::from(file)))),
        None => Ok((text, None)),
    }
}

/// The error for a format that there is none of: what is near it, or what there is.
pub fn unknown_format<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("unknown format '{name}'; did you mean '{near}'?"),
        None => format!("unknown format '{name}'; known are {}", known.collect::<Vec<_>>().join(", ")),
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={:?}", self.reporter.name(), self.file)
    }
}

impl std::str::FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = split(text)?;
        let names = REPORTERS.iter().map(|reporter| reporter.name());
        let reporter = report::by_name(name).ok_or_else(|| unknown_format(name, names))?;
        Ok(Self { reporter, file })
    }
}

/// Refuses two reports on the standard output. Without any, text goes there.
pub fn check(mut outputs: Vec<Output>) -> Result<Vec<Output>, Failure> {
    if outputs.iter().filter(|output| output.file.is_none()).count() > 1 {
        let help = "give all but one a file: -o sarif=redan.sarif -o text";
        return Err(Failure::usage(anyhow!("more than one report would go to the standard output"), help));
    }
    if outputs.is_empty() {
        outputs.push("text".parse().map_err(|error: String| Failure::usage(anyhow!(error), ""))?);
    }
    Ok(outputs)
}

/// Writes every report. A reader that closes the pipe early is no error.
pub fn write_all(outputs: &[Output], outcome: &Outcome, style: &Style) -> Result<(), Failure> {
    let plain = Style { color: false, hyperlinks: false, ..style.clone() };
    for output in outputs {
        let style = if output.file.is_some() { &plain } else { style };
        write(output.file.as_deref(), |out| output.reporter.write(outcome, style, out))?;
    }
    Ok(())
}

/// Writes to a file, or to the standard output where a reader that closes the pipe early is no error.
pub fn write(file: Option<&Path>, draw: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let Some(file) = file else {
        let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
        return match draw(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("could not write to the standard output").map_err(|error| Failure::usage(error, "")),
        };
    };
    let help = "check that its directory exists and can be written to";
    replace(file, draw)
        .with_context(|| format!("could not write '{}'", file.display()))
        .map_err(|error| Failure::usage(error, help))
}

/// Writes beside the file and renames, so that there is the old file or the new one, never a part.
pub fn replace(file: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    // What is no regular file (`/dev/stdout`, a pipe) cannot be renamed over.
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let mut out = io::BufWriter::new(std::fs::OpenOptions::new().write(true).open(file)?);
        write(&mut out)?;
        return Ok(out.flush()?);
    }
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new().prefix(".redan-").tempfile_in(directory)?;
    let mut out = io::BufWriter::with_capacity(1 << 16, temporary);
    write(&mut out)?;
    let temporary = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    share(temporary.as_file())?;
    temporary.persist(file)?;
    Ok(())
}

/// Writes text to the standard output. A reader that closes the pipe early is no error.
pub fn print(text: &str) -> Result<(), Failure> {
    write(None, |out| out.write_all(text.as_bytes()))
}

/// A temporary file is the owner's alone; a report is made like any other file, readable by all.
#[cfg(unix)]
fn share(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_file: &std::fs::File) -> io::Result<()> {
    Ok(())
}
