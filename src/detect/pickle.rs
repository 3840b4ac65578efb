//! Model files that run code when they are loaded: pickles by what they import and call, other formats by what they
//! carry.
//!
//! Dangerous is a finding of its own for each import; what is unknown, or could not be read to the end, is a finding of
//! another rule: neither is ever taken for clean.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Detector, Found};
use crate::context::Context;
use crate::model::{
    Confidence, Document, Extent, Finding, Fingerprint, Group, Import, Oddity, OddityKind, Pickle as Stream, Repository,
    Rule, Severity, Standing,
};

mod format;
pub mod policy;
mod rule;
mod unknown;

use policy::{POLICY, Verdict};

/// The detector.
pub struct Pickle;

impl Detector for Pickle {
    fn name(&self) -> &'static str {
        "pickle"
    }

    fn group(&self) -> Group {
        Group::Models
    }

    fn rules(&self, _context: &Context) -> Vec<Arc<Rule>> {
        rule::all()
    }

    fn detect(&self, document: &Document<'_>, _context: &Context, found: &mut Found) {
        format::judge(document, found);
        if document.pickles.is_empty() {
            return;
        }
        let mut judged: BTreeMap<(String, String, bool), Judged<'_>> = BTreeMap::new();
        for import in &document.imports {
            let Verdict::Dangerous(does, confidence) = POLICY.judge(import) else { continue };
            let reach = reach(import, &document.pickles);
            let entry = judged.entry((import.member.clone(), import.global(), reach == Reach::Runs)).or_insert(Judged {
                import,
                does,
                confidence,
                reach,
                times: 0,
            });
            // The call says more than an import alone.
            if entry.import.called_with.is_none() && import.called_with.is_some() {
                entry.import = import;
            }
            entry.times += 1;
        }
        for judged in judged.values() {
            found.findings.push(judged.finding(document));
        }
        let runs = judged.values().any(|judged| judged.reach == Reach::Runs);
        for stream in &document.pickles {
            oddities(stream, document, found);
            if stream.standing == Standing::Loaded && !runs {
                found.findings.extend(unread(stream, document));
            }
        }
    }

    fn conclude(&self, repository: &Repository, _context: &Context, found: &mut Found) {
        unknown::conclude(repository, found);
    }
}

/// Whether a loader gets to an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// It does.
    Runs,
    /// The stream breaks before, or nothing loads these bytes.
    Dormant,
}

fn reach(import: &Import, streams: &[Stream]) -> Reach {
    let stream = streams.iter().rfind(|stream| {
        stream.member == import.member && stream.start <= import.offset && (import.offset < stream.end || stream.end <= stream.start)
    });
    match stream.map(|stream| &stream.standing) {
        _ if !import.reachable => Reach::Dormant,
        Some(Standing::Dormant) => Reach::Dormant,
        Some(Standing::PassedTo(callee)) if !POLICY.is_loader(callee) => Reach::Dormant,
        _ => Reach::Runs,
    }
}

struct Judged<'d> {
    import: &'d Import,
    does: &'static str,
    confidence: Confidence,
    reach: Reach,
    times: u32,
}

impl Judged<'_> {
    fn finding(&self, document: &Document<'_>) -> Finding {
        let import = self.import;
        let global = import.global();
        let subject = match &import.called_with {
            Some(arguments) => format!("calls `{global}({arguments})`"),
            None => format!("imports `{global}`"),
        };
        let stream = document.pickles.iter().find(|stream| stream.member == import.member);
        let mut message = match self.reach {
            Reach::Runs if matches!(stream.map(|stream| &stream.standing), Some(Standing::Encoded)) => {
                format!("The encoded pickle here {subject} when it is loaded: it {}.", self.does)
            }
            Reach::Runs => format!("Loading this file {subject}: it {}.", self.does),
            Reach::Dormant => {
                format!("This file holds a pickle that {subject}, where a loader does not get to it by itself: it {}.", self.does)
            }
        };
        message.push_str(&place(import));
        if self.times > 1 {
            message.push_str(&format!(" {} times in all.", self.times));
        }
        if let Some(Stream { extent: Extent::Broken { offset, reason }, .. }) = stream
            && self.reach == Reach::Runs
        {
            message.push_str(&format!(" The stream breaks at byte {offset} ({reason}), after it has run."));
        }
        message.push_str(&format!(" (policy {})", POLICY.version));
        let arguments = import.called_with.as_deref().unwrap_or_default();
        let identity = Fingerprint::new("pickle", &[document.source.path.as_str(), &import.member, &global, arguments]);
        let rule = if self.reach == Reach::Runs { rule::unsafe_pickle() } else { rule::suspicious_pickle() };
        let mut finding = Finding::new(rule, self.confidence, message, import.location.clone(), identity);
        if self.reach == Reach::Runs && self.confidence < Confidence::High {
            finding.severity = Severity::High;
        }
        finding.advice = "do not load it; `torch.load(weights_only=True)` and skops refuse it. Ask for safetensors, ONNX or a text format".to_owned();
        finding
    }
}

