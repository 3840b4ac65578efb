use std::io::Write;

use super::*;
use crate::model::Source;

/// Path and text of every member, and the notes.
fn unpacked(name: &str, bytes: &[u8], budget: Budget) -> (Vec<(String, Vec<u8>)>, Vec<String>) {
    let source = Source::new(ArtifactPath::new(name), bytes);
    assert!(Archive.claims(&source.path, source.text()));
    let mut members = Vec::new();
    let mut budget = budget;
    Archive.unpack(&source, &mut budget, &mut |member, _| members.push((member.path.clone(), member.bytes.to_vec())));
    (members, budget.notes.into_iter().map(|(_, note)| note).collect())
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = tar::Header::new_ustar();
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

use std::io::Cursor;

#[test]
fn members_are_handed_out() {
    let files: [(&str, &[u8]); 2] = [("a/b.py", b"x = 1"), ("c.txt", b"")];
    let expected: Vec<(String, Vec<u8>)> =
        files.iter().map(|(name, text)| ((*name).to_owned(), text.to_vec())).collect();
    for (name, bytes) in [("w.whl", zipped(&files)), ("a.tar", tarred(&files)), ("a.tar.gz", gzipped(&tarred(&files)))]
    {
        let (members, notes) = unpacked(name, &bytes, Budget::default());
        assert_eq!((members, notes), (expected.clone(), Vec::new()), "{name}");
    }
    let (members, _) = unpacked("a.json.gz", &gzipped(b"{}"), Budget::default());
    assert_eq!(members, [("a.json".to_owned(), b"{}".to_vec())]);
}

#[test]
fn budgets_end_the_work_and_say_so() {
    let bomb = gzipped(&vec![0; 1 << 20]);
    let (members, notes) = unpacked("bomb.gz", &bomb, Budget { bytes: 1000, ..Budget::default() });
    assert_eq!((members[0].1.len(), notes.len()), (1000, 1));
    let many = zipped(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let (members, notes) = unpacked("many.zip", &many, Budget { members: 2, ..Budget::default() });
    assert_eq!((members.len(), notes.len()), (2, 1));
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
