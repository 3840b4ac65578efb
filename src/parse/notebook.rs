//! Jupyter notebooks (nbformat 3 and 4, <https://nbformat.readthedocs.io/en/latest/format_description.html>).
//!
//! Each cell source and each output is a segment of decoded text with the way back to the file. Everything
//! else (metadata, widget state, keys that nbformat does not know) becomes a segment as it stands, so that no
//! text of the file is left out; only base64 media are. One pass, in the order of the file: where it breaks
//! off, what follows is read as plain text.

mod ansi;
mod cell_code;

pub(super) use cell_code::read_magics;

use super::json::{JsonError, Kind, Reader, StringToken, decode_onto};
use super::{Parser, json};
use crate::model::{
    ArtifactPath, Document, Logical, NotificationKind, OffsetMap, Segment, SegmentKind, Source, Span,
};

/// Jupyter notebooks.
pub struct Notebook;

impl Parser for Notebook {
    fn name(&self) -> &'static str {
        "notebook"
    }

    fn reads(&self) -> &'static str {
        "`*.ipynb`: sources, outputs, metadata and attachments; `%pip`, `!pip`, `%conda` and shell cells"
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        path.extension() == "ipynb"
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let mut walk = Walk { source, segments: Vec::new(), is_notebook: false, is_python: true, resume: source.text_start() };
        let mut reader = Reader::new(source.text(), source.text_start());
        if let Err(error) = walk.notebook(&mut reader) {
            let message = format!("not valid JSON ({}); the rest is read as plain text", error.expected);
            document.notify_at(error.at, NotificationKind::Malformed, message);
            walk.plain(Span::new(walk.resume, source.text().len()));
        } else if !walk.is_notebook {
            document.notify(NotificationKind::Malformed, "JSON, but not a notebook: it has no cells");
        }
        walk.set_language();
        document.segments.append(&mut walk.segments);
        cell_code::read(document);
    }
}

/// The part name of a cell's source.
const SOURCE: &str = "source";

/// The state of the one pass.
struct Walk<'a> {
    source: &'a Source<'a>,
    segments: Vec<Segment<'a>>,
    is_notebook: bool,
    is_python: bool,
    /// Everything before this offset is in segments.
    resume: usize,
}

impl<'a> Walk<'a> {
    fn notebook(&mut self, reader: &mut Reader<'a>) -> Result<(), JsonError> {
        let mut cells = 0;
        reader.object(|reader, key| {
            match key.span.slice(reader.text()) {
                b"cells" if reader.peek()? == Kind::Array => self.cells(reader, &mut cells)?,
                // nbformat 3 has its cells one level deeper.
                b"worksheets" if reader.peek()? == Kind::Array => {
                    reader.array(|reader, _| {
                        if reader.peek()? != Kind::Object {
                            return self.as_it_stands(reader, None, None);
                        }
                        let worksheet = reader.object(|reader, key| match key.span.slice(reader.text()) {
                            b"cells" if reader.peek()? == Kind::Array => self.cells(reader, &mut cells),
                            _ => self.as_it_stands(reader, Some(key), None),
                        });
                        worksheet.map(|_| ())
                    })?;
                }
                b"metadata" if reader.peek()? == Kind::Object => self.metadata(reader, key)?,
                _ => self.as_it_stands(reader, Some(key), None)?,
            }
            self.resume = reader.offset();
            Ok(())
        })?;
        let rest = Span::new(reader.offset(), self.source.text().len());
        if !rest.slice(self.source.text()).trim_ascii().is_empty() {
            self.plain(rest);
        }
        Ok(())
    }

    fn cells(&mut self, reader: &mut Reader<'a>, count: &mut u32) -> Result<(), JsonError> {
        self.is_notebook = true;
        reader.array(|reader, _| {
            self.resume = reader.offset();
            match reader.peek()? {
                Kind::Object => self.cell(reader, *count)?,
                _ => self.as_it_stands(reader, None, Some((*count, "cell")))?,
            }
            *count += 1;
            self.resume = reader.offset();
            Ok(())
        })?;
        Ok(())
    }

