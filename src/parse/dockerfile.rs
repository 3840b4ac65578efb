//! Dockerfiles and Containerfiles (<https://docs.docker.com/reference/dockerfile/>): base images, what `RUN`
//! installs, what is copied from where.
//!
//! An own scanner, because every byte has to map back to its line and because a broken instruction must not
//! hide the others. `ARG` and `ENV` values are put in where BuildKit would put them; a value that only the
//! build knows stays as it is written.

mod instruction;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::install_command::{self, Place};
use super::json::{self, Kind, Reader};
use super::shell::{Variables, Word};
use super::written::{self, Depth};
use super::{Parser, shell};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, OffsetMap, Redacted, Reference, ReferenceKind, Segment, SegmentKind, Source, Span, last_part};
use instruction::{Instruction, instructions};

/// Dockerfiles.
pub struct Dockerfile;

/// The instructions; `ONBUILD` is taken off before.
const KEYWORDS: [&str; 17] = [
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "RUN",
    "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
];

impl Parser for Dockerfile {
    fn name(&self) -> &'static str {
        "dockerfile"
    }

    fn reads(&self) -> &'static str {
        "`Dockerfile*`, `Containerfile*`, `*.dockerfile`: base images, installs in `RUN`, copied files"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES.and(Groups::POSTURE)
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        let name = path.file_name().to_ascii_lowercase();
        let is_named = ["dockerfile", "containerfile"].iter().any(|word| {
            name.strip_prefix(word).is_some_and(|rest| {
                !rest.starts_with('.') && !rest.ends_with(".dockerignore") || is_variant(rest)
            }) || name.strip_suffix(word).is_some_and(|stem| stem.ends_with('.'))
        });
        is_named && !matches!(path.extension().as_str(), "md" | "py" | "ipynb" | "txt" | "json" | "yml" | "yaml" | "rst" | "html" | "sh" | "go" | "rs" | "ts" | "js" | "dockerignore")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let mut build = Build::default();
        let mut unknown = None;
        for instruction in instructions(source) {
            build.instruction(source, &instruction, document);
            if !KEYWORDS.contains(&instruction.keyword.as_str()) {
                unknown = unknown.or(Some(instruction.map.source_span(Span::default()).start));
            }
        }
        if build.is_cut {
            let message = "more variables, or copied files of one name, than are remembered: what uses the others is not known";
            document.notify(NotificationKind::BudgetExceeded, message);
        }
        if let Some(at) = unknown {
            document.notify_at(at, NotificationKind::Malformed, "not an instruction of a Dockerfile; the others are read");
        } else if !build.in_stage {
            document.notify(NotificationKind::Malformed, "a Dockerfile without a base image");
        }
    }
}

/// `.gpu` in `Dockerfile.gpu`.
fn is_variant(rest: &str) -> bool {
    rest.strip_prefix('.').is_some_and(|variant| !variant.is_empty() && variant != "dockerignore")
}

/// Variables of a stage that are remembered, and copied files of one name: each instruction may ask for all of them. More are
/// told.
const MAXIMUM_KNOWN: usize = 256;

/// What is known while a Dockerfile is read from the top.
#[derive(Default)]
struct Build {
    /// `ARG`s before the first `FROM`.
    global: Variables,
    /// `ARG` and `ENV` of the stage.
    stage: Variables,
    /// Names of the stages so far, in lower case.
    stages: BTreeSet<String>,
    in_stage: bool,
    /// By the last part of their names: where copied files lie in the image, and what they are in the context.
    copied: HashMap<String, BTreeMap<String, (String, Span)>>,
    /// Something was not remembered.
    is_cut: bool,
}

impl Build {
    fn instruction(&mut self, source: &Source<'_>, instruction: &Instruction, document: &mut Document<'_>) {
        match instruction.keyword.as_str() {
            "FROM" => self.from(source, instruction, document),
            "ARG" => self.arguments(instruction),
            "ENV" => self.environment(instruction),
            "RUN" | "CMD" | "ENTRYPOINT" => self.run(source, instruction, document),
            "COPY" | "ADD" => self.copy(source, instruction, document),
            _ => {}
        }
    }

    /// `FROM [--platform=…] IMAGE [AS NAME]`
    fn from(&mut self, source: &Source<'_>, instruction: &Instruction, document: &mut Document<'_>) {
        self.in_stage = true;
        self.stage.clear();
        self.copied.clear();
        let words = instruction.words(&mut self.global.clone());
        let mut words = words.iter().filter(|word| !word.text.starts_with("--"));
        let Some(image) = words.next() else { return };
        let is_stage = self.stages.contains(&image.text.to_ascii_lowercase()) || image.text == "scratch";
        let kind = if is_stage { ReferenceKind::Stage } else { ReferenceKind::BaseImage };
        let at = instruction.map.source_span(image.span).start;
        // `FROM <BASE_IMAGE>`
        match at.checked_sub(1).and_then(|before| source.text().get(before)) {
            Some(b'<') => document.notify_at(at, NotificationKind::Malformed, "the base image is a placeholder"),
            _ => refer(source, instruction, kind, image, document),
        }
        if words.next().is_some_and(|word| word.text.eq_ignore_ascii_case("as"))
            && let Some(name) = words.next()
        {
            self.stages.insert(name.text.to_ascii_lowercase());
        }
    }

