//! `redan advisories match`: names and versions in, advisories out.

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::anyhow;
use serde::{Serialize, Serializer};

use super::{MatchArguments, printable, read};
use crate::advisory::{Advisories, Advisory};
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
        if answer(&advisories, name, version, arguments.keep_local, &mut out).is_err() {
            return Ok(Exit::Clean); // Whoever read it has seen enough.
        }
    }
    let _ = out.flush();
    Ok(Exit::Clean)
}

/// `{"name", "version", "canonical", "ids", "fixed": {id: [version]}}`.
#[derive(Serialize)]
struct Answer<'a> {
    name: &'a str,
    version: &'a str,
    canonical: Option<String>,
    ids: Vec<&'a str>,
    #[serde(serialize_with = "fixed_versions")]
    fixed: &'a [&'a Advisory],
}

fn fixed_versions<S: Serializer>(found: &&[&Advisory], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(found.iter().map(|advisory| (&advisory.id, advisory.fixed_versions())))
}

fn answer(advisories: &Advisories, name: &str, text: &str, keep_local: bool, out: &mut impl Write) -> io::Result<()> {
    let name = normalize_name(name);
    let version = Version::parse(text);
    let found = match advisories.package(&name) {
        Some(package) if keep_local => package.affecting_exactly(&version),
        Some(package) => package.affecting(&version),
        None => Vec::new(),
    };
    let answer = Answer {
        name: &name,
        version: text,
        canonical: version.is_valid().then(|| version.to_string()),
        ids: found.iter().map(|advisory| advisory.id.as_str()).collect(),
        fixed: &found,
    };
    serde_json::to_writer(&mut *out, &answer)?;
    out.write_all(b"\n")
}
