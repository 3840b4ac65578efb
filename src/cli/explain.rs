//! `redan explain`: the manual page of a rule, an advisory or a finding.

use std::ops::Bound;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, Parser};

use super::{Cli, Command, Exit, Failure, output, rules, scan};
use crate::advisory::{Advisory, Interval};
use crate::config::Config;
use crate::config::file::nearest;
use crate::context::Context;
use crate::model::{Outcome, Rule};
use crate::report::escape::{visible, visible_lines};
use crate::report::{Style, by_name};

/// Arguments of `redan explain`.
#[derive(Args, Clone, Debug)]
pub struct ExplainArguments {
    /// A rule (`redan rules` lists them), an advisory by any of its ids, or the fingerprint of a finding.
    #[arg(value_name = "RULE|ADVISORY|FINGERPRINT")]
    pub subject: String,

    /// Where to look for the finding of a fingerprint.
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
}

/// Runs it.
pub fn run(arguments: &ExplainArguments) -> Result<Exit, Failure> {
    let context = Context::new(Config::default());
    let subject = arguments.subject.trim();
    let rules = rules::all(&context);
    if let Some(rule) = rules.iter().find(|rule| rule.id.eq_ignore_ascii_case(subject)) {
        output::print(&page(rule))?;
        return Ok(Exit::Clean);
    }
    let advisories = advisories(&context, subject);
    if !advisories.is_empty() {
        output::print(&advisory_page(&context, &advisories))?;
        return Ok(Exit::Clean);
    }
    let digest = subject.split(':').next().unwrap_or_default();
    if digest.len() >= 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return finding(subject, arguments);
    }
    let near = rules.iter().filter(|rule| rule.id.contains(subject)).map(|rule| rule.id.as_ref());
    let mut near: Vec<&str> = near.take(5).collect();
    if near.is_empty() {
        near.extend(nearest(subject, rules.iter().map(|rule| rule.id.as_ref())));
    }
    let help = match near.is_empty() {
        true => "`redan rules` lists the rules".to_owned(),
        false => format!("did you mean {}?", near.join(", ")),
    };
    Err(Failure::usage(anyhow!("there is no rule, advisory or finding '{}'", visible(subject)), help))
}

fn page(rule: &Rule) -> String {
    let help = &rule.help;
    let mut out = format!("{} ({}, {})\n\n{}\n", rule.id, rule.group.name(), rule.severity.name(), rule.summary);
    for (title, body) in
        [("What", &help.what), ("Why", &help.why), ("Example", &help.example), ("Use instead", &help.use_instead)]
    {
        if !body.is_empty() {
            out.push_str(&format!("\n{title}\n{}\n", indented(&visible_lines(body))));
        }
    }
    if !rule.cwe.is_empty() {
        let numbers: Vec<String> = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect();
        out.push_str(&format!("\nWeakness\n    {}\n", numbers.join(", ")));
    }
    if !help.references.is_empty() {
        let references: Vec<String> = help.references.iter().map(|reference| visible(reference).into_owned()).collect();
        out.push_str(&format!("\nReferences\n    {}\n", references.join("\n    ")));
    }
    out.push_str(&format!("\nSilence one finding\n    # redan: ignore[{}] until=YYYY-MM-DD -- why\n", rule.id));
    out
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// The records that go by this id, with their packages.
fn advisories<'c>(context: &'c Context, id: &str) -> Vec<(&'c str, &'c Advisory)> {
    let snapshot = context.advisories.snapshot();
    let named = |advisory: &Advisory| {
        std::iter::once(&advisory.id).chain(&advisory.aliases).any(|known| known.eq_ignore_ascii_case(id))
    };
    snapshot
        .names()
        .flat_map(|name| context.advisories.for_package(name).iter().map(move |advisory| (name, advisory)))
        .filter(|(_, advisory)| named(advisory))
        .collect()
}

