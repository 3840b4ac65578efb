//! What a finding is an instance of: identity, severity, help. One source for SARIF descriptors, the
//! README's table and `redan explain`.

use std::borrow::Cow;

/// How bad it is when it is true. Independent of how sure we are ([`Confidence`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Fix in the ordinary course of work.
    Medium,
    /// Nobody has rated it; sorts and gates as high, and is shown as unknown.
    Unknown,
    /// Fix soon.
    High,
    /// Stop and fix.
    Critical,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Self; 5] = [Self::Low, Self::Medium, Self::Unknown, Self::High, Self::Critical];

    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::Unknown => "unknown",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// What it counts as for a threshold: unknown counts as high.
    pub fn gate(self) -> Self {
        if self == Self::Unknown { Self::High } else { self }
    }

    /// The number that GitHub code scanning sorts by (`security-severity`, a string above 0.0 up to 10.0).
    pub fn security_severity(self) -> &'static str {
        match self {
            Self::Low => "3.0",
            Self::Medium => "5.5",
            Self::Unknown => "7.0",
            Self::High => "8.0",
            Self::Critical => "9.5",
        }
    }
}

/// How sure we are that it is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A guess that deserves a look.
    Low,
    /// Likely.
    Medium,
    /// Nearly always right.
    High,
    /// Proved: a checksum holds, or an exact version lies in an advisory's range.
    Certain,
}

impl Confidence {
    /// All, least sure first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Certain];

    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Certain => "certain",
        }
    }
}

/// The part of the audit that a rule belongs to; what `--only` and `--skip` take besides rule ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Declared packages and how they are installed.
    Dependencies,
    /// Credentials in text.
    Secrets,
    /// Model files and the code that loads them.
    Models,
    /// Cloud configuration.
    Posture,
}

/// Some of the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups(u8);

impl Groups {
    /// Every one.
    pub const ALL: Self = Self(u8::MAX);
    /// Declared packages alone.
    pub const DEPENDENCIES: Self = Self(1 << Group::Dependencies as u8);
    /// Credentials alone.
    pub const SECRETS: Self = Self(1 << Group::Secrets as u8);
    /// Model files and the code that loads them alone.
    pub const MODELS: Self = Self(1 << Group::Models as u8);
    /// Cloud configuration alone.
    pub const POSTURE: Self = Self(1 << Group::Posture as u8);

    /// Those of either.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that `wanted` says yes to.
    pub fn of(wanted: impl Fn(Group) -> bool) -> Self {
        Self(Group::ALL.into_iter().filter(|group| wanted(*group)).fold(0, |set, group| set | 1 << group as u8))
    }

    /// True when some group is in both.
    pub fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Group {
    /// All, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Dependencies, Self::Secrets, Self::Models, Self::Posture];

    /// The name that the command line takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dependencies => "dependencies",
            Self::Secrets => "secrets",
            Self::Models => "models",
            Self::Posture => "posture",
        }
    }
}

/// The manual page of a rule. Plain text; `example` and `use_instead` are code.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Help {
    /// What was found.
    pub what: Cow<'static, str>,
    /// Why it matters.
    pub why: Cow<'static, str>,
    /// Code that the rule reports; may be empty.
    pub example: Cow<'static, str>,
    /// What to do or write instead.
    pub use_instead: Cow<'static, str>,
    /// Where to read on (URLs).
    pub references: Vec<Cow<'static, str>>,
}

/// A kind of finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Kebab-case slug that names the danger; for a vulnerable dependency, the advisory's id.
    pub id: Cow<'static, str>,
    /// A few words, without a period.
    pub name: Cow<'static, str>,
    /// One sentence.
    pub summary: Cow<'static, str>,
    /// The manual page.
    pub help: Help,
    /// The group that it is switched by.
    pub group: Group,
    /// Severity of an ordinary finding of this rule; a finding may differ.
    pub severity: Severity,
    /// Weakness numbers of CWE, without the prefix.
    pub cwe: Vec<u32>,
}
