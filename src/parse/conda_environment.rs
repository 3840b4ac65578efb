//! conda environment files: `environment.yml`, `conda.yaml` and, by what they hold, any other name.
//!
//! <https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html>. Items of
//! `dependencies` are match specifications; the list under `pip:` has the syntax of a requirements file, its
//! options included. `# [win]` after an item (conda-lock, anaconda-project) is kept as its marker. Not here:
//! conda dependencies inside Azure ML assets, whose parser calls [`declare`].

use super::yaml::{self, Node, Tree};
use super::{Parser, lossy, match_spec, requirement, requirements};
use crate::model::{ArtifactPath, Document, Groups, InstallOption, NotificationKind, OffsetMap, OptionKind, Redacted, Scope, Source, Span};

/// conda environment files.
pub struct CondaEnvironment;

impl Parser for CondaEnvironment {
    fn name(&self) -> &'static str {
        "conda_environment"
    }

    fn reads(&self) -> &'static str {
        "conda environment files (`environment.yml`, `conda.yaml`, any YAML of their shape), with their `pip:` list"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        if !matches!(path.extension().as_str(), "yml" | "yaml") {
            return false;
        }
        let name = path.file_name().to_ascii_lowercase();
        // An Azure ML asset says its schema, MLflow's `python_env.yaml` has a list of pip's beside the one of conda's name.
        if memchr::memmem::find(head, b"$schema").is_some() || name.starts_with("python_env.") {
            return false;
        }
        let is_named = name.contains("conda") || name.contains("environment");
        // By its name also where an alias, an anchor or UTF-16 hides the list.
        let hidden = || {
            has_key(head, b"dependencies:") || head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF")
        };
        has_dependency_list(head) || (is_named && (head.len() >= 8192 || hidden()))
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        let tree = yaml::read(document, text, source.text_start());
        let scope = requirement::scope_by_file_name(&source.path);
        for root in &tree.documents {
            declare(document, &tree, root, scope);
        }
    }
}

/// Puts what an environment's mapping (`channels`, `dependencies`) declares into `document`.
pub fn declare(document: &mut Document<'_>, tree: &Tree<'_>, environment: &Node<'_>, scope: Scope) {
    for channel in environment.get("channels").map(Node::items).unwrap_or_default() {
        if let Some(name) = channel.text() {
            let location = document.source.location(channel.span);
            document.options.push(InstallOption { kind: OptionKind::Channel, value: Redacted::url(name), location });
        }
    }
    let mut lists = environment.entries().iter().filter(|(key, _)| key.text() == Some("dependencies"));
    if let (Some(_), Some((again, _))) = (lists.next(), lists.next()) {
        let message = "the key 'dependencies' is repeated: only the last list is read, as common readers take it";
        requirement::note(document, again.span.start, NotificationKind::Malformed, message);
    }
    for item in environment.get("dependencies").map(Node::items).unwrap_or_default() {
        if let Some(text) = item.text() {
            let selector = selector_after(document.source, item.span.end);
            if let Some(dependency) = match_spec::declare(document, text, &tree.map(item), scope) {
                dependency.marker = selector;
            }
            continue;
        }
        for (key, value) in item.entries() {
            match key.text() {
                Some("pip") => pip_list(document, tree, value, scope),
                _ => requirement::note(
                    document,
                    key.span.start,
                    NotificationKind::Unsupported,
                    "a conda dependency list holds a list of another installer than pip",
                ),
            }
        }
        if !item.items().is_empty() {
            let message = "a conda dependency list holds a list";
            requirement::note(document, item.span.start, NotificationKind::Malformed, message);
        }
    }
}

fn pip_list(document: &mut Document<'_>, tree: &Tree<'_>, list: &Node<'_>, scope: Scope) {
    for item in list.items() {
        match item.text() {
            Some(text) => {
                let map = tree.map(item);
                // conda writes the items into a requirements file, so an item of several lines is several.
                let mut at = 0_usize;
                for line in text.split_inclusive('\n') {
                    let part = OffsetMap::identity(at, line.len()).through(&map);
                    requirements::declare_line(document, line, &part, scope);
                    at = at.saturating_add(line.len());
                }
            }
            None if !item.items().is_empty() || !item.entries().is_empty() => {
                let message = "an item of a pip list is no text";
                requirement::note(document, item.span.start, NotificationKind::Malformed, message);
            }
            None => {}
        }
    }
    if list.text().is_some() {
        requirement::note(document, list.span.start, NotificationKind::Malformed, "pip: holds no list");
    }
}

/// The selector in the comment of the line that byte `at` is on: `win` of `# [win]`.
pub fn selector_after(source: &Source<'_>, at: usize) -> Option<String> {
    let rest = source.text().get(at..)?;
    let end = memchr::memchr(b'\n', rest.get(..rest.len().min(256))?).unwrap_or(rest.len().min(256));
    let line = Span::new(0, end).slice(rest);
    let line = std::str::from_utf8(line).ok()?;
    let (_, comment) = line.split_once('#')?;
    let selector = comment.trim_start().strip_prefix('[')?.split(']').next()?.trim();
    (!selector.is_empty()).then(|| selector.to_owned())
}

