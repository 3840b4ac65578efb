//! Verdicts against brute force, remedies against the verdict, and the findings of known packages.

use super::*;
use crate::advisory::Advisory;
use crate::advisory::facts::Facts;
use crate::advisory::{http, package_facts};
use crate::config::Config;
use crate::model::{ArtifactPath, Confidence, Facts as ArtifactFacts, Link, Redacted, Reference, ReferenceKind, Severity, Source, Span};
use proptest::prelude::*;

/// A dependency of `path`, from text like `torch[x]>=1.0`.
fn dependency(path: &str, text: &str) -> Dependency {
    let source = Source::new(ArtifactPath::new(path), text.as_bytes());
    let at = text.find(|c: char| "=<>!~^".contains(c)).unwrap_or(text.len());
    let (name, specifier) = text.split_at(at);
    let exact = specifier.strip_prefix("==").filter(|version| !version.contains(['*', ',']));
    Dependency {
        name: name.to_owned(),
        ecosystem: Ecosystem::PyPi,
        pin: match exact {
            Some(version) => Pin::Exact(version.to_owned()),
            None if specifier.is_empty() => Pin::Unpinned,
            None => Pin::Range(specifier.to_owned()),
        },
        specifier: specifier.to_owned(),
        extras: Vec::new(),
        marker: None,
        hashes: Vec::new(),
        url: None,
        scope: Scope::Runtime,
        declared_at: source.location(Span::new(0, text.len())),
        name_at: source.location(Span::new(0, at)),
        specifier_at: (!specifier.is_empty()).then(|| source.location(Span::new(at, text.len()))),
    }
}

fn artifact(path: &str, dependencies: Vec<Dependency>) -> ArtifactFacts {
    let source = Source::new(ArtifactPath::new(path), b"");
    let mut facts = crate::model::Document::new(&source).into_facts(Vec::new(), &[]);
    facts.dependencies = dependencies;
    facts
}

fn conclude(repository: &Repository) -> Vec<Finding> {
    let mut found = Found::default();
    VulnerableDependency.conclude(repository, &Context::new(Config::default()), &mut found);
    found.findings
}

fn findings_of(dependency: Dependency) -> Vec<Finding> {
    let path = dependency.declared_at.path.clone();
    conclude(&Repository::new(vec![artifact(path.as_str(), vec![dependency])], Vec::new()))
}

fn ids(text: &str) -> Vec<String> {
    findings_of(dependency("requirements.txt", text)).iter().map(|finding| finding.rule.id.to_string()).collect()
}

#[test]
fn versions_that_nothing_gives_a_value_are_told() {
    let told = |name: &str, template: &str| {
        let pin = Pin::Template(template.to_owned());
        let declared = Dependency { pin, ..dependency("requirements.txt", name) };
        let repository = Repository::new(vec![artifact("requirements.txt", vec![declared])], Vec::new());
        let mut found = Found::default();
        VulnerableDependency.conclude(&repository, &Context::new(Config::default()), &mut found);
        assert!(found.findings.is_empty());
        found.notifications.into_iter().map(|notification| notification.message).collect::<Vec<_>>()
    };
    let message = "the version of requests, ==$V, is given a value nowhere here, so it was not judged";
    assert_eq!(told("requests", "==$V"), [message]);
    assert_eq!(told("a-package-without-advisories", "==$V"), [""; 0]);
    assert_eq!(told("requests", "=={{latest-pypi-version}}"), [""; 0]);
    assert_eq!(told("requests", "==$LATEST").len(), 1);
}

#[test]
fn exact_versions_are_looked_up() {
    assert_eq!(ids("urllib3==1.26.4"), ["PYSEC-2021-108", "PYSEC-2023-192", "PYSEC-2023-212"]);
    assert_eq!(ids("urllib3==1.26.5"), ["PYSEC-2023-192", "PYSEC-2023-212"]);
    assert_eq!(ids("URLLIB3==1.26.5"), ["PYSEC-2023-192", "PYSEC-2023-212"]);
    assert_eq!(ids("django==4.0rc1"), [""; 0]);
    assert_eq!(ids("no-such-package==1"), [""; 0]);
}

