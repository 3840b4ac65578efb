//! HDF5 files that PyTables writes, and pandas with it (`to_hdf`): attributes that have no type of HDF5, and columns of
//! objects, are pickles, which opening the file or reading the column loads.
//! <https://www.pytables.org/usersguide/tutorials.html#setting-and-getting-user-attributes>
//!
//! They lie in one piece. What a filter compresses is not read.

use super::Parser;
use super::keras::hdf5::is_hdf5;
use super::pickle::{self, input::Input, stream};
use crate::model::{ArtifactPath, Document, Groups, Source};

/// Files of PyTables.
pub struct Pytables;

/// The attribute that PyTables gives to the root of every file.
const MARK: &[u8] = b"PYTABLES_FORMAT_VERSION";

impl Parser for Pytables {
    fn name(&self) -> &'static str {
        "pytables"
    }

    fn reads(&self) -> &'static str {
        "HDF5 of PyTables and pandas: pickled attributes and columns"
    }

    fn serves(&self) -> Groups {
        Groups::MODELS
    }

    fn claims(&self, _path: &ArtifactPath, head: &[u8]) -> bool {
        is_hdf5(head) && memchr::memmem::find(head, MARK).is_some()
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let Some(mut input) = Input::of(source, document) else { return };
        let streams = stream::stored(&mut input);
        pickle::tell_cut(input.is_cut, document);
        pickle::add(streams, source, document, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Standing;

    /// A file with this in it; only what stands around the pickles is HDF5.
    fn file(pickles: &[&[u8]]) -> Vec<u8> {
        let mut file = b"\x89HDF\r\n\x1a\n".to_vec();
        file.resize(256, 0);
        file.extend_from_slice(MARK);
        for pickle in pickles {
            file.extend_from_slice(&[0; 40]);
            file.extend_from_slice(pickle);
        }
        file.extend_from_slice(&[0; 64]);
        file
    }

    fn read(bytes: &[u8]) -> Vec<String> {
        let source = Source::new(ArtifactPath::new("x.h5"), bytes);
        assert!(Pytables.claims(&source.path, bytes));
        let mut document = Document::new(&source);
        Pytables.parse(&source, &mut document);
        assert!(document.pickles.iter().all(|pickle| pickle.standing == Standing::Loaded));
        document.imports.iter().map(|import| format!("{}.{} @{}", import.module, import.name, import.offset)).collect()
    }

    #[test]
    fn pickles_of_all_protocols_are_found() {
        let attribute = b"(lp0\ncposix\nsystem\np1\n(Vid\np2\ntp3\nRp4\na.";
        let column = b"\x80\x04\x95\x1b\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.";
        assert_eq!(read(&file(&[attribute, column])), ["posix.system @324", "posix.system @427"]);
    }

    #[test]
    fn other_ways_to_write_them_and_long_ones_are_found() {
        assert_eq!(read(&file(&[b"(S'id'\nios\nsystem\n."])), ["os.system @326"]);
        assert_eq!(read(&file(&[b"\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R."])), ["posix.system @334"]);
        let mut long = b"\x80\x04B\x00\x00\x30\x00".to_vec();
        long.resize(long.len() + (3 << 20), b'x');
        long.extend_from_slice(b"0cposix\nsystem\n(Vid\ntR.");
        assert_eq!(read(&file(&[&long])).len(), 1);
    }

    #[test]
    fn plain_attributes_import_nothing() {
        assert_eq!(read(&file(&[b"(dp0\nVa\np1\nI1\ns.", b"clat\nlon\n\0\0", b"(lp0\nI1\na."])), Vec::<String>::new());
        let source = b"\x89HDF\r\n\x1a\n of another library";
        assert!(!Pytables.claims(&ArtifactPath::new("x.h5"), source));
    }
}
