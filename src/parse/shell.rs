//! The commands of a shell text (POSIX.1-2024, Shell Command Language,
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html>), with the place of each word.
//!
//! Enough of the grammar to know where a command begins, which words it has after quote removal, and what a
//! redirection takes away: quotes, continuations, lists and pipes, comments, here-documents, `$NAME` and
//! `${NAME:-default}` where the value is known, command substitutions. It runs nothing, follows no
//! condition and knows no function: every command that is written counts. Variables get the value of the
//! last assignment above. `{{ template }}` and `${{ expression }}` are part of the word that they stand in.

mod expansion;

use std::collections::BTreeMap;

use crate::model::{OffsetMap, Span};

/// Values that are known before the first command, and those that assignments add.
pub type Variables = BTreeMap<String, String>;

/// Substitutions and here-documents inside each other that are followed.
const MAXIMUM_DEPTH: u32 = 8;
/// What a variable may expand to, in bytes.
const MAXIMUM_VALUE: usize = 4096;

/// A word after quote removal and expansion.
#[derive(Clone, Debug, Default)]
pub struct Word {
    /// Its text; what is not known without running it stands as written.
    pub text: String,
    /// From offsets of `text` to offsets of the scanned text.
    pub map: OffsetMap,
    /// Where it stands in the scanned text, with its quotes.
    pub span: Span,
}

/// A simple command: at least one word. Assignments before it, reserved words and redirections are taken away.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// The command and its arguments.
    pub words: Vec<Word>,
    /// Redirections that follow a word without a blank, as in `package>=1.0`, where a specifier was meant.
    pub glued_redirections: Vec<Span>,
    /// The bodies of its here-documents.
    pub documents: Vec<Span>,
    /// The file of `< FILE`.
    pub input: Option<Word>,
    /// The file of `> FILE` or `>> FILE`.
    pub output: Option<Word>,
}

/// Gives every command of `text` to `each`, in the order of their ends.
pub fn commands(text: &[u8], variables: &mut Variables, each: &mut dyn FnMut(&Command)) {
    Scanner { text, at: 0, end: text.len(), depth: 0, variables, each }.list();
}

/// The words of a text that is no command: quotes, escapes and known variables, but no operators or comments.
pub fn plain_words(text: &[u8], variables: &mut Variables) -> Vec<Word> {
    let mut open = Open::default();
    let mut scanner = Scanner { text, at: 0, end: text.len(), depth: 0, variables, each: &mut |_| {} };
    while let Some(byte) = scanner.byte() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => scanner.at += 1,
            b'\\' if scanner.continuation() > 0 => scanner.at += scanner.continuation(),
            _ => {
                let before = scanner.at;
                scanner.word(&mut open);
                // An operator ends a word of the shell; here it is text that no caller asks for.
                scanner.at = scanner.at.max(before + 1);
            }
        }
    }
    open.command.words
}

struct Scanner<'t, 'v> {
    text: &'t [u8],
    at: usize,
    end: usize,
    depth: u32,
    variables: &'v mut Variables,
    each: &'v mut dyn FnMut(&Command),
}

/// A here-document that begins after the next line end.
struct Pending {
    delimiter: String,
    strips_tabs: bool,
}

/// The command that is being read.
#[derive(Default)]
struct Open {
    command: Command,
    pending: Vec<Pending>,
    /// Command substitutions in its words.
    nested: Vec<Span>,
}

