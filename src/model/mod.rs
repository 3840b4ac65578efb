//! The nouns that every stage shares. This module imports nothing else of ours (floor 0).
//!
//! A [`Source`] is the text of one artifact; a [`Document`] is what a parser understood of it; a
//! [`Finding`] is what a detector thinks of that; an [`Outcome`] is what a reporter draws.

pub mod artifact;
pub mod asset;
pub mod call;
pub mod coverage;
pub mod dependency;
pub mod document;
pub mod finding;
pub mod fingerprint;
pub mod import;
pub mod line_index;
pub mod location;
pub mod notification;
pub mod offset_map;
pub mod outcome;
pub mod pickle;
pub mod reader;
pub mod redact;
pub mod reference;
pub mod repository;
pub mod rule;
pub mod segment;
pub mod source;
pub mod span;
pub mod suppression;

pub use artifact::{Artifact, ArtifactPath, last_part};
pub use asset::{Asset, Dialect, Given, Setting};
pub use call::{Argument, Call, Literal};
pub use coverage::{AdvisoryData, Coverage};
pub use dependency::{Dependency, Ecosystem, Pin, Scope, is_latest_template};
pub use document::Document;
pub use finding::{AffectedRange, Disposition, Edit, Finding, Fix, Package, Related};
pub use fingerprint::Fingerprint;
pub use import::{Import, Uses};
pub use line_index::LineIndex;
pub use location::{Location, Logical, Position, Snippet};
pub use notification::{Notification, NotificationKind};
pub use offset_map::OffsetMap;
pub use outcome::{Notebook, Outcome};
pub use pickle::{Extent, ModelTrait, Oddity, OddityKind, Pickle, Standing};
pub use redact::Redacted;
pub use reference::{InstallOption, OptionKind, Reference, ReferenceKind};
pub use repository::{Facts, Link, Repository};
pub use rule::{Confidence, Group, Groups, Help, Rule, Severity};
pub use segment::{Segment, SegmentKind, cell_kinds};
pub use source::{ReadSeek, Source};
pub use span::Span;
pub use suppression::Suppression;
