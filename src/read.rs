//! Reads an artifact into a buffer that each thread keeps: all of it where it fits, else its beginning.
//!
//! Binary data that no parser claims is recognised by its first 32 KiB and not read further.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::model::{LineIndex, Position};

/// How much is read to decide what a file is.
const HEAD: usize = 32 << 10;
/// Larger text that nothing but the search for secrets reads is read in windows.
pub const MAX_PLAIN: u64 = 6 << 20;
/// Larger binary files are read through `Source::reader`.
pub const MAX_WHOLE: u64 = 8 << 20;
/// A manifest or notebook is read as a whole up to this size.
pub const MAX_MANIFEST: u64 = 64 << 20;
/// Size of a window, and how much of it the next one repeats so that nothing is cut in two.
const WINDOW: usize = 4 << 20;
const OVERLAP: usize = 64 << 10;

/// An opened artifact whose beginning has been read.
pub struct Opened<'b> {
    file: File,
    buffer: &'b mut Vec<u8>,
    /// Bytes in the file when it was opened.
    pub len: u64,
}

/// Opens a regular file and reads its beginning.
pub fn open<'b>(path: &Path, buffer: &'b mut Vec<u8>) -> io::Result<Opened<'b>> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file any more"));
    }
    buffer.clear();
    (&mut file).take(HEAD as u64).read_to_end(buffer)?;
    Ok(Opened { file, buffer, len: metadata.len() })
}

impl<'b> Opened<'b> {
    /// The bytes read so far.
    pub fn head(&self) -> &[u8] {
        self.buffer
    }

    /// The head alone.
    pub fn into_head(self) -> &'b [u8] {
        self.buffer
    }

    /// Reads the rest. The flag is true when the file was not as long as it was when it was opened.
    pub fn into_whole(mut self) -> io::Result<(&'b [u8], bool)> {
        if (self.buffer.len() as u64) < self.len || self.buffer.len() == HEAD {
            let left = self.len.saturating_sub(self.buffer.len() as u64);
            self.buffer.reserve(usize::try_from(left).unwrap_or(0));
            // One byte more than expected tells a file that grew, and bounds what a growing one can cost.
            (&mut self.file).take(left + 1).read_to_end(self.buffer)?;
        }
        let changed = self.buffer.len() as u64 != self.len;
        self.buffer.truncate(usize::try_from(self.len).unwrap_or(usize::MAX));
        Ok((self.buffer, changed))
    }

    /// Reads the file in overlapping windows: `each` gets the bytes, their offset and their position.
    pub fn windows(mut self, mut each: impl FnMut(&[u8], usize, Position)) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        let end = usize::try_from(self.len).unwrap_or(usize::MAX);
        let mut position = Position { line: 1, column: 1, utf16: 1 };
        let mut offset = 0;
        self.buffer.clear();
        loop {
            let wanted = WINDOW.min(end - offset).saturating_sub(self.buffer.len());
            (&mut self.file).take(wanted as u64).read_to_end(self.buffer)?;
            each(self.buffer, offset, position);
            let last = self.buffer.len() < WINDOW || offset + self.buffer.len() >= end;
            if last {
                return Ok(());
            }
            let mut keep_from = self.buffer.len() - OVERLAP;
            // Not inside a character: its continuation bytes would count as characters of their own.
            while keep_from > 0
                && self.buffer.get(keep_from).is_some_and(|byte| byte & 0xC0 == 0x80)
                && keep_from + 3 > self.buffer.len() - OVERLAP
            {
                keep_from -= 1;
            }
            position = advance(position, self.buffer.get(..keep_from).unwrap_or_default());
            self.buffer.drain(..keep_from);
            offset += keep_from;
        }
    }
}

/// Where `position` is after `text`.
fn advance(position: Position, text: &[u8]) -> Position {
    let here = LineIndex::new(text).position(text, text.len());
    match here.line {
        1 => Position {
            line: position.line,
            column: position.column.saturating_add(here.column - 1),
            utf16: position.utf16.saturating_add(here.utf16 - 1),
        },
        line => Position { line: position.line.saturating_add(line - 1), ..here },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_everything_and_know_their_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut text = Vec::new();
        while text.len() < WINDOW * 2 + 12_345 {
            text.extend_from_slice("line with é in it\n".as_bytes());
        }
        std::fs::write(file.path(), &text).unwrap();
        let mut buffer = Vec::new();
        let mut covered = 0;
        open(file.path(), &mut buffer)
            .unwrap()
            .windows(|bytes, offset, position| {
                assert!(offset <= covered);
                assert_eq!(bytes, &text[offset..offset + bytes.len()]);
                assert_eq!(position, LineIndex::new(&text).position(&text, offset));
                covered = offset + bytes.len();
            })
            .unwrap();
        assert_eq!(covered, text.len());
    }

    #[test]
    fn a_whole_file_is_read_to_its_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = vec![b'x'; HEAD * 3 + 1];
        std::fs::write(file.path(), &text).unwrap();
        let mut buffer = Vec::new();
        let (bytes, changed) = open(file.path(), &mut buffer).unwrap().into_whole().unwrap();
        assert_eq!((bytes.len(), changed), (text.len(), false));
    }
}
