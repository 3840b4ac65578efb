//! Steps of CI pipelines: GitHub workflows and actions (`run:`), Azure Pipelines (`script:`, `bash:`, `pwsh:`), GitLab
//! (`script:`, `before_script:`); <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax>,
//! <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema>, <https://docs.gitlab.com/ci/yaml/>.
//!
//! Only what the steps install. Expressions (`${{ … }}`, `$(variable)`) stay as they are written.

use super::Parser;
use super::install_command::read_mapped;
use super::yaml::{self, Node, Tree};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Source};

/// CI pipelines.
pub struct Workflow;

/// Collections inside collections that are followed.
const MAXIMUM_DEPTH: u32 = 64;

/// Keys whose text, or list of texts, a shell runs.
const SCRIPTS: &[&str] =
    &["run", "script", "bash", "pwsh", "powershell", "inlineScript", "before_script", "after_script", "commands"];

impl Parser for Workflow {
    fn name(&self) -> &'static str {
        "workflow"
    }

    fn reads(&self) -> &'static str {
        "GitHub workflows and actions, Azure Pipelines, GitLab CI: what their steps install"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        if !matches!(path.extension().as_str(), "yml" | "yaml") {
            return false;
        }
        let name = path.file_name().to_ascii_lowercase();
        let contains = |word: &[u8]| memchr::memmem::find(head, word).is_some();
        path.as_str().contains(".github/")
            || name.contains("pipeline") && (contains(b"script:") || contains(b"bash:"))
            || matches!(name.as_str(), "action.yml" | "action.yaml" | ".gitlab-ci.yml" | "buildspec.yml" | "cloudbuild.yaml")
            || contains(b"runs-on:") && contains(b"run:")
            || (contains(b"steps:") && [&b"- script:"[..], b"- bash:", b"- pwsh:", b"- run:", b"inlineScript:"].iter().any(|step| contains(step)))
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Some(text) = source.utf8() else {
            document.notify(NotificationKind::Malformed, "a pipeline that is not UTF-8");
            return;
        };
        let tree = yaml::parse(text, source.text_start());
        if let Some(error) = &tree.error {
            document.notify_at(error.at, NotificationKind::Malformed, error.message.clone());
        }
        for root in &tree.documents {
            scripts(document, &tree, root, 0);
        }
    }
}

fn scripts(document: &mut Document<'_>, tree: &Tree<'_>, node: &Node<'_>, depth: u32) {
    if depth > MAXIMUM_DEPTH {
        return;
    }
    for (key, value) in node.entries() {
        if key.text().is_some_and(|key| SCRIPTS.contains(&key)) {
            for line in std::iter::once(value).chain(value.items()) {
                if let Some(text) = line.text() {
                    read_mapped(text, tree.map(line), document);
                }
            }
        }
        scripts(document, tree, value, depth + 1);
    }
    node.items().iter().for_each(|item| scripts(document, tree, item, depth + 1));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(ArtifactPath::new(path), text.as_bytes());
        assert!(Workflow.claims(&source.path, text.as_bytes()), "{path}");
        let mut document = Document::new(&source);
        Workflow.parse(&source, &mut document);
        let packages = document
            .dependencies
            .iter()
            .map(|found| format!("{} {} @{}", found.name, found.specifier, found.declared_at.start.line));
        let references =
            document.references.iter().map(|found| format!("-r {} @{}", found.value, found.location.start.line));
        packages.chain(references).collect()
    }

    #[test]
    fn steps_of_all_three() {
        assert_eq!(
            read(
                ".github/workflows/a.yml",
                "jobs:\n  a:\n    steps:\n      - name: pip install no\n        run: |\n          pip install -r r.txt\n          pip install 'a>=1' b==${{ matrix.v }}\n      - run: pip install c\n"
            ),
            ["a >=1 @7", "b ==${{matrix.v}} @7", "c  @8", "-r r.txt @6"]
        );
        assert_eq!(
            read("ci/azure-pipelines.yml", "steps:\n- script: pip install a\n- task: AzureCLI@2\n  inputs:\n    inlineScript: |\n      pip install b\n"),
            ["a  @2", "b  @6"]
        );
        assert_eq!(read(".gitlab-ci.yml", "test:\n  before_script:\n    - pip install a\n  script: [pip install b]\n"), ["a  @3", "b  @4"]);
    }
}
