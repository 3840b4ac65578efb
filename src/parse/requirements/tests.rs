//! Requirements files as pip reads them.

use proptest::prelude::*;

use super::*;
use crate::model::Dependency;

fn with<T>(name: &str, text: &[u8], check: impl FnOnce(&Document<'_>) -> T) -> T {
    let source = Source::new(ArtifactPath::new(name), text);
    let mut document = Document::new(&source);
    Requirements.parse(&source, &mut document);
    check(&document)
}

fn declared(text: &str) -> Vec<(String, String, u32)> {
    let row = |d: &Dependency| (d.name.clone(), d.specifier.clone(), d.declared_at.start.line);
    with("requirements.txt", text.as_bytes(), |document| document.dependencies.iter().map(row).collect())
}

fn row(name: &str, specifier: &str, line: u32) -> (String, String, u32) {
    (name.to_owned(), specifier.to_owned(), line)
}

#[test]
fn continuations_come_before_comments() {
    let text = "# a comment \\\nflask==1.0 \\\n  # still continued? no\nbar >= 1, \\\n  != 3 # why\nbaz#egg\nurl#1 # c\n";
    assert_eq!(declared(text)[..2], [row("flask", "==1.0", 2), row("bar", ">=1,!=3", 4)]);
}

#[test]
fn hashes_belong_to_their_requirement() {
    let text = "argh==0.26.2 \\\n  --hash=sha256:aa \\\n\t--hash sha256:bb\nnext==1 --global-option=\"--x y\"\n";
    with("requirements.txt", text.as_bytes(), |document| {
        assert_eq!(document.dependencies[0].hashes, ["sha256:aa", "sha256:bb"]);
        assert_eq!(document.dependencies[0].declared_at.start.line, 1);
        assert_eq!(document.dependencies[0].declared_at.end.line, 3);
        assert_eq!(document.dependencies[1].pin, Pin::Exact("1".into()));
        assert!(document.notifications.is_empty());
    });
}

#[test]
fn options_and_references_have_places() {
    let text = "-rbase.txt\n--requirement=\"more reqs.txt\"\n-c con.txt\n--extra-index-url https://u:p@example.org/simple\n--trusted-host example.org\n--no-index\n--requirem abbreviated.txt\n--requirements wrong.txt\n";
    with("requirements.txt", text.as_bytes(), |document| {
        let references: Vec<_> = document
            .references
            .iter()
            .map(|r| (r.value.as_str(), std::str::from_utf8(r.location.span.slice(text.as_bytes())).unwrap()))
            .collect();
        assert_eq!(references[0], ("base.txt", "base.txt"));
        assert_eq!(references[1].0, "more reqs.txt");
        assert_eq!(references[2], ("con.txt", "con.txt"));
        assert_eq!(references[3].0, "abbreviated.txt");
        assert_eq!(document.options[0].value.as_str(), "https://[redacted]@example.org/simple");
        assert_eq!(document.options.iter().map(|o| o.kind).collect::<Vec<_>>(), [
            OptionKind::ExtraIndexUrl,
            OptionKind::TrustedHost,
            OptionKind::NoIndex
        ]);
        assert_eq!(document.notifications.len(), 1);
        assert_eq!(document.notifications[0].line, Some(8));
    });
}

#[test]
fn editables_name_packages_only_through_urls() {
    let text = "-e .\n-e ./x[a, b]\n-e git+https://example.org/r.git@main#egg=raven[flask]\n-e \"git+https://example.org/q.git#egg=quoted\"\n-e path/to/x#egg=X\n";
    assert_eq!(declared(text), [row("raven", "", 3), row("quoted", "", 4), row("X", "", 5)]);
}

#[test]
fn encodings_and_line_ends() {
    assert_eq!(declared("\u{FEFF}a==1\r\nb==2\r\n"), [row("a", "==1", 1), row("b", "==2", 2)]);
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain("a==1\r\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    with("requirements.txt", &utf16, |document| assert_eq!(document.dependencies[0].name, "a"));
    with("requirements.txt", b"# caf\xE9\na==1 # \xFF\n", |document| {
        assert_eq!(document.dependencies[0].declared_at.start.line, 2);
        assert_eq!(document.dependencies[0].name_at.span, Span::new(7, 8));
    });
}

#[test]
fn scope_follows_the_file_name() {
    with("dev-requirements.txt", b"a", |document| assert_eq!(document.dependencies[0].scope, Scope::Optional));
    with("constraints.txt", b"a==1", |document| assert_eq!(document.dependencies[0].scope, Scope::Constraint));
}

#[test]
fn files_are_claimed_by_name_or_by_what_every_line_says() {
    let claims = |name: &str, text: &str| Requirements.claims(&ArtifactPath::new(name), text.as_bytes());
    assert!(claims("requirements-dev.txt", "anything goes"));
    assert!(claims("requirements/base.txt", "a\nb\n"));
    assert!(claims("deps.txt", "# frozen\na==1\nb>=2\n"));
    assert!(claims("black.in", "black\n"));
    assert!(!claims("words.txt", "a\nb\nc\n"));
    assert!(!claims("notes.txt", "a==1 is what we need\n"));
    assert!(!claims("MANIFEST.in", "include requirements.txt\n"));
    assert!(!claims("spec.txt", "# This file may be used to create an environment using:\na=1=0\n"));
    assert!(!claims("requirements.yml", "a==1\n"));
}

#[test]
fn prose_declares_nothing() {
    let text = "Functional requirements\n\nThe system must be fast\nand safe\nsecurity\nUsers can log in\nand out again\nDone\n";
    with("functional-requirements.txt", text.as_bytes(), |document| {
        assert!(document.dependencies.is_empty());
        assert_eq!(document.notifications.len(), 1);
    });
}

#[test]
fn a_file_of_garbage_gives_a_bounded_number_of_notifications() {
    let text = "=== nothing\n".repeat(1000);
    with("requirements.txt", text.as_bytes(), |document| assert!(document.notifications.len() < 100));
}

proptest! {
    #[test]
    fn any_bytes_are_survived_and_names_stand_where_they_are_said_to(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        with("requirements.txt", &bytes, |document| {
            for dependency in &document.dependencies {
                assert_eq!(dependency.name_at.span.slice(document.source.text()), dependency.name.as_bytes());
            }
        });
    }

    #[test]
    fn lines_of_pip_syntax_are_survived(text in "([a-z]{1,3}|==|>=|1\\.0|\\\\\n| |\n|#|-r|-e |--hash=|\\[|\\]|;|@|://|egg=|'|\"|\\$\\{A\\}|\\{\\{x\\}\\}|,){0,30}") {
        with("requirements.txt", text.as_bytes(), |document| {
            for dependency in &document.dependencies {
                let at = dependency.name_at.span.slice(document.source.text());
                // A name that a continuation cuts in two has the break in its span.
                let joined: Vec<u8> = at.iter().copied().filter(|byte| !b"\\\n".contains(byte)).collect();
                assert_eq!(joined, dependency.name.as_bytes());
            }
        });
    }
}
