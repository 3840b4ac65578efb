//! joblib writes the bytes of arrays into the middle of its pickle, behind the BUILD of a `NumpyArrayWrapper`.
//!
//! `joblib/numpy_pickle.py`, `NumpyArrayWrapper.read_array`: object arrays are an inline pickle; others are aligned by a
//! length byte and padding, then `prod(shape)` items.

use super::machine::{Halt, Machine, Manner};
use super::value::{Kind, Value};
use crate::model::Extent;

impl Machine<'_, '_> {
    /// On BUILD: passes over the array that follows, if one does.
    pub(super) fn cross_array(&mut self, target: Value, state: Value, offset: u64) -> Result<(), Halt> {
        let Kind::Object(object) = target.kind() else { return Ok(()) };
        let Some(class) = self.callee(object) else { return Ok(()) };
        match class {
            Class::Dtype => {
                // Arrays of one file share few types.
                if self.states.len() < 4096 {
                    self.states.push((object, state));
                }
                Ok(())
            }
            Class::Wrapper if self.manner.arrays => self.array_bytes(state, offset),
            Class::Wrapper => {
                self.walk.crossed_arrays = true;
                Ok(())
            }
        }
    }

    fn callee(&self, object: u64) -> Option<Class> {
        let (callee, _) = self.objects.get(usize::try_from(object).ok()?)?;
        let Kind::Global(index) = callee.kind() else { return None };
        let import = self.walk.imports.get(usize::try_from(index).ok()?)?;
        match (import.module.as_str(), import.name.as_str()) {
            ("numpy", "dtype") => Some(Class::Dtype),
            ("joblib.numpy_pickle" | "sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper") => {
                Some(Class::Wrapper)
            }
            _ => None,
        }
    }

    fn array_bytes(&mut self, state: Value, offset: u64) -> Result<(), Halt> {
        self.walk.crossed_arrays = true;
        let Some(wrapper) = self.wrapper(state) else {
            return Err(self.give_up(offset, "the array that follows has no readable type or shape"));
        };
        if wrapper.has_objects {
            return self.object_array(offset);
        }
        if wrapper.aligned {
            let Some(padding) = self.input.byte() else { return Err(self.end(offset, "truncated array")) };
            if self.input.skip(u64::from(padding)).is_none() {
                return Err(self.end(offset, "truncated array"));
            }
        }
        match self.input.skip(wrapper.bytes) {
            Some(()) => Ok(()),
            None => Err(self.end(offset, "truncated array")),
        }
    }

    /// A pickle of its own, with its own stack and memo, read by the plain unpickler.
    fn object_array(&mut self, offset: u64) -> Result<(), Halt> {
        let manner = Manner { arrays: false, ..self.manner };
        let inner = Machine::new(self.input, self.extensions, manner).run();
        let extent = inner.extent;
        let room = super::machine::DISTINCT.saturating_sub(self.walk.imports.len());
        self.walk.imports.extend(inner.imports.into_iter().take(room));
        self.walk.oddities.extend(inner.oddities);
        self.walk.inner.extend(inner.inner);
        self.walk.texts.extend(inner.texts);
        self.walk.texts_cut |= inner.texts_cut;
        self.walk.opcodes += inner.opcodes;
        match extent {
            Extent::Whole => Ok(()),
            Extent::Broken { offset: at, reason } => Err(self.end(at, reason)),
            Extent::Unread { reason, .. } => Err(self.give_up(offset, reason)),
        }
    }

    fn wrapper(&mut self, state: Value) -> Option<Wrapper> {
        let Kind::Dictionary(number) = state.kind() else { return None };
        let items = self.recent.items(number)?.to_vec();
        let (mut dtype, mut shape, mut aligned) = (None, None, false);
        for pair in items.chunks_exact(2) {
            let &[key, value] = pair else { continue };
            let Kind::Text(key) = key.kind() else { continue };
            match self.text(key)?.as_str() {
                "dtype" => dtype = Some(value),
                "shape" => shape = Some(value),
                "numpy_array_alignment_bytes" => aligned = value.kind() != Kind::Nothing,
                _ => {}
            }
        }
        let Kind::Tuple(shape) = shape?.kind() else { return None };
        let mut count = 1_u64;
        for length in self.arena.items(shape).to_vec() {
            let Kind::Integer(length) = length.kind() else { return None };
            count = count.checked_mul(u64::try_from(length).ok()?)?;
        }
        let (size, has_objects) = self.dtype(dtype?)?;
        Some(Wrapper { bytes: count.checked_mul(size)?, has_objects, aligned })
    }

    /// Size of an item, and whether it holds Python objects.
    fn dtype(&mut self, dtype: Value) -> Option<(u64, bool)> {
        let Kind::Object(object) = dtype.kind() else { return None };
        let (_, arguments) = *self.objects.get(usize::try_from(object).ok()?)?;
        let Kind::Tuple(arguments) = arguments.kind() else { return None };
        let Kind::Text(code) = self.arena.items(arguments).first()?.kind() else { return None };
        let code = self.text(code)?;
        let code = code.trim_start_matches(['<', '>', '=', '|']);
        let kind = code.chars().next()?;
        let digits: u64 = code.get(kind.len_utf8()..)?.parse().ok().or((code == "O" || code == "?").then_some(1))?;
        let size = if kind == 'U' { digits.checked_mul(4)? } else { digits };
        let has_objects = kind == 'O' || (kind == 'V' && self.has_object_fields(object));
        Some((size, has_objects))
    }

    /// The last item of a dtype's state holds flags; bit 0 says that items hold Python objects.
    fn has_object_fields(&self, object: u64) -> bool {
        let state = self.states.iter().rev().find(|(known, _)| *known == object);
        let Some(Kind::Tuple(state)) = state.map(|(_, state)| state.kind()) else { return false };
        matches!(self.arena.items(state).last().map(|flags| flags.kind()), Some(Kind::Integer(flags)) if flags & 1 != 0)
    }
}

enum Class {
    Dtype,
    Wrapper,
}

struct Wrapper {
    bytes: u64,
    has_objects: bool,
    aligned: bool,
}
