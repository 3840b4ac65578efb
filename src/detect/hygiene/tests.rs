//! The rules on small artifacts: each fires once where it must, and is silent where it must be.

use super::*;
use crate::config::Config;
use crate::model::{
    ArtifactPath, Dependency, Ecosystem, Facts, InstallOption, Link, OptionKind, Pin, Redacted, Reference, ReferenceKind,
    Scope, Segment, SegmentKind, Source, Span,
};

fn location(path: &str) -> Location {
    Source::new(ArtifactPath::new(path), b"0123456789").location(Span::new(1, 4))
}

fn dependency(path: &str, name: &str, pin: Pin) -> Dependency {
    let specifier = match &pin {
        Pin::Exact(version) => format!("=={version}"),
        Pin::Range(text) | Pin::Template(text) => text.clone(),
        _ => String::new(),
    };
    Dependency {
        name: name.to_owned(),
        ecosystem: Ecosystem::PyPi,
        pin,
        specifier,
        extras: Vec::new(),
        marker: None,
        hashes: Vec::new(),
        url: None,
        scope: Scope::Runtime,
        declared_at: location(path),
        name_at: location(path),
        specifier_at: None,
    }
}

fn artifact(path: &str, reader: &'static str) -> Facts {
    let source = Source::new(ArtifactPath::new(path), b"");
    let mut facts = Document::new(&source).into_facts(Vec::new(), &[]);
    facts.readers.push(reader);
    facts
}

fn conclude(repository: &Repository) -> Vec<Finding> {
    let mut found = Found::default();
    Hygiene.conclude(repository, &Context::new(Config::default()), &mut found);
    found.findings
}

fn rules_of(facts: Facts) -> Vec<String> {
    conclude(&Repository::new(vec![facts], Vec::new())).iter().map(|finding| finding.rule.id.to_string()).collect()
}

fn rules_of_option(kind: OptionKind, value: &str) -> Vec<String> {
    let mut facts = artifact("requirements.txt", "requirements");
    facts.options.push(InstallOption { kind, value: Redacted::url(value), location: location("requirements.txt") });
    rules_of(facts)
}

fn rules_of_image(image: &str) -> Vec<String> {
    let mut facts = artifact("Dockerfile", "dockerfile");
    facts.references.push(Reference {
        kind: ReferenceKind::BaseImage,
        value: Redacted::public(image),
        location: location("Dockerfile"),
    });
    rules_of(facts)
}

fn rules_of_command(path: &str, text: &str) -> Vec<String> {
    let source = Source::new(ArtifactPath::new(path), text.as_bytes());
    let mut document = Document::new(&source);
    document.segments.push(Segment::whole(source.text(), SegmentKind::Text));
    let mut found = Found::default();
    Hygiene.detect(&document, &Context::new(Config::default()), &mut found);
    found.findings.iter().map(|finding| finding.rule.id.to_string()).collect()
}

#[test]
fn rule_ids_are_unique_and_every_rule_has_a_page() {
    let mut ids: Vec<&str> = RULES.iter().map(|entry| entry.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), RULES.len());
    for entry in RULES {
        let empty = [entry.name, entry.summary, entry.what, entry.why, entry.example, entry.use_instead].contains(&"");
        assert!(!empty && !entry.references.is_empty() && !entry.cwe.is_empty(), "{}", entry.id);
        assert!(entry.summary.ends_with('.') && !entry.name.ends_with('.'), "{}", entry.id);
    }
}

#[test]
fn indexes() {
    assert_eq!(rules_of_option(OptionKind::ExtraIndexUrl, "https://a.example/simple"), ["dependency-confusion-index"]);
    assert_eq!(rules_of_option(OptionKind::TrustedHost, "a.example"), ["trusted-host"]);
    assert_eq!(rules_of_option(OptionKind::IndexUrl, "HTTP://a.example/simple"), ["insecure-index"]);
    for safe in ["https://a.example/simple", "http://localhost:3141/root", "http://127.0.0.1/simple", "http://[::1]:80/", "./wheels"] {
        assert_eq!(rules_of_option(OptionKind::IndexUrl, safe), [""; 0], "{safe}");
    }
}