#[test]
fn the_first_sentence_says_it_all() {
    let finding = findings_of(dependency("requirements.txt", "urllib3==1.26.4")).remove(0);
    let message = &finding.message;
    assert!(message.starts_with("urllib3 1.26.4 is affected by PYSEC-2021-108 (CVE-2021-33503), fixed in 1.26.5."), "{message}");
    assert_eq!(finding.confidence, Confidence::Certain);
    assert_eq!(finding.package.as_ref().unwrap().fixed.as_deref(), Some("1.26.18"));
    assert_eq!(finding.advice, "upgrade to 1.26.18, which clears all 3 advisories");
    assert_eq!(finding.fix.unwrap().edits[0].replacement, "==1.26.18");
}

#[test]
fn a_local_label_is_left_aside_and_that_is_said() {
    let finding = findings_of(dependency("requirements.txt", "torch==1.13.0+cu117")).remove(0);
    assert_eq!(finding.rule.id, "PYSEC-2022-43015");
    assert!(finding.message.contains("it is a build of 1.13.0"), "{}", finding.message);
}

#[test]
fn ranges_have_verdicts() {
    assert_eq!(ids("urllib3<1.24"), ids("urllib3>=1.20,<1.24"));
    let always = findings_of(dependency("requirements.txt", "urllib3==1.26.*,<1.26.5"));
    assert_eq!(always.iter().map(|finding| &*finding.rule.id).collect::<Vec<_>>()[0], "PYSEC-2021-108");
    assert_eq!(always[0].confidence, Confidence::High);
    assert_eq!(ids("urllib3>=2.0.7"), [""; 0]);
    assert_eq!(ids("urllib3"), ["unpinned-vulnerable-range"]);
    let bare = findings_of(dependency("requirements.txt", "urllib3")).remove(0);
    assert_eq!(bare.severity, Severity::Low);
    assert!(bare.message.contains("urllib3>=2.0.7 leaves them out."), "{}", bare.message);
    assert_eq!(bare.fix.unwrap().edits[0].replacement, ">=2.0.7");
}

/// An index on which every project's newest release is 2.2.0.
struct Index;

impl package_facts::Source for Index {
    fn name(&self) -> String {
        "index.example".to_owned()
    }

    fn fetch(&self, _http: &http::Http, _name: &str) -> Result<Answer, http::Error> {
        Ok(Answer::Project(package_facts::Project { newest: Some("2.2.0".to_owned()), ..Default::default() }))
    }
}

#[test]
fn what_an_installer_takes_today_is_said_when_it_was_asked() {
    let mut context = Context::new(Config::default());
    context.packages =
        Some(crate::advisory::PackageFacts::new(Box::new(Index), None, http::Settings::default()).unwrap());
    let message = |text: &str| {
        let facts = artifact("requirements.txt", vec![dependency("requirements.txt", text)]);
        let mut found = Found::default();
        VulnerableDependency.conclude(&Repository::new(vec![facts], Vec::new()), &context, &mut found);
        found.findings.remove(0).message
    };
    let today = "Today an installer takes 2.2.0, which has no known vulnerability.";
    assert!(message("urllib3").contains(today), "{}", message("urllib3"));
    assert!(!message("urllib3<2").contains("Today") && !message("urllib3==1.26.4").contains("Today"));
}

#[test]
fn conda_packages_are_matched_by_mapped_name_and_never_certain() {
    let mut pytorch = dependency("environment.yml", "pytorch==1.13.0");
    pytorch.ecosystem = Ecosystem::Conda;
    let finding = findings_of(pytorch).remove(0);
    assert_eq!(finding.confidence, Confidence::Medium);
    assert!(finding.message.starts_with("pytorch 1.13.0 (conda) is affected by"), "{}", finding.message);
    assert!(finding.message.contains("matched as torch on PyPI"));
}

#[test]
fn a_marker_that_never_holds_installs_nothing() {
    let mut never = dependency("requirements.txt", "urllib3==1.26.4");
    never.marker = Some("python_version < '3' and python_version > '3.5'".to_owned());
    assert!(findings_of(never).is_empty());
    let mut odd = dependency("requirements.txt", "urllib3==1.26.5");
    odd.marker = Some("platform is odd".to_owned());
    assert_eq!(findings_of(odd).len(), 2);
}

