//! Which major versions of Terraform's provider `azurerm` a constraint allows: defaults differ between them.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/version-constraints>

/// A set of major versions, up to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Majors(u16);

impl Majors {
    /// Every one that has been published.
    const ALL: Self = Self(0b11_1110);
    /// Those that may be in use where nobody says which: 1 and 2 are retired.
    pub(super) const CURRENT: Self = Self(0b11_1000);

    /// Those that a constraint allows; `None` where it is not understood.
    pub(super) fn allowed(constraint: &str) -> Option<Self> {
        let mut allowed = Self::ALL;
        for part in constraint.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let number = part.trim_start_matches(['~', '>', '<', '=', '!', ' ']);
            let operator = part.get(..part.len() - number.len())?.trim();
            let mut numbers = number.trim_start_matches('v').split(['.', '-', '+']).map(|digits| digits.parse::<u32>().ok());
            let major = numbers.next()??;
            let rest: Vec<u32> = numbers.flatten().collect();
            let is_first = rest.iter().all(|number| *number == 0);
            allowed = allowed.and(match operator {
                "" | "=" => Self::only(major),
                // `~> 3` lets the major version rise; `~> 3.1` does not.
                "~>" if rest.is_empty() => Self::from(major),
                "~>" => Self::only(major),
                ">=" | ">" => Self::from(major),
                "<" if is_first => Self::below(major),
                "<" | "<=" => Self::below(major.saturating_add(1)),
                "!=" => Self::ALL,
                _ => return None,
            });
        }
        Some(allowed)
    }

    /// Those in both; those of the first where none is in both.
    pub(super) fn and(self, other: Self) -> Self {
        if self.0 & other.0 == 0 { self } else { Self(self.0 & other.0) }
    }

    /// Their numbers.
    pub(super) fn iter(self) -> impl Iterator<Item = u64> {
        (0..16).filter(move |major| self.0 >> major & 1 == 1)
    }

    fn only(major: u32) -> Self {
        Self(1_u16.checked_shl(major).unwrap_or_default())
    }

    fn below(major: u32) -> Self {
        Self(1_u16.checked_shl(major).unwrap_or_default().wrapping_sub(1))
    }

    fn from(major: u32) -> Self {
        Self(!Self::below(major).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_allow_major_versions() {
        for (constraint, expected) in [
            ("~> 3.41", vec![3]),
            ("~> 3", vec![3, 4, 5]),
            (">= 2.26", vec![2, 3, 4, 5]),
            (">= 3.71, < 5.0.0", vec![3, 4]),
            (">= 3.71, < 5.1.0", vec![3, 4, 5]),
            ("=2.40.0", vec![2]),
            ("2.46.1", vec![2]),
            ("4.0.0-beta1", vec![4]),
            ("!= 3.1", vec![1, 2, 3, 4, 5]),
        ] {
            let majors: Vec<u64> = Majors::allowed(constraint).unwrap().iter().collect();
            assert_eq!(majors, expected, "{constraint}");
        }
        assert_eq!(Majors::allowed("latest"), None);
    }
}
