//! Commands in YAML: steps of GitHub workflows and actions (`run:`), Azure Pipelines (`script:`, `bash:`, `pwsh:`), GitLab
//! (`script:`, `before_script:`) and other services, containers of Kubernetes (`command:`, `args:`), tasks, stages and
//! cloud-init (`runcmd:`); <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax>,
//! <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema>, <https://docs.gitlab.com/ci/yaml/>.
//!
//! What they install, and which resources of Azure they make; `azure/login` is a step of its own. Expressions (`${{ … }}`, `$(variable)`) stay as they are written.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::install_command::{read_listed, read_mapped};
use super::yaml::{self, Node, Tree};
use super::{Parser, azure_command, azureml, azureml_asset, compose, lossy};
use crate::model::asset::{Asset, Dialect};
use crate::model::{ArtifactPath, Document, Groups, Source, Span};

/// Commands in YAML.
pub struct Workflow;

/// Collections inside collections that are followed.
const MAXIMUM_DEPTH: u32 = 64;

/// Keys whose text, or list of texts, a shell runs.
const SCRIPTS: &[&str] = &[
    "run",
    "script",
    "scripts",
    "bash",
    "pwsh",
    "powershell",
    "inlineScript",
    "before_script",
    "after_script",
    "commands",
    "command",
    "cmd",
    "cmds",
    "args",
    "entrypoint",
    "setup",
    "install",
    "before_install",
    "after_install",
    "pre_install",
    "pre_build",
    "post_install",
    "runcmd",
    "bootcmd",
    "shell",
    "exec",
    "inline",
    "user_data",
    "userData",
    "UserData",
    "startup_script",
    "startup-script",
    "init_script",
    "initialization_commands",
    "setup_commands",
    "ansible.builtin.shell",
    "ansible.builtin.command",
    "build_script",
    "before_build",
    "test_script",
    "pre_create_environment",
    "post_create_environment",
    "post_checkout",
    "head_setup_commands",
    "worker_setup_commands",
];

/// Installers, and what they are told.
const INSTALLERS: &[&str] =
    &["pip", "pipx", "PIP", "conda", "mamba", "micromamba", "uv", "uvx", "poetry", "pdm", "pixi", "pipenv", "easy_install", "apt"];
const INSTALLS: &[&str] = &["install", "add", "uvx", "run", "create", "update", "sync", "easy_install"];

impl Parser for Workflow {
    fn name(&self) -> &'static str {
        "workflow"
    }

    fn reads(&self) -> &'static str {
        "GitHub workflows and actions, Azure Pipelines, GitLab CI and other YAML: what its commands install, and `az` commands"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES.and(Groups::POSTURE)
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        matches!(path.extension().as_str(), "yml" | "yaml")
            && !compose::Compose.claims(path, head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let holds_azure = || azure_command::may_be_in(source.text(), document.wanted) || logs_in(source.text(), document.wanted);
        if !holds_installer(source.text()) && !holds_azure() {
            return;
        }
        let text = &*lossy::text(source, document);
        let tree = yaml::read(document, text, source.text_start());
        // `command:` of jobs is read there.
        let is_azureml = azureml::Azureml.claims(&source.path, source.text());
        let mut reader = Reader { tree: &tree, is_azureml, seen: BTreeSet::new() };
        tree.documents.iter().for_each(|root| reader.scripts(document, root, 0));
    }
}

/// The text has a step that signs in to Azure.
fn logs_in(text: &[u8], wanted: Groups) -> bool {
    let is_login = |at: usize| text.get(at + 1..at + 6).is_some_and(|action| action == b"login");
    wanted.overlaps(Groups::POSTURE) && memchr::memchr_iter(b'/', text).any(is_login)
}

/// The text names an installer and what it is told: most YAML does not, and needs no tree.
fn holds_installer(text: &[u8]) -> bool {
    // `pip3`, `$(PIP)`, `micromamba`; not `pipeline`, `pipefail`.
    let is_word = |at: usize, word: &str| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let after = text.get(at + word.len());
        !before.is_some_and(u8::is_ascii_alphanumeric) && !after.is_some_and(u8::is_ascii_alphabetic)
    };
    let holds = |words: &[&str]| {
        words.iter().any(|word| memchr::memmem::find_iter(text, word.as_bytes()).any(|at| is_word(at, word)))
    };
    holds(INSTALLERS) && holds(INSTALLS)
}

struct Reader<'r, 't> {
    tree: &'r Tree<'t>,
    is_azureml: bool,
    /// Where the commands stand that were read: an alias brings them again.
    seen: BTreeSet<usize>,
}

impl Reader<'_, '_> {
    fn scripts(&mut self, document: &mut Document<'_>, node: &Node<'_>, depth: u32) {
        if depth > MAXIMUM_DEPTH {
            return;
        }
        sign_in(document, node);
        for (key, value) in node.entries() {
            let is_script = key.text().is_some_and(|key| SCRIPTS.contains(&key) && !(self.is_azureml && key == "command"));
            if is_script && self.seen.insert(value.span.start) {
                commands(document, self.tree, value);
            }
            self.scripts(document, value, depth + 1);
        }
        node.items().iter().for_each(|item| self.scripts(document, item, depth + 1));
    }
}

