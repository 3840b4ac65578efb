//! The straight line: walk → classify → parse → detect → resolve → conclude → filter → report.
//!
//! This is the only module that knows the order. [`artifact`] is what happens to one file; everything else
//! is here.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::context::Context;
use crate::detect::{DETECTORS, Found};
use crate::filter;
use crate::model::{ArtifactPath, Coverage, Facts, Finding, Group, Notebook, Outcome, Pin, Repository};
use crate::resolve;
use crate::walk::{self, Walked};

pub mod artifact;

/// How many times included files may name further files that no parser knows by name.
const MAX_ROUNDS: usize = 50;
/// Stack of an analysing thread: parsers bound their recursion, and this leaves room for it.
const STACK_BYTES: usize = 16 << 20;

/// What to scan.
#[derive(Clone, Debug)]
pub struct Target {
    /// Canonical path that reports are relative to.
    pub root: PathBuf,
    /// Files and directories below it.
    pub paths: Vec<PathBuf>,
}

/// How far a scan has come, for whoever watches.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files to read; 0 until the walk is over.
    pub total: AtomicU64,
    /// Files read.
    pub done: AtomicU64,
    /// Bytes read.
    pub bytes: AtomicU64,
}

/// Scans and judges.
pub fn scan(target: &Target, context: &Context, progress: &Progress) -> Outcome {
    let (repository, coverage) = survey(target, context, progress);
    judge(repository, coverage, context)
}

/// The first half: everything that is declared and said, joined over files, not judged as a whole yet.
pub fn survey(target: &Target, context: &Context, progress: &Progress) -> (Repository, Coverage) {
    let walked = walk::walk(&target.root, &target.paths, context.config.no_ignore);
    survey_walked(walked, target, context, progress)
}

/// The same for files that were found in another way.
pub fn survey_walked(
    mut walked: Walked,
    target: &Target,
    context: &Context,
    progress: &Progress,
) -> (Repository, Coverage) {
    exclude(&mut walked, context);
    let (facts, mut coverage) = analyse_all(&walked, context, progress);
    coverage.left_out.append(&mut walked.left_out);
    let mut repository = Repository::new(facts, walked.known_files());
    repository.notifications.append(&mut walked.notifications);
    follow(&mut repository, &walked, target, context);
    count(&repository, &mut coverage);
    (repository, coverage)
}

/// The second half: findings of the repository as a whole, thresholds, suppressions, order.
pub fn judge(repository: Repository, mut coverage: Coverage, context: &Context) -> Outcome {
    let mut found = Found::default();
    for detector in DETECTORS.iter().filter(|detector| context.config.wants_group(detector.group())) {
        detector.conclude(&repository, context, &mut found);
    }
    let mut findings: Vec<Finding> = found.findings;
    findings.extend(repository.artifacts.iter().flat_map(|facts| facts.findings.iter().cloned()));
    let mut notifications = found.notifications;
    notifications.extend(repository.notifications.iter().cloned());
    notifications.extend(repository.artifacts.iter().flat_map(|facts| facts.notifications.iter().cloned()));
    let filtered = filter::filter(findings, &repository, context);
    notifications.extend(filtered.notifications);
    if context.config.wants_group(Group::Dependencies) {
        let today = context.config.today.parse().ok();
        notifications.extend(context.advisories.notifications(context.config.max_advisory_age, today));
    }
    notifications.sort();
    notifications.dedup();
    coverage.advisories = Some(context.advisories.data().clone());
    let (mut dependencies, mut notebooks) = (Vec::new(), Vec::new());
    let with_findings: HashSet<&ArtifactPath> =
        filtered.findings.iter().map(|finding| &finding.location.path).collect();
    for facts in repository.artifacts {
        dependencies.extend(facts.dependencies);
        if !facts.cells.is_empty() && with_findings.contains(&facts.path) {
            notebooks.push(Notebook { path: facts.path, cells: facts.cells });
        }
    }
    Outcome { findings: filtered.findings, notifications, coverage, dependencies, notebooks }
}

/// Leaves out what the configuration excludes, and counts it.
fn exclude(walked: &mut Walked, context: &Context) {
    let before = walked.artifacts.len();
    walked.artifacts.retain(|artifact| context.config.reads(&artifact.path));
    let excluded = before - walked.artifacts.len();
    if excluded > 0 {
        walked.left_out.insert("excluded by the configuration".to_owned(), excluded as u64);
    }
}

/// Analyses every artifact, on as many threads as the configuration says. The order of the result does not matter:
/// [`Repository::new`] sorts it.
fn analyse_all(walked: &Walked, context: &Context, progress: &Progress) -> (Vec<Facts>, Coverage) {
    progress.total.store(walked.artifacts.len() as u64, Ordering::Relaxed);
    let next = AtomicUsize::new(0);
    let results = Mutex::new((Vec::new(), Coverage::default()));
    let work = || {
        let mut buffer = Vec::new();
        let mut kept = Vec::new();
        let mut coverage = Coverage::default();
        while let Some(artifact) = walked.artifacts.get(next.fetch_add(1, Ordering::Relaxed)) {
            kept.extend(artifact::analyse(artifact, context, &mut buffer, &mut coverage, progress));
            progress.done.fetch_add(1, Ordering::Relaxed);
        }
        let mut results = results.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        results.0.append(&mut kept);
        results.1.add(&coverage);
    };
    std::thread::scope(|scope| {
        for _ in 0..context.config.threads.max(1).min(walked.artifacts.len().max(1)) {
            // A thread that the system refuses is not needed: the others do its share, and the last resort is below.
            let _ = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        }
    });
    work();
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Joins references, and reads what they name where no parser claimed it by name, until nothing new is wanted.
fn follow(repository: &mut Repository, walked: &Walked, target: &Target, context: &Context) {
    for _ in 0..MAX_ROUNDS {
        let mut wanted = resolve::resolve(repository, context);
        wanted.retain(|want| walked.may_read(&want.path));
        if wanted.is_empty() {
            return;
        }
        for want in wanted {
            let artifact = walked.artifact(&target.root, want.path);
            repository.put(artifact::analyse_as(&artifact, want.parse_as, context));
        }
    }
}

fn count(repository: &Repository, coverage: &mut Coverage) {
    for facts in &repository.artifacts {
        coverage.manifests += u64::from(!facts.dependencies.is_empty());
        coverage.dependencies += facts.dependencies.len() as u64;
        let pinned = facts.dependencies.iter().filter(|dependency| matches!(dependency.pin, Pin::Exact(_)));
        coverage.pinned += pinned.count() as u64;
    }
}
