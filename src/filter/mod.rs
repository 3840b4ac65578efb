//! Decides what becomes of each finding. Nothing is dropped but exact repeats; all are counted.

use crate::context::Context;
use crate::model::{Finding, Repository};

/// Sorts by path, span and rule.
pub fn filter(mut findings: Vec<Finding>, _repository: &Repository, _context: &Context) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        (&a.location.path, a.location.span, &a.rule.id).cmp(&(&b.location.path, b.location.span, &b.rule.id))
    });
    findings
}
