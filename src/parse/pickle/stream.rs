//! The streams of one artifact: is it a pickle at all, what follows its STOP, and what is nested in its byte strings.

use super::input::Input;
use super::machine::{Extensions, Found, Machine, Manner, Walk};
use crate::model::{Extent, Standing};

/// Streams of one artifact; a log that is appended to has thousands.
const MAX_STREAMS: usize = 100_000;
/// Pickles inside byte strings inside pickles.
pub(super) const MAX_DEPTH: u8 = 4;
/// Larger byte strings are data.
const MAX_INNER_BYTES: u64 = 16 << 20;
/// How much is searched for a stream behind junk, and how many places are tried.
const MAX_SEARCH: usize = 1 << 20;
pub(super) const MAX_ATTEMPTS: usize = 4096;
/// Bytes that all of these attempts read: each may read on to the end.
const MAX_WALKED: u64 = 4 << 20;

/// How much is read of what is pickled in a file whose reader loads it, and how many places are tried.
const MAX_STORED: u64 = 1 << 30;
const MAX_STORED_ATTEMPTS: usize = 1 << 16;
/// Longest name of a module, in bytes.
const MAX_NAME: usize = 128;

/// One stream and who loads it.
pub(in crate::parse) struct Stream {
    pub walk: Walk,
    pub standing: Standing,
    /// Where it is nested, as the last part of a member's path; empty for the artifact itself.
    pub within: String,
}

/// What is known before the first opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::parse) enum Expectation {
    /// The name says pickle, or a loader is called with these bytes.
    Pickle,
    /// The name says some model or data file.
    Model,
    /// Nothing.
    Nothing,
}

/// All streams of `input`, or none when it is no pickle.
pub(in crate::parse) fn streams(input: &mut Input<'_>, expectation: Expectation) -> Vec<Stream> {
    let mut extensions = Vec::new();
    let mut found = Vec::new();
    artifact(input, expectation, &mut extensions, &mut found);
    found
}

/// True when the beginning of a file reads as a pickle.
pub(in crate::parse) fn is_likely(head: &[u8], expectation: Expectation) -> bool {
    match head {
        // A zip, which as a pickle would end at once: it asks for a persistent id.
        [] | [b'P', b'K', 3, 4, ..] => false,
        [0x80, 0..=5, ..] => true,
        [0x80, ..] => expectation == Expectation::Pickle,
        _ => {
            let mut input = Input::slice(head);
            let manner = Manner { past_errors: false, arrays: true, texts: false };
            let walk = Machine::new(&mut input, &mut Vec::new(), manner).run();
            // A head ends in the middle of something.
            let ran_out = matches!(walk.extent, Extent::Broken { reason: "truncated" | "truncated array", .. })
                && (head.len() >= 8192 || expectation == Expectation::Pickle);
            is_pickle(&walk, false, expectation) || (ran_out && expectation != Expectation::Nothing && walk.opcodes > 4)
        }
    }
}

/// Searches a file of another kind for pickles that begin within [`MAX_SEARCH`] bytes of `from`: appended to an image, stored
/// in a database.
pub(in crate::parse) fn dormant(input: &mut Input<'_>, from: u64) -> Vec<Stream> {
    let bytes = input.read_at(from, 2 * MAX_SEARCH);
    let mut found = Vec::new();
    let mut at = 0;
    let (mut attempts, mut walked) = (0, 0);
    while let Some(ahead) = bytes.get(at..bytes.len().min(MAX_SEARCH)).and_then(|rest| memchr::memchr(0x80, rest)) {
        let start = at + ahead;
        at = start + 1;
        if !matches!(bytes.get(start..), Some([0x80, 2..=5, ..])) {
            continue;
        }
        if attempts == MAX_ATTEMPTS || walked > MAX_WALKED {
            input.is_cut = true;
            break;
        }
        attempts += 1;
        let mut inside = Input::slice(&bytes);
        inside.seek(start as u64);
        let manner = Manner { past_errors: false, arrays: false, texts: false };
        let mut walk = Machine::new(&mut inside, &mut Vec::new(), manner).run();
        walked += inside.offset().saturating_sub(start as u64);
        if is_certain(&walk) {
            at = usize::try_from(walk.end).unwrap_or(usize::MAX).max(at);
            walk.start += from;
            walk.end += from;
            walk.imports.iter_mut().for_each(|import| import.offset += from);
            walk.oddities.iter_mut().for_each(|odd| odd.offset += from);
            found.push(Stream { walk, standing: Standing::Dormant, within: String::new() });
        }
    }
    found
}

