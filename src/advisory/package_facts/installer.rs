//! Which package index the user's own pip or uv asks: environment variables, then the user's and the system's
//! configuration files. Never a file of the scanned tree.
//! <https://pip.pypa.io/en/stable/topics/configuration/>, <https://docs.astral.sh/uv/concepts/configuration-files/>

use std::ffi::OsString;
use std::path::PathBuf;

/// Configuration files are not larger.
const LIMIT: u64 = 1 << 20;

/// The index that the user's installers are set to; `None` when they are left at their default. It may hold
/// credentials.
pub fn index_url() -> Option<String> {
    index_of(
        |name| std::env::var_os(name),
        |path| {
            let small = std::fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= LIMIT);
            small.and_then(|_| std::fs::read_to_string(path).ok())
        },
    )
}

fn index_of(
    variable: impl Fn(&str) -> Option<OsString>,
    read: impl Fn(&std::path::Path) -> Option<String>,
) -> Option<String> {
    let text = |name: &str| variable(name)?.into_string().ok().filter(|value| !value.trim().is_empty());
    for name in ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"] {
        if let Some(url) = text(name) {
            // uv allows a name before the URL: `corporate=https://…`.
            let named = url.split_once('=').filter(|(name, _)| !name.contains(':'));
            return Some(named.map_or(url.trim(), |(_, url)| url.trim()).to_owned());
        }
    }
    let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = path("HOME").or_else(|| path("USERPROFILE"));
    let configuration = path("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
    let roaming = path("APPDATA");
    let uv = [
        path("UV_CONFIG_FILE"),
        configuration.as_ref().map(|directory| directory.join("uv/uv.toml")),
        roaming.as_ref().map(|directory| directory.join("uv/uv.toml")),
        Some(PathBuf::from("/etc/uv/uv.toml")),
    ];
    let pip = [
        path("PIP_CONFIG_FILE"),
        path("VIRTUAL_ENV").map(|directory| directory.join("pip.conf")),
        configuration.map(|directory| directory.join("pip/pip.conf")),
        home.as_ref().map(|home| home.join(".pip/pip.conf")),
        home.map(|home| home.join("Library/Application Support/pip/pip.conf")),
        roaming.map(|directory| directory.join("pip/pip.ini")),
        Some(PathBuf::from("/etc/pip.conf")),
    ];
    let from_uv = uv.into_iter().flatten().find_map(|path| of_uv(&read(&path)?));
    from_uv.or_else(|| pip.into_iter().flatten().find_map(|path| of_pip(&read(&path)?)))
}

/// `[[index]]` with `default = true`, else `index-url`, also below `[pip]`.
fn of_uv(text: &str) -> Option<String> {
    let table: toml::Table = text.parse().ok()?;
    let url = |table: &toml::Table, key: &str| table.get(key)?.as_str().map(str::to_owned);
    let indexes = table.get("index").and_then(toml::Value::as_array).into_iter().flatten();
    let is_default = |index: &&toml::Table| index.get("default").and_then(toml::Value::as_bool) == Some(true);
    let default = indexes.filter_map(toml::Value::as_table).find(is_default).and_then(|index| url(index, "url"));
    let below = || table.get("pip").and_then(toml::Value::as_table).and_then(|pip| url(pip, "index-url"));
    default.or_else(|| url(&table, "index-url")).or_else(below)
}

/// `index-url` in `[global]`, `[install]` or `[download]`; a section for one command goes before `[global]`.
fn of_pip(text: &str) -> Option<String> {
    let mut section = String::new();
    let mut found: [Option<String>; 3] = [None, None, None];
    for line in text.lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.trim().to_ascii_lowercase();
        } else if let Some((key, value)) = line.split_once(['=', ':'])
            && key.trim().replace('_', "-").eq_ignore_ascii_case("index-url")
            && !line.starts_with(['#', ';'])
            && let Some(place) = ["install", "download", "global"].iter().position(|known| *known == section)
            && let Some(slot) = found.get_mut(place)
        {
            *slot = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        }
    }
    found.into_iter().flatten().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Option<String> {
        index_of(
            |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()),
            |path| {
                files.iter().find(|(known, _)| path == std::path::Path::new(known)).map(|(_, text)| (*text).to_owned())
            },
        )
    }

    #[test]
    fn variables_go_before_files_and_uv_before_pip() {
        let files = [
            (
                "/h/.config/uv/uv.toml",
                "[[index]]\nurl = 'https://extra'\n[[index]]\nurl = 'https://uv'\ndefault = true\n",
            ),
            ("/h/.config/pip/pip.conf", "[global]\nindex-url = https://u:p@pip/simple\n"),
        ];
        assert_eq!(index(&[("HOME", "/h"), ("PIP_INDEX_URL", "https://env")], &files).as_deref(), Some("https://env"));
        assert_eq!(index(&[("UV_DEFAULT_INDEX", "own=https://named")], &files).as_deref(), Some("https://named"));
        assert_eq!(index(&[("HOME", "/h")], &files).as_deref(), Some("https://uv"));
        assert_eq!(index(&[("HOME", "/h")], &files[1..]).as_deref(), Some("https://u:p@pip/simple"));
        assert_eq!(index(&[("HOME", "/h")], &[]), None);
    }

    #[test]
    fn files_of_pip_and_uv_are_read_as_these_do() {
        let pip =
            "[global]\n# index-url = https://no\nindex_url: https://global\n[install]\nindex-url=https://install\n";
        assert_eq!(of_pip(pip).as_deref(), Some("https://install"));
        assert_eq!(of_pip("[search]\nindex-url = https://search\n"), None);
        assert_eq!(of_uv("[pip]\nindex-url = 'https://below'").as_deref(), Some("https://below"));
        assert_eq!(of_uv("not toml ["), None);
    }
}
