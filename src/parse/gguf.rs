//! GGUF: the metadata of llama.cpp's models, for chat templates. Templates run in Jinja; outside of its sandbox they
//! reach the interpreter. <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>

use super::Parser;
use super::pickle::input::Input;
use crate::model::{ArtifactPath, Document, ModelTrait, NotificationKind, Source, Span};

/// Keys, and items of arrays.
const MAX_ITEMS: u64 = 20_000_000;
/// A longer template is cut, and said to be.
const MAX_TEMPLATE: u64 = 256 << 10;

/// A GGUF file.
pub struct Gguf;

impl Parser for Gguf {
    fn name(&self) -> &'static str {
        "gguf"
    }

    fn reads(&self) -> &'static str {
        "GGUF models, for chat templates that reach the interpreter"
    }

    fn claims(&self, _path: &ArtifactPath, head: &[u8]) -> bool {
        head.starts_with(b"GGUF")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Some(input) = Input::of(source, document) else { return };
        let mut metadata = Metadata { input, left: MAX_ITEMS, templates: Vec::new(), cut: false };
        if metadata.read().is_none() {
            document.notify(NotificationKind::Malformed, "the GGUF metadata could not be read to its end");
        }
        if metadata.cut {
            document.notify(NotificationKind::BudgetExceeded, "a chat template is longer than what is read of it");
        }
        let end = metadata.input.offset();
        super::strings::take_beginning(source, end, document);
        document.unsearched_from = Some(end).filter(|end| *end < source.len());
        let location = source.location(Span::default());
        document.model_traits.extend(metadata.templates.into_iter().map(|value| ModelTrait {
            format: "gguf",
            kind: "template",
            value,
            location: location.clone(),
        }));
    }
}

struct Metadata<'i> {
    input: Input<'i>,
    left: u64,
    templates: Vec<String>,
    cut: bool,
}

impl Metadata<'_> {
    fn read(&mut self) -> Option<()> {
        self.input.skip(4)?;
        let version = u32::from_le_bytes(self.input.array()?);
        self.input.skip(if version == 1 { 4 } else { 8 })?;
        let count = if version == 1 { u64::from(u32::from_le_bytes(self.input.array()?)) } else { u64::from_le_bytes(self.input.array()?) };
        for _ in 0..count {
            self.left = self.left.checked_sub(1)?;
            let length = u64::from_le_bytes(self.input.array()?);
            let key = self.input.read_at(self.input.offset(), usize::try_from(length.min(512)).ok()?);
            self.input.skip(length)?;
            let kind = u32::from_le_bytes(self.input.array()?);
            let is_template = key.windows(13).any(|part| part == b"chat_template");
            self.value(kind, is_template, 0)?;
        }
        Some(())
    }

    fn value(&mut self, kind: u32, is_template: bool, depth: u8) -> Option<()> {
        match kind {
            0 | 1 | 7 => self.input.skip(1),
            2 | 3 => self.input.skip(2),
            4..=6 => self.input.skip(4),
            10..=12 => self.input.skip(8),
            8 => {
                let length = u64::from_le_bytes(self.input.array()?);
                if is_template && self.templates.len() < 64 {
                    let wanted = length.min(MAX_TEMPLATE);
                    self.cut |= length > wanted;
                    let text = self.input.read_at(self.input.offset(), usize::try_from(wanted).ok()?);
                    self.templates.push(String::from_utf8_lossy(&text).into_owned());
                }
                self.input.skip(length)
            }
            9 if depth < 4 => {
                let kind = u32::from_le_bytes(self.input.array()?);
                let count = u64::from_le_bytes(self.input.array()?);
                for _ in 0..count {
                    self.left = self.left.checked_sub(1)?;
                    self.value(kind, is_template, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }
}
