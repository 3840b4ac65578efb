//! Tests of Python: names, literals, calls and joined strings.

use super::*;
use crate::model::Literal;
use proptest::prelude::*;

fn document(text: &str, check: impl FnOnce(&Document<'_>)) {
    let source = Source::new(ArtifactPath::new("a.py"), text.as_bytes());
    let mut document = Document::new(&source);
    Python.parse(&source, &mut document);
    check(&document);
}

fn functions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    document(text, |document| {
        found = document.calls.iter().map(|call| call.function.clone()).collect();
        for call in &document.calls {
            let written = call.location.span.slice(text.as_bytes());
            assert!(written.ends_with(b")"), "the span of a call is the call");
        }
    });
    found
}

#[test]
fn import_aliases_are_resolved() {
    assert_eq!(
        functions(
            "import pickle as pk, torch.hub\nimport numpy as np\nfrom pickle import loads as L, Unpickler\nfrom joblib import *\n\
             from .pickle import load as own\npk.load(f)\nL(b)\nUnpickler(f).load()\nu = Unpickler(f)\nu.load()\nload(p)\n\
             own(p)\nnp.load(p)\nnp.array(1)\ntorch.hub.load('a/b')\nmodel.load_weights(p)\nx[0].load(p)\n__import__('pickle').loads(b)\n"
        ),
        [
            "pickle.load",
            "pickle.loads",
            "pickle.Unpickler().load",
            "pickle.Unpickler",
            "pickle.Unpickler",
            "pickle.Unpickler().load",
            "joblib.load",
            ".pickle.load",
            "numpy.load",
            "torch.hub.load",
            "model.load_weights",
            "?.load",
            "pickle.loads",
        ]
    );
}

#[test]
fn what_the_file_defines_is_not_the_import() {
    assert_eq!(functions("from pickle import load\ndef load(x): pass\nload(1)\n"), ["load"]);
}

#[test]
fn a_variable_with_the_name_of_a_module_is_none() {
    let text = "def a(x):\n    yaml = YAML()\n    return yaml.load(x)\ndef b(x):\n    yaml = make()\n    return yaml.load(x)\n";
    assert_eq!(functions(text), ["?.load", "?.load"]);
    assert_eq!(functions("try:\n    import yaml\nexcept ImportError:\n    yaml = None\nyaml.load(x)\n"), ["yaml.load"]);
    let text = "def a(x):\n    torch = pytest.importorskip('torch')\n    torch.load(x)\n";
    assert_eq!(functions(text), ["torch.load"]);
    assert_eq!(functions(&format!("{text}{}", text.replace("def a", "def b"))), ["torch.load", "torch.load"]);
}

#[test]
fn an_imported_function_is_no_method() {
    let text = "from a.utils import load_weights\nfrom tensorflow import load_op_library\nload_weights(p)\nload_op_library(p)\nm.load_weights(p)\n\
                load = m.load_weights\nload(p)\n";
    assert_eq!(functions(text), ["tensorflow.load_op_library", "m.load_weights", "m.load_weights"]);
}

#[test]
fn functions_that_are_handed_on_are_called() {
    let text = "import functools, importlib, pickle, torch\nfunctools.partial(torch.load, weights_only=True)\nmap(pickle.loads, x)\n\
                pool.submit(torch.load, p)\ngetattr(pickle, 'load')(f)\nimportlib.import_module('pickle').loads(b)\n";
    assert_eq!(functions(text), ["torch.load", "pickle.loads", "torch.load", "pickle.load", "pickle.loads", "importlib.import_module"].map(str::to_owned));
    document("import torch\nk = {'a': 1}\ntorch.load(p, **{'weights_only': True})\ntorch.load(p, **k)\n", |document| {
        let [inline, named] = document.calls.as_slice() else { panic!("two calls") };
        assert_eq!(inline.argument("weights_only").unwrap().value, Literal::Boolean(true));
        assert!(!inline.has_splat && named.has_splat && named.argument("a").is_some());
    });
}

#[test]
fn more_calls_than_are_looked_at_are_told() {
    for (calls, notes) in [(19_999, 0), (20_000, 1)] {
        let text = format!("import pickle\n{}pickle.load(x)\n", "f()\n".repeat(calls));
        document(&text, |document| {
            assert_eq!((document.calls.len(), document.notifications.len()), (1 - notes, notes));
        });
    }
}

#[test]
fn classes_are_the_loader_below_them() {
    let text = "import pickle, yaml\nclass Mine(yaml.SafeLoader): pass\nclass All(pickle.Unpickler):\n  def find_class(self, m, n):\n    \
                if m == 'a': m = 'b'\n    return super().find_class(m, n)\nclass Few(pickle.Unpickler):\n  def find_class(self, m, n):\n    \
                if n in OK: return super().find_class(m, n)\n    raise ValueError\nAll(f).load()\nFew(f).load()\nyaml.load(f, Loader=Mine)\n";
    document(text, |document| {
        let names: Vec<&str> = document.calls.iter().map(|call| call.function.as_str()).collect();
        assert!(names.contains(&"pickle.Unpickler") && names.contains(&"Few().load"), "{names:?}");
        let yaml = document.calls.iter().find(|call| call.function == "yaml.load").unwrap();
        assert_eq!(yaml.argument("Loader").unwrap().value, Literal::Name("yaml.SafeLoader".to_owned()));
    });
}