/// Searches a whole file whose reader loads the pickles in it, of all protocols and of any length.
pub(in crate::parse) fn stored(input: &mut Input<'_>) -> Vec<Stream> {
    let (mut found, mut from, mut end, mut attempts, mut walked) = (Vec::new(), 0_u64, 0_u64, 0_usize, 0_u64);
    while from < input.len() {
        let bytes = input.read_at(from, MAX_SEARCH + 2 * MAX_NAME);
        let mut at = 0;
        while let Some(start) = bytes.get(at..bytes.len().min(MAX_SEARCH)).and_then(next_start).map(|ahead| at + ahead) {
            at = start + 1;
            let absolute = from + start as u64;
            let Some(ahead) = begins(&bytes, start).filter(|_| absolute >= end) else { continue };
            if attempts == MAX_STORED_ATTEMPTS || walked > MAX_STORED {
                input.is_cut = true;
                return found;
            }
            attempts += 1;
            input.seek(absolute - ahead as u64);
            let manner = Manner { past_errors: false, arrays: false, texts: false };
            let walk = Machine::new(input, &mut Vec::new(), manner).run();
            walked += input.offset().saturating_sub(absolute);
            if is_certain(&walk) {
                end = walk.end.max(absolute + 1);
                found.push(Stream { walk, standing: Standing::Loaded, within: String::new() });
            }
        }
        from += MAX_SEARCH as u64;
    }
    found
}

/// The next byte that a pickle, or what it imports, may begin with.
fn next_start(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| matches!(byte, 0x80 | 0x8C | b'c' | b'i'))
}

/// How far before `start` a pickle begins that has there its magic, two names for STACK_GLOBAL, or GLOBAL or INST with two
/// lines; INST stands behind the mark of its arguments.
fn begins(bytes: &[u8], start: usize) -> Option<usize> {
    let name = |at: usize| match bytes.get(at..at + 2) {
        Some([0x8C, len]) if bytes.get(at + 2..at + 2 + usize::from(*len)).is_some_and(is_dotted) => {
            let end = at + 2 + usize::from(*len);
            Some(if bytes.get(end) == Some(&0x94) { end + 1 } else { end })
        }
        _ => None,
    };
    let line = |at: usize| {
        let rest = bytes.get(at..(at + MAX_NAME).min(bytes.len()))?;
        let len = memchr::memchr(b'\n', rest)?;
        is_dotted(&rest[..len]).then_some(at + len + 1)
    };
    match bytes.get(start..)? {
        [0x80, 2..=5, ..] => Some(0),
        [0x8C, ..] => name(start).and_then(name).filter(|end| bytes.get(*end) == Some(&0x93)).map(|_| 0),
        [b'c', ..] => line(start + 1).and_then(line).map(|_| 0),
        [b'i', ..] => {
            line(start + 1).and_then(line)?;
            let before = &bytes[start.saturating_sub(2 * MAX_NAME)..start];
            memchr::memrchr(b'(', before).map(|mark| before.len() - mark)
        }
        _ => None,
    }
}

