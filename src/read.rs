//! Reads an artifact into a buffer that each thread keeps: all of it where it fits, else its beginning.
//!
//! Binary data that no parser claims is recognised by its first 32 KiB and not read further.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::model::{Position, line_index};

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
    /// As long as the longest artifact that was read into it: what was used once is not cleared again.
    buffer: &'b mut Vec<u8>,
    /// How much of it is this artifact's.
    used: usize,
    /// Bytes in the file when it was opened.
    pub len: u64,
}

/// Opens a regular file and reads its beginning.
pub fn open<'b>(path: &Path, buffer: &'b mut Vec<u8>) -> io::Result<Opened<'b>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file any more"));
    }
    let mut opened = Opened { file, buffer, used: 0, len: metadata.len() };
    // One byte more than expected tells a file that grew, and bounds what a growing one can cost.
    opened.fill(opened.len.saturating_add(1).min(HEAD as u64) as usize)?;
    Ok(opened)
}

impl<'b> Opened<'b> {
    /// The bytes read so far.
    pub fn head(&self) -> &[u8] {
        &self.buffer[..self.used]
    }

    /// The head alone.
    pub fn into_head(self) -> &'b [u8] {
        &self.buffer[..self.used]
    }

    /// Reads the rest. The flag is true when the file was not as long as it was when it was opened.
    pub fn into_whole(mut self) -> io::Result<(&'b [u8], bool)> {
        let len = usize::try_from(self.len).map_err(io::Error::other)?;
        if self.used >= HEAD || self.used < len {
            self.fill(len.saturating_add(1).max(HEAD))?;
        }
        Ok((&self.buffer[..self.used.min(len)], self.used != len))
    }

    /// Reads until the buffer holds `end` bytes of the file, or all.
    fn fill(&mut self, end: usize) -> io::Result<()> {
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while self.used < end {
            match self.file.read(&mut self.buffer[self.used..end]) {
                Ok(0) => break,
                Ok(count) => {
                    self.used += count;
                    // More was asked for than this, and there was no more.
                    if self.used as u64 == self.len {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads the file in overlapping windows: `each` gets the bytes, their offset and their position.
    pub fn windows(mut self, mut each: impl FnMut(&[u8], usize, Position)) -> io::Result<()> {
        let end = usize::try_from(self.len).unwrap_or(usize::MAX);
        let mut position = Position { line: 1, column: 1, utf16: 1 };
        let mut offset = 0;
        loop {
            self.fill(WINDOW.min(end - offset))?;
            let window = &self.buffer[..self.used.min(end - offset)];
            each(window, offset, position);
            let last = self.used < WINDOW || offset + self.used >= end;
            if last {
                return Ok(());
            }
            let mut keep_from = window.len() - OVERLAP;
            // Not inside a character: its continuation bytes would count as characters of their own.
            while keep_from > 0
                && window.get(keep_from).is_some_and(|byte| byte & 0xC0 == 0x80)
                && keep_from + 3 > window.len() - OVERLAP
            {
                keep_from -= 1;
            }
            position = advance(position, &window[..keep_from]);
            self.buffer.copy_within(keep_from..self.used, 0);
            self.used -= keep_from;
            offset += keep_from;
        }
    }
}

/// Where `position` is after `text`.
fn advance(position: Position, text: &[u8]) -> Position {
    let here = line_index::end(text);
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
    use crate::model::LineIndex;

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
        // A shorter one in the same buffer shows nothing of it.
        for shorter in [b"yes".as_slice(), b"", &text[..HEAD], &text[..HEAD - 1], &text[..HEAD + 1]] {
            std::fs::write(file.path(), shorter).unwrap();
            let opened = open(file.path(), &mut buffer).unwrap();
            assert_eq!(opened.head(), &shorter[..shorter.len().min(HEAD)]);
            assert_eq!(opened.into_whole().unwrap(), (shorter, false));
        }
    }

    #[test]
    fn a_file_that_grew_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for length in [3, HEAD - 1, HEAD, HEAD + 7] {
            std::fs::write(file.path(), vec![b'x'; length]).unwrap();
            let mut buffer = Vec::new();
            let mut opened = open(file.path(), &mut buffer).unwrap();
            opened.len -= 1;
            let (bytes, changed) = opened.into_whole().unwrap();
            assert_eq!((bytes.len(), changed), (length - 1, true));
        }
    }
}
