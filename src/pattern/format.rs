//! The TOML of `patterns/secrets/*.toml`, as `patterns/README.md` describes it.
//!
//! `build.rs` includes this file as well: it turns the TOML into static tables, so that a run starts without
//! parsing anything. It therefore imports nothing of the crate.

use serde::Deserialize;

use super::analysis::{self, Analysis};

/// Longest match that a rule may have, in bytes: an armoured private key of the longest kind.
pub const LONGEST_MATCH: usize = 40_000;
/// Shortest literal that a rule may name, in bytes.
pub const SHORTEST_LITERAL: usize = 3;
/// The joint that keeps an example from looking like a secret to other scanners; removed on load.
pub const JOINT: char = '¦';

/// What `{assigned}` stands for in a regex: a name such as `api_key` and what may stand between it and its value
/// (`=`, `:`, quotes, brackets, a Bearer scheme), so that a value without a form of its own is taken only where
/// it is assigned.
pub const ASSIGNED: &str = concat!(
    "(?i:keys?|tokens?|secret|auth|authorization|bearer|basic|password|passwd|pwd|pass|credentials?|pat|api|access|login",
    r"|Client\w{0,8})(?:[_.-][0-9A-Za-z]{1,12})?(?:[ :]{1,2}(?:string|str))?",
    r"(?:[^0-9A-Za-z,+/@]{1,12}(?:@[\x22'])?|[\x22']\s?,\s{1,2}[\x22'])(?:[bfru][\x22'])?"
);

/// What the literals of a rule stand for where they are also the words of its regex or of `near`.
pub const LITERALS: &str = "{literals}";

/// One file: one provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Who issues the secrets.
    pub provider: String,
    /// Its rules.
    #[serde(default)]
    pub rule: Vec<Entry>,
}

/// One rule as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Unique kebab-case slug.
    pub id: String,
    /// Who issues it, where that is not the file's provider.
    #[serde(default)]
    pub provider: Option<String>,
    /// A few words.
    pub name: String,
    /// What its holder can do.
    pub grants: String,
    /// How to end that.
    pub revoke: String,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// `low`, `medium` or `high`, before anything is verified.
    pub confidence: String,
    /// One of these stands in every match, or near it.
    pub literals: Vec<String>,
    /// Literals match in any case.
    #[serde(default)]
    pub ignore_case: bool,
    /// Over bytes, without look-around.
    pub regex: String,
    /// What may not stand directly before a match.
    #[serde(default = "token")]
    pub left: String,
    /// What may not stand directly after a match.
    #[serde(default = "token")]
    pub right: String,
    /// Only the name before it says what the value is, as where words stand near: what is named by a variable, a hash or a
    /// version is none.
    #[serde(default)]
    pub by_name: bool,
    /// A letter or digit directly before the match makes its first word another: `mailbox` is no `box`.
    #[serde(default)]
    pub begins_word: bool,
    /// Words, in any case, of which one stands near the match.
    #[serde(default)]
    pub near: Vec<String>,
    /// Whether a match without such a word is none, or only less likely.
    #[serde(default = "yes")]
    pub near_required: bool,
    /// Shannon entropy of the secret, bits per byte.
    #[serde(default)]
    pub min_entropy: f32,
    /// The check that the secret proves itself by.
    #[serde(default)]
    pub checksum: Option<String>,
    /// Secrets that one of these finds something in are none.
    #[serde(default)]
    pub allow: Vec<String>,
    /// `digit`, `upper`, `lower`, `symbol`: what the secret must contain.
    #[serde(default)]
    pub charset_needs: Vec<String>,
    /// Gives way to every other rule that matches the same place.
    #[serde(default)]
    pub generic: bool,
    /// Where the format is described.
    #[serde(default)]
    pub references: Vec<String>,
    /// Texts in which this rule, and no other, finds one secret.
    pub examples: Vec<String>,
    /// Texts in which this rule finds nothing.
    pub negative_examples: Vec<String>,
}

fn token() -> String {
    "token".to_owned()
}

fn yes() -> bool {
    true
}

impl File {
    /// Reads one file. The error names the place in the TOML.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut file: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for entry in &mut file.rule {
            if entry.near == [LITERALS] {
                entry.near.clone_from(&entry.literals);
            } else if entry.near.iter().any(|word| word == LITERALS) {
                return Err(format!("rule {}: {LITERALS} stands alone in `near`", entry.id));
            }
        }
        Ok(file)
    }
}

impl Entry {
    /// The regex with its shorthand written out.
    pub fn full_regex(&self) -> String {
        let any_literal = || {
            let words: Vec<String> = self.literals.iter().map(|literal| regex_syntax::escape(literal)).collect();
            format!("(?:{})", words.join("|"))
        };
        let regex = self.regex.replace("{assigned}", ASSIGNED);
        if regex.contains(LITERALS) { regex.replace(LITERALS, &any_literal()) } else { regex }
    }

    /// What its regex says about where to look, or what is wrong with the rule.
    pub fn check(&self) -> Result<Analysis, String> {
        let fail = |message: String| Err(format!("rule {}: {message}", self.id));
        let slug = |id: &str| {
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !slug(&self.id) {
            return fail("the id is no kebab-case slug".to_owned());
        }
        let known = |value: &str, values: &[&str]| values.contains(&value);
        if !known(&self.severity, &["low", "medium", "high", "critical"]) {
            return fail(format!("unknown severity {:?}", self.severity));
        }
        if !known(&self.confidence, &["low", "medium", "high"]) {
            return fail(format!("unknown confidence {:?}", self.confidence));
        }
        for side in [&self.left, &self.right] {
            if !known(side, &["token", "word", "any", "base64"]) {
                return fail(format!("unknown boundary {side:?}"));
            }
        }
        if let Some(need) = self.charset_needs.iter().find(|need| !known(need, &["digit", "upper", "lower", "symbol"]))
        {
            return fail(format!("unknown kind of character {need:?}"));
        }
        if self.literals.is_empty() {
            return fail("it names no literal".to_owned());
        }
        if let Some(short) = self.literals.iter().find(|literal| literal.len() < SHORTEST_LITERAL) {
            return fail(format!("the literal {short:?} is shorter than {SHORTEST_LITERAL} bytes"));
        }
        let analysis = match analysis::analyse(&self.full_regex(), &self.literals, self.ignore_case, &self.near) {
            Ok(analysis) => analysis,
            Err(message) => return fail(message),
        };
        if analysis.longest > LONGEST_MATCH {
            return fail(format!("a match can be {} bytes long, more than {LONGEST_MATCH}", analysis.longest));
        }
        for allow in &self.allow {
            if let Err(error) = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(allow) {
                return fail(error.to_string());
            }
        }
        Ok(analysis)
    }
}
