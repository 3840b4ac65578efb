//! Every rule of `patterns/secrets/*.toml` does what its block says.

use std::collections::BTreeSet;

use super::format::{File, JOINT};
use super::{Patterns, Search, checksum};

fn files() -> Vec<(String, File)> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/patterns/secrets");
    let mut paths: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let read = |path: &std::path::PathBuf| File::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    paths.iter().map(|path| (path.display().to_string(), read(path))).collect()
}

/// The ids of the rules that find something in `example`.
fn found(patterns: &Patterns, example: &str) -> Vec<&'static str> {
    let text = example.replace(JOINT, "");
    patterns.search(text.as_bytes(), Search::default()).iter().map(|one| patterns.rule(one.rule).id).collect()
}

#[test]
fn every_example_is_found_by_its_rule_and_by_one_finding() {
    let patterns = Patterns::new();
    let mut wrong = Vec::new();
    for (_, file) in files() {
        for entry in file.rule {
            for example in &entry.examples {
                let ids = found(&patterns, example);
                if ids != [entry.id.as_str()] {
                    wrong.push(format!("{}: {ids:?} in {example}", entry.id));
                }
            }
            for example in &entry.negative_examples {
                if found(&patterns, example).contains(&entry.id.as_str()) {
                    wrong.push(format!("{}: finds its negative example {example}", entry.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn every_rule_has_examples_and_known_checks() {
    let mut ids = BTreeSet::new();
    for (path, file) in files() {
        for entry in file.rule {
            let id = &entry.id;
            assert!(ids.insert(id.clone()), "{path}: {id} twice");
            assert!(!entry.examples.is_empty() && !entry.negative_examples.is_empty(), "{path}: {id} has no examples");
            assert!(!entry.name.is_empty() && !entry.grants.is_empty() && !entry.revoke.is_empty(), "{path}: {id}");
            if let Some(name) = &entry.checksum {
                assert!(checksum::is_known(name), "{path}: {id}: unknown checksum {name}");
            }
        }
    }
}

/// In small letters, with one blank for all that are: how people write what a regex allows in any case, with any blanks.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut plain: Vec<u8> = Vec::new();
    for byte in bytes {
        let byte = if byte.is_ascii_whitespace() || *byte == 0x0B { b' ' } else { byte.to_ascii_lowercase() };
        if byte != b' ' || plain.last() != Some(&b' ') {
            plain.push(byte);
        }
    }
    plain
}

#[test]
fn every_match_of_a_rule_holds_one_of_its_literals() {
    use proptest::strategy::{Strategy, ValueTree};
    const DRAWN: usize = 40;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut wrong = Vec::new();
    for pattern in super::load::PATTERNS {
        let literals: Vec<Vec<u8>> = pattern.literals.iter().map(|literal| plain(literal.text.as_bytes())).collect();
        let is_near = |literal: &Vec<u8>| {
            pattern.near.iter().any(|word| memchr::memmem::find(word.as_bytes(), literal).is_some())
        };
        if literals.iter().any(is_near) {
            continue;
        }
        let drawn = proptest::string::bytes_regex(&format!("(?-u:{})", pattern.regex)).unwrap();
        for _ in 0..DRAWN {
            let text = plain(&drawn.new_tree(&mut runner).unwrap().current());
            if !literals.iter().any(|literal| memchr::memmem::find(&text, literal).is_some()) {
                let start: String = String::from_utf8_lossy(&text).chars().take(120).collect();
                wrong.push(format!("{}: {start:?}", pattern.id));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}
