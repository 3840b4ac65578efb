//! One word: quote removal and parameter expansion (POSIX.1-2024, sections 2.2, 2.6 and 2.6.7).

use super::{Open, Scanner, Word};
use crate::model::{OffsetMap, Span};

/// A word while it is put together. Text is kept as bytes until it is whole.
#[derive(Default)]
struct Builder {
    text: Vec<u8>,
    map: OffsetMap,
    /// Something stands here, if only empty quotes.
    exists: bool,
}

/// Longest expression of a template that is copied as it is written, in bytes.
const MAXIMUM_EXPRESSION: usize = 1024;

impl Builder {
    fn push(&mut self, bytes: &[u8], source: usize, source_len: usize) {
        self.text.extend_from_slice(bytes);
        self.map.push(bytes.len(), source, source_len);
        self.exists = true;
    }

    /// The word that ends at `end`, if there is one; the next begins with nothing.
    fn take(&mut self, start: usize, end: usize) -> Option<Word> {
        let Self { text, map, exists } = std::mem::take(self);
        let span = Span::new(start, end);
        let word = match String::from_utf8(text) {
            Ok(text) => Word { text, map, span },
            // Broken UTF-8: the word as a whole is all that can be pointed at.
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let mut map = OffsetMap::default();
                map.push(text.len(), span.start, span.len());
                Word { text, map, span }
            }
        };
        exists.then_some(word)
    }
}

