//! Python packages under keys of their own in the configuration of other tools: Cog (`cog.yaml`), BentoML
//! (`bentofile.yaml`), Truss (`config.yaml`), hooks of pre-commit, jobs and bundles of Databricks, tasks of Ansible.
//!
//! <https://github.com/replicate/cog/blob/main/docs/yaml.md>, <https://docs.bentoml.com/en/1.3/reference/bentofile.html>,
//! <https://docs.baseten.co/reference/truss-configuration>, <https://pre-commit.com/#config-additional_dependencies>,
//! <https://docs.databricks.com/api/workspace/jobs/create>,
//! <https://docs.ansible.com/ansible/latest/collections/ansible/builtin/pip_module.html>.

use super::yaml::{self, Node, Tree};
use super::{Parser, conda_environment, install_command, lossy, requirement, requirements};
use crate::model::{
    ArtifactPath, Document, Groups, OffsetMap, Redacted, Reference, ReferenceKind, Scope, Segment,
    SegmentKind, Source, Span,
};

/// Lists of packages of other tools.
pub struct PackageLists;

/// Collections inside collections that are followed.
const MAXIMUM_DEPTH: u32 = 64;

/// What the files have in their beginning, one of each at least.
const SIGNS: &[&str] = &["python_packages", "additional_dependencies", "pypi:", "\"pypi\"", "pip:", "bentofile", "model_class_name", "model_name:"];

impl Parser for PackageLists {
    fn name(&self) -> &'static str {
        "package_lists"
    }

    fn reads(&self) -> &'static str {
        "`cog.yaml`, `bentofile.yaml`, Truss, pre-commit hooks, Databricks jobs and bundles, Ansible's `pip`: their packages"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        let is_json = path.extension() == "json" && memchr::memmem::find(head, b"\"pypi\"").is_some();
        let is_yaml = matches!(path.extension().as_str(), "yml" | "yaml");
        let has_sign = || SIGNS.iter().any(|sign| memchr::memmem::find(head, sign.as_bytes()).is_some());
        is_json || is_yaml && (path.file_name().starts_with("bentofile") || has_sign())
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        let tree = yaml::read(document, text, source.text_start());
        for root in &tree.documents {
            let mut reader = Reader { tree: &tree, document: &mut *document };
            reader.cog(root);
            reader.bento(root);
            reader.truss(root);
            reader.anywhere(root, false, 0);
        }
    }
}

/// A hook of pre-commit that says no other language.
fn is_python(hook: &Node<'_>) -> bool {
    hook.get("language").and_then(Node::text).is_none_or(|language| language.starts_with("python"))
}

struct Reader<'r, 't, 'd> {
    tree: &'r Tree<'t>,
    document: &'r mut Document<'d>,
}

