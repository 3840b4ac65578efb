//! CycloneDX 1.6: what is declared as components, known flaws as `vulnerabilities` beside them
//! (<https://cyclonedx.org/docs/1.6/json/#vulnerabilities>).
//!
//! Secrets, model files and hygiene are no vulnerabilities of a component and are not in it; the other formats have
//! them. Same input, same bytes: no serial number and no time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};

use serde_json::{Value, json};

use super::escape::write_json;
use super::inventory::cyclonedx::{bill, components, reference};
use super::{Reporter, Style};
use crate::model::{AffectedRange, Dependency, Disposition, Finding, Outcome, Package, Pin};

/// CycloneDX.
pub struct CycloneDx;

/// Declarations by path, normalised name and type.
type Declared<'o> = HashMap<(String, String, String), Vec<&'o Dependency>>;

impl Reporter for CycloneDx {
    fn name(&self) -> &'static str {
        "cyclonedx"
    }

    fn summary(&self) -> &'static str {
        "a bill of materials: declared packages and their vulnerabilities, nothing else"
    }

    fn write(&self, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut declared: Declared<'_> = HashMap::new();
        for dependency in &outcome.dependencies {
            let path = dependency.declared_at.path.to_string();
            let key = (path, dependency.normalized_name(), dependency.ecosystem.purl_type().to_owned());
            declared.entry(key).or_default().push(dependency);
        }
        let mut flaws: BTreeMap<&str, Vec<(&Finding, &Package)>> = BTreeMap::new();
        for finding in outcome.findings.iter().filter(|finding| style.shows(finding)) {
            if let Some(package) = finding.package.as_ref().filter(|package| names(package, &finding.rule.id)) {
                flaws.entry(&finding.rule.id).or_default().push((finding, package));
            }
        }
        let flaws: Vec<Value> = flaws.values().filter_map(|found| vulnerability(found, &declared)).collect();
        let mut bill = bill(components(outcome.dependencies.iter()), outcome.notifications.iter());
        if let Some(members) = bill.as_object_mut() {
            members.insert("vulnerabilities".to_owned(), flaws.into());
        }
        write_json(out, &bill, true, false)?;
        out.write_all(b"\n")
    }
}

/// True when the rule is the advisory itself.
fn names(package: &Package, rule: &str) -> bool {
    package.ids.iter().any(|id| id == rule)
}

fn vulnerability(found: &[(&Finding, &Package)], declared: &Declared<'_>) -> Option<Value> {
    let (first, package) = found.first()?;
    let rule = &first.rule;
    let aliases = package.ids.iter().filter(|id| **id != rule.id);
    let aliases: Vec<Value> = aliases.map(|id| json!({"id": id, "source": source(id)})).collect();
    let urls: Vec<Value> = rule.help.references.iter().map(|url| json!({"url": url})).collect();
    let advice: BTreeSet<&str> =
        found.iter().map(|(finding, _)| finding.advice.as_str()).filter(|advice| !advice.is_empty()).collect();
    let mut members = json!({
        "bom-ref": format!("vulnerability:{}", rule.id),
        "id": rule.id,
        "source": source(&rule.id),
        "references": aliases,
        "ratings": [{"severity": first.severity.name()}],
        "cwes": rule.cwe,
        "description": rule.summary,
        "recommendation": advice.into_iter().collect::<Vec<&str>>().join("; "),
        "advisories": urls,
        "affects": affects(found, declared),
    });
    if let (Some(members), Some(reason)) = (members.as_object_mut(), accepted(found)) {
        members.insert("analysis".to_owned(), json!({"state": "in_triage", "detail": reason}));
    }
    Some(members)
}

/// Why nobody need act, where that is said of every place.
fn accepted(found: &[(&Finding, &Package)]) -> Option<String> {
    let reasons = found.iter().map(|(finding, _)| match &finding.disposition {
        Disposition::Suppressed { reason, .. } => Some(format!("suppressed: {reason}")),
        Disposition::Baseline => Some("in the baseline".to_owned()),
        Disposition::Reported | Disposition::BelowThreshold => None,
    });
    reasons.collect::<Option<BTreeSet<String>>>().map(|reasons| reasons.into_iter().collect::<Vec<_>>().join("; "))
}

/// Whose id it is.
fn source(id: &str) -> Value {
    let (name, url) = match id.split('-').next().unwrap_or_default() {
        "GHSA" => ("GitHub Advisory Database", format!("https://github.com/advisories/{id}")),
        "CVE" => ("NVD", format!("https://nvd.nist.gov/vuln/detail/{id}")),
        _ => ("OSV", format!("https://osv.dev/vulnerability/{id}")),
    };
    // An id is a token where it is an id; anything else makes no address.
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':'));
    if plain { json!({"name": name, "url": url}) } else { json!({"name": name}) }
}

/// The components that have the flaw, each once, with the versions of it that do.
fn affects(found: &[(&Finding, &Package)], declared: &Declared<'_>) -> Vec<Value> {
    let mut affected: BTreeMap<String, BTreeSet<(&str, String)>> = BTreeMap::new();
    for (finding, package) in found {
        let places = std::iter::once(&finding.location).chain(finding.related.iter().map(|related| &related.location));
        for place in places {
            for dependency in matching(place.path.as_str(), package, declared) {
                let versions = affected.entry(reference(dependency)).or_default();
                match &dependency.pin {
                    Pin::Exact(version) => versions.insert(("version", version.clone())),
                    _ => !package.affected.is_empty()
                        && versions.insert(("range", vers(&package.ecosystem, &package.affected))),
                };
            }
        }
    }
    let each = affected.into_iter().map(|(reference, versions)| {
        let versions = versions.into_iter().map(|(kind, text)| {
            let mut version = serde_json::Map::new();
            version.insert(kind.to_owned(), text.into());
            version.insert("status".to_owned(), "affected".into());
            Value::Object(version)
        });
        let versions: Vec<Value> = versions.collect();
        if versions.is_empty() { json!({"ref": reference}) } else { json!({"ref": reference, "versions": versions}) }
    });
    each.collect()
}

