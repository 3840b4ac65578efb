//! How packages and images are declared, apart from known flaws: where they come from, whether what is installed
//! today is what is installed tomorrow, and whether the name is the one that was meant.
//!
//! One file a theme; each rule is a [`Entry`] next to the code that reports it.

use std::sync::{Arc, OnceLock};

use super::environment::Environments;
use super::{Detector, Found};
use crate::context::Context;
use crate::model::{
    Confidence, Document, Finding, Fingerprint, Group, Help, Location, Repository, Rule, Severity,
};

mod command;
mod conflict;
mod end_of_life;
mod image;
mod index;
mod malware;
mod name;
mod pin;
mod status;

/// The detector.
pub struct Hygiene;

/// Every rule of this detector.
static RULES: &[&Entry] = &[
    &index::DEPENDENCY_CONFUSION_INDEX,
    &index::TRUSTED_HOST,
    &index::INSECURE_INDEX,
    &index::MISSING_HASHES,
    &pin::UNPINNED_DEPENDENCY,
    &pin::LATEST_TEMPLATE,
    &pin::MUTABLE_GIT_REFERENCE,
    &image::MUTABLE_BASE_IMAGE,
    &end_of_life::END_OF_LIFE,
    &command::CURL_PIPE_SHELL,
    &name::TYPOSQUAT,
    &malware::MALICIOUS_PACKAGE,
    &conflict::CONFLICTING_PINS,
    &status::YANKED_RELEASE,
    &status::UNMAINTAINED_PROJECT,
    &status::QUARANTINED_PROJECT,
    &status::UNREGISTERED_NAME,
];

impl Detector for Hygiene {
    fn name(&self) -> &'static str {
        "hygiene"
    }

    fn group(&self) -> Group {
        Group::Dependencies
    }

    fn rules(&self, _context: &Context) -> Vec<Arc<Rule>> {
        RULES.iter().map(|entry| entry.rule()).collect()
    }

    fn detect(&self, document: &Document<'_>, _context: &Context, found: &mut Found) {
        command::detect(document, found);
    }

    fn conclude(&self, repository: &Repository, context: &Context, found: &mut Found) {
        let environments = Environments::new(repository);
        for facts in &repository.artifacts {
            index::conclude(facts, found);
            pin::conclude(facts, &environments, found);
            image::conclude(facts, found);
            end_of_life::conclude(facts, found);
            name::conclude(facts, &context.advisories, found);
            malware::conclude(facts, &context.advisories, found);
        }
        conflict::conclude(repository, &environments, found);
        status::conclude(repository, context, found);
    }
}

/// A rule, written where it is used.
struct Entry {
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    what: &'static str,
    why: &'static str,
    example: &'static str,
    use_instead: &'static str,
    references: &'static [&'static str],
    severity: Severity,
    cwe: &'static [u32],
    made: OnceLock<Arc<Rule>>,
}

impl Entry {
    fn rule(&self) -> Arc<Rule> {
        let make = || {
            Arc::new(Rule {
                id: self.id.into(),
                name: self.name.into(),
                summary: self.summary.into(),
                help: Help {
                    what: self.what.into(),
                    why: self.why.into(),
                    example: self.example.into(),
                    use_instead: self.use_instead.into(),
                    references: self.references.iter().map(|url| (*url).into()).collect(),
                },
                group: Group::Dependencies,
                severity: self.severity,
                cwe: self.cwe.to_vec(),
            })
        };
        Arc::clone(self.made.get_or_init(make))
    }

    /// A finding at `location`, told from others of its rule and file by `what`.
    fn finding(&self, confidence: Confidence, location: &Location, what: &str, message: String) -> Finding {
        let fingerprint = Fingerprint::new("hygiene", &[self.id, what, location.path.as_str()]);
        Finding::new(self.rule(), confidence, message, location.clone(), fingerprint)
    }
}

#[cfg(test)]
mod tests;
