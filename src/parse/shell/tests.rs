//! Tests of the shell tokenizer: quotes, continuations, redirections, heredocs.

use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    commands(text.as_bytes(), &mut Variables::new(), &mut |command| {
        found.push(command.words.iter().map(|word| word.text.clone()).collect());
    });
    found
}

#[test]
fn lists_quotes_comments_and_continuations() {
    assert_eq!(
        read("set -e; pip  install 'a>=1' \"b[x]\"c \\\n  d # e\nif true; then echo \"x;y\" && pip install f; fi"),
        [
            vec!["set", "-e"],
            vec!["pip", "install", "a>=1", "b[x]c", "d"],
            vec!["true"],
            vec!["echo", "x;y"],
            vec!["pip", "install", "f"],
        ]
    );
    assert_eq!(read("a#b c\\ d $'e\\tf' 2>&1 >out <in"), [vec!["a#b", "c d", "e\tf"]]);
    assert_eq!(
        read("(cd x && pip install y) | tee z"),
        [vec!["cd", "x"], vec!["pip", "install", "y"], vec!["tee", "z"]]
    );
}

#[test]
fn an_unquoted_specifier_is_a_redirection() {
    let mut glued = Vec::new();
    let text = b"pip install a>=1.0 'b>=2' >log.txt c >> 2.log";
    commands(text, &mut Variables::new(), &mut |command| {
        let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, ["pip", "install", "a", "b>=2", "c"]);
        glued.extend(command.glued_redirections.iter().map(|span| span.slice(text).to_vec()));
    });
    assert_eq!(glued, [b">=1.0".to_vec()]);
}

#[test]
fn variables_have_the_last_value_that_was_written() {
    assert_eq!(
        read("V=1.2\nexport W='x y'\nA=$(date)\nF=1 pip install t==$V ${W} \"$W\" u==${U:-3} z==$A"),
        [vec!["date"], vec!["pip", "install", "t==1.2", "x", "y", "x y", "u==3", "z==$A"]]
    );
    assert_eq!(read("for p in a b; do pip install $p; done"), [vec!["pip", "install", "a", "b"]]);
}

#[test]
fn here_documents_are_text_unless_a_shell_reads_them() {
    assert_eq!(
        read("cat <<EOF > x && echo y\npip install no\nEOF\nbash <<-'E'\n\tpip install yes\n\tE\nend"),
        [vec!["cat"], vec!["echo", "y"], vec!["bash"], vec!["pip", "install", "yes"], vec!["end"]]
    );
}

#[test]
fn substitutions_and_templates() {
    assert_eq!(
        read("X=\"$(pip install a)\" b ${{ matrix.v }} {{ c d }}=={{e}} `f g`"),
        [vec!["pip", "install", "a"], vec!["f", "g"], vec!["b", "${{ matrix.v }}", "{{ c d }}=={{e}}", "`f g`"]]
    );
}

#[test]
fn words_map_to_their_text() {
    let text = "V=9; pip 'a'\"b\"c=$V";
    commands(text.as_bytes(), &mut Variables::new(), &mut |command| {
        let word = command.words.last().unwrap();
        assert_eq!(word.text, "abc=9");
        assert_eq!(word.map.source_span(Span::new(1, 2)).slice(text.as_bytes()), b"b");
        assert_eq!(word.map.source_span(Span::new(4, 5)).slice(text.as_bytes()), b"$V");
    });
}

#[test]
fn elements_of_an_array_are_words_in_quotes_too() {
    assert_eq!(read("P=(a 'b c')\nx \"${P[@]}\" y"), [vec!["x", "a", "b", "c", "y"]]);
    let mut files = Vec::new();
    commands(b"cat >> out.txt <<E\nE\nx < in.txt 2> no", &mut Variables::new(), &mut |command| {
        let name = |word: &Option<Word>| word.as_ref().map(|word| word.text.clone()).unwrap_or_default();
        files.push((name(&command.input), name(&command.output)));
    });
    assert_eq!(files, [(String::new(), "out.txt".into()), ("in.txt".into(), String::new())]);
}

proptest! {
    #[test]
    fn any_text_is_read_and_spans_lie_inside(
        text in "([a-z$'\"\\\\`(){}<>|;&#= \n!*]|EOF|<<|\\$\\{|\\$\\(|é){0,60}"
    ) {
        commands(text.as_bytes(), &mut Variables::new(), &mut |command| {
            for word in &command.words {
                assert!(word.span.end <= text.len());
                assert_eq!(word.map.decoded_len(), word.text.len());
                assert!(word.map.source_span(Span::new(0, word.text.len())).end <= text.len());
            }
        });
    }
}
