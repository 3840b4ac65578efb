//! 100,000 declarations in 2,000 files: walk, parse, resolve and match, from files on disk to an outcome.
//!
//! `cargo bench --bench dependencies`. Five of twenty-five names have advisories, the pins cover exact versions,
//! ranges and bare names, and every file includes the one before it.

use std::fs;
use std::path::PathBuf;

use divan::Bencher;
use redan::config::Config;
use redan::context::Context;
use redan::scan::{Progress, Target, scan};

const FILES: usize = 2_000;
const DECLARATIONS: usize = 50;

const PACKAGES: [&str; 25] = [
    "torch",
    "numpy",
    "requests",
    "urllib3",
    "jinja2",
    "attrs",
    "azure-core",
    "azure-identity",
    "cachetools",
    "click-man",
    "fsspec",
    "huggingface-hub",
    "multidict",
    "packaging",
    "platformdirs",
    "pluggy",
    "pyasn1",
    "regex",
    "rich",
    "safetensors",
    "seaborn",
    "six",
    "threadpoolctl",
    "tokenizers",
    "typing-extensions",
];

fn main() {
    divan::main();
}

/// Writes the files; the directory goes when the value does.
fn tree(files: usize) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for file in 0..files {
        let mut text = String::new();
        if file > 0 {
            text.push_str(&format!("-r requirements-{}.txt\n", file - 1));
        }
        for line in 0..DECLARATIONS {
            let number = file * DECLARATIONS + line;
            let name = PACKAGES[number % PACKAGES.len()];
            let (major, minor) = (1 + number % 3, number % 31);
            let specifier = match number % 4 {
                0 | 1 => format!("=={major}.{minor}.{}", number % 5),
                2 => format!(">={major}.{minor},<{}", major + 2),
                _ => String::new(),
            };
            text.push_str(&format!("{name}{specifier}\n"));
        }
        fs::write(directory.path().join(format!("requirements-{file}.txt")), text).expect("a file");
    }
    let root = directory.path().canonicalize().expect("a path");
    (directory, root)
}

#[divan::bench(args = [FILES / 10, FILES], sample_count = 5)]
fn declarations(bencher: Bencher<'_, '_>, files: usize) {
    let (_held, root) = tree(files);
    let context = Context::new(Config { only: vec!["dependencies".to_owned()], threads: 1, ..Config::default() });
    let target = Target { root: root.clone(), paths: vec![root] };
    bencher.counter(divan::counter::ItemsCount::new(files * DECLARATIONS)).bench(|| {
        let outcome = scan(&target, &context, &Progress::default());
        assert_eq!(outcome.coverage.dependencies as usize, files * DECLARATIONS);
        outcome.findings.len()
    });
}
