//! Specifier text to the set of versions that it allows.
//!
//! PEP 440 clauses <https://peps.python.org/pep-0440/#version-specifiers> with their special rules (`<1.2`
//! leaves out the pre-releases of 1.2, `>1.2` its post-releases), and two dialects translated into the
//! same sets: conda's match specifications
//! <https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html> (`=1.2`, `1.2.*`, `|`) and
//! Poetry's constraints <https://python-poetry.org/docs/dependency-specification/> (`^1.2`, `~1.2`, `||`).
//! The dialects differ from PEP 440 in clauses that PEP 440 does not have, so one reader serves all; only
//! a single `=` means different things to conda and to Python tools.

use std::str::FromStr;

use pep440_rs::Version;

use super::set::{Interval, VersionSet, final_release, lowest, successor};

/// Up to which post-release number `<1.2.postN` leaves out the development releases in between one by one.
const POST_RELEASES: u64 = 64;
/// Clauses that are read of one specifier; real ones have fewer than ten.
const CLAUSES: usize = 256;

/// Whose reading of a specifier holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PEP 440, Poetry and Pipenv: `=1.2` is exactly 1.2.
    Python,
    /// conda: `=1.2` is `1.2.*`.
    Conda,
}

/// What a specifier allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Specifier {
    /// Every version that the clauses admit, pre-releases included.
    pub versions: VersionSet,
    /// True when a clause names a pre-release, so that installers take pre-releases too.
    pub names_prerelease: bool,
}

impl Specifier {
    /// No specifier: any version.
    pub fn any() -> Self {
        Self { versions: VersionSet::all(), names_prerelease: false }
    }

    /// Reads `text`; `None` when a clause is in no dialect known here.
    pub fn parse(text: &str, dialect: Dialect) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(text);
        let mut result = Self { versions: VersionSet::none(), names_prerelease: false };
        for alternative in text.split('|').filter(|part| !part.is_empty() || !text.contains("||")).take(CLAUSES) {
            let mut versions = VersionSet::all();
            for clause in clauses(alternative).take(CLAUSES) {
                let (allowed, names_prerelease) = read_clause(&clause, dialect)?;
                versions = versions.intersection(&allowed);
                result.names_prerelease |= names_prerelease;
            }
            result.versions = result.versions.union(&versions);
        }
        Some(result)
    }

    /// What an installer would take from: the stable versions, unless pre-releases are asked for by the
    /// specifier itself or by `--pre`. PEP 440 also falls back to pre-releases where nothing else exists;
    /// that cannot be known from a file.
    pub fn admitted(&self, pre: bool) -> VersionSet {
        if pre || self.names_prerelease { self.versions.clone() } else { self.versions.stable() }
    }

    /// True when the admitted versions include pre-releases.
    pub fn admits_prereleases(&self, pre: bool) -> bool {
        pre || self.names_prerelease
    }
}

/// The clauses of one alternative. Poetry lets blanks separate them (`>=1.2 <2`).
fn clauses(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(',').flat_map(|part| {
        let mut parts: Vec<String> = Vec::new();
        for word in part.split_whitespace() {
            match parts.last_mut() {
                Some(last) if last.ends_with(is_operator) || !word.starts_with(is_operator) => last.push_str(word),
                _ => parts.push(word.to_owned()),
            }
        }
        parts
    })
}

/// True for the characters that operators are made of.
pub fn is_operator(character: char) -> bool {
    matches!(character, '=' | '<' | '>' | '!' | '~' | '^')
}

/// The versions one clause allows, and whether it asks for pre-releases.
fn read_clause(clause: &str, dialect: Dialect) -> Option<(VersionSet, bool)> {
    let split = clause.find(|character| !is_operator(character)).unwrap_or(clause.len());
    let (operator, operand) = (clause.get(..split)?, clause.get(split..)?);
    if operand == "*" && matches!(operator, "" | "=" | "==" | ">=") {
        return Some((VersionSet::all(), false));
    }
    if operator == "===" {
        // Arbitrary equality compares strings; of the public versions at most the one that reads the same fits.
        let version = Version::from_str(operand).ok();
        let prerelease = version.as_ref().is_some_and(Version::any_prerelease);
        let set = version.map_or_else(VersionSet::none, |version| VersionSet::only(version.without_local()));
        return Some((set, prerelease));
    }
    let (wildcard, operand) = match operand.strip_suffix('*') {
        Some(stem) => (true, stem.trim_end_matches('.')),
        None => (false, operand),
    };
    let version = Version::from_str(operand).ok()?;
    let local = version.is_local();
    let version = version.without_local();
    let prerelease = version.any_prerelease();
    let set = match (operator, wildcard) {
        ("" | "==" | "=", true) => prefix(&version),
        ("=", false) if dialect == Dialect::Conda => prefix(&version),
        ("" | "==" | "=", false) => VersionSet::only(version),
        ("!=", true) => return Some((prefix(&version).complement(), false)),
        // `!=1.2+cu118` leaves 1.2 with every other label.
        ("!=", false) if local => return Some((VersionSet::all(), false)),
        ("!=", false) => return Some((VersionSet::only(version).complement(), false)),
        ("~=", _) => compatible(&version)?,
        // conda permits a superfluous `.*` after an ordering operator.
        (">=", _) => VersionSet::from(version),
        ("<=", _) => VersionSet::below(successor(&version)),
        (">", _) => above(&version),
        ("<", _) => below(&version),
        ("^", _) => caret(&version),
        ("~", _) => tilde(&version),
        _ => return None,
    };
    Some((set, prerelease))
}

