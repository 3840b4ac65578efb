//! A pattern as the program uses it, and the table of all of them that `build.rs` made.

use super::analysis::Place;
use super::body::{Behind, Body};
use super::follow::ByteSet;
use crate::model::{Confidence, Severity};

/// All provider patterns.
pub static PATTERNS: &[Pattern] = include!(concat!(env!("OUT_DIR"), "/secret_patterns.rs"));

/// What one kind of secret looks like. `patterns/README.md` says what the fields mean.
#[derive(Debug)]
pub struct Pattern {
    /// Who issues it.
    pub provider: &'static str,
    /// Slug of the rule.
    pub id: &'static str,
    /// A few words.
    pub name: &'static str,
    /// What its holder can do.
    pub grants: &'static str,
    /// How to end that.
    pub revoke: &'static str,
    /// A text that holds one, with the joint shown as `…`; may be empty.
    pub example: &'static str,
    /// How bad a leak is.
    pub severity: Severity,
    /// How sure a match is before anything is verified.
    pub confidence: Confidence,
    /// What the search looks for first.
    pub literals: &'static [Literal],
    /// The literals match in any case.
    pub ignore_case: bool,
    /// The form; the group `secret`, else the whole, is the secret.
    pub regex: &'static str,
    /// What may not stand before.
    pub left: Boundary,
    /// What may not stand after.
    pub right: Boundary,
    /// Only what stands around it says what the secret is.
    pub by_name: bool,
    /// No letter or digit may stand directly before the match.
    pub begins_word: bool,
    /// Lower-case words of which one stands near.
    pub near: &'static [&'static str],
    /// Without such a word it is none.
    pub near_required: bool,
    /// Bits per byte.
    pub min_entropy: f32,
    /// Name of the check in [`super::checksum`].
    pub checksum: Option<&'static str>,
    /// Regexes of secrets that are none.
    pub allow: &'static [&'static str],
    /// Kinds of characters that the secret contains.
    pub needs: &'static [&'static str],
    /// Gives way to other rules.
    pub generic: bool,
    /// Where the format is described.
    pub references: &'static [&'static str],
    /// Fewest bytes of a match.
    pub shortest: usize,
    /// Most bytes of a match.
    pub longest: usize,
    /// Every match contains a run of random characters (see [`super::analysis::Analysis::has_run`]).
    pub has_run: bool,
    /// How long that run is at least; 0 without one.
    pub run: usize,
    /// What every match holds (see [`super::body`]).
    pub body: Option<Body>,
}

/// A literal of a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Literal {
    /// Its text.
    pub text: &'static str,
    /// Where it stands in a match.
    pub place: Place,
    /// What must follow it in a match (see [`super::follow`]).
    pub after: &'static [ByteSet],
    /// What stands behind it in a match (see [`super::body`]).
    pub behind: Option<Behind>,
}

/// Which characters may not touch a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// `[0-9A-Za-z_-]`.
    Token,
    /// `[0-9A-Za-z]`.
    Word,
    /// `[0-9A-Za-z+/]` before, with `=` after.
    Base64,
    /// All may.
    Any,
}
