//! Expressions as values, as far as the text says them: literals, joined literals, lists of them, and names
//! that are assigned one of these once.

use ruff_python_ast::{self as ast, Expr, FStringPart, InterpolatedStringElement, Operator, StringFlags};
use ruff_text_size::Ranged;

use super::super::install_command::Place;
use super::module::{Expression, Module, span, strings_in};
use crate::model::{Argument, Literal, OffsetMap, Source, Span};

/// Values inside values.
const MAXIMUM_DEPTH: u32 = 16;
/// Elements of one list, and items of one mapping.
const MAXIMUM_ELEMENTS: usize = 10_000;

/// A value and where it is written.
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where the expression stands; offsets of the parsed text.
    pub span: Span,
}

/// What a [`Value`] is.
pub enum ValueKind {
    /// A string.
    Text(Text),
    /// `True` or `False`.
    Boolean(bool),
    /// An integer that fits.
    Integer(i64),
    /// `None`.
    None,
    /// A list, tuple or set.
    List(Vec<Value>),
    /// The items of a dictionary whose keys are strings.
    Mapping(Vec<(Text, Value)>),
    /// A dotted name.
    Name(String),
    /// Not known without running the program.
    Other,
}

/// A string with the place of each of its bytes.
#[derive(Clone, Default)]
pub struct Text {
    /// Its value; a part that is not known stands as it is written: `{version}`.
    pub value: String,
    /// From offsets of `value` to offsets of the parsed text.
    pub map: OffsetMap,
    /// False when a part is not known.
    pub is_whole: bool,
}

impl Text {
    fn push(&mut self, text: &str, source: usize, source_len: usize) {
        self.value.push_str(text);
        self.map.push(text.len(), source, source_len);
    }

    fn append(&mut self, other: &Self) {
        for (at, character) in other.value.char_indices() {
            let span = other.map.source_span(Span::new(at, at + character.len_utf8()));
            self.push(character.encode_utf8(&mut [0; 4]), span.start, span.len());
        }
        self.is_whole &= other.is_whole;
    }
}

impl Value {
    /// The noun that detectors read.
    pub(super) fn into_argument(self, place: &Place<'_>, source: &Source<'_>) -> Argument {
        let location = place.location(source, self.span);
        let value = match self.kind {
            ValueKind::Text(text) if text.is_whole => Literal::Text(text.value),
            ValueKind::Text(_) | ValueKind::Other => Literal::Other,
            ValueKind::Boolean(value) => Literal::Boolean(value),
            ValueKind::Integer(value) => Literal::Integer(value),
            ValueKind::None => Literal::None,
            ValueKind::List(values) => {
                Literal::List(values.into_iter().map(|value| value.into_argument(place, source)).collect())
            }
            ValueKind::Mapping(items) => Literal::Mapping(
                items.into_iter().map(|(key, value)| (key.value, value.into_argument(place, source))).collect(),
            ),
            ValueKind::Name(name) => Literal::Name(name),
        };
        Argument { value, location }
    }
}

impl<'t> Module<'t> {
    /// The value of an expression.
    pub fn value(&self, expression: Expression<'t>) -> Value {
        let mut value = self.value_at(expression, 0);
        // What a name stands for is reported where the name is used.
        value.span = span(expression.range());
        value
    }

    /// The same, where the span of a name's value is where the value is written.
    pub fn written_value(&self, expression: Expression<'t>) -> Value {
        self.value_at(expression, 0)
    }

    /// The strings that stand anywhere in an expression, in values of its names, and in functions that it calls.
    pub fn strings(&self, expression: Expression<'t>) -> Vec<Text> {
        let (mut found, names) = strings_in(Some(expression), &[], 16);
        let mut names: Vec<&str> = names.into_iter().collect();
        names.sort_unstable();
        for name in names {
            let (more, _) = strings_in(self.binding(name), self.function(name).unwrap_or_default(), 16);
            found.extend(more);
        }
        found
            .into_iter()
            .filter_map(|expression| match self.value_at(expression, 0).kind {
                ValueKind::Text(text) => Some(text),
                _ => None,
            })
            .collect()
    }

    fn value_at(&self, expression: Expression<'t>, depth: u32) -> Value {
        let kind = if depth > MAXIMUM_DEPTH || !self.spend(1) { ValueKind::Other } else { self.kind(expression, depth) };
        if let ValueKind::Text(text) = &kind {
            self.spend(text.value.len() / 64);
        }
        let span = match expression {
            Expr::Name(name) if !matches!(kind, ValueKind::Name(_)) => {
                self.binding(name.id.as_str()).map_or_else(|| span(expression.range()), |value| span(value.range()))
            }
            _ => span(expression.range()),
        };
        Value { kind, span }
    }

