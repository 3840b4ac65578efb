//! Commands that install packages: which packages, from which index, by which files.
//!
//! pip under all of its names, uv, conda, mamba and micromamba, poetry, pdm, pipenv, pixi and apt, also behind
//! `sudo`, `env`, `conda run` and `bash -c`. The words come from a shell text, a Dockerfile, a notebook cell
//! or a list in a program. A command that only looks like one of these is silence, not an error.

mod arguments;
mod conda;
mod listed;
mod pip;
mod system;
mod wrapper;

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::packed::Searcher;

use wrapper::unwrapped;

use super::azure_command;
use super::shell::{self, Command, Variables, Word};
use super::written::{self, Depth};
use crate::model::{
    Document, Groups, Location, Logical, NotificationKind, OffsetMap, Redacted, Reference, ReferenceKind, Scope,
    Segment, SegmentKind, Source, Span,
};

/// Stands for a word that is not known without running the program.
pub const UNKNOWN: &str = "{}";

/// Commands inside commands (`bash -c`, `eval`) that are followed.
const MAXIMUM_DEPTH: u32 = 4;

/// Where the words of a command stand: their offsets count the bytes of a segment, or of a text inside it.
#[derive(Clone)]
pub struct Place<'s> {
    segment: &'s Segment<'s>,
    /// From the inner text to the segment's.
    inner: Option<OffsetMap>,
    depth: u32,
}

impl<'s> Place<'s> {
    /// Offsets of a segment's text.
    pub fn segment(segment: &'s Segment<'s>) -> Self {
        Self { segment, inner: None, depth: 0 }
    }

    /// Offsets of a text inside this one, with the map from the one to the other.
    pub fn inside(&self, map: OffsetMap) -> Self {
        let inner = match &self.inner {
            Some(outer) => map.through(outer),
            None => map,
        };
        Self { segment: self.segment, inner: Some(inner), depth: self.depth + 1 }
    }

    fn in_segment(&self, span: Span) -> Span {
        self.inner.as_ref().map_or(span, |inner| inner.source_span(span))
    }

    /// The bytes of the file.
    pub fn span(&self, span: Span) -> Span {
        self.segment.source_span(self.in_segment(span))
    }

    /// The part of the file, and the line in it.
    pub fn logical(&self, span: Span) -> Option<Logical> {
        self.segment.logical_at(self.in_segment(span).start)
    }

    /// The place in the file.
    pub fn location(&self, source: &Source<'_>, span: Span) -> Location {
        source.location_in(self.span(span), self.logical(span))
    }

    /// The map from a text that `map` leads to this one, to the file.
    pub fn map(&self, map: &OffsetMap) -> OffsetMap {
        match &self.inner {
            Some(inner) => map.through(inner).through(&self.segment.map),
            None => map.through(&self.segment.map),
        }
    }
}

/// True when a text may hold an install command: a cheap test before it is read as shell.
pub fn may_install(text: &[u8]) -> bool {
    static WORDS: LazyLock<Option<Searcher>> = LazyLock::new(|| {
        Searcher::new([
            "install",
            "pip",
            "conda",
            "mamba",
            "uvx",
            "uv ",
            " add ",
            " create ",
            " env ",
            "<<",
            "requirements",
        ])
    });
    // Where the processor has no vectors for the search, every text may.
    WORDS.as_ref().is_none_or(|words| words.find(text).is_some())
}

/// True when a text may hold a command of which findings of `wanted` come.
pub fn may_concern(text: &[u8], wanted: Groups) -> bool {
    may_install(text) || azure_command::may_be_in(text, wanted)
}

/// Reads all commands of a shell text that another format holds as a string; `map` leads from it to the file.
pub fn read_mapped(text: &str, map: OffsetMap, document: &mut Document<'_>) {
    if may_concern(text.as_bytes(), document.wanted) {
        let segment = Segment::new(text.as_bytes(), map, SegmentKind::Text, None);
        read_text(text.as_bytes(), &Place::segment(&segment), &mut Variables::new(), document);
    }
}

/// Reads one command whose words another format holds as a list, each with the map from it to the file.
pub fn read_listed(words: impl Iterator<Item = (String, OffsetMap)>, document: &mut Document<'_>) {
    let word = |(text, map): (String, OffsetMap)| Word { span: map.source_span(Span::new(0, text.len())), text, map };
    let words: Vec<Word> = words.map(word).collect();
    let segment = Segment::whole(document.source.text(), SegmentKind::Text);
    read_words(&words, &Place::segment(&segment), &Variables::new(), document);
}

