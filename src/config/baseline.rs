//! The baseline file: the findings that were known on a day, so that only new ones are reported.
//!
//! JSON Lines, sorted: a header, then one line a finding, with no time, no line number and no version, so that two
//! branches merge (`merge=union` in `.gitattributes` is safe). Matching is in `filter/baseline.rs`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::model::Fingerprint;

/// The version of the format.
const VERSION: u32 = 1;

/// Known findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The key of the witnesses: random, made with the file.
    pub key: [u8; 16],
    /// The findings.
    pub entries: BTreeSet<Entry>,
}

/// One known finding. Everything but fingerprint and witness is there for people, and for matching by alias.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Digest and ordinal.
    pub fingerprint: String,
    /// 16 bits that tell a changed secret from the old one where the fingerprint holds nothing of it: too few to find
    /// a password by trying, enough to miss only one change in 65,536.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<u16>,
    /// The rule's id.
    pub rule: String,
    /// The package of a dependency finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The file.
    pub path: String,
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    #[serde(rename = "redan-baseline")]
    version: u32,
    key: String,
}

/// Why a baseline cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BaselineError {
    /// A newer program wrote it.
    #[error("the baseline has version {0}; this program reads version {VERSION}")]
    Version(u32),
    /// It holds the marks of an unfinished merge.
    #[error("line {0} is the mark of a merge conflict")]
    Conflict(usize),
    /// Two baselines with different keys were joined.
    #[error("line {0} is a second header with another key")]
    Keys(usize),
    /// A line is nothing that a baseline holds.
    #[error("line {0} is no line of a baseline")]
    Line(usize),
    /// There is no header.
    #[error("it does not begin with the header of a baseline")]
    Header,
}

impl BaselineError {
    /// What the user can do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Version(_) => "update redan",
            Self::Conflict(_) => "keep the lines of both sides (`merge=union` in .gitattributes does it)",
            Self::Keys(_) => "keep one of the files and run `redan baseline update`",
            Self::Line(_) | Self::Header => "give a file that `redan baseline create` wrote",
        }
    }
}

impl Baseline {
    /// An empty baseline with a new key.
    pub fn new(key: [u8; 16]) -> Self {
        Self { key, entries: BTreeSet::new() }
    }

    /// Reads a file.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let mut key = None;
        let mut entries = BTreeSet::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let number = index + 1;
            if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
                return Err(BaselineError::Conflict(number));
            }
            if let Ok(header) = serde_json::from_str::<Header>(line) {
                if header.version != VERSION {
                    return Err(BaselineError::Version(header.version));
                }
                let read = read_key(&header.key).ok_or(BaselineError::Line(number))?;
                if key.is_some_and(|known| known != read) {
                    return Err(BaselineError::Keys(number));
                }
                key = Some(read);
                continue;
            }
            if key.is_none() {
                return Err(match newer_version(line) {
                    Some(version) => BaselineError::Version(version),
                    None => BaselineError::Header,
                });
            }
            let entry: Entry = serde_json::from_str(line).map_err(|_| BaselineError::Line(number))?;
            if Fingerprint::parse(&entry.fingerprint).is_none() {
                return Err(BaselineError::Line(number));
            }
            entries.insert(entry);
        }
        Ok(Self { key: key.ok_or(BaselineError::Header)?, entries })
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let key = self.key.iter().fold(String::new(), |mut key, byte| {
            let _ = write!(key, "{byte:02x}");
            key
        });
        let mut out = serde_json::json!({ "redan-baseline": VERSION, "key": key }).to_string();
        out.push('\n');
        for entry in &self.entries {
            // A record of strings and a number always has a JSON form.
            out.push_str(&serde_json::to_string(entry).unwrap_or_default());
            out.push('\n');
        }
        out
    }
}

fn read_key(text: &str) -> Option<[u8; 16]> {
    let bytes: Vec<u8> =
        (0..16).map(|index| u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()).collect::<Option<_>>()?;
    if text.len() == 32 { bytes.try_into().ok() } else { None }
}

/// The version of a header that has members which this version does not know.
fn newer_version(line: &str) -> Option<u32> {
    let header: serde_json::Value = serde_json::from_str(line).ok()?;
    let version = u32::try_from(header.get("redan-baseline")?.as_u64()?).ok()?;
    (version != VERSION).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Baseline {
        let mut baseline = Baseline::new([7; 16]);
        for (rule, witness) in [("b-rule", Some(513)), ("a-rule", None)] {
            baseline.entries.insert(Entry {
                fingerprint: Fingerprint::new("test", &[rule]).to_string(),
                witness,
                rule: rule.to_owned(),
                package: None,
                path: "dir/with \"quotes\"\n.txt".to_owned(),
            });
        }
        baseline
    }

    #[test]
    fn reads_back_and_is_sorted() {
        let text = sample().to_text();
        assert_eq!(Baseline::parse(&text), Ok(sample()));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert!(lines.is_sorted() && lines.len() == 2, "{text}");
        // What a union merge of two branches gives.
        assert_eq!(Baseline::parse(&format!("{text}{text}")), Ok(sample()));
    }

    #[test]
    fn what_is_no_baseline_is_an_error_that_says_why() {
        let text = sample().to_text();
        assert_eq!(Baseline::parse(""), Err(BaselineError::Header));
        assert_eq!(Baseline::parse("{\"redan-baseline\":9,\"salt\":1}"), Err(BaselineError::Version(9)));
        assert_eq!(Baseline::parse(&format!("{text}<<<<<<< ours\n")), Err(BaselineError::Conflict(4)));
        assert_eq!(Baseline::parse(&format!("{text}x\n")), Err(BaselineError::Line(4)));
        let other = Baseline::new([8; 16]).to_text();
        assert_eq!(Baseline::parse(&format!("{text}{other}")), Err(BaselineError::Keys(4)));
    }
}
