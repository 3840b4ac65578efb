//! The rules: the `[[rule]]` blocks of `patterns/azureml/*.toml`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::kind::{Kind, Language};
use crate::model::{Confidence, Group, Help, Rule, Severity};

/// Kinds and rules that are built in.
pub(super) static POSTURE: LazyLock<Posture> = LazyLock::new(Posture::built_in);

/// The files of `patterns/azureml`.
pub(super) const AREAS: &[(&str, &str)] = &[
    ("access", include_str!("../../../patterns/azureml/access.toml")),
    ("compute", include_str!("../../../patterns/azureml/compute.toml")),
    ("endpoints", include_str!("../../../patterns/azureml/endpoints.toml")),
    ("network", include_str!("../../../patterns/azureml/network.toml")),
    ("recovery", include_str!("../../../patterns/azureml/recovery.toml")),
    ("registry", include_str!("../../../patterns/azureml/registry.toml")),
    ("storage", include_str!("../../../patterns/azureml/storage.toml")),
    ("workspace", include_str!("../../../patterns/azureml/workspace.toml")),
];

/// All kinds and rules.
pub(super) struct Posture {
    pub(super) kinds: Vec<Kind>,
    pub(super) checks: Vec<Check>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Area {
    #[serde(default)]
    kind: Vec<Kind>,
    #[serde(default)]
    rule: Vec<Block>,
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    id: String,
    name: String,
    summary: String,
    severity: Severity,
    /// The severity in some languages.
    #[serde(default)]
    severity_in: BTreeMap<Language, Severity>,
    #[serde(default)]
    confidence: Option<Confidence>,
    cwe: Vec<u32>,
    /// The principle of Zero Trust that it serves.
    principle: Principle,
    /// What other tools and catalogues call the same.
    #[serde(default)]
    same_as: BTreeMap<String, String>,
    kinds: Vec<String>,
    /// Languages in which it can be told; none: in all.
    #[serde(default)]
    languages: Vec<Language>,
    unsafe_when: Vec<Condition>,
    #[serde(default)]
    raised: Vec<Raise>,
    /// It is only asked where the repository has one of these kinds.
    #[serde(default)]
    next_to: Vec<String>,
    #[serde(default)]
    without: Vec<Partner>,
    message: String,
    why: String,
    /// What to write instead, by language.
    fix: BTreeMap<String, String>,
    #[serde(default)]
    references: Vec<String>,
    test: Vec<Test>,
}

/// A text, and the lines of it that are reported; `tests/posture.rs` scans it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Test {
    #[serde(rename = "file")]
    _file: String,
    lines: Vec<u32>,
    text: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Principle {
    LeastPrivilege,
    VerifyExplicitly,
    AssumeBreach,
}

impl Principle {
    fn says(self) -> &'static str {
        match self {
            Self::LeastPrivilege => "least privilege",
            Self::VerifyExplicitly => "verify explicitly",
            Self::AssumeBreach => "assume breach",
        }
    }
}

/// What makes a resource unsafe. All conditions of a rule hold; the first says where.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    /// The attribute.
    pub(super) attribute: String,
    /// It is one of these.
    #[serde(default)]
    pub(super) is: Vec<String>,
    /// It is none of these.
    #[serde(default)]
    pub(super) is_not: Vec<String>,
    /// It holds one of these texts.
    #[serde(default)]
    pub(super) contains: Vec<String>,
    /// It is a number above this one.
    #[serde(default)]
    pub(super) above: Option<f64>,
    /// It is a number below this one.
    #[serde(default)]
    pub(super) below: Option<f64>,
    /// Among the ports that it names is one of these.
    #[serde(default)]
    pub(super) opens: Vec<u16>,
    /// It is written, whatever it is, or it is not.
    #[serde(default)]
    pub(super) written: Option<bool>,
    /// It holds none of these texts.
    #[serde(default)]
    pub(super) lacks: Vec<String>,
    /// It is written out, and no placeholder.
    #[serde(default)]
    pub(super) literal: bool,
    /// One of several branches is enough.
    #[serde(default)]
    pub(super) possible: bool,
    /// What is not known counts as well.
    #[serde(default)]
    pub(super) or_unknown: bool,
    /// It is no condition for a kind or a language that does not have the attribute.
    #[serde(default)]
    pub(super) optional: bool,
}

