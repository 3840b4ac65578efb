//! Options that decide what is shown and how the run ends, joined from arguments, environment and configuration file.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;

use super::data::DataArguments;
use super::{Exit, Failure, rules};
use crate::advisory::{MAX_AGE_DAYS, place};
use crate::config::baseline::Baseline;
use crate::config::file::{self, ConfigError, Threshold, nearest};
use crate::config::{Config, ConfigFile, PathPatterns};
use crate::context::Context;
use crate::model::{Confidence, Finding, Group, Outcome, Severity};
use crate::report::escape::visible;
use crate::scan::Target;

/// Bytes that a baseline may have.
const MAX_BASELINE: u64 = 256 << 20;

/// Arguments of `scan` and `baseline`.
#[derive(Args, Clone, Debug, Default)]
pub struct GateArguments {
    /// Report these rules, advisories or groups alone (groups: dependencies, secrets, models, posture).
    #[arg(long, value_name = "RULE", value_delimiter = ',', env = "REDAN_ONLY", hide_env = true)]
    pub only: Vec<String>,

    /// Do not report these rules, advisories or groups.
    #[arg(long, value_name = "RULE", value_delimiter = ',', env = "REDAN_SKIP", hide_env = true)]
    pub skip: Vec<String>,

    /// Do not read these files and directories (syntax of .gitignore).
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,

    /// End with 1 when a finding is at least this severe; an unknown severity counts as high [default: medium].
    #[arg(long, value_enum, value_name = "SEVERITY", env = "REDAN_FAIL_ON", hide_env = true)]
    pub fail_on: Option<FailOn>,

    /// Let only findings decide the exit code for which there is a fix.
    #[arg(long)]
    pub fail_on_fixable: bool,

    /// Show findings from this severity up [default: low].
    #[arg(long, value_enum, value_name = "SEVERITY", env = "REDAN_MIN_SEVERITY", hide_env = true)]
    pub min_severity: Option<Level>,

    /// Show findings from this confidence up [default: low].
    #[arg(long, value_enum, value_name = "CONFIDENCE", env = "REDAN_MIN_CONFIDENCE", hide_env = true)]
    pub min_confidence: Option<Sureness>,

    /// End with 0 even when there are findings.
    #[arg(long)]
    pub exit_zero: bool,

    /// End with 3 when something was not analysed or the advisory data is old.
    #[arg(long)]
    pub strict: bool,

    /// Report only what this file does not know (see `redan baseline`).
    #[arg(long, value_name = "FILE", env = "REDAN_BASELINE", hide_env = true)]
    pub baseline: Option<PathBuf>,

    /// Report what the baseline knows, too.
    #[arg(long, conflicts_with = "baseline")]
    pub no_baseline: bool,

    /// Read this configuration instead of the one at or above PATH.
    #[arg(long, value_name = "FILE", env = "REDAN_CONFIG", hide_env = true, conflicts_with = "isolated")]
    pub config: Option<PathBuf>,

    /// Obey nothing in the scanned tree: no configuration, no comment that ignores.
    #[arg(long)]
    pub isolated: bool,

    #[command(flatten)]
    /// Which advisories.
    pub data: DataArguments,
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FailOn {
    Never,
    Low,
    Medium,
    High,
    Critical,
}

/// `--min-severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Level {
    Low,
    Medium,
    High,
    Critical,
}

/// `--min-confidence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Sureness {
    Low,
    Medium,
    High,
    Certain,
}

impl From<FailOn> for Threshold {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Never => Self::Never,
            FailOn::Low => Self::Low,
            FailOn::Medium => Self::Medium,
            FailOn::High => Self::High,
            FailOn::Critical => Self::Critical,
        }
    }
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
            Level::Critical => Self::Critical,
        }
    }
}

impl From<Sureness> for Confidence {
    fn from(sureness: Sureness) -> Self {
        match sureness {
            Sureness::Low => Self::Low,
            Sureness::Medium => Self::Medium,
            Sureness::High => Self::High,
            Sureness::Certain => Self::Certain,
        }
    }
}

/// Everything that was chosen.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What stages look at.
    pub config: Config,
    /// End with 1 from this severity up; `None` for never.
    pub fail_on: Option<Severity>,
    /// Only findings with a fix decide.
    pub fail_on_fixable: bool,
    /// Findings do not change the exit code.
    pub exit_zero: bool,
    /// Notifications change it.
    pub strict: bool,
    /// The configuration file that was read.
    pub origin: Option<PathBuf>,
}

impl Settings {
    /// How a run with this outcome ends.
    pub fn exit(&self, outcome: &Outcome) -> Exit {
        let no_data = outcome.coverage.advisories.as_ref().is_none_or(|data| data.records == 0);
        if no_data || (self.strict && !outcome.notifications.is_empty()) {
            return Exit::Incomplete;
        }
        let counts = |finding: &Finding| !self.fail_on_fixable || is_fixable(finding);
        let fails = self.fail_on.is_some_and(|threshold| {
            outcome.reported().any(|finding| finding.severity.gate() >= threshold.gate() && counts(finding))
        });
        if fails && !self.exit_zero { Exit::Findings } else { Exit::Clean }
    }
}

fn is_fixable(finding: &Finding) -> bool {
    finding.fix.is_some() || finding.package.as_ref().is_some_and(|package| package.fixed.is_some())
}

