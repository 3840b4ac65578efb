//! The symbolic machine: what CPython's unpickler would do with its stack and its memo, with nothing imported, nothing
//! called and no payload copied. [`step`](super::step) has the opcodes.
//!
//! Where a loader would stop with an error, the machine notes it and, when it is asked to, goes on: what it finds from
//! there on is reported as unreachable.

use super::input::Input;
use super::value::{Arena, Kind, Memo, Recent, Value};
use crate::model::{Extent, OddityKind, Uses};

/// How many imports of one stream are listed one by one; from there on only names that are new.
const LISTED: usize = 10_000;
/// Distinct names; a stream with more is not read to its end.
pub(super) const DISTINCT: usize = 200_000;
/// Values on the stack: 64 MiB.
const STACK: usize = 8 << 20;
/// Results of calls whose origin is kept: 32 MiB.
pub(super) const OBJECTS: usize = 2 << 20;
/// Opcodes of one artifact.
const OPCODES: u64 = 1 << 30;
/// Names longer than this are no names.
pub(super) const MAX_NAME: usize = 4096;
/// Oddities of each kind that are listed.
const MAX_ODDITIES: usize = 16;

/// One import, before it has a place in a document.
#[derive(Debug)]
pub(in crate::parse) struct Found {
    pub module: String,
    pub name: String,
    pub offset: u64,
    pub opcode: &'static str,
    pub protocol: u8,
    pub reachable: bool,
    pub called_with: Option<String>,
    pub uses: Uses,
}

/// One oddity, before it has a place in a document.
#[derive(Debug)]
pub(in crate::parse) struct Odd {
    pub kind: OddityKind,
    pub offset: u64,
    pub detail: String,
    pub reachable: bool,
}

/// Bytes inside a stream that may be a pickle of their own.
#[derive(Debug)]
pub(in crate::parse) struct Inner {
    /// Offset of the opcode that holds them.
    pub opcode: u64,
    /// What they are passed to, if anything.
    pub passed_to: Option<String>,
}

/// What one stream says.
pub(in crate::parse) struct Walk {
    pub start: u64,
    pub end: u64,
    pub extent: Extent,
    pub protocol: u8,
    pub opcodes: u64,
    pub imports: Vec<Found>,
    pub oddities: Vec<Odd>,
    pub inner: Vec<Inner>,
    pub refused_by_weights_only: Option<&'static str>,
    /// The stream is the integer that opens torch's old format.
    pub is_torch_magic: bool,
    /// Raw array bytes were crossed as joblib does.
    pub crossed_arrays: bool,
    /// For whoever looks for secrets in it.
    pub texts: Vec<KeptText>,
    /// There is more text than that.
    pub texts_cut: bool,
    /// The version of scikit-learn that wrote the first estimator.
    pub sklearn: Option<String>,
}

/// A text in which a secret may stand.
#[derive(Debug)]
pub(in crate::parse) struct KeptText {
    /// Where the opcode stands that pushes it.
    pub offset: u64,
    /// Its key, where it is the value of a dictionary.
    pub key: Option<String>,
    pub text: String,
}

/// How to walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Go on where a loader would stop.
    pub past_errors: bool,
    /// Cross raw arrays as joblib does.
    pub arrays: bool,
    /// Keep text for the search for secrets.
    pub texts: bool,
}

/// Codes that `copyreg.add_extension` registers; they outlive the stream.
pub(super) type Extensions = Vec<(i64, String, String)>;

/// Why the machine can go no further.
pub(super) struct Halt;

pub(super) struct Machine<'m, 'i> {
    pub(super) input: &'m mut Input<'i>,
    pub(super) extensions: &'m mut Extensions,
    pub(super) manner: Manner,
    pub(super) stack: Vec<Value>,
    pub(super) marks: Vec<usize>,
    pub(super) memo: Memo,
    pub(super) arena: Arena,
    pub(super) recent: Recent,
    /// Callee and arguments of each result.
    pub(super) objects: Vec<(Value, Value)>,
    /// State tuples that BUILD gave to `numpy.dtype` objects.
    pub(super) states: Vec<(u64, Value)>,
    pub(super) walk: Walk,
    names: std::collections::HashMap<(String, String), usize>,
    pub(super) duplications: u32,
    text_bytes: usize,
    /// The next text is the version that an estimator's state names.
    pub(super) names_version: bool,
    /// Texts that were asked for last, by the offset of their opcode.
    pub(super) texts: Vec<(u64, Option<String>)>,
}

