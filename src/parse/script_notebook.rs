//! Notebooks that are kept as text: Databricks' source files (`# MAGIC %pip install …`), Jupytext's scripts
//! (`# %pip install …`, <https://jupytext.readthedocs.io/en/latest/formats-scripts.html>) and documents of Quarto and
//! R Markdown (<https://quarto.org/docs/computations/execution-options.html>).
//!
//! Only what their shell lines and magics install; their Python is read as a script's.

use super::Parser;
use super::install_command::{Place, may_concern};
use super::notebook::read_magics;
use crate::model::{ArtifactPath, Document, Groups, OffsetMap, Segment, SegmentKind, Source};

/// Notebooks that are kept as text.
pub struct ScriptNotebook;

/// What stands before a line of another language in Databricks' source files of Python and R, Scala, and SQL.
const MAGICS: &[&[u8]] = &[b"# MAGIC", b"// MAGIC", b"-- MAGIC"];

impl Parser for ScriptNotebook {
    fn name(&self) -> &'static str {
        "script_notebook"
    }

    fn reads(&self) -> &'static str {
        "notebooks kept as text (Databricks, Jupytext, Quarto, R Markdown): what their magics install"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES.and(Groups::POSTURE)
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
        match path.extension().as_str() {
            "py" | "r" | "scala" | "sql" => has(b"Databricks notebook source") || has(b"# %%"),
            "qmd" | "rmd" => true,
            _ => false,
        }
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = source.text();
        if !may_concern(text, document.wanted) {
            return;
        }
        let is_document = matches!(source.path.extension().as_str(), "qmd" | "rmd");
        let mut cell = Cell::default();
        let mut in_chunk = false;
        let mut at = source.text_start();
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = rest.get(..length).unwrap_or_default();
            let code = match is_document {
                true => chunk_line(line, &mut in_chunk),
                false => commented_line(line),
            };
            match code {
                Some(Line::Code(from)) => cell.push(line.get(from..).unwrap_or_default(), at + from),
                // Every shell chunk is a cell of its own, which says so in its first line.
                Some(Line::Shell) => {
                    cell.read(document);
                    cell.push(b"%sh\n", at);
                }
                None => cell.read(document),
            }
            at += length;
        }
        cell.read(document);
    }
}

/// A line that belongs to a cell.
enum Line {
    /// Code from this byte on.
    Code(usize),
    /// The fence of a chunk of shell.
    Shell,
}

/// `# MAGIC %pip install x`; of Jupytext `# !pip install x` and `# %pip install x`.
fn commented_line(line: &[u8]) -> Option<Line> {
    if let Some(mark) = MAGICS.iter().find(|mark| line.starts_with(mark)) {
        let blank = usize::from(line.get(mark.len()) == Some(&b' '));
        return Some(Line::Code(mark.len() + blank));
    }
    let code = line.strip_prefix(b"# ")?;
    let is_magic = code.starts_with(b"!") || code.starts_with(b"%") && !code.starts_with(b"%%");
    is_magic.then_some(Line::Code(2))
}

/// What stands between ```` ```{python} ```` and ```` ``` ````.
fn chunk_line(line: &[u8], in_chunk: &mut bool) -> Option<Line> {
    let Some(fence) = line.trim_ascii().strip_prefix(b"```") else { return in_chunk.then_some(Line::Code(0)) };
    let starts = |language: &[u8]| fence.trim_ascii_start().to_ascii_lowercase().starts_with(language);
    let is_shell = starts(b"{bash") || starts(b"{sh");
    let options = fence.to_ascii_lowercase();
    let is_run = ![&b"eval=false"[..], b"eval = false", b"eval: false"]
        .iter()
        .any(|option| memchr::memmem::find(&options, option).is_some());
    *in_chunk = !*in_chunk && is_run && (is_shell || starts(b"{python"));
    (*in_chunk && is_shell).then_some(Line::Shell)
}

/// Lines side by side, without what stands before them.
#[derive(Default)]
struct Cell {
    text: Vec<u8>,
    map: OffsetMap,
}

impl Cell {
    fn push(&mut self, code: &[u8], at: usize) {
        self.text.extend_from_slice(code);
        self.map.push(code.len(), at, code.len());
    }

    fn read(&mut self, document: &mut Document<'_>) {
        let Self { text, map } = std::mem::take(self);
        if !text.is_empty() {
            let segment = Segment::new(text.as_slice(), map, SegmentKind::Text, None);
            read_magics(&text, &Place::segment(&segment), document);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(ArtifactPath::new(path), text.as_bytes());
        assert!(ScriptNotebook.claims(&source.path, text.as_bytes()), "{path}");
        let mut document = Document::new(&source);
        ScriptNotebook.parse(&source, &mut document);
        let packages = document.dependencies.iter().map(|found| {
            let written = String::from_utf8_lossy(found.declared_at.span.slice(text.as_bytes())).into_owned();
            assert_eq!(written, format!("{}{}", found.name, found.specifier), "{text}");
            format!("{written} @{}", found.declared_at.start.line)
        });
        let references = document.references.iter().map(|found| format!("{} {}", found.kind.name(), found.value));
        packages.chain(references).collect()
    }

    #[test]
    fn source_files_of_databricks() {
        let head = "# Databricks notebook source\n";
        assert_eq!(
            read("a.py", &format!("{head}# MAGIC %pip install a==1 \\\n# MAGIC   b==2\n\n# COMMAND ----------\nimport a\n# MAGIC %pip install -r r.txt\n")),
            ["a==1 @2", "b==2 @3", "requirements r.txt"]
        );
        assert_eq!(read("a.py", &format!("{head}# MAGIC %sh\n# MAGIC cd x && pip install a==1\n# MAGIC %md pip install c\n")), ["a==1 @3"]);
        assert_eq!(read("a.py", &format!("{head}# MAGIC %md\n# MAGIC Then run pip install c==1\n# pip install d==1\n")), Vec::<String>::new());
        let markdown = format!("{head}# MAGIC %md\n# MAGIC pip install a==1\n# MAGIC %pip install b==1\n");
        assert_eq!(read("a.py", &markdown), Vec::<String>::new());
        assert_eq!(read("a.sql", "-- Databricks notebook source\n-- MAGIC %pip install a==1\n"), ["a==1 @2"]);
        assert_eq!(read("a.scala", "// Databricks notebook source\n// MAGIC %pip install a==1\n"), ["a==1 @2"]);
    }

    #[test]
    fn scripts_of_jupytext() {
        assert_eq!(
            read("a.py", "# %%\n# !pip install a==1\n# %pip install b==2\n# %% [markdown]\n# pip install c==3\n"),
            ["a==1 @2", "b==2 @3"]
        );
    }

    #[test]
    fn documents_with_chunks() {
        let text = "pip install no==1\n```{python}\n!pip install a==1\n```\n```{bash, eval=TRUE}\npip install b==2\n```\n```bash\npip install c==3\n```\n```{r}\npip install d==4\n```\n```{bash, eval=FALSE}\npip install e==5\n```\n";
        for path in ["a.qmd", "a.Rmd"] {
            assert_eq!(read(path, text), ["a==1 @3", "b==2 @6"]);
        }
    }
}
