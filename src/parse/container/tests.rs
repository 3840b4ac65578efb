//! Tests of model containers: what their bytes say, whatever their names and headers say.

use std::io::{Cursor, Write};

use super::*;

/// Path and text of every member, and the notes.
fn unpacked(name: &str, bytes: &[u8], budget: Budget) -> (Vec<(String, Vec<u8>)>, Vec<String>) {
    let source = Source::new(ArtifactPath::new(name), bytes);
    assert!(Container.claims(&source.path, source.text()));
    let mut members = Vec::new();
    let mut budget = budget;
    Container.unpack(&source, &mut budget, &mut |member, _| members.push((member.path.clone(), member.bytes.to_vec())));
    (members, budget.notes.into_iter().map(|(_, note)| note).collect())
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, ::zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = ::tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *text).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn members_are_handed_out() {
    let files: [(&str, &[u8]); 2] = [("a/b.py", b"x = 1"), ("c.txt", b"")];
    let expected: Vec<(String, Vec<u8>)> = files.iter().map(|(name, text)| ((*name).to_owned(), text.to_vec())).collect();
    for (name, bytes) in [("w.whl", zipped(&files)), ("a.tar", tarred(&files)), ("a.tar.gz", gzipped(&tarred(&files)))] {
        let (members, notes) = unpacked(name, &bytes, Budget::default());
        assert_eq!((members, notes), (expected.clone(), Vec::new()), "{name}");
    }
    let (members, _) = unpacked("a.json.gz", &gzipped(b"{}"), Budget::default());
    assert_eq!(members, [("a.json".to_owned(), b"{}".to_vec())]);
}

#[test]
fn budgets_end_the_work_and_say_so() {
    let bomb = gzipped(&vec![b'x'; 1 << 20]);
    let (members, notes) = unpacked("bomb.gz", &bomb, Budget { bytes: 1000, ..Budget::default() });
    assert_eq!((members[0].1.len(), notes.len()), (1000, 1));
    let many = zipped(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let (members, notes) = unpacked("many.zip", &many, Budget { members: 2, ..Budget::default() });
    assert_eq!((members.len(), notes.len()), (2, 1));
}

#[test]
fn members_without_texts_are_counted_or_searched() {
    let class = [b"\xCA\xFE\xBA\xBE".as_slice(), &[0; 600]].concat();
    let archive = zipped(&[("A.class", &class), ("a/data/0", b"\0\x01tensor"), ("a.txt", b"text")]);
    for (exhaustive, unsearched, handed_out) in [(false, 2, 1), (true, 0, 3)] {
        let source = Source::new(ArtifactPath::new("a.jar"), &archive);
        let mut budget = Budget { wanted: crate::parse::Wanted { exhaustive, ..Default::default() }, ..Budget::default() };
        let mut members = 0;
        Container.unpack(&source, &mut budget, &mut |_, _| members += 1);
        assert_eq!((budget.unsearched, members), (unsearched, handed_out));
    }
}

#[test]
fn many_notes_are_few() {
    let mut budget = Budget::default();
    for number in 0..50 {
        budget.note(NotificationKind::Malformed, number.to_string());
        if number == 9 {
            assert_eq!(std::mem::take(&mut budget.notes).len(), 10);
        }
    }
    assert_eq!(budget.notes.len(), 11);
    assert_eq!(budget.notes[10].1, "more could not be unpacked than is listed");
}

#[test]
fn the_beginning_of_large_data_is_searched_and_that_is_told() {
    let mut data = b"PAR1\x00token".to_vec();
    data.resize(MAX_DATA as usize + 1, 0);
    let (members, notes) = unpacked("a.zip", &zipped(&[("a.parquet", &data), ("b.parquet", &data[..2 << 20])]), Budget::default());
    let lengths: Vec<usize> = members.iter().map(|(_, bytes)| bytes.len()).collect();
    assert_eq!(lengths, [MAX_DATA as usize, 2 << 20]);
    assert_eq!(notes, ["of 'a.parquet' the first 8 MiB alone were searched for secrets"]);
}

#[test]
fn damage_is_named_and_what_was_read_is_kept() {
    let mut cut = gzipped(&b"line of text\n".repeat(1000));
    cut.truncate(cut.len() - 10);
    let (members, notes) = unpacked("cut.gz", &cut, Budget::default());
    assert!(members[0].1.starts_with(b"line of text"));
    assert_eq!(notes.len(), 1);
    let (members, notes) = unpacked("bad.zip", b"PK\x03\x04 and nothing else", Budget::default());
    assert!(members.is_empty());
    assert_eq!(notes.len(), 1);
}

#[test]
fn members_that_only_one_directory_names_are_handed_out() {
    let mut bytes = zipped(&[("a.txt", b"one"), ("b.txt", b"two")]);
    // The central directory forgets the second member.
    let end = bytes.windows(4).rposition(|mark| mark == b"PK\x01\x02").unwrap();
    bytes[end..end + 4].copy_from_slice(b"XXXX");
    let (members, _) = unpacked("m.zip", &bytes, Budget::default());
    assert_eq!(members.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a.txt", "b.txt"]);
    let source = Source::new(ArtifactPath::new("m.zip"), &bytes);
    let mut document = Document::new(&source);
    Container.parse(&source, &mut document);
    assert_eq!(document.model_traits.len(), 1);
}

#[test]
fn flags_and_checksums_do_not_matter() {
    let mut bytes = zipped(&[("a.txt", b"one")]);
    let local = bytes.windows(4).position(|mark| mark == b"PK\x03\x04").unwrap();
    bytes[local + 6] |= 1;
    bytes[local + 14] ^= 0xFF;
    let (members, notes) = unpacked("m.zip", &bytes, Budget::default());
    assert_eq!((members[0].1.as_slice(), notes.len()), (b"one".as_slice(), 1));
}

#[test]
fn a_zip_may_begin_anywhere() {
    let bytes = [b"#!/bin/true\n".as_slice(), &zipped(&[("a.txt", b"one")])].concat();
    assert_eq!(unpacked("m.pt", &bytes, Budget::default()).0.len(), 1);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn broken_archives_are_read_without_a_panic(at in 0_usize..300, byte: u8, cut in 0_usize..300) {
            let files: [(&str, &[u8]); 2] = [("a/b.py", b"x = 1"), ("c.txt", b"some text")];
            for mut bytes in [zipped(&files), tarred(&files), gzipped(&tarred(&files))] {
                let length = bytes.len();
                bytes[at % length] = byte;
                bytes.truncate(length - cut % length);
                let source = Source::new(ArtifactPath::new("x.zip"), &bytes);
                Container.unpack(&source, &mut Budget::default(), &mut |_, _| {});
                Container.parse(&source, &mut Document::new(&source));
            }
        }
    }
}

#[test]
fn members_that_nothing_asked_for_can_be_in_are_not_unpacked() {
    let picture = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 2000]].concat();
    let bytes = zipped(&[("a.png", &picture), ("b.txt", b"x")]);
    let members = |groups| -> Vec<String> {
        let (members, _) = unpacked("m.zip", &bytes, Budget { wanted: crate::parse::Wanted { groups, exhaustive: false }, ..Budget::default() });
        members.into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(members(crate::model::Groups::ALL), ["a.png", "b.txt"]);
    assert_eq!(members(crate::model::Groups::DEPENDENCIES), ["b.txt"]);
}
