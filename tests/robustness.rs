//! Bad input, through the program itself: each gets a notification or a clear error, nothing else is lost, nothing
//! panics, and the exit code says so.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on panics; a skip is said")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A line with a password that every scan below must still find.
const LEAK: &str = "engine = create_engine(\"postgresql://trainer:n7Gd2kQx9TzLw4Rp@db.example.org:5432/features\")\n";

fn redan(arguments: &[&str], directory: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_redan"))
        .args(arguments)
        .current_dir(directory)
        .env("REDAN_CACHE_DIR", directory.join(".cache-of-redan"))
        .output()
        .unwrap()
}

fn json(directory: &Path, extra: &[&str]) -> (i32, Value) {
    let mut arguments = vec!["scan", ".", "-o", "json"];
    arguments.extend(extra);
    let output = redan(&arguments, directory);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("internal error"), "{stderr}");
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    (output.status.code().unwrap(), report)
}

fn kinds<'a>(report: &'a Value, path: &str) -> Vec<&'a str> {
    let notifications = report["notifications"].as_array().unwrap();
    notifications.iter().filter(|one| one["path"] == path).map(|one| one["kind"].as_str().unwrap()).collect()
}

fn paths(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["location"]["path"].as_str().unwrap()).collect()
}

#[test]
fn broken_files_are_told_and_the_rest_is_scanned() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    fs::write(root.join("train.py"), LEAK).unwrap();
    fs::write(root.join("latin.py"), [b"# \xE9t\xE9\n".as_slice(), LEAK.as_bytes()].concat()).unwrap();
    fs::write(root.join("broken.ipynb"), format!("{{\"cells\": [ {{\"cell_type\": \"code\", {LEAK}")).unwrap();
    fs::write(root.join("environment.yml"), "name: x\ndependencies:\n  - numpy=1.0\n   - : [\n").unwrap();
    fs::write(root.join("requirements.txt"), "numpy==not a version at all!\nurllib3==1.26.4\n").unwrap();
    let (exit, report) = json(root, &[]);
    assert_eq!(exit, 1);
    let paths = paths(&report);
    for file in ["train.py", "latin.py", "broken.ipynb", "requirements.txt"] {
        assert!(paths.contains(&file), "nothing found in {file}: {paths:?}");
    }
    assert_eq!(kinds(&report, "broken.ipynb"), ["malformed"]);
    assert_eq!(kinds(&report, "environment.yml"), ["malformed"]);
    assert_eq!(kinds(&report, "requirements.txt"), ["malformed"]);
}