#[test]
fn a_hashed_file_needs_all_hashes() {
    let mut facts = artifact("requirements.txt", "requirements");
    let plain = dependency("requirements.txt", "a", Pin::Exact("1".to_owned()));
    let hashed = Dependency { hashes: vec!["sha256:0".to_owned()], ..plain.clone() };
    facts.dependencies = vec![hashed.clone(), hashed.clone()];
    assert_eq!(rules_of(facts.clone()), [""; 0]);
    facts.dependencies.push(plain.clone());
    assert_eq!(rules_of(facts.clone()), ["missing-hashes"]);
    facts.dependencies = vec![plain];
    assert_eq!(rules_of(facts), [""; 0]);
}

#[test]
fn bare_names_matter_where_they_are_deployed() {
    let mut image = artifact("Dockerfile", "dockerfile");
    image.dependencies = vec![dependency("Dockerfile", "my-a", Pin::Unpinned), dependency("Dockerfile", "my-b", Pin::Unpinned)];
    let findings = conclude(&Repository::new(vec![image], Vec::new()));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].related.len(), 1);

    let mut requirements = artifact("requirements.txt", "requirements");
    requirements.dependencies = vec![dependency("requirements.txt", "my-a", Pin::Unpinned)];
    assert_eq!(rules_of(requirements.clone()), [""; 0]);
    let mut repository = Repository::new(vec![requirements], Vec::new());
    let reference = Reference {
        kind: ReferenceKind::CopiedFile,
        value: Redacted::public("requirements.txt"),
        location: location("Dockerfile"),
    };
    repository.links.push(Link { reference, target: ArtifactPath::new("requirements.txt"), is_certain: true });
    let findings = conclude(&repository);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].related[0].location.path.as_str(), "Dockerfile");
}

#[test]
fn templates_of_the_latest() {
    let mut facts = artifact("requirements.txt", "requirements");
    facts.dependencies = vec![
        dependency("requirements.txt", "azureml-core", Pin::Template("=={{latest-pypi-version}}".to_owned())),
        dependency("requirements.txt", "other", Pin::Template("==${VERSION}".to_owned())),
    ];
    assert_eq!(rules_of(facts), ["latest-template"]);
    assert_eq!(rules_of_image("mcr.example/azureml/base:{{latest-image-tag}}"), ["latest-template"]);
}

#[test]
fn git_references_of_packages_without_a_name() {
    let of = |url: &str| {
        let mut facts = artifact("requirements.txt", "requirements");
        let value = Redacted::url(url);
        let kind = ReferenceKind::PackageUrl;
        facts.references.push(Reference { kind, value, location: location("requirements.txt") });
        let findings = conclude(&Repository::new(vec![facts], Vec::new()));
        findings.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        of("git+https://github.com/example/mylib.git@main"),
        ["mylib is installed from 'main' of a git repository, which can move."]
    );
    assert!(of("git+https://github.com/example/mylib@0123456789abcdef0123456789abcdef01234567").is_empty());
    assert!(of("https://example.org/mylib/main").is_empty());
}

#[test]
fn git_references() {
    let of = |url: &str| {
        let mut facts = artifact("requirements.txt", "requirements");
        let mut direct = dependency("requirements.txt", "mylib", Pin::Url);
        direct.url = Some(Redacted::url(url));
        facts.dependencies.push(direct);
        let finding = conclude(&Repository::new(vec![facts], Vec::new())).pop();
        finding.map(|finding| finding.severity)
    };
    let commit = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(of("git+https://github.com/example/mylib"), Some(Severity::Medium));
    assert_eq!(of("git+https://github.com/example/mylib@main#egg=mylib"), Some(Severity::Medium));
    assert_eq!(of("git+ssh://git@github.com/example/mylib.git"), Some(Severity::Medium));
    assert_eq!(of("git+https://github.com/example/mylib@v1.2"), Some(Severity::Low));
    assert_eq!(of(&format!("git+https://github.com/example/mylib@{commit}#egg=mylib")), None);
    assert_eq!(of("git+https://github.com/example/mylib@0123abc"), Some(Severity::Low));
    assert_eq!(of("https://example.org/mylib-1.0.whl"), None);
    assert_eq!(of("git+https://github.com/example/mylib.git@${{ github.sha }}"), None);
    assert_eq!(of("git+https://github.com/example/mylib@$CI_COMMIT_SHA"), None);
    assert_eq!(of("git+https://github.com/example/mylib@${BRANCH}"), Some(Severity::Medium));
}

