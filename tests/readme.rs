//! What the README says of formats, rules and exit codes is generated from the code; this test fails when it is stale.
//!
//! `REDAN_UPDATE=1 cargo test --test readme` writes the blocks between `<!-- begin NAME -->` and `<!-- end NAME -->` anew.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on panics; a skip is said")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use redan::cli::Exit;
use redan::config::Config;
use redan::context::Context;
use redan::detect::DETECTORS;
use redan::model::Group;
use redan::parse::PARSERS;
use redan::report::REPORTERS;

fn blocks() -> Vec<(&'static str, String)> {
    vec![("parsers", parsers()), ("reporters", reporters()), ("rules", rules()), ("exit codes", exit_codes())]
}

fn parsers() -> String {
    let mut out = "| parser | reads |\n|---|---|\n".to_owned();
    for parser in PARSERS {
        writeln!(out, "| [`{0}`](src/parse/{0}.rs) | {1} |", parser.name(), parser.reads()).unwrap();
    }
    out
}

fn reporters() -> String {
    let mut out = "| `-o` | for |\n|---|---|\n".to_owned();
    for reporter in REPORTERS {
        writeln!(out, "| `{}` | {} |", reporter.name(), reporter.summary()).unwrap();
    }
    out
}

fn rules() -> String {
    let context = Context::new(Config::default());
    let mut out = "| rule | severity | reports |\n|---|---|---|\n".to_owned();
    let mut secrets = 0;
    let mut rows = Vec::new();
    for rule in DETECTORS.iter().flat_map(|detector| detector.rules(&context)) {
        if rule.group == Group::Secrets {
            secrets += 1;
        } else {
            rows.push((rule.group, format!("| `{}` | {} | {} |\n", rule.id, rule.severity.name(), rule.summary)));
        }
    }
    rows.sort();
    rows.iter().for_each(|(_, row)| out.push_str(row));
    writeln!(
        out,
        "| an advisory's id (`PYSEC-…`, `GHSA-…`, `MAL-…`) | the advisory's | A declared package has this known flaw. |"
    )
    .unwrap();
    writeln!(out, "| {secrets} rules for secrets | each its own | `redan rules` lists them, `redan explain RULE` says what a secret grants and how to revoke it. |").unwrap();
    out
}

fn exit_codes() -> String {
    let mut out = "| code | means |\n|---|---|\n".to_owned();
    for (exit, meaning) in Exit::TABLE {
        writeln!(out, "| {} | {meaning} |", exit.code()).unwrap();
    }
    out
}

#[test]
fn generated_blocks_are_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let before = fs::read_to_string(&path).unwrap();
    let mut after = before.clone();
    for (name, text) in blocks() {
        let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
        let start = after.find(&begin).unwrap_or_else(|| panic!("README.md has no block '{name}'")) + begin.len();
        let stop = after[start..].find(&end).unwrap_or_else(|| panic!("block '{name}' has no end")) + start;
        after.replace_range(start..stop, &text);
    }
    if std::env::var_os("REDAN_UPDATE").is_some() {
        fs::write(&path, &after).unwrap();
    } else {
        assert!(before == after, "README.md is stale: REDAN_UPDATE=1 cargo test --test readme");
    }
}

#[test]
fn the_readme_names_the_command_that_ci_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let ci = fs::read_to_string(root.join(".ci/run")).unwrap();
    for command in ["cargo test --locked", "scan tests/demo"] {
        assert!(readme.contains(command) && ci.contains(command), "'{command}' is not in both");
    }
}
