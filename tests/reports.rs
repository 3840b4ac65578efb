//! Reports and gates from outside: the same tree through every format, exit codes, baselines, hostile names.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Formats that `scan` takes. `inventory` has a command of its own.
const FORMATS: &[&str] = &[
    "text",
    "concise",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab-secrets",
    "gitlab-dependencies",
    "junit",
    "csv",
    "markdown",
    "html",
];

/// Names that try to break out of a report. No `/` and no NUL: they are made into real files.
const HOSTILE: &[&str] = &[
    "\u{1b}[31mred\u{1b}]8;;x\u{7}",
    "a\n::error file=x::owned",
    "\"><script>alert(1)<\\script>",
    "=HYPERLINK(\"x\")",
    "[x](javascript:alert(1))",
    "a|b",
    "gnp.\u{202e}yp\u{2066}",
    "]]>&lol;",
    "${{ github.token }} $(id)",
    "' onmouseover='alert(1)",
];

fn redan(directory: &Path, arguments: &[&str]) -> Output {
    command(directory, arguments).output().unwrap()
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redan"));
    command.args(arguments).current_dir(directory).env_clear().env("REDAN_CACHE_DIR", directory.join(".cache"));
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn json(directory: &Path, arguments: &[&str]) -> Value {
    let output = redan(directory, &[&["scan", "tree", "-o", "json"], arguments].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The demo repository as `tree` below a directory of its own.
fn demo() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/demo"), &directory.path().join("tree"));
    directory
}

/// One file with a vulnerable package.
fn small() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("tree")).unwrap();
    fs::write(directory.path().join("tree/requirements.txt"), "mlflow==2.2.0\n").unwrap();
    directory
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn fingerprints(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_format_ends_with_the_same_code() {
    let directory = small();
    for format in FORMATS {
        assert_eq!(code(&redan(directory.path(), &["scan", "tree", "-o", format])), 1, "{format}");
        assert_eq!(code(&redan(directory.path(), &["scan", "tree", "-o", format, "--exit-zero"])), 0, "{format}");
    }
    let listed: BTreeSet<&str> = redan::report::REPORTERS.iter().map(|reporter| reporter.name()).collect();
    let missing: Vec<_> = FORMATS.iter().filter(|format| !listed.contains(*format)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn gates_take_severity_and_fixes() {
    let directory = small();
    let ends =
        |arguments: &[&str]| code(&redan(directory.path(), &[&["scan", "tree", "-o", "concise"], arguments].concat()));
    assert_eq!((ends(&["--fail-on", "never"]), ends(&["--fail-on", "low"])), (0, 1));
    assert_eq!(ends(&["--fail-on-fixable"]), 1);
    assert_eq!((ends(&["--skip", "dependencies"]), ends(&["--only", "secrets"])), (0, 0));
    assert_eq!(ends(&["--fail-on", "nonsense"]), 2);
    // What is not shown does not decide.
    assert_eq!(ends(&["--min-severity", "critical"]), 0);
}

#[test]
fn the_json_report_keeps_its_schema() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/report.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let report = json(demo().path(), &[]);
    assert!(!report["findings"].as_array().unwrap().is_empty());
    let mut wrong = Vec::new();
    check(&report, &schema, &schema, "", &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The part of JSON Schema that the schema uses. A member that the schema does not know is wrong here, though not for
/// its readers: the schema has to be told of it.
fn check(value: &Value, schema: &Value, root: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        return check(value, root.pointer(name.trim_start_matches('#')).unwrap(), root, at, wrong);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::String(name) => name == kind,
        Value::Array(names) => names.iter().any(|name| name == kind),
        _ => true,
    };
    let listed = schema["enum"].as_array().is_none_or(|values| values.contains(value));
    let constant = schema.get("const").is_none_or(|constant| constant == value);
    if !allowed || !listed || !constant {
        wrong.push(format!("{at}: {value}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.is_object() && value.get(name).is_none() {
            wrong.push(format!("{at}: `{name}` is missing"));
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        match (schema["properties"].get(name), schema.get("additionalProperties")) {
            (Some(inner), _) | (None, Some(inner)) => check(member, inner, root, &format!("{at}/{name}"), wrong),
            (None, None) => wrong.push(format!("{at}: `{name}` is not in the schema")),
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(item, &schema["items"], root, &format!("{at}/{index}"), wrong);
    }
}

#[test]
fn a_report_is_drawn_again_as_it_was() {
    let directory = demo();
    let path = directory.path();
    redan(
        path,
        &["scan", "tree", "-o", "json=a.json", "-o", "sarif=a.sarif", "-o", "html=a.html", "-o", "concise=a.txt"],
    );
    let output = redan(
        path,
        &["report", "a.json", "-o", "json=b.json", "-o", "sarif=b.sarif", "-o", "html=b.html", "-o", "concise=b.txt"],
    );
    assert_eq!(code(&output), 0, "{}", String::from_utf8_lossy(&output.stderr));
    for kind in ["json", "sarif", "html", "txt"] {
        let read = |name: &str| fs::read_to_string(path.join(format!("{name}.{kind}"))).unwrap();
        assert_eq!(read("a"), read("b"), "{kind}");
    }
}

#[cfg(unix)]
#[test]
fn hostile_names_are_inert_in_every_format() {
    let directory = tempfile::tempdir().unwrap();
    for name in HOSTILE {
        let folder = directory.path().join("tree").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("requirements.txt"), "mlflow==2.2.0\n").unwrap();
    }
    for format in FORMATS {
        let output = redan(directory.path(), &["scan", "tree", "-o", format]);
        assert_eq!(code(&output), 1, "{format}");
        let text = String::from_utf8(output.stdout).unwrap();
        let odd = text
            .chars()
            .find(|c| (c.is_control() && !matches!(c, '\n' | '\r')) || matches!(c, '\u{202e}' | '\u{2066}'));
        assert_eq!(odd, None, "{format}");
        assert!(!text.lines().any(|line| line.starts_with("::error file=x")), "{format}");
        let is_markup = matches!(*format, "html" | "markdown" | "junit");
        assert!(!is_markup || !text.contains("<script>alert"), "{format}");
    }
}

#[test]
fn what_cannot_be_written_is_an_error_and_leaves_nothing() {
    let directory = small();
    let output = redan(directory.path(), &["scan", "tree", "-o", "json=missing/out.json"]);
    assert_eq!(code(&output), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("missing/out.json"));
    fs::create_dir(directory.path().join("taken.json")).unwrap();
    assert_eq!(code(&redan(directory.path(), &["scan", "tree", "-o", "json=taken.json"])), 2);
    let left: Vec<_> =
        files(directory.path()).into_iter().filter(|path| path.to_string_lossy().contains(".redan-")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let directory = demo();
    let mut child = command(directory.path(), &["scan", "tree", "-o", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), String::from_utf8_lossy(&output.stderr).as_ref()), (1, ""));
}

#[test]
fn lines_above_change_no_identity_and_open_nothing_again() {
    let directory = demo();
    let before = fingerprints(&json(directory.path(), &[]));
    let created = redan(directory.path(), &["baseline", "create", "tree", "--baseline", "known.jsonl"]);
    assert_eq!(code(&created), 0, "{}", String::from_utf8_lossy(&created.stderr));
    for _ in 0..2 {
        for file in files(&directory.path().join("tree")) {
            let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            let Some(text) = fs::read_to_string(&file).ok().filter(|_| extension != "pkl") else { continue };
            let above = if matches!(extension, "ipynb" | "json" | "md") { "\n" } else { "# a line\n" };
            fs::write(&file, above.repeat(10) + &text).unwrap();
        }
        let after = json(directory.path(), &["--baseline", "known.jsonl"]);
        let after_set = fingerprints(&after);
        let changed: Vec<_> = before.symmetric_difference(&after_set).collect();
        assert!(changed.is_empty(), "{changed:?}");
        assert_eq!(after["summary"]["reported"], 0, "{}", after["summary"]);
    }
}

#[test]
fn a_baseline_hides_what_was_there_and_nothing_else() {
    let directory = small();
    let path = directory.path();
    assert_eq!(code(&redan(path, &["baseline", "create", "tree", "--baseline", "b"])), 0);
    assert_eq!(code(&redan(path, &["scan", "tree", "--baseline", "b"])), 0);
    assert_eq!(code(&redan(path, &["baseline", "create", "tree", "--baseline", "b"])), 2, "an existing one stays");
    fs::write(path.join("tree/requirements.txt"), "mlflow==2.2.0\njinja2==2.11.2\n").unwrap();
    assert_eq!(code(&redan(path, &["scan", "tree", "--baseline", "b"])), 1);
    let text = fs::read_to_string(path.join("b")).unwrap();
    assert!(text.lines().skip(1).collect::<Vec<_>>().is_sorted() && !text.contains("\"line\""));
    fs::write(path.join("tree/requirements.txt"), "").unwrap();
    assert_eq!(code(&redan(path, &["baseline", "prune", "tree", "--baseline", "b"])), 0);
    assert_eq!(fs::read_to_string(path.join("b")).unwrap().lines().count(), 1);
    for (wrong, why) in
        [("<<<<<<< ours\n", "merge conflict"), ("{\"redan-baseline\":7}\n", "version 7"), ("x\n", "header")]
    {
        fs::write(path.join("b"), wrong).unwrap();
        let output = redan(path, &["scan", "tree", "--baseline", "b"]);
        assert_eq!(code(&output), 2);
        assert!(String::from_utf8_lossy(&output.stderr).contains(why), "{why}");
    }
}

#[test]
fn comments_and_configuration_silence_and_are_counted() {
    let directory = small();
    let path = directory.path();
    let line = "mlflow==2.2.0  # redan: ignore[dependencies] until=2999-01-01 -- never deployed\n";
    fs::write(path.join("tree/requirements.txt"), line).unwrap();
    let report = json(path, &[]);
    assert_eq!(report["summary"]["reported"], 0);
    assert!(report["summary"]["suppressed"].as_u64().unwrap() > 0);
    assert_eq!(report["findings"][0]["suppression"]["reason"], "never deployed");
    assert_eq!(code(&redan(path, &["scan", "tree"])), 0);
    assert_eq!(code(&redan(path, &["scan", "tree", "--isolated"])), 1);

    fs::write(path.join("tree/requirements.txt"), "mlflow==2.2.0\n").unwrap();
    let ignore = "[[ignore]]\npackage = \"MLflow\"\nreason = \"known\"\nuntil = \"2999-01-01\"\n";
    fs::write(path.join("tree/redan.toml"), ignore).unwrap();
    assert_eq!(code(&redan(path, &["scan", "tree"])), 0);
    fs::write(path.join("tree/redan.toml"), ignore.replace("2999", "2001")).unwrap();
    assert_eq!(code(&redan(path, &["scan", "tree"])), 1, "what has expired is reported");
    fs::write(path.join("tree/redan.toml"), "fail_on = \"high\"").unwrap();
    let output = redan(path, &["scan", "tree"]);
    assert_eq!(code(&output), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `fail-on`?"));
}

#[test]
fn hooks_and_editors_choose_the_files() {
    let directory = small();
    fs::write(directory.path().join("tree/clean.txt"), "nothing\n").unwrap();
    let with_input = |arguments: &[&str], input: &str| {
        let mut child =
            command(directory.path(), arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (code(&output), String::from_utf8(output.stdout).unwrap())
    };
    let list = ["scan", "--files-from", "-", "-o", "concise"];
    assert_eq!(with_input(&list, "tree/requirements.txt\0tree/gone.txt\0").0, 1);
    assert_eq!(with_input(&list, "tree/clean.txt\n").0, 0);
    assert_eq!(with_input(&list, "").0, 0);
    let (ended, text) =
        with_input(&["scan", "--stdin-filename", "sub/requirements.txt", "-o", "concise"], "mlflow==2.2.0\n");
    assert_eq!(ended, 1);
    assert!(text.starts_with("sub/requirements.txt:1:7: "), "{text}");
}

#[test]
fn a_misspelt_name_is_no_clean_report() {
    let directory = small();
    let path = directory.path();
    for (arguments, near) in [
        (["scan", "tree", "--only", "secrts"], "secrets"),
        (["scan", "tree", "--skip", "unsafe-pikle"], "unsafe-pickle"),
        (["scan", "tree", "-o", "jsn"], "json"),
        (["inventory", "tree", "-o", "cyclondx"], "cyclonedx"),
    ] {
        let output = redan(path, &arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(&format!("did you mean '{near}'?")), "{told}");
    }
    let told = redan(path, &["explain", "unsafe-pikle"]).stderr;
    assert!(String::from_utf8_lossy(&told).contains("did you mean unsafe-pickle?"));
    assert_eq!(code(&redan(path, &["scan", "tree", "--only", "PYSEC-2023-252"])), 1);
    assert_eq!(code(&redan(path, &["scan", "tree", "--only", "PYSEC-2099-1"])), 0, "data can hold it tomorrow");
    fs::write(path.join("tree/redan.toml"), "skip = ['dependancies']").unwrap();
    assert_eq!(code(&redan(path, &["scan", "tree"])), 2);
}

#[test]
fn a_path_alone_is_scanned() {
    let directory = small();
    assert_eq!(code(&redan(directory.path(), &["tree"])), 1);
    assert_eq!(code(&redan(directory.path(), &["help", "scan"])), 0);
    assert_eq!(code(&redan(directory.path(), &["missing"])), 2);
}

#[test]
fn only_one_report_goes_to_the_standard_output() {
    let directory = small();
    assert_eq!(code(&redan(directory.path(), &["scan", "tree", "-o", "json", "-o", "sarif"])), 2);
    assert_eq!(code(&redan(directory.path(), &["scan", "tree", "-o", "nonsense"])), 2);
}
