//! Reads a file from any place. Archives are read a few bytes here, a few there: what was read is kept for those
//! that are near.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Bytes that are read at once.
const AT_ONCE: usize = 64 << 10;

/// A buffered file. A standard buffer is thrown away at every seek; this one only when the place is not in it.
pub struct Reader<R = File> {
    buffered: BufReader<R>,
    /// Where the next byte stands.
    at: u64,
}

impl<R: Read + Seek> Reader<R> {
    /// From the start of `inner`.
    pub fn new(inner: R) -> Self {
        Self { buffered: BufReader::with_capacity(AT_ONCE, inner), at: 0 }
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.buffered.read(out)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl<R: Seek> Seek for Reader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let distance = match to {
            SeekFrom::Start(place) => i64::try_from(i128::from(place) - i128::from(self.at)).ok(),
            SeekFrom::Current(distance) => Some(distance),
            SeekFrom::End(_) => None,
        };
        self.at = match distance {
            Some(distance) => {
                self.buffered.seek_relative(distance)?;
                self.at.wrapping_add_signed(distance)
            }
            None => self.buffered.seek(to)?,
        };
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    proptest! {
        #[test]
        fn it_reads_what_stands_there(steps in prop::collection::vec((0..3u8, -70_000..210_000i64, 0..70_000usize), 1..20)) {
            let bytes: Vec<u8> = (0..200_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            let mut plain = Cursor::new(&bytes);
            let mut kept = Reader::new(Cursor::new(&bytes));
            for (kind, place, count) in steps {
                let to = match kind {
                    0 => SeekFrom::Start(place.unsigned_abs()),
                    1 => SeekFrom::Current(place),
                    _ => SeekFrom::End(-place),
                };
                let (expected, found) = (plain.seek(to), kept.seek(to));
                prop_assert_eq!(expected.is_ok(), found.is_ok());
                if let (Ok(expected), Ok(found)) = (expected, found) {
                    prop_assert_eq!(expected, found);
                }
                let (mut expected, mut found) = (Vec::new(), Vec::new());
                (&mut plain).take(count as u64).read_to_end(&mut expected).unwrap();
                (&mut kept).take(count as u64).read_to_end(&mut found).unwrap();
                prop_assert!(expected == found);
            }
        }
    }
}
