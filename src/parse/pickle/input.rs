//! The bytes of a pickle: a slice, or a window over a file that long payloads are skipped in.
//!
//! Payloads are never copied: a value remembers the offset of its opcode, and [`Input::read_at`] goes back for the few
//! that are needed (names, call arguments).

use std::io::{self, Read, SeekFrom};

use crate::model::{Document, NotificationKind, ReadSeek, Source};

/// How much of a file is at hand at a time.
const WINDOW: usize = 256 << 10;
/// A longer line is cut: no name or number is that long.
pub(in crate::parse) const MAX_LINE: usize = 64 << 10;

/// A position in the bytes of an artifact or a member.
pub(in crate::parse) struct Input<'i> {
    whole: &'i [u8],
    part: Vec<u8>,
    /// A line that did not lie in one window.
    line: Vec<u8>,
    file: Option<Box<dyn ReadSeek + 'i>>,
    /// Offset of the first byte at hand.
    base: u64,
    /// Index of the next byte in what is at hand.
    at: usize,
    len: u64,
    /// A pickle that may be inside was not read, because there are too many of them.
    pub(in crate::parse) is_cut: bool,
}

impl<'i> Input<'i> {
    /// The bytes of an artifact; that its file cannot be opened any more is told.
    pub(in crate::parse) fn of(source: &'i Source<'_>, document: &mut Document<'_>) -> Option<Self> {
        let input = Self::open(source);
        if let Err(error) = &input {
            document.notify(NotificationKind::Unreadable, format!("could not be read: {error}"));
        }
        input.ok()
    }

    /// The bytes of an artifact.
    pub(in crate::parse) fn open(source: &'i Source<'_>) -> io::Result<Self> {
        if source.complete {
            return Ok(Self::slice(source.text()));
        }
        Ok(Self::file(source.reader()?, source.len()))
    }

    /// All bytes are at hand.
    pub(in crate::parse) fn slice(bytes: &'i [u8]) -> Self {
        Self { whole: bytes, part: Vec::new(), line: Vec::new(), file: None, base: 0, at: 0, len: bytes.len() as u64, is_cut: false }
    }

    /// Reads `len` bytes of `file` window by window.
    pub(in crate::parse) fn file(file: Box<dyn ReadSeek + 'i>, len: u64) -> Self {
        Self { whole: &[], part: Vec::new(), line: Vec::new(), file: Some(file), base: 0, at: 0, len, is_cut: false }
    }

    /// Number of bytes.
    pub(in crate::parse) fn len(&self) -> u64 {
        self.len
    }

    /// Offset of the next byte.
    pub(in crate::parse) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Bytes from here to the end.
    pub(in crate::parse) fn remaining(&self) -> u64 {
        self.len.saturating_sub(self.offset())
    }

    #[inline]
    fn at_hand(&self) -> &[u8] {
        if self.file.is_none() { self.whole } else { &self.part }
    }

