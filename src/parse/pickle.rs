//! Python pickles, read and never run: <https://docs.python.org/3/library/pickle.html>.
//!
//! What a stream imports, what it calls with what, how far a loader would get, and what is nested in it. Which of that
//! is dangerous is not decided here. Containers that hold pickles are other parsers' work: they hand out members.

mod array;
mod call;
pub(in crate::parse) mod input;
pub(in crate::parse) mod literal;
pub(in crate::parse) mod machine;
mod opcode;
mod operand;
mod step;
pub(in crate::parse) mod stream;
#[cfg(test)]
mod tests;
mod value;

use super::{Parser, container, gguf, keras, npy, onnx, safetensors, text};
use crate::model::{
    ArtifactPath, Document, Import, Location, Logical, NotificationKind, Oddity, OffsetMap, Pickle as PickleStream, Segment,
    SegmentKind, Source, Span, Standing,
};
use input::Input;
use machine::KeptText;
use stream::{Expectation, Stream};

/// A pickle in a file of its own, or as a member of a container.
pub struct Pickle;

impl Parser for Pickle {
    fn name(&self) -> &'static str {
        "pickle"
    }

    fn reads(&self) -> &'static str {
        "Python pickles of protocols 0 to 5 under any name, with joblib's arrays"
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        stream::is_likely(head, expectation(path)) || is_misnamed(path, head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Some(mut input) = Input::of(source, document) else { return };
        let streams = stream::streams(&mut input, expectation(&source.path));
        if streams.is_empty() && is_misnamed(&source.path, source.text()) {
            let message = "named as a pickle, but begins neither as one nor as a compressed one: encrypted, damaged or of another format; it was not read";
            document.notify(NotificationKind::Unsupported, message);
            return;
        }
        tell_cut(input.is_cut, document);
        if !super::text::is_text(source.text()) {
            document.unsearched_from = outside(&streams, source.len());
        }
        add(streams, source, document, None);
    }
}

/// Bytes under the name of a pickle that are none, nor a container or a model of another format, nor text.
fn is_misnamed(path: &ArtifactPath, head: &[u8]) -> bool {
    static OTHERS: &[&dyn Parser] =
        &[&container::Container, &npy::Npy, &keras::Keras, &safetensors::Safetensors, &gguf::Gguf, &onnx::Onnx];
    // A beginning may end in the middle of a character.
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    // `.sav` is of SPSS and IDL as well, `.p` of many.
    let is_named = matches!(path.extension().as_str(), "pkl" | "pickle" | "joblib" | "dill");
    is_named
        && !head.is_empty()
        && (!is_utf8 || !text::is_text(head))
        && !stream::is_likely(head, Expectation::Pickle)
        && !OTHERS.iter().any(|other| other.claims(path, head))
}

/// What a file's name promises.
fn expectation(path: &ArtifactPath) -> Expectation {
    match path.extension().as_str() {
        "pkl" | "pickle" | "p" | "pk" | "pkl2" | "pkl3" | "dill" | "sav" | "joblib" | "jbl" | "cpickle" => Expectation::Pickle,
        "pt" | "pth" | "bin" | "ckpt" | "model" | "dat" | "data" | "mar" | "weights" | "ptl" => Expectation::Model,
        _ => Expectation::Nothing,
    }
}

/// From where on bytes may stand that no stream of the file reaches: tensors behind it, as torch wrote them before it wrote
/// archives, or something before it.
fn outside(streams: &[Stream], len: u64) -> Option<u64> {
    /// Fewer hold no text.
    const SHORTEST: u64 = 8;
    let own = || streams.iter().filter(|stream| stream.within.is_empty());
    let start = own().map(|stream| stream.walk.start).min()?;
    let end = own().map(|stream| stream.walk.end).max()?;
    if start >= SHORTEST { Some(0) } else { Some(end).filter(|end| end.saturating_add(SHORTEST) <= len) }
}

