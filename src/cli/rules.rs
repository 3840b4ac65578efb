//! `redan rules`: what can be reported.

use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::{Exit, Failure, output};
use crate::config::Config;
use crate::context::Context;
use crate::detect::DETECTORS;
use crate::model::Rule;
use crate::report::escape::{markdown, write_json};
use crate::report::json::record;

/// Arguments of `redan rules`.
#[derive(Args, Clone, Debug)]
pub struct RulesArguments {
    /// How to write them.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub output: Format,
}

/// Formats of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Format {
    Text,
    Json,
    Markdown,
}

/// Runs it.
pub fn run(arguments: &RulesArguments) -> Result<Exit, Failure> {
    let rules = all(&Context::new(Config::default()));
    let text = match arguments.output {
        Format::Text => text(&rules),
        Format::Json => {
            let records: Vec<record::Rule> = rules.iter().map(|rule| record::Rule::of(rule)).collect();
            let mut out = Vec::new();
            write_json(&mut out, &records, true, false).map_err(|error| Failure::usage(error, ""))?;
            String::from_utf8_lossy(&out).into_owned() + "\n"
        }
        Format::Markdown => table(&rules),
    };
    output::print(&text)?;
    Ok(Exit::Clean)
}

/// All rules that are known before a scan, by group and id. One more is made for each advisory that is found.
pub fn all(context: &Context) -> Vec<Arc<Rule>> {
    let mut rules: Vec<Arc<Rule>> = DETECTORS.iter().flat_map(|detector| detector.rules(context)).collect();
    rules.sort_by(|a, b| (a.group, &a.id).cmp(&(b.group, &b.id)));
    rules
}

fn text(rules: &[Arc<Rule>]) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let mut out = String::new();
    let mut group = None;
    for rule in rules {
        if group.replace(rule.group) != Some(rule.group) {
            out.push_str(&format!("{}{}\n", if out.is_empty() { "" } else { "\n" }, rule.group.name()));
        }
        out.push_str(&format!("  {:<width$}  {:<8}  {}\n", rule.id, rule.severity.name(), rule.summary));
    }
    out.push_str("\nand one rule for each advisory, under the advisory's id. `redan explain RULE` says more.\n");
    out
}

/// The rules as a table, for the README.
pub fn table(rules: &[Arc<Rule>]) -> String {
    let mut out = "| rule | group | severity | what it finds |\n|---|---|---|---|\n".to_owned();
    for rule in rules {
        let summary = markdown(&rule.summary);
        out.push_str(&format!("| `{}` | {} | {} | {summary} |\n", rule.id, rule.group.name(), rule.severity.name()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_line_in_each_format() {
        let rules = all(&Context::new(Config::default()));
        let (text, table) = (text(&rules), table(&rules));
        for rule in &rules {
            assert!(text.contains(rule.id.as_ref()) && table.contains(&format!("| `{}` |", rule.id)), "{}", rule.id);
        }
        assert_eq!(table.lines().count(), rules.len() + 2);
    }
}
