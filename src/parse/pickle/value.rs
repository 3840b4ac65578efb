//! Values on the stack of the machine: eight bytes each, so that a stream of millions of rows fits.
//!
//! A string is the offset of the opcode that made it; a tuple is an index into an arena of items. What the arena or
//! the ring of recent containers no longer holds is unknown, and unknown is never taken for harmless.

/// A value, packed: four bits of kind, sixty of payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value(u64);

/// What a [`Value`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::parse) enum Kind {
    /// Not known: the result of an opcode that failed, or what a budget made us forget.
    Unknown,
    /// `None`.
    Nothing,
    Boolean(bool),
    /// An integer that fits in sixty bits.
    Integer(i64),
    /// A float or a longer integer.
    Number,
    /// Text; the offset of its opcode.
    Text(u64),
    /// Bytes; the offset of their opcode.
    Bytes(u64),
    /// A tuple; where its items are in the arena.
    Tuple(u64),
    /// A tuple whose items were not kept.
    LongTuple,
    /// A list; its number among containers.
    List(u64),
    /// A dictionary; its number among containers.
    Dictionary(u64),
    Set,
    /// An import; its index.
    Global(u64),
    /// The result of a call; its index.
    Object(u64),
    /// What a persistent id stands for.
    Persistent,
    /// A memo slot that holds nothing.
    Absent,
}

const PAYLOAD: u64 = (1 << 60) - 1;

impl Value {
    #[inline]
    pub(super) fn new(kind: Kind) -> Self {
        let (tag, payload) = match kind {
            Kind::Absent => (0, 0),
            Kind::Nothing => (1, 0),
            Kind::Boolean(value) => (2, u64::from(value)),
            Kind::Integer(value) => match (-(1_i64 << 59)..(1 << 59)).contains(&value) {
                true => (3, value as u64 & PAYLOAD),
                false => (4, 0),
            },
            Kind::Number => (4, 0),
            Kind::Text(offset) => (5, offset & PAYLOAD),
            Kind::Bytes(offset) => (6, offset & PAYLOAD),
            Kind::Tuple(index) => (7, index & PAYLOAD),
            Kind::LongTuple => (8, 0),
            Kind::List(number) => (9, number & PAYLOAD),
            Kind::Dictionary(number) => (10, number & PAYLOAD),
            Kind::Set => (11, 0),
            Kind::Global(index) => (12, index & PAYLOAD),
            Kind::Object(index) => (13, index & PAYLOAD),
            Kind::Persistent => (14, 0),
            Kind::Unknown => (15, 0),
        };
        Self(tag | payload << 4)
    }

    #[inline]
    pub(super) fn kind(self) -> Kind {
        let payload = self.0 >> 4;
        match self.0 & 15 {
            0 => Kind::Absent,
            1 => Kind::Nothing,
            2 => Kind::Boolean(payload != 0),
            3 => Kind::Integer((self.0 as i64) >> 4),
            4 => Kind::Number,
            5 => Kind::Text(payload),
            6 => Kind::Bytes(payload),
            7 => Kind::Tuple(payload),
            8 => Kind::LongTuple,
            9 => Kind::List(payload),
            10 => Kind::Dictionary(payload),
            11 => Kind::Set,
            12 => Kind::Global(payload),
            13 => Kind::Object(payload),
            14 => Kind::Persistent,
            _ => Kind::Unknown,
        }
    }

    pub(super) const fn unknown() -> Self {
        Self(15)
    }

    pub(super) const fn absent() -> Self {
        Self(0)
    }

    #[inline]
    pub(super) fn is_absent(self) -> bool {
        self.0 == 0
    }
}

/// Items of tuples, kept until a cap.
#[derive(Default)]
pub(super) struct Arena {
    items: Vec<Value>,
}

impl Arena {
    /// Items in all: 24 MiB.
    const CAP: usize = 3 << 20;
    /// Longer tuples are data, not arguments.
    const LONGEST: usize = 64;

    /// Keeps a tuple.
    pub(super) fn tuple(&mut self, items: &[Value]) -> Value {
        if items.len() > Self::LONGEST || self.items.len() + items.len() >= Self::CAP {
            return Value::new(Kind::LongTuple);
        }
        let index = self.items.len() as u64;
        self.items.push(Value::new(Kind::Integer(items.len() as i64)));
        self.items.extend_from_slice(items);
        Value::new(Kind::Tuple(index))
    }

    /// The items of a tuple that was kept.
    pub(super) fn items(&self, index: u64) -> &[Value] {
        let Ok(index) = usize::try_from(index) else { return &[] };
        match self.items.get(index).map(|length| length.kind()) {
            Some(Kind::Integer(length)) => {
                self.items.get(index + 1..index + 1 + length as usize).unwrap_or_default()
            }
            _ => &[],
        }
    }
}

/// The contents of the lists and dictionaries that were made last.
pub(super) struct Recent {
    slots: Vec<Slot>,
    made: u64,
}