#[cfg(unix)]
#[test]
fn bad_manifests_are_told_and_what_can_be_read_counts() {
    let work = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let file = work.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    };
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (at, next) in (b'a'..b'j').zip(b'b'..) {
        let list = format!("*{}", char::from(at));
        bomb.push_str(&format!("{n}: &{n} [{}]\n", vec![list; 9].join(","), n = char::from(next)));
    }
    write("bomb/environment.yml", format!("{bomb}dependencies: *j\n").as_bytes());
    write("circle/environment.yml", b"dependencies: &a\n- numpy\n- pip:\n  - *a\n");
    write("deep/Pipfile.lock", format!("{{\"default\":{}", "[".repeat(200_000)).as_bytes());
    write("twice/environment.yml", b"dependencies:\n- a=1\ndependencies:\n- jinja2=2.11.2\n");
    write("twice/pyproject.toml", b"[project]\ndependencies=['jinja2==2.11.2']\ndependencies=['b']\n");
    write("crlf/requirements.txt", b"\xEF\xBB\xBFjinja2==2.11.2 \\\r\n  --hash=sha256:aa\r\n--frobnicate\r\n");
    let utf16 = |text: &str| [vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    write("utf16/environment.yml", &utf16("dependencies:\r\n- jinja2=2.11.2\r\n"));
    write(
        "marker/requirements.txt",
        b"jinja2==2.11.2\na ; python_version < '3' and python_version >= '3'\nb ; what == 3\n",
    );
    write("version/requirements.txt", b"jinja2==2.11.2\nurllib3==not a version\n{{ name }}==1\n");
    write(
        "commands/Dockerfile",
        format!("FROM a\nRUN {}\nRUN pip install jinja2==2.11.2\n", "bash -c \"".repeat(5000)).as_bytes(),
    );
    write(
        "written/Dockerfile",
        format!("FROM a\nRUN pip install jinja2==2.11.2\n{}", "RUN cat > requirements.txt <<E\n".repeat(2000))
            .as_bytes(),
    );
    let (_, report) = json(work.path(), &[]);
    let told = [
        "bomb/environment.yml",
        "deep/Pipfile.lock",
        "twice/environment.yml",
        "twice/pyproject.toml",
        "crlf/requirements.txt",
        "marker/requirements.txt",
        "version/requirements.txt",
    ];
    for path in told {
        assert!(!kinds(&report, path).is_empty(), "{path}: {report}");
        assert!(!kinds(&report, path).contains(&"internal"), "{path}");
    }
    let found = paths(&report);
    for path in [
        "twice/environment.yml",
        "crlf/requirements.txt",
        "utf16/environment.yml",
        "marker/requirements.txt",
        "version/requirements.txt",
        "commands/Dockerfile",
        "written/Dockerfile",
    ] {
        assert!(found.contains(&path), "{path}: {found:?}");
    }
}

#[test]
fn links_are_not_followed() {
    let tree = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.py"), LEAK).unwrap();
    fs::write(tree.path().join("train.py"), LEAK).unwrap();
    std::os::unix::fs::symlink(outside.path(), tree.path().join("outside")).unwrap();
    std::os::unix::fs::symlink(".", tree.path().join("here")).unwrap();
    std::os::unix::fs::symlink("loop", tree.path().join("loop")).unwrap();
    let (_, report) = json(tree.path(), &["--no-ignore"]);
    assert_eq!(paths(&report), ["train.py"]);
    assert_eq!(kinds(&report, "outside"), ["link-not-followed"]);
    assert_eq!(kinds(&report, "loop"), ["link-not-followed"]);
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("train.py"), LEAK).unwrap();
    let closed = tree.path().join("closed.py");
    fs::write(&closed, LEAK).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&closed).is_ok() {
        println!("skipped: this user may read every file");
        return;
    }
    let (exit, report) = json(tree.path(), &[]);
    assert_eq!((exit, paths(&report)), (1, vec!["train.py"]));
    assert_eq!(kinds(&report, "closed.py"), ["unreadable"]);
    assert_eq!(json(tree.path(), &["--strict"]).0, 3);
}

#[test]
fn a_huge_line_is_searched_to_its_end_in_bounded_memory() {
    let tree = tempfile::tempdir().unwrap();
    let mut line = "x = [".to_owned();
    line.push_str(&"0.125, ".repeat((40 << 20) / 7));
    line.push_str(LEAK);
    fs::write(tree.path().join("data.py"), &line).unwrap();
    let (exit, report) = json(tree.path(), &[]);
    assert_eq!(exit, 1);
    let location = &report["findings"][0]["location"];
    assert_eq!(location["line"], 1);
    let column = usize::try_from(location["column"].as_u64().unwrap()).unwrap();
    let password = line.find("n7Gd2").unwrap();
    assert!((password - 80..=password + 1).contains(&column), "column {column}, password at {password}");
}

