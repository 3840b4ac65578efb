//! `redan scan --staged` against what git itself says is staged, in the shapes that repositories have.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on panics; a skip is said")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A line that is found wherever it stands. Its number tells contents apart.
fn secret(number: usize) -> String {
    format!("url_{number} = \"postgresql://user:Xk92hsKq71pzLm{number:04}@db.internal.example.net/x\"\n")
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = try_git(directory, arguments);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn try_git(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(variable);
    }
    command
        .args(["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_EDITOR", "true")
        .current_dir(directory)
        .output()
        .unwrap()
}

/// A new repository; `None`, visibly, where there is no git that makes one.
fn repository(format: &str) -> Option<(TempDir, PathBuf)> {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("repo");
    fs::create_dir(&root).unwrap();
    if Command::new("git").arg("--version").output().is_err() {
        println!("SKIPPED: there is no git");
        return None;
    }
    git(&root, &["init", "-q", "-b", "main", &format!("--object-format={format}")]);
    Some((directory, root))
}

fn scan(directory: &Path, more: &[&str]) -> (i32, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_redan"))
        .args(["scan", "--staged", "--quiet", "--only", "secrets", "-o", "json"])
        .args(more)
        .env_remove("GIT_INDEX_FILE")
        .current_dir(directory)
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), report)
}

/// The files that the report has findings in.
fn found(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["location"]["path"].as_str().unwrap().to_owned()).collect()
}

fn notes(report: &Value) -> Vec<String> {
    let notes = report["notifications"].as_array().unwrap().iter();
    notes
        .map(|note| format!("{}: {}", note["path"].as_str().unwrap_or(""), note["message"].as_str().unwrap()))
        .collect()
}

/// What git says is staged, without what is deleted.
fn staged(directory: &Path) -> BTreeSet<String> {
    let list = git(directory, &["diff", "--cached", "--name-only", "--no-renames", "--diff-filter=d", "-z"]);
    list.split_terminator('\0').map(str::to_owned).collect()
}

fn same(directory: &Path, what: &str) {
    let (_, report) = scan(directory, &[]);
    assert_eq!(notes(&report), Vec::<String>::new(), "{what}");
    assert_eq!(found(&report), staged(directory), "{what}");
    assert_eq!(report["coverage"]["files"], staged(directory).len(), "{what}");
}

