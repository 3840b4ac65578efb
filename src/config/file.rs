//! `redan.toml`, `.redan.toml` and `[tool.redan]` of `pyproject.toml`: found, read, checked.
//!
//! The nearest one at or above the scanned directory, up to the root of the scan, is used alone: nothing is merged but
//! what it names with `extend`. The file may come from whoever wrote the scanned tree, so it can silence findings (which
//! every report counts) and nothing else, and extend only files below the root; `--isolated` leaves it unread.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Ignore, PathPatterns};
use crate::model::{Confidence, Severity};

/// The JSON Schema of the file; the one list of its keys.
pub const SCHEMA: &str = include_str!("../../schemas/config.schema.json");
/// Files that extend each other.
const MAX_EXTENDS: usize = 8;
/// Bytes that a configuration may have.
const MAX_BYTES: u64 = 1 << 20;

/// What a configuration file says. `None` and empty lists mean that it does not say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "schemas/config.schema.json documents each key")]
pub struct ConfigFile {
    pub extend: Option<PathBuf>,
    pub only: Vec<String>,
    pub skip: Vec<String>,
    pub exclude: Vec<String>,
    pub fail_on: Option<Threshold>,
    pub fail_on_fixable: Option<bool>,
    pub min_severity: Option<Severity>,
    pub min_confidence: Option<Confidence>,
    pub strict: Option<bool>,
    pub baseline: Option<PathBuf>,
    pub max_advisory_age: Option<u32>,
    pub index_url: Option<String>,
    pub ignore: Vec<IgnoreEntry>,
}

/// `fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Threshold {
    Never,
    Low,
    Medium,
    High,
    Critical,
}

impl Threshold {
    /// The severity; `None` for never.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Never => None,
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
        }
    }
}