    /// The next byte.
    #[inline]
    pub(in crate::parse) fn byte(&mut self) -> Option<u8> {
        if let Some(&byte) = self.at_hand().get(self.at) {
            self.at += 1;
            return Some(byte);
        }
        self.fill(1)?;
        let byte = *self.at_hand().get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// The next `count` bytes; `count` is at most the window.
    #[inline]
    pub(in crate::parse) fn take(&mut self, count: usize) -> Option<&[u8]> {
        if self.at_hand().len().saturating_sub(self.at) < count {
            self.fill(count)?;
        }
        let start = self.at;
        self.at = start.checked_add(count)?;
        self.at_hand().get(start..start + count)
    }

    /// The next `N` bytes.
    #[inline]
    pub(in crate::parse) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Passes over `count` bytes. `None` when there are not as many; the position is then the end.
    #[inline]
    pub(in crate::parse) fn skip(&mut self, count: u64) -> Option<()> {
        let here = self.at_hand().len().saturating_sub(self.at) as u64;
        if count <= here {
            self.at += count as usize;
            return Some(());
        }
        let target = self.offset().saturating_add(count);
        self.seek(target.min(self.len));
        (target <= self.len).then_some(())
    }

    /// Goes to an offset.
    pub(in crate::parse) fn seek(&mut self, offset: u64) {
        let inside = offset.checked_sub(self.base).and_then(|ahead| usize::try_from(ahead).ok());
        match inside.filter(|ahead| *ahead <= self.at_hand().len()) {
            Some(ahead) => self.at = ahead,
            None if self.file.is_none() => self.at = self.whole.len(),
            None => {
                self.base = offset;
                self.at = 0;
                self.part.clear();
            }
        }
    }

    /// The bytes up to the next newline, without it, cut at [`MAX_LINE`]. `None` when there is no newline.
    pub(in crate::parse) fn line(&mut self) -> Option<&[u8]> {
        let start = self.offset();
        let mut searched = 0;
        loop {
            if let Some(found) = memchr::memchr(b'\n', self.at_hand().get(self.at..)?) {
                let end = self.offset() + found as u64;
                let length = usize::try_from(end - start).unwrap_or(usize::MAX).min(MAX_LINE);
                if searched == 0 {
                    // The common case: the line is at hand.
                    let from = self.at;
                    self.at += found + 1;
                    return self.at_hand().get(from..from + length);
                }
                self.line = self.read_at(start, length);
                self.seek(end + 1);
                return Some(&self.line);
            }
            searched += 1;
            let next = self.base + self.at_hand().len() as u64;
            if next >= self.len {
                return None;
            }
            self.seek(next);
            self.fill(1)?;
        }
    }

    /// Up to `count` bytes at `offset`, wherever the position is; the position stays.
    pub(in crate::parse) fn read_at(&mut self, offset: u64, count: usize) -> Vec<u8> {
        let inside = offset.checked_sub(self.base).and_then(|ahead| usize::try_from(ahead).ok());
        let at_hand = self.at_hand();
        let end = inside.map(|start| start.saturating_add(count));
        if let (Some(start), Some(end)) = (inside, end)
            && (end <= at_hand.len() || self.base + at_hand.len() as u64 >= self.len)
            && start <= at_hand.len()
        {
            return at_hand.get(start..end.min(at_hand.len())).unwrap_or_default().to_vec();
        }
        let mut bytes = Vec::new();
        let wanted = self.len.saturating_sub(offset).min(count as u64);
        if let Some(file) = &mut self.file
            && file.seek(SeekFrom::Start(offset)).is_ok()
        {
            // What cannot be read is a name that is not known; the caller says so.
            let _ = file.take(wanted).read_to_end(&mut bytes);
        }
        bytes
    }

    /// Makes at least `count` bytes available from the position on.
    fn fill(&mut self, count: usize) -> Option<()> {
        let offset = self.offset();
        let file = self.file.as_mut()?;
        if self.len.saturating_sub(offset) < count as u64 {
            return None;
        }
        self.part.clear();
        self.base = offset;
        self.at = 0;
        file.seek(SeekFrom::Start(offset)).ok()?;
        let wanted = self.len.saturating_sub(offset).min(WINDOW.max(count) as u64);
        file.take(wanted).read_to_end(&mut self.part).ok()?;
        (self.part.len() >= count).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn both(bytes: &[u8], check: impl Fn(&mut Input<'_>)) {
        check(&mut Input::slice(bytes));
        check(&mut Input::file(Box::new(Cursor::new(bytes)), bytes.len() as u64));
    }

    #[test]
    fn windows_read_as_a_slice_does() {
        let mut bytes = vec![b'x'; WINDOW * 2 + 5];
        bytes.extend_from_slice(b"line\nrest");
        both(&bytes, |input| {
            assert_eq!(input.byte(), Some(b'x'));
            assert_eq!(input.skip(WINDOW as u64 * 2), Some(()));
            assert_eq!(input.take(4), Some(&b"xxxx"[..]));
            assert_eq!(input.line(), Some(&b"line"[..]));
            assert_eq!(input.offset(), bytes.len() as u64 - 4);
            assert_eq!(input.line(), None);
            input.seek(0);
            assert_eq!(input.read_at(bytes.len() as u64 - 4, 100), b"rest");
            assert_eq!(input.line().map(<[u8]>::len), Some(MAX_LINE));
            assert_eq!(input.take(4), Some(&b"rest"[..]));
            assert_eq!(input.byte(), None);
            assert_eq!(input.skip(1), None);
        });
    }
}