fn advisory_page(context: &Context, records: &[(&str, &Advisory)]) -> String {
    let mut out = String::new();
    for (package, advisory) in records {
        let severity = advisory.severity().map_or("unknown", |severity| severity.name());
        out.push_str(&format!("{} ({package}, {severity})\n", visible(&advisory.id)));
        if !advisory.aliases.is_empty() {
            out.push_str(&format!("    also      {}\n", visible(&advisory.aliases.join(", "))));
        }
        out.push_str(&format!("    published {}\n", visible(&advisory.published)));
        if let Some(vector) = advisory.cvss() {
            out.push_str(&format!("    CVSS      {}\n", visible(vector)));
        }
        let mut affected: Vec<String> = advisory.intervals().iter().map(interval).collect();
        affected.extend(advisory.single_versions().iter().map(|version| format!("=={version}")));
        let more = affected.len().saturating_sub(8);
        affected.truncate(8);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        out.push_str(&format!("    affected  {}{more}\n", visible(&affected.join(" or "))));
        let fixed = advisory.fixed_versions();
        let fixed = if fixed.is_empty() { "no fixed version is known".to_owned() } else { fixed.join(", ") };
        out.push_str(&format!("    fixed in  {}\n", visible(&fixed)));
        out.push_str(&format!("    read on   https://osv.dev/vulnerability/{}\n\n", visible(&advisory.id)));
    }
    let data = context.advisories.data();
    out.push_str(&format!("Advisory data of {}.\n", visible(&data.date)));
    out
}

fn interval((from, to): &Interval) -> String {
    let from = match from {
        Bound::Included(version) => Some(format!(">={version}")),
        Bound::Excluded(version) => Some(format!(">{version}")),
        Bound::Unbounded => None,
    };
    let to = match to {
        Bound::Included(version) => Some(format!("<={version}")),
        Bound::Excluded(version) => Some(format!("<{version}")),
        Bound::Unbounded => None,
    };
    let parts: Vec<String> = from.into_iter().filter(|from| from != ">=0").chain(to).collect();
    if parts.is_empty() { "every version".to_owned() } else { parts.join(",") }
}

/// Scans for the finding and draws it as the text report does, with its rule's page.
fn finding(fingerprint: &str, arguments: &ExplainArguments) -> Result<Exit, Failure> {
    let path = arguments.path.clone().into_os_string();
    let line = ["redan".into(), "scan".into(), "--quiet".into(), "--".into(), path];
    let Ok(Cli { command: Command::Scan(scan_arguments) }) = Cli::try_parse_from(line) else {
        return Err(Failure::usage(anyhow!("the path cannot be scanned"), ""));
    };
    let target = scan::target(&scan_arguments.paths, None)?;
    let settings = scan_arguments.settings(&target)?;
    let mut outcome: Outcome = scan::audit(&target, &settings, false);
    outcome.findings.retain(|finding| {
        let whole = finding.fingerprint.to_string();
        whole == fingerprint || finding.fingerprint.digest() == fingerprint || short(&whole) == fingerprint
    });
    let Some(rule) = outcome.findings.first().map(|finding| finding.rule.clone()) else {
        let error = anyhow!("no finding here has the fingerprint '{}'", visible(fingerprint));
        return Err(Failure::usage(error, "name the directory that was scanned after the fingerprint"));
    };
    let style = Style { show_suppressed: true, ..Style::default() };
    let mut out = Vec::new();
    if let Some(text) = by_name("text") {
        text.write(&outcome, &style, &mut out).map_err(|error| Failure::usage(error, ""))?;
    }
    output::print(&format!("{}\n{}", String::from_utf8_lossy(&out), page(&rule)))?;
    Ok(Exit::Clean)
}

/// The form that SARIF carries as `primaryLocationLineHash`.
fn short(fingerprint: &str) -> String {
    let (digest, ordinal) = fingerprint.split_once(':').unwrap_or((fingerprint, "1"));
    format!("{}:{ordinal}", digest.get(..16).unwrap_or(digest))
}
