//! Recipes of conda packages: `meta.yaml` of conda-build and `recipe.yaml` of rattler-build.
//!
//! <https://docs.conda.io/projects/conda-build/en/stable/resources/define-metadata.html>,
//! <https://rattler-build.prefix.dev/latest/reference/recipe_file/>. Jinja is not carried out: both branches of an
//! `{% if %}` count, a version `{{ … }}` is a placeholder, and an item that is nothing but an expression
//! (`{{ compiler("c") }}`) names no package. `# [win]` is kept as the marker.

use super::yaml::{self, Node, Tree};
use super::{Parser, lossy, conda_environment, match_spec, requirement};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Scope, Source};

/// conda recipes.
pub struct CondaRecipe;

impl Parser for CondaRecipe {
    fn name(&self) -> &'static str {
        "conda_recipe"
    }

    fn reads(&self) -> &'static str {
        "conda recipes (`meta.yaml`, `recipe.yaml`)"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        let top = |key: &[u8]| head.starts_with(key) || memchr::memmem::find(head, &[b"\n", key].concat()).is_some();
        matches!(path.file_name(), "meta.yaml" | "meta.yml" | "recipe.yaml" | "recipe.yml")
            && (top(b"package:") || top(b"recipe:") || top(b"outputs:"))
            && (top(b"requirements:") || top(b"build:") || top(b"source:") || top(b"outputs:") || head.len() >= 8192)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        let tree = yaml::parse_template(text, source.text_start());
        if let Some(error) = &tree.error {
            document.notify_at(error.at, NotificationKind::Malformed, error.message.clone());
        }
        for root in &tree.documents {
            output(document, &tree, root);
            for part in root.get("outputs").map(Node::items).unwrap_or_default() {
                output(document, &tree, part);
            }
        }
    }
}

/// What one output (or the recipe as a whole) asks for.
fn output(document: &mut Document<'_>, tree: &Tree<'_>, output: &Node<'_>) {
    if let Some(requirements) = output.get("requirements") {
        // A bare list means `run`.
        list(document, tree, requirements, Scope::Runtime);
        for (key, scope) in [
            ("build", Scope::Build),
            ("host", Scope::Build),
            ("run", Scope::Runtime),
            ("run_constrained", Scope::Constraint),
            ("run_constraints", Scope::Constraint),
        ] {
            if let Some(items) = requirements.get(key) {
                list(document, tree, items, scope);
            }
        }
    }
    if let Some(items) = output.get("test").and_then(|test| test.get("requires")) {
        list(document, tree, items, Scope::Optional);
    }
    for test in output.get("tests").map(Node::items).unwrap_or_default() {
        for key in ["build", "run"] {
            if let Some(items) = test.get("requirements").and_then(|requirements| requirements.get(key)) {
                list(document, tree, items, Scope::Optional);
            }
        }
    }
}

/// A list of match specifications with rattler-build's `if`/`then`/`else` items; the tree's depth bounds the work.
fn list(document: &mut Document<'_>, tree: &Tree<'_>, items: &Node<'_>, scope: Scope) {
    let mut open: Vec<&Node<'_>> = items.items().iter().rev().collect();
    while let Some(item) = open.pop() {
        for branch in ["else", "then"] {
            if let Some(value) = item.get(branch) {
                match value.items() {
                    [] => open.push(value),
                    items => open.extend(items.iter().rev()),
                }
            }
        }
        let Some(text) = item.text() else { continue };
        let expression = text.trim_start();
        if expression.starts_with("{{") || expression.starts_with("${{") {
            let named = requirement::placeholder(expression).and_then(|all| expression.strip_prefix(all));
            // `{{ name }}-base >=1` names a package that is not known; a lone expression may be a compiler.
            if named.is_some_and(|rest| !rest.trim().is_empty()) {
                let message = "the name of a conda package is a placeholder";
                requirement::note(document, item.span.start, NotificationKind::Unsupported, message);
            }
            continue;
        }
        let selector = conda_environment::selector_after(document.source, item.span.end);
        if let Some(dependency) = match_spec::declare(document, text, &tree.map(item), scope) {
            dependency.marker = selector;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Pin;

    fn with<T>(name: &str, text: &str, check: impl FnOnce(&Document<'_>) -> T) -> T {
        let source = Source::new(ArtifactPath::new(name), text.as_bytes());
        assert!(CondaRecipe.claims(&source.path, text.as_bytes()));
        let mut document = Document::new(&source);
        CondaRecipe.parse(&source, &mut document);
        check(&document)
    }

    #[test]
    fn jinja_and_selectors_are_tolerated() {
        let text = "{% set version = \"1.2\" %}\npackage:\n  name: x\n  version: {{ version }}\nbuild:\n  script: {{ PYTHON }} -m pip install .\nrequirements:\n  build:\n    - {{ compiler('c') }}\n  host:\n    - python {{ python }}\n  run:\n    - numpy >=1.2  # [not win]\n    {% if gpu %}\n    - cudatoolkit 11.*\n    {% endif %}\ntest:\n  requires:\n    - pytest\n";
        with("meta.yaml", text, |document| {
            let rows: Vec<_> =
                document.dependencies.iter().map(|d| (d.name.as_str(), d.specifier.as_str(), d.scope)).collect();
            assert_eq!(
                rows,
                [
                    ("python", "{{python}}", Scope::Build),
                    ("numpy", ">=1.2", Scope::Runtime),
                    ("cudatoolkit", "11.*", Scope::Runtime),
                    ("pytest", "", Scope::Optional),
                ]
            );
            assert!(matches!(document.dependencies[0].pin, Pin::Template(_)));
            assert_eq!(document.dependencies[1].marker.as_deref(), Some("not win"));
            assert_eq!(document.dependencies[2].name_at.span.slice(text.as_bytes()), b"cudatoolkit");
            assert!(document.notifications.is_empty(), "{:?}", document.notifications);
        });
    }

    #[test]
    fn conditional_items_are_read() {
        let text = "package:\n  name: x\nbuild:\n  number: 0\nrequirements:\n  run:\n    - if: unix\n      then: [a >=1, b]\n      else: c\n    - ${{ pin_subpackage('x') }}\n    - d\n";
        with("recipe.yaml", text, |document| {
            let names: Vec<_> = document.dependencies.iter().map(|d| d.name.as_str()).collect();
            assert_eq!(names, ["a", "b", "c", "d"]);
        });
    }

    #[test]
    fn other_files_of_the_name_are_not_claimed() {
        assert!(!CondaRecipe.claims(&ArtifactPath::new("meta.yaml"), b"title: x\ndependencies:\n  - a\n"));
    }
}
