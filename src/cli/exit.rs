//! Exit codes: the same for every format.

/// How a run ended. Ordered by precedence: a usage error beats missing data, which beats findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: clean, or every finding is below `--fail-on`.
    Clean,
    /// 1: findings at or above `--fail-on`.
    Findings,
    /// 3: no usable advisory data or no input; under `--strict` also any notification, or old advisory data.
    Incomplete,
    /// 2: usage or configuration error.
    Usage,
}

impl Exit {
    /// All, with what each means, for the README.
    pub const TABLE: [(Self, &'static str); 4] = [
        (Self::Clean, "clean, or every finding is below `--fail-on`"),
        (Self::Findings, "findings at or above `--fail-on`"),
        (Self::Usage, "usage or configuration error"),
        (
            Self::Incomplete,
            "no usable advisory data, or no input; under `--strict` also anything that was not analysed, or advisory \
             data past `--max-advisory-age`",
        ),
    ];

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_beats_three_beats_one() {
        assert_eq!(Exit::Usage.max(Exit::Incomplete).code(), 2);
        assert_eq!(Exit::Incomplete.max(Exit::Findings).code(), 3);
    }
}
