//! The operands of opcodes: payloads behind a length, and lines of text.

use super::literal;
use super::machine::{Halt, Inner, Machine};
use super::step::{MAX_INNER, TRUNCATED};
use super::value::Kind;

/// The key in scikit-learn's `BaseEstimator.__getstate__`.
const SKLEARN: &[u8] = b"_sklearn_version";

impl Machine<'_, '_> {
    /// The length in front of a payload. Lengths of BINSTRING are signed.
    pub(super) fn length(&mut self, opcode: u8, offset: u64) -> Result<u64, Halt> {
        Ok(match opcode {
            b'U' | b'C' => u64::from(u8::from_le_bytes(self.array(offset)?)),
            b'B' => u64::from(u32::from_le_bytes(self.array(offset)?)),
            b'T' => match u64::try_from(i32::from_le_bytes(self.array(offset)?)) {
                Ok(length) => length,
                Err(_) => return Err(self.end(offset, "negative length")),
            },
            _ => u64::from_le_bytes(self.array(offset)?),
        })
    }

    #[inline]
    pub(super) fn text_value(&mut self, offset: u64, length: u64) -> Result<(), Halt> {
        if self.input.skip(length).is_none() {
            return Err(self.end(offset, TRUNCATED));
        }
        if length == SKLEARN.len() as u64 || self.names_version {
            self.version_text(length);
        }
        if self.manner.texts && length >= 8 {
            self.keep_text(offset, length);
        }
        self.push(Kind::Text(offset));
        Ok(())
    }

    /// The state of an estimator names the version that wrote it: a key, and the text behind it.
    #[cold]
    fn version_text(&mut self, length: u64) {
        let follows = std::mem::take(&mut self.names_version);
        if self.walk.sklearn.is_some() || length > 24 {
            return;
        }
        let text = self.input.read_at(self.input.offset().saturating_sub(length), length as usize);
        self.names_version = text == SKLEARN;
        if follows && text.first().is_some_and(u8::is_ascii_digit) {
            self.walk.sklearn = String::from_utf8(text).ok();
        }
    }

    /// Remembers bytes that are to be read as a pickle.
    pub(super) fn note_pickle(&mut self, inner: Inner) {
        match self.walk.inner.len() < MAX_INNER {
            true => self.walk.inner.push(inner),
            false => self.input.is_cut = true,
        }
    }

    pub(super) fn bytes_value(&mut self, offset: u64, length: u64) -> Result<(), Halt> {
        let payload = self.input.offset();
        let is_pickle = length >= 4
            && length <= self.input.remaining()
            && matches!(self.input.read_at(payload, 2).as_slice(), [0x80, 2..=5])
            && self.input.read_at(payload + length - 1, 1) == b".";
        if self.input.skip(length).is_none() {
            return Err(self.end(offset, TRUNCATED));
        }
        if is_pickle {
            self.note_pickle(Inner { opcode: offset, passed_to: None });
        }
        self.push(Kind::Bytes(offset));
        Ok(())
    }

    pub(super) fn number_line(&mut self, opcode: u8, offset: u64) -> Result<(), Halt> {
        let Some(line) = self.input.line() else { return Err(self.end(offset, TRUNCATED)) };
        let kind = match opcode {
            b'I' => literal::integer(line),
            b'L' => literal::long(line),
            _ => literal::float(line).then_some(Kind::Number),
        };
        match kind {
            Some(kind) => self.push(kind),
            None => {
                self.push(Kind::Unknown);
                self.fail(offset, "bad number")?;
            }
        }
        Ok(())
    }

    pub(super) fn text_line(&mut self, opcode: u8, offset: u64) -> Result<(), Halt> {
        let Some(line) = self.input.line() else { return Err(self.end(offset, TRUNCATED)) };
        // A line that was cut cannot be checked; the worse reading is that it is well formed.
        let cut = line.len() >= super::input::MAX_LINE;
        let length = line.len() as u64;
        let valid = match opcode {
            b'S' => cut || literal::quoted(line).is_some(),
            _ => cut || literal::raw_unicode(line).is_some(),
        };
        if !valid {
            self.fail(offset, "bad string")?;
        }
        if self.manner.texts && length >= 8 {
            self.keep_text(offset, length);
        }
        self.push(Kind::Text(offset));
        Ok(())
    }

    pub(super) fn long(&mut self, opcode: u8, offset: u64) -> Result<(), Halt> {
        let length = match opcode {
            0x8A => u64::from(u8::from_le_bytes(self.array(offset)?)),
            _ => match u64::try_from(i32::from_le_bytes(self.array(offset)?)) {
                Ok(length) => length,
                Err(_) => return Err(self.end(offset, "negative length")),
            },
        };
        let small = usize::try_from(length).ok().filter(|length| *length <= 8);
        let kind = match small.map(|length| self.input.take(length).map(literal::little_endian)) {
            Some(kind) => kind,
            None => self.input.skip(length).map(|()| Kind::Number),
        };
        let Some(kind) = kind else { return Err(self.end(offset, TRUNCATED)) };
        self.push(kind);
        Ok(())
    }
}