/// The name of a module or of something in it.
fn is_dotted(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

fn artifact(input: &mut Input<'_>, expectation: Expectation, extensions: &mut Extensions, found: &mut Vec<Stream>) {
    let head = input.read_at(0, 2);
    let has_magic = matches!(head.as_slice(), [0x80, 0..=5]) || (head.first() == Some(&0x80) && expectation == Expectation::Pickle);
    let manner = Manner { past_errors: has_magic || expectation == Expectation::Pickle, arrays: true, texts: true };
    let first = Machine::new(input, extensions, manner).run();
    if !is_pickle(&first, has_magic, expectation) {
        return;
    }
    let is_torch = first.is_torch_magic;
    let mut last = keep(input, first, Standing::Loaded, extensions, found);
    // torch's old format: five pickles, then the bytes of the storages.
    let limit = if is_torch { 5 } else { MAX_STREAMS };
    let mut count = 1;
    while let Extent::Whole = last.0
        && count < limit
        && last.1 < input.len()
    {
        input.seek(last.1);
        let magic = matches!(input.read_at(last.1, 2).as_slice(), [0x80, 0..=5]);
        let manner = Manner { past_errors: is_torch, arrays: true, texts: true };
        let next = Machine::new(input, extensions, manner).run();
        let whole = next.extent == Extent::Whole && (magic || is_torch);
        if !whole && !is_certain(&next) {
            break;
        }
        last = keep(input, next, Standing::Loaded, extensions, found);
        count += 1;
    }
    input.is_cut |= count == MAX_STREAMS && last.1 < input.len();
    if last.1 < input.len() && !(is_torch && count == 5) {
        // What stands behind the last stream that a loader gets to.
        found.append(&mut dormant(input, last.1));
    }
}

/// Adds a stream, its second reading where there are two, and what is nested in it. Returns how it ended.
fn keep(
    input: &mut Input<'_>,
    mut walk: Walk,
    standing: Standing,
    extensions: &mut Extensions,
    found: &mut Vec<Stream>,
) -> (Extent, u64) {
    if walk.crossed_arrays {
        // `pickle.load` knows nothing of joblib's arrays and reads their bytes as opcodes.
        input.seek(walk.start);
        let manner = Manner { past_errors: false, arrays: false, texts: false };
        let plain = Machine::new(input, extensions, manner).run();
        let new = |import: &Found| {
            is_name(&import.module) && is_name(&import.name) && !walk.imports.iter().any(|known| known.offset == import.offset)
        };
        let extra: Vec<Found> = plain.imports.into_iter().filter(new).collect();
        walk.imports.extend(extra);
    }
    let inner = std::mem::take(&mut walk.inner);
    let end = (walk.extent, walk.end);
    found.push(Stream { walk, standing, within: String::new() });
    for inner in inner {
        nested(input, inner.opcode, inner.passed_to, String::new(), 1, extensions, found);
    }
    end
}

/// Reads the byte string of the opcode at `opcode` as a pickle.
fn nested(
    input: &mut Input<'_>,
    opcode: u64,
    passed_to: Option<String>,
    within: String,
    depth: u8,
    extensions: &mut Extensions,
    found: &mut Vec<Stream>,
) {
    let Some(bytes) = payload(input, opcode) else { return };
    let mut inside = Input::slice(&bytes);
    let has_magic = matches!(bytes.as_slice(), [0x80, 0..=5, ..]);
    let manner = Manner { past_errors: false, arrays: true, texts: false };
    let mut walk = Machine::new(&mut inside, extensions, manner).run();
    let expectation = if passed_to.is_some() { Expectation::Pickle } else { Expectation::Nothing };
    if walk.imports.is_empty() || !is_pickle(&walk, has_magic, expectation) {
        return;
    }
    let deeper = std::mem::take(&mut walk.inner);
    let within = format!("{within}{}bytes at {opcode}", if within.is_empty() { "" } else { "!" });
    let standing = passed_to.map_or(Standing::Dormant, Standing::PassedTo);
    found.push(Stream { walk, standing, within: within.clone() });
    if depth < MAX_DEPTH {
        for inner in deeper {
            nested(&mut inside, inner.opcode, inner.passed_to, within.clone(), depth + 1, extensions, found);
        }
    } else {
        inside.is_cut |= !deeper.is_empty();
    }
    input.is_cut |= inside.is_cut;
}

/// The payload of a string or bytes opcode.
fn payload(input: &mut Input<'_>, opcode: u64) -> Option<Vec<u8>> {
    let head = input.read_at(opcode, 9);
    let (&code, rest) = head.split_first()?;
    let width = match code {
        b'C' | b'U' | 0x8C => 1,
        b'B' | b'T' | b'X' => 4,
        0x8E | 0x96 | 0x8D => 8,
        b'S' => {
            let bytes = input.read_at(opcode + 1, super::input::MAX_LINE);
            let line = bytes.get(..memchr::memchr(b'\n', &bytes)?)?;
            let text = super::literal::quoted(line)?;
            return text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect();
        }
        _ => return None,
    };
    let length = rest.get(..width)?.iter().rev().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
    let length = usize::try_from(length).ok().filter(|length| *length as u64 <= MAX_INNER_BYTES)?;
    let bytes = input.read_at(opcode + 1 + width as u64, length);
    (bytes.len() == length).then_some(bytes)
}

/// Is this a pickle, or a file of another kind that begins with letters that are opcodes?
fn is_pickle(walk: &Walk, has_magic: bool, expectation: Expectation) -> bool {
    let named = walk.imports.iter().any(plausible);
    if has_magic {
        // Weights begin with any byte; a stream that breaks at once and imports nothing is none.
        return named || walk.extent == Extent::Whole || expectation == Expectation::Pickle || walk.opcodes >= 16;
    }
    if walk.imports.is_empty() {
        let whole = walk.extent == Extent::Whole && expectation != Expectation::Nothing;
        return whole || (expectation == Expectation::Pickle && walk.opcodes >= 16);
    }
    match expectation {
        Expectation::Pickle => named,
        Expectation::Model => is_certain(walk),
        // Two words on lines of their own are an import; text files have those. Nobody calls one by accident.
        Expectation::Nothing => is_certain(walk) && walk.imports.iter().any(|import| import.uses.calls > 0),
    }
}

/// A stream in a place where none is expected: it imports names that are names, and calls one or comes to its STOP.
fn is_certain(walk: &Walk) -> bool {
    walk.imports.iter().any(|import| {
        plausible(import) && import.reachable && (walk.extent == Extent::Whole || import.uses.calls + import.uses.instances > 0)
    }) && walk.imports.first().is_some_and(plausible)
}

fn plausible(import: &Found) -> bool {
    is_name(&import.module) && is_name(&import.name)
}

/// Dotted identifiers, or one of the machine's own words.
fn is_name(text: &str) -> bool {
    matches!(text, "<computed>" | "<ext>")
        || text.split('.').all(|part| {
            !part.is_empty() && part.chars().all(|character| character.is_alphanumeric() || character == '_')
        })
}
