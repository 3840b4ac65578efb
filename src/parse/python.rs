//! Python, the one place where it is parsed: scripts here, notebook cells through [`read_code`].
//!
//! Gives the calls that some detector asks about, with import aliases resolved and literal arguments
//! ([`module`]), what `setup()`, Azure ML's SDK and install commands in programs declare, and strings joined
//! from parts ([`strings`]). A syntax tree is only built where a cheap search finds a word of interest;
//! nothing is ever run. Where the text is no valid Python, the statements around the fault still count.
//!
//! How a call is named: `torch.load` after `import torch as t; t.load(x)`; `pickle.Unpickler().load` for a method
//! of what a call returns, also through a variable that is assigned once; `?.load` where nothing is known of
//! the receiver; a variable's own name where that is all there is (`model.load_weights`).

mod asset;
mod commands;
mod depth;
mod escape;
mod gate;
mod handed;
mod interest;
mod known;
mod module;
mod names;
mod prose;
mod strings;
mod value;

use super::install_command::Place;
use super::{Parser, azureml_sdk, library_calls, setup_py};
use crate::model::{ArtifactPath, Call, Document, Group, Groups, NotificationKind, OffsetMap, Segment, SegmentKind, Source, Span};

pub use module::{Expression, Imports, Module, Site};
pub use strings::joined;
pub use value::{Text, Value, ValueKind};

/// Python scripts.
pub struct Python;

impl Parser for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn reads(&self) -> &'static str {
        "`*.py`: calls of loaders and SDKs, `setup()`, `CondaDependencies`, install and `az` commands, joined strings"
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        matches!(path.extension().as_str(), "py" | "pyi" | "pyw" | "pyx") || is_python_script(head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let segment = Segment::whole(source.text(), SegmentKind::Python);
        // A stub is never run.
        if source.path.extension() != "pyi" {
            read_code(&segment, source.text_start(), Dialect::Script, &mut Imports::default(), document);
        }
        let joined = joined(&segment);
        document.segments.push(segment);
        document.segments.extend(joined);
    }
}

/// `#!/usr/bin/env python3`
fn is_python_script(head: &[u8]) -> bool {
    if !head.starts_with(b"#!") {
        return false;
    }
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    memchr::memmem::find(line, b"python").is_some()
}

/// What Python it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A script.
    Script,
    /// A notebook cell, where `!` and `%` lines may stand.
    Cell,
}

/// Reads the code of a segment from byte `start` of its text on. `imports` are those of the cells before, and those
/// of this one when it is read.
pub fn read_code(
    segment: &Segment<'_>,
    start: usize,
    dialect: Dialect,
    imports: &mut Imports,
    document: &mut Document<'_>,
) {
    let bytes = segment.text.get(start..).unwrap_or_default();
    // A later cell may call what an earlier one imported, without any other word of interest.
    let calls_import = |(name, target): (&String, &String)| {
        interest::is_kept(target) && memchr::memmem::find(bytes, name.as_bytes()).is_some()
    };
    if !document.wanted.overlaps(Groups::of(|group| group != Group::Secrets)) {
        return;
    }
    let file_name = document.source.path.file_name();
    if !gate::may_concern(bytes, file_name, dialect, document.wanted) && !imports.iter().any(calls_import) {
        return;
    }
    let code = readable(bytes);
    let place = Place::segment(segment).inside(OffsetMap::identity(start, code.len()));
    let offset = |at: usize| place.span(Span::new(at, at)).start;
    if let Err(at) = depth::check(code.as_bytes()) {
        let message = "Python nested too deeply to be parsed: its calls are not known";
        document.notify_at(offset(at), NotificationKind::BudgetExceeded, message);
        return;
    }
    let parsed = module::parse(&code, dialect);
    let module = Module::new(&code, &parsed, imports);
    if let Some(at) = module.first_error().filter(|_| dialect == Dialect::Script) {
        let message = "not valid Python 3 here; calls near it may be missed";
        document.notify_at(offset(at), NotificationKind::Malformed, message);
    }
    if module.is_cut {
        let message = "more calls than are looked at: the last of them are not known";
        document.notify_at(offset(0), NotificationKind::BudgetExceeded, message);
    }
    asset::read_imports(&module, &place, document);
    for site in module.sites() {
        if !is_function_of_ours(&module, site) && (interest::is_kept(&site.function) || handed::says(&module, site, interest::TRUST)) {
            let call = call(&module, site, &place, document.source);
            document.calls.push(call);
        }
        setup_py::read(&module, site, &place, document);
        azureml_sdk::read(&module, site, &place, document);
        library_calls::read(&module, site, &place, document);
        commands::read(&module, site, &place, document);
        asset::read(&module, site, &place, document);
    }
    for (target, value) in module.attributes() {
        azureml_sdk::read_assignment(&module, target, value, &place, document);
        asset::read_assignment(&module, target, value, &place, document);
    }
    let own = module.imports();
    imports.extend(own);
}

/// The text as UTF-8 of the same length: a byte that is none becomes a `?`.
fn readable(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => {
            let mut text = String::with_capacity(bytes.len());
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(chunk.invalid().iter().map(|_| '?'));
            }
            text.into()
        }
    }
}

/// A method that a class of this text has, or a function that only shares its name with a method of libraries: what it
/// does stands elsewhere.
fn is_function_of_ours(module: &Module<'_>, site: &Site<'_>) -> bool {
    let is_imported = || site.name.is_some_and(|name| module.aliases.contains_key(name));
    if interest::is_method(&site.function) && is_imported() && !handed::says(module, site, interest::TRUST) {
        return true;
    }
    let method = site.function.strip_prefix("self.").or_else(|| site.function.strip_prefix("cls."));
    method.is_some_and(|method| module.function(method).is_some())
}

fn call(module: &Module<'_>, site: &Site<'_>, place: &Place<'_>, source: &Source<'_>) -> Call {
    let argument = |expression: Expression<'_>| module.value(expression).into_argument(place, source);
    Call {
        function: site.function.clone(),
        positional: site.positional.iter().map(|expression| argument(expression)).collect(),
        keyword: site.keyword.iter().map(|(name, expression)| ((*name).to_owned(), argument(expression))).collect(),
        has_splat: site.has_splat,
        location: place.location(source, site.span),
    }
}

#[cfg(test)]
mod tests;
