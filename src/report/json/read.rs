//! From a JSON report back to an outcome, for `redan report`.
//!
//! The file is input like any other: what does not fit is an error with its place, never a guess.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::declared::Declaration;
use super::record;
use crate::model::{
    AdvisoryData, ArtifactPath, Coverage, Disposition, Edit, Finding, Fingerprint, Fix, Group, Help, Location, Logical,
    Notebook, Notification, NotificationKind, Outcome, Package, Position, Related, Rule, Snippet, Span,
};

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON, or not of this shape.
    #[error("not a redan JSON report: {0}")]
    Shape(#[from] serde_json::Error),
    /// It was written by another version.
    #[error("the report says schema `{found}`, this version reads `{}`", record::SCHEMA)]
    Schema {
        /// What it says, made visible.
        found: String,
    },
    /// A value that this version does not know.
    #[error("the report has an unknown {kind}: `{value}`")]
    Value {
        /// What it should be.
        kind: &'static str,
        /// What it says, made visible.
        value: String,
    },
}

/// Reads a whole report.
pub fn outcome(text: &str) -> Result<Outcome, ReadError> {
    /// Only the member that says whether the rest can be read.
    #[derive(serde::Deserialize)]
    struct Head {
        schema: String,
    }
    let head: Head = serde_json::from_str(text)?;
    if head.schema != record::SCHEMA {
        return Err(ReadError::Schema { found: super::super::escape::visible(&head.schema).into_owned() });
    }
    let report: record::Report = serde_json::from_str(text)?;
    let rules: BTreeMap<String, Arc<Rule>> = report
        .rules
        .into_iter()
        .map(|record| Ok((record.id.clone(), Arc::new(rule(record)?))))
        .collect::<Result<_, ReadError>>()?;
    let advisories = report.coverage.advisories.map(|data| AdvisoryData {
        source: data.source,
        date: data.date,
        records: data.records,
        embedded: data.embedded,
    });
    Ok(Outcome {
        findings: report.findings.into_iter().map(|record| finding(record, &rules)).collect::<Result<_, _>>()?,
        notifications: report.notifications.into_iter().map(notification).collect::<Result<_, _>>()?,
        coverage: Coverage {
            files: report.coverage.files,
            notebooks: report.coverage.notebooks,
            binary_files: report.coverage.binary_files,
            bytes: report.coverage.bytes,
            manifests: report.coverage.manifests,
            dependencies: report.coverage.dependencies,
            pinned: report.coverage.pinned,
            left_out: report.coverage.left_out,
            advisories,
        },
        dependencies: report.declarations.into_iter().map(Declaration::read).collect::<Result<_, _>>()?,
        notebooks: report
            .notebooks
            .into_iter()
            .map(|(path, cells)| Notebook { path: ArtifactPath::new(&path), cells })
            .collect(),
    })
}

pub(super) fn unknown(kind: &'static str, value: &str) -> ReadError {
    ReadError::Value { kind, value: super::super::escape::visible(value).into_owned() }
}

fn rule(record: record::Rule) -> Result<Rule, ReadError> {
    let group = Group::ALL.into_iter().find(|group| group.name() == record.group);
    Ok(Rule {
        group: group.ok_or_else(|| unknown("group", &record.group))?,
        id: Cow::Owned(record.id),
        name: Cow::Owned(record.name),
        summary: Cow::Owned(record.summary),
        help: Help {
            what: Cow::Owned(record.what),
            why: Cow::Owned(record.why),
            example: Cow::Owned(record.example),
            use_instead: Cow::Owned(record.use_instead),
            references: record.references.into_iter().map(Cow::Owned).collect(),
        },
        severity: record.severity,
        cwe: record.cwe,
    })
}

fn finding(record: record::Finding, rules: &BTreeMap<String, Arc<Rule>>) -> Result<Finding, ReadError> {
    let rule = rules.get(&record.rule_id).ok_or_else(|| unknown("rule", &record.rule_id))?;
    let suppression = record.suppression.unwrap_or(record::Suppression { reason: String::new(), until: None });
    let disposition = match record.disposition.as_str() {
        "reported" => Disposition::Reported,
        "suppressed" => Disposition::Suppressed { reason: suppression.reason, until: suppression.until },
        "baseline" => Disposition::Baseline,
        "below-threshold" => Disposition::BelowThreshold,
        other => return Err(unknown("disposition", other)),
    };
    let fingerprint =
        Fingerprint::parse(&record.fingerprint).ok_or_else(|| unknown("fingerprint", &record.fingerprint))?;
    Ok(Finding {
        rule: Arc::clone(rule),
        message: record.message,
        location: location(record.location),
        related: record
            .related
            .into_iter()
            .map(|related| Related { message: related.message, location: location(related.location) })
            .collect(),
        severity: record.severity,
        confidence: record.confidence,
        fingerprint,
        advice: record.advice,
        fix: record.fix.map(|fix| Fix {
            description: fix.description,
            edits: fix
                .edits
                .into_iter()
                .map(|edit| Edit { location: location(edit.location), replacement: edit.replacement })
                .collect(),
        }),
        package: record.package.map(|package| Package {
            name: package.name,
            ecosystem: package.ecosystem,
            declared: package.declared,
            fixed: package.fixed,
            ids: package.ids,
            affected: package.affected.into_iter().map(Into::into).collect(),
        }),
        witness: None,
        disposition,
    })
}

fn location(record: record::Location) -> Location {
    let (start_utf16, end_utf16) = record.utf16.unwrap_or((record.column, record.end_column));
    let inside = record.inside.unwrap_or_default();
    let logical = match (record.cell, record.member, inside.offset) {
        (Some(index), ..) => {
            Some(Logical::Cell { index, part: inside.part.unwrap_or_default(), line: inside.line.unwrap_or(1) })
        }
        (None, member, Some(offset)) => Some(Logical::Opcode { member: member.unwrap_or_default(), offset }),
        (None, Some(path), None) => Some(Logical::Member { path, line: inside.line.unwrap_or(0) }),
        (None, None, None) => None,
    };
    Location {
        path: ArtifactPath::new(&record.path),
        span: Span::new(record.bytes.0, record.bytes.1),
        start: Position { line: record.line.max(1), column: record.column.max(1), utf16: start_utf16.max(1) },
        end: Position { line: record.end_line.max(1), column: record.end_column.max(1), utf16: end_utf16.max(1) },
        logical,
        snippet: record.snippet.map(|snippet| Box::new(read_snippet(snippet))),
    }
}

/// The mark is moved onto character boundaries, so that reporters may slice by it.
fn read_snippet(record: record::Snippet) -> Snippet {
    let text = record.text;
    let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let marked = Span::new(floor(record.marked.0), floor(record.marked.1));
    Snippet { marked, cut_before: record.cut.0, cut_after: record.cut.1, text }
}

fn notification(record: record::Notification) -> Result<Notification, ReadError> {
    let kind = NotificationKind::ALL.into_iter().find(|kind| kind.name() == record.kind);
    Ok(Notification {
        path: record.path.as_deref().map(ArtifactPath::new),
        line: record.line,
        kind: kind.ok_or_else(|| unknown("kind of notification", &record.kind))?,
        message: record.message,
    })
}
