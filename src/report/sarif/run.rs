//! The one run of a log: tool, results, notifications.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, MultiformatMessageString, Notification, PropertyBag, ReportingDescriptor, ReportingDescriptorReference, Result,
    ResultLevel, Run, RunAutomationDetails, Suppression, Tool, ToolComponent,
};

use super::super::escape::sarif_text;
use super::super::{SarifProfile, Style};
use super::descriptor::{descriptors, level};
use super::place::{self, message};
use crate::model::{self, Disposition, Finding, NotificationKind, Outcome};

/// Locations of one result that GitHub keeps.
const MAX_RELATED: usize = 100;
/// Notifications that are written one by one; the rest is counted. (The schema has no limit, uploads have.)
const MAX_NOTIFICATIONS: usize = 2_000;

/// The run of `findings`, which are in order. `notes` say what was left out.
pub(super) fn run(outcome: &Outcome, style: &Style, findings: &[&Finding], notes: &[String]) -> Run {
    let (rules, indexes) = descriptors(findings);
    let version = env!("CARGO_PKG_VERSION");
    let driver = ToolComponent::builder()
        .name("redan")
        .full_name(format!("redan {version}"))
        .version(version)
        .semantic_version(version)
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(rules)
        .notifications(notification_descriptors())
        .build();
    let root = ArtifactLocation::builder().description(message("The root of the scanned tree.")).build();
    let mut run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind(json!("utf16CodeUnits"))
        .original_uri_base_ids(BTreeMap::from([(place::ROOT.to_owned(), root)]))
        .invocations(vec![invocation(outcome, notes)])
        .results(findings.iter().map(|finding| result(finding, style, &indexes)).collect::<Vec<_>>())
        .build();
    let pipeline = (style.sarif_profile == SarifProfile::Azdo).then(|| style.pipeline.clone().unwrap_or_default());
    // The upload action sets the category only when it is absent, so it is absent unless asked for.
    let id = style.sarif_category.as_ref().map(|category| format!("{}/", category.trim_end_matches('/')));
    let id = id.map(|id| sarif_text(&id)).or_else(|| pipeline.as_ref().map(super::super::azure::Pipeline::run_id));
    run.automation_details = id.map(|id: String| {
        let mut details = RunAutomationDetails::builder().id(id).build();
        details.properties =
            pipeline.map(|pipeline| PropertyBag::builder().additional_properties(pipeline.properties()).build());
        details
    });
    run
}

fn result(finding: &Finding, style: &Style, indexes: &BTreeMap<&str, i64>) -> Result {
    let mut result = Result::builder()
        .rule_id(sarif_text(&finding.rule.id))
        .level(result_level(finding))
        .message(message(&sentences(finding)))
        .locations(vec![place::location(&finding.location)])
        .partial_fingerprints(fingerprints(finding, style))
        .properties(properties(finding))
        .build();
    result.rule_index = indexes.get(finding.rule.id.as_ref()).copied();
    if !finding.related.is_empty() {
        let related = finding.related.iter().take(MAX_RELATED).enumerate();
        result.related_locations = Some(related.map(|(index, related)| place::related(index + 1, related)).collect());
    }
    if let Some(fix) = &finding.fix
        && !fix.edits.is_empty()
    {
        result.fixes = Some(vec![place::fix(fix)]);
    }
    result.suppressions = match &finding.disposition {
        Disposition::Suppressed { reason, .. } => {
            Some(vec![Suppression::builder().kind(json!("inSource")).justification(sarif_text(reason)).build()])
        }
        Disposition::Baseline => {
            Some(vec![Suppression::builder().kind(json!("external")).justification("in the baseline").build()])
        }
        _ => None,
    };
    result
}

/// The first sentence says it all, because lists show nothing else; then where in the file and what to do.
fn sentences(finding: &Finding) -> String {
    let mut text = finding.message.trim().to_owned();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    let place = place::spoken(&finding.location);
    if !place.is_empty() {
        text.push(' ');
        text.push_str(&place);
    }
    let advice = finding.advice.trim();
    if !advice.is_empty() {
        text.push_str(" Next: ");
        text.push_str(advice.trim_end_matches('.'));
        text.push('.');
    }
    text
}

