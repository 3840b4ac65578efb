//! What `torch.load` without `weights_only` does under the torch that is declared for a script.

use crate::model::{ArtifactPath, Dependency, Pin, Repository};
use crate::version::Version;

/// The first version whose default is `weights_only=True`.
const FIRST: [u64; 2] = [2, 6];

/// Every declaration of torch in a repository.
pub(super) struct Declared<'r>(Vec<&'r Dependency>);

/// What `torch.load` does by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TorchDefault {
    /// Every declaration that counts is 2.6 or later, which refuses code.
    Refuses(String),
    /// A declaration that counts is a version before 2.6.
    Allows(String),
    /// A declaration that counts allows versions before 2.6, and later ones.
    MayAllow(String),
    /// Nothing is declared, or no version.
    Unknown,
}

impl<'r> Declared<'r> {
    pub(super) fn of(repository: &'r Repository) -> Self {
        let all = repository.artifacts.iter().flat_map(|facts| &facts.dependencies);
        Self(all.filter(|dependency| matches!(dependency.normalized_name().as_str(), "torch" | "pytorch")).collect())
    }

    /// For a script the declarations count that stand in its directory or else nearest above it; where none does, all.
    pub(super) fn default_for(&self, script: &ArtifactPath) -> TorchDefault {
        let nearest = self.0.iter().filter_map(|dependency| above(dependency, script)).max();
        let counts = self.0.iter().filter(|dependency| nearest.is_none() || above(dependency, script) == nearest);
        let (mut refuses, mut may, mut unknown) = (None, None, false);
        for dependency in counts {
            let said = || format!("'{}' declares torch{}", dependency.declared_at.path, specifier(dependency));
            match judge(&dependency.pin) {
                Some((true, true)) => return TorchDefault::Allows(said()),
                Some((true, false)) => may = may.or_else(|| Some(said())),
                Some((false, _)) => refuses = refuses.or_else(|| Some(said())),
                None => unknown = true,
            }
        }
        match (may, refuses) {
            (Some(may), _) => TorchDefault::MayAllow(may),
            (None, Some(refuses)) if !unknown => TorchDefault::Refuses(refuses),
            _ => TorchDefault::Unknown,
        }
    }
}

/// How deep the directory of a declaration is that is above a script.
fn above(dependency: &Dependency, script: &ArtifactPath) -> Option<usize> {
    let directory = dependency.declared_at.path.directory();
    let rest = script.as_str().strip_prefix(directory)?;
    (directory.is_empty() || directory.ends_with('/') || rest.starts_with('/')).then_some(directory.len())
}

/// `==1.13.1`, ` 1.13.1` of a lock file.
fn specifier(dependency: &Dependency) -> String {
    let starts = |first: char| dependency.specifier.starts_with(first);
    match &dependency.pin {
        Pin::Exact(version) if dependency.specifier.is_empty() => format!(" {version}"),
        _ if starts(' ') || !starts_with_digit(&dependency.specifier) => dependency.specifier.clone(),
        _ => format!(" {}", dependency.specifier),
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

/// Whether versions before 2.6 are allowed, and whether no other is. `None` where no bound is known.
fn judge(pin: &Pin) -> Option<(bool, bool)> {
    let is_before = |text: &str| {
        let version = Version::parse(text.trim().trim_end_matches(".*"));
        version.is_valid().then(|| version.release() < FIRST.as_slice())
    };
    match pin {
        Pin::Exact(version) => is_before(version).map(|before| (before, before)),
        Pin::Range(range) => {
            let parts = || range.split(',').map(str::trim);
            let bound = |operators: &[&'static str]| {
                parts().find_map(|part| operators.iter().find_map(|operator| Some((*operator, part.strip_prefix(operator)?))))
            };
            let upper = bound(&["<=", "<"]).and_then(|(operator, text)| {
                let ends_at_first = operator == "<" && Version::parse(text.trim()).release().iter().take(2).eq(FIRST.iter());
                Some(is_before(text)? || ends_at_first)
            });
            let exact = bound(&["==="]).or_else(|| bound(&["==", "~="])).and_then(|(_, text)| is_before(text));
            let lower = bound(&[">=", ">"]).and_then(|(_, text)| is_before(text));
            match (exact, lower, upper) {
                (_, _, Some(true)) => Some((true, true)),
                (Some(before), ..) => Some((before, before)),
                (_, Some(before), _) => Some((before, false)),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_decide() {
        let range = |text: &str| judge(&Pin::Range(text.to_owned()));
        assert_eq!(range(">=2.6,<3"), Some((false, false)));
        assert_eq!(range(">=1.8"), Some((true, false)));
        assert_eq!(range("<2.6"), Some((true, true)));
        assert_eq!(range("<=2.6"), None);
        assert_eq!(range(">=1.8,<2.6.0"), Some((true, true)));
        assert_eq!(range("~=2.7.0"), Some((false, false)));
        assert_eq!(range("==1.13.*"), Some((true, true)));
        assert_eq!(range("<3"), None);
        assert_eq!(judge(&Pin::Exact("1.8.1+cpu".to_owned())), Some((true, true)));
        assert_eq!(judge(&Pin::Unpinned), None);
    }
}