/// Says that there were more pickles than were read.
pub(in crate::parse) fn tell_cut(is_cut: bool, document: &mut Document<'_>) {
    if is_cut {
        document.notify(NotificationKind::BudgetExceeded, "more pickles are nested in this file, or begin in it, than are read");
    }
}

/// Puts streams into the document; `at` is where they stand when that is not their own file.
pub(in crate::parse) fn add<'a>(streams: Vec<Stream>, source: &'a Source<'a>, document: &mut Document<'a>, at: Option<&Location>) {
    let mut texts = Vec::new();
    let mut texts_cut = false;
    for stream in streams {
        let Stream { mut walk, standing, within } = stream;
        let live = standing != Standing::Dormant;
        let locate = |offset: u64| {
            if let Some(location) = at {
                return location.clone();
            }
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            let span = if source.complete && within.is_empty() { Span::new(start, start.saturating_add(1)) } else { Span::default() };
            source.location_in(span, Some(Logical::Opcode { member: within.clone(), offset }))
        };
        document.pickles.push(PickleStream {
            member: within.clone(),
            start: walk.start,
            end: walk.end,
            extent: walk.extent,
            protocol: walk.protocol,
            standing,
            has_imports: !walk.imports.is_empty(),
            refused_by_weights_only: match walk.protocol {
                4.. => walk.refused_by_weights_only.or(Some("an opcode of protocol 4")),
                _ => walk.refused_by_weights_only,
            },
            sklearn: walk.sklearn,
            oddities: walk
                .oddities
                .into_iter()
                .map(|odd| Oddity {
                    kind: odd.kind,
                    offset: odd.offset,
                    detail: odd.detail,
                    reachable: odd.reachable,
                    location: locate(odd.offset),
                })
                .collect(),
            location: locate(walk.start),
        });
        walk.imports.sort_by_key(|import| import.offset);
        document.imports.extend(walk.imports.into_iter().map(|found| Import {
            location: locate(found.offset),
            module: found.module,
            name: found.name,
            member: within.clone(),
            offset: found.offset,
            opcode: found.opcode,
            protocol: found.protocol,
            reachable: found.reachable && live,
            called_with: found.called_with,
            uses: found.uses,
        }));
        texts_cut |= walk.texts_cut && at.is_none();
        if within.is_empty() {
            texts.append(&mut walk.texts);
        }
    }
    if at.is_none() && !document.pickles.is_empty() {
        // In one that is text, what no stream reaches is searched as well.
        if super::text::is_text(source.text()) && document.segments.is_empty() {
            document.segments.push(Segment::whole(source.text(), SegmentKind::Text));
        }
        add_texts(&texts, source, document);
        document.take_text();
        if texts_cut {
            document.notify(NotificationKind::BudgetExceeded, "the pickle holds more text than is searched for secrets");
        }
    }
}

/// The strings of a pickle as one text, so that secrets are looked for in them: what stands before a string in the file may be
/// a letter.
fn add_texts(texts: &[KeptText], source: &Source<'_>, document: &mut Document<'_>) {
    /// The longest opcode with a length.
    const HEADER: usize = 9;
    let mut joined = Vec::new();
    let mut map = OffsetMap::default();
    for KeptText { offset, key, text } in texts {
        let file = source.text();
        let opcode = usize::try_from(*offset).unwrap_or(usize::MAX).min(file.len());
        let mut push = |text: &str, start: usize, len: usize| {
            map.push(text.len(), start, len);
            joined.extend_from_slice(text.as_bytes());
        };
        if let Some(key) = key {
            push(key, opcode, 1);
            push(" = ", opcode, 1);
        }
        // Where it is written as it is, its place is known.
        let starts = opcode.saturating_add(1)..=opcode.saturating_add(HEADER);
        match starts.into_iter().find(|start| file.get(*start..).is_some_and(|rest| rest.starts_with(text.as_bytes()))) {
            Some(start) => push(text, start, text.len()),
            None => push(text, opcode, 1),
        }
        push("\n", opcode, 1);
    }
    if !joined.is_empty() {
        document.segments.push(Segment::new(joined, map, SegmentKind::Metadata, None));
    }
}
