//! `Pipfile.lock`: Pipenv's lock, an object for each group of packages.
//!
//! <https://pipenv.pypa.io/en/latest/pipfile.html>; the format is JSON, version 6 of `pipfile-spec`. Read entry by
//! entry, so that a lock of any size needs the memory of its largest entry.

use super::json::{self, JsonError, Kind, Node, Reader, StringToken, decode};
use super::{Parser, pipfile, requirement};
use crate::model::{ArtifactPath, Dependency, Document, Ecosystem, Groups, InstallOption, NotificationKind, OptionKind, Pin, Redacted, Scope, Source, Span};

/// Pipenv's locks.
pub struct PipfileLock;

impl Parser for PipfileLock {
    fn name(&self) -> &'static str {
        "pipfile_lock"
    }

    fn reads(&self) -> &'static str {
        "Pipenv's `Pipfile.lock`"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        path.file_name().ends_with("Pipfile.lock")
            || (path.extension() == "lock" && memchr::memmem::find(head, b"\"pipfile-spec\"").is_some())
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let mut reader = Reader::new(source.text(), source.text_start());
        if let Err(JsonError { at, expected }) = lock(source, document, &mut reader) {
            let message = format!("not valid JSON: {expected} expected; what stands before was read");
            document.notify_at(at, NotificationKind::Malformed, message);
        }
    }
}

fn lock(source: &Source<'_>, document: &mut Document<'_>, reader: &mut Reader<'_>) -> Result<(), JsonError> {
    let text = source.text();
    reader.object(|reader, group| {
        if group.is(text, "_meta") {
            let meta = json::tree(reader)?;
            sources(source, document, &meta);
            return Ok(());
        }
        if reader.peek()? != Kind::Object {
            reader.skip()?;
            return Ok(());
        }
        reader.object(|reader, name| {
            let entry = json::tree(reader)?;
            declare(source, document, name, &entry);
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}

/// The indexes that the lock was made from.
fn sources(source: &Source<'_>, document: &mut Document<'_>, meta: &Node) {
    let text = source.text();
    let listed = meta.get(text, "sources").map(Node::elements).unwrap_or_default();
    for (index, entry) in listed.iter().enumerate() {
        let Some((url, place)) = entry.get(text, "url").and_then(|node| Some((node.text(text)?, node.token()?.span))) else {
            continue;
        };
        let kind = if index == 0 { OptionKind::IndexUrl } else { OptionKind::ExtraIndexUrl };
        let location = source.location(place);
        document.options.push(InstallOption { kind, value: Redacted::url(&url), location: location.clone() });
        if entry.get(text, "verify_ssl").is_some_and(|verify| verify.span.slice(text) == b"false") {
            let value = Redacted::url(&url);
            document.options.push(InstallOption { kind: OptionKind::TrustedHost, value, location });
        }
    }
}

fn declare(source: &Source<'_>, document: &mut Document<'_>, key: StringToken, entry: &Node) {
    let text = source.text();
    let name = String::from_utf8_lossy(&decode(text, key).0).into_owned();
    let of = |key: &str| entry.get(text, key).and_then(|node| node.text(text));
    let strings = |key: &str| -> Vec<String> {
        entry.get(text, key).map(Node::elements).unwrap_or_default().iter().filter_map(|node| node.text(text)).collect()
    };
    let version = of("version");
    let (specifier, pin) = version.as_deref().map_or((String::new(), Pin::Unpinned), pipfile::pep440);
    let repository = ["git", "hg", "svn", "bzr"].into_iter().find_map(|kind| {
        let revision = of("ref").map_or(String::new(), |at| format!("@{at}"));
        of(kind).map(|url| if url.starts_with(kind) { format!("{url}{revision}") } else { format!("{kind}+{url}{revision}") })
    });
    let local = of("path");
    let archive = of("file").or_else(|| of("url"));
    let pin = match (&repository, &local, &archive) {
        (Some(_), ..) | (_, Some(_), _) => Pin::Url,
        (.., Some(url)) if version.is_none() => requirement::version_of_url(url).map_or(Pin::Url, Pin::Exact),
        _ => pin,
    };
    document.dependencies.push(Dependency {
        name,
        ecosystem: Ecosystem::PyPi,
        pin,
        specifier,
        extras: strings("extras"),
        marker: of("markers"),
        hashes: strings("hashes"),
        url: repository.or(local).or(archive).map(|url| Redacted::url(&url)),
        scope: Scope::Locked,
        declared_at: source.location(Span::new(key.quoted().start, entry.span.end)),
        name_at: source.location(key.span),
        specifier_at: entry.get(text, "version").and_then(Node::token).map(|token| source.location(token.span)),
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with<T>(text: &str, check: impl FnOnce(&Document<'_>) -> T) -> T {
        let source = Source::new(ArtifactPath::new("Pipfile.lock"), text.as_bytes());
        let mut document = Document::new(&source);
        PipfileLock.parse(&source, &mut document);
        check(&document)
    }

    #[test]
    fn groups_of_packages_are_read() {
        let text = r#"{
  "_meta": {"sources": [{"url": "https://u:p@i.example/simple", "verify_ssl": true}], "pipfile-spec": 6},
  "default": {
    "amqp": {"hashes": ["sha256:04"], "markers": "os_name == 'nt'", "version": "==2.4.2"},
    "g": {"editable": true, "git": "https://g.example/g", "ref": "abc"}
  },
  "develop": {"x": {"file": "https://f.example/x-1.0.zip"}}
}"#;
        with(text, |document| {
            let rows: Vec<_> = document
                .dependencies
                .iter()
                .map(|d| (d.name.as_str(), d.specifier.as_str(), d.pin.clone(), d.declared_at.start.line))
                .collect();
            assert_eq!(
                rows,
                [
                    ("amqp", "==2.4.2", Pin::Exact("2.4.2".into()), 4),
                    ("g", "", Pin::Url, 5),
                    ("x", "", Pin::Exact("1.0".into()), 7),
                ]
            );
            assert_eq!(document.dependencies[0].version_at().span.slice(text.as_bytes()), b"==2.4.2");
            assert_eq!(document.dependencies[0].hashes, ["sha256:04"]);
            assert_eq!(document.options[0].value.as_str(), "https://[redacted]@i.example/simple");
            assert!(document.notifications.is_empty());
        });
    }

    #[test]
    fn a_broken_lock_keeps_its_beginning() {
        with("{\"default\": {\"a\": {\"version\": \"==1\"}, \"b\": {\"version\"", |document| {
            assert_eq!(document.dependencies.len(), 1);
            assert_eq!(document.notifications.len(), 1);
        });
        with("bogus\n", |document| assert_eq!(document.notifications.len(), 1));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(\\{|\\}|\\[|\"default\"|\"a\"|\"version\"|\"==1\"|:|,|é|\\\\u00e9|\"){0,30}") {
            with(&text, |document| {
                for dependency in &document.dependencies {
                    assert!(dependency.declared_at.span.end <= text.len());
                }
            });
        }
    }
}
