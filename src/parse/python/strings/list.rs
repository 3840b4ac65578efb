//! A list of strings that is joined: `"".join(["a", b])`, of literals and known names.

use super::{Literal, Scanner, Text, name_length};

/// Parts of one list that are read.
const MAXIMUM_PARTS: usize = 64;
/// The longest text that stands between them: it is repeated.
const MAXIMUM_SEPARATOR: usize = 16;
const CALL: &[u8] = b".join(";

/// What is put into a list or a template.
pub(super) enum Operand<'t> {
    Literal(Literal),
    Name(&'t [u8]),
}

impl<'t> Scanner<'t> {
    /// The parts of the list behind `separator.join(`, joined, and where the list ends; `None` where a part is not known.
    pub(super) fn joined_list(&mut self, separator: &Literal) -> Option<(Text, usize)> {
        let list = self.text.get(separator.end..)?.strip_prefix(CALL)?;
        if separator.inner.len() > MAXIMUM_SEPARATOR {
            return None;
        }
        let list = list.trim_ascii_start().strip_prefix(b"[").or_else(|| list.trim_ascii_start().strip_prefix(b"("))?;
        let before = self.at;
        let joined = self.parts(separator, self.text.len() - list.len());
        self.at = before;
        joined
    }

    fn parts(&mut self, separator: &Literal, mut at: usize) -> Option<(Text, usize)> {
        let mut value = Text::default();
        for part in 0..MAXIMUM_PARTS {
            at = self.without_blanks(at);
            if matches!(self.text.get(at)?, b']' | b')') {
                return (part > 1).then_some((value, at));
            }
            if part > 0 {
                self.decode(separator, &mut value, &mut 0);
            }
            let (operand, end) = self.operand(at)?;
            self.append_operand(&operand, &mut value);
            at = self.without_blanks(end);
            if self.text.get(at) == Some(&b',') {
                at += 1;
            } else if !matches!(self.text.get(at)?, b']' | b')') {
                return None;
            }
        }
        None
    }

    /// The literal or known name at `at`, and where it ends.
    pub(super) fn operand(&mut self, at: usize) -> Option<(Operand<'t>, usize)> {
        let prefix = self.prefix_ahead(at);
        if matches!(self.text.get(at + prefix)?, b'"' | b'\'') {
            self.at = at + prefix;
            let literal = self.literal()?;
            return Some((Operand::Literal(literal), literal.end));
        }
        let end = at + name_length(self.text.get(at..)?);
        let name = self.text.get(at..end).filter(|name| self.names.contains_key(name))?;
        Some((Operand::Name(name), end))
    }

    pub(super) fn append_operand(&mut self, operand: &Operand<'_>, value: &mut Text) {
        match operand {
            Operand::Literal(literal) => self.decode(literal, value, &mut 0),
            Operand::Name(name) => self.append_known(name, value),
        }
    }

    /// The first byte from `at` on that is no blank, line end, continued line or comment.
    pub(super) fn without_blanks(&self, mut at: usize) -> usize {
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            at += rest.len() - rest.trim_ascii_start().len();
            match self.text.get(at..) {
                Some([b'#', rest @ ..]) => at += 1 + memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                Some([b'\\', b'\r' | b'\n', ..]) => at += 2,
                _ => return at,
            }
        }
    }
}
