//! Ways to draw an [`Outcome`]: one file per format, and the one list of them.
//!
//! A reporter gets nothing but the outcome, in which no secret is left; text of the scanned tree is still
//! hostile, and each reporter escapes it for its own sink.

use std::io::{self, Write};

use crate::model::{Disposition, Finding, Outcome};

pub mod azure;
pub mod escape;
mod gitlab;
pub mod inventory;
pub mod leverage;
#[cfg(test)]
pub(crate) mod sample;

/// Draws one format.
pub trait Reporter: Sync {
    /// The name that `-o` takes.
    fn name(&self) -> &'static str;

    /// What it is for, in a few words, for the table in the README.
    fn summary(&self) -> &'static str;

    /// Writes the whole report. Same outcome and style, same bytes.
    fn write(&self, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()>;
}

/// How to draw, as far as the user chooses it.
#[derive(Clone, Debug)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// OSC 8 links.
    pub hyperlinks: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Show findings that are suppressed or in the baseline.
    pub show_suppressed: bool,
    /// Which consumer SARIF is written for.
    pub sarif_profile: SarifProfile,
    /// `--sarif-category`: `automationDetails.id` without the final `/`.
    pub sarif_category: Option<String>,
    /// The pipeline that the profile for Azure DevOps names.
    pub pipeline: Option<azure::Pipeline>,
    /// Leave `primaryLocationLineHash` to GitHub's rolling hash.
    pub sarif_github_fingerprint: bool,
    /// Absolute path of the root, for links at a terminal only.
    pub root: Option<std::path::PathBuf>,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            color: false,
            hyperlinks: false,
            width: 100,
            show_suppressed: false,
            sarif_profile: SarifProfile::Github,
            sarif_category: None,
            pipeline: None,
            sarif_github_fingerprint: false,
            root: None,
        }
    }
}

impl Style {
    /// True for the findings that a report lists: reported ones, and with `show_suppressed` those that are suppressed
    /// or in the baseline. What is below a threshold is only counted.
    pub fn shows(&self, finding: &Finding) -> bool {
        match finding.disposition {
            Disposition::Reported => true,
            Disposition::Suppressed { .. } | Disposition::Baseline => self.show_suppressed,
            Disposition::BelowThreshold => false,
        }
    }
}

/// Consumers of SARIF that want different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SarifProfile {
    /// GitHub code scanning.
    Github,
    /// GitHub Advanced Security for Azure DevOps.
    Azdo,
    /// GitLab.
    Gitlab,
}

/// The reporter named `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Reporter> {
    REPORTERS.iter().copied().find(|reporter| reporter.name() == name)
}

/// Writes the module declarations and the list from one place, so that they cannot disagree.
macro_rules! reporters {
    ($($module:ident :: $reporter:ident),* $(,)?) => {
        $(pub mod $module;)*
        /// Every reporter.
        pub static REPORTERS: &[&dyn Reporter] = &[$(&$module::$reporter),*];
    };
}

reporters! {
    text::Text,
    concise::Concise,
    json::Json,
    jsonl::Jsonl,
    sarif::Sarif,
    github::Github,
    gitlab_secrets::GitlabSecrets,
    gitlab_dependencies::GitlabDependencies,
    junit::Junit,
    csv::Csv,
    markdown::Markdown,
    html::Html,
    cyclonedx::CycloneDx,
}