/// `==V.*`: every version whose release begins with that of V.
fn prefix(version: &Version) -> VersionSet {
    VersionSet::between(first_of(version), next_release(version, version.release().len()))
}

/// `~=V.N`: `>=V.N, ==V.*`.
fn compatible(version: &Version) -> Option<VersionSet> {
    let kept = version.release().len().checked_sub(1).filter(|kept| *kept > 0)?;
    Some(VersionSet::between(version.clone(), next_release(version, kept)))
}

/// `<V`: below V, without the pre-releases of V unless V is one.
fn below(version: &Version) -> VersionSet {
    if version.any_prerelease() {
        return VersionSet::below(version.clone());
    }
    let below = VersionSet::below(first_of(version));
    let Some(post) = version.post() else {
        return below;
    };
    // `<1.2.post3` keeps 1.2, 1.2.post0 …, and none of the pre- and development releases between.
    let release = final_release(version);
    if post > POST_RELEASES {
        return below.union(&VersionSet::between(release, version.clone()));
    }
    let earlier = (0..post).map(|number| release.clone().with_post(Some(number)));
    let kept = std::iter::once(release.clone()).chain(earlier);
    below.union(&VersionSet::of(kept.map(|version| Interval { end: Some(successor(&version)), start: version })))
}

/// `>V`: above V, without the post-releases of V unless V is one.
fn above(version: &Version) -> VersionSet {
    let above = VersionSet::from(successor(version));
    if version.is_post() {
        return above;
    }
    // Post-releases of the release, and of the pre-release that is named; those of other pre-releases of the
    // same release stay in, which no real project has.
    let posts_of = |version: Version| {
        let after_all = version.clone().with_post(Some(u64::MAX));
        VersionSet::between(version.with_post(Some(0)).with_dev(Some(0)), after_all)
    };
    let above = above.difference(&posts_of(final_release(version)));
    match version.pre() {
        Some(pre) => above.difference(&posts_of(final_release(version).with_pre(Some(pre)))),
        None => above,
    }
}

/// Poetry's `^`: up to the next change of the leftmost number that is not zero.
fn caret(version: &Version) -> VersionSet {
    let release = version.release();
    let kept = release.iter().position(|number| *number != 0).map_or(release.len(), |index| index + 1);
    VersionSet::between(version.clone(), next_release(version, kept))
}

/// Poetry's `~`: up to the next minor version, or the next major one where no minor one is given.
fn tilde(version: &Version) -> VersionSet {
    VersionSet::between(version.clone(), next_release(version, version.release().len().min(2)))
}

/// The lowest version of a release: `1.2` → `1.2.dev0`.
fn first_of(version: &Version) -> Version {
    final_release(version).with_dev(Some(0))
}

