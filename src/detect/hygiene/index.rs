//! Where packages are taken from and whether anybody checks them on the way.

use std::sync::OnceLock;

use super::{Entry, Found};
use crate::model::{Confidence, Facts, InstallOption, OptionKind, Pin, Related, Scope, Severity};

/// How many declarations without hashes are listed besides the first.
const MAX_RELATED: usize = 20;

pub(super) static DEPENDENCY_CONFUSION_INDEX: Entry = Entry {
    id: "dependency-confusion-index",
    name: "Extra package index",
    summary: "An extra package index is searched next to the default one, and the higher version wins.",
    what: "`--extra-index-url` (or its equivalent) adds an index. pip asks all indexes for every name and takes the \
           highest version that it finds, from whichever index.",
    why: "Whoever registers the name of a package of the one index on the other, with a higher version, gets code \
         run where the package is installed. This is how dependency confusion works; a dependency of PyTorch's \
         nightly builds was replaced in this way in December 2022.",
    example: "--extra-index-url https://packages.example.org/simple",
    use_instead: "--index-url https://packages.example.org/simple   # one index that also mirrors what it does not own\n\
                  # or, with uv: an index marked `explicit = true` and named in [tool.uv.sources]",
    references: &[
        "https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-extra-index-url",
        "https://pytorch.org/blog/compromised-nightly-dependency/",
        "https://docs.astral.sh/uv/concepts/indexes/",
    ],
    severity: Severity::Medium,
    cwe: &[427, 829],
    made: OnceLock::new(),
};

pub(super) static TRUSTED_HOST: Entry = Entry {
    id: "trusted-host",
    name: "Certificate check switched off",
    summary: "A package index is used without checking its certificate.",
    what: "`--trusted-host` tells pip to accept any certificate, or none, from this host.",
    why: "Anybody on the path between the machine and the index can answer in its place, and what they send is \
         installed and run.",
    example: "--trusted-host packages.example.org",
    use_instead: "Give the index a certificate that verifies, or pass its authority with `--cert`.",
    references: &["https://pip.pypa.io/en/stable/cli/pip/#cmdoption-trusted-host"],
    severity: Severity::Medium,
    cwe: &[295],
    made: OnceLock::new(),
};

pub(super) static INSECURE_INDEX: Entry = Entry {
    id: "insecure-index",
    name: "Package index without encryption",
    summary: "Packages are fetched over plain HTTP.",
    what: "The address of an index, of a folder of links or of a channel begins with `http://`.",
    why: "Anybody on the path can change the packages on the way, and what they send is installed and run. Hashes \
         would notice; without them nothing does.",
    example: "--index-url http://packages.example.org/simple",
    use_instead: "--index-url https://packages.example.org/simple",
    references: &["https://pip.pypa.io/en/stable/topics/secure-installs/"],
    severity: Severity::High,
    cwe: &[319, 494],
    made: OnceLock::new(),
};

pub(super) static MISSING_HASHES: Entry = Entry {
    id: "missing-hashes",
    name: "Requirement without a hash in a hashed file",
    summary: "A requirements file gives hashes for some packages, but not for all.",
    what: "Once one requirement has a hash, pip wants one for every requirement, its dependencies included.",
    why: "Either the installation fails, or somebody installs with `--no-deps` or in parts to get around it, and then \
         what has no hash is installed unchecked.",
    example: "numpy==1.26.4 --hash=sha256:…\nrequests==2.32.3",
    use_instead: "pip-compile --generate-hashes   # or: uv pip compile --generate-hashes",
    references: &["https://pip.pypa.io/en/stable/topics/secure-installs/#hash-checking-mode"],
    severity: Severity::Low,
    cwe: &[353],
    made: OnceLock::new(),
};

pub(super) fn conclude(facts: &Facts, found: &mut Found) {
    for option in &facts.options {
        let value = option.value.as_str();
        if matches!(option.kind, OptionKind::ExtraIndexUrl) {
            let message = format!("An extra index, {value}, is searched next to the default one.");
            report(&DEPENDENCY_CONFUSION_INDEX, option, Confidence::Medium, message, found);
        }
        if option.kind == OptionKind::TrustedHost {
            let message = format!("The certificate of {value} is not checked.");
            report(&TRUSTED_HOST, option, Confidence::Certain, message, found);
        }
        let is_source = matches!(
            option.kind,
            OptionKind::IndexUrl | OptionKind::ExtraIndexUrl | OptionKind::FindLinks | OptionKind::Channel
        );
        if is_source && is_plain_http(value) {
            let message = format!("Packages are fetched from {value} without encryption.");
            report(&INSECURE_INDEX, option, Confidence::Certain, message, found);
        }
    }
    missing_hashes(facts, found);
}

fn report(entry: &'static Entry, option: &InstallOption, confidence: Confidence, message: String, found: &mut Found) {
    let mut finding = entry.finding(confidence, &option.location, option.value.as_str(), message);
    finding.advice = match option.kind {
        OptionKind::TrustedHost => "give the index a certificate that verifies",
        OptionKind::ExtraIndexUrl if entry.id == DEPENDENCY_CONFUSION_INDEX.id => {
            "use one index that mirrors what it does not own, or bind each package to its index"
        }
        _ => "use https",
    }
    .to_owned();
    found.findings.push(finding);
}

/// Plain HTTP to another machine.
fn is_plain_http(url: &str) -> bool {
    let Some(scheme) = url.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("http://")) else { return false };
    let rest = url.get(scheme.len()..).unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.strip_prefix("[::1]").map_or(host, |_| "localhost");
    let host = host.split(':').next().unwrap_or(host);
    !(host == "localhost" || host == "host.docker.internal" || host.starts_with("127."))
}

fn missing_hashes(facts: &Facts, found: &mut Found) {
    if !facts.readers.contains(&"requirements") {
        return;
    }
    let required = facts.options.iter().any(|option| option.kind == OptionKind::RequireHashes);
    if !required && facts.dependencies.iter().all(|dependency| dependency.hashes.is_empty()) {
        return;
    }
    let bare = facts.dependencies.iter().filter(|dependency| {
        let installed = dependency.scope != Scope::Constraint && dependency.pin != Pin::Url;
        installed && dependency.hashes.is_empty()
    });
    let bare: Vec<_> = bare.collect();
    let Some(first) = bare.first() else { return };
    let count = match bare.len() {
        1 => format!("{} has no hash", first.name),
        count => format!("{count} requirements, {} first, have no hash", first.name),
    };
    let message = format!("{count} in a file that is installed with hashes.");
    let mut finding = MISSING_HASHES.finding(Confidence::High, &first.name_at, "", message);
    finding.advice = "write the file anew with hashes for all".to_owned();
    finding.related = bare
        .iter()
        .skip(1)
        .take(MAX_RELATED)
        .map(|dependency| Related {
            message: format!("{} has no hash", dependency.name),
            location: dependency.name_at.clone(),
        })
        .collect();
    found.findings.push(finding);
}
