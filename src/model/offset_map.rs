//! From offsets in decoded text back to offsets in the file.

use super::span::Span;

/// A run of decoded bytes and the source bytes it came from. Runs of equal length map byte by byte; others
/// (an escape, an entity) map as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    decoded: usize,
    decoded_len: usize,
    source: usize,
    source_len: usize,
}

/// The map of one decoded text. Pieces follow each other in decoded order without gaps.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OffsetMap {
    pieces: Vec<Piece>,
}

impl OffsetMap {
    /// The map of text that stands in the file as it is, `len` bytes from `source` on.
    pub fn identity(source: usize, len: usize) -> Self {
        Self { pieces: vec![Piece { decoded: 0, decoded_len: len, source, source_len: len }] }
    }

    /// Number of decoded bytes that are mapped.
    pub fn decoded_len(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.decoded + piece.decoded_len)
    }

    /// Appends `decoded_len` decoded bytes that came from `source_len` bytes at `source`.
    /// Byte-by-byte runs that continue the last one are merged into it.
    pub fn push(&mut self, decoded_len: usize, source: usize, source_len: usize) {
        if decoded_len == 0 {
            return;
        }
        if let Some(last) = self.pieces.last_mut()
            && decoded_len == source_len
            && last.decoded_len == last.source_len
            && last.source + last.source_len == source
        {
            last.decoded_len += decoded_len;
            last.source_len += source_len;
            return;
        }
        let decoded = self.decoded_len();
        self.pieces.push(Piece { decoded, decoded_len, source, source_len });
    }

    /// Appends the bytes that another map decodes.
    pub fn append(&mut self, other: &Self) {
        other.pieces.iter().for_each(|piece| self.push(piece.decoded_len, piece.source, piece.source_len));
    }

    /// The source bytes that the decoded bytes `span` came from: from the first byte of the first to the
    /// last byte of the last. Offsets past the end map to the end.
    pub fn source_span(&self, span: Span) -> Span {
        let Some(first) = self.piece_at(span.start) else { return Span::default() };
        let start = match first.decoded_len == first.source_len {
            true => first.source + (span.start - first.decoded).min(first.source_len),
            false => first.source,
        };
        if span.is_empty() {
            return Span::new(start, start);
        }
        let Some(last) = self.piece_at(span.end - 1) else { return Span::new(start, start) };
        let end = match last.decoded_len == last.source_len {
            true => last.source + (span.end - last.decoded).min(last.source_len),
            false => last.source + last.source_len,
        };
        Span::new(start, end)
    }

    /// The map of text decoded a second time: `self` maps it to a first decoding, `outer` maps that to the file.
    /// An inner piece whose source is not contiguous in the file maps as a whole.
    pub fn through(&self, outer: &Self) -> Self {
        let mut composed = Self::default();
        for piece in &self.pieces {
            if piece.decoded_len != piece.source_len {
                let source = outer.source_span(Span::new(piece.source, piece.source + piece.source_len));
                composed.push(piece.decoded_len, source.start, source.len());
                continue;
            }
            // A byte-by-byte run splits where the outer map has its seams.
            let (mut at, end) = (piece.source, piece.source + piece.source_len);
            while at < end {
                let Some(seam) = outer.piece_at(at) else { break };
                let stop = end.min((seam.decoded + seam.decoded_len).max(at + 1));
                let source = outer.source_span(Span::new(at, stop));
                composed.push(stop - at, source.start, source.len());
                at = stop;
            }
        }
        composed
    }

    fn piece_at(&self, decoded: usize) -> Option<&Piece> {
        let index = self.pieces.partition_point(|piece| piece.decoded <= decoded);
        self.pieces.get(index.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a\nb` as JSON wrote it: `a`, backslash, `n`, `b` from offset 10.
    fn escaped() -> OffsetMap {
        let mut map = OffsetMap::default();
        map.push(1, 10, 1);
        map.push(1, 11, 2);
        map.push(1, 13, 1);
        map
    }

    #[test]
    fn escapes_map_as_a_whole() {
        let map = escaped();
        assert_eq!(map.source_span(Span::new(0, 1)), Span::new(10, 11));
        assert_eq!(map.source_span(Span::new(1, 2)), Span::new(11, 13));
        assert_eq!(map.source_span(Span::new(0, 3)), Span::new(10, 14));
        assert_eq!(map.source_span(Span::new(2, 3)), Span::new(13, 14));
    }

    #[test]
    fn runs_merge() {
        let mut map = OffsetMap::identity(5, 3);
        map.push(2, 8, 2);
        assert_eq!(map, OffsetMap::identity(5, 5));
    }

    #[test]
    fn maps_compose() {
        // The second decoding drops the first character of the first.
        let mut inner = OffsetMap::default();
        inner.push(2, 1, 2);
        let map = inner.through(&escaped());
        assert_eq!(map.source_span(Span::new(0, 1)), Span::new(11, 13));
        assert_eq!(map.source_span(Span::new(1, 2)), Span::new(13, 14));
    }
}
