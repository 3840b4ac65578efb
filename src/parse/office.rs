//! Text of Office Open XML (ECMA-376: `.docx`, `.pptx`, `.xlsx`) as a person reads it: a word may be written in several runs,
//! where its spelling or its look changed in the middle.

use super::Parser;
use crate::model::{ArtifactPath, Document, OffsetMap, Segment, SegmentKind, Source};

/// Parts of a document, of slides and of a workbook.
pub struct Office;

impl Parser for Office {
    fn name(&self) -> &'static str {
        "office"
    }

    fn reads(&self) -> &'static str {
        "`word/*.xml`, `ppt/**/*.xml`, `xl/sharedStrings.xml` in Office files: words that are written in several runs"
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        let path = path.as_str();
        let Some((_, part)) = path.rsplit_once('!') else { return false };
        let is_part = part.starts_with("word/") || part.starts_with("ppt/") || part == "xl/sharedStrings.xml";
        is_part && part.ends_with(".xml") && head.trim_ascii_start().starts_with(b"<")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        document.segments.push(Segment::whole(source.text(), SegmentKind::Text));
        let (text, map) = paragraphs(source.text());
        if !text.is_empty() {
            document.segments.push(Segment::new(text, map, SegmentKind::Text, None));
        }
    }
}

/// The paragraphs of several runs, one a line.
fn paragraphs(xml: &[u8]) -> (Vec<u8>, OffsetMap) {
    let (mut text, mut map) = (Vec::new(), OffsetMap::default());
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(found) = xml.get(at..).and_then(|rest| memchr::memchr(b'<', rest)) {
        let tag = at + found;
        let Some(length) = xml.get(tag..).and_then(|rest| memchr::memchr(b'>', rest)) else { break };
        let inner = xml.get(tag + 1..tag + length).unwrap_or_default();
        at = tag + length + 1;
        let name = inner.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        let (is_end, name) = name.strip_prefix(b"/").map_or((false, name), |name| (true, name));
        let local = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
        match (is_end, local) {
            (false, b"t") if !inner.ends_with(b"/") => {
                let length = xml.get(at..).and_then(|rest| memchr::memchr(b'<', rest)).unwrap_or(0);
                runs.push((at, at + length));
            }
            (true, b"p" | b"si") => {
                if runs.len() > 1 {
                    for (start, end) in &runs {
                        let run = xml.get(*start..*end).unwrap_or_default();
                        text.extend_from_slice(run);
                        map.push(run.len(), *start, run.len());
                    }
                    text.push(b'\n');
                    map.push(1, tag, 0);
                }
                runs.clear();
            }
            _ => {}
        }
    }
    (text, map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use proptest::prelude::*;

    #[test]
    fn runs_of_a_paragraph_are_one_text() {
        let xml = b"<w:p><w:r><w:t>key = abc</w:t></w:r><w:r w:rsidR=\"1\"><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">def</w:t></w:r></w:p>\
            <w:p><w:r><w:t>alone</w:t></w:r></w:p><w:p/><si><r><t>x</t></r><r><t/><t>y</t></r></si>";
        let (text, map) = paragraphs(xml);
        assert_eq!(text, b"key = abcdef\nxy\n");
        assert_eq!(map.source_span(Span::new(9, 12)).slice(xml), b"def");
        assert_eq!(map.source_span(Span::new(13, 14)).slice(xml), b"x");
    }

    #[test]
    fn parts_of_office_files_are_claimed() {
        let claims = |path: &str| Office.claims(&ArtifactPath::new(path), b"<?xml version=\"1.0\"?>");
        assert!(claims("a.docx!word/document.xml") && claims("b.pptx!ppt/slides/slide1.xml") && claims("c.xlsx!xl/sharedStrings.xml"));
        assert!(!claims("word/document.xml") && !claims("a.docx!docProps/app.xml"));
    }

    proptest! {
        #[test]
        fn any_text_is_read(xml in "(<w:t>|</w:t>|<t/>|</w:p>|</si>|<|>|/|:|[a-z é]){0,60}") {
            let (text, map) = paragraphs(xml.as_bytes());
            prop_assert_eq!(map.decoded_len(), text.len());
            prop_assert!(map.source_span(Span::new(0, text.len())).end <= xml.len());
        }
    }
}
