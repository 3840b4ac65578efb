//! What the store promises: all or nothing, and damage is never taken for good data.

use super::*;

fn entries(ids: &[&str]) -> Vec<Entry> {
    let line = |id: &str| format!("{id}\tCVE-1\t2020-01-01\t2020-01-02\t\t\t>=0 <2");
    ids.iter()
        .map(|id| Entry {
            id: (*id).to_owned(),
            modified: "2020-01-02T00:00:00Z".to_owned(),
            withdrawn: String::new(),
            summary: "a summary".to_owned(),
            details: "two\nlines".to_owned(),
            references: vec!["https://a".to_owned(), "https://b".to_owned()],
            facts: vec![("a".to_owned(), Facts::parse(&line(id))), ("b".to_owned(), Facts::parse(&line(id)))],
        })
        .collect()
}

fn store(ids: &[&str]) -> (tempfile::TempDir, Database, Head) {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::new(directory.path().join("new/ad visories?#%.sqlite"));
    let turn = database.turn(|| {}).unwrap();
    let head = Head { source: "here".to_owned(), fetched: "2024-01-01T00:00:00Z".parse().unwrap(), ..Head::default() };
    let head = database.replace(&turn, &entries(ids), head).unwrap();
    (directory, database, head)
}

#[test]
fn what_is_written_is_read() {
    let (_directory, database, head) = store(&["P-1", "P-2"]);
    let (snapshot, read) = database.snapshot().unwrap().unwrap();
    assert_eq!((read.records, read.packages, read.digest.as_str()), (2, 2, head.digest.as_str()));
    assert_eq!(snapshot.package("b").unwrap().advisories().len(), 2);
    assert_eq!(database.entries().unwrap(), entries(&["P-1", "P-2"]));
    assert_eq!(database.entry("p-2").unwrap().unwrap().id, "P-2");
    assert!(database.entry("P-3").unwrap().is_none());
    assert!(database.verify().unwrap().is_some());
}

#[test]
fn no_store_is_not_an_error() {
    assert!(Database::new("/nonexistent/x.sqlite").snapshot().unwrap().is_none());
}

#[test]
fn damage_never_looks_like_no_advisories() {
    let (_directory, database, _) = store(&["P-1"]);
    let intact = fs::read(database.path()).unwrap();
    for broken in [Vec::new(), b"<html>not a database</html>".to_vec(), intact[..intact.len() / 2].to_vec()] {
        fs::write(database.path(), broken).unwrap();
        assert!(matches!(database.snapshot(), Err(Error::Damaged { .. })));
    }
    let at = intact.windows(5).position(|bytes| bytes == b">=0 <").unwrap();
    let mut flipped = intact;
    for window in (0..flipped.len() - 5).filter(|window| *window >= at) {
        if flipped[window..].starts_with(b">=0 <") {
            flipped[window + 2] = b'9';
        }
    }
    fs::write(database.path(), flipped).unwrap();
    assert!(matches!(database.snapshot(), Err(Error::Damaged { .. })));
}

#[test]
fn another_schema_is_said() {
    let (_directory, database, _) = store(&["P-1"]);
    let connection = Connection::open(database.path()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = database.snapshot().err().unwrap();
    assert!(matches!(error, Error::Schema { found: 99, .. }));
    assert!(error.help().starts_with("update redan"));
}

#[test]
fn a_check_counts_for_its_store_alone() {
    let (_directory, database, head) = store(&["P-1"]);
    let checked: Timestamp = "2024-02-01T00:00:00Z".parse().unwrap();
    let turn = database.turn(|| {}).unwrap();
    database.note_check(&turn, &Head { checked, changes_tag: "tag".to_owned(), ..head.clone() }).unwrap();
    assert_eq!(database.head().unwrap().unwrap().checked, checked);
    database.note_check(&turn, &Head { checked, digest: "other".to_owned(), ..head.clone() }).unwrap();
    assert_eq!(database.head().unwrap().unwrap().checked, head.fetched);
}

#[test]
fn leftovers_of_a_refresh_that_died_are_removed() {
    let (_directory, database, _) = store(&["P-1"]);
    let leftover = database.directory().join(format!("{}abc{TEMPORARY}", database.temporary_prefix()));
    fs::write(&leftover, "half").unwrap();
    let _turn = database.turn(|| {}).unwrap();
    assert!(!leftover.exists());
}
