//! Identity: lines above a finding change no fingerprint and open nothing again in a baseline, whatever was found.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use proptest::prelude::*;
use redan::config::{Baseline, Config};
use redan::context::Context;
use redan::filter::baseline::entry;
use redan::model::Outcome;
use redan::scan::{self, Progress, Target};

/// Lines for each kind of file. `@` stands for something that differs from line to line.
const REQUIREMENTS: &[&str] = &[
    "mlflow==2.2.0",
    "torch==1.13.0  # pinned",
    "jinja2<3",
    "numpy",
    "pillow[test]==9.0.0 ; python_version > '3'",
    "--extra-index-url http://pypi.internal.example/simple",
    "git+https://github.com/example/lib@",
    "torch==2.0.0",
];
const CONDA: &[&str] = &["  - pytorch=1.13.0", "  - scikit-learn=0.23.2", "  - pillow", "  - mlflow=2.2.0"];
const DOCKER: &[&str] = &[
    "FROM python:3.6-slim",
    "RUN pip install mlflow==2.2.0 jinja2==2.11.2",
    "RUN curl -s https://example.org/setup.sh | sh",
    "ENV DATABASE=postgresql://app:@Xk92hsKq71@db.internal.example.net/app",
    "RUN apt-get update && \\\n    pip install pillow==9.0.0",
];
const PYTHON: &[&str] = &[
    "model = torch.load('model-@.pt')",
    "data = pickle.load(open('@', 'rb'))",
    "net = AutoModel.from_pretrained('someone/@', trust_remote_code=True)",
    "url_@ = 'postgresql://app:@Xk92hsKq71@db.internal.example.net/app'",
    "key = 'AKIA@'",
    "password = 'p@-Xk92hs!Kq71'",
    "print('nothing')",
];
const SETTINGS: &[&str] = &[
    "AWS_ACCESS_KEY_ID=AKIA@",
    "DB_PASSWORD=@xK29-hsKq!71",
    "REDIS=redis://:@Xk92hsKq71@cache.internal.example.net:6379/0",
    "DEBUG=1",
];

/// A line of `lines` with sixteen characters that `seed` chooses for `@`, of the alphabet of key ids.
fn fill(lines: &[&str], (which, seed): (usize, u64)) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let word: String = (0..16)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(ALPHABET[(state >> 40) as usize % ALPHABET.len()])
        })
        .collect();
    let line = lines[which % lines.len()];
    // What stands after the second `@` is the host of a URL.
    match line.matches('@').count() {
        0 => line.to_owned(),
        _ if line.contains("://") && !line.starts_with("git+") => {
            let (before, host) = line.rsplit_once('@').unwrap();
            format!("{}@{host}", before.replace('@', &word))
        }
        _ => line.replace('@', &word),
    }
}

type Picks = Vec<(usize, u64)>;

fn picks() -> impl Strategy<Value = Picks> {
    prop::collection::vec((0..16usize, 0..40u64), 0..8)
}

fn text(head: &str, lines: &[&str], picks: &Picks) -> String {
    picks.iter().fold(head.to_owned(), |text, pick| text + &fill(lines, *pick) + "\n")
}

/// A notebook of one code cell a pick, with the line as source or as output; cells have ids or not.
fn notebook(picks: &Picks, ids: bool) -> String {
    let cells: Vec<serde_json::Value> = picks
        .iter()
        .enumerate()
        .map(|(number, pick)| {
            let line = fill(PYTHON, *pick);
            let (source, output) = if pick.1 % 3 == 0 { ("show()".to_owned(), line) } else { (line, "1".to_owned()) };
            let mut cell = serde_json::json!({
                "cell_type": "code", "metadata": {}, "execution_count": number,
                "source": ["import torch, pickle\n", source],
                "outputs": [{"output_type": "stream", "name": "stdout", "text": [output]}],
            });
            if ids {
                cell["id"] = format!("cell-{number}").into();
            }
            cell
        })
        .collect();
    let whole = serde_json::json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    serde_json::to_string_pretty(&whole).unwrap()
}

