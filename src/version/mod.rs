//! Versions of Python packages and their order: PEP 440, and a rule for what is no PEP 440 version.
//!
//! Thin over `pep440_rs`. Every string is a version here: one that PEP 440 rejects (`0.1-bulbasaur`) is a
//! [`Version::Legacy`], ordered below every valid version, as the OSV project orders the PyPI ecosystem.
//! <https://packaging.python.org/en/latest/specifications/version-specifiers/>

mod legacy;
pub mod set;
pub mod specifier;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use legacy::Legacy;

/// A version of a package. Totally ordered; equality is equality of order, so `1.0`, `1.0.0` and `v1.0` are
/// equal. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Not a PEP 440 version. Below every valid one (the order of variants is the order of versions).
    Legacy(Arc<Legacy>),
    /// A PEP 440 version.
    Valid(pep440_rs::Version),
}

impl Version {
    /// Reads any text; never fails. White space around it does not count.
    pub fn parse(text: &str) -> Self {
        let trimmed = text.trim();
        if let Ok(version) = pep440_rs::Version::from_str(trimmed) {
            return Self::Valid(version);
        }
        match clamped(trimmed).map(|text| pep440_rs::Version::from_str(&text)) {
            Some(Ok(version)) => Self::Valid(version),
            _ => Self::Legacy(Arc::new(Legacy::new(text))),
        }
    }

    /// The PEP 440 version, if it is one.
    pub fn pep440(&self) -> Option<&pep440_rs::Version> {
        match self {
            Self::Valid(version) => Some(version),
            Self::Legacy(_) => None,
        }
    }

    /// True when PEP 440 accepts it.
    pub fn is_valid(&self) -> bool {
        self.pep440().is_some()
    }

    /// The numbers of the release segment (`1.10.0rc1` → 1, 10, 0); empty for a legacy version.
    pub fn release(&self) -> &[u64] {
        self.pep440().map_or(&[], |version| version.release())
    }

    /// An alpha, a beta, a release candidate or a development release.
    pub fn is_prerelease(&self) -> bool {
        self.pep440().is_some_and(pep440_rs::Version::any_prerelease)
    }

    /// A post-release.
    pub fn is_postrelease(&self) -> bool {
        self.pep440().is_some_and(pep440_rs::Version::is_post)
    }

    /// It has a local label (`+cu118`).
    pub fn has_local(&self) -> bool {
        self.pep440().is_some_and(pep440_rs::Version::is_local)
    }

    /// The same version without its local label.
    pub fn without_local(&self) -> Self {
        match self {
            Self::Valid(version) if version.is_local() => Self::Valid(version.clone().without_local()),
            other => other.clone(),
        }
    }

    /// Equality as lists of versions mean it: of order for valid versions, of text for legacy ones.
    pub fn is_same_release(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Legacy(a), Self::Legacy(b)) => a.text() == b.text(),
            (Self::Valid(a), Self::Valid(b)) => a == b,
            _ => false,
        }
    }
}

impl From<pep440_rs::Version> for Version {
    fn from(version: pep440_rs::Version) -> Self {
        Self::Valid(version)
    }
}

impl fmt::Display for Version {
    /// The canonical form of a valid version, the text of a legacy one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Legacy(version) => f.write_str(version.text()),
            Self::Valid(version) => version.fmt(f),
        }
    }
}

/// Orders two texts as versions.
pub fn compare(a: &str, b: &str) -> Ordering {
    Version::parse(a).cmp(&Version::parse(b))
}

/// `text` with every number that does not fit 64 bits replaced by the largest that does; `None` when there is
/// none. Such versions stay above all others, and are equal among themselves: the order is exact up to there.
fn clamped(text: &str) -> Option<String> {
    const LARGEST: &str = "18446744073709551615";
    let too_large = |digits: &str| {
        let digits = digits.trim_start_matches('0');
        digits.len() > LARGEST.len() || (digits.len() == LARGEST.len() && digits > LARGEST)
    };
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        if too_large(number) {
            changed = true;
            out.push_str(LARGEST);
        } else {
            out.push_str(number);
        }
        let next = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (other, tail) = tail.split_at(next);
        out.push_str(other);
        rest = tail;
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn assert_ascending(versions: &[&str]) {
        for pair in versions.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{} < {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn order_is_that_of_pep_440() {
        assert_ascending(&[
            "1.dev0",
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0rc1",
            "1.0",
            "1.0+abc",
            "1.0+5",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.1.dev1",
            "1!0.1",
        ]);
    }

    #[test]
    fn spellings_of_one_version_are_equal() {
        for text in ["1.0", "1", "v1.0", " 1.0.0\t", "1.0.0.0.0.0", "0!1"] {
            assert_eq!(Version::parse(text), Version::parse("1.0.0"), "{text}");
        }
        assert_eq!(Version::parse("1.0-1"), Version::parse("1.0.post1"));
    }

    #[test]
    fn legacy_versions_are_below_valid_ones_and_ordered() {
        assert_ascending(&["0.1-bulbasaur", "0.dev0"]);
        assert_ascending(&["2019-09-11", "2019-09-12"]);
        assert_ascending(&["0.2.0-n65", "0.2.0-n653", "0"]);
        assert_ascending(&["", "not-a-version", "1.0.dev1"]);
    }

    #[test]
    fn numbers_beyond_64_bits_are_still_versions() {
        let huge = Version::parse("20240101000000000000000000.1");
        assert!(huge.is_valid());
        assert!(huge > Version::parse("20240101.1"));
    }

    #[test]
    fn local_labels_come_off() {
        assert_eq!(Version::parse("1.13.1+cu118").without_local(), Version::parse("1.13.1"));
        assert!(Version::parse("1.13.1+cu118") > Version::parse("1.13.1"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_version_and_the_order_is_total(a in "[0-9a-z.+!_ -]{0,12}", b in "\\PC{0,8}", c in "[0-9.rc]{0,6}") {
            let [a, b, c] = [a, b, c].map(|text| Version::parse(&text));
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
        }
    }
}
