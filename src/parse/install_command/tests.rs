//! Tests of install commands, one installer after the other.

use super::*;
use crate::model::{ArtifactPath, OptionKind, ReferenceKind, SegmentKind};

/// What `text` declares: `name specifier @line`, references and options.
fn read(text: &str) -> (Vec<String>, Vec<String>, usize) {
    let source = Source::new(ArtifactPath::new("x.sh"), text.as_bytes());
    let mut document = Document::new(&source);
    let segment = Segment::whole(text.as_bytes(), SegmentKind::Text);
    read_text(text.as_bytes(), &Place::segment(&segment), &mut Variables::new(), &mut document);
    let says_something =
        !document.dependencies.is_empty() || !document.references.is_empty() || !document.options.is_empty();
    assert!(!says_something || may_install(text.as_bytes()), "the cheap test stops: {text}");
    for dependency in &document.dependencies {
        let spelled = dependency.name_at.span.slice(text.as_bytes());
        assert_eq!(spelled.len(), dependency.name.len(), "the name's span is the name");
    }
    let packages = document
        .dependencies
        .iter()
        .map(|found| format!("{} {}", found.name, found.specifier).trim_end().to_owned())
        .collect();
    let references = document.references.iter().map(|reference| {
        let kind = match reference.kind {
            ReferenceKind::Requirements => "-r",
            ReferenceKind::Constraints => "-c",
            ReferenceKind::CondaFile => "conda",
            _ => "?",
        };
        format!("{kind} {}", reference.value)
    });
    let options = document.options.iter().map(|option| {
        let kind = match option.kind {
            OptionKind::IndexUrl => "index",
            OptionKind::ExtraIndexUrl => "extra",
            OptionKind::Channel => "channel",
            OptionKind::Pre => "pre",
            _ => "?",
        };
        format!("{kind} {}", option.value).trim_end().to_owned()
    });
    (packages, references.chain(options).collect(), document.notifications.len())
}

fn packages(text: &str) -> Vec<String> {
    read(text).0
}

#[test]
fn pip_under_all_its_names() {
    for command in [
        "pip install",
        "pip3 --no-cache-dir install -qU",
        "pip3.10 install --upgrade-strategy eager",
        "/opt/venv/bin/pip install",
        "python -m pip install -t /x",
        "{sys.executable} -m pip install",
        "$PYTHON -m pip install",
        "py -3 -m pip install",
        "sudo -H -u me pip install",
        "env A=1 B=2 pip install",
        "A=1 pip install",
        "conda run -n e --no-capture-output pip install",
        "uv pip install --system",
        "uv add",
        "poetry add",
        "pdm add -G x",
        "pipenv install",
        "timeout 30 pip install",
        "bash -lc \"pip install torch==1.0 'b[x]>=2'\" --",
    ] {
        let line = if command.ends_with("--") { command.to_owned() } else { format!("{command} torch==1.0 'b[x]>=2'") };
        assert_eq!(packages(&line), ["torch ==1.0", "b >=2"], "{line}");
    }
}

#[test]
fn options_references_and_indexes() {
    let (packages, rest, _) = read(
        "pip install -r a.txt -rb.txt --requirement=c.txt -c d.txt -i https://u:p@i.example/simple \
         --extra-index-url https://e.example --pre -qr e.txt -e . ./local x",
    );
    assert_eq!(packages, ["x"]);
    assert_eq!(
        rest,
        [
            "-r a.txt",
            "-r b.txt",
            "-r c.txt",
            "-c d.txt",
            "-r e.txt",
            "index https://[redacted]@i.example/simple",
            "extra https://e.example",
            "pre"
        ]
    );
}

#[test]
fn conda_and_apt() {
    let (packages, rest, _) = read(
        "conda create -n x python=3.8 'numpy>=1,<2' conda-forge::scipy==1.5 b=1=py_0 -c nvidia -y\n\
         conda env update -n base --file=env.yml; mamba install --file list.txt; conda env create -f e.yaml; conda activate x\n\
         apt-get update && apt-get install -y --no-install-recommends git=1:2.3 libx+ curl- ./a.deb",
    );
    assert_eq!(packages, ["python 3.8.*", "numpy >=1,<2", "scipy ==1.5", "b ==1", "git =1:2.3", "libx"],);
    assert_eq!(rest, ["conda env.yml", "-r list.txt", "conda e.yaml", "channel nvidia"]);
}