    fn cell(&mut self, reader: &mut Reader<'a>, index: u32) -> Result<(), JsonError> {
        let first = self.segments.len();
        let (mut is_code, mut id) = (false, None);
        let result = reader.object(|reader, key| {
            match key.span.slice(reader.text()) {
                b"cell_type" if reader.peek()? == Kind::String => {
                    is_code = reader.string()?.is(reader.text(), "code");
                }
                b"id" if reader.peek()? == Kind::String => {
                    let token = reader.string()?;
                    self.raw(token.span, SegmentKind::Metadata, Some((index, "id")));
                    id = Some(token);
                }
                b"source" | b"input" => self.text(reader, SegmentKind::Prose, index, SOURCE, Join::Nothing)?,
                b"outputs" if reader.peek()? == Kind::Array => {
                    reader.array(|reader, output| self.output(reader, index, output))?;
                }
                b"attachments" if reader.peek()? == Kind::Object => {
                    reader.object(|reader, name| match reader.peek()? {
                        Kind::Object => self.bundle(reader, index, "attachment"),
                        _ => self.as_it_stands(reader, Some(name), Some((index, "attachment"))),
                    })?;
                }
                _ => {
                    let part = String::from_utf8_lossy(key.span.slice(reader.text())).into_owned();
                    self.as_it_stands(reader, Some(key), Some((index, &part)))?;
                }
            }
            Ok(())
        });
        // Kind and id may stand after the source: they are set once the cell is read.
        let stable_name = id.map(|token| String::from_utf8_lossy(token.span.slice(reader.text())).into_owned());
        for segment in self.segments.get_mut(first..).unwrap_or_default() {
            segment.stable_name.clone_from(&stable_name);
            if is_code && is_source(segment) {
                segment.kind = SegmentKind::Python;
            }
        }
        result.map(|_| ())
    }

    fn output(&mut self, reader: &mut Reader<'a>, index: u32, output: usize) -> Result<(), JsonError> {
        if reader.peek()? != Kind::Object {
            return self.as_it_stands(reader, None, Some((index, &format!("output {output}"))));
        }
        let written = SegmentKind::Output;
        let result = reader.object(|reader, key| {
            match key.span.slice(reader.text()) {
                b"text" => self.text(reader, written, index, &format!("output {output}"), Join::Nothing),
                b"traceback" => self.text(reader, written, index, &format!("output {output} traceback"), Join::Line),
                b"evalue" => self.text(reader, written, index, &format!("output {output} error"), Join::Nothing),
                b"data" if reader.peek()? == Kind::Object => self.bundle(reader, index, &format!("output {output}")),
                // nbformat 3 puts the media into the output itself, under short names.
                b"png" | b"jpeg" => reader.skip().map(|_| ()),
                b"html" | b"svg" | b"latex" | b"json" | b"javascript" => {
                    let name = String::from_utf8_lossy(key.span.slice(reader.text()));
                    self.text(reader, written, index, &format!("output {output} {name}"), Join::Nothing)
                }
                b"output_type" | b"execution_count" | b"prompt_number" => reader.skip().map(|_| ()),
                _ => self.as_it_stands(reader, Some(key), Some((index, &format!("output {output}")))),
            }
        });
        result.map(|_| ())
    }

    /// A mapping from media types to data.
    fn bundle(&mut self, reader: &mut Reader<'a>, index: u32, part: &str) -> Result<(), JsonError> {
        let result = reader.object(|reader, key| {
            let media_type = String::from_utf8_lossy(key.span.slice(reader.text())).to_ascii_lowercase();
            if is_binary(&media_type) && self.is_media(reader)? {
                return reader.skip().map(|_| ());
            }
            self.text(reader, SegmentKind::Output, index, &format!("{part} {media_type}"), Join::Nothing)
        });
        result.map(|_| ())
    }

