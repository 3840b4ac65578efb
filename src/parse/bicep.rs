//! Bicep (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/file>): resources, modules, parameters, variables
//! and outputs as assets with what is set in them.
//!
//! A resource that is declared inside of another is an asset of its own. Nothing is evaluated and no module is followed;
//! types, functions, imports and metadata of the file are passed over. A decorator is a setting; `if (…)` and
//! `[for … in …: …]` around a body are the settings `if` and `for`.

use super::expression::{Reader, Syntax};
use super::{Parser, text};
use crate::model::{
    ArtifactPath, Asset, Dialect, Document, Given, Groups, Location, NotificationKind, Setting, Source, Span,
};

/// Bicep files.
pub struct Bicep;

/// Assets of one file that are kept.
const MAXIMUM_ASSETS: usize = 20_000;

impl Parser for Bicep {
    fn name(&self) -> &'static str {
        "bicep"
    }

    fn reads(&self) -> &'static str {
        "Bicep, `*.bicep`: resources, modules, parameters and what is set in them"
    }

    fn serves(&self) -> Groups {
        Groups::POSTURE
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        path.extension() == "bicep" && text::is_text(head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let mut file = File { reader: Reader::new(source, Syntax::Bicep), assets: Vec::new() };
        while file.statement() {
            if file.assets.len() > MAXIMUM_ASSETS {
                file.assets.truncate(MAXIMUM_ASSETS);
                let message = "more declarations than are read; some are missed";
                document.notify_at(file.reader.offset(), NotificationKind::BudgetExceeded, message);
                break;
            }
        }
        document.assets.append(&mut file.assets);
        file.reader.finish(document, "Bicep");
    }
}

struct File<'t> {
    reader: Reader<'t>,
    assets: Vec<Asset>,
}

/// The resource that another is declared in.
struct Parent<'p> {
    kind: &'p str,
    symbol: &'p str,
}

impl File<'_> {
    /// Reads one declaration; false at the end of the file.
    fn statement(&mut self) -> bool {
        let decorators = decorators(&mut self.reader);
        let start = self.reader.offset();
        if self.reader.peek(0).is_none() {
            return false;
        }
        let word = self.reader.identifier().unwrap_or_default();
        self.reader.blanks();
        let read = match word {
            "resource" => declaration(&mut self.reader, start, decorators, None, &mut self.assets),
            "module" => declaration(&mut self.reader, start, decorators, Some(Of::File), &mut self.assets),
            "param" => self.typed("parameter", start, decorators),
            "var" => self.typed("variable", start, decorators),
            "output" => self.typed("output", start, decorators),
            "targetScope" | "metadata" | "type" | "func" | "import" | "using" | "extension" | "provider" | "assert" | "test" | "extends"
            | "extensionConfig" => {
                self.pass_over();
                Some(())
            }
            _ => None,
        };
        self.reader.blanks();
        if read.is_none() || !matches!(self.reader.peek(0), None | Some(b'\n')) {
            self.reader.malformed();
            self.reader.skip(b"\n");
            if self.reader.offset() == start {
                [&b"}"[..], b")", b"]"].iter().any(|bracket| self.reader.take(bracket));
            }
        }
        true
    }

    /// `name type = value`, where either may be left out.
    fn typed(&mut self, kind: &str, start: usize, decorators: Vec<Setting>) -> Option<()> {
        let name = self.reader.identifier()?.to_owned();
        let end = self.reader.offset();
        self.reader.blanks();
        let mut settings = Vec::new();
        let from = self.reader.offset();
        let said = type_of(&mut self.reader);
        if !said.is_empty() {
            self.reader.push(&mut settings, "type".to_owned(), Given::Text(said), from);
        }
        if self.reader.take(b"=") {
            self.reader.any_blanks();
            let value = self.reader.expression();
            let called = if kind == "parameter" { "default" } else { "value" };
            self.reader.push(&mut settings, called.to_owned(), value, start);
        }
        settings.extend(decorators);
        let location = self.reader.first_line(Span::new(start, end));
        self.assets.push(asset(kind, &name, settings, location));
        Some(())
    }

    /// Passes over a declaration that may go on in lines that begin with no word.
    fn pass_over(&mut self) {
        loop {
            self.reader.skip(b"\n");
            let end = self.reader.offset();
            self.reader.any_blanks();
            if !matches!(self.reader.peek(0), Some(b'|' | b'\'' | b'?' | b':' | b'&' | b'=')) {
                self.reader.back_to(end);
                return;
            }
        }
    }
}

/// Reads the decorators that stand next, and the blanks around them.
fn decorators(reader: &mut Reader<'_>) -> Vec<Setting> {
    let mut settings = Vec::new();
    reader.any_blanks();
    loop {
        let start = reader.offset();
        if !reader.take(b"@") {
            return settings;
        }
        let (name, value) = match reader.expression() {
            Given::Call(name, mut values) if !name.is_empty() => match values.len() {
                0 => (name, Given::Boolean(true)),
                1 => (name, values.pop().unwrap_or_else(Given::unknown)),
                _ => (name.clone(), Given::Call(name, values)),
            },
            _ => {
                reader.malformed();
                reader.any_blanks();
                continue;
            }
        };
        reader.push(&mut settings, name, value, start);
        reader.any_blanks();
    }
}