impl<'m, 'i> Machine<'m, 'i> {
    pub(super) fn new(input: &'m mut Input<'i>, extensions: &'m mut Extensions, manner: Manner) -> Self {
        let start = input.offset();
        Self {
            input,
            extensions,
            manner,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Memo::default(),
            arena: Arena::default(),
            recent: Recent::new(),
            objects: Vec::new(),
            states: Vec::new(),
            walk: Walk {
                start,
                end: start,
                extent: Extent::Whole,
                protocol: 0,
                opcodes: 0,
                imports: Vec::new(),
                oddities: Vec::new(),
                inner: Vec::new(),
                refused_by_weights_only: None,
                is_torch_magic: false,
                crossed_arrays: false,
                texts: Vec::new(),
                texts_cut: false,
                sklearn: None,
            },
            names: std::collections::HashMap::new(),
            duplications: 0,
            text_bytes: 0,
            names_version: false,
            texts: Vec::new(),
        }
    }

    /// True while no loader would have stopped.
    pub(super) fn reachable(&self) -> bool {
        self.walk.extent == Extent::Whole
    }

    /// A loader stops here.
    #[cold]
    pub(super) fn fail(&mut self, offset: u64, reason: &'static str) -> Result<(), Halt> {
        if self.reachable() {
            self.walk.extent = Extent::Broken { offset, reason };
        }
        if self.manner.past_errors { Ok(()) } else { Err(Halt) }
    }

    /// A loader stops here, and there is nothing to go on with.
    #[cold]
    pub(super) fn end(&mut self, offset: u64, reason: &'static str) -> Halt {
        if self.reachable() {
            self.walk.extent = Extent::Broken { offset, reason };
        }
        Halt
    }

    /// We stop here; a loader would not.
    #[cold]
    pub(super) fn give_up(&mut self, offset: u64, reason: &'static str) -> Halt {
        if self.reachable() {
            self.walk.extent = Extent::Unread { offset, reason };
        }
        Halt
    }

    pub(super) fn over_budget(&mut self, offset: u64) -> Option<Halt> {
        if self.stack.len() > STACK || self.marks.len() > STACK {
            return Some(self.give_up(offset, "it puts more on the stack than is kept"));
        }
        (self.walk.opcodes > OPCODES).then(|| self.give_up(offset, "it has more opcodes than are read"))
    }

    /// Where the values above the last mark begin.
    #[inline]
    pub(super) fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn push(&mut self, kind: Kind) {
        self.stack.push(Value::new(kind));
    }

    #[inline]
    pub(super) fn pop(&mut self, offset: u64) -> Result<Value, Halt> {
        if self.stack.len() > self.fence()
            && let Some(value) = self.stack.pop()
        {
            return Ok(value);
        }
        self.fail(offset, "stack underflow")?;
        Ok(Value::unknown())
    }

    /// The top of the stack, which stays.
    #[inline]
    pub(super) fn top(&mut self, offset: u64) -> Result<Value, Halt> {
        if self.stack.len() > self.fence()
            && let Some(value) = self.stack.last()
        {
            return Ok(*value);
        }
        self.fail(offset, "stack underflow")?;
        Ok(Value::unknown())
    }

    /// Takes the last mark away and says where the values above it begin.
    #[inline]
    pub(super) fn unmark(&mut self, offset: u64) -> Result<usize, Halt> {
        match self.marks.pop() {
            Some(mark) => Ok(mark),
            None => {
                self.fail(offset, "no mark")?;
                Ok(self.stack.len())
            }
        }
    }

