//! `redan advisories match`: names and versions in, advisories out.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::anyhow;

use super::{MatchArguments, printable, read};
use crate::advisory::{Advisories, Advisory, Package};
use crate::cli::{Exit, Failure};
use crate::model::dependency::normalize_name;
use crate::version::Version;

pub(super) fn match_pairs(arguments: &MatchArguments, store: Option<&Path>) -> Result<Exit, Failure> {
    let advisories = match &arguments.from {
        Some(path) => Advisories::of_entries(&read(path)?.entries, &path.display().to_string()),
        None => Advisories::open(store),
    };
    for note in advisories.notifications(u32::MAX, None) {
        let _ = writeln!(anstream::stderr(), "warning: {}", printable(&note.message));
    }
    let describe = || format!("cannot read '{}'", arguments.pairs.display());
    let help = "give a file of lines: name, tab, version";
    let unreadable = |error: std::io::Error| Failure::usage(anyhow::Error::from(error).context(describe()), help);
    let input: Box<dyn BufRead> = if arguments.pairs.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(BufReader::new(std::fs::File::open(&arguments.pairs).map_err(unreadable)?))
    };
    let mut out = BufWriter::with_capacity(64 << 10, std::io::stdout().lock());
    for (number, line) in input.lines().enumerate() {
        let line = line.map_err(unreadable)?;
        let Some((name, version)) = line.split_once('\t') else {
            let error = anyhow!("{}:{}: there is no tab", arguments.pairs.display(), number + 1);
            return Err(Failure::usage(error, help));
        };
        let answer = answer(&advisories, name, version, arguments.keep_local);
        if writeln!(out, "{answer}").is_err() {
            return Ok(Exit::Clean); // Whoever read it has seen enough.
        }
    }
    let _ = out.flush();
    Ok(Exit::Clean)
}

/// `{"name", "version", "canonical", "ids", "fixed": {id: [version]}}`.
fn answer(advisories: &Advisories, name: &str, text: &str, keep_local: bool) -> serde_json::Value {
    let name = normalize_name(name);
    let version = Version::parse(text);
    let affecting = |package: &Package| -> Vec<Advisory> {
        if keep_local {
            package.affecting_exactly(&version).cloned().collect()
        } else {
            package.affecting(&version).into_iter().cloned().collect()
        }
    };
    let found = advisories.package(&name).map(affecting).unwrap_or_default();
    let fixed: serde_json::Map<String, serde_json::Value> =
        found.iter().map(|advisory| (advisory.id.clone(), advisory.fixed_versions().into())).collect();
    serde_json::json!({
        "name": name,
        "version": text,
        "canonical": version.is_valid().then(|| version.to_string()),
        "ids": found.iter().map(|advisory| advisory.id.as_str()).collect::<Vec<_>>(),
        "fixed": fixed,
    })
}