impl GateArguments {
    /// Joins arguments and file: an argument goes before the file, lists are joined.
    pub fn settings(&self, target: &Target) -> Result<Settings, Failure> {
        let (origin, file) = self.file(target)?.unzip();
        let file = file.unwrap_or_default();
        check_names(file.only.iter().chain(&file.skip).chain(&self.only).chain(&self.skip))?;
        let exclude: Vec<&String> = file.exclude.iter().chain(&self.exclude).collect();
        let fail_on = self.fail_on.map(Threshold::from).or(file.fail_on).unwrap_or(Threshold::Medium);
        let config = Config {
            only: if self.only.is_empty() { file.only.clone() } else { self.only.clone() },
            skip: file.skip.iter().chain(&self.skip).cloned().collect(),
            min_severity: self.min_severity.map(Severity::from).or(file.min_severity).unwrap_or(Severity::Low),
            min_confidence: self
                .min_confidence
                .map(Confidence::from)
                .or(file.min_confidence)
                .unwrap_or(Confidence::Low),
            exclude: PathPatterns::new(&exclude).map_err(|error| Failure::usage(anyhow!(error), ""))?,
            ignores: file::ignores(&file).map_err(|(reason, help)| Failure::usage(anyhow!(reason), help))?,
            baseline: self.read_baseline(&file, origin.as_deref())?,
            isolated: self.isolated,
            today: today(),
            advisory_db: place::store(self.data.advisory_db.as_deref()),
            max_advisory_age: self.data.max_advisory_age.or(file.max_advisory_age).unwrap_or(MAX_AGE_DAYS),
            online: self.data.online(file.index_url.as_deref()),
            ..Config::default()
        };
        Ok(Settings {
            config,
            fail_on: fail_on.severity(),
            fail_on_fixable: self.fail_on_fixable || file.fail_on_fixable.unwrap_or(false),
            exit_zero: self.exit_zero,
            strict: self.strict || file.strict.unwrap_or(false),
            origin,
        })
    }

    /// The configuration file in use, and what it says.
    pub fn file(&self, target: &Target) -> Result<Option<(PathBuf, ConfigFile)>, Failure> {
        let told = |error: ConfigError| {
            let help = error.help.clone();
            Failure::usage(error, help)
        };
        if self.isolated {
            return Ok(None);
        }
        if let Some(path) = &self.config {
            let file = file::load(path).map_err(told)?;
            return match file {
                Some(file) => Ok(Some((path.clone(), file::extended(path, file, None).map_err(told)?))),
                None => Err(Failure::usage(anyhow!("'{}' has no [tool.redan]", path.display()), "")),
            };
        }
        let first =
            target.paths.first().and_then(|path| path.canonicalize().ok()).unwrap_or_else(|| target.root.clone());
        let directory = if first.is_dir() { first.as_path() } else { first.parent().unwrap_or(&target.root) };
        file::discover(directory, &target.root).map_err(told)
    }

    /// The baseline that is named, by argument or file.
    fn read_baseline(&self, file: &ConfigFile, origin: Option<&Path>) -> Result<Option<Baseline>, Failure> {
        match self.baseline_path(file, origin)? {
            Some(_) if self.no_baseline => Ok(None),
            Some(path) => read_baseline(&path).map(Some),
            None => Ok(None),
        }
    }

    /// Where the baseline is.
    pub fn baseline_path(&self, file: &ConfigFile, origin: Option<&Path>) -> Result<Option<PathBuf>, Failure> {
        if self.baseline.is_some() {
            return Ok(self.baseline.clone());
        }
        let (Some(name), Some(directory)) = (&file.baseline, origin.and_then(Path::parent)) else { return Ok(None) };
        // The file may be of somebody else's making: it can name what lies beside or below it, nothing more.
        let inside = name.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !inside {
            let error = anyhow!("`baseline = \"{}\"` leads out of the directory of its file", name.display());
            return Err(Failure::usage(error, "name it with --baseline"));
        }
        Ok(Some(directory.join(name)))
    }
}

/// Refuses what is neither a group, a rule nor the id of an advisory: a misspelt name would leave out everything, and
/// nothing found would look like clean.
fn check_names<'n>(names: impl Iterator<Item = &'n String>) -> Result<(), Failure> {
    let is_group = |name: &str| Group::ALL.iter().any(|group| group.name() == name);
    // Ids of advisories begin with capitals (`PYSEC-…`); which there are depends on the day's data.
    let is_advisory = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase()) && name.contains('-');
    let unsure: Vec<&String> = names.filter(|name| !is_group(name) && !is_advisory(name)).collect();
    if unsure.is_empty() {
        return Ok(());
    }
    let rules = rules::all(&Context::new(Config::default()));
    let known = || Group::ALL.iter().map(|group| group.name()).chain(rules.iter().map(|rule| rule.id.as_ref()));
    for name in unsure {
        if !known().any(|other| other == name) {
            let help = match nearest(name, known()) {
                Some(near) => format!("did you mean '{near}'?"),
                None => {
                    "`redan rules` lists the rules; groups are dependencies, secrets, models and posture".to_owned()
                }
            };
            return Err(Failure::usage(anyhow!("there is no rule or group '{}'", visible(name)), help));
        }
    }
    Ok(())
}

/// Reads a baseline.
pub fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    let named = |error: anyhow::Error| error.context(format!("the baseline '{}' cannot be used", path.display()));
    let read = || -> std::io::Result<String> {
        if std::fs::metadata(path)?.len() > MAX_BASELINE {
            return Err(std::io::Error::other("it is larger than 256 MiB"));
        }
        std::fs::read_to_string(path)
    };
    let text = read().map_err(|error| Failure::usage(named(error.into()), "make one with `redan baseline create`"))?;
    Baseline::parse(&text).map_err(|error| {
        let help = error.help();
        Failure::usage(named(error.into()), help)
    })
}

/// Today in UTC, as suppressions write it.
pub fn today() -> String {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
