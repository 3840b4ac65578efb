//! Path patterns of the configuration, in the syntax of `.gitignore` (<https://git-scm.com/docs/gitignore>).

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::model::ArtifactPath;

/// A list of patterns; the empty list matches nothing.
#[derive(Clone, Debug)]
pub struct PathPatterns(Gitignore);

impl Default for PathPatterns {
    fn default() -> Self {
        Self(Gitignore::empty())
    }
}

impl PathPatterns {
    /// Compiles the patterns. The error names the one that is wrong.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, String> {
        let mut builder = GitignoreBuilder::new("");
        for pattern in patterns {
            let pattern = pattern.as_ref();
            builder
                .add_line(None, pattern)
                .map_err(|error| format!("the path pattern '{pattern}' is wrong: {error}"))?;
        }
        builder.build().map(Self).map_err(|error| format!("the path patterns are wrong: {error}"))
    }

    /// True when the file, or a directory that holds it, matches.
    pub fn matches(&self, path: &ArtifactPath) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let path = Path::new(path.as_str());
        // The nearest part decides, as in git: a file may be taken back by `!`, its directory may not.
        path.ancestors()
            .filter(|part| !part.as_os_str().is_empty())
            .any(|part| self.0.matched(part, part != path).is_ignore())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_directories_match() {
        let patterns = PathPatterns::new(&["tests/fixtures/", "*.lock", "!keep.lock"]).unwrap();
        let matches = |path| patterns.matches(&ArtifactPath::new(path));
        assert!(matches("tests/fixtures/a/b.py") && matches("a/uv.lock"));
        assert!(!matches("tests/fixtures.py") && !matches("keep.lock") && !matches("src/a.py"));
        assert!(PathPatterns::new(&["a{b"]).is_err());
    }
}
