//! Expressions of HCL, of Bicep and of the strings of ARM templates, as [`Given`] values: one reader for three languages
//! that differ in quotes, comments, the sign in objects and the names of a few functions.
//!
//! Nothing is evaluated: a name stays a name, a function stays a call. What is written for the tools' sake only is taken
//! off (`jsonencode(x)`, `tostring(x)`, `any(x)` are `x`; indexes are dropped). It is tolerant: what is no expression is
//! passed over to the end of its line, and the first such place is remembered.
//!
//! Standards: <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>,
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types>,
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions>.

mod collection;
mod function;
mod name;
mod scan;
mod template;

use crate::model::{Document, Given, Location, NotificationKind, Setting, Source, Span};

/// Brackets, blocks and branches inside each other that are followed. Real files need some 20; every level costs a few
/// frames of the stack here, and in whoever reads the value.
pub const MAXIMUM_DEPTH: usize = 64;
/// Settings and elements of one file that are kept; one costs some 200 bytes and is written with two.
pub const MAXIMUM_SETTINGS: usize = 100_000;

/// Whose expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Terraform and OpenTofu.
    Hcl,
    /// Bicep.
    Bicep,
    /// What stands between `[` and `]` in a string of an ARM template.
    Arm,
}

/// Reads expressions one after the other.
pub struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    end: usize,
    syntax: Syntax,
    depth: usize,
    /// True where a line end ends an expression.
    lines: bool,
    source: &'t Source<'t>,
    settings: usize,
    /// Where something was passed over that could not be read, the first such place.
    malformed: Option<usize>,
    /// Where something was passed over because of its depth or number, the first such place.
    excess: Option<usize>,
}

/// What an ARM template means by a string: expressions stand in brackets, `[[` is a bracket.
pub fn arm(text: String, source: &Source<'_>) -> Given {
    let trimmed = text.trim();
    match trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(rest) if rest.starts_with('[') => Given::Text(trimmed.get(1..).unwrap_or_default().to_owned()),
        Some(rest) => {
            let mut reader = Reader::over(rest.as_bytes(), 0, Syntax::Arm, source);
            reader.lines = false;
            let value = reader.expression();
            reader.blanks();
            // Several values are no expression: `[1, 2]` in a text that is meant for something else.
            if reader.peek(0).is_some() { mentioned([value]) } else { value }
        }
        // Without the closing bracket it is text, however it begins.
        None => Given::Text(text),
    }
}

impl<'t> Reader<'t> {
    /// Begins with the text of a file.
    pub fn new(source: &'t Source<'t>, syntax: Syntax) -> Self {
        Self::over(source.text(), source.text_start(), syntax, source)
    }

    fn over(text: &'t [u8], at: usize, syntax: Syntax, source: &'t Source<'t>) -> Self {
        Self {
            text,
            at,
            end: text.len(),
            syntax,
            depth: 0,
            lines: true,
            source,
            settings: 0,
            malformed: None,
            excess: None,
        }
    }

    /// Notes what had to be passed over.
    pub fn finish(self, document: &mut Document<'_>, language: &str) {
        if let Some(at) = self.malformed {
            let message = format!("not valid {language} here; what it sets may be missed");
            document.notify_at(at, NotificationKind::Malformed, message);
        }
        if let Some(at) = self.excess {
            let message = "nested too deeply, or more settings than are read; some are missed";
            document.notify_at(at, NotificationKind::BudgetExceeded, message);
        }
    }

    /// Remembers that something here could not be read.
    pub fn malformed(&mut self) {
        self.malformed.get_or_insert(self.at);
    }

    /// The place of what begins at `start` and ends here: its first line.
    pub fn place(&self, start: usize) -> Location {
        self.first_line(Span::new(start, self.at))
    }

    /// The place of the first line of a span.
    pub fn first_line(&self, span: Span) -> Location {
        self.source.location(span.first_line(self.text))
    }

