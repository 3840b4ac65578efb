//! Calls: what is called with which literal arguments, and what is planted by BUILD.

use super::input::MAX_LINE;
use super::literal;
use super::machine::{Halt, Inner, MAX_NAME, Machine};
use super::value::{Kind, Value};
use crate::model::OddityKind;
use crate::model::Uses;
use crate::model::redact::mask_url_credentials;

/// Text of one argument in a message.
const MAX_SHOWN: usize = 96;
/// All arguments in a message.
const MAX_CALL: usize = 240;
/// Texts that are kept at hand.
const TEXT_CACHE: usize = 16;
/// Nesting of tuples and lists in a message.
const MAX_DEPTH: u8 = 3;

impl Machine<'_, '_> {
    /// `callee(*arguments)`, or `callee.__new__` for `instance`. Returns the result.
    pub(super) fn call(
        &mut self,
        callee: Value,
        arguments: Value,
        offset: u64,
        instance: bool,
    ) -> Result<Value, Halt> {
        match callee.kind() {
            Kind::Global(index) => self.call_import(index, arguments, instance),
            Kind::Object(_) => {
                let root = self.root(callee);
                let name = root.and_then(|index| self.walk.imports.get_mut(index)).map(|import| {
                    import.uses.result_called = true;
                    format!("{}.{}", import.module, import.name)
                });
                if !instance {
                    self.odd(OddityKind::ComputedCallee, offset, name.unwrap_or_default());
                }
            }
            Kind::Unknown if self.reachable() => {
                self.odd(OddityKind::ComputedCallee, offset, String::new());
            }
            Kind::Unknown | Kind::Persistent => {}
            Kind::Absent => return Err(self.give_up(offset, "what is called was made too long ago")),
            _ => self.fail(offset, "what is called is not callable")?,
        }
        if self.objects.len() >= super::machine::OBJECTS {
            return Ok(Value::absent());
        }
        let index = self.objects.len() as u64;
        self.objects.push((callee, arguments));
        Ok(Value::new(Kind::Object(index)))
    }

    /// The import at the beginning of a chain of calls.
    fn root(&self, mut value: Value) -> Option<usize> {
        // A chain cannot be longer than the objects are many, and each is older than the one it made.
        while let Kind::Object(index) = value.kind() {
            value = self.objects.get(usize::try_from(index).ok()?)?.0;
        }
        match value.kind() {
            Kind::Global(index) => usize::try_from(index).ok(),
            _ => None,
        }
    }

    fn call_import(&mut self, index: u64, arguments: Value, instance: bool) {
        let Ok(index) = usize::try_from(index) else { return };
        let Some(import) = self.walk.imports.get(index) else { return };
        let first = import.uses.calls == 0 && import.uses.instances == 0;
        // The arguments of a call that is made for the thousandth time say nothing new.
        let look = first || import.uses.calls < 1000;
        let (module, name) = (import.module.clone(), import.name.clone());
        let shown = first.then(|| self.show_call(arguments));
        if look {
            self.note_arguments(index, arguments, &module, &name);
        }
        if matches!(module.as_str(), "copyreg" | "copy_reg") && name == "add_extension" {
            self.register_extension(arguments);
        }
        if let Some(import) = self.walk.imports.get_mut(index) {
            import.called_with = import.called_with.take().or(shown);
            let counter = if instance { &mut import.uses.instances } else { &mut import.uses.calls };
            *counter = counter.saturating_add(1);
        }
    }

    fn note_arguments(&mut self, index: usize, arguments: Value, module: &str, name: &str) {
        let items: Vec<Value> = match arguments.kind() {
            Kind::Tuple(tuple) => self.arena.items(tuple).to_vec(),
            Kind::List(number) => self.recent.items(number).map(<[Value]>::to_vec).unwrap_or_default(),
            Kind::LongTuple => Vec::new(),
            _ => vec![arguments],
        };
        let mut uses = self.walk.imports.get(index).map(|import| import.uses.clone()).unwrap_or_default();
        let first = uses.calls == 0 && uses.instances == 0;
        uses.cut |= arguments.kind() == Kind::LongTuple;
        let mut only_bytes = !items.is_empty();
        for item in items {
            only_bytes &= matches!(item.kind(), Kind::Bytes(_));
            self.note_argument(&mut uses, item, 0);
            self.note_inner(item, module, name);
        }
        uses.only_walked_bytes = only_bytes && (first || uses.only_walked_bytes);
        if let Some(import) = self.walk.imports.get_mut(index) {
            import.uses = uses;
        }
    }

