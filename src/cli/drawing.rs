//! Options that change how reports look, and nothing of what they say.

use std::io::{self, IsTerminal};
use std::path::Path;

use clap::Args;

use crate::report::azure::Pipeline;
use crate::report::{SarifProfile, Style};

/// Arguments that `scan` and `report` share.
#[derive(Args, Clone, Debug)]
pub struct DrawingArguments {
    /// Show findings that are suppressed or in the baseline, too.
    #[arg(long)]
    pub show_suppressed: bool,

    /// Write SARIF for this consumer.
    #[arg(long, value_enum, default_value_t = Profile::Github, value_name = "CONSUMER", env = "REDAN_SARIF_PROFILE", hide_env = true)]
    pub sarif_profile: Profile,

    /// Set the category of the SARIF run; without it the upload's own category counts.
    #[arg(long, value_name = "NAME")]
    pub sarif_category: Option<String>,

    /// What identifies an alert: redan's fingerprint, which edits elsewhere in the file do not change, or the hash
    /// that GitHub computes of the lines around it.
    #[arg(long, value_enum, default_value_t = SarifFingerprint::Semantic, value_name = "KIND")]
    pub sarif_fingerprint: SarifFingerprint,

    /// Colours.
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub color: When,

    /// Links to rules that the terminal can open.
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub hyperlinks: When,
}

/// `--sarif-profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// GitHub code scanning.
    Github,
    /// GitHub Advanced Security for Azure DevOps; names the pipeline that runs it.
    Azdo,
    /// GitLab.
    Gitlab,
}

/// `--sarif-fingerprint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[expect(missing_docs, reason = "the option says it")]
pub enum SarifFingerprint {
    Semantic,
    Github,
}

/// When to use colours and links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum When {
    /// At a terminal, unless the environment says otherwise (NO_COLOR, CLICOLOR, CI).
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl DrawingArguments {
    /// How to draw on this standard output.
    pub fn style(&self, root: &Path) -> Style {
        let terminal = io::stdout().is_terminal();
        let color = match self.color {
            When::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
            other => other == When::Always,
        };
        let hyperlinks = match self.hyperlinks {
            When::Auto => terminal && color && std::env::var_os("CI").is_none(),
            other => other == When::Always,
        };
        let width = match std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()) {
            Some(columns) => columns,
            None if terminal => terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)),
            None => 100,
        };
        Style {
            color,
            hyperlinks,
            width: width.clamp(40, 200),
            show_suppressed: self.show_suppressed,
            sarif_profile: match self.sarif_profile {
                Profile::Github => SarifProfile::Github,
                Profile::Azdo => SarifProfile::Azdo,
                Profile::Gitlab => SarifProfile::Gitlab,
            },
            sarif_category: self.sarif_category.clone(),
            pipeline: (self.sarif_profile == Profile::Azdo)
                .then(|| Pipeline::from_variables(|name| std::env::var(name).ok())),
            sarif_github_fingerprint: self.sarif_fingerprint == SarifFingerprint::Github,
            root: Some(root.to_path_buf()),
        }
    }
}
