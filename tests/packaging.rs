//! What packages redan for others: the action, the hooks, the pipelines. Each file is read as YAML, and the scripts of the
//! action are run with a faked runner. Skipped, visibly, where bash, gzip, base64 or jq is missing.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on panics; a skip is said")]
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use redan::parse::yaml;
use tempfile::TempDir;

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn every_file_is_yaml() {
    for name in [
        "action.yml",
        ".pre-commit-hooks.yaml",
        ".github/dependabot.yml",
        ".github/workflows/ci.yml",
        ".github/workflows/release.yml",
        "examples/azure-pipelines.yml",
        "examples/pre-commit-config.yaml",
    ] {
        let text = file(name);
        let tree = yaml::parse(&text, 0);
        assert_eq!(tree.error, None, "{name}");
        assert!(tree.root().is_some(), "{name}");
    }
}

#[test]
fn foreign_actions_are_pinned_by_commit() {
    for name in ["action.yml", ".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        for line in file(name).lines().filter(|line| line.contains("uses:")) {
            let commit = line.split('@').nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}: {line}");
        }
    }
}

/// A runner: its own directories, and programs that stand in for those that need a network.
struct Runner {
    directory: TempDir,
}

impl Runner {
    fn new(gh: &str) -> Option<Self> {
        for tool in ["bash", "gzip", "base64", "jq"] {
            if Command::new(tool).arg("--version").output().is_err() {
                println!("SKIPPED: there is no {tool}");
                return None;
            }
        }
        let directory = tempfile::tempdir().unwrap();
        let runner = Self { directory };
        for name in ["bin", "temp", "work/models"] {
            fs::create_dir_all(runner.at(name)).unwrap();
        }
        runner.program("gh", gh);
        runner.program("pipx", "echo \"$@\" > \"$RUNNER_TEMP/pipx\"");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_redan"), runner.at("bin/redan")).unwrap();
        fs::write(runner.at("work/requirements.txt"), "mlflow==2.2.0\n").unwrap();
        fs::write(runner.at("work/models/churn.pkl"), b"cposix\nsystem\n(S'id'\ntR.").unwrap();
        Some(runner)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap_or_default()
    }

    fn program(&self, name: &str, script: &str) {
        let file = self.at("bin").join(name);
        fs::write(&file, format!("#!/bin/bash\n{script}\n")).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the script of one step as the runner does.
    fn step(&self, name: &str, environment: &[(&str, &str)]) -> Output {
        let text = file("action.yml");
        let tree = yaml::parse(&text, 0);
        let steps = tree.root().unwrap().get("runs").unwrap().get("steps").unwrap();
        let named = |step: &&yaml::Node<'_>| step.get("name").and_then(|found| found.text()) == Some(name);
        let script = steps.items().iter().find(named).unwrap().get("run").unwrap().text().unwrap().to_owned();
        let file = self.at("temp/step.sh");
        fs::write(&file, script).unwrap();
        let path = format!("{}:{}", self.at("bin").display(), std::env::var("PATH").unwrap());
        Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(file)
            .current_dir(self.at("work"))
            .env("PATH", path)
            .env("RUNNER_TEMP", self.at("temp"))
            .env("GITHUB_OUTPUT", self.at("output"))
            .env("GITHUB_STEP_SUMMARY", self.at("summary"))
            .env("GITHUB_REPOSITORY", "o/r")
            .env("GITHUB_SHA", "1".repeat(40))
            .env("GITHUB_REF", "refs/heads/main")
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    fn scan(&self, paths: &str, fail_on: &str, baseline: &str) -> Output {
        let category = ("CATEGORY", "redan");
        self.step("Scan", &[("PATHS", paths), category, ("FAIL_ON", fail_on), ("BASELINE", baseline)])
    }

    /// What the scan's step says to later ones.
    fn output(&self, name: &str) -> String {
        let output = self.read("output");
        let value = output.lines().rev().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().to_owned()
    }

    fn upload(&self, wanted: &str) -> Output {
        let (sarif, json) = (self.output("sarif"), self.output("json"));
        self.step("Upload, or annotate", &[("UPLOAD", wanted), ("GH_TOKEN", "t"), ("SARIF", &sarif), ("JSON", &json)])
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_action_scans_uploads_and_says_the_verdict() {
    let Some(runner) =
        Runner::new("cat \"${@: -1}\" > \"$RUNNER_TEMP/upload.json\"; echo \"$@\" > \"$RUNNER_TEMP/gh\"")
    else {
        return;
    };
    let output = runner.scan(".", "", "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(runner.output("status"), "1");
    assert!(runner.read("summary").contains("mlflow"));
    let output = runner.upload("true");
    assert!(output.status.success() && output.stdout.is_empty(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(runner.read("temp/gh").contains("repos/o/r/code-scanning/sarifs"));
    let upload: serde_json::Value = serde_json::from_str(&runner.read("temp/upload.json")).unwrap();
    assert_eq!((upload["ref"].as_str(), upload["tool_name"].as_str()), (Some("refs/heads/main"), Some("redan")));
    fs::write(runner.at("temp/sent"), upload["sarif"].as_str().unwrap()).unwrap();
    let unpacked =
        Command::new("bash").args(["-c", "base64 -d sent | gzip -dc"]).current_dir(runner.at("temp")).output();
    let sarif: serde_json::Value = serde_json::from_slice(&unpacked.unwrap().stdout).unwrap();
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "redan/");
    assert_eq!(runner.step("Verdict", &[("STATUS", "1")]).status.code(), Some(1));
    assert_eq!(runner.step("Verdict", &[("STATUS", "0")]).status.code(), Some(0));
    assert_eq!(runner.step("Verdict", &[("STATUS", "")]).status.code(), Some(2));
}

#[test]
fn the_action_annotates_where_no_upload_is_taken() {
    let Some(runner) = Runner::new("echo 'HTTP 403' >&2; exit 1") else { return };
    runner.scan("requirements.txt\nmodels", "critical", "");
    assert_eq!(runner.output("status"), "1", "a critical one stands in the second path");
    for wanted in ["true", "false"] {
        let output = runner.upload(wanted);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("::error file=models/churn.pkl"), "{}", text(&output.stdout));
    }
    runner.scan("requirements.txt", "critical", "");
    assert_eq!(runner.output("status"), "0");
}

#[test]
fn the_action_fails_when_there_was_no_scan() {
    let Some(runner) = Runner::new("exit 1") else { return };
    assert!(runner.scan("missing $(touch made) ;touch made", "", "").status.success());
    assert_eq!(runner.output("status"), "3");
    assert!(!runner.at("work/made").exists());
    assert!(runner.upload("true").status.success());
    runner.scan(".", "", "missing.jsonl");
    assert_eq!(runner.output("status"), "2");
}

#[test]
fn the_action_installs_its_own_release() {
    let Some(runner) = Runner::new("exit 1") else { return };
    for (version, reference, installed) in [
        ("", "v1.2.3", "redan==1.2.3"),
        ("0.9.0", "v1.2.3", "redan==0.9.0"),
        ("", "main", "redan"),
        ("", "v1.2.3;id", "redan"),
    ] {
        let output = runner.step("Install", &[("VERSION", version), ("ACTION_REF", reference)]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(runner.read("temp/pipx").trim(), format!("install --quiet {installed}"));
    }
}
