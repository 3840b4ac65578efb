//! Text of a file whose bytes are not all UTF-8.

use std::borrow::Cow;

use crate::model::{Document, NotificationKind, Source};

/// The text of a format that is UTF-8 by its rules, from [`Source::text_start`] on. Where a file breaks the rule, which
/// is noted, every byte that is not ASCII reads as `?`: no offset moves, and what is written in ASCII still counts.
pub fn text<'s>(source: &'s Source<'_>, document: &mut Document<'_>) -> Cow<'s, str> {
    if let Some(text) = source.utf8() {
        return Cow::Borrowed(text);
    }
    document.notify(NotificationKind::Malformed, "not UTF-8: bytes that are not ASCII are read as question marks");
    let bytes = source.text().get(source.text_start()..).unwrap_or_default();
    Cow::Owned(ascii(bytes))
}

/// The bytes as characters, `?` for each that is not ASCII.
pub fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArtifactPath, Span};
    use crate::parse::Parser;
    use crate::parse::conda_environment::CondaEnvironment;

    #[test]
    fn other_encodings_keep_their_places() {
        let bytes = b"name: caf\xE9\ndependencies:\n  - numpy=1.2\n";
        let source = Source::new(ArtifactPath::new("environment.yml"), bytes);
        let mut document = Document::new(&source);
        CondaEnvironment.parse(&source, &mut document);
        assert_eq!(document.dependencies[0].name_at.span, Span::new(29, 34));
        assert_eq!(document.notifications.len(), 1);
    }
}