fn write(root: &Path, name: &str, text: &str) {
    let file = root.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// Forty files in nested directories, each with a secret of its own below a long text that makes deltas worth while.
fn fill(root: &Path) {
    for number in 0..40 {
        let text: String =
            (0..200).map(|line| format!("line {line} of a file that is like its neighbours\n")).collect();
        write(root, &format!("d{}/e{}/f{number}.txt", number % 3, number % 5), &(text + &secret(number)));
    }
}

#[test]
fn what_git_says_is_staged_is_scanned() {
    for format in ["sha1", "sha256"] {
        let Some((_held, root)) = repository(format) else { return };
        fill(&root);
        git(&root, &["add", "."]);
        same(&root, "nothing committed yet");
        git(&root, &["commit", "-qm", "all"]);
        assert_eq!(scan(&root, &[]).0, 0, "nothing staged");
        assert!(found(&scan(&root, &[]).1).is_empty());

        write(&root, "d0/e0/f0.txt", &secret(100));
        write(&root, "d0/e0.txt", &secret(101));
        write(&root, "d0/e0-.txt", &secret(102));
        write(&root, "new/deep/er/x.txt", &secret(103));
        write(&root, "d1/e1/unstaged.txt", &secret(104));
        git(&root, &["add", "d0", "new"]);
        git(&root, &["rm", "-q", "d2/e2/f2.txt"]);
        git(&root, &["mv", "d1/e1/f1.txt", "d1/moved.txt"]);
        // The working tree is not looked at.
        write(&root, "d0/e0.txt", "nothing\n");
        write(&root, "d2/e0/f5.txt", &secret(105));
        same(&root, "loose objects");
        for version in ["2", "3", "4"] {
            git(&root, &["update-index", "--index-version", version]);
            same(&root, version);
        }
        for number in 0..20 {
            let file = root.join("d0/e0/f0.txt");
            let text = fs::read_to_string(&file).unwrap() + &secret(200 + number);
            fs::write(&file, text).unwrap();
            git(&root, &["add", "d0/e0/f0.txt"]);
            git(&root, &["commit", "-qm", "more"]);
        }
        write(&root, "d0/e0/f0.txt", &secret(300));
        git(&root, &["add", "d0/e0/f0.txt"]);
        git(&root, &["repack", "-q", "-a", "-d", "-f", "--depth=50"]);
        git(&root, &["pack-refs", "--all"]);
        same(&root, "trees and the commit in a pack");
        // The blob of an old commit again, which is a delta in the pack.
        git(&root, &["commit", "-qm", "last"]);
        git(&root, &["repack", "-q", "-a", "-d", "-f", "--depth=50"]);
        git(&root, &["checkout", "-q", "HEAD~5", "--", "d0/e0/f0.txt"]);
        same(&root, "a blob in a pack");
        let lines = scan(&root, &[]).1["findings"].as_array().unwrap().len();
        assert!(lines > 10, "{lines}");
        git(&root, &["read-tree", "HEAD~3"]);
        same(&root, "an index with no cached trees");
        assert_eq!(found(&scan(&root, &["d1"]).1), BTreeSet::new(), "a path that nothing is staged in");
    }
}

#[test]
fn worktrees_and_borrowed_objects_are_followed() {
    for format in ["sha1", "sha256"] {
        let Some((held, root)) = repository(format) else { return };
        fill(&root);
        git(&root, &["add", "."]);
        git(&root, &["commit", "-qm", "all"]);
        git(&root, &["worktree", "add", "-q", "../tree"]);
        git(&root, &["clone", "-q", "--shared", ".", "../shared"]);
        for other in ["tree", "shared"] {
            let other = held.path().join(other);
            write(&other, "d0/own.txt", &secret(500));
            git(&other, &["add", "."]);
            same(&other, "a change of its own");
            git(&other, &["rm", "-q", "--cached", "-r", "d1"]);
            git(&other, &["commit", "-qm", "without"]);
            git(&other, &["add", "d1"]);
            same(&other, "borrowed blobs again");
        }
    }
}

#[test]
fn a_hook_of_commit_all_sees_the_index_that_will_be_committed() {
    let Some((_held, root)) = repository("sha1") else { return };
    write(&root, "a.txt", "nothing\n");
    git(&root, &["add", "."]);
    git(&root, &["commit", "-qm", "all"]);
    let hook = root.join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, format!("#!/bin/sh\nexec '{}' scan --staged --quiet -o concise\n", env!("CARGO_BIN_EXE_redan")))
        .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    }
    write(&root, "a.txt", &secret(1));
    let output = try_git(&root, &["commit", "-qam", "leak"]);
    assert!(!output.status.success());
    let text = [output.stdout, output.stderr].concat();
    assert!(String::from_utf8_lossy(&text).contains("a.txt:1:"), "{}", String::from_utf8_lossy(&text));
    write(&root, "a.txt", "still nothing\n");
    git(&root, &["commit", "-qam", "fine"]);
}

#[test]
fn what_has_no_content_of_its_own_is_counted_and_not_read() {
    let Some((_held, root)) = repository("sha1") else { return };
    write(&root, "announced.txt", &secret(1));
    git(&root, &["add", "--intent-to-add", "announced.txt"]);
    let blob = git(&root, &["hash-object", "-w", "announced.txt"]);
    git(&root, &["update-index", "--add", "--cacheinfo", &format!("120000,{},link", blob.trim())]);
    git(&root, &["update-index", "--add", "--cacheinfo", &format!("160000,{},module", "1".repeat(40))]);
    let (code, report) = scan(&root, &[]);
    assert_eq!(found(&report), BTreeSet::new());
    assert_eq!(report["coverage"]["left_out"].as_object().unwrap().len(), 3, "{report}");
    assert_eq!(code, 0);
}

#[test]
fn the_content_that_lfs_keeps_is_read_and_not_the_pointer() {
    let Some((_held, root)) = repository("sha1") else { return };
    let name = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{name}\nsize 12345\n");
    write(&root, "model.txt", &pointer);
    git(&root, &["add", "."]);
    let (_, report) = scan(&root, &[]);
    assert!(notes(&report).iter().any(|note| note.starts_with("model.txt: ")), "{:?}", notes(&report));
    write(&root, &format!(".git/lfs/objects/4d/7a/{name}"), &secret(1));
    let (code, report) = scan(&root, &[]);
    assert_eq!((code, found(&report)), (1, BTreeSet::from(["model.txt".to_owned()])));
}

