//! Names with what is asked of them (`a.b[0].c`), and calls.

use super::{MAXIMUM_DEPTH, Reader, Syntax, function, mentioned};
use crate::model::Given;

/// Calls that are made of what calls give: `a().b().c()`.
const MAXIMUM_CALLS: usize = 16;

impl Reader<'_> {
    /// What a word that was just taken begins: a literal, a name, a call.
    pub(super) fn name(&mut self, word: &str) -> Given {
        match (word, self.syntax) {
            ("true" | "false", _) => return Given::Boolean(word == "true"),
            ("null", Syntax::Hcl | Syntax::Bicep) => return Given::Null,
            _ => {}
        }
        if let Some(value) = self.function_body() {
            return value;
        }
        self.access(Given::Name(word.to_owned()))
    }

    /// What stands behind the `=>` of a function of Bicep: the names in it, as it is not known what it is called with.
    pub(super) fn function_body(&mut self) -> Option<Given> {
        if self.syntax != Syntax::Bicep || !self.operator(b"=>") {
            return None;
        }
        self.any_blanks();
        let value = self.expression();
        Some(mentioned([value]))
    }

    /// What is asked of a value: `.property`, `[index]`, and `(…)` of a name.
    pub(super) fn access(&mut self, mut value: Given) -> Given {
        let mut path = String::new();
        let mut indexed = false;
        let mut calls = 0;
        loop {
            if self.property(&value, &mut path, &mut indexed) {
                continue;
            }
            if calls < MAXIMUM_CALLS && self.at_call(&value, &path) {
                calls += 1;
                value = self.call(value, std::mem::take(&mut path));
                indexed = false;
                continue;
            }
            break;
        }
        if self.peek(0) == Some(b'(') && calls >= MAXIMUM_CALLS {
            self.excess.get_or_insert(self.at);
            self.skip(b",\n");
            return mentioned([value]);
        }
        match value {
            Given::Name(name) => Given::Name(name + &path),
            value if path.is_empty() && !indexed => value,
            value if path.is_empty() => Given::Call(".".to_owned(), vec![value]),
            value => Given::Call(path, vec![value]),
        }
    }

    /// Takes one property or index. Indexes that choose one of several resources are dropped; of values a text is a property,
    /// a number `[1]`, and what is not known `[]`.
    fn property(&mut self, value: &Given, path: &mut String, indexed: &mut bool) -> bool {
        match (self.peek(0), self.peek(1)) {
            (Some(b'['), _) => {
                let key = self.index();
                match key {
                    Some(Given::Text(key)) if self.is_property(value, path) => {
                        path.push('.');
                        path.push_str(&key);
                    }
                    Some(Given::Number(number)) if self.is_property(value, path) && matches!(value, Given::Name(_)) => {
                        path.push_str(&format!(".[{number}]"))
                    }
                    Some(_) if self.is_property(value, path) && matches!(value, Given::Name(_)) => path.push_str(".[]"),
                    _ => *indexed = true,
                }
                true
            }
            (Some(b'.'), Some(b'*' | b'0'..=b'9')) => {
                self.at += 2;
                while self.peek(0).is_some_and(|byte| byte.is_ascii_digit()) {
                    self.at += 1;
                }
                *indexed = true;
                true
            }
            (Some(b'.'), Some(b'?')) => self.part(2, path),
            (Some(b'.'), _) => self.part(1, path),
            (Some(b':'), Some(b':')) => self.part(2, path),
            // `a!` says that it is not null.
            (Some(b'!'), next) if self.syntax == Syntax::Bicep && !matches!(next, Some(b'=' | b'~')) => {
                self.at += 1;
                true
            }
            _ => false,
        }
    }

    fn part(&mut self, sign: usize, path: &mut String) -> bool {
        let before = self.at;
        self.at += sign;
        match self.identifier() {
            Some(word) => {
                path.push('.');
                path.push_str(word);
                true
            }
            None => {
                self.at = before;
                false
            }
        }
    }

    /// Takes `[…]`; `None` for `[*]`.
    fn index(&mut self) -> Option<Given> {
        self.at += 1;
        self.any_blanks();
        let key = if self.take(b"*") {
            None
        } else {
            self.take(b"?");
            Some(self.bracketed())
        };
        self.close(b']');
        key
    }

    /// In Terraform `["x"]` behind the label of a resource or a module chooses one of several that are alike.
    fn is_property(&self, value: &Given, path: &str) -> bool {
        let Given::Name(name) = value else { return true };
        let label = match name.as_str() {
            "data" => 2,
            "var" | "local" | "each" | "self" | "path" | "terraform" => return true,
            _ => 1,
        };
        // `x.value["y"]` in a dynamic block called x.
        self.syntax != Syntax::Hcl
            || path == ".value"
            || path.bytes().filter(|byte| *byte == b'.').take(3).count() != label
    }

    fn at_call(&mut self, value: &Given, path: &str) -> bool {
        if !matches!(value, Given::Name(_)) && path.is_empty() {
            return false;
        }
        let before = self.at;
        // Blanks may stand before the bracket, line ends may not.
        while matches!(self.peek(0), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let found = self.peek(0) == Some(b'(');
        if !found {
            self.at = before;
        }
        found
    }

    fn call(&mut self, value: Given, path: String) -> Given {
        self.at += 1;
        let mut arguments = Vec::new();
        let name = match value {
            Given::Name(name) => name + &path,
            // A method: what it is asked of comes first.
            value => {
                arguments.push(value);
                path
            }
        };
        let lines = std::mem::replace(&mut self.lines, false);
        loop {
            self.blanks();
            match self.peek(0) {
                None | Some(b')' | b']' | b'}') => break,
                Some(b',') => self.at += 1,
                Some(_) => {
                    let start = self.at;
                    arguments.push(self.expression());
                    self.take(b"...");
                    self.blanks();
                    if self.at == start || !matches!(self.peek(0), None | Some(b',' | b')' | b']' | b'}')) {
                        self.malformed();
                        self.skip(b",\n");
                    }
                }
            }
        }
        self.lines = lines;
        self.close(b')');
        function::lower(self.syntax, name, arguments)
    }
}

const _: () = assert!(MAXIMUM_CALLS < MAXIMUM_DEPTH);
