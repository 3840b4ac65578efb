//! SQLite databases: where the values of their records begin. They stand side by side without anything between them, so
//! that a name would touch the key that belongs to it.
//!
//! The file format: <https://www.sqlite.org/fileformat2.html>, sections 1.3, 1.6 and 2.1.

const MAGIC: &[u8] = b"SQLite format 3\0";
/// Bytes before the first page's own header.
const HEADER: usize = 100;
/// Values of one record that are looked at.
const MAX_VALUES: usize = 2048;
/// Places that are given; a page's cells may all point at one record.
const MAX_CUTS: usize = 1 << 20;

/// Where values begin and end, in order; nothing where `file` is no database.
pub(super) fn cuts(file: &[u8]) -> Vec<usize> {
    let mut cuts = Vec::new();
    let size = match number(file, 16, 2) {
        _ if !file.starts_with(MAGIC) => return cuts,
        Some(1) => 1 << 16,
        Some(size @ 512..=32_768) => size,
        _ => return cuts,
    };
    for (index, page) in file.chunks(size).enumerate() {
        let offset = index.saturating_mul(size);
        cells(page, if index == 0 { HEADER } else { 0 }, &mut |at| {
            cuts.push(offset.saturating_add(at));
            cuts.len() < MAX_CUTS
        });
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// Who takes a place, and tells whether there is room for more.
type Give<'g> = &'g mut dyn FnMut(usize) -> bool;

/// Gives where the values of a page's cells begin and end. `start` is where its header stands.
fn cells(page: &[u8], start: usize, give: Give<'_>) {
    // The length of the page's header, and of what stands before a cell's payload length; whether a row's number follows that.
    let (header, before, has_row) = match page.get(start) {
        Some(0x0D) => (8, 0, true),
        Some(0x0A) => (8, 0, false),
        Some(0x02) => (12, 4, false),
        _ => return,
    };
    let Some(count) = number(page, start.saturating_add(3), 2) else { return };
    for cell in 0..count.min(page.len() / 4) {
        let pointer = start.saturating_add(header).saturating_add(cell.saturating_mul(2));
        let Some(mut at) = number(page, pointer, 2).map(|at| at.saturating_add(before)) else { return };
        let fields = if has_row { 2 } else { 1 };
        for _ in 0..fields {
            let Some((_, length)) = variable(page, at) else { return };
            at = at.saturating_add(length);
        }
        if !record(page, at, give) {
            return;
        }
    }
}

/// Gives where the values of the record at `start` begin, and where the last one ends. False when there is no room for more.
fn record(page: &[u8], start: usize, give: Give<'_>) -> bool {
    let Some((header, length)) = variable(page, start) else { return true };
    let end = start.saturating_add(header);
    let (mut at, mut value) = (start.saturating_add(length), end);
    for _ in 0..MAX_VALUES {
        if at >= end || value >= page.len() {
            break;
        }
        let Some((kind, length)) = variable(page, at) else { return true };
        at = at.saturating_add(length);
        if !give(value) {
            return false;
        }
        value = value.saturating_add(match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            _ => kind.saturating_sub(12) / 2,
        });
    }
    value >= page.len() || give(value)
}

/// A number of so many bytes, the highest first.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

/// A number of one to nine bytes, seven bits each, and how many they are.
fn variable(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (length, byte) in bytes.get(at..)?.iter().take(9).enumerate() {
        if length == 8 {
            return Some((value << 8 | usize::from(*byte), 9));
        }
        value = value << 7 | usize::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Some((value, length.saturating_add(1)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn database(rows: &[(&str, &str)]) -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.db");
        let database = rusqlite::Connection::open(&path).unwrap();
        database.execute("create table kv(k text, n integer, v text)", []).unwrap();
        for (key, value) in rows {
            database.execute("insert into kv values(?1, 7000, ?2)", [key, value]).unwrap();
        }
        database.execute("create index i on kv(v, k)", []).unwrap();
        drop(database);
        std::fs::read(path).unwrap()
    }

    #[test]
    fn values_begin_where_the_records_say() {
        let file = database(&[("api_token", "q7Zt0Lw2Vb9Xn4Rk5Ym8"), ("other", "x")]);
        let cuts = cuts(&file);
        let places = memchr::memmem::find_iter(&file, b"q7Zt0Lw2Vb9Xn4Rk5Ym8").collect::<Vec<_>>();
        assert_eq!(places.len(), 2, "in the table and in the index");
        for place in places {
            // The first record stands at the end of its page.
            assert!(cuts.contains(&place) && (cuts.contains(&(place + 20)) || (place + 20) % 4096 == 0));
        }
    }

    proptest! {
        #[test]
        fn damaged_databases_give_places_inside(
            changes in prop::collection::vec((0..12_288_usize, any::<u8>()), 0..40),
            length in 0..12_288_usize,
        ) {
            let mut file = database(&[("api_token", "q7Zt0Lw2Vb9Xn4Rk5Ym8")]);
            for (at, byte) in changes {
                if let Some(place) = file.get_mut(at.max(18)) {
                    *place = byte;
                }
            }
            file.truncate(length);
            prop_assert!(cuts(&file).iter().all(|cut| *cut <= file.len()));
        }
    }
}
