//! The opcodes of protocols 0 to 5, one at a time.
//!
//! `Lib/pickletools.py` names them (<https://github.com/python/cpython/blob/main/Lib/pickletools.py>); what they accept
//! is what `Modules/_pickle.c` or `Lib/pickle.py` accepts, whichever accepts more.

use super::literal;
use super::machine::{Halt, Machine};
use super::opcode::{allowed_by_weights_only, name};
use super::value::{Kind, Value};
use crate::model::OddityKind;

/// Byte strings that are looked into, for each stream.
pub(super) const MAX_INNER: usize = 64;
pub(super) const TRUNCATED: &str = "truncated";

impl Machine<'_, '_> {
    /// Reads one opcode. `false` after STOP.
    #[inline]
    pub(super) fn step(&mut self) -> Result<bool, Halt> {
        let offset = self.input.offset();
        let Some(opcode) = self.input.byte() else { return Err(self.end(offset, TRUNCATED)) };
        self.walk.opcodes += 1;
        if self.walk.opcodes & 0xFFF == 0
            && let Some(halt) = self.over_budget(offset)
        {
            return Err(halt);
        }
        match opcode {
            // The opcodes of data come first: they are most of every stream.
            0x94 => {
                let value = self.top(offset)?;
                self.memo.put(self.memo.entries(), value);
            }
            0x8C => {
                let Some(length) = self.input.byte() else { return Err(self.end(offset, TRUNCATED)) };
                self.text_value(offset, u64::from(length))?;
            }
            b'K' => {
                let Some(value) = self.input.byte() else { return Err(self.end(offset, TRUNCATED)) };
                self.push(Kind::Integer(i64::from(value)));
            }
            b'h' => {
                let Some(key) = self.input.byte() else { return Err(self.end(offset, TRUNCATED)) };
                self.memo_get(offset, u64::from(key))?;
            }
            b'j' => {
                let key = u32::from_le_bytes(self.array(offset)?);
                self.memo_get(offset, u64::from(key))?;
            }
            b'G' => {
                self.array::<8>(offset)?;
                self.push(Kind::Number);
            }
            b'(' => self.marks.push(self.stack.len()),
            b'M' => {
                let value = u16::from_le_bytes(self.array(offset)?);
                self.push(Kind::Integer(i64::from(value)));
            }
            b'J' => {
                let value = i32::from_le_bytes(self.array(offset)?);
                self.push(Kind::Integer(i64::from(value)));
            }
            b'}' => {
                let number = self.recent.make();
                self.push(Kind::Dictionary(number));
            }
            b']' => {
                let number = self.recent.make();
                self.push(Kind::List(number));
            }
            b'e' | b'u' | 0x90 => self.extend(offset)?,
            b'a' => {
                let item = self.pop(offset)?;
                let target = self.top(offset)?;
                self.add(target, &[item]);
            }
            b's' => {
                let value = self.pop(offset)?;
                let key = self.pop(offset)?;
                let target = self.top(offset)?;
                self.add(target, &[key, value]);
            }
            b'q' => {
                let Some(key) = self.input.byte() else { return Err(self.end(offset, TRUNCATED)) };
                let value = self.top(offset)?;
                self.memo.put(u64::from(key), value);
            }
            b'r' => {
                let key = u32::from_le_bytes(self.array(offset)?);
                let value = self.top(offset)?;
                self.memo.put(u64::from(key), value);
            }
            b'X' => {
                let length = u32::from_le_bytes(self.array(offset)?);
                self.text_value(offset, u64::from(length))?;
            }
            b'N' => self.push(Kind::Nothing),
            0x88 => self.push(Kind::Boolean(true)),
            0x89 => self.push(Kind::Boolean(false)),
            b')' => {
                let tuple = self.arena.tuple(&[]);
                self.stack.push(tuple);
            }
            0x85..=0x87 => {
                let count = usize::from(opcode - 0x84);
                let start = self.stack.len().saturating_sub(count);
                if start < self.fence() {
                    self.fail(offset, "stack underflow")?;
                }
                let start = start.max(self.fence());
                let tuple = self.arena.tuple(self.stack.get(start..).unwrap_or_default());
                self.stack.truncate(start);
                self.stack.push(tuple);
            }
            b't' => {
                let tuple = self.tuple_from_mark(offset)?;
                self.stack.push(tuple);
            }
            b'.' => {
                self.top(offset)?;
                return Ok(false);
            }
            other => self.rare(other, offset)?,
        }
        Ok(true)
    }

