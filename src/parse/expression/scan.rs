//! The bytes of an expression: blanks and comments, words, numbers, and passing over what is not read.

use super::{Reader, Syntax};
use crate::model::Span;

impl<'t> Reader<'t> {
    /// The offset of the next byte.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Goes back to an offset that was read before.
    pub fn back_to(&mut self, offset: usize) {
        self.at = self.at.min(offset);
    }

    /// The byte that many bytes ahead.
    pub fn peek(&self, ahead: usize) -> Option<u8> {
        let at = self.at.saturating_add(ahead);
        self.text.get(at).copied().filter(|_| at < self.end)
    }

    /// True when these bytes stand next.
    pub fn starts_with(&self, bytes: &[u8]) -> bool {
        self.rest().starts_with(bytes)
    }

    /// Takes these bytes, when they stand next.
    pub fn take(&mut self, bytes: &[u8]) -> bool {
        let found = self.starts_with(bytes);
        if found {
            self.at += bytes.len();
        }
        found
    }

    /// What is written from `start` to here.
    pub fn written(&self, start: usize) -> String {
        String::from_utf8_lossy(Span::new(start, self.at).slice(self.text)).trim().to_owned()
    }

    pub(super) fn rest(&self) -> &'t [u8] {
        Span::new(self.at, self.end).slice(self.text)
    }

    pub(super) fn quote(&self) -> u8 {
        if self.syntax == Syntax::Hcl { b'"' } else { b'\'' }
    }

    /// Passes over blanks and comments, and over line ends where they end nothing.
    pub fn blanks(&mut self) {
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if !self.lines => self.at += 1,
                b'#' | b'/' if self.comment() => {}
                _ => return,
            }
        }
    }

    /// The same, and over line ends everywhere.
    pub fn any_blanks(&mut self) {
        let lines = std::mem::replace(&mut self.lines, false);
        self.blanks();
        self.lines = lines;
    }

    /// Passes over blanks, and in Bicep over line ends behind which an operator stands that begins no other item.
    pub(super) fn blanks_before_operator(&mut self) {
        self.blanks();
        if self.syntax == Syntax::Bicep && self.peek(0) == Some(b'\n') {
            let before = self.at;
            self.any_blanks();
            let signs: [&[u8]; 6] = [b"?", b":", b"&&", b"||", b"==", b"!="];
            if !signs.iter().any(|sign| self.starts_with(sign)) {
                self.at = before;
            }
        }
    }

    /// Passes over a comment, without the end of its line. `#` begins a directive in Bicep, which says nothing here.
    fn comment(&mut self) -> bool {
        let rest = self.rest();
        let length = match (rest.first(), rest.get(1)) {
            (Some(b'#'), _) | (Some(b'/'), Some(b'/')) if self.syntax != Syntax::Arm => {
                memchr::memchr(b'\n', rest).unwrap_or(rest.len())
            }
            (Some(b'/'), Some(b'*')) if self.syntax != Syntax::Arm => {
                let body = rest.get(2..).unwrap_or_default();
                memchr::memmem::find(body, b"*/").map_or(rest.len(), |end| end + 4)
            }
            _ => return false,
        };
        self.at += length;
        true
    }

    /// Takes an identifier. Those of HCL may hold a `-`.
    pub fn identifier(&mut self) -> Option<&'t str> {
        let dash = self.syntax == Syntax::Hcl;
        let rest = self.rest();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || (dash && *byte == b'-');
        if !rest.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_') {
            return None;
        }
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).and_then(|word| std::str::from_utf8(word).ok())
    }

    /// Takes this word, when it stands next as a whole.
    pub fn word(&mut self, word: &str) -> bool {
        let before = self.at;
        if self.identifier() == Some(word) {
            return true;
        }
        self.at = before;
        false
    }

    pub(super) fn number(&mut self) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(|byte| byte.is_ascii_alphanumeric())
            || self.peek(0) == Some(b'.') && self.peek(1).is_some_and(|byte| byte.is_ascii_digit())
        {
            let exponent = matches!(self.peek(0), Some(b'e' | b'E')) && matches!(self.peek(1), Some(b'+' | b'-'));
            self.at += if exponent { 2 } else { 1 };
        }
        self.written(start)
    }

    /// True at the beginning of a line.
    pub fn at_line_start(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|before| self.text.get(before));
        before.is_none_or(|byte| *byte == b'\n')
    }

    /// Passes over everything up to one of `stops`, or to a closing bracket that nothing here opened. Brackets, texts and
    /// comments that begin here are passed over as a whole.
    pub fn skip(&mut self, stops: &[u8]) {
        let quote = self.quote();
        let mut open = Vec::new();
        while let Some(byte) = self.peek(0) {
            if open.last() == Some(&quote) {
                self.skip_in_text(byte, &mut open);
                continue;
            }
            match byte {
                _ if open.is_empty() && stops.contains(&byte) => return,
                // The wrong closing bracket closes too: the text is broken as it is.
                b')' | b']' | b'}' if open.pop().is_none() => return,
                b'(' | b'[' | b'{' => open.push(byte),
                b'<' if self.at_heredoc() => {
                    self.heredoc_body();
                    continue;
                }
                b'#' | b'/' if self.comment() => continue,
                b'\'' if self.skip_block() => continue,
                _ if byte == quote => open.push(byte),
                _ => {}
            }
            self.at += 1;
        }
    }

    fn skip_in_text(&mut self, byte: u8, open: &mut Vec<u8>) {
        let plain = self.syntax == Syntax::Arm;
        match byte {
            b'\\' if !plain => self.at += 1,
            // No text goes on over a line end: this one was not closed.
            b'\n' if !plain => {
                open.pop();
                return;
            }
            b'$' | b'%' if !plain && self.peek(1) == Some(byte) && self.peek(2) == Some(b'{') => self.at += 2,
            b'$' | b'%' if !plain && self.peek(1) == Some(b'{') => {
                self.at += 1;
                open.push(b'{');
            }
            _ if byte == self.quote() => {
                open.pop();
            }
            _ => {}
        }
        self.at = self.at.saturating_add(1).min(self.end);
    }

    /// Passes over a text of several lines of Bicep.
    fn skip_block(&mut self) -> bool {
        let found = self.syntax == Syntax::Bicep && self.take(b"'''");
        if found {
            let length = memchr::memmem::find(self.rest(), b"'''").map_or(self.rest().len(), |end| end + 3);
            self.at += length;
        }
        found
    }
}
