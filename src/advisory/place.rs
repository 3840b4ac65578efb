//! Where the store is: `--advisory-db`, else in the directory that `REDAN_CACHE_DIR` names, else in the user's
//! cache directory (<https://specifications.freedesktop.org/basedir/latest/>; `%LOCALAPPDATA%` on Windows).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// File name of the store.
const STORE: &str = "advisories.sqlite";
/// File name of what was asked of package indexes, beside the store.
pub const PACKAGES: &str = "packages.sqlite";

/// The store. `None` when there is neither a variable nor a home to find it by.
pub fn store(explicit: Option<&Path>) -> Option<PathBuf> {
    explicit.map(Path::to_owned).or_else(|| cache_directory().map(|directory| directory.join(STORE)))
}

fn cache_directory() -> Option<PathBuf> {
    directory_of(|name| std::env::var_os(name))
}

/// Relative paths in `XDG_CACHE_HOME` do not count, as its specification says.
fn directory_of(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(directory) = path("REDAN_CACHE_DIR") {
        return Some(directory);
    }
    let system = if cfg!(windows) {
        path("LOCALAPPDATA")
    } else {
        path("XDG_CACHE_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| path("HOME").map(|home| home.join(".cache")))
    };
    system.map(|directory| directory.join("redan"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(windows))]
    fn the_first_variable_that_is_set_decides() {
        let directory = |set: &[(&str, &str)]| {
            directory_of(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
        };
        assert_eq!(directory(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x"), ("REDAN_CACHE_DIR", "r")]), Some("r".into()));
        assert_eq!(directory(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]), Some("/x/redan".into()));
        assert_eq!(directory(&[("HOME", "/h"), ("XDG_CACHE_HOME", "x")]), Some("/h/.cache/redan".into()));
        assert_eq!(directory(&[]), None);
    }
}