    /// Adds a setting that began at `start` and ends here.
    pub fn push(&mut self, settings: &mut Vec<Setting>, name: String, value: Given, start: usize) {
        if self.settings >= MAXIMUM_SETTINGS {
            self.excess.get_or_insert(self.at);
            return;
        }
        let location = self.place(start);
        self.keep(settings, Setting { name, value, location });
    }

    /// Adds a setting, up to a number of all settings.
    pub fn keep(&mut self, settings: &mut Vec<Setting>, setting: Setting) {
        if self.settings < MAXIMUM_SETTINGS {
            settings.push(setting);
            self.settings += 1;
        } else {
            self.excess.get_or_insert(self.at);
        }
    }

    /// What `read` reads one level deeper; `None`, and everything up to the next item passed over, below the last level.
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAXIMUM_DEPTH {
            self.excess.get_or_insert(self.at);
            self.skip(b",\n");
            return None;
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        Some(value)
    }

    /// Reads one expression; where there is none, nothing is passed over and the value is unknown.
    pub fn expression(&mut self) -> Given {
        self.nested(Self::conditional).unwrap_or_else(Given::unknown)
    }

    /// The same inside of brackets, where line ends are blanks.
    fn bracketed(&mut self) -> Given {
        let lines = std::mem::replace(&mut self.lines, false);
        let value = self.expression();
        self.blanks();
        self.lines = lines;
        value
    }

    fn conditional(&mut self) -> Given {
        let condition = self.binary(0);
        if self.syntax == Syntax::Arm || !self.operator(b"?") {
            return condition;
        }
        self.any_blanks();
        let then = self.expression();
        let otherwise = if self.operator(b":") {
            self.any_blanks();
            self.expression()
        } else {
            self.malformed();
            Given::unknown()
        };
        Given::Call("?:".to_owned(), vec![condition, then, otherwise])
    }

    /// Takes a sign that stands next, behind blanks; where it does not, nothing is passed over.
    fn operator(&mut self, sign: &[u8]) -> bool {
        let before = self.at;
        self.blanks_before_operator();
        let found = self.take(sign);
        if !found {
            self.at = before;
        }
        found
    }

    /// Operators of at least this level.
    fn binary(&mut self, minimum: u8) -> Given {
        let mut left = self.unary();
        let mut compared = false;
        while let Some((sign, level, end)) = self.sign().filter(|(_, level, _)| *level >= minimum) {
            self.at = end;
            self.any_blanks();
            let right = self.binary(level + 1);
            left = match (sign, left) {
                // One call however many there are: a chain of thousands is not thousands of calls inside each other.
                ("&&" | "||" | "??", Given::Call(name, mut operands)) if name == sign => {
                    operands.push(right);
                    Given::Call(name, operands)
                }
                ("&&" | "||" | "??", left) => Given::Call(sign.to_owned(), vec![left, right]),
                ("==" | "!=", left) if !compared => {
                    compared = true;
                    Given::Call(sign.to_owned(), vec![left, right])
                }
                // The names are added to those of the chain so far, for the same reason.
                (_, Given::Call(name, mut names)) if name.is_empty() => {
                    mention(right, &mut names);
                    Given::Call(name, names)
                }
                (_, left) => mentioned([left, right]),
            };
        }
        left
    }

