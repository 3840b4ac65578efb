//! Images and interpreters that get no security fixes any more, by the dated table
//! `patterns/images/end_of_life.toml`. The table and not the clock decides, so that a scan of one commit says the
//! same today and tomorrow.

use std::sync::{LazyLock, OnceLock};

use super::image::repository_of;
use super::{Entry, Found};
use crate::model::{Confidence, Ecosystem, Facts, Pin, ReferenceKind, Scope, Severity, last_part};
use crate::version::set::VersionSet;
use crate::version::specifier::{Dialect, Specifier};

static TABLE: &str = include_str!("../../../patterns/images/end_of_life.toml");

static RELEASES: LazyLock<Vec<Release>> =
    LazyLock::new(|| toml::from_str::<Table>(TABLE).map(|table| table.release).unwrap_or_default());

pub(super) static END_OF_LIFE: Entry = Entry {
    id: "end-of-life",
    name: "Out of support",
    summary: "An image or environment uses a Python or a distribution that gets no security fixes any more.",
    what: "The tag of an image, or the version of `python` in an environment, names a release whose support has \
           ended.",
    why: "Flaws that are found in it from that day on stay open. Newer releases of packages stop supporting it as \
         well, so their fixes do not arrive either.",
    example: "FROM python:3.8-slim",
    use_instead: "FROM python:3.13-slim@sha256:…",
    references: &[
        "https://devguide.python.org/versions/",
        "https://ubuntu.com/about/release-cycle",
        "https://wiki.debian.org/LTS",
    ],
    severity: Severity::Medium,
    cwe: &[1104],
    made: OnceLock::new(),
};

#[derive(serde::Deserialize)]
struct Table {
    release: Vec<Release>,
}

#[derive(serde::Deserialize)]
struct Release {
    name: String,
    version: String,
    end: String,
    #[serde(default)]
    python: bool,
    tokens: Vec<String>,
}

pub(super) fn conclude(facts: &Facts, found: &mut Found) {
    for reference in &facts.references {
        if !matches!(reference.kind, ReferenceKind::BaseImage | ReferenceKind::Image) {
            continue;
        }
        let image = reference.value.as_str().to_ascii_lowercase();
        for release in in_image(&image) {
            let message = format!("The image {} is built on {}", reference.value, ended(release));
            let what = format!("{} {}", repository_of(&image), release.name);
            let mut finding = END_OF_LIFE.finding(Confidence::High, &reference.location, &what, message);
            finding.advice = format!("move to a supported release of {}", release.name);
            found.findings.push(finding);
        }
    }
    for dependency in &facts.dependencies {
        if dependency.ecosystem != Ecosystem::Conda || dependency.name != "python" {
            continue;
        }
        let specifier = match &dependency.pin {
            Pin::Exact(version) => format!("=={version}"),
            Pin::Range(specifier) => specifier.clone(),
            _ => continue,
        };
        let Some(release) = Specifier::parse(&specifier, Dialect::Conda).and_then(|specifier| newest_python(&specifier))
        else {
            continue;
        };
        let only = if matches!(dependency.pin, Pin::Exact(_)) { "installs" } else { "allows nothing newer than" };
        let message = format!("This environment {only} {}", ended(release));
        let mut finding = END_OF_LIFE.finding(Confidence::Certain, dependency.version_at(), "python", message);
        finding.advice = "move to a supported release of Python".to_owned();
        found.findings.push(finding);
        // A lock file says it again for every platform.
        if dependency.scope == Scope::Locked {
            break;
        }
    }
}

fn ended(release: &Release) -> String {
    format!("{} {}, which has had no security fixes since {}.", release.name, release.version, release.end)
}

/// The releases that the name of an image says it has.
fn in_image(image: &str) -> impl Iterator<Item = &'static Release> {
    // A code name is an ordinary word (`focal`, `stretch`): it counts in a tag, or as all of the last part of the name.
    let last = last_part(image);
    let (name, tag) = last.split_once([':', '@']).unwrap_or((last, ""));
    let says = move |token: &String| match token.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        true => name == token || holds_word(tag, token),
        false => holds_word(image, token),
    };
    RELEASES.iter().filter(move |release| release.tokens.iter().any(says))
}

/// True when `token` stands in `text` with no letter or digit right before or after it.
fn holds_word(text: &str, token: &str) -> bool {
    text.match_indices(token).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + token.len()..).and_then(|after| after.chars().next());
        let is_free = |neighbour: Option<char>| neighbour.is_none_or(|c| !c.is_ascii_alphanumeric());
        is_free(before) && is_free(after)
    })
}

/// The newest ended Python that a specifier allows, when it allows no newer one.
fn newest_python(specifier: &Specifier) -> Option<&'static Release> {
    let allowed = specifier.versions.stable();
    let of = |release: &Release| {
        let series = Specifier::parse(&format!("=={}.*", release.version), Dialect::Python)?;
        Some(series.versions.stable())
    };
    let pythons = || RELEASES.iter().filter(|release| release.python).filter_map(|release| Some((release, of(release)?)));
    let (_, newest) = pythons().next_back()?;
    let end = newest.intervals().last()?.end.clone()?;
    let supported = VersionSet::from(end);
    if allowed.is_empty() || !allowed.is_disjoint(&supported) {
        return None;
    }
    pythons().rfind(|(_, versions)| !versions.is_disjoint(&allowed)).map(|(release, _)| release)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_image(image: &str) -> Vec<String> {
        super::in_image(image).map(|release| format!("{} {}", release.name, release.version)).collect()
    }

    #[test]
    fn image_names_say_what_is_inside() {
        assert_eq!(in_image("mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu18.04:20220101.v1"), ["Ubuntu 18.04"]);
        assert_eq!(in_image("python:3.8-slim-buster"), ["Python 3.8", "Debian 10"]);
        assert_eq!(in_image("python:3.8.10"), ["Python 3.8"]);
        assert_eq!(in_image("registry.example:5000/debian/buster"), ["Debian 10"]);
        assert_eq!(in_image("centos:7.9.2009"), ["CentOS 7"]);
        for supported in ["python:3.13-slim", "python:3", "ubuntu:24.04", "debian:12", "acme/focality:1", "acme/focal-loss:1", "alpine", "debian:80"] {
            assert_eq!(in_image(supported), [""; 0], "{supported}");
        }
    }

    #[test]
    fn specifiers_that_allow_a_supported_python_are_silent() {
        let newest = |text: &str| {
            let specifier = Specifier::parse(text, Dialect::Conda).unwrap();
            newest_python(&specifier).map(|release| release.version.clone())
        };
        assert_eq!(newest("=3.8").as_deref(), Some("3.8"));
        assert_eq!(newest("==3.8.12").as_deref(), Some("3.8"));
        assert_eq!(newest(">=3.6,<3.9").as_deref(), Some("3.8"));
        assert_eq!(newest(">=3.8"), None);
        assert_eq!(newest("=3.13"), None);
    }

    #[test]
    fn the_table_is_dated_and_lists_only_what_has_ended() {
        let table: toml::Table = TABLE.parse().unwrap();
        let as_of = table["as_of"].as_str().unwrap();
        assert!(RELEASES.len() > 15);
        for release in RELEASES.iter() {
            assert!(release.end.as_str() < as_of, "{} {}", release.name, release.version);
            assert!(!release.tokens.is_empty() && release.tokens.iter().all(|token| *token == token.to_lowercase()));
        }
    }
}