/// True when a line begins with `key` and an anchor, an alias or nothing that could be a mapping follows.
fn has_key(head: &[u8], key: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n');
    lines.any(|line| line.strip_prefix(key).is_some_and(|rest| rest.trim_ascii_start().starts_with(b"&") || rest.trim_ascii_start().starts_with(b"*")))
}

/// True when a top-level `dependencies:` has a list of texts, or of texts and one `pip:`: neither Helm's and
/// Ansible's lists of mappings nor an npm-like mapping.
fn has_dependency_list(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let Some(after) = lines.find_map(|line| {
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        let line = line.strip_prefix(b"{").unwrap_or(line);
        line.strip_prefix(b"dependencies:")
            .or_else(|| line.strip_prefix(b"\"dependencies\":"))
            .or_else(|| line.strip_prefix(b"'dependencies':"))
    }) else {
        return false;
    };
    let after = after.trim_ascii_start();
    if after.starts_with(b"[") {
        return true;
    }
    if !(after.is_empty() || after.starts_with(b"#")) {
        return false;
    }
    for line in lines {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") || line.starts_with(b"{%") {
            continue;
        }
        let Some(item) = line.strip_prefix(b"-") else { return false };
        let item = item.trim_ascii_start();
        let is_mapping = memchr::memmem::find(item, b": ").is_some() || item.ends_with(b":");
        return !is_mapping || item.starts_with(b"pip:") || item.starts_with(b"&");
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Ecosystem, Pin, ReferenceKind};

    fn with<T>(text: &[u8], check: impl FnOnce(&Document<'_>) -> T) -> T {
        let source = Source::new(ArtifactPath::new("environment.yml"), text);
        let mut document = Document::new(&source);
        CondaEnvironment.parse(&source, &mut document);
        check(&document)
    }

    #[test]
    fn conda_and_pip_packages_are_told_apart() {
        let text = "name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.8\n  - 'nccl>=2'  # [linux]\n  - pip:\n    - torch==2.0 # why\n    - -r more.txt\n    - --extra-index-url https://example.org/s\n    - azureml-core=={{latest-pypi-version}}\n  -\n";
        with(text.as_bytes(), |document| {
            let rows: Vec<_> = document
                .dependencies
                .iter()
                .map(|d| (d.name.as_str(), d.ecosystem, d.specifier.as_str(), d.declared_at.start.line))
                .collect();
            assert_eq!(
                rows,
                [
                    ("python", Ecosystem::Conda, "3.8.*", 4),
                    ("nccl", Ecosystem::Conda, ">=2", 5),
                    ("torch", Ecosystem::PyPi, "==2.0", 7),
                    ("azureml-core", Ecosystem::PyPi, "=={{latest-pypi-version}}", 10),
                ]
            );
            assert_eq!(document.dependencies[1].marker.as_deref(), Some("linux"));
            assert_eq!(document.dependencies[1].name_at.span.slice(text.as_bytes()), b"nccl");
            assert!(matches!(document.dependencies[3].pin, Pin::Template(_)));
            assert_eq!(document.references[0].kind, ReferenceKind::Requirements);
            assert_eq!(document.references[0].location.span.slice(text.as_bytes()), b"more.txt");
            assert_eq!(document.options.len(), 2);
            assert!(document.notifications.is_empty());
        });
    }

    #[test]
    fn broken_files_keep_what_could_be_read() {
        with(b"dependencies:\n  - a=1\n  - b: [\n", |document| {
            assert_eq!(document.dependencies.len(), 1);
            assert!(!document.notifications.is_empty());
        });
        with(b"dependencies:\n{% if gpu %}\n  - a=1\n{% endif %}\n  - b={{ v }}\n", |document| {
            assert_eq!(document.dependencies.len(), 2);
            assert!(document.notifications.is_empty());
        });
        with(b"dependencies:\n  - pip:\n    - wrong:\n      - a==1\n", |document| {
            assert!(document.dependencies.is_empty());
            assert_eq!(document.notifications.len(), 1);
        });
    }

    #[test]
    fn only_files_of_the_shape_are_claimed() {
        let claims = |name: &str, text: &str| CondaEnvironment.claims(&ArtifactPath::new(name), text.as_bytes());
        assert!(claims("any.yml", "name: x\ndependencies:\n# c\n- python\n"));
        assert!(claims("any.yml", "dependencies: [python]\n"));
        assert!(claims("any.yml", "dependencies:\n  - pip:\n    - a\n"));
        assert!(!claims("Chart.yaml", "dependencies:\n  - name: redis\n    version: 1\n"));
        assert!(!claims("conda.yaml", "$schema: https://example.org\ndependencies:\n  - a\n"));
        assert!(!claims("job.yml", "inputs:\n  dependencies:\n    - a\n"));
        assert!(!claims("x.txt", "dependencies:\n  - a\n"));
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_names_stand_where_they_are_said_to(
            text in "(dependencies:\n|  - |pip:\n|    - |[a-c]{1,3}|=1\\.0|'|\"|\n|# \\[x\\]|\\{\\{a\\}\\}|&x |\\*x|-r b|é){0,25}"
        ) {
            with(text.as_bytes(), |document| {
                for dependency in &document.dependencies {
                    assert_eq!(dependency.name_at.span.slice(text.as_bytes()), dependency.name.as_bytes());
                }
            });
        }
    }
}
