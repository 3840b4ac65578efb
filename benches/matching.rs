//! Matching names and versions against 20,000 records: the built-in ones, repeated under further package names.

#![allow(clippy::unwrap_used, reason = "what cannot be set up should stop the run")]

use divan::{Bencher, black_box, counter::ItemsCount};
use redan::advisory::facts::Facts;
use redan::advisory::{Advisories, Snapshot, snapshot};
use redan::model::dependency::normalize_name;
use redan::version::Version;

const RECORDS: usize = 20_000;

fn main() {
    divan::main();
}

/// A snapshot of [`RECORDS`] records.
fn text() -> String {
    let embedded = Advisories::embedded();
    let mut facts: Vec<(String, Facts)> = Vec::new();
    let mut name = "";
    for copy in 0.. {
        for line in embedded.snapshot().text().lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix('\t') {
                None => name = line,
                Some(line) => facts.push((format!("{name}-{copy}"), Facts::parse(line))),
            }
            if facts.len() == RECORDS {
                return snapshot::write(&[("records", "20000")], facts);
            }
        }
    }
    String::new()
}

/// Every version at which some answer changes, its neighbours, and a spelling that is not the usual one.
fn pairs(snapshot: &Snapshot) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for name in snapshot.names() {
        let advisories = snapshot.package(name).map(|package| package.advisories()).unwrap_or_default();
        for version in advisories.iter().flat_map(|advisory| advisory.fixed_versions()).take(40) {
            for suffix in ["", ".0", "rc1", ".post1", "+cu118"] {
                pairs.push((name.replace('-', "_"), format!("{version}{suffix}")));
            }
        }
    }
    pairs
}

/// Pairs of texts in, number of advisories out; the answers of all places are worked out.
#[divan::bench(sample_count = 10)]
fn match_pairs(bencher: Bencher<'_, '_>) {
    let snapshot = Snapshot::new(text()).unwrap();
    let pairs = pairs(&snapshot);
    let count = |snapshot: &Snapshot| -> usize {
        let affecting = |(name, version): &(String, String)| {
            let package = snapshot.package(&normalize_name(name));
            package.map_or(0, |package| package.affecting(&Version::parse(version)).len())
        };
        pairs.iter().map(affecting).sum()
    };
    assert!(count(&snapshot) > pairs.len() / 2);
    bencher.counter(ItemsCount::new(pairs.len())).bench_local(|| count(black_box(&snapshot)));
}

/// What every start of the program pays.
#[divan::bench]
fn open_embedded() -> usize {
    Advisories::embedded().snapshot().names().count()
}

/// What the start pays with a store of 20,000 records, without reading the file.
#[divan::bench]
fn open_twenty_thousand(bencher: Bencher<'_, '_>) {
    let text = text();
    bencher.with_inputs(|| text.clone()).bench_values(|text| Snapshot::new(text).unwrap().names().count());
}
