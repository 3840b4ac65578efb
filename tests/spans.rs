//! Every place that is reported lies in its file, at the line and the columns that it names, counted here a second
//! time and in another way; the place of a package's name holds that name.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on panics; a skip is said")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use redan::config::Config;
use redan::context::Context;
use redan::model::{Location, Logical, Position};
use redan::scan::{self, Progress, Target};

/// Line and columns of a byte offset, by walking the characters.
fn count(text: &str, offset: usize) -> Position {
    let mut position = Position { line: 1, column: 1, utf16: 1 };
    for (at, character) in text.char_indices() {
        if at >= offset {
            break;
        }
        match character {
            '\n' => position = Position { line: position.line + 1, column: 1, utf16: 1 },
            '\u{feff}' if at == 0 => {}
            other => {
                position.column += 1;
                position.utf16 += other.len_utf16() as u32;
            }
        }
    }
    position
}

struct Checker {
    root: PathBuf,
    texts: BTreeMap<String, Option<String>>,
    checked: usize,
}

impl Checker {
    /// The text of a file, where it is UTF-8 (others are covered by unit tests).
    fn text(&mut self, path: &str) -> Option<String> {
        let file = self.root.join(path);
        self.texts.entry(path.to_owned()).or_insert_with(|| fs::read_to_string(file).ok()).clone()
    }

    fn check(&mut self, location: &Location) {
        if matches!(location.logical, Some(Logical::Member { .. } | Logical::Opcode { .. })) {
            return;
        }
        let Some(text) = self.text(location.path.as_str()) else { return };
        assert!(location.span.end <= text.len(), "{}: {:?} of {}", location.path, location.span, text.len());
        assert_eq!(location.start, count(&text, location.span.start), "{} {:?}", location.path, location.span);
        assert_eq!(location.end, count(&text, location.span.end), "{} {:?}", location.path, location.span);
        self.checked += 1;
    }
}

fn check_tree(root: &Path) -> usize {
    let root = root.canonicalize().unwrap();
    let target = Target { root: root.clone(), paths: vec![root.clone()] };
    let context = Context::new(Config { no_ignore: true, ..Config::default() });
    let (repository, coverage) = scan::survey(&target, &context, &Progress::default());
    let mut checker = Checker { root, texts: BTreeMap::new(), checked: 0 };
    for facts in &repository.artifacts {
        for dependency in &facts.dependencies {
            checker.check(&dependency.declared_at);
            checker.check(&dependency.name_at);
            if let Some(location) = &dependency.specifier_at {
                checker.check(location);
            }
            let Some(text) = checker.text(facts.path.as_str()) else { continue };
            let there = &text[dependency.name_at.span.start..dependency.name_at.span.end];
            let clean: String = there.chars().filter(|c| !matches!(c, '\\' | '"' | '\'' | '\n' | ' ')).collect();
            assert!(
                clean.contains(&dependency.name) || dependency.name_at.span == dependency.declared_at.span,
                "{}: the name is {:?}, its place holds {there:?}",
                facts.path,
                dependency.name
            );
        }
        facts.references.iter().for_each(|reference| checker.check(&reference.location));
        facts.options.iter().for_each(|option| checker.check(&option.location));
    }
    let outcome = scan::judge(repository, coverage, &context);
    for finding in &outcome.findings {
        checker.check(&finding.location);
        finding.related.iter().for_each(|related| checker.check(&related.location));
        for edit in finding.fix.iter().flat_map(|fix| &fix.edits) {
            checker.check(&edit.location);
        }
    }
    checker.checked
}

#[test]
fn places_point_at_what_they_name() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let demo = check_tree(&tests.join("demo"));
    assert!(demo > 30, "only {demo} places in the demo");
    for area in fs::read_dir(tests.join("cases")).into_iter().flatten() {
        for case in fs::read_dir(area.unwrap().path()).unwrap() {
            check_tree(&case.unwrap().path().join("repo"));
        }
    }
}

#[test]
fn places_on_the_development_set_are_right_too() {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/eval/dependencies/files");
    if !files.is_dir() {
        println!("skipped: the development set is not there");
        return;
    }
    let places = check_tree(&files);
    assert!(places > 5_000, "only {places} places");
}