/// A step `uses: azure/login@v2` and what it is given (<https://github.com/Azure/login>).
fn sign_in(document: &mut Document<'_>, step: &Node<'_>) {
    let Some((key, uses)) = step.entry("uses") else { return };
    let action = uses.text().unwrap_or_default().split('@').next().unwrap_or_default();
    if !action.eq_ignore_ascii_case("azure/login") || !document.wanted.overlaps(Groups::POSTURE) {
        return;
    }
    let settings = step.get("with").map(|with| azureml_asset::settings(document.source, with, 0)).unwrap_or_default();
    document.assets.push(Asset {
        dialect: Dialect::Yaml,
        kind: "azure/login".to_owned(),
       
        name: String::new(),
        settings,
        location: document.source.first_line(Span::new(key.span.start, uses.span.end)),
    });
}

/// `<<parameters.version>>` of CircleCI is no here-document of a shell: as `{{parameters.version}}` it is filled in later.
fn without_parameters(text: &str) -> Cow<'_, str> {
    let is_parameter = |name: &str| name.trim().starts_with("parameters.") || name.trim().starts_with("pipeline.");
    let mut parts = text.split("<<");
    let mut changed = parts.next().unwrap_or_default().to_owned();
    let mut found = false;
    for part in parts {
        match part.split_once(">>").filter(|(name, _)| is_parameter(name)) {
            Some((name, rest)) => {
                found = true;
                changed.extend(["{{", name, "}}", rest]);
            }
            None => changed.extend(["<<", part]),
        }
    }
    if found { changed.into() } else { text.into() }
}

/// A text, a list of texts, or the words of one command.
pub(super) fn commands(document: &mut Document<'_>, tree: &Tree<'_>, value: &Node<'_>) {
    let texts = || std::iter::once(value).chain(value.items()).filter_map(|node| Some((node, node.text()?)));
    let is_installer = |text: &str| INSTALLERS.contains(&text) || text.starts_with("pip") || text.starts_with("python");
    let is_word = |(_, text): (&Node<'_>, &str)| !text.contains([' ', '\n']);
    let is_words = value.items().len() > 1
        && (texts().all(is_word) || value.items()[0].text().is_some_and(|first| is_installer(first) && !first.contains(' ')));
    if !is_words {
        texts().for_each(|(node, text)| read_mapped(&without_parameters(text), tree.map(node), document));
        return;
    }
    let words: Vec<_> = texts().map(|(node, text)| (text.to_owned(), tree.map(node))).collect();
    read_listed(words.into_iter(), document);
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

    #[test]
    fn commands_of_other_tools() {
        for text in [
            "spec:\n  containers:\n  - command: [sh, -c, 'pip install a==1 && python x.py']\n",
            "steps:\n- entrypoint: pip\n  args: [install, 'b']\n- args: ['-c', 'pip install a==1']\n",
            "jobs:\n  x:\n    steps:\n    - run:\n        name: no\n        command: pip install a==1\n",
            "setup: |\n  pip install a==1\nrun: python x.py\n",
            "stages:\n  train:\n    cmd: pip install a==1\n",
            "tasks:\n  x:\n    cmds:\n    - pip install a==1\n",
            "x:\n  command: [pip, install, a==1]\n",
            "#cloud-config\nruncmd:\n- pip install a==1\n- [pip, install, a==1]\n",
            "command: {{ .Values.python }} -m pip install a==1\n",
        ] {
            assert!(read("x.yaml", text).iter().any(|found| found.starts_with("a ==1 @")), "{text}");
        }
        assert_eq!(
            read("x.yml", "run: |\n  pip install -r r.<<parameters.os>>.txt a==1\n  pip install b==2\n"),
            ["a ==1 @2", "b ==2 @3", "-r r.{{parameters.os}}.txt @2"]
        );
        for text in ["description: pip install a==1\n", "name: pip install a\nsteps: [pip install a]\n", "cmd: python install.py pip\n"] {
            assert_eq!(read("x.yaml", text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_names_azure_ml_or_repeats_itself_is_read_once() {
        let pipeline = "steps:\n- script: pip install a==1\n- bash: az ml job create --set environment=azureml:x@latest\n";
        assert_eq!(read("azure-pipelines.yml", pipeline), ["a ==1 @2"]);
        assert_eq!(read("job.yml", "environment: azureml:x@latest\ncommand: pip install a==1\n"), Vec::<String>::new());
        let alias = ".base: &b\n  script: [pip install a==1]\nx: *b\ny: *b\n";
        assert_eq!(read(".gitlab-ci.yml", alias), ["a ==1 @2"]);
        let mixed = "run: |\n  cat > requirements.txt <<EOF\n  a==1\n  EOF\n  pip install b==<<parameters.v>>\n";
        assert_eq!(read(".circleci/config.yml", mixed), ["a ==1 @3", "b =={{parameters.v}} @5", "-r requirements.txt @2"]);
    }
}
