//! `redan config`: the configuration file.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};

use super::gate::GateArguments;
use super::{Exit, Failure, output, scan};
use crate::config::file::SCHEMA;

/// What `redan config init` writes.
const INITIAL: &str = r#"# redan: https://github.com/redan-audit/redan
# Every key is optional; `redan config schema` describes them.

# End with 1 when a finding is at least this severe.
fail-on = "medium"

# Files and directories that are not read, in the syntax of .gitignore.
exclude = []

# Findings that were known on a day: `redan baseline create` writes the file.
# baseline = "redan-baseline.jsonl"

# A finding that is accepted for a time. All conditions that are given must hold.
# [[ignore]]
# rule = "unpinned-vulnerable-range"    # a rule, an advisory by any id, or a group
# package = "requests"
# path = "examples/"
# reason = "examples are not deployed"
# until = "2027-06-30"
"#;

/// Arguments of `redan config`.
#[derive(Args, Clone, Debug)]
pub struct ConfigArguments {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with the configuration.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Write a redan.toml to start from.
    Init {
        /// The directory that gets it.
        #[arg(default_value = ".", value_name = "DIR")]
        directory: PathBuf,
    },
    /// Say which file counts for PATH, and what it says.
    Show {
        /// A file or directory.
        #[arg(default_value = ".", value_name = "PATH")]
        path: PathBuf,
    },
    /// Print the JSON Schema of the file, for editors.
    Schema,
}

/// Runs it.
pub fn run(arguments: &ConfigArguments) -> Result<Exit, Failure> {
    match &arguments.action {
        Action::Init { directory } => init(directory)?,
        Action::Show { path } => show(path)?,
        Action::Schema => output::print(SCHEMA)?,
    }
    Ok(Exit::Clean)
}

fn init(directory: &Path) -> Result<(), Failure> {
    let file = directory.join("redan.toml");
    if file.symlink_metadata().is_ok() {
        return Err(Failure::usage(anyhow!("'{}' exists", file.display()), "edit it"));
    }
    output::replace(&file, |out| out.write_all(INITIAL.as_bytes()))
        .with_context(|| format!("could not write '{}'", file.display()))
        .map_err(|error| Failure::usage(error, "check that the directory exists and can be written to"))?;
    output::print(&format!("wrote '{}'\n", file.display()))
}

fn show(path: &Path) -> Result<(), Failure> {
    let target = scan::target(&[path.to_path_buf()], None)?;
    let text = match GateArguments::default().file(&target)? {
        Some((file, config)) => {
            let config = toml::to_string_pretty(&config).map_err(|error| Failure::usage(error, ""))?;
            format!("# {}\n{config}", file.display())
        }
        None => "# no configuration file counts here; `redan config init` writes one\n".to_owned(),
    };
    output::print(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_file_can_be_read() {
        let directory = tempfile::tempdir().unwrap();
        init(directory.path()).unwrap();
        assert!(crate::config::file::load(&directory.path().join("redan.toml")).unwrap().is_some());
        assert!(init(directory.path()).is_err(), "an existing file stays");
        let whole = INITIAL.replace("# [[", "[[").replace("# rule", "rule").replace("# package", "package");
        let whole = whole.replace("# path", "path").replace("# reason", "reason").replace("# until", "until");
        let file = directory.path().join("whole.toml");
        std::fs::write(&file, whole).unwrap();
        assert_eq!(crate::config::file::load(&file).unwrap().unwrap().ignore.len(), 1);
    }
}
