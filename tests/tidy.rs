//! The house rules that a machine can check: floors, headers, file length, unique names.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on panics; a skip is said")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which floor each top-level module stands on. A module may use only modules of lower floors, and itself.
const FLOORS: &[(&str, u8)] = &[
    ("main", 5),
    ("cli", 5),
    ("scan", 4),
    ("fix", 4),
    ("lsp", 4),
    ("walk", 3),
    ("read", 3),
    ("classify", 3),
    ("parse", 3),
    ("resolve", 3),
    ("detect", 3),
    ("filter", 3),
    ("report", 3),
    ("advisory", 2),
    ("pattern", 2),
    ("config", 2),
    ("context", 2),
    ("version", 1),
    ("search", 1),
    ("model", 0),
];

/// Uses that the floors alone would forbid: who, whom, why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("classify", "parse", "classification asks the one list of parsers"),
    ("lsp", "scan", "the server runs the same scan on what is open"),
    ("context", "advisory", "the context holds the knowledge that its neighbours load"),
    ("context", "pattern", "the context holds the knowledge that its neighbours load"),
    ("context", "config", "the context holds the knowledge that its neighbours load"),
    ("lsp", "scan", "the language server scans each text; both know all stages"),
];

/// Parsers read formats and reporters draw: neither may look anything up.
const NO_KNOWLEDGE: &[&str] = &["parse", "report"];

/// Lines, blank ones and tests included, past which a file is split by noun.
const MAX_LINES: usize = 400;

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// The top-level module that a file belongs to.
fn module_of(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn floor(module: &str) -> u8 {
    let known = FLOORS.iter().find(|(name, _)| *name == module);
    known.unwrap_or_else(|| panic!("module '{module}' has no floor: add it to FLOORS")).1
}

/// The top-level modules that a text names with `crate::`, its tests left out.
fn used_modules(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut used = Vec::new();
    for line in lines {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(group) => group.split(',').collect(),
                None => vec![rest],
            };
            for name in names {
                let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if FLOORS.iter().any(|(module, _)| *module == name) {
                    used.push(name);
                }
            }
        }
    }
    used
}

#[test]
fn modules_use_lower_floors_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = module_of(&path);
        if module == "lib" {
            continue;
        }
        for used in used_modules(&text) {
            if used == module {
                continue;
            }
            let excepted = EXCEPTIONS.iter().any(|(from, to, _)| *from == module && *to == used);
            let needs_knowledge = NO_KNOWLEDGE.contains(&module.as_str()) && floor(&used) == 2;
            if (floor(&used) >= floor(&module) && !excepted) || needs_knowledge {
                wrong.push(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "floors are violated:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    let silent: Vec<_> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "no //! header: {silent:?}");
}

#[test]
fn no_file_needs_a_map() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .collect();
    assert!(long.is_empty(), "more than {MAX_LINES} lines, split by noun: {long:#?}");
}

#[test]
fn no_module_is_named_for_the_rest() {
    let rest = ["utils", "util", "common", "helpers", "misc"];
    let named: Vec<_> = sources()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| rest.iter().any(|name| path.file_stem().unwrap() == *name))
        .collect();
    assert!(named.is_empty(), "{named:?}");
}

#[test]
fn names_in_each_list_are_unique() {
    let lists: [(&str, Vec<&str>); 3] = [
        ("parser", redan::parse::PARSERS.iter().map(|parser| parser.name()).collect()),
        ("detector", redan::detect::DETECTORS.iter().map(|detector| detector.name()).collect()),
        ("reporter", redan::report::REPORTERS.iter().map(|reporter| reporter.name()).collect()),
    ];
    for (list, names) in lists {
        let mut count = BTreeMap::new();
        for name in names {
            *count.entry(name).or_insert(0) += 1;
        }
        let twice: Vec<_> = count.into_iter().filter(|(_, count)| *count > 1).collect();
        assert!(twice.is_empty(), "{list}: {twice:?}");
    }
    let last = redan::parse::PARSERS.last().map(|parser| parser.name());
    assert_eq!(last, Some("text"), "text comes last: it takes what nobody segmented");
}

#[test]
fn rule_ids_are_unique_slugs_with_help() {
    let context = redan::context::Context::new(redan::config::Config::default());
    let mut seen = BTreeMap::new();
    for detector in redan::detect::DETECTORS {
        for rule in detector.rules(&context) {
            assert!(!rule.summary.is_empty() && !rule.help.what.is_empty(), "{} has no help", rule.id);
            let slug = rule.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            // The checks of Azure ML's set-up have numbers, by area, as their peers' have.
            let numbered = rule.group == redan::model::Group::Posture
                && rule.id.strip_prefix("AML-").and_then(|rest| rest.split_once('-')).is_some_and(|(area, number)| {
                    area.chars().all(|c| c.is_ascii_uppercase()) && number.len() == 2 && number.parse::<u8>().is_ok()
                });
            assert!(slug || numbered, "'{}' is neither kebab-case nor a number of an area", rule.id);
            let before = seen.insert(rule.id.to_string(), detector.name());
            assert!(before.is_none(), "rule '{}' stands in {:?} and {}", rule.id, before, detector.name());
        }
    }
}
