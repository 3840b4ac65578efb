//! HDF5, as far as its attributes need: a text lies in one piece, so the configuration is found by reading every JSON
//! object that stands anywhere in the file. What a filter compresses is not; attributes have none.
//! <https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html>

use super::collect;
use crate::model::{Document, NotificationKind, Source};
use crate::parse::json::{Reader, tree};
use crate::parse::model_facts::Facts;
use crate::parse::pickle::input::Input;

/// The first bytes, or those behind a user block.
pub(super) const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
/// How much is searched at a time.
const WINDOW: usize = 1 << 20;
/// A longer configuration is not read.
const MAX_CONFIGURATION: usize = 32 << 20;
/// What may be read in vain, of one file.
const MAX_TRIED: usize = 128 << 20;

/// The signature stands at 0, or behind a user block at 512, 1024, 2048 …
pub(in crate::parse) fn is_hdf5(head: &[u8]) -> bool {
    std::iter::once(0).chain((9..15).map(|power| 1 << power)).any(|at: usize| head.get(at..).is_some_and(|head| head.starts_with(SIGNATURE)))
}

/// Collects from every JSON object in the file.
pub(super) fn search(source: &Source<'_>, document: &mut Document<'_>, facts: &mut Facts) {
    let Some(mut input) = Input::of(source, document) else { return };
    let (mut at, mut tried, mut cut) = (0_u64, 0_usize, false);
    while at < source.len() {
        let window = input.read_at(at, WINDOW + 64);
        if window.is_empty() {
            break;
        }
        let mut next = 0;
        for start in memchr::memchr_iter(b'{', &window) {
            if start < next || start >= WINDOW || !opens(window.get(start + 1..).unwrap_or_default()) {
                continue;
            }
            let mut read = attempt(&window, start, facts);
            tried += read.length;
            if read.ends_early && at + (window.len() as u64) < source.len() {
                // It goes on behind the window.
                let longer = input.read_at(at + start as u64, MAX_CONFIGURATION);
                read = attempt(&longer, 0, facts);
                tried += read.length;
                cut |= read.ends_early && longer.len() == MAX_CONFIGURATION;
            }
            if read.whole {
                next = start + read.length;
            }
            if tried > MAX_TRIED {
                break;
            }
        }
        if tried > MAX_TRIED {
            cut = true;
            break;
        }
        at += next.max(WINDOW) as u64;
    }
    if cut {
        document.notify(NotificationKind::BudgetExceeded, "the HDF5 file holds more JSON than is read");
    }
}

/// An object with a key, or the array's first object, begins.
fn opens(behind: &[u8]) -> bool {
    behind.iter().take(64).find(|byte| !byte.is_ascii_whitespace()) == Some(&b'"')
}

struct Attempt {
    length: usize,
    whole: bool,
    ends_early: bool,
}

fn attempt(text: &[u8], start: usize, facts: &mut Facts) -> Attempt {
    match tree(&mut Reader::new(text, start)) {
        Ok(node) => {
            collect(&node, text, facts);
            Attempt { length: node.span.len(), whole: true, ends_early: false }
        }
        Err(error) => Attempt { length: error.at.saturating_sub(start), whole: false, ends_early: error.at >= text.len() },
    }
}
