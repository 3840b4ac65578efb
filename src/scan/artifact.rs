//! What happens to one file: read → classify → parse → detect → drop the text, keep the facts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use super::Progress;
use crate::classify;
use crate::context::Context;
use crate::detect::hardcoded_secret::HardcodedSecret;
use crate::detect::{DETECTORS, Detector as _, Found};
use crate::model::{
    Artifact, ArtifactPath, Coverage, Document, Facts, Finding, Group, Groups, Location, Logical, Notification,
    NotificationKind, Source,
};
use crate::parse::{Budget, Member, Parser, Wanted, leaves_secrets, suppression};
use crate::read;

/// Why a file, a member of an archive or the most of one was not searched for secrets.
const UNSEARCHED: &str = "programs, pictures, tensors (searched for secrets with --exhaustive)";

/// Analyses one artifact. `None` when there is nothing to keep of it. A bug of ours in it becomes a notification.
pub(super) fn analyse(
    artifact: &Artifact,
    context: &Context,
    buffer: &mut Vec<u8>,
    coverage: &mut Coverage,
    progress: &Progress,
) -> Option<Facts> {
    let bytes_before = coverage.bytes;
    let facts = guarded(&artifact.path, || read_and_analyse(artifact, context, buffer, coverage));
    progress.bytes.fetch_add(coverage.bytes - bytes_before, Ordering::Relaxed);
    (!is_nothing(&facts)).then_some(facts)
}

/// Analyses one artifact with the named parser, whatever its name is, besides those that claim it.
pub(super) fn analyse_as(artifact: &Artifact, parser: &'static str, context: &Context) -> Facts {
    let path = &artifact.path;
    let mut facts = guarded(path, || {
        let mut buffer = Vec::new();
        let whole = read::open(&artifact.file, &mut buffer).and_then(|opened| match opened.len {
            0..=read::MAX_MANIFEST => opened.into_whole(),
            _ => Err(std::io::Error::other("it is too large")),
        });
        match whole {
            Ok((bytes, _)) => {
                let source = Source::new(path.clone(), bytes);
                let mut parsers = classify::classify(path, source.text(), wanted(context));
                parsers.splice(0..0, classify::by_name(parser));
                understand(&source, &parsers, context, &mut budget(context))
            }
            Err(error) => {
                only(Notification::new(path, NotificationKind::Unreadable, format!("could not be read: {error}")))
            }
        }
    });
    if !facts.readers.contains(&parser) {
        facts.readers.push(parser);
    }
    facts
}

/// Turns a panic, a bug of ours, into a notification.
fn guarded(path: &ArtifactPath, analysis: impl FnOnce() -> Facts) -> Facts {
    catch_unwind(AssertUnwindSafe(analysis)).unwrap_or_else(|_| {
        let message = "the analysis of this file failed; this is a bug of redan, please report it";
        only(Notification::new(path, NotificationKind::Internal, message))
    })
}

fn read_and_analyse(artifact: &Artifact, context: &Context, buffer: &mut Vec<u8>, coverage: &mut Coverage) -> Facts {
    let mut budget = budget(context);
    let facts = read_within(artifact, context, buffer, coverage, &mut budget);
    if budget.unsearched > 0 {
        *coverage.left_out.entry(UNSEARCHED.to_owned()).or_default() += budget.unsearched;
    }
    facts
}

fn read_within(
    artifact: &Artifact,
    context: &Context,
    buffer: &mut Vec<u8>,
    coverage: &mut Coverage,
    budget: &mut Budget,
) -> Facts {
    let path = &artifact.path;
    let unreadable = |error: std::io::Error| {
        only(Notification::new(path, NotificationKind::Unreadable, format!("could not be read: {error}")))
    };
    let opened = match read::open(&artifact.file, buffer) {
        Ok(opened) => opened,
        Err(error) => return unreadable(error),
    };
    coverage.files += 1;
    coverage.notebooks += u64::from(path.extension() == "ipynb");
    let parsers = classify::classify(path, opened.head(), wanted(context));
    if leaves_secrets(&parsers, wanted(context)) {
        budget.unsearched += 1;
    }
    let Some(last) = parsers.last() else {
        coverage.binary_files += 1;
        return nothing(path);
    };
    coverage.bytes += opened.len;
    let is_text = last.name() == "text";
    let is_plain = is_text && parsers.len() == 1;
    let limit = match (is_plain, is_text) {
        (true, _) => read::MAX_PLAIN,
        (false, true) => read::MAX_MANIFEST,
        (false, false) => read::MAX_WHOLE,
    };
    if opened.len <= limit {
        return match opened.into_whole() {
            Ok((bytes, changed)) => {
                let source = Source::new(path.clone(), bytes);
                let mut facts = understand(&source, &parsers, context, budget);
                if changed {
                    let message = "the file changed while it was read";
                    facts.notifications.push(Notification::new(path, NotificationKind::Changed, message));
                }
                facts
            }
            Err(error) => unreadable(error),
        };
    }
    if !is_text {
        let source = Source::beginning(path.clone(), opened.into_head(), &artifact.file);
        return understand(&source, &parsers, context, budget);
    }
    let mut facts = nothing(path);
    if !is_plain {
        let message =
            format!("larger than {} MiB: searched for secrets, not read as what it is", read::MAX_MANIFEST >> 20);
        facts.notifications.push(Notification::new(path, NotificationKind::BudgetExceeded, message));
    }
    let windows = opened.windows(|bytes, offset, position| {
        let source = Source::window(path.clone(), bytes, offset, position);
        let part = understand(&source, &[*last], context, budget);
        facts.findings.extend(part.findings);
        facts.suppressions.extend(part.suppressions);
        facts.notifications.extend(part.notifications);
    });
    if let Err(error) = windows {
        facts.notifications.push(Notification::new(
            path,
            NotificationKind::Unreadable,
            format!("could not be read to the end: {error}"),
        ));
    }
    drop_repeats(&mut facts.findings);
    facts
}