#[test]
fn arguments_are_literal_as_far_as_they_are_written() {
    document("import torch\nP = 'm' '.pt'\ntorch.load(P, f'{P}!', x=[1, -2, None, y.z], w={'a': True, b: 2}, **k)\n", |document| {
        let [call] = document.calls.as_slice() else { panic!("one call") };
        assert!(call.has_splat);
        assert_eq!(call.positional[0].value, Literal::Text("m.pt".to_owned()));
        assert_eq!(call.positional[0].location.start.line, 3);
        assert_eq!(call.positional[1].value, Literal::Text("m.pt!".to_owned()));
        let Literal::List(list) = &call.argument("x").unwrap().value else { panic!("a list") };
        let values: Vec<&Literal> = list.iter().map(|argument| &argument.value).collect();
        assert_eq!(values, [&Literal::Integer(1), &Literal::Integer(-2), &Literal::None, &Literal::Name("y.z".to_owned())]);
        let Literal::Mapping(items) = &call.argument("w").unwrap().value else { panic!("a mapping") };
        assert_eq!(items.len(), 1);
    });
}

#[test]
fn programs_that_install() {
    document(
        "import os, subprocess, sys\nos.system('pip install a==1 && pip install \"b>=2\"')\n\
         subprocess.check_call([sys.executable, '-m', 'pip', 'install', 'c==3', name, f'd=={V}'])\n\
         get_ipython().run_line_magic('pip', 'install e')\nget_ipython().system('pip install f')\nprint('pip install no')\n",
        |document| {
            let found: Vec<String> =
                document.dependencies.iter().map(|found| format!("{} {} @{}", found.name, found.specifier, found.declared_at.start.line)).collect();
            assert_eq!(found, ["a ==1 @2", "b >=2 @2", "c ==3 @3", "d =={V} @3", "e  @4", "f  @5"]);
        },
    );
}

fn joined_text(text: &str) -> String {
    let segment = Segment::whole(text.as_bytes(), SegmentKind::Python);
    joined(&segment).map(|joined| String::from_utf8(joined.text.into_owned()).unwrap()).unwrap_or_default()
}

#[test]
fn strings_are_joined() {
    assert_eq!(joined_text("tok = \"ab\" + \"cd\"\n"), "tok = \"abcd\"\n");
    assert_eq!(joined_text("tok = (\"ab\"  # why\n       'cd')\n"), "tok = \"abcd\"\n");
    assert_eq!(joined_text("p = \"ab\"\nq = f\"{p}cd\"\n"), "q = \"abcd\"\n");
    assert_eq!(joined_text("p = 'ab'\nq = p + 'cd' \\\n  r'\\e'\n"), "q = p + \"abcd\\e\"\n");
    assert_eq!(joined_text("p = 'ab'\nr = 'cd'\nq = p + r + p + 'ef'\n"), "q = p + r + p + \"abcdabef\"\n");
    assert_eq!(joined_text("q = f'ab{x}cd{{}}'"), "q = \"abcd{}\"\n");
    assert_eq!(joined_text("p = 'ab'\nq = ''.join([p, 'cd',\n  r'ef'])\n"), "q = \"abcdef\"\n");
    assert_eq!(joined_text("q = '-'.join(('ab', 'cd'))\nr = ' '.join(['a', unknown, 'b'])\n"), "q = \"ab-cd\"\n");
    assert_eq!(joined_text("a = 'x'\nb = \"it's\" # 'no' 'no'\n'''doc 'a' 'b' '''\nc = ['a', 'b']\n"), "");
    assert_eq!(joined_text("q = 'a\\x62' 'c\\\nd'"), "q = \"abcd\"\n");
}

#[test]
fn sums_of_names_are_joined() {
    assert_eq!(joined_text("p1 = 'abcdef01'\np2 = 'gh'\nq = p1 + p2\n"), "q = \"abcdef01gh\"\n");
    assert_eq!(joined_text("a = 'abcdef01'\nb = 'gh'\nf(key=a +\n  b+a, n=a + c)\n"), "f(key= \"abcdef01ghabcdef01\"\n");
    assert_eq!(joined_text("a = 'abcdef01'\nb = 'gh'\nf(a + \\\n  b  # why\n  + a)\n"), "f \"abcdef01ghabcdef01\"\n");
    let class = "class C:\n    A = 'abcdef01'\n    B = 'gh'\n    KEY = A + B\n";
    assert_eq!(joined_text(class), "    KEY = \"abcdef01gh\"\n");
    // Parameters that are called as variables of other functions.
    let scopes = "def f():\n    a = 'abcdef01'\ndef g():\n    b = 'Abc123x9'\ndef h(a, b):\n    c = a + b\n";
    assert_eq!(joined_text(scopes), "");
    // No value that may be a piece of a secret.
    assert_eq!(joined_text("a = 'some words 1'\nb = 'more'\nq = a + b\n"), "");
    assert_eq!(joined_text("a = 'abcdef01'\nb = 1\nq = a + b\na += a\n"), "");
}

