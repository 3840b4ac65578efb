//! Every rule on Azure ML's set-up: the texts that stand beside it in `patterns/azureml`, scanned as files, are reported on
//! the lines that they name, and on no others.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use redan::config::Config;
use redan::context::Context;
use redan::model::{Group, Outcome};
use redan::scan::{Progress, Target, scan};

fn scanned(files: &[(&str, &str)]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let root = folder.path().canonicalize().unwrap();
    let target = Target { paths: vec![root.clone()], root };
    scan(&target, &Context::new(Config::default()), &Progress::default())
}

/// `path:line rule` of every posture finding.
fn findings(files: &[(&str, &str)]) -> BTreeSet<String> {
    let outcome = scanned(files);
    let posture = outcome.findings.iter().filter(|finding| finding.rule.group == Group::Posture);
    posture.map(|finding| format!("{}:{} {}", finding.location.path, finding.location.start.line, finding.rule.id)).collect()
}

#[test]
fn each_rule_reports_its_tests_and_nothing_else_of_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns/azureml");
    let (mut wrong, mut rules) = (Vec::new(), BTreeSet::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let area: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for rule in area.get("rule").and_then(|rules| rules.as_array()).into_iter().flatten() {
            let id = rule["id"].as_str().unwrap();
            assert!(rules.insert(id.to_owned()), "{id} stands twice");
            for test in rule["test"].as_array().unwrap() {
                let (file, text) = (test["file"].as_str().unwrap(), test["text"].as_str().unwrap());
                let expected: Vec<i64> = test["lines"].as_array().unwrap().iter().map(|line| line.as_integer().unwrap()).collect();
                let end = format!(" {id}");
                let got: Vec<i64> = findings(&[(file, text)])
                    .iter()
                    .filter_map(|found| found.strip_suffix(&end)?.rsplit(':').next()?.parse().ok())
                    .collect();
                if sorted(&got) != sorted(&expected) {
                    wrong.push(format!("{id} {file}: expected {expected:?}, got {got:?}\n{text}"));
                }
            }
        }
    }
    assert!(rules.len() > 30);
    assert!(wrong.is_empty(), "{} texts differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn sorted(lines: &[i64]) -> Vec<i64> {
    let mut lines = lines.to_vec();
    lines.sort_unstable();
    lines
}

#[test]
fn every_file_of_rules_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns/azureml");
    let files: BTreeSet<String> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let source = include_str!("../src/detect/posture/rule.rs");
    let missing: Vec<&String> = files.iter().filter(|file| !source.contains(&format!("azureml/{file}"))).collect();
    assert!(missing.is_empty(), "not read: {missing:?}");
}

/// Rules by what they are about, so that none is lost unseen.
#[test]
fn rules_cover_the_three_principles() {
    let context = Context::new(Config::default());
    let mut areas: BTreeMap<String, usize> = BTreeMap::new();
    for rule in redan::detect::DETECTORS.iter().flat_map(|detector| detector.rules(&context)).filter(|rule| rule.group == Group::Posture) {
        let area = rule.id.split('-').nth(1).unwrap().to_owned();
        *areas.entry(area).or_default() += 1;
    }
    for (area, least) in [("LP", 9), ("EP", 9), ("NET", 12), ("LOG", 5), ("PATCH", 4), ("KV", 3), ("DEF", 2), ("IAC", 1)] {
        assert!(areas.get(area).copied().unwrap_or_default() >= least, "{area}: {areas:?}");
    }
}