    /// `ARG NAME[=DEFAULT] …`
    fn arguments(&mut self, instruction: &Instruction) {
        let words = instruction.words(&mut self.known());
        for word in &words {
            let (name, value) = match word.text.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word.text.as_str(), self.global.get(&word.text).cloned()),
            };
            let scope = if self.in_stage { &mut self.stage } else { &mut self.global };
            self.is_cut |= !set(scope, name, value);
        }
    }

    /// `ENV NAME=VALUE …`, or the old `ENV NAME VALUE`.
    fn environment(&mut self, instruction: &Instruction) {
        let words = instruction.words(&mut self.known());
        match words.as_slice() {
            [name, values @ ..] if !name.text.contains('=') => {
                let values: Vec<&str> = values.iter().map(|word| word.text.as_str()).collect();
                self.is_cut |= !set(&mut self.stage, &name.text, Some(values.join(" ")));
            }
            words => {
                for (name, value) in words.iter().filter_map(|word| word.text.split_once('=')) {
                    self.is_cut |= !set(&mut self.stage, name, Some(value.to_owned()));
                }
            }
        }
    }

    fn known(&self) -> Variables {
        if self.in_stage { self.stage.clone() } else { self.global.clone() }
    }

    /// `RUN [--flags] COMMAND`, as shell text, as a JSON array, or as here-documents.
    fn run(&mut self, source: &Source<'_>, instruction: &Instruction, document: &mut Document<'_>) {
        let before = document.references.len();
        let segment = instruction.segment();
        let place = Place::segment(&segment);
        let text = segment.text.as_ref();
        let start = self.flags(source, instruction, document);
        let body = text.get(start..).unwrap_or_default();
        match exec_form(text, start) {
            Some(words) => install_command::read_words(&words, &place, &self.stage, document),
            None if install_command::may_concern(body, document.wanted) => {
                let inside = place.inside(OffsetMap::identity(start, body.len()));
                install_command::read_text(body, &inside, &mut self.stage.clone(), document);
            }
            None => {}
        }
        self.name_copied(before, source, document);
    }

    /// Passes over `--mount=…` and the like; returns where the command begins.
    fn flags(&mut self, source: &Source<'_>, instruction: &Instruction, document: &mut Document<'_>) -> usize {
        let text = instruction.text.as_slice();
        let mut at = 0;
        loop {
            at += text.get(at..).map_or(0, |rest| rest.len() - rest.trim_ascii_start().len());
            let rest = text.get(at..).unwrap_or_default();
            if !rest.starts_with(b"--") {
                return at;
            }
            let length = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
            let flag = String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned();
            // `--mount=type=bind,source=requirements.txt,target=/r.txt` lends a file of the context.
            if let Some(mount) = flag.strip_prefix("--mount=").filter(|mount| !mount.contains("from=")) {
                let value = |names: &[&str]| {
                    mount.split(',').filter_map(|pair| pair.split_once('=')).find(|(name, _)| names.contains(name))
                };
                let is_bind = value(&["type"]).is_none_or(|(_, kind)| kind == "bind");
                if let (true, Some((_, from)), Some((_, to))) =
                    (is_bind, value(&["source", "src"]), value(&["target", "dst", "destination"]))
                {
                    let span = instruction.map.source_span(Span::new(at, at + length));
                    self.copied_to(to, from, span);
                    let location = source.location(span);
                    let value = Redacted::url(from);
                    document.references.push(Reference { kind: ReferenceKind::CopiedFile, value, location });
                }
            }
            at += length.max(1);
        }
    }

    /// `COPY [--flags] SOURCE… DESTINATION`
    fn copy(&mut self, source: &Source<'_>, instruction: &Instruction, document: &mut Document<'_>) {
        let mut words = match exec_form(&instruction.text, 0) {
            Some(words) => words,
            None => instruction.words(&mut self.stage.clone()),
        };
        let from_elsewhere = words.iter().find_map(|word| word.text.strip_prefix("--from=").map(str::to_owned));
        if let Some(from) = from_elsewhere {
            // An image that is only copied from is an image all the same.
            let is_stage = self.stages.contains(&from.to_ascii_lowercase()) || from.bytes().all(|b| b.is_ascii_digit());
            if let (false, Some(word)) = (is_stage, words.iter().find(|word| word.text.starts_with("--from="))) {
                let location = source.location(instruction.map.source_span(word.span));
                let value = Redacted::url(&from);
                document.references.push(Reference { kind: ReferenceKind::Image, value, location });
            }
            return;
        }
        words.retain(|word| !word.text.starts_with("--"));
        let Some(destination) = words.pop() else { return };
        if let Some((delimiter, body)) = instruction.document() {
            words.retain(|word| word.text != delimiter);
            let segment = instruction.segment();
            let place = Place::segment(&segment);
            let inside = place.inside(OffsetMap::identity(body.start, body.len()));
            let named_at = place.location(source, destination.span);
            written::read(&destination.text, named_at, body.slice(&instruction.text), &inside, Depth::Declarations, document);
        }
        for word in &words {
            refer(source, instruction, ReferenceKind::CopiedFile, word, document);
            let file = last_part(&word.text);
            let is_folder = destination.text.ends_with('/') || matches!(destination.text.as_str(), "." | "..");
            let target = match is_folder || words.len() > 1 {
                true => format!("{}/{file}", destination.text.trim_end_matches('/')),
                false => destination.text.clone(),
            };
            self.copied_to(&target, &word.text, instruction.map.source_span(word.span));
        }
    }

    /// Remembers that `from` lies in the image as `to`.
    fn copied_to(&mut self, to: &str, from: &str, span: Span) {
        let target = normal(to);
        let of_name = self.copied.entry(last_part(&target).to_owned()).or_default();
        let has_room = of_name.len() < MAXIMUM_KNOWN || of_name.contains_key(&target);
        self.is_cut |= !has_room;
        if has_room {
            of_name.insert(target, (from.to_owned(), span));
        }
    }

    /// `-r /tmp/r.txt` after `COPY requirements.txt /tmp/r.txt` installs `requirements.txt`: says so, at the place
    /// of the `COPY`, where the name in the image is not the name in the context.
    fn name_copied(&self, before: usize, source: &Source<'_>, document: &mut Document<'_>) {
        let mut named = Vec::new();
        for reference in document.references.get(before..).unwrap_or_default() {
            let installs =
                matches!(reference.kind, ReferenceKind::Requirements | ReferenceKind::Constraints | ReferenceKind::CondaFile);
            let wanted = normal(reference.value.as_str());
            let found = self.copied.get(last_part(&wanted)).and_then(|copied| {
                copied.get(&wanted).or_else(|| {
                    // The working directory is not followed: the last parts have to agree.
                    let mut ending = copied.iter().filter(|(target, _)| same_file(target, &wanted));
                    ending.next().map(|(_, copied)| copied)
                })
            });
            if let (true, Some((from, span))) = (installs, found)
                && normal(from) != wanted
            {
                let location = source.location(*span);
                named.push(Reference { kind: reference.kind, value: Redacted::url(from), location });
            }
        }
        document.references.append(&mut named);
    }
}