#[test]
fn what_cannot_be_read_is_never_clean() {
    let Some((_held, root)) = repository("sha1") else { return };
    write(&root, "first.txt", &secret(1));
    write(&root, "second.txt", &secret(2));
    git(&root, &["add", "."]);
    let object = |name: &str| {
        let id = git(&root, &["rev-parse", name]);
        root.join(".git/objects").join(&id[..2]).join(id[2..].trim())
    };
    let file = object(":first.txt");
    let whole = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let refused = |what: &str| {
        let (_, report) = scan(&root, &[]);
        let notes = notes(&report);
        assert!(notes.iter().any(|note| note.starts_with("first.txt: its staged content")), "{what}: {notes:?}");
        assert_eq!(found(&report), BTreeSet::from(["second.txt".to_owned()]), "{what}");
        assert_eq!(scan(&root, &["--strict"]).0, 3, "{what}");
    };
    refused("missing");
    for length in [0, 1, whole.len() / 2, whole.len() - 5] {
        fs::write(&file, &whole[..length]).unwrap();
        refused("cut short");
    }
    let mut other = whole.clone();
    other.iter_mut().skip(10).for_each(|byte| *byte ^= 0x55);
    fs::write(&file, other).unwrap();
    refused("damaged");
    fs::write(&file, &whole).unwrap();
    assert_eq!(found(&scan(&root, &[]).1).len(), 2);
    git(&root, &["commit", "-qm", "all"]);
    // Nobody knows what the commit holds: all that is tracked is looked at, and the report says why.
    write(&root, "second.txt", "nothing\n");
    git(&root, &["add", "."]);
    fs::remove_file(object("HEAD")).unwrap();
    let (code, report) = scan(&root, &[]);
    assert_eq!((code, found(&report)), (1, BTreeSet::from(["first.txt".to_owned()])));
    assert!(notes(&report)[0].contains("as if it were new"), "{:?}", notes(&report));
    fs::write(root.join(".git/index"), "DIRC").unwrap();
    assert_eq!(scan(&root, &[]).0, 3);
    fs::remove_dir_all(root.join(".git")).unwrap();
    assert_eq!(scan(&root, &[]).0, 3, "no checkout");
}

#[test]
fn merges_that_are_not_resolved_are_told() {
    let Some((_held, root)) = repository("sha1") else { return };
    for (branch, text) in [("main", "a\n"), ("other", "b\n")] {
        if branch == "other" {
            git(&root, &["checkout", "-q", "--orphan", "other"]);
        }
        write(&root, "a.txt", text);
        git(&root, &["add", "."]);
        git(&root, &["commit", "-qm", branch]);
    }
    assert!(!try_git(&root, &["merge", "-q", "--allow-unrelated-histories", "main"]).status.success());
    let (code, report) = scan(&root, &[]);
    assert_eq!(notes(&report), ["a.txt: the merge of this file is not resolved, so nothing of it is staged"]);
    assert_eq!(code, 3, "there was something to read, and nothing could be");
}

#[test]
fn included_files_are_known_but_only_staged_ones_are_judged() {
    let Some((_held, root)) = repository("sha1") else { return };
    write(&root, "base.list", "jinja2==2.11.2\n");
    write(&root, "requirements.txt", "-r base.list\n");
    git(&root, &["add", "."]);
    git(&root, &["commit", "-qm", "all"]);
    write(&root, "requirements.txt", "-r base.list\nmlflow==2.2.0\n");
    git(&root, &["add", "."]);
    let scan = || {
        let output = Command::new(env!("CARGO_BIN_EXE_redan"))
            .args(["scan", "--staged", "--quiet", "--max-advisory-age", "99999", "-o", "json"])
            .current_dir(&root)
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(notes(&report), Vec::<String>::new());
        found(&report)
    };
    assert_eq!(scan(), BTreeSet::from(["requirements.txt".to_owned()]));
    write(&root, "base.list", "jinja2==2.11.1\n");
    git(&root, &["add", "."]);
    assert_eq!(scan(), BTreeSet::from(["base.list".to_owned(), "requirements.txt".to_owned()]));
}
