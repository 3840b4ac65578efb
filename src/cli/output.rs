//! `-o FORMAT[=FILE]`: where each report goes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::Failure;
use crate::model::Outcome;
use crate::report::{self, REPORTERS, Reporter, Style};

/// One requested report.
#[derive(Clone)]
pub struct Output {
    reporter: &'static dyn Reporter,
    file: Option<PathBuf>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={:?}", self.reporter.name(), self.file)
    }
}

impl std::str::FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("the file name after '=' is missing".to_owned()),
            Some((name, file)) => (name, (file != "-").then(|| PathBuf::from(file))),
            None => (text, None),
        };
        let reporter = report::by_name(name).ok_or_else(|| {
            let names: Vec<&str> = REPORTERS.iter().map(|reporter| reporter.name()).collect();
            format!("unknown format '{name}'; known are {}", names.join(", "))
        })?;
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
    for output in outputs {
        match &output.file {
            None => to_stdout(output.reporter, outcome, style)?,
            Some(file) => to_file(output.reporter, outcome, style, file)?,
        }
    }
    Ok(())
}

fn to_stdout(reporter: &dyn Reporter, outcome: &Outcome, style: &Style) -> Result<(), Failure> {
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match reporter.write(outcome, style, &mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("could not write to the standard output").map_err(|error| Failure::usage(error, "")),
    }
}

fn to_file(reporter: &dyn Reporter, outcome: &Outcome, style: &Style, file: &Path) -> Result<(), Failure> {
    let style = Style { color: false, hyperlinks: false, ..style.clone() };
    let help = "check that its directory exists and can be written to";
    replace(file, |out| reporter.write(outcome, &style, out))
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
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("could not write to the standard output").map_err(|error| Failure::usage(error, "")),
    }
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
