//! Lists that conda writes line by line: `conda list --explicit` (`@EXPLICIT`, URLs of archives) and `conda list
//! --export` (`name=version=build`).
//!
//! <https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html#building-identical-conda-environments>.
//! A build `pypi_0` is a package that pip installed. conda-lock writes pip packages into explicit lists as
//! comments `# pip name @ URL`; they are read too.

use super::{Parser, lossy, match_spec, requirements};
use crate::model::{ArtifactPath, Document, Ecosystem, Groups, OffsetMap, Scope, Source};

/// conda's lists.
pub struct CondaExplicit;

impl Parser for CondaExplicit {
    fn name(&self) -> &'static str {
        "conda_explicit"
    }

    fn reads(&self) -> &'static str {
        "conda's explicit and exported lists (`@EXPLICIT`, `conda list -e`)"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        matches!(path.extension().as_str(), "txt" | "lock" | "list" | "lst" | "conda" | "in" | "") && is_list(head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        let mut at = source.text_start();
        for line in text.split_inclusive('\n') {
            let start = at;
            at = at.saturating_add(line.len());
            let body = line.trim_end();
            let entry = body.trim_start();
            let map = OffsetMap::identity(start, body.len());
            if let Some(pip) = entry.strip_prefix("# pip ") {
                let offset = start.saturating_add(body.len() - pip.len());
                let map = OffsetMap::identity(offset, pip.len());
                requirements::declare_line(document, pip, &map, Scope::Locked);
            } else if !entry.is_empty() && !entry.starts_with(['#', '@', '-']) {
                let build = match_spec::read(body).ok().and_then(|spec| spec.build);
                if let Some(dependency) = match_spec::declare(document, body, &map, Scope::Locked)
                    && build.is_some_and(|build| build.starts_with("pypi_"))
                {
                    dependency.ecosystem = Ecosystem::PyPi;
                }
            }
        }
    }
}

/// True for the beginning of such a list: its header, or a first line `name=version=build`.
pub fn is_list(head: &[u8]) -> bool {
    if head.starts_with(b"# This file may be used to create an environment using:") {
        return true;
    }
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let Some(first) = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")) else { return false };
    if first == b"@EXPLICIT" {
        return true;
    }
    let mut fields = first.split(|byte| *byte == b'=');
    let version_next = fields.nth(1).is_some_and(|version| version.first().is_some_and(u8::is_ascii_digit));
    version_next
        && fields.next().is_some_and(|build| !build.is_empty())
        && fields.next().is_none()
        && first.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=+!".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Pin;

    fn rows(text: &str) -> Vec<(String, Ecosystem, Pin, u32)> {
        let source = Source::new(ArtifactPath::new("spec.txt"), text.as_bytes());
        let mut document = Document::new(&source);
        CondaExplicit.parse(&source, &mut document);
        assert!(document.notifications.is_empty());
        let row = |d: &crate::model::Dependency| (d.name.clone(), d.ecosystem, d.pin.clone(), d.declared_at.start.line);
        document.dependencies.iter().map(row).collect()
    }

    #[test]
    fn explicit_lists_name_archives() {
        let text = "# platform: linux-64\n@EXPLICIT\nhttps://c.example/linux-64/scikit-learn-0.24.2-py38_0.tar.bz2#d41d\n# pip torch @ https://f.example/torch-2.0-py3-none-any.whl --hash=sha256:00\n";
        assert!(is_list(text.as_bytes()));
        assert_eq!(
            rows(text),
            [
                ("scikit-learn".to_owned(), Ecosystem::Conda, Pin::Exact("0.24.2".into()), 3),
                ("torch".to_owned(), Ecosystem::PyPi, Pin::Exact("2.0".into()), 4),
            ]
        );
    }

    #[test]
    fn exported_lists_tell_pip_packages_by_their_build() {
        let text = "# This file may be used to create an environment using:\n# $ conda create --name <env> --file <this file>\nnumpy=1.19.2=py38h54aff64_0\ntorch=1.7.1=pypi_0\n";
        assert_eq!(
            rows(text),
            [
                ("numpy".to_owned(), Ecosystem::Conda, Pin::Exact("1.19.2".into()), 3),
                ("torch".to_owned(), Ecosystem::PyPi, Pin::Exact("1.7.1".into()), 4),
            ]
        );
    }

    #[test]
    fn other_texts_are_no_lists() {
        for text in ["numpy==1.0\n", "a=b=c\n", "x = 1 = 2\n", "", "# just a comment\n", "KEY=1\n"] {
            assert!(!is_list(text.as_bytes()), "{text}");
        }
    }
}