/// Ten lines above each line that has a finding, and ten cells before those of a notebook.
fn insert(root: &Path, outcome: &Outcome) {
    let mut places: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for finding in &outcome.findings {
        let related = finding.related.iter().map(|related| &related.location);
        for location in std::iter::once(&finding.location).chain(related) {
            places.entry(location.path.as_str()).or_default().insert(location.start.line as usize);
        }
    }
    for (path, numbers) in places {
        let file = root.join(path);
        let text = fs::read_to_string(&file).unwrap();
        let is_notebook = path.ends_with(".ipynb");
        let above = if is_notebook { "" } else { "# another line" };
        let mut lines: Vec<&str> = text.lines().collect();
        for number in numbers.iter().rev() {
            // Not into a command that goes on over lines.
            let mut at = number - 1;
            while at > 0 && lines[at - 1].ends_with('\\') {
                at -= 1;
            }
            lines.splice(at..at, [above; 10]);
        }
        let mut text = lines.join("\n") + "\n";
        if is_notebook {
            let empty = r#"{"cell_type": "markdown", "metadata": {}, "source": ["more"]},"#;
            text = text.replacen("\"cells\": [", &format!("\"cells\": [{}", empty.repeat(10)), 1);
        }
        fs::write(file, text).unwrap();
    }
}

fn fingerprints(outcome: &Outcome) -> Vec<String> {
    let mut all: Vec<String> =
        outcome.findings.iter().map(|finding| format!("{} {}", finding.rule.id, finding.fingerprint)).collect();
    all.sort();
    all
}

/// Made once: it takes longer than a scan. Groups that some case had a finding of are kept beside it.
static CONTEXT: Mutex<Option<(Context, BTreeSet<&'static str>)>> = Mutex::new(None);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn lines_above_every_finding_change_nothing(
        (requirements, conda, docker) in (picks(), picks(), picks()),
        (python, settings, cells, ids) in (picks(), picks(), picks(), any::<bool>()),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        for (name, text) in [
            ("requirements.txt", text("", REQUIREMENTS, &requirements)),
            ("env/conda.yml", text("name: x\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.6\n", CONDA, &conda)),
            ("Dockerfile", text("FROM ubuntu:18.04\n", DOCKER, &docker)),
            ("src/train.py", text("import torch, pickle\nfrom transformers import AutoModel\n", PYTHON, &python)),
            (".env", text("", SETTINGS, &settings)),
            ("notebooks/explore.ipynb", notebook(&cells, ids)),
        ] {
            let file = root.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let mut held = CONTEXT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (context, groups) = held.get_or_insert_with(|| (Context::new(Config::default()), BTreeSet::new()));
        let target = Target { paths: vec![root.clone()], root: root.clone() };
        let mut known = Baseline::new([7; 16]);
        context.config.baseline = Some(known.clone());
        let before = scan::scan(&target, context, &Progress::default());
        groups.extend(before.findings.iter().map(|finding| finding.rule.group.name()));
        known.entries = before.findings.iter().map(entry).collect();
        context.config.baseline = Some(known);
        insert(&root, &before);
        let after = scan::scan(&target, context, &Progress::default());
        prop_assert_eq!(fingerprints(&after), fingerprints(&before));
        let opened: Vec<_> = after.reported().map(|finding| (finding.location.path.as_str(), &finding.message)).collect();
        prop_assert!(opened.is_empty(), "{:?}", opened);
        // Nothing moved would prove nothing.
        let lines = |outcome: &Outcome| outcome.findings.iter().map(|finding| finding.location.start.line).sum::<u32>();
        prop_assert!(before.findings.is_empty() || lines(&after) > lines(&before));
    }
}

#[test]
fn every_kind_of_finding_takes_part() {
    lines_above_every_finding_change_nothing();
    let held = CONTEXT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let groups = &held.as_ref().unwrap().1;
    assert_eq!(groups.iter().copied().collect::<Vec<_>>(), ["dependencies", "models", "secrets"]);
}