    /// True when the next value is what a binary medium is: a string (or lines) of base64.
    fn is_media(&self, reader: &mut Reader<'a>) -> Result<bool, JsonError> {
        let mut probe = reader.clone();
        let token = match probe.peek()? {
            Kind::String => probe.string()?,
            Kind::Array => {
                let mut first = None;
                probe.array(|probe, _| {
                    if first.is_none() && probe.peek()? == Kind::String {
                        first = Some(probe.string()?);
                        return Ok(());
                    }
                    probe.skip().map(|_| ())
                })?;
                match first {
                    Some(token) => token,
                    None => return Ok(false),
                }
            }
            Kind::Object | Kind::Scalar => return Ok(false),
        };
        let head = token.span.slice(reader.text());
        let head = head.get(..256).unwrap_or(head);
        Ok(head.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\\')))
    }

    /// A string, or an array of strings that are the parts of one text; anything else as it stands.
    fn text(
        &mut self,
        reader: &mut Reader<'a>,
        kind: SegmentKind,
        index: u32,
        part: &str,
        join: Join,
    ) -> Result<(), JsonError> {
        let place = Some((index, part));
        match reader.peek()? {
            Kind::String => {
                let token = reader.string()?;
                let (text, map) = json::decode(self.source.text(), token);
                let (text, map) = ansi::strip(text, map);
                self.push(Segment::new(text, map, kind, logical(place)));
            }
            Kind::Array => {
                let (mut text, mut map) = (Vec::new(), OffsetMap::default());
                reader.array(|reader, position| {
                    if reader.peek()? != Kind::String {
                        return self.as_it_stands(reader, None, place);
                    }
                    let token = reader.string()?;
                    if position > 0 && join == Join::Line {
                        text.push(b'\n');
                        map.push(1, token.span.start, 0);
                    }
                    decode_onto(self.source.text(), token, &mut text, &mut map);
                    Ok(())
                })?;
                let (text, map) = ansi::strip(text.into(), map);
                self.push(Segment::new(text, map, kind, logical(place)));
            }
            Kind::Object | Kind::Scalar => self.as_it_stands(reader, None, place)?,
        }
        Ok(())
    }

    /// The next value, with its key, as it is written.
    fn as_it_stands(
        &mut self,
        reader: &mut Reader<'a>,
        key: Option<StringToken>,
        place: Option<(u32, &str)>,
    ) -> Result<(), JsonError> {
        let kind = reader.peek()?;
        let value = reader.skip()?;
        // `{}`, `[]`, `""` say nothing, and neither does a number without its name.
        if value.len() > 2 && (kind != Kind::Scalar || key.is_some()) {
            let start = key.map_or(value.start, |key| key.quoted().start);
            self.raw(Span::new(start, value.end), SegmentKind::Metadata, place);
        }
        Ok(())
    }

    /// Bytes of the file as they are.
    fn raw(&mut self, span: Span, kind: SegmentKind, place: Option<(u32, &str)>) {
        let text = span.slice(self.source.text());
        let map = OffsetMap::identity(span.start, text.len());
        self.push(Segment::new(text, map, kind, logical(place)));
    }

    fn plain(&mut self, span: Span) {
        self.raw(span, SegmentKind::Text, None);
    }

    fn push(&mut self, segment: Segment<'a>) {
        if !segment.text.is_empty() {
            self.segments.push(segment);
        }
    }

    /// Notes the language of the kernel, then keeps the metadata as it stands.
    fn metadata(&mut self, reader: &mut Reader<'a>, key: StringToken) -> Result<(), JsonError> {
        let source = self.source.text();
        let language = |reader: &mut Reader<'a>, wanted: &str| -> Result<Option<bool>, JsonError> {
            let mut is_python = None;
            reader.object(|reader, key| match reader.peek()? {
                Kind::String if key.is(source, wanted) => {
                    let name = reader.string()?.span.slice(source);
                    is_python = Some(name.get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"python")));
                    Ok(())
                }
                _ => reader.skip().map(|_| ()),
            })?;
            Ok(is_python)
        };
        let mut probe = reader.clone();
        let (mut info, mut kernel) = (None, None);
        probe.object(|probe, key| {
            match (key.span.slice(source), probe.peek()?) {
                (b"language_info", Kind::Object) => info = language(probe, "name")?,
                (b"kernelspec", Kind::Object) => kernel = language(probe, "language")?,
                _ => {
                    probe.skip()?;
                }
            }
            Ok(())
        })?;
        self.is_python = info.or(kernel).unwrap_or(self.is_python);
        self.as_it_stands(reader, Some(key), None)
    }

    /// Code cells of a kernel that is not Python are not Python. The metadata may follow the cells.
    fn set_language(&mut self) {
        for segment in &mut self.segments {
            if segment.kind == SegmentKind::Python && !self.is_python {
                segment.kind = SegmentKind::Text;
            }
        }
    }
}

/// What stands between the strings of an array.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    Nothing,
    Line,
}

fn logical(place: Option<(u32, &str)>) -> Option<Logical> {
    place.map(|(index, part)| Logical::Cell { index, part: part.to_owned(), line: 1 })
}

fn is_source(segment: &Segment<'_>) -> bool {
    matches!(&segment.logical, Some(Logical::Cell { part, .. }) if part == SOURCE)
}

/// Media types whose data nbformat writes as base64.
fn is_binary(media_type: &str) -> bool {
    let family = media_type.split('/').next().unwrap_or_default();
    matches!(family, "image" | "audio" | "video" | "font") && !media_type.contains("svg")
        || matches!(media_type, "application/pdf" | "application/octet-stream")
}

#[cfg(test)]
mod tests;