/// The type up to `=` or the end of the line, as it is written. Alternatives may stand in lines of their own.
fn type_of(reader: &mut Reader<'_>) -> String {
    let start = reader.offset();
    loop {
        let part = reader.offset();
        reader.skip(b"\n=");
        let end = reader.offset();
        let open = reader.written(part).ends_with('|');
        reader.any_blanks();
        if !open && reader.peek(0) != Some(b'|') || reader.peek(0).is_none() {
            reader.back_to(end);
            break;
        }
        reader.take(b"|");
    }
    let written = reader.written(start);
    let comment = written.find("//").into_iter().chain(written.find("/*")).min();
    comment.and_then(|comment| written.get(..comment)).unwrap_or(&written).trim_end().to_owned()
}

/// Bytes of a type or the path of a module; what is longer is none.
const MAXIMUM_NAME: usize = 1024;

/// What a declaration names in quotes.
enum Of<'p> {
    /// The file of a module.
    File,
    /// The type of a resource inside of another.
    Child(Parent<'p>),
}

/// Reads from the symbol of a resource or a module to the end of its body.
fn declaration(
    reader: &mut Reader<'_>,
    start: usize,
    decorators: Vec<Setting>,
    of: Option<Of<'_>>,
    assets: &mut Vec<Asset>,
) -> Option<()> {
    let symbol = reader.identifier()?.to_owned();
    reader.blanks();
    if reader.peek(0) != Some(b'\'') {
        return None;
    }
    let from = reader.offset();
    let named = match reader.text() {
        Given::Text(text) => text,
        _ => reader.written(from),
    };
    let mut settings = Vec::new();
    let named = if named.len() > MAXIMUM_NAME { String::new() } else { named };
    // Behind the sign stands the version of the interface.
    let own = named.split('@').next().unwrap_or_default().to_owned();
    let kind = match &of {
        Some(Of::File) => {
            reader.push(&mut settings, "source".to_owned(), Given::Text(named), from);
            "module".to_owned()
        }
        Some(Of::Child(parent)) => {
            reader.push(&mut settings, "parent".to_owned(), Given::Name(parent.symbol.to_owned()), from);
            format!("{}/{own}", parent.kind)
        }
        None => own,
    };
    let mut end = reader.offset();
    reader.any_blanks();
    let from = reader.offset();
    if reader.word("existing") {
        end = reader.offset();
        let location = reader.place(from);
        settings.insert(0, Setting { name: "existing".to_owned(), value: Given::Boolean(true), location });
        reader.any_blanks();
    }
    let location = reader.first_line(Span::new(start, end));
    if !reader.take(b"=") {
        reader.malformed();
    }
    let mut children = Vec::new();
    let parent = (!matches!(of, Some(Of::File))).then_some(Parent { kind: &kind, symbol: &symbol });
    reader.nested(|reader| wrapped(reader, parent, &mut settings, &mut children));
    settings.extend(decorators);
    assets.push(asset(&kind, &symbol, settings, location));
    assets.append(&mut children);
    Some(())
}

/// Reads the body with the condition and the loop around it.
fn wrapped(
    reader: &mut Reader<'_>,
    parent: Option<Parent<'_>>,
    settings: &mut Vec<Setting>,
    children: &mut Vec<Asset>,
) {
    reader.any_blanks();
    let start = reader.offset();
    let looped = reader.take(b"[");
    if looped {
        reader.any_blanks();
        if !reader.word("for") {
            reader.malformed();
        }
        let mut parts = reader.loop_header().into_iter();
        for (name, value) in ["for", "if"].into_iter().zip(parts.by_ref()) {
            reader.push(settings, name.to_owned(), value, start);
        }
    } else if reader.word("if") {
        reader.any_blanks();
        let condition = reader.expression();
        reader.push(settings, "if".to_owned(), condition, start);
        reader.any_blanks();
    }
    if reader.peek(0) == Some(b'{') {
        settings.extend(reader.group(&mut |reader| child(reader, parent.as_ref(), children)));
    } else {
        reader.malformed();
        reader.expression();
    }
    if looped {
        reader.close(b']');
    }
}

/// Reads a resource that is declared where a key of its parent could stand.
fn child(reader: &mut Reader<'_>, parent: Option<&Parent<'_>>, children: &mut Vec<Asset>) -> bool {
    let Some(Parent { kind, symbol }) = parent else { return false };
    let before = reader.offset();
    reader.any_blanks();
    let is_decorated = reader.peek(0) == Some(b'@');
    let decorators = decorators(reader);
    let start = reader.offset();
    if is_decorated && !reader.starts_with(b"resource") {
        // Decorators of nothing: reading them again for each line would never end.
        reader.malformed();
        return false;
    }
    if reader.word("resource") {
        reader.blanks();
        let of = Of::Child(Parent { kind, symbol });
        if reader.peek(0) != Some(b':') && declaration(reader, start, decorators, Some(of), children).is_some() {
            return true;
        }
    }
    reader.back_to(before);
    false
}

fn asset(kind: &str, name: &str, settings: Vec<Setting>, location: Location) -> Asset {
    Asset {
        dialect: Dialect::Bicep,
        kind: kind.to_owned(),
        name: name.to_owned(),
        settings,
        location,
    }
}

#[cfg(test)]
mod tests;