#[test]
fn files_that_echo_writes_are_read() {
    let lines = |text: &str| read(text).0;
    assert_eq!(lines("echo \"a==1\" > requirements.txt"), ["a ==1"]);
    assert_eq!(lines("echo -e 'a==1\\nb>=2' >> requirements/dev.txt && x"), ["a ==1", "b >=2"]);
    assert_eq!(lines("printf 'a==1\\nb>=2\\n' > requirements.txt"), ["a ==1", "b >=2"]);
    for text in ["echo requirements a==1", "echo a==1 > notes.md # requirements", "echo a==1 | tee requirements-x"] {
        assert_eq!(lines(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn other_commands_are_silent() {
    assert!(
        packages("echo pip install a; pip list; pip uninstall b; npm install c; git add d; conda list e").is_empty()
    );
    assert!(packages("cargo install x; brew install y; az extension add -n ml; pip install --help").is_empty());
}

#[test]
fn what_the_shell_takes_away_is_told() {
    let (packages, _, notes) = read("pip install azure-ai-ml>=1.0 'b>=2'");
    assert_eq!(packages, ["azure-ai-ml", "b >=2"]);
    assert_eq!(notes, 1);
    let (packages, _, notes) = read("pip install $PACKAGES");
    assert!(packages.is_empty());
    assert_eq!(notes, 1);
}

#[test]
fn endless_nesting_ends() {
    let mut command = "pip install a".to_owned();
    for _ in 0..6 {
        command = format!("bash -c {}", shell_quoted(&command));
    }
    let (packages, _, notes) = read(&command);
    assert!(packages.is_empty());
    assert_eq!(notes, 1);
}

fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[test]
fn files_that_the_shell_reads_are_files_all_the_same() {
    for command in [
        "pip install $(cat reqs.txt)",
        "pip install `cat reqs.txt`",
        "pip install $(< reqs.txt)",
        "pip install $(grep -v '^#' reqs.txt | tr '\\n' ' ')",
        "cat reqs.txt | xargs pip install",
        "grep -v numpy reqs.txt | xargs -n 1 sudo pip3 install -U",
        "xargs -a reqs.txt pip install",
        "xargs -I {} python -m pip install {} < reqs.txt",
    ] {
        let (packages, files, notes) = read(command);
        assert_eq!((packages.len(), files, notes), (0, vec!["-r reqs.txt".to_owned()], 0), "{command}");
    }
    // Not piped, no file, no installer.
    assert_eq!(read("cat reqs.txt; xargs pip install a"), (vec!["a".to_owned()], vec![], 0));
    assert_eq!(read("cat reqs.txt | xargs rm"), (vec![], vec![], 0));
    assert_eq!(read("pip install $(get_packages x)").2, 1);
    // A variable that is empty declares nothing.
    assert_eq!(read("EXTRA=''\npip install a \"$EXTRA\""), (vec!["a".to_owned()], vec![], 0));
}

#[test]
fn tools_that_run_a_package() {
    assert_eq!(packages("uv run --with b==2 x.py; uv tool run c"), ["b ==2", "c"]);
    assert_eq!(packages("mamba update -y numpy=1.19"), ["numpy 1.19.*"]);
    assert_eq!(packages("uvx --with b==2 ruff@0.3.0 check --from x"), ["b ==2", "ruff 0.3.0"]);
    assert_eq!(packages("uvx --from 'a==1' cmd; uv tool run c; pipx run --spec d==1 e"), ["a ==1", "c", "d ==1"]);
    assert_eq!(packages("uv run --with a==1 --python 3.12 pip install b"), ["a ==1", "b"]);
    assert_eq!(packages("$(PIP) install a; ${PIP3} install b; $PYTHON install no"), ["a", "b"]);
}
