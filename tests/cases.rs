//! Runs every case folder: `tests/cases/<area>/<case>/`.
//!
//! * `repo/`: the tree to scan. The character `¦` is removed from every file on the way: it keeps made-up secrets
//!   from looking like secrets to other scanners.
//! * `args`: arguments after `redan`, one a line; without it `scan repo -o concise --color never`.
//! * `expected`: the exit code, a line `---`, then what stands on the standard output.
//!
//! `REDAN_UPDATE=1 cargo test --test cases` writes `expected` anew; read the difference before you commit it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on panics; a skip is said")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const JOINT: &str = "¦";

#[test]
fn cases_give_what_they_are_expected_to() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<PathBuf> = directories(&root).iter().flat_map(|area| directories(area)).collect();
    cases.sort();
    assert!(!cases.is_empty(), "there is no case in {}", root.display());
    let update = std::env::var_os("REDAN_UPDATE").is_some();
    let mut wrong = Vec::new();
    for case in &cases {
        let got = run(case);
        let expected = fs::read_to_string(case.join("expected")).unwrap_or_default();
        if got == expected {
            continue;
        }
        if update {
            fs::write(case.join("expected"), &got).unwrap();
        } else {
            wrong.push(format!("== {}\n-- expected\n{expected}\n-- got\n{got}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    println!("{} cases", cases.len());
}

fn run(case: &Path) -> String {
    let work = tempfile::tempdir().unwrap();
    copy(&case.join("repo"), &work.path().join("repo"));
    let default = "scan\nrepo\n-o\nconcise\n--color\nnever".to_owned();
    let arguments = fs::read_to_string(case.join("args")).unwrap_or(default);
    let output = Command::new(env!("CARGO_BIN_EXE_redan"))
        .args(arguments.lines())
        .current_dir(work.path())
        .env_clear()
        .env("REDAN_MAX_ADVISORY_AGE", "100000d")
        .env("REDAN_CACHE_DIR", work.path().join("cache"))
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).expect("reports are UTF-8");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("internal error"), "{}: {stderr}", case.display());
    let errors = if stderr.is_empty() { String::new() } else { format!("--- stderr\n{stderr}") };
    format!("{}\n---\n{stdout}{errors}", output.status.code().unwrap_or(-1))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        match std::str::from_utf8(&bytes) {
            Ok(text) => fs::write(target, text.replace(JOINT, "")).unwrap(),
            Err(_) => fs::write(target, bytes).unwrap(),
        }
    }
}

fn directories(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
}
