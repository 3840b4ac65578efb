//! The tree, its spans, and what broken and hostile files give.

use proptest::prelude::*;

use super::*;

fn slice<'t>(text: &'t str, tree: &Tree<'_>, node: &Node<'_>, part: &str) -> &'t str {
    let decoded = node.text().unwrap();
    let at = decoded.find(part).unwrap();
    let span = tree.map(node).source_span(Span::new(at, at + part.len()));
    &text[span.start..span.end]
}

#[test]
fn scalars_of_every_style_map_back_to_their_bytes() {
    let text = "plain: torch==1.0 # c\nsingle: 'it''s torch'\ndouble: \"a\\tb\\u0041 torch\"\nliteral: |\n  pip install torch\n    more\nfolded: >-\n  one\n  torch\nlines: a\n  torch\n";
    let tree = parse(text, 0);
    assert!(tree.error.is_none());
    let root = tree.root().unwrap();
    for key in ["plain", "single", "double", "literal", "folded", "lines"] {
        assert_eq!(slice(text, &tree, root.get(key).unwrap(), "torch"), "torch", "{key}");
    }
    assert_eq!(slice(text, &tree, root.get("literal").unwrap(), "more"), "more");
    assert_eq!(slice(text, &tree, root.get("double").unwrap(), "A"), "\\u0041");
    assert_eq!(slice(text, &tree, root.get("plain").unwrap(), "torch==1.0"), "torch==1.0");
}

#[test]
fn spans_count_from_the_file() {
    let text = "a:\n- é\n- b\n";
    let tree = parse(text, 3);
    let items = tree.root().unwrap().get("a").unwrap();
    assert_eq!(items.items()[1].span, Span::new(13, 14));
    assert_eq!(items.span.end, 14);
}

#[test]
fn aliases_and_merge_keys_are_followed() {
    let text = "base: &b {x: 1}\nuse:\n  <<: *b\n  y: 2\nlist: [*b]\n";
    let tree = parse(text, 0);
    let root = tree.root().unwrap();
    assert_eq!(root.get("use").unwrap().get("x").unwrap().text(), Some("1"));
    assert_eq!(root.get("list").unwrap().items()[0].get("x").unwrap().text(), Some("1"));
}

#[test]
fn exploding_aliases_end_in_an_error() {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let item = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", [item.as_str(); 10].join(",")));
    }
    let tree = parse(&text, 0);
    assert!(tree.error.is_some());
    assert_eq!(tree.root().unwrap().get("a0").unwrap().items().len(), 10);
}

#[test]
fn a_broken_file_gives_the_tree_up_to_the_break() {
    let tree = parse("a:\n  - one\n  - two\nb: [\n", 0);
    assert!(tree.error.is_some());
    assert_eq!(tree.root().unwrap().get("a").unwrap().items().len(), 2);
}

#[test]
fn templates_keep_their_places() {
    let text = "{% set v = \"1.2\" %}\nname: {{ name }}\nrun:\n  - pkg {{ v }}  # [linux]\n  - {{ compiler('c') }}\n{% if x %}\n  - 'a{{b}}'\n{% endif %}\n";
    let tree = parse_template(text, 0);
    assert!(tree.error.is_none(), "{:?}", tree.error);
    let root = tree.root().unwrap();
    assert_eq!(root.get("name").unwrap().text(), Some("{{ name }}"));
    let items: Vec<_> = root.get("run").unwrap().items().iter().map(|item| item.text().unwrap()).collect();
    assert_eq!(items, ["pkg {{ v }}", "{{ compiler('c') }}", "a{{b}}"]);
}

#[test]
fn a_lock_falls_into_its_entries() {
    let text = "version: 1\npackage:\n- name: a\n  deps:\n  - x\n- name: b\n\nmetadata:\n  - y\n";
    let parts: Vec<_> = parts(text, "package").collect();
    let texts: Vec<_> = parts.iter().map(|(_, part)| *part).collect();
    assert_eq!(texts, ["version: 1\npackage:\n", "- name: a\n  deps:\n  - x\n", "- name: b\n\n", "metadata:\n  - y\n"]);
    assert_eq!(parts[2].0, text.find("- name: b").unwrap());
    assert_eq!(super::parts("packages:\n  - conda: x\n    name: y\n", "packages").count(), 2);
    assert_eq!(super::parts("bogus", "packages").count(), 1);
}

proptest! {
    #[test]
    fn nothing_panics_and_spans_lie_inside(text in "[-:a{}\\[\\]&*|>'\"#% \\n\\\\é!?,]{0,80}") {
        for tree in [parse(&text, 0), parse_template(&text, 0)] {
            let mut rest: Vec<_> = tree.documents.iter().collect();
            while let Some(node) = rest.pop() {
                prop_assert!(node.span.end <= text.len());
                if let Value::Scalar(decoded, _) = &node.value {
                    let span = tree.map(node).source_span(Span::new(0, decoded.len()));
                    prop_assert!(span.end <= text.len());
                }
                rest.extend(node.items());
                rest.extend(node.entries().iter().flat_map(|(key, value)| [key, value]));
            }
        }
    }
}
