//! Shell scripts, also PowerShell and batch files as far as their install commands look like those of a shell, and the
//! recipes of Makefiles (<https://www.gnu.org/software/make/manual/html_node/Recipe-Syntax.html>) and of just
//! (<https://just.systems/man/en/>).

use std::borrow::Cow;

use super::Parser;
use super::install_command::{Place, may_concern, read_text};
use super::shell::Variables;
use crate::model::{ArtifactPath, Document, Groups, OffsetMap, Segment, SegmentKind, Source};

/// Shell scripts.
pub struct ShellScript;

impl Parser for ShellScript {
    fn name(&self) -> &'static str {
        "shell_script"
    }

    fn reads(&self) -> &'static str {
        "`*.sh`, `*.bash`, `*.ps1`, `*.bat`, `Makefile`, `justfile`, files with a shell's `#!`: what they install, and `az` commands"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES.and(Groups::POSTURE)
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        matches!(path.extension().as_str(), "sh" | "bash" | "zsh" | "ksh" | "ps1" | "bat" | "cmd" | "command")
            || is_makefile(path)
            || is_shell_script(head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = source.text();
        if !may_concern(text, document.wanted) {
            return;
        }
        let text = text.get(source.text_start()..).unwrap_or_default();
        let map = OffsetMap::identity(source.text_start(), text.len());
        let text = &*as_shell(text, source.path.extension().as_str());
        let segment = Segment::new(text, map, SegmentKind::Text, None);
        let place = Place::segment(&segment);
        match is_makefile(&source.path) {
            true => recipes(text, is_just(&source.path), &place, document),
            false => read_text(text, &place, &mut Variables::new(), document),
        }
    }
}

/// The text with what other shells write for the same: lines that go on, and in PowerShell what a result is kept in. No
/// offset moves.
fn as_shell<'t>(text: &'t [u8], extension: &str) -> Cow<'t, [u8]> {
    let sign = match extension {
        "ps1" => b'`',
        "bat" | "cmd" => b'^',
        _ => return text.into(),
    };
    let mut changed = text.to_vec();
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = at + line.trim_ascii_end().len();
        if line.ends_with(b"\n") && end > at && text.get(end - 1) == Some(&sign) {
            changed[end - 1..at + line.len() - 1].fill(b' ');
            changed[at + line.len() - 2] = b'\\';
        }
        if sign == b'`' && let Some(length) = kept_in(line) {
            changed[at..at + length].fill(b' ');
        }
        at += line.len();
    }
    changed.into()
}

/// The bytes of `$name =` at the beginning of a line.
fn kept_in(line: &[u8]) -> Option<usize> {
    let rest = line.trim_ascii_start().strip_prefix(b"$")?;
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')).count();
    let value = rest.get(name..)?.trim_ascii_start().strip_prefix(b"=")?;
    (name > 0).then_some(line.len() - value.len())
}

fn is_makefile(path: &ArtifactPath) -> bool {
    matches!(path.file_name(), "Makefile" | "makefile" | "GNUmakefile") || path.extension() == "mk" || is_just(path)
}

fn is_just(path: &ArtifactPath) -> bool {
    matches!(path.file_name(), "justfile" | "Justfile" | ".justfile") || path.extension() == "just"
}

/// `#!/bin/sh`, `#!/usr/bin/env bash`
fn is_shell_script(head: &[u8]) -> bool {
    let Some(head) = head.strip_prefix(b"#!") else { return false };
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).split_whitespace().any(super::shell::is_shell)
}

/// The lines that begin with a tab, each a shell text of its own, with those that a backslash joins to it.
fn recipes(text: &[u8], is_just: bool, place: &Place<'_>, document: &mut Document<'_>) {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let mut length = 0;
        loop {
            let line = rest.get(length..).unwrap_or_default();
            let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
            let continues = line.get(..end).unwrap_or_default().ends_with(b"\\") && length + end < rest.len();
            length += end;
            if !continues {
                break;
            }
            length += 1;
        }
        let line = rest.get(..length).unwrap_or_default();
        let start = match line.first() {
            Some(b'\t') => Some(1),
            // Recipes of just are indented by anything.
            Some(b' ') if is_just => Some(line.len() - line.trim_ascii_start().len()),
            // `target: prerequisites ; recipe`
            Some(byte) if !byte.is_ascii_whitespace() && *byte != b'#' => {
                memchr::memchr(b':', line).and_then(|colon| {
                    let rule = line.get(colon..).filter(|rule| !rule.starts_with(b":="))?;
                    memchr::memchr(b';', rule).map(|at| colon + at + 1)
                })
            }
            _ => None,
        };
        if let Some((start, recipe)) = start.and_then(|start| line.get(start..).map(|recipe| (start, recipe))) {
            // `@` silences, `-` ignores failure, `+` runs always.
            let marks = recipe.iter().take_while(|byte| matches!(byte, b'@' | b'-' | b'+' | b' ')).count();
            let recipe = recipe.get(marks..).unwrap_or_default();
            if may_concern(recipe, document.wanted) {
                let inside = place.inside(OffsetMap::identity(at + start + marks, recipe.len()));
                read_text(recipe, &inside, &mut Variables::new(), document);
            }
        }
        at += length + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(ArtifactPath::new(path), text.as_bytes());
        assert!(ShellScript.claims(&source.path, text.as_bytes()), "{path}");
        let mut document = Document::new(&source);
        ShellScript.parse(&source, &mut document);
        document.dependencies.iter().map(|found| format!("{} {} @{}", found.name, found.specifier, found.declared_at.start.line)).collect()
    }

    #[test]
    fn scripts_and_recipes() {
        assert_eq!(read("a.sh", "\u{FEFF}# pip install no\nV=2\nif x; then\n  pip install a==$V\nfi\n"), ["a ==2 @4"]);
        assert_eq!(read("run", "#!/usr/bin/env bash\npip install a"), ["a  @2"]);
        assert_eq!(read("Makefile", "a: b ; $(PIP) install c==1\nx := y: ; pip\n"), ["c ==1 @1"]);
        assert_eq!(read("justfile", "install target:\n    @pip install a==1\n"), ["a ==1 @2"]);
        assert_eq!(read("Makefile", "pip install no:\n\t@pip install a \\\n\t  b\n\techo x\nx = pip install no\n"), ["a  @2", "b  @3"]);
    }
}