impl Scanner<'_, '_> {
    /// Reads one word (several, when a variable holds blanks) into the command.
    pub(super) fn word(&mut self, open: &mut Open) {
        let start = self.at;
        let mut built = Builder::default();
        while let Some(byte) = self.byte() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b')' => break,
                // `NAME=(a b)` assigns an array.
                b'(' if built.text.ends_with(b"=") => self.array(&mut built, open),
                b'(' => break,
                b'\\' if self.continuation() > 0 => self.at += self.continuation(),
                b'\\' => {
                    if let Some(next) = self.byte_at(1) {
                        built.push(&[next], self.at, 2);
                    }
                    self.at += 2;
                }
                b'\'' => self.single_quoted(&mut built),
                b'"' => self.double_quoted(&mut built, open),
                b'{' if self.byte_at(1) == Some(b'{') => self.as_written_until(b"}}", &mut built),
                b'`' => self.backquoted(&mut built, open),
                b'$' => self.dollar(&mut built, open, Some(start)),
                _ => self.plain(&mut built, |byte| {
                    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')
                        || matches!(byte, b'\\' | b'\'' | b'"' | b'{' | b'`' | b'$')
                }),
            }
        }
        open.command.words.extend(built.take(start, self.at.min(self.end)));
    }

    fn single_quoted(&mut self, built: &mut Builder) {
        let body = self.rest().get(1..).unwrap_or_default();
        let length = memchr::memchr(b'\'', body).unwrap_or(body.len());
        let body = body.get(..length).unwrap_or_default().to_vec();
        built.push(&body, self.at + 1, length);
        self.at = (self.at + length + 2).min(self.end);
    }

    fn double_quoted(&mut self, built: &mut Builder, open: &mut Open) {
        built.exists = true;
        self.at += 1;
        while let Some(byte) = self.byte() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' if self.continuation() > 0 => self.at += self.continuation(),
                b'\\' => match self.byte_at(1) {
                    Some(next @ (b'"' | b'\\' | b'$' | b'`')) => {
                        built.push(&[next], self.at, 2);
                        self.at += 2;
                    }
                    _ => {
                        built.push(b"\\", self.at, 1);
                        self.at += 1;
                    }
                },
                b'{' if self.byte_at(1) == Some(b'{') => self.as_written_until(b"}}", built),
                b'`' => self.backquoted(built, open),
                b'$' => self.dollar(built, open, None),
                _ => self.plain(built, |byte| matches!(byte, b'"' | b'\\' | b'{' | b'`' | b'$')),
            }
        }
    }

    /// Copies the byte here and those behind it up to one that may mean something.
    fn plain(&mut self, built: &mut Builder, is_special: fn(&u8) -> bool) {
        let rest = self.rest();
        let length = 1 + rest.iter().skip(1).position(is_special).unwrap_or(rest.len() - 1);
        built.push(&rest[..length], self.at, length);
        self.at += length;
    }

    /// `$'…'`, with the escapes of C.
    fn dollar_quoted(&mut self, built: &mut Builder) {
        built.exists = true;
        self.at += 2;
        while let Some(byte) = self.byte() {
            match (byte, self.byte_at(1)) {
                (b'\'', _) => {
                    self.at += 1;
                    return;
                }
                (b'\\', Some(next)) => {
                    let value = match next {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'r' => b'\r',
                        other => other,
                    };
                    built.push(&[value], self.at, 2);
                    self.at += 2;
                }
                _ => {
                    built.push(&[byte], self.at, 1);
                    self.at += 1;
                }
            }
        }
    }

    /// Copies up to and including `end`, or the next character when there is no such end on the line.
    fn as_written_until(&mut self, end: &[u8], built: &mut Builder) {
        let near = self.rest().get(..MAXIMUM_EXPRESSION).unwrap_or(self.rest());
        let line = memchr::memchr(b'\n', near).unwrap_or(near.len());
        let line = near.get(..line).unwrap_or_default();
        let length = memchr::memmem::find(line, end).map_or(1, |at| at + end.len());
        let bytes = line.get(..length).unwrap_or_default().to_vec();
        built.push(&bytes, self.at, length);
        self.at += length;
    }

    fn backquoted(&mut self, built: &mut Builder, open: &mut Open) {
        let body = self.rest().get(1..).unwrap_or_default();
        let length = memchr::memchr(b'`', body).unwrap_or(body.len());
        open.nested.push(Span::new(self.at + 1, self.at + 1 + length));
        let whole = (length + 2).min(self.rest().len());
        self.as_written(whole, built);
    }

    fn as_written(&mut self, length: usize, built: &mut Builder) {
        let bytes = self.rest().get(..length).unwrap_or_default().to_vec();
        built.push(&bytes, self.at, bytes.len());
        self.at += length.max(1);
    }

    /// An array: its elements become one value, parted by blanks.
    fn array(&mut self, built: &mut Builder, open: &mut Open) {
        let length = self.closing(1, b'(', b')');
        let inner = Span::new(self.at + 1, self.at + length - 1);
        let mut elements = Open::default();
        if self.depth < super::MAXIMUM_DEPTH {
            let depth = self.depth + 1;
            let (text, end) = (self.text, inner.end.min(self.end));
            let mut scanner = Scanner { text, at: inner.start, end, depth, variables: self.variables, each: self.each };
            while let Some(byte) = scanner.byte() {
                match byte {
                    b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => scanner.at += 1,
                    b'#' => scanner.at += memchr::memchr(b'\n', scanner.rest()).unwrap_or(scanner.rest().len()),
                    b'\\' if scanner.continuation() > 0 => scanner.at += scanner.continuation(),
                    _ => scanner.word(&mut elements),
                }
            }
        }
        open.nested.append(&mut elements.nested);
        let values: Vec<&str> = elements.command.words.iter().map(|word| word.text.as_str()).collect();
        built.push(values.join(" ").as_bytes(), self.at, length);
        self.at += length;
    }

    /// What follows a `$`. `split` is the start of the word when its value is to be split at blanks.
    fn dollar(&mut self, built: &mut Builder, open: &mut Open, split: Option<usize>) {
        let rest = self.rest();
        match rest.get(1) {
            Some(b'\'') if split.is_some() => self.dollar_quoted(built),
            Some(b'(') => {
                let length = self.closing(2, b'(', b')');
                let is_arithmetic = rest.get(2) == Some(&b'(');
                if !is_arithmetic {
                    open.nested.push(Span::new(self.at + 2, self.at + length - 1));
                }
                self.as_written(length, built);
            }
            Some(b'{') if rest.get(2) == Some(&b'{') => self.as_written_until(b"}}", built),
            Some(b'{') => {
                let length = self.closing(2, b'{', b'}');
                let body = rest.get(2..length.saturating_sub(1)).unwrap_or_default();
                // Each element of `"${NAME[@]}"` is a word, in quotes too.
                let split = split.or(body.ends_with(b"[@]").then_some(self.at));
                let value = self.parameter(&String::from_utf8_lossy(body));
                self.expand(value, length, built, open, split);
            }
            Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => {
                let name = rest.get(1..).unwrap_or_default();
                let count = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
                let name = String::from_utf8_lossy(name.get(..count).unwrap_or_default()).into_owned();
                let value = self.variables.get(&name).cloned();
                self.expand(value, count + 1, built, open, split);
            }
            _ => self.as_written(1, built),
        }
    }

    /// The value of `NAME`, `NAME:-default`, `NAME-default`, `NAME[@]`; anything else is not known.
    fn parameter(&self, body: &str) -> Option<String> {
        let end = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(body.len());
        let (name, operation) = body.split_at(end);
        let known = self.variables.get(name);
        match operation {
            "" | "[@]" | "[*]" => known.cloned(),
            _ => {
                let default = operation
                    .strip_prefix(":-")
                    .or_else(|| operation.strip_prefix(":="))
                    .or_else(|| operation.strip_prefix('-'))?;
                let default = default.trim_matches(['"', '\'']);
                known.cloned().or_else(|| (!default.contains(['$', '`'])).then(|| default.to_owned()))
            }
        }
    }

    /// Puts a value, or what is written when it is not known, into the word.
    fn expand(
        &mut self,
        value: Option<String>,
        length: usize,
        built: &mut Builder,
        open: &mut Open,
        split: Option<usize>,
    ) {
        let Some(value) = value else { return self.as_written(length, built) };
        let length = length.min(self.end.saturating_sub(self.at));
        // Unquoted, a value is split at blanks: the word so far ends at the first.
        let Some(start) = split.filter(|_| !built.text.ends_with(b"=")) else {
            built.push(value.as_bytes(), self.at, length);
            self.at += length;
            return;
        };
        let ends_blank = value.ends_with(char::is_whitespace);
        let mut parts = value.split_whitespace().peekable();
        if value.starts_with(char::is_whitespace) {
            open.command.words.extend(built.take(start, self.at));
        }
        while let Some(part) = parts.next() {
            built.push(part.as_bytes(), self.at, length);
            if parts.peek().is_some() || ends_blank {
                open.command.words.extend(built.take(start, self.at + length));
            }
        }
        self.at += length;
    }

    /// The length from here to the bracket that closes the one `from - 1` bytes ahead; to the end when none does.
    /// Quoted brackets do not count.
    fn closing(&self, from: usize, opening: u8, closing: u8) -> usize {
        let mut depth = 1_u32;
        let mut quote = None;
        let mut bytes = self.rest().iter().enumerate().skip(from);
        while let Some((at, byte)) = bytes.next() {
            match (quote, *byte) {
                (_, b'\\') => {
                    bytes.next();
                }
                (None, b'\'' | b'"') => quote = Some(*byte),
                (Some(open), byte) if byte == open => quote = None,
                (None, byte) if byte == opening => depth += 1,
                (None, byte) if byte == closing => {
                    depth -= 1;
                    if depth == 0 {
                        return at + 1;
                    }
                }
                _ => {}
            }
        }
        self.rest().len()
    }
}
