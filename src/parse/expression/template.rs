//! Texts: quotes, escapes, `${…}`, `%{…}`, heredocs and `'''`.

use super::{Reader, Syntax, mentioned};
use crate::model::{Given, Span};

/// A text while it is put together.
#[derive(Default)]
struct Parts {
    done: Vec<Given>,
    text: Vec<u8>,
}

impl Parts {
    fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.done.push(Given::Text(String::from_utf8_lossy(&text).into_owned()));
        }
    }

    fn push(&mut self, value: Given) {
        self.flush();
        self.done.push(value);
    }

    /// Text where nothing else is in it; a lone value is that value.
    fn finish(mut self) -> Given {
        self.flush();
        match self.done.len() {
            0 => Given::Text(String::new()),
            1 => self.done.pop().unwrap_or_else(Given::unknown),
            _ => Given::Call("+".to_owned(), self.done),
        }
    }
}

impl Reader<'_> {
    /// Reads the text whose quote stands next.
    pub fn text(&mut self) -> Given {
        let interpolated = self.take(b"$");
        if self.syntax == Syntax::Bicep && self.take(b"'''") {
            return self.block(interpolated);
        }
        let quote = self.quote();
        let mut parts = Parts::default();
        self.at += 1;
        loop {
            match self.peek(0) {
                Some(byte) if byte == quote => {
                    self.at += 1;
                    if self.syntax != Syntax::Arm || self.peek(0) != Some(quote) {
                        return parts.finish();
                    }
                    parts.text.push(quote);
                    self.at += 1;
                }
                Some(b'\n') if self.syntax != Syntax::Arm => break,
                Some(b'\\') if self.syntax != Syntax::Arm => self.escape(&mut parts.text),
                Some(byte) => self.byte_of_text(byte, &mut parts),
                None => break,
            }
        }
        self.malformed();
        parts.finish()
    }

    /// Bicep's text of several lines: no escapes, and no `${}` unless a `$` stands before it. The first line end is none of
    /// it.
    fn block(&mut self, interpolated: bool) -> Given {
        let _ = self.take(b"\r\n") || self.take(b"\n");
        let length = memchr::memmem::find(self.rest(), b"'''");
        if length.is_none() {
            self.malformed();
        }
        let body = self.at.saturating_add(length.unwrap_or(self.rest().len()));
        let value = self.body(body, interpolated, 0);
        self.take(b"'''");
        value
    }

    /// True at `<<NAME` or `<<-NAME`.
    pub(super) fn at_heredoc(&self) -> bool {
        let first = self.peek(if self.starts_with(b"<<-") { 3 } else { 2 });
        self.syntax == Syntax::Hcl
            && self.starts_with(b"<<")
            && first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    }

    pub(super) fn heredoc(&mut self) -> Given {
        let indented = self.starts_with(b"<<-");
        let (body, end) = self.heredoc_body();
        let stripped = if indented { indentation(body.slice(self.text)) } else { 0 };
        self.at = body.start;
        let value = self.body(body.end, true, stripped);
        self.at = end;
        value
    }

    /// Passes over a heredoc; gives its lines and the end of the word that closes it.
    pub(super) fn heredoc_body(&mut self) -> (Span, usize) {
        self.at += 2;
        self.take(b"-");
        let marker = self.identifier().unwrap_or_default().as_bytes();
        self.at += memchr::memchr(b'\n', self.rest()).map_or(self.rest().len(), |end| end + 1);
        let start = self.at;
        while self.peek(0).is_some() {
            let line = self.rest();
            let length = memchr::memchr(b'\n', line).map_or(line.len(), |end| end + 1);
            let line = line.get(..length).unwrap_or(line);
            if line.trim_ascii() == marker {
                let body = Span::new(start, self.at);
                self.at += line.trim_ascii_end().len();
                return (body, self.at);
            }
            self.at += length;
        }
        self.malformed();
        (Span::new(start, self.at), self.at)
    }

    /// Reads text up to `end`, without `stripped` blanks at the beginning of every line.
    fn body(&mut self, end: usize, interpolated: bool, stripped: usize) -> Given {
        let outer = self.end;
        self.end = end.min(outer);
        let mut parts = Parts::default();
        let mut margin = stripped;
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' if margin > 0 => {
                    margin -= 1;
                    self.at += 1;
                }
                b'\n' => {
                    margin = stripped;
                    parts.text.push(byte);
                    self.at += 1;
                }
                _ if interpolated => {
                    margin = 0;
                    self.byte_of_text(byte, &mut parts);
                }
                _ => {
                    parts.text.push(byte);
                    self.at += 1;
                }
            }
        }
        self.end = outer;
        parts.finish()
    }

    /// A byte of text, or what `${` or `%{` begins.
    fn byte_of_text(&mut self, byte: u8, parts: &mut Parts) {
        let marker = matches!((byte, self.syntax), (b'$', Syntax::Hcl | Syntax::Bicep) | (b'%', Syntax::Hcl));
        if marker && self.syntax == Syntax::Hcl && self.peek(1) == Some(byte) && self.peek(2) == Some(b'{') {
            parts.text.extend([byte, b'{']);
            self.at += 3;
        } else if marker && self.peek(1) == Some(b'{') {
            self.at += 2;
            self.take(b"~");
            let value = if byte == b'$' { self.bracketed() } else { self.directive() };
            self.take(b"~");
            self.close(b'}');
            parts.push(value);
        } else {
            parts.text.push(byte);
            self.at += 1;
        }
    }

    /// `if …`, `for … in …`, `else`, `endif`, `endfor`: which of the text is used is not known.
    fn directive(&mut self) -> Given {
        self.any_blanks();
        let value = if self.word("if") {
            self.any_blanks();
            self.bracketed()
        } else if self.word("for") {
            self.loop_names();
            self.bracketed()
        } else {
            self.identifier();
            self.any_blanks();
            Given::unknown()
        };
        mentioned([value])
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        self.at += 1;
        let Some(byte) = self.peek(0) else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'u' | b'U' => {
                let braces = self.take(b"{");
                let most = if byte == b'U' || braces { 8 } else { 4 };
                let digits = self.rest().iter().take(most).take_while(|byte| byte.is_ascii_hexdigit()).count();
                let written = self.rest().get(..digits).and_then(|digits| std::str::from_utf8(digits).ok());
                let code = written.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
                let character = code.unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend(character.encode_utf8(&mut [0; 4]).bytes());
                self.at += digits;
                if braces {
                    self.take(b"}");
                }
            }
            b'"' | b'\'' | b'\\' | b'$' => text.push(byte),
            // The line end closes the text.
            b'\n' => self.at -= 1,
            _ => text.extend([b'\\', byte]),
        }
    }
}

/// The blanks that every line which is not empty begins with.
fn indentation(body: &[u8]) -> usize {
    let blanks = |line: &[u8]| line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.map(blanks).min().unwrap_or_default()
}
