//! Recipes of conda packages: `meta.yaml` of conda-build and `recipe.yaml` of rattler-build.
//!
//! <https://docs.conda.io/projects/conda-build/en/stable/resources/define-metadata.html>,
//! <https://rattler-build.prefix.dev/latest/reference/recipe_file/>. Jinja is not carried out: both branches of an
//! `{% if %}` count, `{{ name }}` stands for what `{% set name = "…" %}` or `context:` says and for nothing else, and an item that is nothing but an expression
//! (`{{ compiler("c") }}`) names no package. `# [win]` is kept as the marker.

use std::collections::BTreeMap;

use super::yaml::{self, Node, Tree};
use super::{Parser, lossy, conda_environment, match_spec, requirement};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, OffsetMap, Scope, Source};

/// Statements and context entries that are looked at.
const MAXIMUM_NAMES: usize = 1000;
/// What one item may grow to, in bytes.
const MAXIMUM_FILLED: usize = 4096;

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
            let known = Known::of(text, root);
            output(document, &tree, root, &known);
            for part in root.get("outputs").map(Node::items).unwrap_or_default() {
                output(document, &tree, part, &known);
            }
        }
    }
}

/// Names that a recipe gives a text.
struct Known<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Known<'a> {
    /// `{% set name = "text" %}` of the file (the first of a name), and the texts of `context:`.
    fn of(text: &'a str, root: &'a Node<'a>) -> Self {
        let mut known = BTreeMap::new();
        for (_, after) in text.match_indices("{%").map(|(at, _)| text.split_at(at + 2)).take(MAXIMUM_NAMES) {
            let statement = after.split("%}").next().unwrap_or_default().trim_matches(['-', '+', ' ', '\t']);
            let Some((name, value)) = statement.strip_prefix("set ").and_then(|rest| rest.split_once('=')) else {
                continue;
            };
            let value = value.trim();
            let quoted = ['"', '\''].into_iter().find_map(|quote| {
                let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
                (!inner.contains(quote)).then_some(inner)
            });
            let number = Some(value).filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
            if let Some(value) = quoted.or(number) {
                known.entry(name.trim()).or_insert(value);
            }
        }
        for (name, value) in root.get("context").map(Node::entries).unwrap_or_default().iter().take(MAXIMUM_NAMES) {
            if let (Some(name), Some(value)) = (name.text(), value.text()) {
                known.entry(name).or_insert(value);
            }
        }
        Self(known)
    }

    /// `text` with what is known in place of `{{ name }}` and `${{ name }}`, and the way back to `text`.
    fn filled(&self, text: &str) -> (String, OffsetMap) {
        let (mut out, mut map) = (String::new(), OffsetMap::default());
        let mut at = 0_usize;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let end = rest.find("{{").and_then(|open| Some(open + rest.get(open..)?.find("}}")? + 2));
            let open = rest.find("{{").unwrap_or(rest.len());
            let (Some(end), true) = (end, out.len() < MAXIMUM_FILLED) else {
                out.push_str(rest);
                map.push(rest.len(), at, rest.len());
                break;
            };
            let name = rest.get(open + 2..end - 2).unwrap_or_default().trim();
            let value = self.0.get(name).filter(|value| !value.contains("{{"));
            // GitHub's and rattler-build's form has a `$` before it.
            let open = if value.is_some() && rest.get(..open).is_some_and(|t| t.ends_with('$')) { open - 1 } else { open };
            let kept = if value.is_some() { open } else { end };
            out.push_str(rest.get(..kept).unwrap_or_default());
            map.push(kept, at, kept);
            if let Some(value) = value {
                out.push_str(value);
                map.push(value.len(), at + open, end - open);
            }
            at += end;
        }
        (out, map)
    }
}

/// What one output (or the recipe as a whole) asks for.
fn output(document: &mut Document<'_>, tree: &Tree<'_>, output: &Node<'_>, known: &Known<'_>) {
    if let Some(requirements) = output.get("requirements") {
        // A bare list means `run`.
        list(document, tree, requirements, known, Scope::Runtime);
        for (key, scope) in [
            ("build", Scope::Build),
            ("host", Scope::Build),
            ("run", Scope::Runtime),
            ("run_constrained", Scope::Constraint),
            ("run_constraints", Scope::Constraint),
        ] {
            if let Some(items) = requirements.get(key) {
                list(document, tree, items, known, scope);
            }
        }
    }
    if let Some(items) = output.get("test").and_then(|test| test.get("requires")) {
        list(document, tree, items, known, Scope::Optional);
    }
    for test in output.get("tests").map(Node::items).unwrap_or_default() {
        for key in ["build", "run"] {
            if let Some(items) = test.get("requirements").and_then(|requirements| requirements.get(key)) {
                list(document, tree, items, known, Scope::Optional);
            }
        }
    }
}

/// A list of match specifications with rattler-build's `if`/`then`/`else` items; the tree's depth bounds the work.
fn list(document: &mut Document<'_>, tree: &Tree<'_>, items: &Node<'_>, known: &Known<'_>, scope: Scope) {
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
        let (text, filled) = known.filled(text);
        let text = text.as_str();
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
        if let Some(dependency) = match_spec::declare(document, text, &filled.through(&tree.map(item)), scope) {
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
    fn what_is_set_is_put_in() {
        let text = "{% set name = \"Numpy\" %}\n{%- set ver='1.2' -%}\n{% set n = 3 %}\n{% set e = name ~ 'x' %}\npackage:\n  name: {{ name|lower }}\nrequirements:\n  run:\n    - {{ name }} >={{ ver }},<{{ n }}\n    - {{ e }} >=1\n    - b {{ e }}\n";
        with("meta.yaml", text, |document| {
            let rows: Vec<_> = document.dependencies.iter().map(|d| (d.name.as_str(), d.specifier.as_str())).collect();
            assert_eq!(rows, [("Numpy", ">=1.2,<3"), ("b", "{{e}}")]);
            assert_eq!(document.dependencies[0].name_at.span.slice(text.as_bytes()), b"{{ name }}");
            assert_eq!(document.notifications.len(), 1);
        });
        let text = "context:\n  v: '2.0'\npackage:\n  name: x\nbuild:\n  number: 0\nrequirements:\n  run:\n    - a ==${{ v }}\n";
        with("recipe.yaml", text, |document| assert_eq!(document.dependencies[0].pin, Pin::Exact("2.0".into())));
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
