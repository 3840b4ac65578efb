//! A pack of objects and its index (version 2): <https://git-scm.com/docs/gitformat-pack>.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::bufread::ZlibDecoder;

use super::objects::Kind;
use super::{Id, malformed, variable_width, word};

/// Where the names begin in an index: after the magic number, the version and the table of first bytes.
const NAMES_AT: u64 = 8 + 4 * 256;

/// One pack.
pub(super) struct Pack {
    index: File,
    data: PathBuf,
    id_len: usize,
    /// How many names have this first byte or a smaller one.
    fanout: Vec<u32>,
}

/// One object of a pack, as it is stored.
pub(super) struct Packed {
    /// What its data are.
    pub(super) stored: Stored,
    /// Bytes of the unpacked data.
    pub(super) len: u64,
    /// Unpacks the data.
    pub(super) data: Box<dyn Read>,
}

/// Forms that an object has in a pack.
pub(super) enum Stored {
    /// The object itself.
    Whole(Kind),
    /// A delta against the object at this offset of the same pack.
    DeltaAt(u64),
    /// A delta against the object of this name.
    DeltaOf(Id),
}

impl Pack {
    /// Opens the index of a pack.
    pub(super) fn open(index: &Path, id_len: usize) -> io::Result<Self> {
        let mut file = File::open(index)?;
        let mut head = [0; NAMES_AT as usize];
        file.read_exact(&mut head)?;
        if !head.starts_with(b"\xfftOc") || word(&head, 4) != Some(2) {
            return Err(malformed("the index of a pack has an unknown version"));
        }
        let fanout: Vec<u32> = (0..256).filter_map(|byte| word(&head, 8 + 4 * byte)).collect();
        if !fanout.is_sorted() {
            return Err(malformed("the index of a pack is damaged"));
        }
        Ok(Self { index: file, data: index.with_extension("pack"), id_len, fanout })
    }

    /// The offset of an object in the pack; `None` when it is not there.
    pub(super) fn find(&self, id: &Id) -> io::Result<Option<u64>> {
        let name = id.as_bytes();
        let first = usize::from(name.first().copied().unwrap_or_default());
        let count = |byte: usize| u64::from(self.fanout.get(byte).copied().unwrap_or_default());
        let (begin, end, total) = (first.checked_sub(1).map_or(0, count), count(first), count(255));
        let width = self.id_len as u64;
        let names = self.read(NAMES_AT + begin * width, (end - begin) * width)?;
        let Some(place) = names.chunks_exact(self.id_len).position(|other| other == name) else { return Ok(None) };
        // After the names come checksums and offsets of 4 bytes each, then those offsets that need 8.
        let offsets_at = NAMES_AT + total * (width + 4);
        let offset = self.read(offsets_at + 4 * (begin + place as u64), 4)?;
        let offset = word(&offset, 0).unwrap_or_default();
        if offset >> 31 == 0 {
            return Ok(Some(u64::from(offset)));
        }
        let large = self.read(offsets_at + 4 * total + 8 * u64::from(offset & 0x7FFF_FFFF), 8)?;
        let halves = [word(&large, 0), word(&large, 4)].map(|half| u64::from(half.unwrap_or_default()));
        Ok(Some(halves[0] << 32 | halves[1]))
    }

    /// Bytes of the index. What is asked for is bounded by the index itself.
    fn read(&self, at: u64, len: u64) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        (&self.index).seek(SeekFrom::Start(at))?;
        (&self.index).take(len).read_to_end(&mut out)?;
        if out.len() as u64 == len { Ok(out) } else { Err(malformed("the index of a pack is cut short")) }
    }

    /// The object at `offset`.
    pub(super) fn at(&self, offset: u64) -> io::Result<Packed> {
        let mut file = File::open(&self.data)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut data = BufReader::new(file);
        // The kind in three bits and the size in 4, then 7 bits a byte, least significant first.
        let mut next = || -> io::Result<u8> {
            let mut byte = [0];
            data.read_exact(&mut byte)?;
            Ok(byte[0])
        };
        let mut byte = next()?;
        let kind = byte >> 4 & 7;
        let (mut len, mut shift) = (u64::from(byte & 0x0F), 4);
        while byte & 0x80 != 0 {
            byte = next()?;
            if shift > 53 {
                return Err(malformed("an object of a pack is too large"));
            }
            len |= u64::from(byte & 0x7F) << shift;
            shift += 7;
        }
        let stored = match kind {
            1 => Stored::Whole(Kind::Commit),
            2 => Stored::Whole(Kind::Tree),
            3 => Stored::Whole(Kind::Blob),
            4 => Stored::Whole(Kind::Tag),
            6 => {
                let mut back = vec![next()?];
                while back.last().is_some_and(|byte| byte & 0x80 != 0) && back.len() < 10 {
                    back.push(next()?);
                }
                let base = variable_width(&back).and_then(|(back, _)| offset.checked_sub(back).filter(|_| back > 0));
                Stored::DeltaAt(base.ok_or_else(|| malformed("a delta of a pack has no base"))?)
            }
            7 => {
                let name = (0..self.id_len).map(|_| next()).collect::<io::Result<Vec<u8>>>()?;
                Stored::DeltaOf(Id::new(&name).ok_or_else(|| malformed("a delta of a pack has no base"))?)
            }
            _ => return Err(malformed("an object of a pack has an unknown kind")),
        };
        Ok(Packed { stored, len, data: Box::new(ZlibDecoder::new(data)) })
    }
}
