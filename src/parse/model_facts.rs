//! Facts of a model file that is no pickle, on their way into the document: each once, in order, never more than a
//! repository's memory can bear.

use std::collections::BTreeSet;

use crate::model::{Document, ModelTrait, NotificationKind, Source, Span};

/// Facts of one file that are kept.
const MAX_FACTS: usize = 50_000;
/// What of a longer fact is kept.
const MAX_LENGTH: usize = 4096;

/// What a parser met, by kind and value.
#[derive(Default)]
pub(super) struct Facts {
    known: BTreeSet<(&'static str, String)>,
    cut: bool,
}

impl Facts {
    /// Takes a fact in.
    pub(super) fn add(&mut self, kind: &'static str, value: impl Into<String>) {
        let mut value = value.into();
        if value.len() > MAX_LENGTH {
            value.truncate(value.floor_char_boundary(MAX_LENGTH));
            self.cut = true;
        }
        if self.known.len() < MAX_FACTS {
            self.known.insert((kind, value));
        } else {
            self.cut |= !self.known.contains(&(kind, value));
        }
    }

    /// Puts all of them into the document.
    pub(super) fn finish(self, format: &'static str, source: &Source<'_>, document: &mut Document<'_>) {
        if self.cut {
            document
                .notify(NotificationKind::BudgetExceeded, format!("the {format} file names more than is kept of it"));
        }
        let location = source.location(Span::default());
        document.model_traits.extend(self.known.into_iter().map(|(kind, value)| ModelTrait {
            format,
            kind,
            value,
            location: location.clone(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ArtifactPath;

    #[test]
    fn what_is_not_kept_is_said() {
        let source = Source::new(ArtifactPath::new("m.onnx"), b"");
        let mut document = Document::new(&source);
        let mut facts = Facts::default();
        (0..=MAX_FACTS).for_each(|index| facts.add("operator", index.to_string()));
        facts.add("operator", "0");
        facts.finish("onnx", &source, &mut document);
        assert_eq!((document.model_traits.len(), document.notifications.len()), (MAX_FACTS, 1));
    }
}