fn wanted(context: &Context) -> Wanted {
    Wanted { groups: context.config.groups(), exhaustive: context.config.exhaustive }
}

fn budget(context: &Context) -> Budget {
    Budget { wanted: wanted(context), ..Budget::default() }
}

/// Parses and detects, in the artifact and in what it contains.
fn understand(source: &Source<'_>, parsers: &[&'static dyn Parser], context: &Context, budget: &mut Budget) -> Facts {
    let mut document = Document::new(source);
    document.wanted = context.config.groups();
    document.exhaustive = context.config.exhaustive;
    for parser in parsers {
        parser.parse(source, &mut document);
        document.readers.push(parser.name());
    }
    if document.unsearched_from.is_some() && !document.exhaustive && document.wanted.overlaps(Groups::SECRETS) {
        budget.unsearched += 1;
    }
    suppression::scan(source, &mut document);
    let mut found = Found::default();
    for detector in DETECTORS.iter().filter(|detector| context.config.wants_group(detector.group())) {
        detector.detect(&document, context, &mut found);
    }
    // No secret may be shown because nobody asked for secrets.
    if !context.config.wants_group(Group::Secrets) && (document.has_places() || !found.findings.is_empty()) {
        let mut secrets = Found::default();
        HardcodedSecret.detect(&document, context, &mut secrets);
        found.masked.append(&mut secrets.masked);
    }
    document.notifications.append(&mut found.notifications);
    let mut facts = document.into_facts(found.findings, &found.masked);
    for parser in parsers {
        parser.unpack(source, budget, &mut |member: Member<'_>, budget: &mut Budget| {
            take_member(&mut facts, source, member, context, budget);
        });
        take_notes(&mut facts, source, budget);
    }
    facts
}

/// What could not be unpacked of this carrier so far.
fn take_notes(facts: &mut Facts, carrier: &Source<'_>, budget: &mut Budget) {
    let notes = std::mem::take(&mut budget.notes).into_iter();
    facts.notifications.extend(notes.map(|(kind, message)| Notification::new(&carrier.path, kind, message)));
}

/// Analyses a member and adds what it says to its carrier's facts. Dependencies that an archive declares are
/// not this repository's, and are left there.
fn take_member(facts: &mut Facts, carrier: &Source<'_>, member: Member<'_>, context: &Context, budget: &mut Budget) {
    take_notes(facts, carrier, budget);
    if budget.depth == 0 {
        let message = format!("'{}' is nested too deeply and was not opened", member.path);
        facts.notifications.push(Notification::new(&carrier.path, NotificationKind::BudgetExceeded, message));
        return;
    }
    budget.depth -= 1;
    let source = Source::new(carrier.path.member(&member.path), member.bytes);
    let parsers = classify::classify(&source.path, source.text(), wanted(context));
    let mut inner = understand(&source, &parsers, context, budget);
    budget.depth += 1;
    for finding in &mut inner.findings {
        lift(&mut finding.location, &carrier.path, &member.path);
        finding.related.iter_mut().for_each(|related| lift(&mut related.location, &carrier.path, &member.path));
        finding.fix = None;
    }
    for import in &mut inner.imports {
        lift(&mut import.location, &carrier.path, &member.path);
        import.member = nested(&member.path, &import.member);
    }
    for notification in &mut inner.notifications {
        notification.path = Some(carrier.path.clone());
        notification.line = None;
        notification.message = format!("in '{}': {}", member.path, notification.message);
    }
    facts.findings.append(&mut inner.findings);
    facts.imports.append(&mut inner.imports);
    facts.notifications.append(&mut inner.notifications);
}

/// Turns a place inside a member into the place of its carrier, and names the member.
fn lift(location: &mut Location, carrier: &ArtifactPath, member: &str) {
    let logical = match location.logical.take() {
        Some(Logical::Member { path, line }) => Logical::Member { path: nested(member, &path), line },
        Some(Logical::Opcode { member: inner, offset }) => Logical::Opcode { member: nested(member, &inner), offset },
        _ => Logical::Member { path: member.to_owned(), line: location.start.line },
    };
    let snippet = location.snippet.take();
    *location = Location { logical: Some(logical), snippet, ..Location::file(carrier.clone()) };
}

fn nested(outer: &str, inner: &str) -> String {
    if inner.is_empty() { outer.to_owned() } else { format!("{outer}!{inner}") }
}

/// Windows overlap, so a finding near a seam is made twice.
fn drop_repeats(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| (a.location.span, &a.rule.id).cmp(&(b.location.span, &b.rule.id)));
    findings.dedup_by(|a, b| a.location.span == b.location.span && a.rule.id == b.rule.id);
}

fn nothing(path: &ArtifactPath) -> Facts {
    let source = Source::new(path.clone(), &[]);
    Document::new(&source).into_facts(Vec::new(), &[])
}

fn only(notification: Notification) -> Facts {
    let path = notification.path.clone().unwrap_or_else(|| ArtifactPath::new(""));
    Facts { notifications: vec![notification], ..nothing(&path) }
}

fn is_nothing(facts: &Facts) -> bool {
    facts.dependencies.is_empty()
        && facts.references.is_empty()
        && facts.options.is_empty()
        && facts.calls.is_empty()
        && facts.assets.is_empty()
        && facts.imports.is_empty()
        && facts.suppressions.is_empty()
        && facts.notifications.is_empty()
        && facts.findings.is_empty()
}