/// The declarations that a finding is about: those of its package there, of the declared version where that tells.
fn matching<'o>(path: &str, package: &Package, declared: &Declared<'o>) -> Vec<&'o Dependency> {
    let Some(all) = declared.get(&(path.to_owned(), package.name.clone(), package.ecosystem.clone())) else {
        return Vec::new();
    };
    let declares = |dependency: &&Dependency| match &dependency.pin {
        Pin::Exact(version) => *version == package.declared,
        _ => dependency.specifier == package.declared,
    };
    let exact: Vec<&Dependency> = all.iter().copied().filter(declares).collect();
    if exact.is_empty() { all.clone() } else { exact }
}

/// The ranges in the notation that CycloneDX asks for: <https://github.com/package-url/vers-spec>.
fn vers(ecosystem: &str, ranges: &[AffectedRange]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for range in ranges {
        match (&range.start, &range.end) {
            (Some(start), Some(end)) if start == end => parts.push(encoded(start)),
            (start, end) => {
                parts.extend(start.as_ref().map(|start| format!(">={}", encoded(start))));
                let sign = if range.end_included { "<=" } else { "<" };
                parts.extend(end.as_ref().map(|end| format!("{sign}{}", encoded(end))));
            }
        }
    }
    if parts.is_empty() { format!("vers:{ecosystem}/*") } else { format!("vers:{ecosystem}/{}", parts.join("|")) }
}

fn encoded(version: &str) -> String {
    super::inventory::percent_encoded(version)
}

#[cfg(test)]
mod tests {
    use super::super::{json, sample};
    use super::*;
    use crate::model::{ArtifactPath, Ecosystem, Scope, Source, Span};

    fn drawn(outcome: &Outcome) -> Value {
        let mut out = Vec::new();
        CycloneDx.write(outcome, &Style::default(), &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    fn outcome() -> Outcome {
        let mut outcome = sample::outcome();
        let source = Source::new(ArtifactPath::new("requirements.txt"), b"torch==2.0.0\nnumpy>=1\n");
        let place = source.location(Span::new(0, 5));
        for (name, version) in [("torch", Some("2.0.0")), ("numpy", None)] {
            outcome.dependencies.push(Dependency {
                name: name.to_owned(),
                ecosystem: Ecosystem::PyPi,
                pin: version.map_or(Pin::Range(">=1".to_owned()), |version| Pin::Exact(version.to_owned())),
                specifier: version.map_or(">=1".to_owned(), |version| format!("=={version}")),
                extras: Vec::new(),
                marker: None,
                hashes: Vec::new(),
                url: None,
                scope: Scope::Runtime,
                declared_at: place.clone(),
                name_at: place.clone(),
                specifier_at: None,
            });
        }
        outcome
    }

    #[test]
    fn a_flaw_names_the_component_that_has_it() {
        let bill = drawn(&outcome());
        assert_eq!(bill["components"].as_array().unwrap().len(), 2);
        let flaws = bill["vulnerabilities"].as_array().unwrap();
        assert!(!flaws.is_empty());
        for flaw in flaws {
            assert_eq!(flaw["affects"][0]["ref"], "pkg:pypi/torch@2.0.0", "{flaw}");
            assert_eq!(flaw["affects"][0]["versions"][0]["version"], "2.0.0");
            assert!(flaw["references"][0]["id"].as_str().unwrap().starts_with("CVE-"));
            for key in flaw.as_object().unwrap().keys() {
                let known = ["bom-ref", "id", "source", "references", "ratings", "cwes", "description"];
                let more = ["recommendation", "advisories", "affects", "analysis"];
                assert!(known.contains(&key.as_str()) || more.contains(&key.as_str()), "{key}");
            }
        }
        let ids: BTreeSet<&str> = flaws.iter().map(|flaw| flaw["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), flaws.len(), "one entry an advisory");
    }

    #[test]
    fn a_report_that_was_read_again_gives_the_same_bill() {
        let outcome = outcome();
        let mut text = Vec::new();
        json::Json.write(&outcome, &Style::default(), &mut text).unwrap();
        let again = json::read::outcome(std::str::from_utf8(&text).unwrap()).unwrap();
        assert_eq!(drawn(&again), drawn(&outcome));
    }

    #[test]
    fn hostile_text_stays_inside_its_strings() {
        let mut out = Vec::new();
        let mut hostile = sample::hostile();
        for finding in &mut hostile.findings {
            // An advisory's id, so that it gets into the bill at all.
            let id = finding.rule.id.to_string();
            finding.package.as_mut().unwrap().ids.push(id);
        }
        CycloneDx.write(&hostile, &Style::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
        let bill: Value = serde_json::from_str(&text).unwrap();
        assert!(!bill["vulnerabilities"].as_array().unwrap().is_empty());
    }

    #[test]
    fn ranges_are_written_as_vers() {
        let range = |start: &str, end: &str, end_included| AffectedRange {
            start: Some(start.to_owned()).filter(|text| !text.is_empty()),
            end: Some(end.to_owned()).filter(|text| !text.is_empty()),
            end_included,
        };
        let ranges = [range("", "1.0", false), range("2.0", "2.1+a", true), range("3", "3", true)];
        assert_eq!(vers("pypi", &ranges), "vers:pypi/<1.0|>=2.0|<=2.1%2Ba|3");
        assert_eq!(vers("pypi", &[range("", "", false)]), "vers:pypi/*");
    }
}