#[test]
fn templates_are_filled_in() {
    let names = "a = 'ab'\nb = 'cd'\n";
    for (template, wanted) in [
        ("q = '{}{}'.format(a, b)", "q = \"abcd\"\n"),
        ("q = '{1}-{0:>4}'.format(a, 'x')", "q = \"x-ab\"\n"),
        ("q = 'https://{user}:{p!s}@h'.format(user=a, p = b)", "q = \"https://ab:cd@h\"\n"),
        ("q = '%s%%%s' % (a, b)", "q = \"ab%%cd\"\n"),
        ("q = 'x%(k)sy' % {}", ""),
        ("q = 'x-%5.2s' % b", "q = \"x-cd\"\n"),
        ("q = '{}{}{}'.format(a, f(x, ')'), b)", "q = \"ab{}cd\"\n"),
        ("q = 'pw=%s h=%s' % (pw, a)", "q = \"pw=%s h=ab\"\n"),
        ("q = '{}'.format(a)\nr = '%s' % b\ns = '{}{}'.format(x, y)\nt = 5 % 3", ""),
    ] {
        assert_eq!(joined_text(&format!("{names}{template}\n")), wanted, "{template}");
    }
    let text = format!("a = '{}'\nb = '{}'.format(a)\n", "x".repeat(4000), "{0}".repeat(10_000));
    assert!(joined_text(&text).len() <= 2 * text.len());
}

#[test]
fn joined_strings_map_to_their_parts() {
    let text = "tok = ('ab'\n  'c\\x64')";
    let segment = Segment::whole(text.as_bytes(), SegmentKind::Python);
    let joined = joined(&segment).unwrap();
    let at = memchr::memmem::find(&joined.text, b"abcd").unwrap();
    assert_eq!(joined.source_span(Span::new(at, at + 4)).slice(text.as_bytes()), b"ab'\n  'c\\x64");
    assert_eq!(joined.source_span(Span::new(at + 3, at + 4)).slice(text.as_bytes()), b"\\x64");
}

#[test]
fn growth_is_bounded() {
    let text = format!("a = '{}'\nb = f'{}'\n", "x".repeat(4000), "{a}".repeat(10_000));
    assert!(joined_text(&text).len() <= 2 * text.len());
    // Neither strings in a very long line nor the parts of one that begins there ask for the whole line each.
    let strings = format!("x = [{}\n", "'a' 'b', ".repeat(100_000));
    assert!(joined_text(&strings).contains("\"ab\""));
    let parts = format!("{} = ('a'{})\n", "x".repeat(2_000_000), "\n 'b'".repeat(200_000));
    assert!(joined_text(&parts).contains("abbb"));
    let mut text = "import torch\nx0 = [1, 2, 3, 4, 5, 6, 7, 8]\n".to_owned();
    for level in 1..16 {
        text.push_str(&format!("x{level} = [{}]\n", format!("x{},", level - 1).repeat(8)));
    }
    text.push_str("torch.load(x15)\n");
    assert_eq!(functions(&text), ["torch.load"]);
}

#[test]
fn hostile_nesting_is_told() {
    document(&format!("import pickle\npickle.load({}", "(".repeat(100_000)), |document| {
        assert_eq!(document.notifications.len(), 1);
    });
    document(&format!("pickle.load({}x)\n", "f(".repeat(900)), |document| assert!(!document.calls.is_empty()));
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(import pickle\n|pickle\\.load|os\\.system|[a-z=+.,:'\"(){}\\[\\]\\\\ \n]|f'|r\"|\"\"\"|é|#){0,60}") {
        document(&text, |document| {
            for segment in &document.segments {
                assert_eq!(segment.map.decoded_len(), segment.text.len());
                assert!(segment.source_span(Span::new(0, segment.text.len())).end <= text.len());
            }
        });
    }
}

#[test]
fn cell_magics_that_are_called_install() {
    let text = "get_ipython().run_cell_magic('bash', '', 'pip install a==1')\nget_ipython().run_cell_magic('html', '', 'pip install no')\n";
    document(text, |document| {
        assert_eq!(document.dependencies.len(), 1);
        assert_eq!(document.dependencies[0].name_at.span.slice(text.as_bytes()), b"a");
    });
}

#[test]
fn sessions_of_nox_install() {
    let text = "import nox\ndef t(session):\n    session.install('a==1', '-r', 'r.txt')\n    session.conda_install('b=1')\n    session.run('pip', 'install', 'c')\n    session.run('pytest', 'd')\n";
    document(text, |document| {
        let names: Vec<_> = document.dependencies.iter().map(|d| format!("{} {}", d.name, d.specifier)).collect();
        assert_eq!(names, ["a ==1", "b 1.*", "c "]);
        assert_eq!(document.references.len(), 1);
    });
}
