//! Applies the edits that findings offer: the specifier changes, every other byte stays.
//!
//! Several findings of one declaration offer one and the same edit; it is made once. An edit is made only where the
//! file still says what was scanned.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::model::{ArtifactPath, Edit, Location, Outcome, Span};

/// Lines of context around a change in a diff.
const CONTEXT: usize = 3;

/// The edits of one file, in order, without overlaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlan {
    /// Which file.
    pub path: ArtifactPath,
    /// What to replace.
    pub edits: Vec<Edit>,
    /// What each edit does, once each, in order.
    pub descriptions: Vec<String>,
}

/// Why a file was not edited.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// The system refused.
    #[error("'{path}' could not be edited")]
    Io {
        /// Which file.
        path: ArtifactPath,
        /// Why.
        source: io::Error,
    },
    /// The file is not what was scanned, or its text is not its bytes.
    #[error("'{path}' was not edited: {reason}")]
    Unsuitable {
        /// Which file.
        path: ArtifactPath,
        /// Why.
        reason: &'static str,
    },
}

/// A file before and after its edits.
pub struct Fixed {
    /// Which file.
    pub path: ArtifactPath,
    file: PathBuf,
    before: Vec<u8>,
    after: Vec<u8>,
    changes: Vec<(Span, Span)>,
}

/// Collects the edits of all reported findings, by file.
pub fn plan(outcome: &Outcome) -> Vec<FilePlan> {
    let mut files: BTreeMap<&ArtifactPath, Vec<(&Edit, &str)>> = BTreeMap::new();
    for fix in outcome.reported().filter_map(|finding| finding.fix.as_ref()) {
        for edit in &fix.edits {
            files.entry(&edit.location.path).or_default().push((edit, &fix.description));
        }
    }
    let plans = files.into_iter().map(|(path, mut edits)| {
        edits.sort_by(|a, b| (a.0.location.span, &a.0.replacement).cmp(&(b.0.location.span, &b.0.replacement)));
        let mut plan = FilePlan { path: path.clone(), edits: Vec::new(), descriptions: Vec::new() };
        for (edit, description) in edits {
            // Of two edits of one place the first stays; they come from one declaration and are nearly always equal.
            let free = plan.edits.last().is_none_or(|last| last.location.span.end <= edit.location.span.start);
            let same_place = plan.edits.last().is_some_and(|last| last.location.span == edit.location.span);
            if free && !same_place {
                plan.edits.push(edit.clone());
                plan.descriptions.push(format!("{}: {description}", edit.location.start.line));
            }
        }
        plan
    });
    plans.collect()
}

impl FilePlan {
    /// Reads the file below `root` and makes the edits in memory.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is a link, or does not say what was scanned.
    pub fn apply(&self, root: &Path) -> Result<Fixed, FixError> {
        let file = root.join(self.path.as_str());
        let failed = |source| FixError::Io { path: self.path.clone(), source };
        let unsuitable = |reason| FixError::Unsuitable { path: self.path.clone(), reason };
        if !file.symlink_metadata().map_err(failed)?.is_file() {
            return Err(unsuitable("it is no regular file"));
        }
        let before = std::fs::read(&file).map_err(failed)?;
        if before.starts_with(b"\xFF\xFE") || before.starts_with(b"\xFE\xFF") {
            return Err(unsuitable("it is UTF-16"));
        }
        let mut after = Vec::with_capacity(before.len() + 64);
        let mut changes = Vec::with_capacity(self.edits.len());
        let mut at = 0;
        for edit in &self.edits {
            let span = edit.location.span;
            let kept = before.get(at..span.start).filter(|_| is_what_was_scanned(&before, &edit.location));
            let Some(kept) = kept else { return Err(unsuitable("it changed after it was scanned")) };
            after.extend_from_slice(kept);
            let start = after.len();
            after.extend_from_slice(edit.replacement.as_bytes());
            changes.push((span, Span::new(start, after.len())));
            at = span.end;
        }
        after.extend_from_slice(before.get(at..).unwrap_or_default());
        Ok(Fixed { path: self.path.clone(), file, before, after, changes })
    }
}

/// True when the bytes at a place are on the line that they were scanned on and, where the snippet shows them
/// whole, are the same.
fn is_what_was_scanned(text: &[u8], location: &Location) -> bool {
    let Some(bytes) = text.get(location.span.start..location.span.end) else { return false };
    let line = 1 + memchr::memchr_iter(b'\n', text.get(..location.span.start).unwrap_or_default()).count();
    let shown = location.snippet.as_ref().and_then(|snippet| {
        let whole = !snippet.text.contains("[redacted]") && snippet.marked.len() == bytes.len();
        snippet.text.get(snippet.marked.start..snippet.marked.end).filter(|_| whole)
    });
    line == location.start.line as usize && shown.is_none_or(|shown| shown.as_bytes() == bytes)
}