#[test]
fn images() {
    assert_eq!(rules_of_image("acme/base"), ["mutable-base-image"]);
    assert_eq!(rules_of_image("registry.example:5000/acme/base:latest"), ["mutable-base-image"]);
    assert_eq!(rules_of_image("python:3.8"), ["mutable-base-image", "end-of-life"]);
    for safe in ["scratch", "$BASE", "acme/base@sha256:00", "acme/base:1@sha256:00", "azureml:env:1"] {
        assert_eq!(rules_of_image(safe), [""; 0], "{safe}");
    }
}

#[test]
fn downloads_that_are_run() {
    for text in [
        "RUN curl -sSL https://example.org/i.sh | bash",
        "RUN curl -fsSL https://example.org/i.sh \\\n    | sudo -E bash -\n",
        "RUN apt-get update && wget -qO- https://example.org/i.sh|sh -s -- -y",
        "RUN bash <(curl -s https://example.org/i.sh)",
        "RUN sh -c \"$(curl -fsSL https://example.org/i.sh)\"",
        "RUN curl https://example.org/get.py | python3 -",
        "RUN echo \"$(curl https://example.org/i.sh | sh)\"",
        "RUN echo x && curl https://example.org/i.sh | sh",
        "echo \"don't\" && curl https://example.org/i.sh | sh",
        "echo 'a'; curl 'https://example.org/i.sh' | sh",
        "echo \"`curl https://example.org/i.sh | sh`\"",
        "echo 'curl https://example.org/i.sh | sh' | bash",
        "echo 'curl https://example.org/i.sh | sh' > run.sh",
        "x=`echo \\`curl https://example.org/i.sh | sh\\``",
    ] {
        assert_eq!(rules_of_command("Dockerfile", text), ["curl-pipe-shell"], "{text}");
    }
    for told in [
        r#"fail "run \`curl https://example.org/i.sh | sudo bash\`.""#,
        r#"  echo "Run: curl https://example.org/i.sh | bash""#,
        "printf 'curl https://example.org/i.sh | sh\\n'",
        "cd x; echo \"it's: curl https://example.org/i.sh | bash\" >&2",
    ] {
        assert_eq!(rules_of_command("install.sh", told), [""; 0], "{told}");
    }
    for text in [
        "# curl https://example.org/i.sh | bash",
        "RUN curl -o i.sh https://example.org/i.sh && bash i.sh",
        "RUN curl -s https://example.org/a.gz | tar xz",
        "RUN curl -s https://example.org/a | shasum -c",
        "RUN curl -s https://example.org/a; echo x | sh",
        "RUN curl -s https://example.org/a || bash fallback.sh",
    ] {
        assert_eq!(rules_of_command("Dockerfile", text), [""; 0], "{text}");
    }
    assert_eq!(rules_of_command("notes.md", "curl https://example.org/i.sh | bash"), [""; 0]);
}

#[test]
fn pins_that_exclude_each_other() {
    let of = |first: (&str, &'static str, &str), second: (&str, &'static str, &str)| {
        let facts = [first, second].map(|(path, reader, version)| {
            let mut facts = artifact(path, reader);
            facts.dependencies.push(dependency(path, "my-lib", Pin::Exact(version.to_owned())));
            facts
        });
        conclude(&Repository::new(facts.into(), Vec::new())).len()
    };
    let requirements = ("requirements.txt", "requirements", "1.0");
    assert_eq!(of(requirements, ("environment.yml", "conda_environment", "2.0")), 1);
    assert_eq!(of(requirements, ("environment.yml", "conda_environment", "1")), 0);
    assert_eq!(of(requirements, ("environment.yml", "conda_environment", "1.0+cu118")), 0);
    // Alternatives of one kind, other folders and lock files.
    assert_eq!(of(requirements, ("requirements-gpu.txt", "requirements", "2.0")), 0);
    assert_eq!(of(requirements, ("other/environment.yml", "conda_environment", "2.0")), 0);
}