/// The lowest version of the release that follows the first `kept` numbers: (`1.2.3`, 2) → `1.3.dev0`.
fn next_release(version: &Version, kept: usize) -> Version {
    let mut release: Vec<u64> = version.release().iter().copied().take(kept.max(1)).collect();
    match release.last_mut() {
        Some(last) => *last = last.saturating_add(1),
        None => return lowest(),
    }
    Version::new(release).with_epoch(version.epoch()).with_dev(Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::set::tests::universe;
    use proptest::prelude::*;

    /// PEP 440's words, clause by clause, on one version: slow, and independent of intervals.
    fn allows(operator: &str, operand: &str, candidate: &Version) -> bool {
        let stem = operand.trim_end_matches(".*");
        let version: Version = stem.parse().unwrap();
        let padded = |version: &Version| {
            let mut release = version.release().to_vec();
            release.resize(8, 0);
            (version.epoch(), release)
        };
        let same_base = padded(&version) == padded(candidate);
        let starts = |count: usize| {
            version.epoch() == candidate.epoch() && padded(&version).1[..count] == padded(candidate).1[..count]
        };
        match operator {
            "==" if operand.ends_with('*') => starts(version.release().len()),
            "!=" if operand.ends_with('*') => !starts(version.release().len()),
            "==" => *candidate == version,
            "!=" => *candidate != version,
            ">=" => *candidate >= version,
            "<=" => *candidate <= version,
            "<" => *candidate < version && (version.any_prerelease() || !candidate.any_prerelease() || !same_base),
            ">" => *candidate > version && (version.is_post() || !candidate.is_post() || !same_base),
            "~=" => *candidate >= version && starts(version.release().len() - 1),
            _ => unreachable!(),
        }
    }

    fn set(text: &str) -> VersionSet {
        Specifier::parse(text, Dialect::Python).unwrap().versions
    }

    #[test]
    fn every_clause_agrees_with_the_text_of_pep_440() {
        let universe = universe();
        for bound in &universe {
            for operator in ["==", "!=", ">=", "<=", "<", ">", "~="] {
                if operator == "~=" && bound.release().len() < 2 {
                    assert!(Specifier::parse(&format!("~={bound}"), Dialect::Python).is_none());
                    continue;
                }
                let operand = bound.to_string();
                let set = set(&format!("{operator}{operand}"));
                for candidate in &universe {
                    // The limit that `above` states.
                    let other_pre = bound.any_prerelease() && candidate.pre().is_some() && candidate.is_post();
                    if operator == ">" && other_pre {
                        continue;
                    }
                    let expected = allows(operator, &operand, candidate);
                    assert_eq!(set.contains(candidate), expected, "{candidate} {operator} {operand}");
                }
            }
        }
    }

    #[test]
    fn wildcards_compare_padded_releases() {
        let universe = universe();
        for operand in ["1.*", "1.2.*", "0.*", "1.0.0.*", "1!0.*", "2.0.*"] {
            for operator in ["==", "!="] {
                let set = set(&format!("{operator}{operand}"));
                for candidate in &universe {
                    assert_eq!(set.contains(candidate), allows(operator, operand, candidate), "{candidate} {operand}");
                }
            }
        }
    }

    #[test]
    fn dialects_translate() {
        let same = |text: &str, dialect, python: &str| {
            let left = Specifier::parse(text, dialect).unwrap().versions.stable();
            assert_eq!(left, set(python).stable(), "{text} as {python}");
        };
        for (poetry, python) in [
            ("^1.2.3", ">=1.2.3,<2"),
            ("^1.2", ">=1.2,<2"),
            ("^0.2.3", ">=0.2.3,<0.3"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^0.0", ">=0.0,<0.1"),
            ("^0", ">=0,<1"),
            ("~1.2.3", ">=1.2.3,<1.3"),
            ("~1.2", ">=1.2,<1.3"),
            ("~1", ">=1,<2"),
            ("1.2.*", "==1.2.*"),
            ("1.2", "==1.2"),
            ("=1.2", "==1.2"),
            ("*", ">=0"),
            (">=1.2 <2", ">=1.2,<2"),
            (">= 1.2, < 2", ">=1.2,<2"),
            ("(>=1.2,<2)", ">=1.2,<2"),
        ] {
            same(poetry, Dialect::Python, python);
        }
        for (conda, python) in [
            ("=1.2", "==1.2.*"),
            ("==1.2", "==1.2"),
            ("1.2.*", "==1.2.*"),
            ("1.2*", "==1.2.*"),
            ("=1.2.*", "==1.2.*"),
            (">=1.2.*,<2", ">=1.2,<2"),
            ("!=1.2.*", "!=1.2.*"),
        ] {
            same(conda, Dialect::Conda, python);
        }
        let either = Specifier::parse("1.2.*|>=2", Dialect::Conda).unwrap().versions;
        assert_eq!(either, set("==1.2.*").union(&set(">=2")));
        same("^1 || ^2", Dialect::Python, ">=1,<3");
    }

    #[test]
    fn what_is_in_no_dialect_is_not_guessed() {
        for text in ["@ https://example.org/a.whl", ">=", "latest", ">=1.2;", "=>1", "{{ version }}"] {
            assert_eq!(Specifier::parse(text, Dialect::Python), None, "{text}");
        }
    }

    #[test]
    fn prereleases_are_admitted_only_when_named() {
        let candidate: Version = "2.0rc1".parse().unwrap();
        let admits = |text: &str, pre| {
            let specifier = Specifier::parse(text, Dialect::Python).unwrap();
            specifier.admits_prereleases(pre) && specifier.admitted(pre).contains(&candidate)
        };
        assert!(!admits(">=1.0", false));
        assert!(admits(">=1.0", true));
        assert!(admits(">=1.0rc1", false));
        assert!(!admits(">=1.0,!=1.5rc1", false));
        assert!(admits("===2.0rc1", false));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[=<>!~^|,. *()0-9a-z+-]{0,24}") {
            let _ = Specifier::parse(&text, Dialect::Python);
            let _ = Specifier::parse(&text, Dialect::Conda);
        }
    }
}