    /// Names can stand for values of names without end; what all values of a text may cost is bounded.
    pub(super) fn spend(&self, cost: usize) -> bool {
        let left = self.budget.get();
        self.budget.set(left.saturating_sub(cost));
        left > 0
    }

    fn kind(&self, expression: Expression<'t>, depth: u32) -> ValueKind {
        match expression {
            Expr::StringLiteral(literal) => {
                let mut text = Text { is_whole: true, ..Text::default() };
                literal.value.iter().for_each(|part| self.literal(part, &mut text));
                ValueKind::Text(text)
            }
            Expr::FString(literal) => ValueKind::Text(self.format_string(literal, depth)),
            Expr::BooleanLiteral(literal) => ValueKind::Boolean(literal.value),
            Expr::NoneLiteral(_) => ValueKind::None,
            Expr::NumberLiteral(literal) => match &literal.value {
                ast::Number::Int(number) => number.as_i64().map_or(ValueKind::Other, ValueKind::Integer),
                _ => ValueKind::Other,
            },
            Expr::UnaryOp(operation) if operation.op == ast::UnaryOp::USub => {
                match self.value_at(&operation.operand, depth + 1).kind {
                    ValueKind::Integer(number) => number.checked_neg().map_or(ValueKind::Other, ValueKind::Integer),
                    _ => ValueKind::Other,
                }
            }
            Expr::List(list) => self.list(&list.elts, depth),
            Expr::Tuple(tuple) => self.list(&tuple.elts, depth),
            Expr::Set(set) => self.list(&set.elts, depth),
            Expr::Dict(dictionary) => {
                let mut items = Vec::new();
                for item in dictionary.items.iter().take(MAXIMUM_ELEMENTS) {
                    if let Some(key) = &item.key
                        && let ValueKind::Text(key) = self.value_at(key, depth + 1).kind
                    {
                        items.push((key, self.value_at(&item.value, depth + 1)));
                    }
                }
                ValueKind::Mapping(items)
            }
            Expr::BinOp(operation) => self.operation(operation, depth),
            Expr::Name(name) => match self.binding(name.id.as_str()).map(|value| self.value_at(value, depth + 1).kind) {
                Some(ValueKind::Other | ValueKind::Name(_)) | None => ValueKind::Name(self.resolve(expression, 0)),
                Some(kind) => kind,
            },
            Expr::Attribute(_) => ValueKind::Name(self.resolve(expression, 0)),
            // `list(x)`, `sorted(x)`, `set(x)` hold what x holds; `"a b".split()` its words.
            Expr::Call(call) => match (call.func.as_ref(), &*call.arguments.args) {
                (Expr::Name(name), [inner]) if matches!(name.id.as_str(), "list" | "sorted" | "set" | "tuple") => {
                    self.value_at(inner, depth + 1).kind
                }
                (Expr::Attribute(method), []) if matches!(method.attr.as_str(), "split" | "splitlines") => {
                    match self.value_at(&method.value, depth + 1).kind {
                        ValueKind::Text(text) => words(&text, method.attr.as_str() == "splitlines"),
                        _ => ValueKind::Other,
                    }
                }
                (Expr::Attribute(method), []) if matches!(method.attr.as_str(), "strip" | "copy") => {
                    self.value_at(&method.value, depth + 1).kind
                }
                _ => ValueKind::Other,
            },
            _ => ValueKind::Other,
        }
    }

    fn list(&self, elements: &'t [Expr], depth: u32) -> ValueKind {
        let mut values = Vec::new();
        for element in elements.iter().take(MAXIMUM_ELEMENTS) {
            match element {
                Expr::Starred(starred) => match self.value_at(&starred.value, depth + 1) {
                    Value { kind: ValueKind::List(inner), .. } => values.extend(inner),
                    other => values.push(Value { kind: ValueKind::Other, span: other.span }),
                },
                element => values.push(self.value_at(element, depth + 1)),
            }
            if values.len() > MAXIMUM_ELEMENTS {
                break;
            }
        }
        ValueKind::List(values)
    }