fn result_level(finding: &Finding) -> ResultLevel {
    match level(finding.severity) {
        "error" => ResultLevel::Error,
        "warning" => ResultLevel::Warning,
        _ => ResultLevel::Note,
    }
}

fn fingerprints(finding: &Finding, style: &Style) -> BTreeMap<String, String> {
    let fingerprint = &finding.fingerprint;
    let mut prints = BTreeMap::from([("redan/v1".to_owned(), fingerprint.to_string())]);
    if !style.sarif_github_fingerprint {
        let short = fingerprint.digest().get(..16).unwrap_or(fingerprint.digest());
        prints.insert("primaryLocationLineHash".to_owned(), format!("{short}:{}", fingerprint.ordinal));
    }
    prints
}

fn properties(finding: &Finding) -> PropertyBag {
    let mut bag = BTreeMap::from([
        ("confidence".to_owned(), json!(finding.confidence.name())),
        ("severity".to_owned(), json!(finding.severity.name())),
    ]);
    if let Some(package) = &finding.package {
        bag.insert("package".to_owned(), json!(sarif_text(&package.name)));
        bag.insert("declared".to_owned(), json!(sarif_text(&package.declared)));
        if let Some(fixed) = &package.fixed {
            bag.insert("fixed".to_owned(), json!(sarif_text(fixed)));
        }
    }
    PropertyBag::builder().additional_properties(bag).build()
}

fn invocation(outcome: &Outcome, notes: &[String]) -> Invocation {
    let mut execution: Vec<Notification> = notes.iter().map(|note| notification("results-cut", "warning", note)).collect();
    let mut configuration = Vec::new();
    for (index, noted) in outcome.notifications.iter().enumerate() {
        if index == MAX_NOTIFICATIONS {
            let rest = outcome.notifications.len() - index;
            execution.push(notification("results-cut", "warning", &format!("{rest} further notifications are left out.")));
            break;
        }
        let mut entry = notification(noted.kind.name(), notification_level(noted.kind), &noted.message);
        entry.locations = noted.path.as_ref().map(|path| vec![place::of_file(path, noted.line)]);
        match noted.kind {
            NotificationKind::Suppression => configuration.push(entry),
            _ => execution.push(entry),
        }
    }
    let coverage = &outcome.coverage;
    let data = match &coverage.advisories {
        Some(data) => format!("advisory data of {}, {} records, {}", data.date, data.records, data.source),
        None => "no advisory data: packages were not checked".to_owned(),
    };
    execution.push(notification(
        "coverage",
        "note",
        &format!("{} files read, {} packages declared; {data}.", coverage.files, coverage.dependencies),
    ));
    let mut invocation = Invocation::builder().execution_successful(true).build();
    invocation.tool_execution_notifications = Some(execution);
    invocation.tool_configuration_notifications = (!configuration.is_empty()).then_some(configuration);
    invocation
}

fn notification(id: &str, level: &str, text: &str) -> Notification {
    Notification::builder()
        .descriptor(ReportingDescriptorReference::builder().id(id).build())
        .level(json!(level))
        .message(message(text))
        .build()
}

fn notification_level(kind: model::NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Internal | NotificationKind::Unreadable => "error",
        NotificationKind::LinkNotFollowed => "note",
        _ => "warning",
    }
}

fn notification_descriptors() -> Vec<ReportingDescriptor> {
    let kinds = NotificationKind::ALL.into_iter().map(|kind| (kind.name(), kind.summary()));
    let ours = [
        ("coverage", "What was analysed, and with which advisory data."),
        ("results-cut", "Results were left out because of the limits of code scanning."),
    ];
    let text = |text: &str| MultiformatMessageString::builder().text(text).build();
    kinds
        .chain(ours)
        .map(|(id, summary)| {
            ReportingDescriptor::builder()
                .id(id)
                // A name that equals the id breaks SARIF1001.
                .name(pascal_case(id))
                .short_description(text(summary))
                .full_description(text(summary))
                .help(text(summary))
                .build()
        })
        .collect()
}

/// The id as one word, with a letter case and an ending that the id does not have.
fn pascal_case(id: &str) -> String {
    let mut name = String::new();
    for word in id.split('-') {
        let mut characters = word.chars();
        name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(characters.as_str());
    }
    name.push_str("Note");
    name
}
