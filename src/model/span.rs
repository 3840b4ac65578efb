//! A half-open range of byte offsets.

/// Bytes `start..end` of a [`Source`](super::Source). `start <= end` always holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// Makes a span; an `end` before `start` gives the empty span at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// True when it holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The same span, moved `by` bytes towards the end.
    pub fn shifted(self, by: usize) -> Self {
        Self { start: self.start.saturating_add(by), end: self.end.saturating_add(by) }
    }

    /// True when both have a byte in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// True when every byte of `other` is in `self`.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Spans in order, those that touch as one.
    pub fn merged(mut spans: Vec<Self>) -> Vec<Self> {
        spans.sort_unstable();
        spans.dedup_by(|next, last| {
            let touches = next.start <= last.end;
            if touches {
                last.end = last.end.max(next.end);
            }
            touches
        });
        spans
    }

    /// The part of it on its first line in `text`, without blanks at the end.
    pub fn first_line(self, text: &[u8]) -> Self {
        let written = self.slice(text);
        let line = memchr::memchr(b'\n', written).and_then(|end| written.get(..end)).unwrap_or(written);
        Self { start: self.start, end: self.start.saturating_add(line.trim_ascii_end().len()) }
    }

    /// These bytes of `text`; what lies outside of it is cut off.
    pub fn slice(self, text: &[u8]) -> &[u8] {
        let end = self.end.min(text.len());
        text.get(self.start.min(end)..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines() {
        let text = b"a = [1, \r\n 2]\nb";
        assert_eq!(Span::new(0, 13).first_line(text), Span::new(0, 7));
        assert_eq!(Span::new(14, 15).first_line(text), Span::new(14, 15));
        assert_eq!(Span::new(9, 10).first_line(text), Span::new(9, 9));
    }
}