    fn operation(&self, operation: &'t ast::ExprBinOp, depth: u32) -> ValueKind {
        let left = self.value_at(&operation.left, depth + 1).kind;
        match (operation.op, left) {
            (Operator::Add, ValueKind::Text(mut left)) => {
                match self.value_at(&operation.right, depth + 1).kind {
                    ValueKind::Text(right) => left.append(&right),
                    _ => {
                        let right = span(operation.right.range());
                        left.push("{}", right.start, right.len());
                        left.is_whole = false;
                    }
                }
                ValueKind::Text(left)
            }
            (Operator::Add, ValueKind::List(mut left)) => {
                match self.value_at(&operation.right, depth + 1) {
                    Value { kind: ValueKind::List(right), .. } => left.extend(right),
                    other => left.push(Value { kind: ValueKind::Other, span: other.span }),
                }
                left.truncate(MAXIMUM_ELEMENTS);
                ValueKind::List(left)
            }
            // A list that is not known, and one that is: what is known counts.
            (Operator::Add, ValueKind::Other | ValueKind::Name(_)) => {
                match self.value_at(&operation.right, depth + 1).kind {
                    ValueKind::List(right) => ValueKind::List(right),
                    _ => ValueKind::Other,
                }
            }
            (Operator::Mod, ValueKind::Text(mut left)) => {
                left.is_whole = false;
                left.value = left.value.replace("%s", "{}").replace("%d", "{}");
                ValueKind::Text(left)
            }
            _ => ValueKind::Other,
        }
    }

    fn format_string(&self, literal: &'t ast::ExprFString, depth: u32) -> Text {
        let mut text = Text { is_whole: true, ..Text::default() };
        for part in &literal.value {
            match part {
                FStringPart::Literal(part) => self.literal(part, &mut text),
                FStringPart::FString(part) => {
                    for element in &part.elements {
                        let at = span(element.range());
                        match element {
                            InterpolatedStringElement::Literal(constant) => {
                                // Braces and escapes are spelled longer than what they mean: mapped as a whole.
                                text.push(&constant.value, at.start, at.len());
                            }
                            InterpolatedStringElement::Interpolation(inner) => {
                                match self.value_at(&inner.expression, depth + 1).kind {
                                    ValueKind::Text(known) => text.push(&known.value, at.start, at.len()),
                                    ValueKind::Integer(known) => text.push(&known.to_string(), at.start, at.len()),
                                    _ => {
                                        text.push(self.text.get(at.start..at.end).unwrap_or("{}"), at.start, at.len());
                                        text.is_whole = false;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        text
    }

    /// One literal, byte by byte.
    fn literal(&self, literal: &ast::StringLiteral, text: &mut Text) {
        let whole = span(literal.range());
        let start = whole.start + literal.flags.opener_len().to_usize();
        let end = whole.end.saturating_sub(literal.flags.closer_len().to_usize()).max(start);
        let inner = self.text.get(start..end).unwrap_or_default();
        if literal.flags.prefix().is_raw() || !inner.contains('\\') {
            text.push(inner, start, inner.len());
            return;
        }
        let mut at = 0;
        while let Some(rest) = inner.get(at..).filter(|rest| !rest.is_empty()) {
            let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
            text.push(rest.get(..plain).unwrap_or_default(), start + at, plain);
            at += plain;
            let Some(escape) = inner.get(at..).filter(|escape| !escape.is_empty()) else { break };
            let mut buffer = [0; 4];
            let (decoded, length) = super::escape::decode(escape.as_bytes(), &mut buffer);
            text.push(std::str::from_utf8(decoded).unwrap_or("\u{FFFD}"), start + at, length);
            at += length;
        }
    }
}

/// The words, or the lines, of a text, each with its place.
fn words(text: &Text, lines: bool) -> ValueKind {
    let mut values = Vec::new();
    let parts: Vec<&str> = match lines {
        true => text.value.lines().collect(),
        false => text.value.split_whitespace().collect(),
    };
    for part in parts.into_iter().take(MAXIMUM_ELEMENTS) {
        // The part is a slice of the value: its offset is the distance of their beginnings.
        let from = part.as_ptr() as usize - text.value.as_ptr() as usize;
        let map = OffsetMap::identity(from, part.len()).through(&text.map);
        let span = map.source_span(Span::new(0, part.len()));
        let text = Text { value: part.to_owned(), map, is_whole: text.is_whole };
        values.push(Value { kind: ValueKind::Text(text), span });
    }
    ValueKind::List(values)
}
