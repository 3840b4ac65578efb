//! Tests of Dockerfiles: stages, arguments, every form of RUN, copied files.

use super::*;
use proptest::prelude::*;

/// Packages as `name specifier @line` and references as `kind value @line`.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let source = Source::new(ArtifactPath::new("Dockerfile"), text.as_bytes());
    let mut document = Document::new(&source);
    Dockerfile.parse(&source, &mut document);
    let packages = document
        .dependencies
        .iter()
        .map(|found| format!("{} {} @{}", found.name, found.specifier, found.declared_at.start.line).replace("  ", " "));
    let references = document
        .references
        .iter()
        .map(|found| format!("{} {} @{}", found.kind.name(), found.value, found.location.start.line));
    (packages.collect(), references.collect())
}

#[test]
fn stages_arguments_and_digests() {
    let (_, references) = read(
        "# syntax=docker/dockerfile:1\nARG TAG=3.8\nARG FROM_BUILD\nFROM --platform=linux/amd64 python:${TAG}-slim AS Base\n\
         FROM base\nFROM reg.example:5000/x@sha256:abc\nFROM ${FROM_BUILD:-y:1}\nFROM $FROM_BUILD\nFROM scratch\n",
    );
    assert_eq!(
        references,
        [
            "base_image python:3.8-slim @4",
            "stage base @5",
            "base_image reg.example:5000/x@sha256:abc @6",
            "base_image y:1 @7",
            "base_image $FROM_BUILD @8",
            "stage scratch @9"
        ]
    );
}

#[test]
fn placeholders_are_no_images() {
    let text = "FROM <BASE_IMAGE> AS base\nFROM base\n";
    assert_eq!(read(text).1, ["stage base @2"]);
    let source = Source::new(ArtifactPath::new("Dockerfile"), text.as_bytes());
    let mut document = Document::new(&source);
    Dockerfile.parse(&source, &mut document);
    assert_eq!(document.notifications.len(), 1);
}

#[test]
fn continued_runs_keep_their_lines() {
    let (packages, _) = read(
        "FROM a\r\nRUN apt-get update && \\\r\n  apt-get install -y \\\r\n    # why\r\n\r\n    git \\  \r\n    curl; \\\r\n\
         pip install 'torch==1.0' \\\r\n  \"b>=1,<2\" c>=3\r\nRUN pip install d\r\n",
    );
    assert_eq!(packages, ["git @6", "curl @7", "torch ==1.0 @8", "b >=1,<2 @9", "c @9", "d @10"]);
}

#[test]
fn exec_form_and_here_documents() {
    let (packages, _) = read(
        "FROM a\nRUN [\"/bin/bash\", \"-c\", \"source activate x && pip install 'a>=1'\"]\n\
         RUN <<EOF\npip install b==2\nEOF\nRUN <<-E1 cat > f && pip install no\n\tpip install never\n\tE1\n\
         RUN [\"pip\", \"install\", \"c==3\"]\nRUN [ -f x ] && pip install d\nONBUILD RUN pip install e\n",
    );
    assert_eq!(packages, ["a >=1 @2", "b ==2 @4", "no @6", "c ==3 @9", "d @10", "e @11"]);
}

#[test]
fn values_of_arguments_are_put_in() {
    let (packages, _) = read(
        "ARG G=1\nFROM a\nARG V=2.0\nARG G\nENV W=3 X=4\nRUN pip install t==$V u==${W} g==$G x==${X}.1 n==${NOT}\nFROM b\nRUN pip install t==$V",
    );
    assert_eq!(packages, ["t ==2.0 @6", "u ==3 @6", "g ==1 @6", "x ==4.1 @6", "n ==${NOT} @6", "t ==$V @8"]);
}

#[test]
fn copied_requirements_are_named_by_their_source() {
    let (_, references) = read(
        "FROM a\nCOPY --chown=x reqs/r.txt /tmp/q.txt\nCOPY [\"a b.txt\", \"/x/\"]\nADD . /app\nCOPY --from=img:1 /s /d\n\
         RUN pip install -r /tmp/q.txt\nRUN --mount=type=bind,source=m.txt,target=/m/n.txt pip install -c /m/n.txt\n\
         COPY w.txt .\nRUN pip install -r w.txt",
    );
    assert_eq!(
        references,
        [
            "base_image a @1",
            "copy reqs/r.txt @2",
            "copy a b.txt @3",
            "copy . @4",
            "image img:1 @5",
            "requirements /tmp/q.txt @6",
            "requirements reqs/r.txt @2",
            "copy m.txt @7",
            "constraints /m/n.txt @7",
            "constraints m.txt @7",
            "copy w.txt @8",
            "requirements w.txt @9",
        ]
    );
}

#[test]
fn files_that_are_written_are_read() {
    let (packages, references) = read(
        "FROM a\nCOPY <<EOF /r/requirements.txt\nx==1\nEOF\nRUN pip install -r /r/requirements.txt\n\
         RUN cat > requirements-b.txt <<E\ny\nE\nCOPY <<F /etc/motd\npip install no\nF\n",
    );
    assert_eq!(packages, ["x ==1 @3", "y @7"]);
    assert_eq!(
        references,
        [
            "base_image a @1",
            "written_file /r/requirements.txt @2",
            "requirements /r/requirements.txt @5",
            "written_file requirements-b.txt @6",
        ]
    );
}

#[test]
fn the_escape_directive_is_kept() {
    let (packages, _) = read("# escape=`\nFROM a\nRUN pip install x `\n  y\n");
    assert_eq!(packages, ["x @3", "y @4"]);
}

#[test]
fn names_that_are_dockerfiles() {
    let claims = |name: &str| Dockerfile.claims(&ArtifactPath::new(name), b"");
    for name in ["Dockerfile", "a/Dockerfile.gpu", "DockerfileTest", "x.dockerfile", "Containerfile", "dev.Dockerfile", "Dockerfile-cpu"] {
        assert!(claims(name), "{name}");
    }
    for name in ["Dockerfile.md", "dockerfile.py", ".dockerignore", "Dockerfile.dockerignore", "docker.txt"] {
        assert!(!claims(name), "{name}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(FROM|RUN|COPY|ARG|ENV|pip install|<<EOF|EOF|\\\\|\n|\r|[a-z=$\"'\\[\\]{},# -]|é){0,40}") {
        read(&text);
    }
}

#[test]
fn more_variables_than_are_remembered_are_told() {
    for (count, notes) in [(256, 0), (257, 1)] {
        let variables: String = (0..count).map(|number| format!("ENV A{number}=1.0\n")).collect();
        let text = format!("FROM python:3.12\n{variables}RUN pip install a==$A255\n");
        let source = Source::new(ArtifactPath::new("Dockerfile"), text.as_bytes());
        let mut document = Document::new(&source);
        Dockerfile.parse(&source, &mut document);
        assert_eq!((document.dependencies[0].specifier.as_str(), document.notifications.len()), ("==1.0", notes));
    }
}
