//! `pylock.toml` and `pylock.NAME.toml`: the lock format of PEP 751.
//!
//! <https://packaging.python.org/en/latest/specifications/pylock-toml/>. A package's version may be left out when it
//! comes from a directory or a repository; an archive's file name may say it.

use super::{Parser, locked, requirement, toml};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Pin, Source};

/// Locks of PEP 751.
pub struct Pylock;

impl Parser for Pylock {
    fn name(&self) -> &'static str {
        "pylock"
    }

    fn reads(&self) -> &'static str {
        "`pylock.toml`, `pylock.*.toml` (PEP 751)"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        let name = path.file_name();
        name.ends_with(".toml") && name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == "pylock")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let mut major = None;
        if let Some(head) = source.utf8().and_then(|text| toml::parts(text, "packages").next()) {
            major = lock_version(head.1);
        }
        if major.is_some_and(|major| major != 1) {
            let message = "a pylock.toml of a version that is not known; it is read as version 1";
            document.notify(NotificationKind::Unsupported, message);
        }
        locked::packages(source, document, "packages", |document, toml, package, header| {
            let of = |kind: &str, key: &str| {
                toml::table(package, &[kind]).and_then(|place| toml::text(place, key)).map(str::to_owned)
            };
            let from = if let Some(url) = of("vcs", "url").or_else(|| of("vcs", "path")) {
                let kind = of("vcs", "type").unwrap_or_else(|| "git".to_owned());
                let revision = of("vcs", "commit-id").map_or(String::new(), |at| format!("@{at}"));
                (Some(Pin::Url), Some(format!("{kind}+{url}{revision}")))
            } else if let Some(path) = of("directory", "path") {
                (Some(Pin::Url), Some(path))
            } else if let Some(url) = of("archive", "url").or_else(|| of("archive", "path")) {
                let known = package.contains_key("version");
                let said = || requirement::version_of_url(&url).map_or(Pin::Url, Pin::Exact);
                let pin = (!known).then(said);
                (pin, Some(url))
            } else {
                (None, None)
            };
            locked::declare(document, toml, package, header, from);
        });
    }
}

/// The first number of `lock-version`, read from the lines before the first package.
fn lock_version(head: &str) -> Option<u32> {
    let line = head.lines().find_map(|line| line.trim().strip_prefix("lock-version"))?;
    let value = line.trim().strip_prefix('=')?.trim().trim_matches(['"', '\'']);
    value.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(text: &str, check: impl FnOnce(&Document<'_>) -> T) -> T {
        let source = Source::new(ArtifactPath::new("pylock.toml"), text.as_bytes());
        let mut document = Document::new(&source);
        Pylock.parse(&source, &mut document);
        check(&document)
    }

    #[test]
    fn versions_come_from_the_entry_or_the_archive() {
        let text = "lock-version = \"1.0\"\n\n[[packages]]\nname = \"a\"\nversion = \"2.0\"\n[[packages.wheels]]\nname = \"a.whl\"\n[packages.wheels.hashes]\nsha256 = \"00\"\n\n[[packages]]\nname = \"b\"\n[packages.archive]\nurl = \"https://f.example/b-3.0.zip\"\n\n[[packages]]\nname = \"c\"\n[packages.directory]\npath = \"./c\"\n";
        with(text, |document| {
            let rows: Vec<_> =
                document.dependencies.iter().map(|d| (d.specifier.as_str(), d.pin.clone(), d.declared_at.start.line)).collect();
            assert_eq!(
                rows,
                [("==2.0", Pin::Exact("2.0".into()), 3), ("", Pin::Exact("3.0".into()), 11), ("", Pin::Url, 16)]
            );
            assert_eq!(document.dependencies[0].hashes, ["sha256:00"]);
            assert!(document.notifications.is_empty());
        });
    }

    #[test]
    fn what_is_wrong_is_told() {
        with("lock-version = '666'\n", |document| assert_eq!(document.notifications.len(), 1));
        with("[[packages]]\nversion = '1'\n", |document| {
            assert!(document.dependencies.is_empty());
            assert_eq!(document.notifications.len(), 1);
        });
        with("this is not valid toml!\n", |document| assert_eq!(document.notifications.len(), 1));
    }
}
