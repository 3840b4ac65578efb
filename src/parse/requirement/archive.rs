//! The package that a URL or the file name of an archive names.
//!
//! Wheels: <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>; source
//! distributions: <https://packaging.python.org/en/latest/specifications/source-distribution-format/>;
//! `#egg=`: pip's VCS support. Nothing is opened: a name that the text does not say stays unknown.

use crate::model::Span;

/// File name endings that pip takes for an archive.
const ARCHIVES: [&str; 13] = [
    ".whl",
    ".tar.gz",
    ".zip",
    ".tgz",
    ".tar.bz2",
    ".tar.xz",
    ".tbz",
    ".txz",
    ".tar",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
    ".egg",
];

/// True when `text` ends as an archive's file name does (a fragment or query after it does not count).
pub(super) fn is_archive(text: &str) -> bool {
    stem(file_part(text)).is_some()
}

/// Where in `url` the name stands, the version if it is said, and the extras of an `#egg=` fragment.
pub fn name_and_version_of_url(url: &str) -> Option<(Span, Option<String>, Vec<String>)> {
    if let Some((base, fragment)) = url.split_once('#') {
        let mut at = base.len() + 1;
        for part in fragment.split('&') {
            if let Some(egg) = part.strip_prefix("egg=") {
                let start = at + "egg=".len();
                let length = egg.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(egg.len());
                if length == 0 {
                    break;
                }
                let extras =
                    egg.get(length..).and_then(|rest| rest.strip_prefix('[')).and_then(|rest| rest.split(']').next());
                let extras = extras.map(|extras| extras.split(',').map(|extra| extra.trim().to_owned()).collect());
                let version = file_name_version(file_part(base)).map(|(_, version)| version);
                return Some((Span::new(start, start + length), version, extras.unwrap_or_default()));
            }
            at += part.len() + 1;
        }
    }
    let file = file_part(url);
    let (name_length, version) = file_name_version(file)?;
    // `file` is a part of `url`, so the distance of the two is its offset.
    let start = (file.as_ptr() as usize).checked_sub(url.as_ptr() as usize)?;
    Some((Span::new(start, start + name_length), Some(version), Vec::new()))
}

/// Name and version of an archive's file name; `None` when it is none or does not say both.
pub fn name_and_version(file_name: &str) -> Option<(&str, String)> {
    let (length, version) = file_name_version(file_name)?;
    Some((file_name.get(..length)?, version))
}

/// The length of the name at the start of an archive's file name, and the version after it.
fn file_name_version(file: &str) -> Option<(usize, String)> {
    let (stem, ending) = stem(file)?;
    let (name, version) = if ending == ".whl" {
        let mut parts = stem.split('-');
        (parts.next()?, parts.next()?)
    } else {
        // The version of a source distribution begins after the last hyphen that a digit follows.
        let at = stem
            .match_indices('-')
            .map(|(at, _)| at)
            .rfind(|at| stem.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())))?;
        (stem.get(..at)?, stem.get(at + 1..)?)
    };
    let valid = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && version.starts_with(|c: char| c.is_ascii_digit());
    valid.then(|| (name.len(), version.replace("%2B", "+").replace("%2b", "+").replace("%21", "!")))
}

/// The last part of a URL's or path's path.
fn file_part(url: &str) -> &str {
    let end = url.find(['#', '?']).unwrap_or(url.len());
    let path = url.get(..end).unwrap_or(url);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The file name before its archive ending, and the ending.
fn stem(file: &str) -> Option<(&str, &'static str)> {
    ARCHIVES.iter().find_map(|ending| {
        let at = file.len().checked_sub(ending.len())?;
        let tail = file.get(at..)?;
        (at > 0 && tail.eq_ignore_ascii_case(ending)).then(|| (file.get(..at).unwrap_or_default(), *ending))
    })
}