    fn note_argument(&mut self, uses: &mut Uses, argument: Value, depth: u8) {
        match argument.kind() {
            Kind::Global(index) => {
                let import = usize::try_from(index).ok().and_then(|index| self.walk.imports.get(index));
                if let Some(import) = import {
                    keep_name(&mut uses.global_arguments, &mut uses.cut, &format!("{}.{}", import.module, import.name));
                }
            }
            Kind::Text(offset) => {
                uses.text_arguments = true;
                if uses.attributes.len() < Uses::MAX_NAMES
                    && let Some(text) = self.text(offset).filter(|text| is_dotted_name(text))
                {
                    keep_name(&mut uses.attributes, &mut uses.cut, &text);
                }
            }
            Kind::Object(_) | Kind::Unknown | Kind::Absent => uses.computed_arguments = true,
            Kind::Tuple(tuple) if depth < MAX_DEPTH => {
                for item in self.arena.items(tuple).to_vec() {
                    self.note_argument(uses, item, depth + 1);
                }
            }
            Kind::Tuple(_) | Kind::LongTuple => uses.cut = true,
            _ => {}
        }
    }

    /// Bytes that are passed to a function may be a pickle that it loads.
    fn note_inner(&mut self, argument: Value, module: &str, name: &str) {
        let (opcode, is_text) = match argument.kind() {
            Kind::Bytes(offset) => (offset, false),
            Kind::Text(offset) => (offset, true),
            _ => return,
        };
        if is_text && !name.contains("load") {
            return;
        }
        let passed_to = Some(format!("{module}.{name}"));
        match self.walk.inner.iter_mut().find(|inner| inner.opcode == opcode) {
            Some(inner) => inner.passed_to = passed_to,
            // Without a head that says so, only what a loader is called with is worth an attempt.
            None if name.contains("load") => self.note_pickle(Inner { opcode, passed_to }),
            None => {}
        }
    }

    fn register_extension(&mut self, arguments: Value) {
        let Kind::Tuple(tuple) = arguments.kind() else { return };
        let &[module, name, code] = self.arena.items(tuple) else { return };
        let (Kind::Text(module), Kind::Text(name), Kind::Integer(code)) = (module.kind(), name.kind(), code.kind())
        else {
            return;
        };
        if let (Some(module), Some(name)) = (self.text(module), self.text(name))
            && self.extensions.len() < 4096
        {
            self.extensions.retain(|(known, _, _)| *known != code);
            self.extensions.push((code, module, name));
        }
    }

    /// BUILD: `target.__setstate__(state)`, or attributes from a dictionary or from a pair of them.
    pub(super) fn build(&mut self, target: Value, state: Value, offset: u64) -> Result<(), Halt> {
        if let Kind::Global(index) = target.kind() {
            let import = usize::try_from(index).ok().and_then(|index| self.walk.imports.get(index));
            let name = import.map(|import| format!("{}.{}", import.module, import.name)).unwrap_or_default();
            self.odd(OddityKind::BuildOnImport, offset, name);
        }
        let parts = match state.kind() {
            Kind::Tuple(tuple) => self.arena.items(tuple).to_vec(),
            _ => vec![state],
        };
        for part in parts {
            let Kind::Dictionary(number) = part.kind() else { continue };
            let Some(items) = self.recent.items(number).map(<[Value]>::to_vec) else { continue };
            for pair in items.chunks_exact(2) {
                let &[key, value] = pair else { continue };
                if let Kind::Text(key) = key.kind()
                    && matches!(value.kind(), Kind::Global(_) | Kind::Object(_) | Kind::Unknown)
                    && let Some(name) = self.text(key)
                    && PLANTABLE.contains(&name.as_str())
                {
                    self.odd(OddityKind::PlantedMethod, offset, name);
                }
            }
        }
        self.cross_array(target, state, offset)
    }

    /// The text that the opcode at `offset` pushes; `None` when it is longer than a name.
    pub(super) fn text(&mut self, offset: u64) -> Option<String> {
        // Names and keys are asked for again and again, and may stand far behind.
        if let Some((_, text)) = self.texts.iter().find(|(known, _)| *known == offset) {
            return text.clone();
        }
        let text = self.read_text(offset, 64).or_else(|| self.read_text(offset, MAX_NAME + 16));
        if self.texts.len() >= TEXT_CACHE {
            self.texts.remove(0);
        }
        self.texts.push((offset, text.clone()));
        text
    }

    fn read_text(&mut self, offset: u64, count: usize) -> Option<String> {
        let bytes = self.input.read_at(offset, count);
        let (&opcode, rest) = bytes.split_first()?;
        let sized = |width: usize| {
            let length = rest.get(..width)?.iter().rev().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
            let length = usize::try_from(length).ok().filter(|length| *length <= MAX_NAME)?;
            rest.get(width..width.checked_add(length)?)
        };
        let line = || rest.get(..memchr::memchr(b'\n', rest).filter(|end| *end <= MAX_LINE)?);
        let latin = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect();
        match opcode {
            0x8C => literal::utf8(sized(1)?),
            b'X' => literal::utf8(sized(4)?),
            0x8D => literal::utf8(sized(8)?),
            b'U' => sized(1).map(latin),
            b'T' => sized(4).map(latin),
            b'S' => literal::quoted(line()?),
            b'V' => literal::raw_unicode(line()?),
            _ => None,
        }
    }

