//! `gl-dependency-scanning-report.json` of GitLab, for `artifacts:reports:dependency_scanning`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::escape::write_json;
use super::{Reporter, Style, gitlab};
use crate::model::{Finding, Outcome, Package};

/// GitLab's report of dependencies.
pub struct GitlabDependencies;

impl Reporter for GitlabDependencies {
    fn name(&self) -> &'static str {
        "gitlab-dependencies"
    }

    fn summary(&self) -> &'static str {
        "GitLab's dependency scanning report"
    }

    fn write(&self, outcome: &Outcome, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let about: Vec<(&Finding, &Package)> =
            outcome.reported().filter_map(|finding| Some((finding, finding.package.as_ref()?))).collect();
        let vulnerabilities = about
            .iter()
            .map(|(finding, package)| {
                let location = json!({
                    "file": gitlab::text(finding.location.path.as_str(), 1_024),
                    "dependency": dependency(package),
                });
                gitlab::vulnerability(finding, location)
            })
            .collect();
        let mut files: BTreeMap<&str, BTreeMap<&str, &Package>> = BTreeMap::new();
        for (finding, package) in &about {
            files.entry(finding.location.path.as_str()).or_default().insert(&package.name, package);
        }
        let files: Vec<Value> = files
            .into_iter()
            .map(|(path, packages)| {
                let manager = if packages.values().any(|package| package.ecosystem == "conda") { "conda" } else { "pip" };
                json!({
                    "path": gitlab::text(path, 1_024),
                    "package_manager": manager,
                    "dependencies": packages.into_values().map(dependency).collect::<Vec<_>>(),
                })
            })
            .collect();
        let mut report = gitlab::report(outcome, "dependency_scanning", vulnerabilities);
        if let Some(report) = report.as_object_mut() {
            report.insert("dependency_files".to_owned(), Value::Array(files));
        }
        write_json(out, &report, true, false)?;
        out.write_all(b"\n")
    }
}

fn dependency(package: &Package) -> Value {
    json!({
        "package": { "name": gitlab::text(&package.name, 1_024) },
        "version": gitlab::text(&package.declared, 255),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_whole_report() {
        let mut out = Vec::new();
        GitlabDependencies.write(&sample::outcome(), &Style::default(), &mut out).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
        insta::assert_json_snapshot!(report, {
            ".scan.analyzer.version" => "[version]",
            ".scan.scanner.version" => "[version]",
        });
    }
}