impl Reader<'_, '_, '_> {
    fn declare(&mut self, node: &Node<'_>, scope: Scope) {
        if let Some(text) = node.text() {
            requirements::declare_line(self.document, text, &self.tree.map(node), scope);
        }
    }

    fn declare_all(&mut self, list: Option<&Node<'_>>) {
        list.map(Node::items).unwrap_or_default().iter().for_each(|item| self.declare(item, Scope::Runtime));
    }

    fn refer(&mut self, node: Option<&Node<'_>>, kind: ReferenceKind) {
        let Some((node, value)) = node.and_then(|node| Some((node, node.text()?))) else { return };
        let location = self.document.source.location(self.tree.map(node).source_span(Span::new(0, value.len())));
        self.document.references.push(Reference { kind, value: Redacted::url(value), location });
    }

    fn cog(&mut self, root: &Node<'_>) {
        if let Some(build) = root.get("build") {
            self.declare_all(build.get("python_packages"));
            self.refer(build.get("python_requirements"), ReferenceKind::Requirements);
        }
    }

    fn bento(&mut self, root: &Node<'_>) {
        if root.get("service").is_none() {
            return;
        }
        if let Some(python) = root.get("python") {
            self.declare_all(python.get("packages"));
            self.refer(python.get("requirements_txt"), ReferenceKind::Requirements);
        }
        if let Some(conda) = root.get("conda") {
            conda_environment::declare(self.document, self.tree, conda, Scope::Runtime);
            self.declare_all(conda.get("pip"));
            self.refer(conda.get("environment_yml"), ReferenceKind::CondaFile);
        }
        self.refer(root.get("docker").and_then(|docker| docker.get("base_image")), ReferenceKind::Image);
    }

    fn truss(&mut self, root: &Node<'_>) {
        let is_truss = ["python_version", "resources", "model_metadata", "secrets"].iter().any(|key| root.get(key).is_some());
        if root.get("model_class_name").is_some() || (root.get("model_name").is_some() && is_truss) {
            self.declare_all(root.get("requirements"));
            self.refer(root.get("requirements_file"), ReferenceKind::Requirements);
        }
    }

    /// What stands at any depth.
    fn anywhere(&mut self, node: &Node<'_>, is_item: bool, depth: u32) {
        if depth > MAXIMUM_DEPTH {
            return;
        }
        for (key, value) in node.entries() {
            match key.text() {
                // `pypi: {package: torch==1.13.1}`
                Some("pypi") => {
                    value.get("package").into_iter().for_each(|package| self.declare(package, Scope::Runtime));
                }
                // Of hooks in other languages they are no Python packages; what has a version of Python's form is.
                Some("additional_dependencies") if is_python(node) => {
                    let has_version = |text: &str| requirement::read(text).is_ok_and(|read| !read.specifier.is_empty());
                    let items = value.items().iter().filter(|item| item.text().is_some_and(has_version));
                    items.for_each(|item| self.declare(item, Scope::Optional));
                }
                Some("pip" | "ansible.builtin.pip") if is_item => self.ansible(value),
                _ => {}
            }
            self.anywhere(value, false, depth + 1);
        }
        node.items().iter().for_each(|item| self.anywhere(item, true, depth + 1));
    }

    /// `pip: {name: torch, version: 1.13.1}`, `pip: {name: [torch==1.13.1]}`, `pip: {requirements: r.txt}`,
    /// `pip: name=torch version=1.13.1`.
    fn ansible(&mut self, task: &Node<'_>) {
        // What stands in `{{ … }}` is known when the task runs.
        let is_open = |node: &Node<'_>| node.text().is_some_and(|text| text.contains("{{"));
        let is_removed = task.get("state").is_some_and(|state| state.text() == Some("absent"));
        if is_removed || is_open(task) || task.get("name").is_some_and(is_open) {
            return;
        }
        self.refer(task.get("requirements"), ReferenceKind::Requirements);
        match (task.get("name"), task.get("version")) {
            (Some(name), Some(version)) => {
                if let (Some(package), Some(number)) = (name.text(), version.text()) {
                    let (to_name, to_version) = (self.tree.map(name), self.tree.map(version));
                    let (pinned, map) = requirement::pinned((package, to_name), "==", (number, &to_version));
                    if let Some(dependency) = requirement::declare(self.document, &pinned, &map, Scope::Runtime) {
                        // It is written without a sign.
                        number.clone_into(&mut dependency.specifier);
                    }
                }
            }
            (Some(name), None) => {
                std::iter::once(name).chain(name.items()).for_each(|package| self.declare(package, Scope::Runtime));
            }
            (None, _) => self.ansible_words(task),
        }
    }

    fn ansible_words(&mut self, task: &Node<'_>) {
        let Some(text) = task.text().filter(|text| text.contains('=')) else { return };
        let map = self.tree.map(task);
        let word = |key: &str| {
            let at = text.find(key).filter(|at| *at == 0 || text.as_bytes()[at - 1] == b' ')? + key.len();
            let len = text[at..].find(' ').unwrap_or(text.len() - at);
            Some((at, &text[at..at + len]))
        };
        let Some((at, name)) = word("name=") else { return };
        let to_name = OffsetMap::identity(at, name.len());
        let version = word("version=");
        let (declared, own) = match version {
            Some((at, version)) => {
                requirement::pinned((name, to_name), "==", (version, &OffsetMap::identity(at, version.len())))
            }
            None => (name.to_owned(), to_name),
        };
        let known = self.document.dependencies.len();
        let segment = Segment::new(text.as_bytes(), map, SegmentKind::Text, None);
        let place = install_command::Place::segment(&segment);
        install_command::declare(&declared, &own, Scope::Runtime, &place, self.document);
        if let (Some(dependency), Some((_, version))) = (self.document.dependencies.get_mut(known), version) {
            version.clone_into(&mut dependency.specifier);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(ArtifactPath::new(path), text.as_bytes());
        assert!(PackageLists.claims(&source.path, text.as_bytes()), "{path}: {text}");
        let mut document = Document::new(&source);
        PackageLists.parse(&source, &mut document);
        assert!(document.notifications.is_empty(), "{:?}", document.notifications);
        let packages = document.dependencies.iter().map(|found| {
            let name = String::from_utf8_lossy(found.name_at.span.slice(text.as_bytes())).into_owned();
            assert_eq!(name, found.name, "{text}");
            format!("{}{} @{}", found.name, found.specifier, found.declared_at.start.line)
        });
        let references = document.references.iter().map(|found| format!("{} {}", found.kind.name(), found.value));
        packages.chain(references).collect()
    }

    #[test]
    fn models_that_are_packed() {
        assert_eq!(
            read("cog.yaml", "build:\n  python_packages:\n    - torch==1.13.1\n    - a\n  python_requirements: r.txt\n"),
            ["torch==1.13.1 @3", "a @4", "requirements r.txt"]
        );
        assert_eq!(
            read("bentofile.yaml", "service: s:svc\npython:\n  packages: [torch==1.13.1]\n  requirements_txt: r.txt\nconda:\n  dependencies: [c=1.2]\n  pip: [d]\ndocker:\n  base_image: i:1\n"),
            ["torch==1.13.1 @3", "c1.2.* @6", "d @7", "requirements r.txt", "image i:1"]
        );
        assert_eq!(
            read("config.yaml", "model_class_name: Model\nrequirements:\n- torch==1.13.1\nrequirements_file: r.txt\n"),
            ["torch==1.13.1 @3", "requirements r.txt"]
        );
    }

    #[test]
    fn hooks_and_jobs() {
        let hooks = "repos:\n- hooks:\n  - id: mypy\n    additional_dependencies: [torch==1.13.1, eslint, 'prettier@2.0', 'a>=2']\n";
        assert_eq!(read(".pre-commit-config.yaml", hooks), ["torch==1.13.1 @4", "a>=2 @4"]);
        assert_eq!(read("databricks.yml", "tasks:\n- libraries:\n  - pypi:\n      package: torch==1.13.1\n"), ["torch==1.13.1 @4"]);
        assert_eq!(read("job.json", "{\"libraries\": [{\"pypi\": {\"package\": \"torch==1.13.1\"}}]}"), ["torch==1.13.1 @1"]);
    }

    #[test]
    fn tasks_of_ansible() {
        assert_eq!(
            read(
                "play.yml",
                "- tasks:\n  - pip:\n      name: torch\n      version: 1.13.1\n  - ansible.builtin.pip:\n      name: [a, b==1]\n  - pip: name=torch version=1.13.1 state=present\n  - pip:\n      requirements: r.txt\n"
            ),
            ["torch1.13.1 @3", "a @6", "b==1 @6", "torch1.13.1 @7", "requirements r.txt"]
        );
        for text in [
            "- pip: {name: torch, version: 1.13.1, state: absent}\n",
            "- pip:\n    name: '{{ item }}'\n",
            "pip:\n  name: my-release\n  version: 1.2.3\n",
        ] {
            assert_eq!(read("values.yaml", text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(read("environment.yml", "dependencies:\n- pip:\n  - torch==1.13.1\n"), Vec::<String>::new());
    }
}
