//! The smallest change of a specifier that clears every advisory of the package.
//!
//! A remedy names only versions that an advisory names as fixed: nothing else is known to exist. It is checked
//! before it is offered: the new specifier allows something, allows nothing affected, and agrees with what
//! sibling declarations of the same environment allow.

use pep440_rs::Version;

use super::verdict::Flaw;
use crate::version::set::{VersionSet, final_release};
use crate::version::specifier::{Dialect, Specifier, is_operator};

/// A specifier that clears all advisories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// The lowest version that it allows.
    pub(crate) version: String,
    /// The new specifier, in the dialect of the old one.
    pub(crate) specifier: String,
}

/// What is asked: how a package is declared, and what else holds.
pub(crate) struct Declared<'d> {
    /// The exact version, where one is named.
    pub(crate) exact: Option<&'d Version>,
    /// The specifier as written, without surrounding blanks; empty when there is none.
    pub(crate) specifier: &'d str,
    /// How to read it.
    pub(crate) dialect: Dialect,
    /// What the declaration allows.
    pub(crate) allowed: &'d VersionSet,
    /// What sibling declarations of the same package allow.
    pub(crate) siblings: &'d VersionSet,
    /// Installers take pre-releases here.
    pub(crate) prereleases: bool,
}

/// Finds a remedy for all of `flaws`; `None` when no version is known that clears them all.
pub(crate) fn remedy(declared: &Declared<'_>, flaws: &[Flaw<'_>]) -> Option<Remedy> {
    let mut affected = flaws.iter().fold(VersionSet::none(), |set, flaw| set.union(&flaw.affected));
    if !declared.prereleases {
        affected = affected.stable();
    }
    let mut candidates: Vec<&Version> = flaws
        .iter()
        .flat_map(|flaw| &flaw.fixed)
        .filter(|version| declared.prereleases || version.is_stable())
        .filter(|version| !affected.contains(version) && declared.siblings.contains(version))
        .collect();
    candidates.sort();
    candidates.dedup();
    let attempt = |version: &Version, specifier: String| {
        let new = Specifier::parse(&specifier, declared.dialect)?;
        let allowed = new.admitted(declared.prereleases).intersection(declared.siblings);
        let clears = allowed.contains(version) && allowed.is_disjoint(&affected);
        clears.then(|| Remedy { version: version.to_string(), specifier })
    };
    if let Some(exact) = declared.exact {
        let version = candidates.into_iter().find(|version| *version > exact)?;
        return attempt(version, exactly(declared, version));
    }
    // First stay inside of what is allowed now, then lift the upper bound.
    let inside = candidates.iter().filter(|version| declared.allowed.contains(version));
    let narrowed = inside.flat_map(|version| narrowings(declared, version).map(move |specifier| (*version, specifier)));
    let lifted = candidates.iter().flat_map(|version| liftings(declared, version).map(move |specifier| (*version, specifier)));
    narrowed.chain(lifted).find_map(|(version, specifier)| attempt(version, specifier))
}

/// The last version that any flaw affects, where the advisories name no fixed version above it: what comes later is not
/// known to be affected, nor known to exist.
pub(crate) fn last_affected(flaws: &[Flaw<'_>]) -> Option<Version> {
    let affected = flaws.iter().fold(VersionSet::none(), |set, flaw| set.union(&flaw.affected));
    let end = affected.intervals().last()?.end.as_ref()?;
    // An inclusive end is the successor of the last version: `21.12` → `21.12.post0.dev0`.
    (end.post() == Some(0) && end.dev() == Some(0)).then(|| final_release(end))
}

/// The exact pin of another version, spelled like the old one.
fn exactly(declared: &Declared<'_>, version: &Version) -> String {
    let operator_len = declared.specifier.find(|character| !is_operator(character)).unwrap_or(declared.specifier.len());
    match declared.specifier.get(..operator_len) {
        Some("===") => format!("=={version}"),
        Some(operator) => format!("{operator}{version}"),
        None => format!("=={version}"),
    }
}

/// Specifiers that keep all clauses and begin at `version`, the smallest change first.
fn narrowings(declared: &Declared<'_>, version: &Version) -> impl Iterator<Item = String> {
    let specifier = declared.specifier.trim();
    if specifier.is_empty() || specifier == "*" || specifier.contains('|') {
        let fresh = (!specifier.contains('|')).then(|| format!(">={version}"));
        return [fresh, None].into_iter().flatten();
    }
    let clauses: Vec<&str> = specifier.split(',').map(str::trim).filter(|clause| !clause.is_empty()).collect();
    let is_lower = |clause: &str| clause.starts_with('>');
    let replaced = match clauses.iter().position(|clause| is_lower(clause) || clause.starts_with('^')) {
        Some(index) => {
            let mut clauses: Vec<String> = clauses.iter().map(|clause| (*clause).to_owned()).collect();
            if let Some(clause) = clauses.get_mut(index) {
                let operator = if is_lower(clause) { ">=" } else { "^" };
                *clause = format!("{operator}{version}");
            }
            Some(clauses.join(","))
        }
        None => None,
    };
    let kept: Vec<String> = clauses.iter().map(|clause| spelled_out(clause, declared.dialect)).collect();
    let added = format!(">={version},{}", kept.join(","));
    [replaced, Some(added)].into_iter().flatten()
}

/// Specifiers without the old upper bound. Where later versions are affected again, the remedy stays below the
/// next major version: a declaration that had an upper bound does not mind one.
fn liftings(declared: &Declared<'_>, version: &Version) -> impl Iterator<Item = String> {
    let caret = declared.specifier.starts_with('^').then(|| format!("^{version}"));
    let major = version.release().first().filter(|_| version.epoch() == 0).and_then(|major| major.checked_add(1));
    let capped = major.map(|major| format!(">={version},<{major}"));
    [caret, Some(format!(">={version}")), capped].into_iter().flatten()
}

/// conda's `=1.2` and a bare `1.2.*` next to other clauses read better, and in every dialect, as `==1.2.*`.
fn spelled_out(clause: &str, dialect: Dialect) -> String {
    let fuzzy = clause.strip_prefix('=').filter(|rest| !rest.starts_with('=')).filter(|_| dialect == Dialect::Conda);
    let bare = clause.starts_with(|first: char| first.is_ascii_digit()).then_some(clause);
    match fuzzy.or(bare) {
        Some(version) if fuzzy.is_some() => format!("{}.*", version.trim_end_matches('*').trim_end_matches('.')),
        Some(version) if dialect == Dialect::Python => format!("=={version}"),
        _ => clause.to_owned(),
    }
}