    /// The binary operator that stands next, its level, and where it ends.
    fn sign(&mut self) -> Option<(&'static str, u8, usize)> {
        /// In the order in which they are tried. Bicep compares without regard to letter case with `=~`.
        const SIGNS: [(&[u8], &str, u8); 15] = [
            (b"??", "??", 0),
            (b"||", "||", 1),
            (b"&&", "&&", 2),
            (b"==", "==", 3),
            (b"!=", "!=", 3),
            (b"=~", "==", 3),
            (b"!~", "!=", 3),
            (b"<=", "", 4),
            (b">=", "", 4),
            (b"<", "", 4),
            (b">", "", 4),
            (b"+", "", 5),
            (b"-", "", 5),
            (b"*", "", 6),
            (b"/", "", 6),
        ];
        if self.syntax == Syntax::Arm {
            return None;
        }
        let before = self.at;
        self.blanks();
        let mut found = SIGNS.iter().find(|(written, ..)| self.starts_with(written)).copied();
        if self.starts_with(b"%") && !self.starts_with(b"%{") {
            found = Some((b"%", "", 6));
        }
        if found.is_none() {
            self.blanks_before_operator();
            found = SIGNS.iter().take(5).find(|(written, ..)| self.starts_with(written)).copied();
        }
        let end = self.at;
        self.at = before;
        found.map(|(written, sign, level)| (sign, level, end + written.len()))
    }

    fn unary(&mut self) -> Given {
        let mut negated = false;
        let mut minus = false;
        while self.syntax != Syntax::Arm {
            match self.peek(0) {
                Some(b'!') if self.peek(1) != Some(b'=') => negated = !negated,
                Some(b'-') => minus = true,
                _ => break,
            }
            self.at += 1;
            self.blanks();
        }
        match self.operand() {
            Given::Number(number) if minus => Given::Number(format!("-{number}")),
            value if minus => mentioned([value]),
            value if negated => Given::Call("!".to_owned(), vec![value]),
            value => value,
        }
    }

    fn operand(&mut self) -> Given {
        self.blanks();
        let value = match self.peek(0) {
            Some(byte) if byte == self.quote() => self.text(),
            Some(b'$') if self.syntax == Syntax::Bicep && self.starts_with(b"$'''") => self.text(),
            Some(b'<') if self.at_heredoc() => self.heredoc(),
            Some(b'(') => self.parentheses(),
            Some(b'[') if self.syntax != Syntax::Arm => self.list(),
            Some(b'{') if self.syntax != Syntax::Arm => self.object(),
            Some(b'0'..=b'9') => Given::Number(self.number()),
            Some(b'-') if self.syntax == Syntax::Arm => {
                self.at += 1;
                Given::Number(format!("-{}", self.number()))
            }
            _ => match self.identifier() {
                Some(word) => return self.name(word),
                None => {
                    self.malformed();
                    return Given::unknown();
                }
            },
        };
        self.access(value)
    }

    fn parentheses(&mut self) -> Given {
        self.at += 1;
        let mut value = self.bracketed();
        // `(a, b) => …` of Bicep.
        while self.take(b",") {
            value = self.bracketed();
        }
        self.close(b')');
        self.function_body().unwrap_or(value)
    }

    /// Takes the closing bracket; what stands before it is passed over.
    pub fn close(&mut self, bracket: u8) {
        let lines = std::mem::replace(&mut self.lines, false);
        self.blanks();
        self.lines = lines;
        if self.peek(0) != Some(bracket) {
            self.malformed();
            while self.peek(0).is_some_and(|byte| !matches!(byte, b')' | b']' | b'}' | b'\n')) {
                let before = self.at;
                self.skip(b"\n");
                self.at = self.at.max(before.saturating_add(1)).min(self.end);
            }
        }
        self.take(&[bracket]);
    }
}

/// What is not understood, with the names that stand in it.
pub(super) fn mentioned(values: impl IntoIterator<Item = Given>) -> Given {
    let mut names = Vec::new();
    values.into_iter().for_each(|value| mention(value, &mut names));
    Given::Call(String::new(), names)
}

fn mention(value: Given, names: &mut Vec<Given>) {
    match value {
        Given::Name(_) => names.push(value),
        Given::Call(_, values) => values.into_iter().for_each(|value| mention(value, names)),
        Given::List(settings) | Given::Group(settings) => {
            settings.into_iter().for_each(|setting| mention(setting.value, names));
        }
        Given::Text(_) | Given::Boolean(_) | Given::Number(_) | Given::Null => {}
    }
}

#[cfg(test)]
mod tests;