    /// The opcodes that are not most of a stream.
    fn rare(&mut self, opcode: u8, offset: u64) -> Result<(), Halt> {
        if self.walk.refused_by_weights_only.is_none() && !allowed_by_weights_only(opcode) {
            self.walk.refused_by_weights_only = Some(name(opcode));
        }
        match opcode {
            0x80 => {
                let Some(protocol) = self.input.byte() else { return Err(self.end(offset, TRUNCATED)) };
                if protocol > 5 {
                    return self.fail(offset, "unsupported protocol");
                }
                self.walk.protocol = protocol;
            }
            0x95 => {
                let length = u64::from_le_bytes(self.array(offset)?);
                if length > self.input.remaining() {
                    return self.fail(offset, "a frame is longer than the data");
                }
            }
            b'0' => match self.marks.last() {
                Some(mark) if *mark == self.stack.len() => drop(self.marks.pop()),
                _ => drop(self.pop(offset)?),
            },
            b'1' => {
                let mark = self.unmark(offset)?;
                self.stack.truncate(mark);
            }
            b'2' => {
                let value = self.top(offset)?;
                self.duplications = self.duplications.saturating_add(1);
                self.stack.push(value);
            }
            b'I' | b'L' | b'F' => self.number_line(opcode, offset)?,
            b'S' | b'V' => self.text_line(opcode, offset)?,
            0x8A | 0x8B => self.long(opcode, offset)?,
            b'U' | b'T' | 0x8D => {
                let length = self.length(opcode, offset)?;
                self.text_value(offset, length)?;
            }
            b'C' | b'B' | 0x8E | 0x96 => {
                let length = self.length(opcode, offset)?;
                self.bytes_value(offset, length)?;
            }
            0x97 => {
                self.push(Kind::Number);
                self.fail(offset, "out-of-band buffers are not part of the file")?;
            }
            0x98 => drop(self.top(offset)?),
            0x8F => self.push(Kind::Set),
            b'l' | b'd' | 0x91 => {
                let mark = self.unmark(offset)?;
                let number = self.recent.make();
                let items = self.stack.get(mark..).unwrap_or_default();
                self.recent.extend(number, items);
                self.stack.truncate(mark);
                self.push(match opcode {
                    b'l' => Kind::List(number),
                    b'd' => Kind::Dictionary(number),
                    _ => Kind::Set,
                });
            }
            b'p' => {
                let key = self.input.line().map(literal::key);
                let Some(key) = key else { return Err(self.end(offset, TRUNCATED)) };
                let value = self.top(offset)?;
                match key {
                    Some(key) => self.memo.put(key, value),
                    None => self.fail(offset, "bad memo key")?,
                }
            }
            b'g' => {
                let key = self.input.line().map(literal::key);
                let Some(key) = key else { return Err(self.end(offset, TRUNCATED)) };
                match key {
                    Some(key) => self.memo_get(offset, key)?,
                    None => {
                        self.fail(offset, "bad memo key")?;
                        self.stack.push(Value::unknown());
                    }
                }
            }
            b'c' => {
                let (module, name) = self.names(offset)?;
                let import = self.import(module, name, offset, "GLOBAL")?;
                self.stack.push(import);
            }
            0x93 => self.stack_global(offset)?,
            b'i' => {
                let (module, name) = self.names(offset)?;
                let arguments = self.tuple_from_mark(offset)?;
                let class = self.import(module, name, offset, "INST")?;
                let object = self.call(class, arguments, offset, false)?;
                self.stack.push(object);
            }
            b'o' => {
                let mark = self.unmark(offset)?;
                let class = match self.stack.get(mark) {
                    Some(class) => *class,
                    None => {
                        self.fail(offset, "stack underflow")?;
                        Value::unknown()
                    }
                };
                let arguments = self.arena.tuple(self.stack.get(mark.saturating_add(1)..).unwrap_or_default());
                self.stack.truncate(mark);
                let object = self.call(class, arguments, offset, false)?;
                self.stack.push(object);
            }
            b'R' | 0x81 | 0x92 => {
                if opcode == 0x92 {
                    // Keyword arguments: whatever they import has been noted already.
                    self.pop(offset)?;
                }
                let arguments = self.pop(offset)?;
                let callee = self.pop(offset)?;
                let object = self.call(callee, arguments, offset, opcode != b'R')?;
                self.stack.push(object);
            }
            b'b' => {
                let state = self.pop(offset)?;
                let target = self.top(offset)?;
                self.build(target, state, offset)?;
            }
            0x82..=0x84 => self.extension(opcode, offset)?,
            b'P' => {
                if self.input.line().is_none() {
                    return Err(self.end(offset, TRUNCATED));
                }
                self.odd(OddityKind::PersistentId, offset, String::new());
                self.push(Kind::Persistent);
            }
            b'Q' => {
                let id = self.pop(offset)?;
                if !self.is_storage(id) {
                    self.odd(OddityKind::PersistentId, offset, String::new());
                }
                self.push(Kind::Persistent);
            }
            _ => return Err(self.end(offset, "invalid opcode")),
        }
        Ok(())
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self, offset: u64) -> Result<[u8; N], Halt> {
        match self.input.array() {
            Some(bytes) => Ok(bytes),
            None => Err(self.end(offset, TRUNCATED)),
        }
    }

