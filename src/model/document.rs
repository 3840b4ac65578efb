//! The narrow waist: what we understood of one artifact. Parsers fill it, detectors read it; neither knows
//! the other.

use super::asset::Asset;
use super::call::Call;
use super::dependency::Dependency;
use super::finding::Finding;
use super::import::Import;
use super::notification::{Notification, NotificationKind};
use super::pickle::{ModelTrait, Pickle};
use super::reference::{InstallOption, Reference};
use super::repository::Facts;
use super::rule::Groups;
use super::segment::Segment;
use super::source::Source;
use super::span::Span;
use super::suppression::Suppression;

/// What was understood of one artifact. A new format gets every detector free, a new detector every format.
pub struct Document<'a> {
    /// The text that all spans refer to.
    pub source: &'a Source<'a>,
    /// What findings are asked for: what serves none of them need not be understood.
    pub wanted: Groups,
    /// Look for secrets in what hardly holds any as well ([`Document::unsearched_from`]).
    pub exhaustive: bool,
    /// From this byte of the file on secrets are looked for, unless asked, at most in what a parser took for text: tensors,
    /// pixels.
    pub unsearched_from: Option<u64>,
    /// Names of the parsers that read it.
    pub readers: Vec<&'static str>,
    /// Declared packages.
    pub dependencies: Vec<Dependency>,
    /// Pointers to other artifacts and images.
    pub references: Vec<Reference>,
    /// Installer options.
    pub options: Vec<InstallOption>,
    /// Readable text, with the map back to the file.
    pub segments: Vec<Segment<'a>>,
    /// Python calls.
    pub calls: Vec<Call>,
    /// Cloud resources, and what they refer to.
    pub assets: Vec<Asset>,
    /// Imports of pickle streams.
    pub imports: Vec<Import>,
    /// Pickle streams.
    pub pickles: Vec<Pickle>,
    /// What other model formats say.
    pub model_traits: Vec<ModelTrait>,
    /// Inline ignores.
    pub suppressions: Vec<Suppression>,
    /// What could not be read, and why.
    pub notifications: Vec<Notification>,
}

impl<'a> Document<'a> {
    /// Nothing understood yet.
    pub fn new(source: &'a Source<'a>) -> Self {
        Self {
            source,
            wanted: Groups::ALL,
            exhaustive: false,
            unsearched_from: None,
            readers: Vec::new(),
            dependencies: Vec::new(),
            references: Vec::new(),
            options: Vec::new(),
            segments: Vec::new(),
            calls: Vec::new(),
            assets: Vec::new(),
            imports: Vec::new(),
            pickles: Vec::new(),
            model_traits: Vec::new(),
            suppressions: Vec::new(),
            notifications: Vec::new(),
        }
    }

    /// Says that the raw bytes are no text to be searched: what can be read of them is in segments or in members.
    pub fn take_text(&mut self) {
        if self.segments.is_empty() {
            self.segments.push(Segment::whole(&[], super::segment::SegmentKind::Metadata));
        }
    }

    /// Notes that part of this artifact was not analysed.
    pub fn notify(&mut self, kind: NotificationKind, message: impl Into<String>) {
        self.notifications.push(Notification::new(&self.source.path, kind, message));
    }

    /// The same, with the line of a byte offset.
    pub fn notify_at(&mut self, offset: usize, kind: NotificationKind, message: impl Into<String>) {
        let line = self.source.location(Span::new(offset, offset)).start.line;
        self.notifications.push(Notification::new(&self.source.path, kind, message).at_line(line));
    }

    /// True when lines of it may be shown with a finding.
    pub fn has_places(&self) -> bool {
        !self.dependencies.is_empty()
            || !self.references.is_empty()
            || !self.options.is_empty()
            || !self.calls.is_empty()
            || !self.assets.is_empty()
    }

    /// Drops the text and keeps the facts. Cuts the snippet of every location that will need one, with
    /// `masked` (the secrets found in this artifact) blanked out.
    pub fn into_facts(mut self, mut findings: Vec<Finding>, masked: &[Span]) -> Facts {
        let source = self.source;
        let credentials = self.assets.iter().flat_map(|asset| asset.credentials(source));
        let masked = &Span::merged(masked.iter().copied().chain(credentials).collect());
        let cut = |location: &mut super::location::Location| {
            if location.snippet.is_none() && location.path == source.path {
                location.snippet = Some(Box::new(source.snippet(location.span, masked)));
            }
        };
        // `api_key = "…"` in a list that others read as requirements: what is a secret is no version, and stands in no inventory.
        let secrets = |span: Span| {
            let first = masked.partition_point(|mask| mask.end <= span.start);
            masked.iter().skip(first).take_while(move |mask| mask.start < span.end)
        };
        self.dependencies.retain(|dependency| {
            dependency.url.is_some()
                || dependency.specifier_at.as_ref().is_none_or(|at| secrets(at.span).next().is_none())
        });
        // A token in the path of an index.
        let without = |value: &mut super::redact::Redacted, span: Span| {
            for mask in secrets(span) {
                *value = value.without(&String::from_utf8_lossy(mask.slice(source.text())));
            }
        };
        self.references.iter_mut().for_each(|reference| without(&mut reference.value, reference.location.span));
        self.options.iter_mut().for_each(|option| without(&mut option.value, option.location.span));
        for dependency in &mut self.dependencies {
            if let Some(url) = &mut dependency.url {
                without(url, dependency.declared_at.span);
            }
            // Only the place that a finding about the version would point at.
            cut(dependency.specifier_at.as_mut().unwrap_or(&mut dependency.name_at));
        }
        self.references.iter_mut().for_each(|reference| cut(&mut reference.location));
        self.options.iter_mut().for_each(|option| cut(&mut option.location));
        self.calls.iter_mut().for_each(|call| cut(&mut call.location));
        for asset in &mut self.assets {
            asset.each_location(&mut |location| cut(location));
        }
        for finding in &mut findings {
            cut(&mut finding.location);
            finding.related.iter_mut().for_each(|related| cut(&mut related.location));
        }
        Facts {
            cells: super::segment::cell_kinds(&self.segments),
            path: source.path.clone(),
            readers: self.readers,
            dependencies: self.dependencies,
            references: self.references,
            options: self.options,
            calls: self.calls,
            assets: self.assets,
            imports: self.imports,
            sklearn: self.pickles.into_iter().find_map(|pickle| pickle.sklearn),
            suppressions: self.suppressions,
            notifications: self.notifications,
            findings,
        }
    }
}