impl Fixed {
    /// Writes the file anew, beside it first, so that it is the old one or the new one and never a part. Its
    /// permissions stay.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn write(&self) -> Result<(), FixError> {
        let write = || -> io::Result<()> {
            let permissions = std::fs::metadata(&self.file)?.permissions();
            let directory = self.file.parent().unwrap_or(Path::new("."));
            let mut temporary = tempfile::Builder::new().prefix(".redan-").tempfile_in(directory)?;
            temporary.write_all(&self.after)?;
            temporary.as_file().set_permissions(permissions)?;
            temporary.persist(&self.file)?;
            Ok(())
        };
        write().map_err(|source| FixError::Io { path: self.path.clone(), source })
    }

    /// Writes the change as a unified diff, with the bytes of the file as they are.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn diff(&self, out: &mut dyn Write) -> io::Result<()> {
        let (before, after) = (lines(&self.before), lines(&self.after));
        // No replacement holds a line end, so line n stays line n.
        let mut changed: Vec<usize> = self.changes.iter().map(|(old, _)| line_of(&self.before, old.start)).collect();
        changed.dedup();
        writeln!(out, "--- a/{}\n+++ b/{}", self.path, self.path)?;
        for hunk in changed.chunk_by(|a, b| b - a <= 2 * CONTEXT) {
            let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
            let (start, end) = (first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(before.len()));
            let count = end - start;
            writeln!(out, "@@ -{},{count} +{},{count} @@", start + 1, start + 1)?;
            for index in start..end {
                let (old, new) = (before.get(index), after.get(index));
                if hunk.contains(&index) {
                    write_line(out, b'-', old.copied().unwrap_or_default())?;
                    write_line(out, b'+', new.copied().unwrap_or_default())?;
                } else {
                    write_line(out, b' ', old.copied().unwrap_or_default())?;
                }
            }
        }
        Ok(())
    }

    /// How many places change.
    pub fn count(&self) -> usize {
        self.changes.len()
    }
}

/// Lines with their ends.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// The index of the line that holds a byte.
fn line_of(text: &[u8], offset: usize) -> usize {
    memchr::memchr_iter(b'\n', text.get(..offset).unwrap_or_default()).count()
}

fn write_line(out: &mut dyn Write, mark: u8, line: &[u8]) -> io::Result<()> {
    out.write_all(&[mark])?;
    out.write_all(line)?;
    match line.last() {
        Some(b'\n') => Ok(()),
        _ => out.write_all(b"\n\\ No newline at end of file\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confidence, Finding, Fingerprint, Fix, Group, Rule, Severity, Source};
    use std::sync::Arc;

    fn outcome(path: &str, text: &[u8], edits: &[(Span, &str)]) -> Outcome {
        let source = Source::new(ArtifactPath::new(path), text);
        let rule = Arc::new(Rule {
            id: "r".into(),
            name: "r".into(),
            summary: "r".into(),
            help: crate::model::Help::default(),
            group: Group::Dependencies,
            severity: Severity::Low,
            cwe: Vec::new(),
        });
        let findings = edits.iter().map(|(span, replacement)| {
            let mut location = source.location(*span);
            location.snippet = Some(Box::new(source.snippet(*span, &[])));
            let fingerprint = Fingerprint::new("t", &[]);
            let mut finding =
                Finding::new(Arc::clone(&rule), Confidence::High, "m.".to_owned(), location.clone(), fingerprint);
            let edit = Edit { location, replacement: (*replacement).to_owned() };
            finding.fix = Some(Fix { description: "Replace".to_owned(), edits: vec![edit] });
            finding
        });
        Outcome { findings: findings.collect(), ..Outcome::default() }
    }

    #[test]
    fn only_the_specifier_changes_and_once() {
        let directory = tempfile::tempdir().unwrap();
        let text = b"\xEF\xBB\xBFa==1  # why\r\nb\r\n\r\nc==2";
        std::fs::write(directory.path().join("r.txt"), text).unwrap();
        let (a, b, c) = (Span::new(4, 7), Span::new(17, 17), Span::new(22, 25));
        assert_eq!((a.slice(text), c.slice(text)), (&b"==1"[..], &b"==2"[..]));
        let outcome = outcome("r.txt", text, &[(c, "==2.1"), (a, "==1.1"), (a, "==1.1"), (b, ">=3")]);
        let plans = plan(&outcome);
        assert_eq!(plans.len(), 1);
        let fixed = plans[0].apply(directory.path()).unwrap();
        assert_eq!(fixed.count(), 3);
        let mut diff = Vec::new();
        fixed.diff(&mut diff).unwrap();
        let expected = "--- a/r.txt\n+++ b/r.txt\n@@ -1,4 +1,4 @@\n-\u{feff}a==1  # why\r\n+\u{feff}a==1.1  # why\r\n-b\r\n+b>=3\r\n \
                        \r\n-c==2\n\\ No newline at end of file\n+c==2.1\n\\ No newline at end of file\n";
        assert_eq!(String::from_utf8(diff).unwrap(), expected);
        fixed.write().unwrap();
        let written = std::fs::read(directory.path().join("r.txt")).unwrap();
        assert_eq!(written, b"\xEF\xBB\xBFa==1.1  # why\r\nb>=3\r\n\r\nc==2.1");
    }

    #[test]
    fn a_file_that_changed_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let outcome = outcome("r.txt", b"a==1\n", &[(Span::new(1, 4), "==2")]);
        for other in ["a==3\n", "\na==1\n", "a", ""] {
            std::fs::write(directory.path().join("r.txt"), other).unwrap();
            assert!(plan(&outcome)[0].apply(directory.path()).is_err(), "{other:?}");
        }
    }
}
