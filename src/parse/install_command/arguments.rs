//! Words as options and operands, the way `optparse`, `argparse` and `getopt` take them.

use super::super::shell::Word;
use crate::model::{OffsetMap, Span};

/// A word, or the part of one after `=` or after an option letter.
#[derive(Clone, Copy)]
pub(super) struct Value<'w> {
    pub(super) word: &'w Word,
    /// Where it begins in the word's text.
    from: usize,
}

impl<'w> Value<'w> {
    /// A whole word.
    pub(super) fn of(word: &'w Word) -> Self {
        Self { word, from: 0 }
    }

    pub(super) fn text(self) -> &'w str {
        self.word.text.get(self.from..).unwrap_or_default()
    }

    /// From its own offsets to those of the text that the words came from.
    pub(super) fn map(self) -> OffsetMap {
        let mut part = OffsetMap::default();
        part.push(self.text().len(), self.from, self.text().len());
        part.through(&self.word.map)
    }

    /// Where it stands in the text that the words came from.
    pub(super) fn span(self) -> Span {
        self.word.map.source_span(Span::new(self.from, self.word.text.len()))
    }
}

/// One argument.
pub(super) enum Argument<'w> {
    /// An option as it is spelled (`--index-url`, `-i`), with its value where it takes one.
    Option(&'static str, Option<Value<'w>>),
    /// An option that is not in the table.
    Unknown,
    /// Anything else.
    Operand(Value<'w>),
}

/// What an option is called.
pub(super) struct Known {
    /// With both hyphens.
    pub(super) long: &'static str,
    /// The letter; `'\0'` when it has none.
    pub(super) letter: char,
    /// True when it takes a value.
    pub(super) takes_value: bool,
}

/// An option without a letter that takes a value.
pub(super) const fn value(long: &'static str) -> Known {
    Known { long, letter: '\0', takes_value: true }
}

/// An option with a letter that takes a value.
pub(super) const fn letter(long: &'static str, letter: char) -> Known {
    Known { long, letter, takes_value: true }
}

/// An option that takes none.
pub(super) const fn flag(long: &'static str) -> Known {
    Known { long, letter: '\0', takes_value: false }
}

/// Splits `words` into options and operands. An unknown long option takes no value unless it has `=`.
pub(super) fn arguments<'w>(words: &'w [Word], known: &[Known]) -> Vec<Argument<'w>> {
    let mut found = Vec::new();
    let mut rest = words.iter();
    let mut only_operands = false;
    while let Some(word) = rest.next() {
        let text = word.text.as_str();
        if only_operands || !text.starts_with('-') || text == "-" {
            found.push(Argument::Operand(Value { word, from: 0 }));
        } else if text == "--" {
            only_operands = true;
        } else if text.starts_with("--") {
            let (name, glued) = match text.split_once('=') {
                Some((name, _)) => (name, Some(Value { word, from: name.len() + 1 })),
                None => (text, None),
            };
            match known.iter().find(|option| option.long == name) {
                Some(option) if option.takes_value => {
                    let value = glued.or_else(|| rest.next().map(|word| Value { word, from: 0 }));
                    found.push(Argument::Option(option.long, value));
                }
                Some(option) => found.push(Argument::Option(option.long, None)),
                None => found.push(Argument::Unknown),
            }
        } else {
            // Letters may stand together; the first that takes a value takes what is left.
            for (at, letter) in text.char_indices().skip(1) {
                let Some(option) = known.iter().find(|option| option.letter == letter) else {
                    found.push(Argument::Unknown);
                    continue;
                };
                if !option.takes_value {
                    found.push(Argument::Option(option.long, None));
                    continue;
                }
                let mut from = at + letter.len_utf8();
                if text.get(from..).is_some_and(|rest| rest.starts_with('=')) {
                    from += 1;
                }
                let value = match from < text.len() {
                    true => Some(Value { word, from }),
                    false => rest.next().map(|word| Value { word, from: 0 }),
                };
                found.push(Argument::Option(option.long, value));
                break;
            }
        }
    }
    found
}
