//! Small JSON files as a tree with spans. Large ones (notebooks) are read with the [`Reader`] instead.

use super::{JsonError, Kind, MAXIMUM_DEPTH, Reader, StringToken, decode};
use crate::model::{Document, NotificationKind, Span};

/// A value and where it stands.
#[derive(Debug)]
pub struct Node {
    /// The whole value.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a [`Node`] is.
#[derive(Debug)]
pub enum Value {
    /// Members in the order of the file; a key may repeat.
    Object(Vec<Member>),
    /// Elements.
    Array(Vec<Node>),
    /// A string, not yet decoded.
    String(StringToken),
    /// A number, `true`, `false` or `null`: read it from the span.
    Scalar,
}

/// A key and its value.
#[derive(Debug)]
pub struct Member {
    /// The key.
    pub key: StringToken,
    /// The value.
    pub node: Node,
}

impl Node {
    /// The last member called `key`, as readers that take the last of several do.
    pub fn get(&self, source: &[u8], key: &str) -> Option<&Self> {
        self.members().iter().rev().find(|member| member.key.is(source, key)).map(|member| &member.node)
    }

    /// The members; empty when it is no object.
    pub fn members(&self) -> &[Member] {
        if let Value::Object(members) = &self.value { members } else { &[] }
    }

    /// The elements; empty when it is no array.
    pub fn elements(&self) -> &[Self] {
        if let Value::Array(elements) = &self.value { elements } else { &[] }
    }

    /// The string token, when it is a string.
    pub fn token(&self) -> Option<StringToken> {
        if let Value::String(token) = self.value { Some(token) } else { None }
    }

    /// The string's text, when it is one; broken UTF-8 is replaced.
    pub fn text(&self, source: &[u8]) -> Option<String> {
        Some(String::from_utf8_lossy(&decode(source, self.token()?).0).into_owned())
    }
}

/// Reads one value to the depth of [`MAXIMUM_DEPTH`]; its memory is some 40 bytes a value.
pub fn tree(reader: &mut Reader<'_>) -> Result<Node, JsonError> {
    node(reader, 0)
}

/// The same of a file; what is not valid is told.
pub fn read(reader: &mut Reader<'_>, document: &mut Document<'_>) -> Option<Node> {
    let tell = |error: &JsonError| {
        document.notify_at(error.at, NotificationKind::Malformed, format!("not valid JSON: {error}"));
    };
    tree(reader).inspect_err(tell).ok()
}

fn node(reader: &mut Reader<'_>, depth: usize) -> Result<Node, JsonError> {
    if depth >= MAXIMUM_DEPTH {
        return Err(reader.error("less nesting"));
    }
    Ok(match reader.peek()? {
        Kind::Object => {
            let mut members = Vec::new();
            let span = reader.object(|reader, key| {
                members.push(Member { key, node: node(reader, depth + 1)? });
                Ok(())
            })?;
            Node { span, value: Value::Object(members) }
        }
        Kind::Array => {
            let mut elements = Vec::new();
            let span = reader.array(|reader, _| {
                elements.push(node(reader, depth + 1)?);
                Ok(())
            })?;
            Node { span, value: Value::Array(elements) }
        }
        Kind::String => {
            let token = reader.string()?;
            Node { span: token.quoted(), value: Value::String(token) }
        }
        Kind::Scalar => Node { span: reader.scalar()?, value: Value::Scalar },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_spans() {
        let text = br#"{"a": {"b": ["x", 1]}, "a": "last\n"}"#;
        let root = tree(&mut Reader::new(text, 0)).unwrap();
        assert_eq!(root.get(text, "a").unwrap().text(text).unwrap(), "last\n");
        let first = &root.members()[0].node;
        let list = first.get(text, "b").unwrap();
        assert_eq!(list.elements()[1].span.slice(text), b"1");
        assert_eq!(list.span.slice(text), br#"["x", 1]"#);
    }

    #[test]
    fn depth_is_bounded() {
        let text = vec![b'['; 100_000];
        assert!(tree(&mut Reader::new(&text, 0)).is_err());
    }
}
