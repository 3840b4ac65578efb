//! Lists and objects, and the loops that make them.

use super::{Reader, Syntax};
use crate::model::{Given, Setting};

impl Reader<'_> {
    /// Reads the list whose bracket stands next. Elements stand apart by commas or line ends.
    pub(super) fn list(&mut self) -> Given {
        self.at += 1;
        self.any_blanks();
        if self.word("for") {
            return self.comprehension(b']');
        }
        // Between brackets of HCL a line end means nothing, and an operator may stand behind it.
        let lines = std::mem::replace(&mut self.lines, self.syntax == Syntax::Bicep);
        let mut elements = Vec::new();
        loop {
            self.any_blanks();
            match self.peek(0) {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                None | Some(b'}' | b')') => {
                    self.malformed();
                    break;
                }
                Some(_) => self.element(&mut elements),
            }
        }
        self.lines = lines;
        Given::List(elements)
    }

    fn element(&mut self, elements: &mut Vec<Setting>) {
        let start = self.at;
        let spread = self.take(b"...");
        let value = self.expression();
        if self.at > start {
            let name = if spread { "..." } else { "" };
            self.push(elements, name.to_owned(), value, start);
        }
        self.end_item(start, b']');
    }

    /// Reads the object whose brace stands next.
    pub(super) fn object(&mut self) -> Given {
        let before = self.at;
        self.at += 1;
        self.any_blanks();
        if self.syntax == Syntax::Hcl && self.word("for") {
            // `for` may be a key.
            self.blanks();
            if !matches!(self.peek(0), Some(b'=' | b':')) {
                return self.comprehension(b'}');
            }
        }
        self.at = before;
        Given::Group(self.group(&mut |_| false))
    }

    /// Reads the object whose brace stands next; `each` may read what begins an item and is no key, and says whether it did.
    pub fn group(&mut self, each: &mut dyn FnMut(&mut Self) -> bool) -> Vec<Setting> {
        self.at += 1;
        let lines = std::mem::replace(&mut self.lines, true);
        let mut settings = Vec::new();
        loop {
            self.any_blanks();
            match self.peek(0) {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                None | Some(b']' | b')') => {
                    self.malformed();
                    break;
                }
                Some(_) => {
                    if !each(self) {
                        self.member(&mut settings);
                    }
                }
            }
        }
        self.lines = lines;
        settings
    }

    fn member(&mut self, settings: &mut Vec<Setting>) {
        let start = self.at;
        if self.take(b"...") {
            let value = self.expression();
            self.push(settings, "...".to_owned(), value, start);
        } else if let Some(name) = self.key() {
            self.blanks();
            let signed = !self.starts_with(b"==") && (self.take(b":") || self.syntax == Syntax::Hcl && self.take(b"="));
            if signed {
                self.blanks();
                let value = self.expression();
                self.push(settings, name, value, start);
            }
        }
        self.end_item(start, b'}');
    }

    /// A key: a word, a text, or what is written where it is an expression.
    fn key(&mut self) -> Option<String> {
        let start = self.at;
        let first = self.peek(0)?;
        if first == self.quote() {
            return Some(match self.text() {
                Given::Text(text) => text,
                _ => self.written(start),
            });
        }
        if first == b'(' || first.is_ascii_digit() {
            self.expression();
            return Some(self.written(start));
        }
        let word = self.identifier()?;
        let found = matches!(self.peek(0), Some(b'.' | b'['));
        if found {
            self.name(word);
        }
        Some(if found { self.written(start) } else { word.to_owned() })
    }

    /// Goes to the end of an item; what is left of it is passed over.
    fn end_item(&mut self, start: usize, bracket: u8) {
        let before = self.at;
        self.blanks();
        let separated = memchr::memchr(b'\n', super::Span::new(before, self.at).slice(self.text)).is_some();
        if self.at > start && (separated || matches!(self.peek(0), Some(b',' | b'\n'))) || self.peek(0) == Some(bracket)
        {
            return;
        }
        self.malformed();
        self.skip(b",\n");
        // A bracket that closes something else is whoever opened that one's; anything else is passed over.
        if self.at == start && !matches!(self.peek(0), Some(b')' | b']' | b'}')) {
            self.at = self.at.saturating_add(1).min(self.end);
        }
    }

    /// What stands behind `for`: the list, the condition if there is one, and last what is made of each.
    fn comprehension(&mut self, bracket: u8) -> Given {
        let lines = std::mem::replace(&mut self.lines, false);
        let mut parts = self.loop_header();
        parts.push(self.expression());
        self.blanks();
        if self.take(b"=>") {
            self.blanks();
            parts.push(self.expression());
            self.blanks();
        }
        // `...` groups by key.
        self.take(b"...");
        self.blanks();
        if self.word("if") {
            self.blanks();
            let condition = self.expression();
            parts.insert(1.min(parts.len()), condition);
        }
        self.close(bracket);
        self.lines = lines;
        Given::Call("for".to_owned(), parts)
    }

    /// Reads from behind `for` up to what is made of each: the list, and Bicep's condition if there is one.
    pub fn loop_header(&mut self) -> Vec<Given> {
        self.loop_names();
        let mut parts = vec![self.bracketed()];
        if self.take(b":") {
            self.any_blanks();
        } else {
            self.malformed();
        }
        if self.syntax == Syntax::Bicep && self.word("if") {
            self.any_blanks();
            parts.push(self.expression());
            self.any_blanks();
        }
        parts
    }

    /// Passes over `key, value in`, and `(value, index) in` of Bicep.
    pub(super) fn loop_names(&mut self) {
        self.any_blanks();
        if self.take(b"(") {
            self.skip(b"\n");
            self.take(b")");
        }
        loop {
            self.any_blanks();
            match self.identifier() {
                Some("in") => break,
                Some(_) => {}
                None if self.take(b",") => {}
                None => {
                    self.malformed();
                    break;
                }
            }
        }
        self.any_blanks();
    }
}
