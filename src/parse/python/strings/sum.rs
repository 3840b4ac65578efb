//! Sums of known names: `first + second`, and those that a literal is added to.

use super::{Definition, Scanner, Text, name_length};
use crate::model::Span;

/// Names of one sum that are read.
const MAXIMUM_PARTS: usize = 64;
/// How far a variable of a block is followed, in bytes.
const LONGEST_BLOCK: usize = 1024;
/// The shortest value that is worth the search for sums.
const SHORTEST_PIECE: usize = 8;

/// True for a value that may be a piece of a secret: one word with a digit or capitals inside.
pub(super) fn is_piece(value: &[u8]) -> bool {
    value.len() >= SHORTEST_PIECE
        && value.iter().skip(1).any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && value.iter().all(u8::is_ascii_graphic)
}

impl Scanner<'_> {
    /// Writes every sum of names alone, where some name holds a piece of a secret.
    pub(super) fn sums(&mut self) {
        if !self.has_piece || self.names.len() < 2 {
            return;
        }
        let text = self.text;
        let mut done = 0;
        for plus in memchr::memchr_iter(b'+', text) {
            if plus < done {
                continue;
            }
            let before = text.get(..plus).unwrap_or_default().trim_ascii_end();
            let first = self.name_that_ends(before.len()).filter(|name| self.is_known_at(name.slice(text), plus));
            let Some(first) = first else { continue };
            let mut value = Text::default();
            self.append_known(first.slice(text), &mut value);
            self.at = first.end;
            for _ in 0..MAXIMUM_PARTS {
                let Some((start, end)) = self.added(self.at) else { break };
                self.append_known(text.get(start..end).unwrap_or_default(), &mut value);
                self.at = end;
            }
            done = self.at;
            if done > plus {
                self.emit(first.start, &value);
            }
        }
    }

    /// The known names in `NAME + NAME + ` before `start`.
    pub(super) fn added_before(&self, start: usize) -> Vec<Span> {
        let mut names = Vec::new();
        let mut end = start;
        while names.len() < MAXIMUM_PARTS {
            let before = self.text.get(..end).unwrap_or_default().trim_ascii_end().strip_suffix(b"+");
            let name = before.and_then(|before| self.name_that_ends(before.trim_ascii_end().len()));
            let Some(name) = name.filter(|name| self.names.contains_key(name.slice(self.text))) else { break };
            names.push(name);
            end = name.start;
        }
        names.reverse();
        names
    }

    /// The known name in ` + name` at `at`.
    fn added(&self, at: usize) -> Option<(usize, usize)> {
        let plus = self.without_blanks(at);
        let start = (self.text.get(plus) == Some(&b'+')).then(|| self.without_blanks(plus + 1))?;
        let end = start + name_length(self.text.get(start..)?);
        self.is_known_at(self.text.get(start..end)?, start).then_some((start, end))
    }

    /// True when the name still means what it was given, as far as the indentation tells: a variable of the module, or of the
    /// block that goes on since.
    fn is_known_at(&self, name: &[u8], at: usize) -> bool {
        let Some(Definition { at: defined, .. }) = self.names.get(name) else { return false };
        let head = self.text.get(self.line_start(*defined)..*defined).unwrap_or_default();
        let indent = indentation(head);
        if indent == 0 {
            return true;
        }
        let Some(between) = self.text.get(*defined..at).filter(|between| between.len() <= LONGEST_BLOCK) else { return false };
        between.split(|byte| *byte == b'\n').skip(1).all(|line| {
            let statement = line.trim_ascii_start();
            statement.is_empty() || (indentation(line) >= indent && !statement.starts_with(b"def "))
        })
    }
}

fn indentation(line: &[u8]) -> usize {
    line.len() - line.trim_ascii_start().len()
}