    #[inline]
    fn memo_get(&mut self, offset: u64, key: u64) -> Result<(), Halt> {
        let value = match self.memo.get(key) {
            Some(value) => value,
            None if self.memo.is_full() => Value::absent(),
            None => {
                self.fail(offset, "memo key is missing")?;
                Value::unknown()
            }
        };
        self.stack.push(value);
        Ok(())
    }

    /// APPENDS, SETITEMS, ADDITEMS.
    fn extend(&mut self, offset: u64) -> Result<(), Halt> {
        let mark = self.unmark(offset)?;
        let target = match mark.checked_sub(1).filter(|index| *index >= self.fence()) {
            Some(index) => self.stack.get(index).copied().unwrap_or(Value::unknown()),
            None => {
                self.fail(offset, "stack underflow")?;
                Value::unknown()
            }
        };
        if let Kind::List(number) | Kind::Dictionary(number) = target.kind() {
            self.recent.extend(number, self.stack.get(mark..).unwrap_or_default());
        }
        self.stack.truncate(mark);
        Ok(())
    }

    fn add(&mut self, target: Value, items: &[Value]) {
        if let Kind::List(number) | Kind::Dictionary(number) = target.kind() {
            self.recent.extend(number, items);
        }
    }

    /// The two lines of GLOBAL and INST.
    fn names(&mut self, offset: u64) -> Result<(Option<String>, Option<String>), Halt> {
        let mut lines = [None, None];
        for place in &mut lines {
            let Some(line) = self.input.line() else { return Err(self.end(offset, TRUNCATED)) };
            let name = std::str::from_utf8(line).ok().map(str::to_owned);
            if name.is_none() {
                self.fail(offset, "a name is not UTF-8")?;
            }
            *place = Some(name.unwrap_or_default());
        }
        let [module, name] = lines;
        Ok((module, name))
    }

    fn stack_global(&mut self, offset: u64) -> Result<(), Halt> {
        let name = self.pop(offset)?;
        let module = self.pop(offset)?;
        let mut parts = [None, None];
        for (place, value) in parts.iter_mut().zip([module, name]) {
            match value.kind() {
                Kind::Text(at) => match self.text(at) {
                    Some(text) => *place = Some(text),
                    // Not UTF-8, or too long for a name: no loader imports it.
                    None => self.fail(offset, "a name cannot be read")?,
                },
                Kind::Object(_) | Kind::Unknown | Kind::Persistent => {}
                Kind::Absent => return Err(self.give_up(offset, "a name was memoised too long ago")),
                _ => self.fail(offset, "STACK_GLOBAL needs two strings")?,
            }
        }
        let [module, name] = parts;
        let import = self.import(module, name, offset, "STACK_GLOBAL")?;
        self.stack.push(import);
        Ok(())
    }

    fn extension(&mut self, opcode: u8, offset: u64) -> Result<(), Halt> {
        let code = match opcode {
            0x82 => i64::from(u8::from_le_bytes(self.array(offset)?)),
            0x83 => i64::from(u16::from_le_bytes(self.array(offset)?)),
            _ => i64::from(i32::from_le_bytes(self.array(offset)?)),
        };
        if code <= 0 {
            self.fail(offset, "an extension code is not positive")?;
        }
        let known = self.extensions.iter().find(|(known, _, _)| *known == code);
        let (module, name) = match known {
            Some((_, module, name)) => (module.clone(), name.clone()),
            None => ("<ext>".to_owned(), code.to_string()),
        };
        self.odd(OddityKind::ExtensionCode, offset, code.to_string());
        let import = self.import(Some(module), Some(name), offset, "EXT")?;
        self.stack.push(import);
        Ok(())
    }

    /// torch's persistent ids are tuples that begin with `storage`, or, in its old format, numbers as text.
    fn is_storage(&mut self, id: Value) -> bool {
        let Kind::Tuple(tuple) = id.kind() else { return false };
        let first = self.arena.items(tuple).first().map(|first| first.kind());
        match first {
            Some(Kind::Text(offset)) => {
                self.text(offset).is_some_and(|text| matches!(text.as_str(), "storage" | "module"))
            }
            _ => false,
        }
    }
}