impl Scanner<'_, '_> {
    fn list(mut self) {
        let mut open = Open::default();
        while let Some(byte) = self.byte() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.continuation() > 0 => self.at += self.continuation(),
                b'\n' => {
                    self.at += 1;
                    self.here_documents(&mut open);
                    self.finish(&mut open);
                }
                b'#' => self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len()),
                b'&' if self.byte_at(1) == Some(b'>') => {
                    self.at += 1;
                    self.redirection(&mut open);
                }
                b';' | b'&' | b'|' | b'(' | b')' => {
                    self.at += 1;
                    // A here-document of this command begins after the line: it stays with it.
                    if open.pending.is_empty() {
                        self.finish(&mut open);
                    } else {
                        let pending = std::mem::take(&mut open.pending);
                        self.finish(&mut open);
                        open.pending = pending;
                    }
                }
                b'<' | b'>' => self.redirection(&mut open),
                _ => self.word(&mut open),
            }
        }
        self.finish(&mut open);
    }

    fn byte(&self) -> Option<u8> {
        self.byte_at(0)
    }

    fn byte_at(&self, ahead: usize) -> Option<u8> {
        let at = self.at.saturating_add(ahead);
        if at < self.end { self.text.get(at).copied() } else { None }
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    /// The length of a backslash and line end here; 0 when there is none.
    fn continuation(&self) -> usize {
        match (self.byte(), self.byte_at(1), self.byte_at(2)) {
            (Some(b'\\'), Some(b'\n'), _) => 2,
            (Some(b'\\'), Some(b'\r'), Some(b'\n')) => 3,
            _ => 0,
        }
    }

    /// Reads an operator that begins with `<` or `>` and the word that it takes.
    fn redirection(&mut self, open: &mut Open) {
        let start = self.at;
        let glued = open.command.words.last().is_some_and(|word| word.span.end == start);
        // The number of a file descriptor is no word of the command.
        let is_descriptor =
            glued && open.command.words.last().is_some_and(|word| word.text.bytes().all(|byte| byte.is_ascii_digit()));
        if is_descriptor {
            open.command.words.pop();
        }
        let operator = self.rest();
        let length = [&b"<<<"[..], b"<<-", b">>", b"<<", b"<&", b">&", b">|", b"<>"]
            .iter()
            .find(|known| operator.starts_with(known))
            .map_or(1, |known| known.len());
        let here = operator.starts_with(b"<<") && !operator.starts_with(b"<<<");
        let strips_tabs = operator.starts_with(b"<<-");
        self.at += length;
        if length == 1 && self.byte() == Some(b'(') {
            // A process substitution: its commands are read as any others.
            return;
        }
        while matches!(self.byte(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if matches!(self.byte(), None | Some(b'\n' | b';' | b'|' | b'&' | b'<' | b'>' | b'(' | b')')) {
            return;
        }
        let before = open.command.words.len();
        self.word(open);
        let targets = open.command.words.split_off(before);
        if let (true, Some(target)) = (here, targets.first()) {
            open.pending.push(Pending { delimiter: target.text.clone(), strips_tabs });
        } else if glued && !is_descriptor && targets.first().is_some_and(|target| looks_like_version(&target.text)) {
            open.command.glued_redirections.push(Span::new(start, self.at));
        } else {
            let descriptor = operator_text(self.text, start, length);
            match (descriptor, targets.into_iter().next()) {
                (b"<", target @ Some(_)) => open.command.input = target,
                (b">" | b">>" | b">|", target @ Some(_)) if !is_descriptor => open.command.output = target,
                _ => {}
            }
        }
    }

    /// Reads the here-documents that begin at this line.
    fn here_documents(&mut self, open: &mut Open) {
        for pending in std::mem::take(&mut open.pending) {
            let start = self.at;
            loop {
                let line_start = self.at;
                let length = memchr::memchr(b'\n', self.rest());
                let line = self.rest().get(..length.unwrap_or(self.rest().len())).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let line = if pending.strips_tabs { trim_tabs(line) } else { line };
                let is_end = line == pending.delimiter.as_bytes();
                self.at = length.map_or(self.end, |length| self.at + length + 1);
                if is_end || length.is_none() {
                    let end = if is_end { line_start } else { self.end };
                    open.command.documents.push(Span::new(start, end));
                    break;
                }
            }
        }
    }

    /// Hands out the command that was read, and what stands inside of it.
    fn finish(&mut self, open: &mut Open) {
        let Open { mut command, nested, .. } = std::mem::take(open);
        for span in nested {
            self.inside(span);
        }
        self.strip_and_assign(&mut command.words);
        if !command.words.is_empty() {
            (self.each)(&command);
        }
        // `bash <<EOF`, and the bare `<<EOF` of a Dockerfile's RUN.
        if command.words.first().is_none_or(|word| is_shell(&word.text)) {
            for span in command.documents {
                self.inside(span);
            }
        }
    }

    fn inside(&mut self, span: Span) {
        if self.depth < MAXIMUM_DEPTH {
            let depth = self.depth + 1;
            let (at, end) = (span.start, span.end.min(self.end));
            Scanner { text: self.text, at, end, depth, variables: self.variables, each: self.each }.list();
        }
    }

    /// Takes reserved words and assignments from the front; a command of assignments alone sets variables.
    fn strip_and_assign(&mut self, words: &mut Vec<Word>) {
        let reserved = words.iter().take_while(|word| is_reserved(&word.text)).count();
        words.drain(..reserved);
        match words.first().map(|word| word.text.as_str()) {
            // In `for x in a b`, x stands for all of them, one after the other.
            Some("for" | "select") => {
                if let Some(name) = words.get(1).map(|word| word.text.clone()) {
                    let values: Vec<&str> = words.iter().skip(3).map(|word| word.text.as_str()).collect();
                    self.assign(&name, &values.join(" "));
                }
                words.clear();
            }
            Some("case" | "function") => words.clear(),
            Some("export" | "declare" | "local" | "readonly" | "typeset") if words.len() > 1 => {
                words.remove(0);
                words.retain(|word| !word.text.starts_with('-'));
                self.assignments(words);
                words.clear();
            }
            _ => {
                let count = words.iter().take_while(|word| self.assignment(word).is_some()).count();
                if count == words.len() {
                    self.assignments(words);
                }
                words.drain(..count);
            }
        }
    }

    fn assignments(&mut self, words: &[Word]) {
        for word in words {
            if let Some((name, value)) = self.assignment(word).map(|(name, value)| (name.to_owned(), value.to_owned()))
            {
                self.assign(&name, &value);
            }
        }
    }

    fn assign(&mut self, name: &str, value: &str) {
        // A value that is itself not known must not be taken for text.
        if value.contains(['$', '`']) || value.len() > MAXIMUM_VALUE {
            self.variables.remove(name);
        } else {
            self.variables.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Name and value, when the word is `NAME=value` with the name not quoted.
    fn assignment<'w>(&self, word: &'w Word) -> Option<(&'w str, &'w str)> {
        let (name, value) = word.text.split_once('=')?;
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let written = self.text.get(word.span.start..word.span.start + name.len());
        (is_name && written == Some(name.as_bytes())).then_some((name, value))
    }
}

fn operator_text(text: &[u8], start: usize, length: usize) -> &[u8] {
    text.get(start..start.saturating_add(length)).unwrap_or_default()
}

fn trim_tabs(line: &[u8]) -> &[u8] {
    let tabs = line.iter().take_while(|byte| **byte == b'\t').count();
    line.get(tabs..).unwrap_or_default()
}

/// True for what stands after `>` in an unquoted `name>=1.0` or `name>1.0`.
fn looks_like_version(target: &str) -> bool {
    let version = target.strip_prefix('=').unwrap_or(target);
    version.starts_with(|c: char| c.is_ascii_digit()) && (version.len() < target.len() || version.contains('.'))
}

/// True for the name of a shell, with or without its folder.
pub fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("sh" | "bash" | "zsh" | "dash" | "ash" | "ksh"))
}

fn is_reserved(word: &str) -> bool {
    matches!(
        word,
        "if" | "then"
            | "else"
            | "elif"
            | "fi"
            | "do"
            | "done"
            | "while"
            | "until"
            | "!"
            | "{"
            | "}"
            | "time"
            | "in"
            | "esac"
    )
}

#[cfg(test)]
mod tests;
