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

/// The package that a URL, path or file name names. Spans count the bytes of the text.
pub struct Named {
    /// Where the name stands.
    pub name_at: Span,
    /// The version that the archive's file name says.
    pub version: Option<String>,
    /// Extras of an `#egg=` fragment.
    pub extras: Vec<String>,
    /// Clauses after the name of an `#egg=` fragment, as older pip took them: `#egg=name>=1`.
    pub clauses_at: Option<Span>,
    /// It is a wheel, which pip installs as `name==version`.
    pub wheel: bool,
}

/// What `url` names; `None` when it does not say.
pub fn named_by(url: &str) -> Option<Named> {
    if let Some((base, fragment)) = url.split_once('#') {
        let mut at = base.len() + 1;
        for part in fragment.split('&') {
            if let Some(egg) = part.strip_prefix("egg=")
                && let Some(named) = named_by_egg(egg, at + "egg=".len())
            {
                return Some(Named {
                    version: file_name_version(file_part(base)).map(|(_, version)| version),
                    ..named
                });
            }
            at += part.len() + 1;
        }
    }
    let file = file_part(url);
    let (name_length, version) = file_name_version(file)?;
    // `file` is a part of `url`, so the distance of the two is its offset.
    let start = (file.as_ptr() as usize).checked_sub(url.as_ptr() as usize)?;
    let wheel = stem(file).is_some_and(|(_, ending)| ending == ".whl");
    let name_at = Span::new(start, start + name_length);
    Some(Named { name_at, version: Some(version), extras: Vec::new(), clauses_at: None, wheel })
}

/// The version that the file name of `url` says.
pub fn version_of_url(url: &str) -> Option<String> {
    named_by(url)?.version
}

/// `name[extra]>=1` from byte `start` of a URL on.
fn named_by_egg(egg: &str, start: usize) -> Option<Named> {
    let length = egg.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(egg.len());
    let rest = egg.get(length..).filter(|_| length > 0)?;
    let (extras, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((extras, rest)) => (extras.split(',').map(|extra| extra.trim().to_owned()).collect(), rest),
        None => (Vec::new(), rest),
    };
    let clauses_start = start + egg.len() - rest.len();
    Some(Named {
        name_at: Span::new(start, start + length),
        version: None,
        extras,
        clauses_at: rest.starts_with(['=', '<', '>', '!', '~']).then(|| Span::new(clauses_start, start + egg.len())),
        wheel: false,
    })
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