/// Where an import stands, in words.
fn place(import: &Import) -> String {
    match import.member.as_str() {
        "" => format!(" {} at byte {}.", import.opcode, import.offset),
        member => format!(" {} at byte {} of {member}.", import.opcode, import.offset),
    }
}

fn oddities(stream: &Stream, document: &Document<'_>, found: &mut Found) {
    if matches!(stream.standing, Standing::Dormant) {
        return;
    }
    let mut kinds: Vec<OddityKind> = Vec::new();
    for oddity in &stream.oddities {
        if !kinds.contains(&oddity.kind) {
            kinds.push(oddity.kind);
            found.findings.extend(odd(oddity, document));
        }
    }
}

fn odd(oddity: &Oddity, document: &Document<'_>) -> Option<Finding> {
    let name = match oddity.detail.as_str() {
        "" => "a value".to_owned(),
        detail => format!("`{detail}`"),
    };
    let (dangerous, says) = match oddity.kind {
        OddityKind::ComputedCallee if oddity.detail.is_empty() => (false, "calls something that cannot be known".to_owned()),
        OddityKind::ComputedCallee if POLICY.is_safe(&oddity.detail) => return None,
        OddityKind::ComputedCallee => (false, format!("calls what {name} returned")),
        OddityKind::BuildOnImport => (true, format!("changes attributes of {name} itself, not of an instance of it")),
        OddityKind::PlantedMethod => (true, format!("plants the method {name} on an object, to be called later")),
        OddityKind::ExtensionCode => (false, format!("imports by the extension code {} instead of a name", oddity.detail)),
        OddityKind::PersistentId => (false, "asks the loading program for an object by a persistent id".to_owned()),
        OddityKind::Duplication => (false, "duplicates the same value thousands of times, as no pickler does".to_owned()),
    };
    let rule = if dangerous && oddity.reachable { rule::unsafe_pickle() } else { rule::suspicious_pickle() };
    let message = format!("Loading this file {says}. At byte {}. (policy {})", oddity.offset, POLICY.version);
    let identity = Fingerprint::new("pickle-oddity", &[document.source.path.as_str(), &format!("{:?}", oddity.kind), &oddity.detail]);
    let mut finding = Finding::new(rule, Confidence::Medium, message, oddity.location.clone(), identity);
    if !dangerous && oddity.kind == OddityKind::PersistentId {
        finding.severity = Severity::Low;
    }
    Some(finding)
}

/// A stream that was not read to its STOP.
fn unread(stream: &Stream, document: &Document<'_>) -> Option<Finding> {
    let (says, offset) = match stream.extent {
        Extent::Whole => return None,
        Extent::Broken { offset, reason } => (format!("a loader stops at byte {offset} ({reason})"), offset),
        Extent::Unread { offset, reason } => (format!("it was read up to byte {offset} only ({reason})"), offset),
    };
    let message = format!("Whether this pickle is harmless cannot be told: {says}. What comes before imports nothing dangerous.");
    let identity = Fingerprint::new("pickle-unread", &[document.source.path.as_str(), &stream.member]);
    let mut finding = Finding::new(rule::inconclusive_pickle(), Confidence::Medium, message, stream.location.clone(), identity);
    finding.advice = format!("get the file again from its origin and compare its length; the trouble is at byte {offset}");
    Some(finding)
}

