//! One thing that is wrong, where, how bad, how sure, and what to do about it.

use std::sync::Arc;

use super::fingerprint::Fingerprint;
use super::location::Location;
use super::rule::{Confidence, Rule, Severity};

/// Something wrong at one place. Holds no secret: messages and snippets are redacted where they are made.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The kind.
    pub rule: Arc<Rule>,
    /// What is wrong here. The first sentence says it all and ends with a period.
    pub message: String,
    /// Where. There is always one.
    pub location: Location,
    /// Further places that belong to it, with what each is.
    pub related: Vec<Related>,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The same finding tomorrow.
    pub fingerprint: Fingerprint,
    /// The next step in words: "upgrade to 2.6.0", "revoke at …". Empty when there is nothing to say.
    pub advice: String,
    /// The edit that removes it, where one is known.
    pub fix: Option<Fix>,
    /// For a vulnerable dependency: which package and version, so that reports can group by upgrade.
    pub package: Option<Package>,
    /// For a secret that is too weak for its fingerprint to hold anything of it, while a baseline is in use: 16 bits,
    /// keyed by the baseline, that tell whether it changed. Stays out of every report.
    pub witness: Option<u16>,
    /// What the filter decided.
    pub disposition: Disposition,
}

impl Finding {
    /// A finding that is reported with the severity of its rule, and nothing optional.
    pub fn new(
        rule: Arc<Rule>,
        confidence: Confidence,
        message: String,
        location: Location,
        fingerprint: Fingerprint,
    ) -> Self {
        Self {
            severity: rule.severity,
            rule,
            message,
            location,
            related: Vec::new(),
            confidence,
            fingerprint,
            advice: String::new(),
            fix: None,
            package: None,
            witness: None,
            disposition: Disposition::Reported,
        }
    }

    /// True when a threshold or an exit code should count it.
    pub fn is_reported(&self) -> bool {
        self.disposition == Disposition::Reported
    }
}

/// A further place of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What this place has to do with it.
    pub message: String,
    /// Where it is.
    pub location: Location,
}

/// The package that a dependency finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Normalised name.
    pub name: String,
    /// The purl type: `pypi`, `conda`.
    pub ecosystem: String,
    /// The pinned version or the specifier as declared; empty when there is none.
    pub declared: String,
    /// The smallest version that clears every advisory of this package here, where there is one.
    pub fixed: Option<String>,
    /// All ids of the flaw: advisory id and aliases.
    pub ids: Vec<String>,
    /// Versions that have the flaw, as published; empty where that is not said.
    pub affected: Vec<AffectedRange>,
}

/// Versions in a row that have a flaw.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AffectedRange {
    /// The first; `None` for the very first.
    pub start: Option<String>,
    /// Where it ends; `None` when it does not.
    pub end: Option<String>,
    /// True when the end is affected, too.
    pub end_included: bool,
}

/// A change of text that removes a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the edit does, in the imperative.
    pub description: String,
    /// The replacements; they do not overlap.
    pub edits: Vec<Edit>,
}

/// One replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub location: Location,
    /// The new text.
    pub replacement: String,
}

/// What became of a finding. Nothing is dropped; all are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Shown, and counted by the exit code.
    Reported,
    /// Silenced by an inline comment or the configuration.
    Suppressed {
        /// The reason that was given.
        reason: String,
        /// The day it ends (`YYYY-MM-DD`), if one was given.
        until: Option<String>,
    },
    /// Known since a baseline was taken.
    Baseline,
    /// Below `--min-severity` or `--min-confidence`.
    BelowThreshold,
}

impl Disposition {
    /// Lower-case name, as JSON has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Suppressed { .. } => "suppressed",
            Self::Baseline => "baseline",
            Self::BelowThreshold => "below-threshold",
        }
    }
}
