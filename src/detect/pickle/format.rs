//! Facts of model formats that are no pickles, judged by `patterns/pickle/formats.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::policy::{POLICY, Verdict};
use super::{Found, rule};
use crate::model::{Confidence, Document, Finding, Fingerprint, ModelTrait, Severity};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Formats {
    fact: Vec<Fact>,
}

/// A block of the list.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Fact {
    format: String,
    kind: String,
    #[serde(default)]
    is: Vec<String>,
    #[serde(default)]
    starts: Vec<String>,
    #[serde(default)]
    holds: Vec<String>,
    /// Any value.
    #[serde(default)]
    any: bool,
    verdict: Judgement,
    #[serde(default)]
    says: String,
}

#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Judgement {
    Silent,
    Note,
    Suspicious,
    Dangerous,
}

#[expect(clippy::expect_used, reason = "the list is part of the program")]
static FORMATS: LazyLock<Formats> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../patterns/pickle/formats.toml")).expect("formats.toml is valid")
});

/// Judges every fact; equal ones once.
pub(super) fn judge(document: &Document<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for fact in &document.model_traits {
        if fact.kind == "type" {
            found.findings.extend(named_type(fact, document));
            continue;
        }
        let Some(block) = FORMATS.fact.iter().find(|block| block.fits(fact)) else { continue };
        if block.verdict == Judgement::Silent || !seen.insert((fact.kind, block.says.as_str(), shown(&fact.value))) {
            continue;
        }
        let value = shown(&fact.value);
        let message = format!("This {} file {}.", title(fact.format), block.says.replace("{value}", &quoted(fact.kind, &value)));
        let identity = Fingerprint::new("model-file", &[document.source.path.as_str(), fact.format, fact.kind, &value]);
        let rule = match block.verdict {
            Judgement::Dangerous => rule::unsafe_model_file(),
            _ => rule::suspicious_model_file(),
        };
        let mut finding = Finding::new(rule, Confidence::High, message, fact.location.clone(), identity);
        if block.verdict == Judgement::Note {
            finding.severity = Severity::Low;
        }
        found.findings.push(finding);
    }
}

/// A type that a format without code names: judged as the import that it becomes when the caller trusts it.
fn named_type(fact: &ModelTrait, document: &Document<'_>) -> Option<Finding> {
    let (says, rule) = match POLICY.judge_global(&fact.value) {
        Verdict::Safe => return None,
        Verdict::Unknown(says) => (says, rule::suspicious_model_file()),
        Verdict::Dangerous(does, _) => (does, rule::unsafe_model_file()),
    };
    let value = shown(&fact.value);
    let message = format!("This {} file names the type `{value}`, which {says}. (policy {})", title(fact.format), POLICY.version);
    let identity = Fingerprint::new("model-file", &[document.source.path.as_str(), fact.format, fact.kind, &value]);
    Some(Finding::new(rule, Confidence::Medium, message, fact.location.clone(), identity))
}

impl Fact {
    fn fits(&self, fact: &ModelTrait) -> bool {
        self.format == fact.format
            && self.kind == fact.kind
            && (self.any
                || self.is.contains(&fact.value)
                || self.starts.iter().any(|start| fact.value.starts_with(start.as_str()))
                || self.holds.iter().any(|part| fact.value.contains(part.as_str())))
    }
}

/// A value in a message: a header's oddity is a sentence of ours, everything else is the file's own.
fn quoted(kind: &str, value: &str) -> String {
    if kind == "header" { value.to_owned() } else { format!("`{value}`") }
}

fn title(format: &str) -> &str {
    match format {
        "keras" => "Keras",
        "savedmodel" => "TensorFlow",
        "onnx" => "ONNX",
        "gguf" => "GGUF",
        "npy" => "NumPy",
        other => other,
    }
}

/// A hostile value, short and on one line.
fn shown(value: &str) -> String {
    let line: String = value.chars().take(80).map(|character| if character.is_control() { ' ' } else { character }).collect();
    if value.chars().count() > 80 { format!("{line}…") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_valid() {
        assert!(!FORMATS.fact.is_empty());
    }
}
