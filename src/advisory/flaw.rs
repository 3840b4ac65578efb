//! Several records may describe one flaw (PYSEC and GHSA); a finding is one flaw. Records of one package are
//! folded where they name the same CVE.
//!
//! Aliases alone are not enough: records of *different* CVEs are known to carry one and the same, wrongly
//! shared, GHSA id. A record without any CVE is folded into the records that it names, or that name it, as long
//! as these are one flaw.

use super::package::Advisory;

/// One flaw of one package.
#[derive(Clone, Debug)]
pub struct Flaw<'a> {
    /// The records, the one that gives the flaw its name first.
    pub records: Vec<&'a Advisory>,
}

impl<'a> Flaw<'a> {
    /// The record that names the flaw: malware first, then PYSEC, then GHSA, then the rest; the lowest id.
    pub fn canonical(&self) -> &'a Advisory {
        self.records[0]
    }

    /// All ids of the flaw, the canonical one first, then CVEs, then the rest, each once. A GHSA id that
    /// another CVE's record claims as well is in both lists, as published.
    pub fn ids(&self) -> Vec<&'a str> {
        let own = self.records.iter().map(|record| record.id.as_str());
        let aliases = self.records.iter().flat_map(|record| record.aliases.iter().map(String::as_str));
        let mut rest: Vec<&str> = own.chain(aliases).filter(|id| *id != self.canonical().id).collect();
        rest.sort_by_key(|id| (!id.starts_with("CVE-"), *id));
        rest.dedup();
        std::iter::once(self.canonical().id.as_str()).chain(rest).collect()
    }

    /// The CVE, where there is one.
    pub fn cve(&self) -> Option<&'a str> {
        cves(self.canonical()).next()
    }
}

/// Folds records of *one* package. The flaws come in the order of their canonical ids.
pub fn flaws<'a>(records: impl IntoIterator<Item = &'a Advisory>) -> Vec<Flaw<'a>> {
    let (named, unnamed): (Vec<&Advisory>, Vec<&Advisory>) =
        records.into_iter().partition(|record| cves(record).next().is_some());
    let mut flaws: Vec<Flaw<'a>> = Vec::new();
    for record in named {
        match flaws.iter_mut().find(|flaw| cves(record).eq(cves(flaw.canonical()))) {
            Some(flaw) => flaw.records.push(record),
            None => flaws.push(Flaw { records: vec![record] }),
        }
    }
    for record in unnamed {
        let mut linked = flaws.iter_mut().filter(|flaw| flaw.records.iter().any(|other| names(record, other)));
        match (linked.next(), linked.next()) {
            (Some(flaw), None) => flaw.records.push(record),
            _ => flaws.push(Flaw { records: vec![record] }),
        }
    }
    for flaw in &mut flaws {
        flaw.records.sort_by_key(|record| (preference(&record.id), record.id.clone()));
    }
    flaws.sort_by(|a, b| a.canonical().id.cmp(&b.canonical().id));
    flaws
}

/// True when `rated` may speak for `record`: one names the other (or both the same CVE) and they do not name
/// different CVEs.
pub(super) fn is_true_alias<'a>(
    mut record_cves: impl Iterator<Item = &'a str> + Clone,
    rated_cves: impl Iterator<Item = &'a str> + Clone,
) -> bool {
    record_cves.clone().next().is_none()
        || rated_cves.clone().next().is_none()
        || record_cves.any(|cve| rated_cves.clone().any(|other| other == cve))
}

fn cves(record: &Advisory) -> impl Iterator<Item = &str> + Clone {
    let own = std::iter::once(record.id.as_str());
    own.chain(record.aliases.iter().map(String::as_str)).filter(|id| id.starts_with("CVE-"))
}

/// True when one of the records has the other's id among its aliases.
fn names(a: &Advisory, b: &Advisory) -> bool {
    a.aliases.contains(&b.id) || b.aliases.contains(&a.id)
}

fn preference(id: &str) -> u8 {
    ["MAL-", "PYSEC-", "GHSA-"].iter().position(|prefix| id.starts_with(prefix)).unwrap_or(3) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory::facts::Facts;

    fn folded(records: &[(&str, &str)]) -> Vec<Vec<String>> {
        let advisories: Vec<Advisory> =
            records.iter().map(|(id, aliases)| Advisory::new(Facts::parse(&format!("{id}\t{aliases}")))).collect();
        flaws(&advisories).iter().map(|flaw| flaw.records.iter().map(|record| record.id.clone()).collect()).collect()
    }

    #[test]
    fn one_cve_is_one_flaw() {
        let folded = folded(&[
            ("GHSA-1", "CVE-1 PYSEC-1"),
            ("PYSEC-1", "CVE-1 GHSA-1"),
            ("PYSEC-2", "CVE-1"),
            ("PYSEC-3", "CVE-3"),
        ]);
        assert_eq!(folded, [vec!["PYSEC-1", "PYSEC-2", "GHSA-1"], vec!["PYSEC-3"]]);
    }

    #[test]
    fn two_cves_that_share_a_wrong_alias_are_two_flaws() {
        assert_eq!(folded(&[("PYSEC-1", "CVE-1 GHSA-9"), ("PYSEC-2", "CVE-2 GHSA-9")]).len(), 2);
        // A record of the shared alias that names no CVE belongs to neither of them for sure.
        assert_eq!(folded(&[("PYSEC-1", "CVE-1 GHSA-9"), ("PYSEC-2", "CVE-2 GHSA-9"), ("GHSA-9", "")]).len(), 3);
    }

    #[test]
    fn records_without_a_cve_follow_their_aliases() {
        assert_eq!(folded(&[("GHSA-1", "PYSEC-1"), ("PYSEC-1", "CVE-1")]), [["PYSEC-1", "GHSA-1"]]);
        assert_eq!(folded(&[("GHSA-1", "PYSEC-1"), ("PYSEC-1", "")]), [["PYSEC-1", "GHSA-1"]]);
        assert_eq!(folded(&[("MAL-1", ""), ("PYSEC-1", "")]).len(), 2);
    }

    #[test]
    fn ids_are_listed_once_with_the_canonical_one_first() {
        let advisories =
            ["GHSA-1\tCVE-1 PYSEC-1", "PYSEC-1\tCVE-1 GHSA-1"].map(|line| Advisory::new(Facts::parse(line)));
        assert_eq!(flaws(&advisories)[0].ids(), ["PYSEC-1", "CVE-1", "GHSA-1"]);
        assert_eq!(flaws(&advisories)[0].cve(), Some("CVE-1"));
    }
}
