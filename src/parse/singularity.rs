//! Definition files of Singularity and Apptainer, the containers of clusters
//! (<https://apptainer.org/docs/user/latest/definition_files.html>): the image that a container is built from and what its
//! sections install.

use super::Parser;
use super::install_command::{Place, read_text};
use super::shell::Variables;
use crate::model::{
    ArtifactPath, Document, Groups, OffsetMap, Redacted, Reference, ReferenceKind, Segment, SegmentKind, Source, Span,
};

/// Definition files.
pub struct Singularity;

/// Sections that are shell, run while the container is built.
const SCRIPTS: &[&str] = &["%pre", "%setup", "%post", "%appinstall"];
/// Agents whose `From:` is an image of a registry.
const REGISTRIES: &[&str] = &["docker", "oras", "docker-daemon"];

impl Parser for Singularity {
    fn name(&self) -> &'static str {
        "singularity"
    }

    fn reads(&self) -> &'static str {
        "`*.def`, `Singularity*`, `Apptainer*`: base image and what is installed"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        let is_text = matches!(path.extension().as_str(), "md" | "rst" | "txt" | "html" | "ipynb");
        let is_named = path.extension() == "def"
            || ["Singularity", "Apptainer"].iter().any(|name| path.file_name().starts_with(name)) && !is_text;
        is_named && head.split(|byte| *byte == b'\n').any(|line| value(line, "bootstrap").is_some())
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = source.text();
        let mut agent = String::new();
        // The section of shell that is open, by where its text begins.
        let mut script: Option<usize> = None;
        let mut is_header = true;
        let mut at = source.text_start();
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = rest.get(..length).unwrap_or_default();
            if line.starts_with(b"%") {
                section(text, script.take(), at, document);
                let name = line.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
                let is_script = SCRIPTS.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
                script = is_script.then_some(at + length);
                is_header = false;
            } else if let Some(value) = value(line, "bootstrap") {
                // A second header begins another stage.
                section(text, script.take(), at, document);
                is_header = true;
                agent = String::from_utf8_lossy(value.slice(line)).to_ascii_lowercase();
            } else if let Some(value) = value(line, "from").filter(|_| is_header && REGISTRIES.contains(&agent.as_str())) {
                let image = String::from_utf8_lossy(value.slice(line)).into_owned();
                let location = source.location(value.shifted(at));
                let reference = Reference { kind: ReferenceKind::BaseImage, value: Redacted::url(&image), location };
                document.references.push(reference);
            }
            at += length;
        }
        section(text, script, at, document);
    }
}

/// The value of a header line, `Key: value`; keys are of any case.
fn value(line: &[u8], key: &str) -> Option<Span> {
    let (name, rest) = line.split_at_checked(key.len())?;
    let value = rest.strip_prefix(b":").filter(|_| name.eq_ignore_ascii_case(key.as_bytes()))?;
    let start = line.len() - value.trim_ascii_start().len();
    let end = start + value.trim_ascii().len();
    (end > start).then(|| Span::new(start, end))
}

fn section(text: &[u8], start: Option<usize>, end: usize, document: &mut Document<'_>) {
    let Some(start) = start else { return };
    let script = text.get(start..end).unwrap_or_default();
    let segment = Segment::new(script, OffsetMap::identity(start, script.len()), SegmentKind::Text, None);
    read_text(script, &Place::segment(&segment), &mut Variables::new(), document);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_sections() {
        let text = "BootStrap: docker\nFrom: nvcr.io/nvidia/pytorch:22.01-py3\n\n%labels\n  pip install no==1\n%post -c /bin/bash\n  V=1.13.1\n  pip install torch==$V \\\n    a==2\n  cat > f <<EOF\nFrom: no\nEOF\n%runscript\n  pip install no==1\nBootstrap: localimage\nFrom: base.sif\n%Post\npip install b==3\n";
        for path in ["train.def", "Singularity.train", "Apptainer"] {
            let source = Source::new(ArtifactPath::new(path), text.as_bytes());
            assert!(Singularity.claims(&source.path, text.as_bytes()), "{path}");
            let mut document = Document::new(&source);
            Singularity.parse(&source, &mut document);
            let packages = document
                .dependencies
                .iter()
                .map(|found| format!("{}{} @{}", found.name, found.specifier, found.declared_at.start.line));
            let images = document.references.iter().map(|found| {
                assert_eq!(found.kind, ReferenceKind::BaseImage);
                format!("{} @{}", found.value, found.location.start.line)
            });
            assert_eq!(
                packages.chain(images).collect::<Vec<_>>(),
                ["torch==1.13.1 @8", "a==2 @9", "b==3 @18", "nvcr.io/nvidia/pytorch:22.01-py3 @2"]
            );
        }
    }

    #[test]
    fn other_files_of_that_name() {
        assert!(!Singularity.claims(&ArtifactPath::new("Singularity.md"), b"Bootstrap: docker\n"));
        for text in ["LIBRARY x\nEXPORTS\n  bootstrap\n", "#define bootstrap: 1\n"] {
            assert!(!Singularity.claims(&ArtifactPath::new("x.def"), text.as_bytes()), "{text}");
        }
        assert!(!Singularity.claims(&ArtifactPath::new("x.txt"), b"Bootstrap: docker\n"));
    }
}
