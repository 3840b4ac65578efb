//! Protocol buffers, as far as a walk over a few fields needs: tags, varints and lengths.
//! <https://protobuf.dev/programming-guides/encoding/>
//!
//! Tensors are skipped, not read, so a file of gigabytes costs what its structure costs.

use super::pickle::input::Input;

/// Messages inside messages.
const MAX_DEPTH: u8 = 24;
/// Fields of one file.
const MAX_FIELDS: u64 = 50_000_000;
/// A longer text is cut.
const MAX_TEXT: u64 = 4096;

/// What to do with a field that holds bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Nothing.
    Skip,
    /// It is text that is wanted.
    Take,
    /// It is a message of this kind.
    Enter(u8),
}

/// What the walk meets.
pub(super) enum Event<'e> {
    /// The text of a field.
    Text(u32, &'e str),
    /// The end of a message.
    Leave,
}

/// A walk over one file.
pub(super) struct Walk<'w, 'i> {
    pub(super) input: &'w mut Input<'i>,
    /// Which fields are wanted, by kind of message and number.
    pub(super) schema: fn(u8, u32) -> Want,
    /// Gets the events, with the kind of message they are in.
    pub(super) on: &'w mut dyn FnMut(u8, Event<'_>),
    /// Fields that may still be read.
    pub(super) left: u64,
}

impl<'w, 'i> Walk<'w, 'i> {
    pub(super) fn new(
        input: &'w mut Input<'i>,
        schema: fn(u8, u32) -> Want,
        on: &'w mut dyn FnMut(u8, Event<'_>),
    ) -> Self {
        Self { input, schema, on, left: MAX_FIELDS }
    }

    /// Walks the whole file as a message of `kind`. `false` when it breaks.
    pub(super) fn run(&mut self, kind: u8) -> bool {
        let end = self.input.len();
        self.message(kind, end, 0).is_some()
    }

    fn message(&mut self, kind: u8, end: u64, depth: u8) -> Option<()> {
        while self.input.offset() < end {
            self.left = self.left.checked_sub(1)?;
            let tag = self.varint()?;
            let field = u32::try_from(tag >> 3).ok().filter(|field| *field > 0)?;
            match tag & 7 {
                0 => drop(self.varint()?),
                1 => self.input.skip(8)?,
                5 => self.input.skip(4)?,
                2 => {
                    let length = self.varint()?;
                    let after = self.input.offset().checked_add(length).filter(|after| *after <= end)?;
                    match (self.schema)(kind, field) {
                        Want::Skip => {}
                        Want::Take => {
                            let text = self.input.read_at(self.input.offset(), length.min(MAX_TEXT) as usize);
                            (self.on)(kind, Event::Text(field, &String::from_utf8_lossy(&text)));
                        }
                        Want::Enter(inner) if depth < MAX_DEPTH => self.message(inner, after, depth + 1)?,
                        Want::Enter(_) => return None,
                    }
                    self.input.seek(after);
                }
                // Groups are of no use to these formats.
                _ => return None,
            }
        }
        (self.on)(kind, Event::Leave);
        (self.input.offset() == end).then_some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.input.byte()?;
            value |= u64::from(byte & 0x7F).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}