struct Slot {
    number: u64,
    items: Vec<Value>,
    cut: bool,
}

impl Recent {
    /// How many containers are remembered: more than stand open at once around an array or a call.
    const SLOTS: u64 = 128;
    /// How many items of each: an array wrapper has seven keys.
    const ITEMS: usize = 64;

    pub(super) fn new() -> Self {
        let slot = || Slot { number: u64::MAX, items: Vec::new(), cut: false };
        Self { slots: (0..Self::SLOTS).map(|_| slot()).collect(), made: 0 }
    }

    /// A new container's number.
    #[inline]
    pub(super) fn make(&mut self) -> u64 {
        let number = self.made;
        self.made += 1;
        if let Some(slot) = self.slots.get_mut((number % Self::SLOTS) as usize) {
            slot.number = number;
            slot.items.clear();
            slot.cut = false;
        }
        number
    }

    /// Adds items to a container that is still remembered.
    #[inline]
    pub(super) fn extend(&mut self, number: u64, items: &[Value]) {
        if let Some(slot) = self.slots.get_mut((number % Self::SLOTS) as usize)
            && slot.number == number
        {
            let room = Self::ITEMS.saturating_sub(slot.items.len());
            slot.items.extend_from_slice(items.get(..room.min(items.len())).unwrap_or_default());
            slot.cut |= items.len() > room;
        }
    }

    /// The items of a container, all of them, if they are still known.
    pub(super) fn items(&self, number: u64) -> Option<&[Value]> {
        let slot = self.slots.get((number % Self::SLOTS) as usize)?;
        (slot.number == number && !slot.cut).then_some(&slot.items)
    }
}

/// What PUT and MEMOIZE keep. Dense keys are a vector; sparse ones a map, so that a key of 2^32 - 1 costs nothing.
#[derive(Default)]
pub(super) struct Memo {
    dense: Vec<Value>,
    sparse: std::collections::HashMap<u64, Value>,
    entries: u64,
    full: bool,
}

impl Memo {
    /// Entries that are kept: 80 MiB.
    const CAP: usize = 10 << 20;
    const SPARSE_CAP: usize = 1 << 18;

    /// The number of entries: the key that MEMOIZE uses.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// True when something was not kept, so that a key that is not there may have been set.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    #[inline]
    pub(super) fn put(&mut self, key: u64, value: Value) {
        let length = self.dense.len();
        match usize::try_from(key) {
            Ok(index) if index < length => {
                if let Some(slot) = self.dense.get_mut(index) {
                    self.entries += u64::from(slot.is_absent());
                    *slot = value;
                }
            }
            Ok(index) if index <= length + 1024 && index < Self::CAP => {
                self.dense.resize(index, Value::absent());
                self.dense.push(value);
                // A sparse key that the vector has now grown over keeps its value.
                if !self.sparse.is_empty() {
                    for at in length..=index {
                        if let Some(kept) = self.sparse.remove(&(at as u64)) {
                            self.entries -= 1;
                            if at != index && let Some(slot) = self.dense.get_mut(at) {
                                *slot = kept;
                                self.entries += 1;
                            }
                        }
                    }
                }
                self.entries += 1;
            }
            _ if self.sparse.len() < Self::SPARSE_CAP || self.sparse.contains_key(&key) => {
                self.entries += u64::from(self.sparse.insert(key, value).is_none());
            }
            _ => {
                self.full = true;
                self.entries += 1;
            }
        }
    }

    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<Value> {
        let dense = usize::try_from(key).ok().and_then(|index| self.dense.get(index)).copied();
        dense.filter(|value| !value.is_absent()).or_else(|| self.sparse.get(&key).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_eight_bytes_and_read_back() {
        assert_eq!(size_of::<Value>(), 8);
        for kind in [Kind::Integer(-5), Kind::Integer(1 << 58), Kind::Text(1 << 50), Kind::Boolean(true), Kind::Global(7)] {
            assert_eq!(Value::new(kind).kind(), kind);
        }
        assert_eq!(Value::new(Kind::Integer(i64::MAX)).kind(), Kind::Number);
    }

    #[test]
    fn memo_keys_may_be_sparse_and_are_counted_once() {
        let mut memo = Memo::default();
        let text = |offset| Value::new(Kind::Text(offset));
        memo.put(u64::from(u32::MAX), text(1));
        memo.put(1500, text(2));
        memo.put(0, text(3));
        memo.put(0, text(4));
        assert_eq!(memo.entries(), 3);
        for key in 1..1500 {
            memo.put(key, text(key));
        }
        memo.put(1501, text(9));
        assert_eq!(memo.entries(), 1503);
        assert_eq!(memo.get(1500), Some(text(2)));
        assert_eq!(memo.get(0), Some(text(4)));
        assert_eq!(memo.get(u64::from(u32::MAX)), Some(text(1)));
        assert_eq!(memo.get(9999), None);
    }
}