/// One `[[ignore]]`, as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "schemas/config.schema.json documents each key")]
pub struct IgnoreEntry {
    pub rule: Option<String>,
    pub package: Option<String>,
    pub path: Option<String>,
    pub reason: String,
    pub until: String,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", .file.display())]
pub struct ConfigError {
    /// Which file.
    pub file: PathBuf,
    /// What is wrong, with its place where TOML tells it.
    pub reason: String,
    /// What to do; may be empty.
    pub help: String,
}

/// Finds and reads the configuration for `directory`, which lies in `root` or is it.
pub fn discover(directory: &Path, root: &Path) -> Result<Option<(PathBuf, ConfigFile)>, ConfigError> {
    for directory in directory.ancestors().take_while(|directory| directory.starts_with(root)) {
        for name in ["redan.toml", ".redan.toml", "pyproject.toml"] {
            let file = directory.join(name);
            // A link could lead out of the tree; whoever wants one can name it with --config.
            if file.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
                && let Some(config) = load(&file)?
            {
                let config = extended(&file, config, Some(root))?;
                return Ok(Some((file, config)));
            }
        }
    }
    Ok(None)
}

/// Joins `config`, which stands in `file`, with what it extends: what it says itself goes first, lists are joined. With
/// `root`, only files below it are read.
pub fn extended(file: &Path, config: ConfigFile, root: Option<&Path>) -> Result<ConfigFile, ConfigError> {
    let (mut whole, mut at) = (config, file.to_path_buf());
    for _ in 0..MAX_EXTENDS {
        let Some(name) = whole.extend.take() else { return Ok(whole) };
        let wrong = |reason: String, help: &str| ConfigError { file: at.clone(), reason, help: help.to_owned() };
        let named = at.parent().unwrap_or(Path::new(".")).join(&name);
        let base = named.canonicalize().map_err(|error| {
            wrong(
                format!("`extend = \"{}\"` cannot be read: {error}", name.display()),
                "name a file relative to this one",
            )
        })?;
        if root.is_some_and(|root| !base.starts_with(root)) {
            let reason = format!("`extend = \"{}\"` leads out of the root of the scan", name.display());
            return Err(wrong(
                reason,
                "name this configuration with --config to allow it, or --root a directory above",
            ));
        }
        let Some(config) = load(&base)? else {
            return Err(wrong(format!("`extend = \"{}\"` names a file without [tool.redan]", name.display()), ""));
        };
        whole = whole.over(config);
        at = base;
    }
    let reason = format!("more than {MAX_EXTENDS} files extend each other, or in a circle");
    Err(ConfigError { file: file.to_path_buf(), reason, help: "take one `extend` out".to_owned() })
}

impl ConfigFile {
    /// This over `base`.
    fn over(self, base: Self) -> Self {
        let joined = |base: Vec<String>, own: Vec<String>| base.into_iter().chain(own).collect();
        Self {
            extend: base.extend,
            only: if self.only.is_empty() { base.only } else { self.only },
            skip: joined(base.skip, self.skip),
            exclude: joined(base.exclude, self.exclude),
            fail_on: self.fail_on.or(base.fail_on),
            fail_on_fixable: self.fail_on_fixable.or(base.fail_on_fixable),
            min_severity: self.min_severity.or(base.min_severity),
            min_confidence: self.min_confidence.or(base.min_confidence),
            strict: self.strict.or(base.strict),
            // A baseline is of one tree: it is not taken over.
            baseline: self.baseline,
            max_advisory_age: self.max_advisory_age.or(base.max_advisory_age),
            index_url: self.index_url.or(base.index_url),
            ignore: base.ignore.into_iter().chain(self.ignore).collect(),
        }
    }
}

/// Reads one file. `None` for a `pyproject.toml` without `[tool.redan]`.
pub fn load(file: &Path) -> Result<Option<ConfigFile>, ConfigError> {
    let wrong = |reason: String| ConfigError { file: file.to_path_buf(), reason, help: String::new() };
    let metadata = file.metadata().map_err(|error| wrong(format!("cannot be read: {error}")))?;
    if metadata.len() > MAX_BYTES {
        return Err(wrong("is larger than 1 MiB".to_owned()));
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let is_pyproject = file.file_name().is_some_and(|name| name == "pyproject.toml");
    if is_pyproject && !text.contains("redan") {
        return Ok(None);
    }
    let table: toml::Table = match toml::from_str(&text) {
        Ok(table) => table,
        // Whether a broken pyproject.toml matters is for its parser to say.
        Err(_) if is_pyproject => return Ok(None),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let table = match (is_pyproject, table) {
        (false, table) => table,
        (true, mut table) => match table.remove("tool").and_then(|tool| tool.get("redan").cloned()) {
            Some(toml::Value::Table(table)) => table,
            Some(_) => return Err(wrong("[tool.redan] is no table".to_owned())),
            None => return Ok(None),
        },
    };
    parse(table).map(Some).map_err(|(reason, help)| ConfigError { file: file.to_path_buf(), reason, help })
}

/// Checks keys and values. The error is what is wrong and what to do.
fn parse(table: toml::Table) -> Result<ConfigFile, (String, String)> {
    check_keys(&table)?;
    let file: ConfigFile =
        table.try_into().map_err(|error: toml::de::Error| (error.message().to_owned(), String::new()))?;
    PathPatterns::new(&file.exclude).map_err(|error| (format!("`exclude`: {error}"), String::new()))?;
    ignores(&file)?;
    if file.min_severity == Some(Severity::Unknown) {
        return Err(("`min-severity` takes low, medium, high or critical".to_owned(), String::new()));
    }
    Ok(file)
}

/// The checked `[[ignore]]` entries.
pub fn ignores(file: &ConfigFile) -> Result<Vec<Ignore>, (String, String)> {
    let each = |(index, entry): (usize, &IgnoreEntry)| {
        let wrong = |reason: &str, help: &str| (format!("[[ignore]] number {}: {reason}", index + 1), help.to_owned());
        if entry.rule.is_none() && entry.package.is_none() && entry.path.is_none() {
            return Err(wrong("there is no condition", "give `rule`, `package` or `path`"));
        }
        if entry.reason.trim().is_empty() {
            return Err(wrong("the reason is empty", "say why the finding is accepted"));
        }
        if entry.until.parse::<jiff::civil::Date>().is_err() || entry.until.len() != "YYYY-MM-DD".len() {
            return Err(wrong(&format!("`until = \"{}\"` is no day", entry.until), "write YYYY-MM-DD"));
        }
        let paths = entry.path.as_ref().map(|path| PathPatterns::new(&[path])).transpose();
        Ok(Ignore {
            rule: entry.rule.clone(),
            package: entry.package.clone(),
            paths: paths.map_err(|error| wrong(&error, ""))?,
            reason: entry.reason.clone(),
            until: entry.until.clone(),
        })
    };
    file.ignore.iter().enumerate().map(each).collect()
}

/// An unknown key is an error: a misspelt `skip` must not look like one that works.
fn check_keys(table: &toml::Table) -> Result<(), (String, String)> {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap_or_default();
    let keys = |pointer: &str| -> Vec<String> {
        let properties = schema.pointer(pointer).and_then(serde_json::Value::as_object);
        properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
    };
    let check = |table: &toml::Table, known: &[String], place: &str| {
        let Some(key) = table.keys().find(|key| !known.contains(key)) else { return Ok(()) };
        let help = match nearest(key, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        Err((format!("unknown key `{key}`{place}"), help))
    };
    check(table, &keys("/properties"), "")?;
    for entry in table.get("ignore").and_then(toml::Value::as_array).into_iter().flatten() {
        if let Some(entry) = entry.as_table() {
            check(entry, &keys("/properties/ignore/items/properties"), " in [[ignore]]")?;
        }
    }
    Ok(())
}

/// What was probably meant by `word`.
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let near = known.min_by_key(|other| distance(word, other))?;
    (distance(word, near) <= 1 + near.len() / 3).then_some(near)
}

/// How many characters must be inserted, removed or replaced (Levenshtein). Short words only.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, from) in a.chars().take(64).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ConfigFile, (String, String)> {
        parse(toml::from_str(text).unwrap())
    }

    #[test]
    fn an_unknown_key_is_an_error_with_a_suggestion() {
        let (reason, help) = read("fail_on = \"high\"").unwrap_err();
        assert_eq!((reason.as_str(), help.as_str()), ("unknown key `fail_on`", "did you mean `fail-on`?"));
        let (reason, _) = read("[[ignore]]\nrule='x'\nreasn='y'\nuntil='2027-01-01'").unwrap_err();
        assert_eq!(reason, "unknown key `reasn` in [[ignore]]");
    }

    #[test]
    fn the_schema_and_the_file_have_the_same_keys() {
        let whole = ConfigFile {
            extend: Some("../redan.toml".into()),
            fail_on: Some(Threshold::High),
            fail_on_fixable: Some(true),
            min_severity: Some(Severity::High),
            min_confidence: Some(Confidence::High),
            strict: Some(true),
            baseline: Some("b".into()),
            max_advisory_age: Some(7),
            index_url: Some("https://index.example.org/simple".to_owned()),
            ignore: vec![IgnoreEntry {
                rule: Some("a".to_owned()),
                package: Some("b".to_owned()),
                path: Some("c".to_owned()),
                reason: "d".to_owned(),
                until: "2027-01-01".to_owned(),
            }],
            ..ConfigFile::default()
        };
        let table = toml::Table::try_from(&whole).unwrap();
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let mut ours: Vec<&String> = table.keys().collect();
        let mut theirs: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
        assert_eq!(parse(table).unwrap(), whole);
    }

    #[test]
    fn an_ignore_needs_a_condition_a_reason_and_a_day() {
        assert!(read("[[ignore]]\nrule='x'\nreason='y'\nuntil='2027-01-01'").is_ok());
        for wrong in [
            "[[ignore]]\nrule='x'\nuntil='2027-01-01'",
            "[[ignore]]\nrule='x'\nreason='y'",
            "[[ignore]]\nreason='y'\nuntil='2027-01-01'",
            "[[ignore]]\nrule='x'\nreason=' '\nuntil='2027-01-01'",
            "[[ignore]]\nrule='x'\nreason='y'\nuntil='2027-02-30'",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_goes_over_what_it_extends() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
        std::fs::create_dir_all(root.join("tree/sub")).unwrap();
        write("tree/redan.toml", "fail-on = 'low'\nskip = ['a']\nstrict = true\nbaseline = 'b'");
        write("tree/sub/redan.toml", "extend = '../redan.toml'\nfail-on = 'high'\nskip = ['c']");
        let (_, file) = discover(&root.join("tree/sub"), &root.join("tree")).unwrap().unwrap();
        assert_eq!((file.fail_on, file.strict), (Some(Threshold::High), Some(true)));
        assert_eq!((file.skip, file.baseline, file.extend), (vec!["a".to_owned(), "c".to_owned()], None, None));

        write("outside.toml", "skip = ['everything']");
        for (text, why) in [
            ("extend = '../../outside.toml'", "out of the root"),
            ("extend = 'redan.toml'", "circle"),
            ("extend = 'missing.toml'", "cannot be read"),
        ] {
            write("tree/sub/redan.toml", text);
            let error = discover(&root.join("tree/sub"), &root.join("tree")).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
        // Whoever names the file on the command line may let it lead anywhere.
        write("tree/sub/redan.toml", "extend = '../../outside.toml'");
        let path = root.join("tree/sub/redan.toml");
        let config = extended(&path, load(&path).unwrap().unwrap(), None).unwrap();
        assert_eq!(config.skip, ["everything"]);
    }

    #[test]
    fn the_nearest_file_wins_and_pyproject_counts_only_with_its_table() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let inner = root.join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(root.join("redan.toml"), "strict = true").unwrap();
        std::fs::write(inner.join("pyproject.toml"), "[project]\nname = 'redan-user'").unwrap();
        assert_eq!(discover(&inner, root).unwrap().unwrap().1.strict, Some(true));
        std::fs::write(inner.join("pyproject.toml"), "[tool.redan]\nstrict = false").unwrap();
        assert_eq!(discover(&inner, root).unwrap().unwrap().1.strict, Some(false));
    }
}
