//! Options in a requirements file: split as a shell would, understood as pip's option parser does.

use crate::model::Span;

/// What an option is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Requirement,
    Constraint,
    Editable,
    IndexUrl,
    ExtraIndexUrl,
    FindLinks,
    TrustedHost,
    NoIndex,
    RequireHashes,
    Pre,
    Binary,
    Hash,
    /// Known to pip, of no interest here.
    Other,
}

/// One option with its value. The span counts the bytes of the line; for an option without value it is the
/// option's own.
pub(super) struct Setting {
    pub(super) meaning: Meaning,
    pub(super) value: String,
    pub(super) value_at: Span,
}

/// Why the options of a line are not understood, and at which byte of it.
pub(super) struct OptionError {
    pub(super) at: usize,
    pub(super) message: &'static str,
}

/// Long name, meaning, and whether a value follows: pip's options for files and for single requirements,
/// those of former versions included.
const LONG: [(&str, Meaning, bool); 29] = [
    ("requirement", Meaning::Requirement, true),
    ("constraint", Meaning::Constraint, true),
    ("editable", Meaning::Editable, true),
    ("index-url", Meaning::IndexUrl, true),
    ("pypi-url", Meaning::IndexUrl, true),
    ("extra-index-url", Meaning::ExtraIndexUrl, true),
    ("find-links", Meaning::FindLinks, true),
    ("trusted-host", Meaning::TrustedHost, true),
    ("no-index", Meaning::NoIndex, false),
    ("require-hashes", Meaning::RequireHashes, false),
    ("pre", Meaning::Pre, false),
    ("no-binary", Meaning::Binary, true),
    ("only-binary", Meaning::Binary, true),
    ("prefer-binary", Meaning::Binary, false),
    ("hash", Meaning::Hash, true),
    ("use-feature", Meaning::Other, true),
    ("global-option", Meaning::Other, true),
    ("install-option", Meaning::Other, true),
    ("config-settings", Meaning::Other, true),
    ("config-setting", Meaning::Other, true),
    ("all-releases", Meaning::Pre, true),
    ("only-final", Meaning::Other, true),
    ("no-use-wheel", Meaning::Binary, false),
    ("use-wheel", Meaning::Binary, false),
    ("always-unzip", Meaning::Other, false),
    ("process-dependency-links", Meaning::Other, false),
    ("allow-all-external", Meaning::Other, false),
    ("allow-external", Meaning::Other, true),
    ("allow-unverified", Meaning::Other, true),
];

const SHORT: [(u8, Meaning, bool); 7] = [
    (b'r', Meaning::Requirement, true),
    (b'c', Meaning::Constraint, true),
    (b'e', Meaning::Editable, true),
    (b'i', Meaning::IndexUrl, true),
    (b'f', Meaning::FindLinks, true),
    (b'C', Meaning::Other, true),
    (b'Z', Meaning::Other, false),
];

/// Where the options of a line begin: at the first `-` that opens a word. Its length when there are none.
pub(super) fn start(text: &str) -> usize {
    memchr::memchr_iter(b'-', text.as_bytes())
        .find(|at| text.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace)))
        .unwrap_or(text.len())
}

/// The options of `text` from byte `from` on.
pub(super) fn read(text: &str, from: usize) -> Result<Vec<Setting>, OptionError> {
    let mut settings = Vec::new();
    let mut words = words(text, from).into_iter().peekable();
    while let Some(word) = words.next() {
        let unknown = OptionError { at: word.span.start, message: "an option that pip does not know in a requirements file" };
        let (meaning, takes_value, glued) = if let Some(long) = word.text.strip_prefix("--") {
            let (name, glued) = match long.split_once('=') {
                Some((name, value)) => (name, Some((value, 3 + name.len()))),
                None => (long, None),
            };
            let Some((_, meaning, takes_value)) = by_long_name(name) else { return Err(unknown) };
            (meaning, takes_value, glued)
        } else if let Some(short) = word.text.strip_prefix('-') {
            let Some((_, meaning, takes_value)) =
                SHORT.into_iter().find(|(letter, ..)| short.as_bytes().first() == Some(letter))
            else {
                return Err(unknown);
            };
            let value = short.get(1..).filter(|value| !value.is_empty());
            (meaning, takes_value, value.map(|value| (value, 2)))
        } else {
            // A word of its own: pip's parser leaves it, as it does what follows an editable path.
            continue;
        };
        let own = word.span;
        let (value, value_at) = match (takes_value, glued) {
            (false, _) => (String::new(), own),
            (true, Some((value, offset))) => {
                let offset = if word.quoted { 0 } else { offset };
                (value.to_owned(), Span::new(own.start.saturating_add(offset), own.end))
            }
            (true, None) => match words.next() {
                Some(next) => (next.text, next.span),
                None => return Err(OptionError { at: own.start, message: "an option lacks its value" }),
            },
        };
        settings.push(Setting { meaning, value, value_at });
    }
    Ok(settings)
}

/// An option by its name or by a beginning of it that no other option shares.
fn by_long_name(name: &str) -> Option<(&'static str, Meaning, bool)> {
    if let Some(exact) = LONG.into_iter().find(|(long, ..)| *long == name) {
        return Some(exact);
    }
    let mut matching = LONG.into_iter().filter(|(long, ..)| !name.is_empty() && long.starts_with(name));
    matching.next().filter(|_| matching.next().is_none())
}

struct Word {
    text: String,
    /// Inside quotes where the whole word is quoted.
    span: Span,
    quoted: bool,
}

/// Splits at blanks outside of quotes; a backslash takes the next character as it is, except in single quotes.
fn words(text: &str, from: usize) -> Vec<Word> {
    let mut words = Vec::new();
    let mut characters = text.char_indices().skip_while(|(at, _)| *at < from).peekable();
    while let Some((start, first)) = characters.peek().copied() {
        if first.is_whitespace() {
            characters.next();
            continue;
        }
        let mut word = String::new();
        let mut quote: Option<char> = None;
        let mut quoted = false;
        let mut end = start;
        while let Some((at, character)) = characters.peek().copied() {
            if quote.is_none() && character.is_whitespace() {
                break;
            }
            characters.next();
            end = at + character.len_utf8();
            match (quote, character) {
                (Some(open), character) if open == character => quote = None,
                (None, '\'' | '"') => {
                    quote = Some(character);
                    quoted = true;
                }
                (None | Some('"'), '\\') => {
                    if let Some((at, escaped)) = characters.next() {
                        end = at + escaped.len_utf8();
                        word.push(escaped);
                    }
                }
                (_, character) => word.push(character),
            }
        }
        let whole = quoted && end.saturating_sub(start) == word.len() + 2 && matches!(first, '\'' | '"');
        let span = if whole { Span::new(start + 1, end - 1) } else { Span::new(start, end) };
        words.push(Word { text: word, span, quoted: quoted && !whole });
    }
    words
}
