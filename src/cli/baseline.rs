//! `redan baseline`: accept what is there today, and be told of what comes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};

use super::gate::{self, Settings};
use super::{Exit, Failure, output, scan};
use crate::config::Baseline;
use crate::config::baseline::Entry;
use crate::filter::baseline::entry;
use crate::model::{ArtifactPath, Disposition, Finding, Outcome};
use crate::report::escape::visible;
use crate::scan::Target;
use crate::walk;

/// The file when none is named.
const DEFAULT_FILE: &str = "redan-baseline.jsonl";

/// Arguments of `redan baseline`.
#[derive(Args, Clone, Debug)]
pub struct BaselineArguments {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with a baseline. Each takes the arguments of `redan scan`; `--baseline` names the file.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Write a baseline of everything that a scan finds now.
    Create(BaselineScan),
    /// Add what is new and take out what is gone.
    Update(BaselineScan),
    /// Take out what is gone; add nothing.
    Prune(BaselineScan),
    /// Say what is new (+) and what is gone (-); change nothing.
    Diff(BaselineScan),
}

/// Arguments of every action.
#[derive(Args, Clone, Debug)]
pub struct BaselineScan {
    /// Which files, and what counts.
    #[command(flatten)]
    pub scan: scan::ScanArguments,
}

/// Runs it.
pub fn run(arguments: &BaselineArguments) -> Result<Exit, Failure> {
    match &arguments.action {
        Action::Create(arguments) => create(&arguments.scan),
        Action::Update(arguments) => change(&arguments.scan, true),
        Action::Prune(arguments) => change(&arguments.scan, false),
        Action::Diff(arguments) => diff(&arguments.scan),
    }
}

/// A scan that is set against a baseline.
struct Comparison {
    file: PathBuf,
    before: Baseline,
    outcome: Outcome,
    settings: Settings,
    target: Target,
}

impl Comparison {
    /// Scans with the baseline in `file`, or with an empty one.
    fn new(arguments: &scan::ScanArguments, fresh: bool) -> Result<Self, Failure> {
        if !arguments.selection.is_paths() {
            let error = anyhow!("a baseline is of files and directories");
            return Err(Failure::usage(error, "name them: redan baseline update PATH…"));
        }
        let target = scan::target(&arguments.paths, arguments.root.as_deref())?;
        let named = arguments.gate.file(&target)?;
        let (origin, config) = named.unzip();
        let file = arguments.gate.baseline_path(&config.unwrap_or_default(), origin.as_deref())?;
        let file = file.unwrap_or_else(|| target.root.join(DEFAULT_FILE));
        let before = if fresh { Baseline::new(new_key()) } else { gate::read_baseline(&file)? };
        let mut arguments = arguments.clone();
        arguments.gate.no_baseline = true;
        let mut settings = arguments.settings(&target)?;
        settings.config.baseline = Some(before.clone());
        let outcome = scan::audit(&target, &settings, arguments.quiet);
        if outcome.coverage.files == 0 {
            return Err(Failure::incomplete(anyhow!("there was no file to scan"), "check the path"));
        }
        Ok(Self { file, before, outcome, settings, target })
    }

    /// Findings that belong into a baseline: all that a comment or the configuration does not answer for.
    fn known(&self) -> impl Iterator<Item = &Finding> {
        self.outcome.findings.iter().filter(|finding| !matches!(finding.disposition, Disposition::Suppressed { .. }))
    }

    /// Lines of the baseline that no finding stands for any more, as far as their files were looked at.
    fn gone(&self) -> Vec<&Entry> {
        let present: std::collections::BTreeSet<String> =
            self.outcome.findings.iter().map(|finding| finding.fingerprint.to_string()).collect();
        let entries = self.before.entries.iter();
        entries.filter(|entry| !present.contains(&entry.fingerprint) && self.looked_at(&entry.path)).collect()
    }

    /// True when the file lies in what was scanned.
    fn looked_at(&self, path: &str) -> bool {
        self.target.paths.iter().any(|start| match start.canonicalize() {
            Ok(start) if start == self.target.root => true,
            Ok(start) => walk::relative(&self.target.root, &start).is_some_and(|start| is_within(path, &start)),
            Err(_) => false,
        })
    }
}

fn is_within(path: &str, start: &ArtifactPath) -> bool {
    path.strip_prefix(start.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn create(arguments: &scan::ScanArguments) -> Result<Exit, Failure> {
    let comparison = Comparison::new(arguments, true)?;
    let file = &comparison.file;
    if file.exists() {
        let error = anyhow!("'{}' exists", file.display());
        return Err(Failure::usage(error, "run `redan baseline update`, or name another file with --baseline"));
    }
    let mut baseline = comparison.before.clone();
    baseline.entries = comparison.known().map(entry).collect();
    write(file, &baseline)?;
    let count = baseline.entries.len();
    tell(&format!(
        "{count} findings are in '{}'. Commit it, and scan with --baseline, or with this in redan.toml:\n\
         baseline = \"{DEFAULT_FILE}\"",
        file.display()
    ))
}

fn change(arguments: &scan::ScanArguments, add: bool) -> Result<Exit, Failure> {
    let comparison = Comparison::new(arguments, false)?;
    let mut baseline = comparison.before.clone();
    let gone: Vec<Entry> = comparison.gone().into_iter().cloned().collect();
    for entry in &gone {
        baseline.entries.remove(entry);
    }
    let mut added = 0;
    if add {
        let known: Vec<&Finding> = comparison.known().collect();
        for finding in known {
            let new = entry(finding);
            // A changed witness replaces the line of the old secret.
            if !baseline.entries.contains(&new) && finding.disposition != Disposition::Baseline {
                baseline.entries.retain(|old| old.fingerprint != new.fingerprint);
                added += usize::from(baseline.entries.insert(new));
            }
        }
    }
    write(&comparison.file, &baseline)?;
    tell(&format!("{added} added, {} gone, {} in '{}'", gone.len(), baseline.entries.len(), comparison.file.display()))
}

fn diff(arguments: &scan::ScanArguments) -> Result<Exit, Failure> {
    let comparison = Comparison::new(arguments, false)?;
    let mut text = String::new();
    for finding in comparison.outcome.reported() {
        let (path, start) = (&finding.location.path, finding.location.start);
        let rule = visible(&finding.rule.id);
        let line = format!(
            "+ {}:{}:{} {}[{rule}] {}\n",
            visible(path.as_str()),
            start.line,
            start.column,
            finding.severity.name(),
            visible(&finding.message)
        );
        text.push_str(&line);
    }
    for entry in comparison.gone() {
        text.push_str(&format!("- {} [{}]\n", visible(&entry.path), visible(&entry.rule)));
    }
    output::print(&text)?;
    Ok(comparison.settings.exit(&comparison.outcome))
}

fn write(file: &Path, baseline: &Baseline) -> Result<(), Failure> {
    let help = format!("check that '{}' can be written", file.display());
    output::replace(file, |out| out.write_all(baseline.to_text().as_bytes()))
        .with_context(|| format!("could not write '{}'", file.display()))
        .map_err(|error| Failure::usage(error, help))
}

fn tell(text: &str) -> Result<Exit, Failure> {
    output::print(&format!("{text}\n")).map(|()| Exit::Clean)
}

/// Random bytes. The standard library gives none, but seeds its hash maps with 128 bits of the operating system's.
fn new_key() -> [u8; 16] {
    use std::hash::{BuildHasher, RandomState};
    let state = RandomState::new();
    (u128::from(state.hash_one(0)) << 64 | u128::from(state.hash_one(1))).to_le_bytes()
}
