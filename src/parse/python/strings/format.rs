//! Templates: `"{}{}".format(a, b)` and `"%s%s" % (a, b)`, with literals and known names as values
//! (<https://docs.python.org/3/library/string.html#format-string-syntax>,
//! <https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting>).

use super::list::Operand;
use super::{Literal, Scanner, Text, name_length};
use crate::model::Span;

/// Values of one template that are read.
const MAXIMUM_VALUES: usize = 64;
/// The longest expression that is stepped over.
const MAXIMUM_EXPRESSION: usize = 256;
/// The longest slot.
const MAXIMUM_SLOT: usize = 64;
const FORMAT: &[u8] = b".format(";

/// How a template marks its slots.
#[derive(Clone, Copy)]
enum Style {
    Braces,
    Percent,
}

/// Which value belongs into a slot.
enum Slot<'t> {
    Next,
    Numbered(usize),
    Named(&'t [u8]),
}

/// A value, where it is known, and its keyword, where it has one.
struct Argument<'t> {
    keyword: Option<&'t [u8]>,
    value: Option<Operand<'t>>,
}

impl<'t> Scanner<'t> {
    /// The template filled in, and where its values end; `None` where it is none, or no value of it is known.
    pub(super) fn formatted(&mut self, template: &Literal) -> Option<(Text, usize)> {
        let before = self.at;
        let formatted = self.fill(template);
        self.at = before;
        formatted
    }

    fn fill(&mut self, template: &Literal) -> Option<(Text, usize)> {
        let rest = self.text.get(template.end..)?;
        let (style, at, is_list) = match rest.strip_prefix(FORMAT) {
            Some(_) => (Style::Braces, template.end + FORMAT.len(), true),
            None => {
                let percent = self.without_blanks(template.end);
                (self.text.get(percent) == Some(&b'%')).then_some(())?;
                let at = self.without_blanks(percent + 1);
                let is_list = self.text.get(at) == Some(&b'(');
                (Style::Percent, at + usize::from(is_list), is_list)
            }
        };
        let (arguments, end) = self.arguments(at, if is_list { MAXIMUM_VALUES } else { 1 });
        let mut filled = Text::default();
        let is_known = arguments.iter().any(|argument| argument.value.is_some());
        let parts = if is_known { self.expand(template, style, &arguments, &mut filled) } else { 0 };
        (parts > 1).then_some((filled, end))
    }

    /// The values from `at` on, and where they end.
    fn arguments(&mut self, mut at: usize, most: usize) -> (Vec<Argument<'t>>, usize) {
        let text = self.text;
        let mut arguments = Vec::new();
        while arguments.len() < most {
            let mut start = self.without_blanks(at);
            let name_end = start + text.get(start..).map_or(0, name_length);
            let sign = self.without_blanks(name_end);
            let assigns = matches!(text.get(sign..), Some([b'=', next, ..]) if *next != b'=');
            let keyword = text.get(start..name_end).filter(|name| assigns && !name.is_empty());
            if keyword.is_some() {
                start = self.without_blanks(sign + 1);
            }
            let operand = self.operand(start);
            let end = operand.as_ref().map(|(_, end)| self.without_blanks(*end));
            let is_whole = |end: usize| most == 1 || matches!(text.get(end), Some(b',' | b')'));
            let (value, follows) = match (operand, end.filter(|end| is_whole(*end))) {
                (Some((operand, _)), Some(end)) => (Some(operand), end),
                // Of a longer expression the value is not known.
                _ if most > 1 => match self.end_of_expression(start) {
                    Some(end) => (None, end),
                    None => break,
                },
                _ => break,
            };
            arguments.push(Argument { keyword, value });
            at = follows;
            if text.get(follows) != Some(&b',') {
                break;
            }
            at = follows + 1;
        }
        (arguments, at)
    }