/// Conditions under which a finding is worse, or not as bad.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raise {
    /// It is this.
    pub(super) severity: Severity,
    /// When all of these hold.
    pub(super) when: Vec<Condition>,
}

/// Another resource that makes up for what this one lacks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Partner {
    /// Its kind.
    pub(super) kind: String,
    /// Its attribute that names this resource; none: it stands in for all that it can be seen from.
    #[serde(default)]
    pub(super) by: Option<String>,
    /// Modules that make one, by parts of their sources: what is inside of them is not seen.
    #[serde(default)]
    pub(super) module: Vec<String>,
    /// What it must be to count.
    #[serde(default)]
    pub(super) when: Vec<Condition>,
}

/// A rule, ready to be asked.
pub(super) struct Check {
    pub(super) rule: Arc<Rule>,
    pub(super) severity_in: BTreeMap<Language, Severity>,
    pub(super) confidence: Confidence,
    pub(super) kinds: Vec<String>,
    pub(super) languages: Vec<Language>,
    pub(super) unsafe_when: Vec<Condition>,
    pub(super) raised: Vec<Raise>,
    pub(super) next_to: Vec<String>,
    pub(super) without: Vec<Partner>,
    pub(super) message: String,
    pub(super) fix: BTreeMap<String, String>,
}

impl Posture {
    /// # Panics
    ///
    /// When what is built in does not parse; a test holds that it does.
    #[expect(clippy::panic, reason = "the files are part of the program")]
    fn built_in() -> Self {
        let mut posture = Self { kinds: Vec::new(), checks: Vec::new() };
        for (name, text) in AREAS {
            let area: Area = toml::from_str(text).unwrap_or_else(|error| panic!("patterns/azureml/{name}.toml: {error}"));
            posture.kinds.extend(area.kind);
            posture.checks.extend(area.rule.into_iter().map(Block::check));
        }
        posture.checks.sort_by(|a, b| a.rule.id.cmp(&b.rule.id));
        posture
    }

    /// The kind of this name.
    pub(super) fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }
}

impl Block {
    fn check(self) -> Check {
        let known: Vec<String> = self.same_as.iter().map(|(who, id)| format!("{who} {id}")).collect();
        let mut why = format!("{} Zero Trust: {}.", self.why, self.principle.says());
        if !known.is_empty() {
            why.push_str(&format!(" Elsewhere: {}.", known.join(", ")));
        }
        let fixes: Vec<String> = self.fix.iter().map(|(language, text)| format!("{language}: {text}")).collect();
        let example = self.test.into_iter().find(|test| !test.lines.is_empty()).map(|test| test.text).unwrap_or_default();
        let rule = Rule {
            id: self.id.into(),
            name: self.name.into(),
            summary: self.summary.clone().into(),
            help: Help {
                what: self.summary.into(),
                why: why.into(),
                example: example.into(),
                use_instead: fixes.join("\n").into(),
                references: self.references.into_iter().map(Into::into).collect(),
            },
            group: Group::Posture,
            severity: self.severity,
            cwe: self.cwe,
        };
        Check {
            rule: Arc::new(rule),
            severity_in: self.severity_in,
            confidence: self.confidence.unwrap_or(Confidence::High),
            kinds: self.kinds,
            languages: self.languages,
            unsafe_when: self.unsafe_when,
            raised: self.raised,
            next_to: self.next_to,
            without: self.without,
            message: self.message,
            fix: self.fix,
        }
    }
}