#[test]
fn constraints_count_for_what_is_asked_for() {
    let mut constraint = dependency("constraints.txt", "urllib3==1.26.5");
    constraint.scope = Scope::Constraint;
    assert_eq!(findings_of(constraint.clone())[0].confidence, Confidence::Low);
    let repository = Repository::new(
        vec![
            artifact("constraints.txt", vec![constraint]),
            artifact("requirements.txt", vec![dependency("requirements.txt", "urllib3")]),
        ],
        Vec::new(),
    );
    let findings = conclude(&repository);
    assert_eq!(findings[0].confidence, Confidence::Medium);
}

#[test]
fn what_lies_above_the_last_affected_version_is_said_and_not_promised() {
    let last = |facts: &str| {
        let advisories = [Advisory::new(Facts::parse(facts))];
        let flaws = Flaw::of(&advisories, Kind::Vulnerability);
        remedy::last_affected(&flaws).map(|version| version.to_string())
    };
    // Enumerated versions alone; an open range; a fixed version, which is a remedy.
    assert_eq!(last("PYSEC-1\tCVE-1\t\t\t\t\t\t1.0 1.1").as_deref(), Some("1.1"));
    assert_eq!(last("PYSEC-1\tCVE-1\t\t\t\t\t>=0\t"), None);
    assert_eq!(last("PYSEC-1\tCVE-1\t\t\t\t\t>=0 <=21.12\t").as_deref(), Some("21.12"));
    assert_eq!(last("PYSEC-1\tCVE-1\t\t\t\t\t>=0 <2.0\t"), None);
}

#[test]
fn an_edit_needs_the_name_where_it_is_written() {
    let mut from_a_variable = dependency("install.sh", "urllib3==1.26.4");
    assert!(findings_of(from_a_variable.clone())[0].fix.is_some());
    from_a_variable.name_at.span.end -= 2;
    assert!(findings_of(from_a_variable)[0].fix.is_none());
}

#[test]
fn siblings_limit_the_remedy_and_paths_are_related() {
    let mut constraint = dependency("constraints.txt", "urllib3<2");
    constraint.scope = Scope::Constraint;
    let mut repository = Repository::new(
        vec![
            artifact("constraints.txt", vec![constraint]),
            artifact("requirements.txt", vec![dependency("requirements.txt", "urllib3>=1.20")]),
        ],
        Vec::new(),
    );
    let source = Source::new(ArtifactPath::new("requirements.txt"), b"-c constraints.txt\n");
    repository.links.push(Link {
        reference: Reference {
            kind: ReferenceKind::Constraints,
            value: Redacted::public("constraints.txt"),
            location: source.location(Span::new(3, 18)),
        },
        target: ArtifactPath::new("constraints.txt"),
        is_certain: true,
    });
    let findings = conclude(&repository);
    let of = |path: &str| findings.iter().find(|finding| finding.location.path.as_str() == path).unwrap();
    // 1.26.18 lies below the constraint's 2, yet `>=1.26.18` alone allows the affected 2.0.x.
    let own = of("requirements.txt");
    assert_eq!(own.package.as_ref().unwrap().fixed.as_deref(), Some("1.26.18"), "{own:?}");
    assert_eq!(of("constraints.txt").related.len(), 1);
}

#[test]
fn a_lock_file_has_one_finding_for_all_places_and_no_edit() {
    let locked = || {
        let mut locked = dependency("conda-lock.yml", "urllib3==1.26.5");
        locked.scope = Scope::Locked;
        locked
    };
    let repository = Repository::new(vec![artifact("conda-lock.yml", vec![locked(), locked(), locked()])], Vec::new());
    let findings = conclude(&repository);
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|finding| finding.related.len() == 2 && finding.fix.is_none()));
}

#[test]
fn no_edit_where_the_file_would_break() {
    let mut hashed = dependency("requirements.txt", "urllib3==1.26.5");
    hashed.hashes = vec!["sha256:00".to_owned()];
    assert!(findings_of(hashed)[0].fix.is_none());
    // Unquoted, `>=` in a shell is a redirection.
    assert!(findings_of(dependency("Dockerfile", "urllib3"))[0].fix.is_none());
    assert!(findings_of(dependency("Dockerfile", "urllib3==1.26.5"))[0].fix.is_some());
    // `version: 1.26.5` of Ansible: a sign would become part of the version.
    let mut bare = dependency("play.yml", "urllib3==1.26.5");
    bare.specifier = "1.26.5".to_owned();
    assert_eq!(findings_of(bare)[0].fix.as_ref().unwrap().edits[0].replacement, "1.26.18");
}