    /// Appends a value that the template may hold many times.
    fn append_again(&mut self, operand: &Operand<'_>, filled: &mut Text) {
        if let Operand::Literal(literal) = operand {
            let Some(left) = self.budget.checked_sub(literal.inner.len()) else { return };
            self.budget = left;
        }
        self.append_operand(operand, filled);
    }

    /// The comma or bracket behind the expression at `at`.
    fn end_of_expression(&mut self, mut at: usize) -> Option<usize> {
        let last = at + MAXIMUM_EXPRESSION;
        let mut depth = 0_usize;
        while at < last {
            match self.text.get(at)? {
                b',' | b')' if depth == 0 => return Some(at),
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
                b'"' | b'\'' => {
                    self.at = at;
                    at = self.literal()?.end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// Writes the template with its values. Returns the parts that were written; an unknown value leaves its slot.
    fn expand(&mut self, template: &Literal, style: Style, arguments: &[Argument<'_>], filled: &mut Text) -> usize {
        let (mut parts, mut next) = (0, 0);
        let (mut from, mut at, end) = (template.inner.start, template.inner.start, template.inner.end);
        let text = self.text;
        while at < end {
            let rest = text.get(at..end).unwrap_or_default();
            let Some(found) = memchr::memchr(style.sign(), rest) else { break };
            at += found;
            let Some((slot, length)) = style.slot(rest.get(found..).unwrap_or_default()) else {
                at += 2;
                continue;
            };
            parts += usize::from(at > from);
            self.decode(&Literal { inner: Span::new(from, at), ..*template }, filled, &mut 0);
            let argument = match slot {
                Slot::Next => {
                    next += 1;
                    arguments.get(next - 1)
                }
                Slot::Numbered(number) => arguments.get(number),
                Slot::Named(name) => arguments.iter().find(|argument| argument.keyword == Some(name)),
            };
            match argument.and_then(|argument| argument.value.as_ref()) {
                Some(operand) => {
                    self.append_again(operand, filled);
                    parts += 1;
                }
                // Without its slot what follows would stand in its place.
                None => filled.push(text.get(at..at + length).unwrap_or_default(), at, length),
            }
            at += length;
            from = at;
        }
        parts += usize::from(end > from);
        self.decode(&Literal { inner: Span::new(from, end), ..*template }, filled, &mut 0);
        parts
    }
}

impl Style {
    fn sign(self) -> u8 {
        match self {
            Self::Braces => b'{',
            Self::Percent => b'%',
        }
    }

    /// The slot that begins with the sign here, and its length; `None` for a doubled sign.
    fn slot(self, rest: &[u8]) -> Option<(Slot<'_>, usize)> {
        let rest = rest.get(..MAXIMUM_SLOT).unwrap_or(rest);
        match (self, rest) {
            (Self::Braces, [b'{', b'{', ..]) | (Self::Percent, [b'%', b'%', ..]) => None,
            (Self::Braces, [_, inner @ ..]) => {
                let close = memchr::memchr(b'}', inner)?;
                let inner = inner.get(..close)?;
                let field = inner.split(|byte| matches!(byte, b':' | b'!')).next().unwrap_or_default();
                let slot = match field {
                    [] => Slot::Next,
                    _ if field.iter().all(u8::is_ascii_digit) => Slot::Numbered(std::str::from_utf8(field).ok()?.parse().ok()?),
                    _ => Slot::Named(field),
                };
                Some((slot, close + 2))
            }
            (Self::Percent, [_, b'(', inner @ ..]) => {
                let close = memchr::memchr(b')', inner)?;
                // The letter behind it says how the value is written.
                Some((Slot::Named(inner.get(..close)?), close + 4))
            }
            (Self::Percent, [_, flags @ ..]) => {
                let letter = flags.iter().position(|byte| byte.is_ascii_alphabetic())?;
                let is_slot = flags.iter().take(letter).all(|byte| matches!(byte, b'-' | b'+' | b' ' | b'#' | b'.' | b'0'..=b'9'));
                is_slot.then_some((Slot::Next, letter + 2))
            }
            (_, []) => None,
        }
    }
}
