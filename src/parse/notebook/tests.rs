//! Tests of notebooks: segments, their places in the file, magics and shell lines.

use super::*;
use proptest::prelude::*;

fn document(text: &str, check: impl FnOnce(&Document<'_>)) {
    let source = Source::new(ArtifactPath::new("a.ipynb"), text.as_bytes());
    let mut document = Document::new(&source);
    Notebook.parse(&source, &mut document);
    check(&document);
}

/// A notebook of one code cell with this source.
fn cell(source: &str) -> String {
    let lines: Vec<&str> = source.split_inclusive('\n').collect();
    let cell = serde_json::json!({"cell_type": "code", "id": "c1", "metadata": {}, "outputs": [], "source": lines});
    serde_json::to_string_pretty(&serde_json::json!({"cells": [cell], "metadata": {}, "nbformat": 4})).unwrap()
}

/// Packages as `name specifier @line of the cell`.
fn packages(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    document(text, |document| {
        for dependency in &document.dependencies {
            assert_eq!(dependency.name_at.span.slice(text.as_bytes()), dependency.name.as_bytes());
            let Some(Logical::Cell { line, .. }) = &dependency.declared_at.logical else { panic!("no cell") };
            found.push(format!("{} {} @{line}", dependency.name, dependency.specifier).replace("  ", " "));
        }
    });
    found
}

#[test]
fn parts_of_a_notebook_are_segments() {
    let text = r##"{"cells": [
 {"cell_type": "markdown", "source": "# \u00e9", "attachments": {"a.png": {"image/png": "iVBORw0KGgo="}}},
 {"outputs": [
   {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
   {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\u001b[1mx\u001b[0my", "z"]},
   {"output_type": "display_data", "data": {"image/png": "aGk=", "text/html": ["<b>", "c"], "application/json": {"k": "v"}}, "metadata": {"m": 1}},
   {"output_type": "display_data", "data": {"image/png": "not base64: secret"}}
  ], "source": ["p = 1\n", "q"], "cell_type": "code", "id": "x9", "metadata": {"tags": ["t"]}}
 ], "metadata": {"widgets": {"w": "state"}}, "nbformat": 4}"##;
    document(text, |document| {
        let mut found = Vec::new();
        for segment in &document.segments {
            let part = match &segment.logical {
                Some(Logical::Cell { index, part, .. }) => format!("{index} {part}"),
                _ => "-".to_owned(),
            };
            let name = segment.stable_name.clone().unwrap_or_default();
            found.push(format!("{part} {:?} {name}: {}", segment.kind, String::from_utf8_lossy(&segment.text)));
            assert_eq!(segment.map.decoded_len(), segment.text.len());
        }
        for expected in [
            "0 source Prose : # \u{e9}",
            "1 output 0 Output x9: a\nb",
            "1 output 0 Metadata x9: \"name\": \"stdout\"",
            "1 output 1 Metadata x9: \"ename\": \"E\"",
            "1 output 1 error Output x9: v",
            "1 output 1 traceback Output x9: xy\nz",
            "1 output 2 text/html Output x9: <b>c",
            "1 output 2 application/json Metadata x9: {\"k\": \"v\"}",
            "1 output 2 Metadata x9: \"metadata\": {\"m\": 1}",
            "1 output 3 image/png Output x9: not base64: secret",
            "1 source Python x9: p = 1\nq",
            "1 id Metadata x9: x9",
            "1 metadata Metadata x9: \"metadata\": {\"tags\": [\"t\"]}",
            "- Metadata : \"metadata\": {\"widgets\": {\"w\": \"state\"}}",
        ] {
            assert!(found.iter().any(|line| line == expected), "{expected}\n{found:#?}");
        }
        assert_eq!(found.len(), 14, "{found:#?}");
        assert!(document.notifications.is_empty());
    });
}

#[test]
fn installs_in_cells() {
    assert_eq!(
        packages(&cell(
            "import x\n%pip install -q 'a>=1' b==2\nif True:\n    !{sys.executable} -m pip install \\\n      c\nout = !pip install d\npip install e\n\
             %conda install -y f=1.0\n\"\"\"\n!pip install no\n\"\"\"\n# !pip install no\nprint('!pip install no')"
        )),
        ["a >=1 @2", "b ==2 @2", "c @5", "d @6", "e @7", "f 1.0.* @8"]
    );
    assert_eq!(packages(&cell("%%bash\npip install a\n# pip install no\nconda install b")), ["a @2", "b @4"]);
    assert_eq!(packages(&cell("%%capture\n!pip install a")), ["a @2"]);
    assert!(packages(&cell("%%html\n<p>\n!pip install no")).is_empty());
    assert_eq!(packages(&cell("import os\nos.system(\"pip install a\")")), ["a @2"]);
}

#[test]
fn imports_reach_later_cells() {
    let text = r#"{"cells": [{"cell_type": "code", "source": ["import pickle as pk\nfrom joblib import dump as d"]}, {"cell_type": "code", "source": ["pk.load(f)"]}, {"cell_type": "code", "source": ["d(f)"]}]}"#;
    document(text, |document| {
        let functions: Vec<&str> = document.calls.iter().map(|call| call.function.as_str()).collect();
        assert_eq!(functions, ["pickle.load", "joblib.dump"]);
    });
}

#[test]
fn a_single_line_notebook_is_exact() {
    let text = r##"{"cells":[{"cell_type":"code","source":"x\n!pip install \"tor\u0063h>=1\"\n","outputs":[]}]}"##;
    document(text, |document| {
        let [found] = document.dependencies.as_slice() else { panic!("one package") };
        assert_eq!(found.name_at.span.slice(text.as_bytes()), br"tor\u0063h");
        assert_eq!(found.name_at.start.line, 1);
        assert_eq!(found.specifier_at.as_ref().unwrap().span.slice(text.as_bytes()), b">=1");
    });
}

#[test]
fn other_versions_and_languages() {
    let old = r#"{"worksheets": [{"cells": [{"cell_type": "code", "input": ["!pip install a"], "outputs": [{"png": "aa", "text": ["t"]}]}]}], "nbformat": 3}"#;
    assert_eq!(packages(old), ["a @1"]);
    let scala = r#"{"cells": [{"cell_type": "code", "source": ["x = 1"]}], "metadata": {"language_info": {"codemirror_mode": {"name": "ipython"}, "name": "scala"}}}"#;
    document(scala, |document| assert_eq!(document.segments[0].kind, SegmentKind::Text));
    let python = scala.replace("scala", "python");
    document(&python, |document| assert_eq!(document.segments[0].kind, SegmentKind::Python));
}

#[test]
fn a_broken_notebook_loses_nothing() {
    let whole = cell("token = 'abc'\nmore = 'def'\n");
    for end in 0..whole.len() {
        let text = &whole[..end];
        document(text, |document| {
            assert_eq!(document.notifications.len(), 1, "{end}");
            for word in ["abc", "def"] {
                let found = document.segments.iter().any(|segment| memchr::memmem::find(&segment.text, word.as_bytes()).is_some());
                assert_eq!(found, text.contains(word), "{end}");
            }
        });
    }
    document("", |document| assert_eq!(document.notifications.len(), 1));
    document("{\"a\": \"secret\"}", |document| {
        assert_eq!((document.notifications.len(), document.segments.len()), (1, 1));
    });
}

#[test]
fn files_that_a_cell_writes_are_read_as_what_they_are() {
    assert_eq!(packages(&cell("%%writefile env/requirements.txt\na==1\n# b\nc>=2\n")), ["a ==1 @2", "c >=2 @4"]);
    assert_eq!(packages(&cell("%%writefile {folder}/conda.yml\ndependencies:\n- d=1\n- pip:\n  - e==2\n")), ["d 1.* @3", "e ==2 @5"]);
    assert_eq!(packages(&cell("%%writefile -a Dockerfile\nFROM x\nRUN pip install f\n")), ["f @3"]);
    assert_eq!(packages(&cell("%%writefile t.py\nimport os\nos.system('pip install g')\n")), ["g @3"]);
    assert!(packages(&cell("%%writefile notes.md\npip install h\n")).is_empty());
    let text = cell("%%writefile requirements.txt\na==1\n");
    document(&text, |document| {
        let package = &document.dependencies[0];
        assert_eq!(package.name_at.span.slice(text.as_bytes()), b"a");
        assert!(matches!(&package.name_at.logical, Some(Logical::Cell { index: 0, line: 2, .. })));
        assert_eq!(document.references[0].value.as_str(), "requirements.txt");
    });
}

proptest! {
    #[test]
    fn any_bytes_are_read(text in "(\\{\"cells\": \\[|\\{\"source\": |\"outputs\": \\[|\"data\": \\{|\"text\": |\"|\\[|\\]|\\{|\\}|,|:|!pip install a|\\\\n|\\\\u001b\\[|é|\n){0,40}") {
        document(&text, |document| {
            for segment in &document.segments {
                assert_eq!(segment.map.decoded_len(), segment.text.len());
                assert!(segment.source_span(Span::new(0, segment.text.len())).end <= text.len());
            }
        });
    }
}
