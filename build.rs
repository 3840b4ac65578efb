//! Turns the secret patterns (`patterns/secrets/*.toml`) into static tables. A rule that cannot work stops
//! the build with its file, its id and the reason.

#![allow(missing_docs)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, process};

#[allow(dead_code, unreachable_pub)]
#[path = "src/pattern/analysis.rs"]
mod analysis;
#[allow(dead_code, unreachable_pub)]
#[path = "src/pattern/body.rs"]
mod body;
#[allow(dead_code, unreachable_pub)]
#[path = "src/pattern/follow.rs"]
mod follow;
#[allow(dead_code, unreachable_pub)]
#[path = "src/pattern/format.rs"]
mod format;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/pattern/analysis.rs");
    println!("cargo::rerun-if-changed=src/pattern/body.rs");
    println!("cargo::rerun-if-changed=src/pattern/follow.rs");
    println!("cargo::rerun-if-changed=src/pattern/format.rs");
    println!("cargo::rerun-if-changed=patterns/secrets");
    if let Err(message) = patterns() {
        println!("cargo::error={}", message.replace('\n', " "));
        process::exit(1);
    }
}

/// Writes `secret_patterns.rs`: one expression, a slice of `Pattern`.
fn patterns() -> Result<(), String> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?;
    let mut files: Vec<_> = fs::read_dir(Path::new(&root).join("patterns/secrets"))
        .map_err(|error| format!("patterns/secrets: {error}"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let mut out = String::from("&[\n");
    let mut failed = false;
    let mut known = std::collections::BTreeSet::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        let file = format::File::parse(&text).map_err(|error| format!("{name}: {error}"))?;
        for entry in &file.rule {
            if !known.insert(entry.id.clone()) {
                return Err(format!("{name}: the id {} is taken", entry.id));
            }
            let analysis = match entry.check() {
                Ok(analysis) => analysis,
                Err(error) => {
                    println!("cargo::error={name}: {}", error.replace('\n', " "));
                    failed = true;
                    continue;
                }
            };
            write_pattern(&mut out, &file.provider, entry, &analysis).map_err(|error| error.to_string())?;
        }
    }
    out.push(']');
    if failed {
        return Err("the rules above cannot work".to_owned());
    }
    let target = Path::new(&env::var("OUT_DIR").map_err(|error| error.to_string())?).join("secret_patterns.rs");
    fs::write(target, out).map_err(|error| error.to_string())
}

fn write_pattern(
    out: &mut String,
    provider: &str,
    entry: &format::Entry,
    analysis: &analysis::Analysis,
) -> std::fmt::Result {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    let near: Vec<String> = entry.near.iter().map(|word| word.to_lowercase()).collect();
    let example = entry.examples.first().map_or("", |example| example.as_str()).replace(format::JOINT, "…");
    writeln!(out, "Pattern {{")?;
    let provider = entry.provider.as_deref().unwrap_or(provider);
    writeln!(out, "provider: {provider:?}, id: {:?}, name: {:?},", entry.id, entry.name)?;
    writeln!(out, "grants: {:?}, revoke: {:?}, example: {example:?},", entry.grants, entry.revoke)?;
    writeln!(out, "severity: Severity::{}, ", capital(&entry.severity))?;
    writeln!(out, "confidence: Confidence::{},", capital(&entry.confidence))?;
    writeln!(out, "literals: &[")?;
    for (index, literal) in entry.literals.iter().enumerate() {
        let (place, after, behind) = (analysis.places[index], &analysis.after[index], analysis.behind[index]);
        writeln!(
            out,
            "Literal {{ text: {literal:?}, place: Place::{place:?}, after: &{after:?}, behind: {behind:?} }},"
        )?;
    }
    writeln!(out, "], ignore_case: {}, regex: {:?},", entry.ignore_case, entry.full_regex())?;
    writeln!(out, "left: Boundary::{}, right: Boundary::{},", capital(&entry.left), capital(&entry.right))?;
    writeln!(out, "by_name: {},", entry.by_name || !near.is_empty())?;
    writeln!(out, "begins_word: {}, near: &{near:?}, near_required: {},", entry.begins_word, entry.near_required)?;
    writeln!(out, "min_entropy: {:?}, checksum: {:?}, allow: &{:?},", entry.min_entropy, entry.checksum, entry.allow)?;
    writeln!(
        out,
        "needs: &{:?}, generic: {}, references: &{:?},",
        entry.charset_needs, entry.generic, entry.references
    )?;
    writeln!(
        out,
        "shortest: {}, longest: {}, has_run: {}, run: {}, body: {:?},",
        analysis.shortest, analysis.longest, analysis.has_run, analysis.run, analysis.body
    )?;
    writeln!(out, "}},")
}