const VERSIONS: [&str; 14] =
    ["0.9", "1.0a1", "1.0", "1.0.1", "1.0.post1", "1.1rc1", "1.1", "1.2", "1.2.1", "2.0.dev1", "2.0", "2.0.1", "2.1", "3"];

fn advisory() -> impl Strategy<Value = Advisory> {
    let events = proptest::collection::vec((0..3usize, 0..VERSIONS.len()), 1..5);
    let singles = proptest::collection::vec(0..VERSIONS.len(), 0..2);
    (events, singles, 1..4u8).prop_map(|(events, singles, number)| {
        let events: Vec<String> =
            events.iter().map(|(sign, version)| format!("{}{}", [">=", "<", "<="][*sign], VERSIONS[*version])).collect();
        let singles: Vec<&str> = singles.iter().map(|single| VERSIONS[*single]).collect();
        Advisory::new(Facts::parse(&format!("PYSEC-{number}\tCVE-{number}\t\t\t\t\t{}\t{}", events.join(" "), singles.join(" "))))
    })
}

fn specifier() -> impl Strategy<Value = String> {
    let clause = (0..8usize, 0..VERSIONS.len()).prop_map(|(operator, version)| {
        let operator = ["==", "!=", ">=", "<=", ">", "<", "~=", "^"][operator];
        let version = VERSIONS[version];
        match operator {
            "~=" if !version.contains('.') => format!("~={version}.0"),
            operator => format!("{operator}{version}"),
        }
    });
    proptest::collection::vec(clause, 0..3).prop_map(|clauses| clauses.join(","))
}

proptest! {
    #[test]
    fn verdicts_agree_with_brute_force(advisories in proptest::collection::vec(advisory(), 1..4), text in specifier(), pre: bool) {
        let specifier = Specifier::parse(&text, Dialect::Python).unwrap();
        let allowed = specifier.admitted(pre);
        let prereleases = specifier.admits_prereleases(pre);
        let versions = VERSIONS.map(Version::parse);
        let taken: Vec<&Version> = versions
            .iter()
            .filter(|version| (prereleases || !version.is_prerelease()) && allowed.contains(version.pep440().unwrap()))
            .collect();
        for flaw in Flaw::of(&advisories, Kind::Vulnerability) {
            let affected = |version: &Version| flaw.records.iter().any(|record| record.affects(version));
            let verdict = flaw.verdict(&allowed, prereleases);
            // The universe is finite, so it can refute a verdict and not prove it.
            match verdict {
                Verdict::Always => prop_assert!(taken.iter().all(|version| affected(version))),
                Verdict::Never => prop_assert!(!taken.iter().any(|version| affected(version))),
                Verdict::Newest | Verdict::Older => {}
            }
            for version in versions.iter().filter(|version| prereleases || !version.is_prerelease()) {
                prop_assert_eq!(flaw.affected.contains(version.pep440().unwrap()), affected(version), "{}", version);
            }
        }
    }

    #[test]
    fn remedies_clear_everything(advisories in proptest::collection::vec(advisory(), 1..4), text in specifier(), limit in specifier()) {
        let flaws = Flaw::of(&advisories, Kind::Vulnerability);
        let specifier = Specifier::parse(&text, Dialect::Python).unwrap();
        let siblings = Specifier::parse(&limit, Dialect::Python).unwrap().admitted(false);
        let exact = text.strip_prefix("==").filter(|version| !version.contains(',')).map(|version| version.parse().unwrap());
        let prereleases = specifier.admits_prereleases(false);
        let declared = Declared {
            exact: exact.as_ref(),
            specifier: &text,
            dialect: Dialect::Python,
            allowed: &specifier.admitted(false),
            siblings: &siblings,
            prereleases,
        };
        if let Some(remedy) = remedy::remedy(&declared, &flaws) {
            let new = Specifier::parse(&remedy.specifier, Dialect::Python).unwrap();
            let taken = new.admitted(prereleases).intersection(&siblings);
            prop_assert!(taken.contains(&remedy.version.parse().unwrap()), "{} for {}", remedy.specifier, text);
            for version in VERSIONS.map(Version::parse) {
                if taken.contains(version.pep440().unwrap()) && (prereleases || !version.is_prerelease()) {
                    prop_assert!(!advisories.iter().any(|advisory| advisory.affects(&version)), "{} allows {}", remedy.specifier, version);
                }
            }
        }
    }
}
