//! The shape of the JSON report: plain records between the nouns of `model/` and serde.
//!
//! Not the nouns themselves, so that the contract stays when they change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::declared::{AffectedRange, Declaration};
use crate::model;
use crate::model::{Confidence, Logical, Outcome, Severity};

/// The name and version of this shape.
pub const SCHEMA: &str = "redan-report/1";

/// The whole report.
#[derive(Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// What wrote it.
    pub tool: Tool,
    /// What was looked at.
    pub coverage: Coverage,
    /// Findings by disposition, and reported ones by severity.
    #[serde(default)]
    pub summary: BTreeMap<String, usize>,
    /// Sorted by path, place and rule.
    pub findings: Vec<Finding>,
    /// What was not analysed, and why.
    pub notifications: Vec<Notification>,
    /// Every rule that a finding names.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Every declared package.
    #[serde(default)]
    pub declarations: Vec<Declaration>,
    /// The cells of notebooks that have findings, see [`model::cell_kinds`].
    #[serde(default)]
    pub notebooks: BTreeMap<String, String>,
}

/// What wrote the report.
#[derive(Serialize, Deserialize)]
pub struct Tool {
    /// `redan`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// See [`model::Coverage`].
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct Coverage {
    pub files: u64,
    pub notebooks: u64,
    pub binary_files: u64,
    pub bytes: u64,
    pub manifests: u64,
    pub dependencies: u64,
    pub pinned: u64,
    pub left_out: BTreeMap<String, u64>,
    /// `null` when packages could not be checked.
    pub advisories: Option<AdvisoryData>,
}

/// See [`model::AdvisoryData`].
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct AdvisoryData {
    pub source: String,
    pub date: String,
    pub records: u64,
    pub embedded: bool,
}

/// See [`model::Finding`].
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct Finding {
    pub rule_id: String,
    pub group: String,
    pub severity: Severity,
    pub confidence: Confidence,
    /// `reported`, `suppressed`, `baseline` or `below-threshold`.
    pub disposition: String,
    /// Why and until when, for a suppressed finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
    pub message: String,
    #[serde(default)]
    pub advice: String,
    pub fingerprint: String,
    pub location: Location,
    pub related: Vec<Related>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    pub fix: Option<Fix>,
}

/// Why a finding is not reported.
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct Suppression {
    pub reason: String,
    pub until: Option<String>,
}

/// See [`model::Location`]. Lines and columns count from 1; columns count Unicode characters.
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct Location {
    pub path: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
    /// Path inside the archive or model container.
    pub member: Option<String>,
    /// Index of the notebook cell, from 0, as in the notebook's JSON.
    pub cell: Option<u32>,
    /// What the cell or member does not say: part of the cell, line inside it, offset of the opcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Inside>,
    /// First byte and one past the last, of the text as UTF-8.
    #[serde(default)]
    pub bytes: (usize, usize),
    /// Start and end column in UTF-16 code units, where they differ from `column` and `end_column`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utf16: Option<(u32, u32)>,
    /// The line, with secrets masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snippet: Option<Snippet>,
}

/// The rest of [`model::Logical`].
#[derive(Serialize, Deserialize, Default)]
pub struct Inside {
    /// `source`, `output 0 text/html`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Line inside the cell's part or the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Byte offset of a pickle opcode in its stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

/// See [`model::Snippet`].
#[derive(Serialize, Deserialize)]
pub struct Snippet {
    /// One line, masked.
    pub text: String,
    /// First byte and one past the last that the location covers, in `text`.
    pub marked: (usize, usize),
    /// Text of the line is left out before and after.
    pub cut: (bool, bool),
}

/// See [`model::Related`].
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct Related {
    pub message: String,
    pub location: Location,
}

/// See [`model::Package`].
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct Package {
    pub name: String,
    pub ecosystem: String,
    pub declared: String,
    pub fixed: Option<String>,
    pub ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affected: Vec<AffectedRange>,
}

/// See [`model::Fix`].
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct Fix {
    pub description: String,
    pub edits: Vec<Edit>,
}

/// See [`model::Edit`].
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct Edit {
    pub location: Location,
    pub replacement: String,
}

/// See [`model::Notification`].
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct Notification {
    pub path: Option<String>,
    pub kind: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// See [`model::Rule`].
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members of the noun, under the same names")]
pub struct Rule {
    pub id: String,
    pub name: String,
    pub summary: String,
    pub group: String,
    pub severity: Severity,
    pub cwe: Vec<u32>,
    pub what: String,
    pub why: String,
    pub example: String,
    pub use_instead: String,
    pub references: Vec<String>,
}

impl Report {
    /// The record of `outcome`.
    pub fn of(outcome: &Outcome) -> Self {
        let rules: BTreeMap<&str, &model::Rule> =
            outcome.findings.iter().map(|finding| (finding.rule.id.as_ref(), finding.rule.as_ref())).collect();
        Self {
            schema: SCHEMA.to_owned(),
            tool: Tool { name: "redan".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            coverage: Coverage::of(&outcome.coverage),
            summary: summary(outcome),
            findings: outcome.findings.iter().map(Finding::of).collect(),
            notifications: outcome.notifications.iter().map(Notification::of).collect(),
            rules: rules.into_values().map(Rule::of).collect(),
            declarations: outcome.dependencies.iter().map(Declaration::of).collect(),
            notebooks: outcome.notebooks.iter().map(|book| (book.path.to_string(), book.cells.clone())).collect(),
        }
    }
}

fn summary(outcome: &Outcome) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for severity in Severity::ALL {
        let count = outcome.reported().filter(|finding| finding.severity == severity).count();
        counts.insert(severity.name().to_owned(), count);
    }
    for disposition in ["reported", "suppressed", "baseline", "below-threshold"] {
        counts.insert(disposition.to_owned(), outcome.count(disposition));
    }
    counts.insert("notifications".to_owned(), outcome.notifications.len());
    counts
}

impl Coverage {
    fn of(coverage: &model::Coverage) -> Self {
        Self {
            files: coverage.files,
            notebooks: coverage.notebooks,
            binary_files: coverage.binary_files,
            bytes: coverage.bytes,
            manifests: coverage.manifests,
            dependencies: coverage.dependencies,
            pinned: coverage.pinned,
            left_out: coverage.left_out.clone(),
            advisories: coverage.advisories.as_ref().map(|data| AdvisoryData {
                source: data.source.clone(),
                date: data.date.clone(),
                records: data.records,
                embedded: data.embedded,
            }),
        }
    }
}

impl Finding {
    /// The record of one finding.
    pub fn of(finding: &model::Finding) -> Self {
        let suppression = match &finding.disposition {
            model::Disposition::Suppressed { reason, until } => {
                Some(Suppression { reason: reason.clone(), until: until.clone() })
            }
            _ => None,
        };
        Self {
            rule_id: finding.rule.id.clone().into_owned(),
            group: finding.rule.group.name().to_owned(),
            severity: finding.severity,
            confidence: finding.confidence,
            disposition: finding.disposition.name().to_owned(),
            suppression,
            message: finding.message.clone(),
            advice: finding.advice.clone(),
            fingerprint: finding.fingerprint.to_string(),
            location: Location::of(&finding.location),
            related: finding
                .related
                .iter()
                .map(|related| Related {
                    message: related.message.clone(),
                    location: Location::of(&related.location),
                })
                .collect(),
            package: finding.package.as_ref().map(|package| Package {
                name: package.name.clone(),
                ecosystem: package.ecosystem.clone(),
                declared: package.declared.clone(),
                fixed: package.fixed.clone(),
                ids: package.ids.clone(),
                affected: package.affected.iter().map(AffectedRange::of).collect(),
            }),
            fix: finding.fix.as_ref().map(|fix| Fix {
                description: fix.description.clone(),
                edits: fix
                    .edits
                    .iter()
                    .map(|edit| Edit {
                        location: Location::of(&edit.location),
                        replacement: edit.replacement.clone(),
                    })
                    .collect(),
            }),
        }
    }
}

impl Location {
    /// The record of one place.
    pub fn of(location: &model::Location) -> Self {
        let (mut member, mut cell, mut inside) = (None, None, None);
        match &location.logical {
            Some(Logical::Cell { index, part, line }) => {
                cell = Some(*index);
                inside = Some(Inside { part: Some(part.clone()), line: Some(*line), offset: None });
            }
            Some(Logical::Member { path, line }) => {
                member = Some(path.clone());
                inside = (*line > 0).then(|| Inside { line: Some(*line), ..Inside::default() });
            }
            Some(Logical::Opcode { member: path, offset }) => {
                member = (!path.is_empty()).then(|| path.clone());
                inside = Some(Inside { offset: Some(*offset), ..Inside::default() });
            }
            None => {}
        }
        let (start, end) = (location.start, location.end);
        Self {
            path: location.path.as_str().to_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            member,
            cell,
            inside,
            bytes: (location.span.start, location.span.end),
            utf16: (start.utf16 != start.column || end.utf16 != end.column).then_some((start.utf16, end.utf16)),
            snippet: location.snippet.as_deref().map(|snippet| Snippet {
                text: snippet.text.clone(),
                marked: (snippet.marked.start, snippet.marked.end),
                cut: (snippet.cut_before, snippet.cut_after),
            }),
        }
    }
}

impl Notification {
    /// The record of one notification.
    pub fn of(notification: &model::Notification) -> Self {
        Self {
            path: notification.path.as_ref().map(|path| path.as_str().to_owned()),
            kind: notification.kind.name().to_owned(),
            message: notification.message.clone(),
            line: notification.line,
        }
    }
}

impl Rule {
    /// The record of one rule.
    pub fn of(rule: &model::Rule) -> Self {
        Self {
            id: rule.id.clone().into_owned(),
            name: rule.name.clone().into_owned(),
            summary: rule.summary.clone().into_owned(),
            group: rule.group.name().to_owned(),
            severity: rule.severity,
            cwe: rule.cwe.clone(),
            what: rule.help.what.clone().into_owned(),
            why: rule.help.why.clone().into_owned(),
            example: rule.help.example.clone().into_owned(),
            use_instead: rule.help.use_instead.clone().into_owned(),
            references: rule.help.references.iter().map(|reference| reference.clone().into_owned()).collect(),
        }
    }
}
