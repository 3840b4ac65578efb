//! Which files are requirements files: by name, or because every line of a text file reads as one.

use super::{line, options};
use crate::model::{ArtifactPath, Pin};
use crate::parse::conda_explicit;
use crate::parse::requirement::{self, RequirementError};

/// True for a requirements or constraints file.
pub(super) fn claims(path: &ArtifactPath, head: &[u8]) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    let extension = path.extension();
    let texts = matches!(extension.as_str(), "txt" | "in" | "pip");
    let templates = matches!(extension.as_str(), "lock" | "j2" | "jinja" | "tmpl" | "template");
    let readable = texts || (templates && name.contains("requirements"));
    if !readable {
        return false;
    }
    if conda_explicit::is_list(head) {
        return false;
    }
    let stem = name.split('.').next().unwrap_or_default();
    let word = |part: &str| part.contains("requirement") || part.contains("constraint") || part == "reqs" || part == "req";
    if name != "manifest.in" && stem.split(['-', '_']).any(word) {
        return true;
    }
    if word(&name) && !matches!(name.as_str(), "manifest.in") {
        return true;
    }
    let in_folder = path
        .directory()
        .split('/')
        .any(|folder| matches!(folder.to_ascii_lowercase().as_str(), "requirements" | "reqs" | "requires" | "constraints"));
    reads_as_one(head, stem, in_folder)
}

/// True when every line of `head` is a requirement or an option and at least one of them says more than a
/// name: a list of words is no requirements file, unless it stands in a folder of such files or is just the
/// one name that the file has.
fn reads_as_one(head: &[u8], stem: &str, in_folder: bool) -> bool {
    if head.contains(&0) {
        return false;
    }
    // The last line may be cut.
    let whole = head.len() < 8192;
    let end = if whole { head.len() } else { memchr::memrchr(b'\n', head).unwrap_or_default() };
    let (mut lines, mut telling, mut own_name) = (0_usize, false, false);
    for logical in line::lines(head.get(..end).unwrap_or_default(), 0) {
        lines = lines.saturating_add(1);
        let text = logical.text.as_ref();
        let split = options::start(text);
        if options::read(text, split).is_err() {
            return false;
        }
        let body = text.get(..split).unwrap_or_default();
        if body.trim().is_empty() {
            telling = true;
            continue;
        }
        match requirement::read(body) {
            Ok(found) if found.fault.is_some() => return false,
            Ok(found) => {
                telling |= found.pin != Pin::Unpinned || !found.extras.is_empty() || found.marker.is_some();
                own_name |= found.name.eq_ignore_ascii_case(stem);
            }
            Err(RequirementError::Path | RequirementError::UnnamedUrl) => {}
            Err(RequirementError::Malformed(_)) => return false,
        }
    }
    lines > 0 && (telling || in_folder || (lines == 1 && own_name))
}