/// Thousands of the same in one file: where each is compared with every other, this takes many minutes.
#[test]
fn many_of_everything_are_read_in_one_go() {
    const MANY: usize = 8_000;
    let tree = tempfile::tempdir().unwrap();
    let many = |line: &dyn Fn(usize) -> String| (0..MANY).map(line).collect::<String>();
    let write = |name: &str, text: String| fs::write(tree.path().join(name), text + LEAK).unwrap();
    write("ignores.py", many(&|_| "# redan: ignore[github-token]\n".to_owned()));
    write("used.py", many(&|at| format!("a{at} = 'p{at}'  # redan: ignore[unsafe-loader]\n")));
    write("one_line.js", many(&|_| "/* redan: ignore[github-token] */".to_owned()) + "\n");
    write(
        "environment.dockerfile",
        "FROM python:3.12\n".to_owned() + &many(&|at| format!("ENV A{at}=b\nRUN pip -V\n")),
    );
    write(
        "copies.dockerfile",
        "FROM python:3.12\n".to_owned()
            + &many(&|at| format!("COPY r{at}.txt /r/{at}.txt\nRUN pip install -r q{at}.txt\n")),
    );
    write("written.sh", many(&|at| format!("cat > r{at}.txt <<E\nsix\nE\npip install -r r{at}.txt\n")));
    let loads = many(&|at| format!("with open('{at}.pkl') as f: pickle.load(f)\n"));
    write("load.py", format!("import pickle\n{loads}"));
    let options = many(&|at| format!("'k{at}': 1,\n"));
    let spread = "torch.load(x, **options)\n".repeat(2000);
    write("spread.py", format!("import torch\noptions = {{{options}}}\n{spread}"));
    let source = format!("import pickle\n{loads}{LEAK}");
    let tagged: Vec<_> = (0..2000)
        .map(|_| serde_json::json!({"cell_type": "code", "source": "1", "metadata": {"tags": ["redan-ignore"]}, "outputs": []}))
        .chain([serde_json::json!({"cell_type": "code", "source": source, "metadata": {}, "outputs": []})])
        .collect();
    let notebook = serde_json::json!({"cells": tagged, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    fs::write(tree.path().join("cells.ipynb"), notebook.to_string()).unwrap();
    let (exit, report) = json(tree.path(), &[]);
    assert_eq!(exit, 1);
    let leaks: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|one| one["group"] == "secrets").collect();
    let related = leaks.iter().flat_map(|one| one["related"].as_array().into_iter().flatten());
    let files: std::collections::BTreeSet<&str> =
        leaks.iter().copied().chain(related).filter_map(|one| one["location"]["path"].as_str()).collect();
    assert_eq!(files.len(), 9, "{files:?}");
    // 64 ignores of a line are read, and the others told of.
    assert!(kinds(&report, "one_line.js").contains(&"suppression"));
}

#[test]
fn a_path_that_does_not_exist_is_an_error_with_help() {
    let tree = tempfile::tempdir().unwrap();
    let output = redan(&["scan", "nowhere"], tree.path());
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("'nowhere' cannot be scanned") && stderr.contains(" help: "), "{stderr}");
}

#[test]
fn an_empty_tree_is_not_clean() {
    let tree = tempfile::tempdir().unwrap();
    let output = redan(&["scan", "."], tree.path());
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("no file to scan") && stderr.contains(" help: "), "{stderr}");
}

#[test]
fn wrong_usage_ends_with_two() {
    let tree = tempfile::tempdir().unwrap();
    for arguments in [&["scan", "-o", "nonsense"][..], &["scan", "-o", "json", "-o", "text"], &["scn"]] {
        assert_eq!(redan(arguments, tree.path()).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_report_file_is_whole_or_not_there() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("train.py"), LEAK).unwrap();
    let output = redan(&["scan", ".", "-o", "sarif=no/such/directory/x.sarif"], tree.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains(" help: "));
    assert!(!tree.path().join("no").exists());
}

#[test]
fn the_same_tree_gives_the_same_bytes() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/demo");
    let demo = demo.to_str().unwrap();
    for format in ["text", "json", "sarif"] {
        let run = |threads: &str| redan(&["scan", demo, "-o", format, "--threads", threads], Path::new(".")).stdout;
        let first = run("1");
        assert!(!first.is_empty());
        assert!(first == run("1") && first == run("8"), "{format} differs between runs or thread counts");
    }
}