/// Reads all commands of a shell text. Variables keep what its assignments set.
pub fn read_text(text: &[u8], place: &Place<'_>, variables: &mut Variables, document: &mut Document<'_>) {
    if place.depth > MAXIMUM_DEPTH {
        let at = place.span(Span::default()).start;
        document.notify_at(at, NotificationKind::BudgetExceeded, "commands are nested too deeply to be read");
        return;
    }
    let known = variables.clone();
    let assigning = azure_command::assigning_functions(text, document.wanted);
    // The file that the command before prints, and where that command ends.
    let mut printed: Option<(Word, usize)> = None;
    shell::commands(text, variables, &mut |command| {
        let found = document.dependencies.len();
        match listed::through_xargs(unwrapped(&command.words)) {
            None => {
                read_words(&command.words, place, &known, document);
                azure_command::read_call(&assigning, &command.words, place, document);
            }
            Some((words, file)) => {
                read_words(&words, place, &known, document);
                let start = command.words.first().map_or(0, |word| word.span.start);
                let is_piped = |end: usize| text.get(end..start).is_some_and(|gap| gap.contains(&b'|'));
                let piped = printed.take().filter(|(_, end)| is_piped(*end)).map(|(file, _)| file);
                let is_pip = words.iter().take(4).any(|word| base_name(&word.text).starts_with("pip"))
                    && words.iter().any(|word| word.text == "install");
                if let (Some(file), true) = (file.or_else(|| command.input.clone()).or(piped), is_pip) {
                    Report { place, document }.refer(ReferenceKind::Requirements, arguments::Value::of(&file));
                }
            }
        }
        if document.dependencies.len() > found {
            notify_redirections(command, place, document);
        }
        write_file(command, text, place, document);
        let end = command.words.last().map_or(0, |word| word.span.end);
        printed = listed::printed(command).map(|file| (file, end));
    });
    for span in azure_command::evaluated(text, document.wanted) {
        read_text(span.slice(text), &place.inside(OffsetMap::identity(span.start, span.len())), variables, document);
    }
}

/// `cat > FILE <<EOF`, `tee FILE <<EOF`, `echo TEXT > FILE`: what is written is read as what it is.
fn write_file(command: &Command, text: &[u8], place: &Place<'_>, document: &mut Document<'_>) {
    let words = unwrapped(&command.words);
    if let (Some("echo" | "printf"), Some(file)) = (words.first().map(|word| word.text.as_str()), &command.output) {
        let named_at = place.location(document.source, file.span);
        // `echo -e`, and `printf` always, write `\n` as the end of a line; the blank keeps the length.
        // A format of printf is filled in from what follows.
        for word in words.iter().skip(1).filter(|word| !word.text.starts_with('-') && !word.text.contains('%')) {
            let body = word.text.replace("\\n", " \n");
            let inside = place.inside(word.map.clone());
            written::read(&file.text, named_at.clone(), body.as_bytes(), &inside, Depth::Declarations, document);
        }
        return;
    }
    let mut words = words.iter();
    let file = match words.next().map(|word| base_name(&word.text)).as_deref() {
        Some("cat") => command.output.as_ref(),
        Some("tee") => words.find(|word| !word.text.starts_with('-')),
        _ => None,
    };
    if let (Some(file), [body]) = (file, command.documents.as_slice()) {
        let inside = place.inside(OffsetMap::identity(body.start, body.len()));
        let named_at = place.location(document.source, file.span);
        written::read(&file.text, named_at, body.slice(text), &inside, Depth::Declarations, document);
    }
}

/// Reads one command.
pub fn read_words(words: &[Word], place: &Place<'_>, variables: &Variables, document: &mut Document<'_>) {
    let all = words;
    let words = unwrapped(all);
    if let Some(wrapper) = all.get(..all.len() - words.len()).filter(|wrapper| !wrapper.is_empty()) {
        pip::run_with(wrapper, &mut Report { place, document });
    }
    let Some(command) = words.first() else { return };
    let rest = words.get(1..).unwrap_or_default();
    let name = base_name(&command.text);
    // `$(PIP) install` of a Makefile, `${PIP}`: the variable says what it holds.
    let name = if name.starts_with('$') { name.replace(['$', '(', ')', '{', '}'], "").into() } else { name };
    azure_command::read(&name, words, place, document);
    if let Some(script) = script_of_shell(&name, rest) {
        let inside = place.inside(script.map.clone());
        return read_text(script.text.as_bytes(), &inside, &mut variables.clone(), document);
    }
    let mut report = Report { place, document };
    match &*name {
        "pip" => pip::pip(rest, &mut report),
        "pipx" if rest.first().is_some_and(|word| word.text == "run") => {
            pip::run_tool(rest.get(1..).unwrap_or_default(), &mut report);
        }
        "pipx" => pip::pip(rest, &mut report),
        "uvx" => pip::run_tool(rest, &mut report),
        name if is_versioned(name, "pip") => pip::pip(rest, &mut report),
        "easy_install" => pip::packages(rest, &mut report),
        "pip-sync" => pip::files(rest, &mut report),
        "uv" => pip::uv(rest, &mut report),
        "poetry" | "pdm" | "rye" | "pipenv" => pip::project_manager(&name, rest, &mut report),
        "conda" | "mamba" | "micromamba" => conda::conda(rest, &mut report),
        "pixi" => conda::pixi(rest, &mut report),
        "apt-get" | "apt" | "aptitude" => system::apt(rest, &mut report),
        // `python -m pip`, whatever the interpreter is called: `{sys.executable}`, `$PYTHON`, `py -3`.
        _ => {
            let module = rest.iter().take(4).position(|word| word.text == "-m");
            let after = module.and_then(|at| rest.get(at + 1..)).unwrap_or_default();
            match after.first().map(|word| word.text.as_str()) {
                Some("pip") => pip::pip(after.get(1..).unwrap_or_default(), &mut report),
                Some(manager @ ("poetry" | "pipenv" | "pdm")) => {
                    pip::project_manager(manager, after.get(1..).unwrap_or_default(), &mut report);
                }
                Some("uv") => pip::uv(after.get(1..).unwrap_or_default(), &mut report),
                Some("conda") => conda::conda(after.get(1..).unwrap_or_default(), &mut report),
                _ => {}
            }
        }
    }
}