    /// Takes everything above the last mark away as a tuple.
    pub(super) fn tuple_from_mark(&mut self, offset: u64) -> Result<Value, Halt> {
        let mark = self.unmark(offset)?;
        let tuple = self.arena.tuple(self.stack.get(mark..).unwrap_or_default());
        self.stack.truncate(mark);
        Ok(tuple)
    }

    /// An import; `None` stands for a computed part.
    pub(super) fn import(
        &mut self,
        module: Option<String>,
        name: Option<String>,
        offset: u64,
        opcode: &'static str,
    ) -> Result<Value, Halt> {
        let computed = || "<computed>".to_owned();
        let key = (module.unwrap_or_else(computed), name.unwrap_or_else(computed));
        let known = self.names.get(&key).copied();
        if let Some(index) = known
            && self.walk.imports.len() >= LISTED
        {
            return Ok(Value::new(Kind::Global(index as u64)));
        }
        let index = self.walk.imports.len();
        if index >= DISTINCT {
            return Err(self.give_up(offset, "it imports more names than are kept"));
        }
        self.walk.imports.push(Found {
            module: key.0.clone(),
            name: key.1.clone(),
            offset,
            opcode,
            protocol: self.walk.protocol,
            reachable: self.reachable(),
            called_with: None,
            uses: Uses::default(),
        });
        self.names.entry(key).or_insert(index);
        Ok(Value::new(Kind::Global(index as u64)))
    }

    /// Notes what ordinary picklers never write.
    pub(super) fn odd(&mut self, kind: OddityKind, offset: u64, detail: String) {
        if self.walk.oddities.iter().filter(|odd| odd.kind == kind).count() < MAX_ODDITIES {
            let reachable = self.reachable();
            self.walk.oddities.push(Odd { kind, offset, detail, reachable });
        }
    }

    /// Keeps text in which a secret may stand: with its key when it is the value of a dictionary.
    pub(super) fn keep_text(&mut self, offset: u64, length: u64) {
        /// Text of one stream that is searched for secrets.
        const TEXTS: usize = 2 << 20;
        if length > MAX_NAME as u64 || self.text_bytes > TEXTS {
            self.walk.texts_cut |= !self.is_binary(length);
            return;
        }
        let Some(text) = self.text(offset) else { return };
        let above = self.stack.len() - self.fence();
        let below = self.fence().checked_sub(1).and_then(|index| self.stack.get(index)).map(|value| value.kind());
        let key = match (below, self.stack.last().map(|value| value.kind())) {
            (Some(Kind::Dictionary(_)), Some(Kind::Text(key))) if above % 2 == 1 => self.text(key),
            _ => None,
        };
        self.text_bytes += text.len();
        self.walk.texts.push(KeptText { offset, key, text });
    }

    /// Protocol 0 to 2 spell bytes, above all those of arrays, as text of the same code points. `length` bytes end here.
    fn is_binary(&mut self, length: u64) -> bool {
        let start = self.input.offset().saturating_sub(length);
        let sample = self.input.read_at(start, length.min(256) as usize);
        sample.iter().filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace()).count() * 32 > sample.len()
    }

    /// Walks to STOP, or as far as it goes.
    pub(super) fn run(mut self) -> Walk {
        let mut only = None;
        while let Ok(more) = self.step() {
            if !more {
                only = self.stack.last().copied();
                break;
            }
        }
        self.walk.is_torch_magic = self.walk.opcodes <= 4 && self.torch_magic(only);
        if self.walk.extent == Extent::Whole && self.duplications > 1000 {
            self.odd(OddityKind::Duplication, self.walk.start, String::new());
        }
        self.walk.end = self.input.offset();
        self.walk
    }

    /// torch's old format opens with the pickle of this integer.
    fn torch_magic(&mut self, result: Option<Value>) -> bool {
        const MAGIC: [u8; 10] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];
        result.map(|value| value.kind()) == Some(Kind::Number)
            && self.input.read_at(self.walk.start, 16).windows(MAGIC.len()).any(|bytes| bytes == MAGIC)
    }
}
