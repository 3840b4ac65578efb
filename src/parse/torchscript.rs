//! TorchScript: the code of an archive, which torch's own interpreter runs when the model is used. It cannot run
//! programs, but some of its operators read and write files.

use super::Parser;
use crate::model::{ArtifactPath, Document, ModelTrait, Source, Span};

/// Operators that touch files, as the archive's code spells them.
const OPERATORS: &[&str] = &["torch.from_file", "torch.save", "torch.load", "ops.aten.from_file", "ops.aten.save", "aten::from_file", "aten::save"];

/// A `.py` file below `code/` in an archive.
pub struct TorchScript;

impl Parser for TorchScript {
    fn name(&self) -> &'static str {
        "torchscript"
    }

    fn reads(&self) -> &'static str {
        "the code in TorchScript archives, for operators that touch files"
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        path.extension() == "py"
            && path.as_str().rsplit_once('!').is_some_and(|(_, inner)| inner.starts_with("code/") || inner.contains("/code/"))
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        for operator in OPERATORS {
            let mut places = memchr::memmem::find_iter(source.text(), operator.as_bytes());
            let called = places.find(|at| source.text().get(at + operator.len()) == Some(&b'('));
            if let Some(at) = called {
                document.model_traits.push(ModelTrait {
                    format: "torchscript",
                    kind: "operator",
                    value: (*operator).to_owned(),
                    location: source.location(Span::new(at, at + operator.len())),
                });
            }
        }
    }
}