/// A requirement string outside of a command line; `map` leads from it to the text of `place`.
pub fn declare(text: &str, map: &OffsetMap, scope: Scope, place: &Place<'_>, document: &mut Document<'_>) {
    pip::declare_text(text, map, scope, &mut Report { place, document });
}

/// A line of a requirements file outside of one.
pub fn declare_line(text: &str, map: &OffsetMap, scope: Scope, place: &Place<'_>, document: &mut Document<'_>) {
    pip::declare_line(text, map, scope, &mut Report { place, document });
}

/// A conda match specification outside of a command line.
pub fn declare_conda(text: &str, map: &OffsetMap, place: &Place<'_>, document: &mut Document<'_>) {
    conda::declare_text(text, map, &mut Report { place, document });
}

/// What a command says goes here.
struct Report<'r, 's, 'd> {
    place: &'r Place<'s>,
    document: &'r mut Document<'d>,
}

impl Report<'_, '_, '_> {
    /// Adds a pointer to a file. Standard input is none; a name that the program computes is told.
    fn refer(&mut self, kind: ReferenceKind, value: arguments::Value<'_>) {
        let text = value.text();
        if text.is_empty() || matches!(text, "-" | "/dev/stdin") {
            return;
        }
        if text == UNKNOWN {
            let at = self.place.span(value.span()).start;
            let message = "installs from a file whose name the program computes";
            self.document.notify_at(at, NotificationKind::Unsupported, message);
            return;
        }
        let location = self.place.location(self.document.source, value.span());
        self.document.references.push(Reference { kind, value: Redacted::url(text), location });
    }

    /// Adds what `declare` makes of a text whose bytes came from where `map` says, and names the part of the file.
    fn declare(&mut self, map: &OffsetMap, declare: impl FnOnce(&mut Document<'_>, &OffsetMap)) {
        let before = self.document.dependencies.len();
        let references = self.document.references.len();
        let to_file = self.place.map(map);
        declare(self.document, &to_file);
        let logical = self.place.logical(map.source_span(Span::new(0, 1)));
        for reference in self.document.references.get_mut(references..).unwrap_or_default() {
            reference.location.logical.clone_from(&logical);
        }
        for dependency in self.document.dependencies.get_mut(before..).unwrap_or_default() {
            dependency.declared_at.logical.clone_from(&logical);
            dependency.name_at.logical.clone_from(&logical);
            if let Some(location) = &mut dependency.specifier_at {
                location.logical.clone_from(&logical);
            }
        }
    }
}

fn notify_redirections(command: &Command, place: &Place<'_>, document: &mut Document<'_>) {
    for span in &command.glued_redirections {
        let message = "an unquoted `>` sends the output to a file: the version is not limited; quote the requirement";
        document.notify_at(place.span(*span).start, NotificationKind::Malformed, message);
    }
}

/// The script of `sh -c SCRIPT` (also `-lc`, `-exc`), `eval` and `su -c`.
fn script_of_shell<'w>(name: &str, rest: &'w [Word]) -> Option<&'w Word> {
    match name {
        "eval" => rest.first(),
        name if shell::is_shell(name) || matches!(name, "su" | "cmd" | "cmd.exe" | "powershell" | "pwsh") => {
            let is_flag = |word: &Word| match word.text.strip_prefix('-') {
                Some(letters) => {
                    letters.ends_with('c') && letters.len() <= 6 || letters.eq_ignore_ascii_case("command")
                }
                None => word.text.eq_ignore_ascii_case("/c"),
            };
            let flag = rest.iter().take(6).position(is_flag)?;
            rest.get(flag + 1)
        }
        _ => None,
    }
}

/// The file name of a command in lower case, without `.exe`.
fn base_name(command: &str) -> Cow<'_, str> {
    let name = command.rsplit(['/', '\\']).next().unwrap_or(command);
    let stem = name.len().checked_sub(4).and_then(|at| name.split_at_checked(at));
    let name = stem.filter(|(_, suffix)| suffix.eq_ignore_ascii_case(".exe")).map_or(name, |(stem, _)| stem);
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => name.to_ascii_lowercase().into(),
        false => name.into(),
    }
}

/// True for `pip3`, `pip3.10`: the name and a version.
fn is_versioned(name: &str, base: &str) -> bool {
    let Some(version) = name.strip_prefix(base) else { return false };
    let version = version.strip_prefix('-').unwrap_or(version);
    version.starts_with(|c: char| c.is_ascii_digit()) && version.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

#[cfg(test)]
mod tests;
