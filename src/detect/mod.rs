//! Findings: what is dangerous in one artifact ([`Detector::detect`]) or in the repository as a whole
//! ([`Detector::conclude`]). No detector knows a parser.

use std::sync::Arc;

use crate::context::Context;
use crate::model::{Document, Finding, Group, Notification, Repository, Rule, Span};

/// Knows one danger.
pub trait Detector: Sync {
    /// Its name: the name of its file.
    fn name(&self) -> &'static str;

    /// The group that switches it; it is not asked when the group, or all its rules, are off.
    fn group(&self) -> Group;

    /// The rules it can report, for `redan rules`, `explain` and the README. Rules that are made on the fly
    /// (one per advisory) are not listed.
    fn rules(&self, context: &Context) -> Vec<Arc<Rule>>;

    /// Looks at one artifact while its text is at hand.
    fn detect(&self, _document: &Document<'_>, _context: &Context, _found: &mut Found) {}

    /// Looks at the facts of all artifacts.
    fn conclude(&self, _repository: &Repository, _context: &Context, _found: &mut Found) {}
}

/// What detectors add to.
#[derive(Default)]
pub struct Found {
    /// Findings.
    pub findings: Vec<Finding>,
    /// What could not be judged.
    pub notifications: Vec<Notification>,
    /// Spans of the artifact's text that hold a secret, reported or not: masked in every snippet.
    pub masked: Vec<Span>,
}

/// Writes the module declarations and the list from one place, so that they cannot disagree.
macro_rules! detectors {
    ($($module:ident :: $detector:ident),* $(,)?) => {
        $(pub mod $module;)*
        /// Every detector.
        pub static DETECTORS: &[&dyn Detector] = &[$(&$module::$detector),*];
    };
}

mod environment;

detectors! {
    vulnerable_dependency::VulnerableDependency,
    hygiene::Hygiene,
    hardcoded_secret::HardcodedSecret,
    pickle::Pickle,
    loader::UnsafeLoader,
    posture::Posture,
}
