//! Files that another file writes: a notebook's `%%writefile conda.yml`, a Dockerfile's `COPY <<EOF r.txt`, a script's
//! `cat > requirements.txt <<EOF`. The body is read as what the name says, and every place is one of the file that holds
//! it. Not a parser of its own: whoever finds such a body asks. What the writing program fills in is not known.

use super::install_command::Place;
use super::{
    Parser, azureml, azureml_asset, conda_environment, dockerfile, mlflow, pipfile, pyproject, requirements, setup_cfg,
    shell_script, tox_ini,
};
use crate::model::{ArtifactPath, Document, Location, Redacted, Reference, ReferenceKind, Source, Span};

/// Formats that only declare. None of them holds commands, which could write files again.
static DECLARATIONS: &[&dyn Parser] = &[
    &requirements::Requirements,
    &conda_environment::CondaEnvironment,
    &mlflow::Mlflow,
    &setup_cfg::SetupCfg,
    &pyproject::Pyproject,
    &pipfile::Pipfile,
    &azureml_asset::AzuremlAsset,
];
/// Formats that hold commands, too.
static PROGRAMS: &[&dyn Parser] =
    &[&dockerfile::Dockerfile, &azureml::Azureml, &shell_script::ShellScript, &tox_ini::ToxIni];

/// What may be in the body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Declarations and programs.
    Any,
    /// Declarations alone: the body stands in a program.
    Declarations,
}

/// Reads `body`, all of `place`'s text, as the file `name`. `named_at` is where the name stands in the file.
pub fn read(name: &str, named_at: Location, body: &[u8], place: &Place<'_>, depth: Depth, document: &mut Document<'_>) {
    let programs = if depth == Depth::Any { PROGRAMS } else { &[] };
    let path = ArtifactPath::new(name);
    let source = Source::new(path, body);
    let parsers: Vec<_> =
        DECLARATIONS.iter().chain(programs).filter(|parser| parser.claims(&source.path, body)).collect();
    if parsers.is_empty() {
        return;
    }
    document.references.push(Reference {
        kind: ReferenceKind::WrittenFile,
        value: Redacted::url(name),
        location: named_at,
    });
    let mut inner = Document::new(&source);
    inner.wanted = document.wanted;
    for parser in parsers {
        parser.parse(&source, &mut inner);
    }
    let outer = document.source;
    let mut lift = |location: &mut Location| *location = place.location(outer, location.span);
    for dependency in &mut inner.dependencies {
        lift(&mut dependency.declared_at);
        lift(&mut dependency.name_at);
        dependency.specifier_at.iter_mut().for_each(&mut lift);
    }
    inner.references.iter_mut().for_each(|reference| lift(&mut reference.location));
    inner.options.iter_mut().for_each(|option| lift(&mut option.location));
    inner.assets.iter_mut().for_each(|asset| asset.each_location(&mut lift));
    document.assets.append(&mut inner.assets);
    document.dependencies.append(&mut inner.dependencies);
    document.references.append(&mut inner.references);
    document.options.append(&mut inner.options);
    for notification in inner.notifications {
        let line = notification.line.unwrap_or(1).saturating_sub(1) as usize;
        let ends = memchr::memchr_iter(b'\n', body).map(|end| end + 1);
        let at = std::iter::once(0).chain(ends).nth(line).unwrap_or_default();
        document.notify_at(place.span(Span::new(at, at)).start, notification.kind, notification.message);
    }
}