    /// The arguments of a call as a person reads them: cut, and without what may be a secret.
    fn show_call(&mut self, arguments: Value) -> String {
        let mut out = String::new();
        match arguments.kind() {
            Kind::Tuple(tuple) => {
                let items = self.arena.items(tuple).to_vec();
                self.show_items(&items, 0, &mut out);
            }
            Kind::LongTuple => out.push('…'),
            _ => {
                out.push('*');
                self.show(arguments, 0, &mut out);
            }
        }
        out
    }

    fn show_items(&mut self, items: &[Value], depth: u8, out: &mut String) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            if out.len() > MAX_CALL {
                out.push('…');
                return;
            }
            self.show(*item, depth + 1, out);
        }
    }

    fn show(&mut self, value: Value, depth: u8, out: &mut String) {
        use std::fmt::Write as _;
        match value.kind() {
            Kind::Nothing => out.push_str("None"),
            Kind::Boolean(true) => out.push_str("True"),
            Kind::Boolean(false) => out.push_str("False"),
            // Writing to a String cannot fail.
            Kind::Integer(number) => drop(write!(out, "{number}")),
            Kind::Text(offset) => match self.text(offset) {
                Some(text) => drop(write!(out, "\"{}\"", redacted(&text))),
                None => out.push_str("\"…\""),
            },
            Kind::Bytes(_) => out.push_str("b\"…\""),
            Kind::Tuple(tuple) if depth <= MAX_DEPTH => {
                let items = self.arena.items(tuple).to_vec();
                out.push('(');
                self.show_items(&items, depth, out);
                out.push(')');
            }
            Kind::List(number) if depth <= MAX_DEPTH => {
                let items = self.recent.items(number).map(<[Value]>::to_vec);
                out.push('[');
                match items {
                    Some(items) => self.show_items(&items, depth, out),
                    None => out.push('…'),
                }
                out.push(']');
            }
            Kind::Global(index) => {
                let import = usize::try_from(index).ok().and_then(|index| self.walk.imports.get(index));
                if let Some(import) = import {
                    let _ = write!(out, "{}.{}", cut(&import.module), cut(&import.name));
                }
            }
            _ => out.push('…'),
        }
    }
}

/// Methods that the loader itself, or whoever holds the object, calls without being asked.
const PLANTABLE: &[&str] = &[
    "__setstate__", "__reduce__", "__reduce_ex__", "__del__", "__call__", "__getattr__", "__getattribute__", "__setattr__",
    "__setitem__", "__getitem__", "__iter__", "__next__", "__init__", "__new__", "__class__", "__enter__", "__exit__",
    "append", "extend", "update", "add",
];

fn keep_name(names: &mut Vec<String>, cut: &mut bool, name: &str) {
    if names.iter().any(|known| known == name) {
        return;
    }
    if names.len() < Uses::MAX_NAMES {
        names.push(name.to_owned());
    } else {
        *cut = true;
    }
}

/// True for what may be an attribute path and is too short for a secret.
fn is_dotted_name(text: &str) -> bool {
    text.len() <= 48
        && text.split('.').all(|part| {
            part.starts_with(|first: char| first.is_alphabetic() || first == '_')
                && part.chars().all(|character| character.is_alphanumeric() || character == '_')
        })
}

/// Literal text for a message: control characters escaped, credentials and long tokens left out, cut.
fn redacted(text: &str) -> String {
    let text = mask_url_credentials(text).unwrap_or_else(|| text.to_owned());
    let mut out = String::new();
    let is_token = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '+' | '=');
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let end = rest.find(|character| !is_token(character)).unwrap_or(rest.len());
        let (token, tail) = rest.split_at(end);
        let digits = token.bytes().filter(u8::is_ascii_digit).count();
        let letters = token.bytes().filter(u8::is_ascii_alphabetic).count();
        if token.len() >= 16 && digits >= 2 && letters >= 2 {
            out.extend(token.chars().take(4));
            out.push_str("[redacted]");
        } else {
            out.push_str(token);
        }
        let mut characters = tail.chars();
        if let Some(separator) = characters.next() {
            match separator.is_control() {
                true => out.extend(separator.escape_default()),
                false => out.push(separator),
            }
        }
        rest = characters.as_str();
        if out.len() > MAX_SHOWN {
            return cut(&out);
        }
    }
    cut(&out)
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_SHOWN {
        return text.to_owned();
    }
    text.chars().take(MAX_SHOWN).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_lose_what_may_be_a_secret() {
        let token = format!("curl -H 'X: ab{}'", "1c".repeat(12));
        assert_eq!(redacted(&token), "curl -H 'X: ab1c[redacted]'");
        assert_eq!(redacted("https://u:p@example.org/a"), "https://[redacted]@example.org/a");
        assert!(redacted(&"x ".repeat(500)).chars().count() <= MAX_SHOWN + 1);
    }
}