/// Gives a variable its value; false where there is no room for it. `PATH=/x:$PATH` is never asked for, and what is not known
/// must not be taken for text.
fn set(variables: &mut Variables, name: &str, value: Option<String>) -> bool {
    match value.filter(|value| !value.contains('$')) {
        Some(value) => {
            let has_room = variables.len() < MAXIMUM_KNOWN || variables.contains_key(name);
            if has_room {
                variables.insert(name.to_owned(), value);
            }
            has_room
        }
        None => {
            variables.remove(name);
            true
        }
    }
}

/// A path without `./` and doubled slashes.
fn normal(path: &str) -> String {
    path.split('/').filter(|part| *part != ".").collect::<Vec<_>>().join("/").replace("//", "/")
}

/// True when one of two paths ends in the other, at a slash.
fn same_file(one: &str, other: &str) -> bool {
    let (long, short) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    let short = short.trim_start_matches('/');
    !short.is_empty() && long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

fn refer(
    source: &Source<'_>,
    instruction: &Instruction,
    kind: ReferenceKind,
    word: &Word,
    document: &mut Document<'_>,
) {
    let location = source.location(instruction.map.source_span(word.span));
    document.references.push(Reference { kind, value: Redacted::url(&word.text), location });
}

/// The words of a JSON array of strings that is all there is from `start` on.
fn exec_form(text: &[u8], start: usize) -> Option<Vec<Word>> {
    let mut reader = Reader::new(text, start);
    let mut words = Vec::new();
    if reader.peek().ok()? != Kind::Array {
        return None;
    }
    let mut only_strings = true;
    let array = reader.array(|reader, _| {
        if reader.peek()? != Kind::String {
            only_strings = false;
            return reader.skip().map(|_| ());
        }
        let token = reader.string()?;
        let (value, map) = json::decode(text, token);
        // Broken UTF-8 has no words.
        only_strings &= std::str::from_utf8(&value).is_ok();
        words.push(Word { text: String::from_utf8_lossy(&value).into_owned(), map, span: token.quoted() });
        Ok(())
    });
    array.ok()?;
    let rest = text.get(reader.offset()..).unwrap_or_default();
    (only_strings && rest.trim_ascii().is_empty()).then_some(words)
}

impl Instruction {
    /// The text as a segment, for places.
    fn segment(&self) -> Segment<'_> {
        Segment::new(self.text.as_slice(), self.map.clone(), SegmentKind::Text, None)
    }

    /// The words of an instruction that no shell sees, with `known` values put in.
    fn words(&self, known: &mut Variables) -> Vec<Word> {
        // Docker's own word splitting knows quotes, escapes and `$NAME`, as the shell does; a `#` is no comment.
        // Here-documents, which follow on lines of their own, are no words of it.
        let line = self.text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        shell::plain_words(line, known)
    }
}

#[cfg(test)]
mod tests;
