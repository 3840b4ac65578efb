//! `setup()` of setuptools (<https://setuptools.pypa.io/en/latest/references/keywords.html>), read from the
//! syntax tree: literal lists, names of the same file, and requirements files that the file reads.
//!
//! Not a parser of its own: `parse/python.rs` asks it about every call. Nothing is run, so what the program
//! computes is told as a notification.

use super::install_command::{Place, declare};
use super::python::{Expression, Module, Site, Text, Value, ValueKind};
use crate::model::{Document, NotificationKind, Redacted, Reference, ReferenceKind, Scope, Span};

/// Reads a call, if it is one of `setup`.
pub fn read<'t>(module: &Module<'t>, site: &Site<'t>, place: &Place<'_>, document: &mut Document<'_>) {
    let is_setup = matches!(
        site.function.as_str(),
        "setuptools.setup" | "distutils.core.setup" | "skbuild.setup" | "numpy.distutils.core.setup"
    ) || (site.function == "setup" && document.source.path.file_name().ends_with("setup.py"));
    if !is_setup {
        return;
    }
    for (name, scope) in [
        ("setup_requires", Scope::Build),
        ("install_requires", Scope::Runtime),
        ("requires", Scope::Runtime),
        ("tests_require", Scope::Optional),
        ("extras_require", Scope::Optional),
    ] {
        if let Some(expression) = site.argument(None, name) {
            let value = module.written_value(expression);
            requirements(module, expression, value, scope, place, document);
        }
    }
    let is_script =
        document.source.path.file_name() == "setup.py" && !site.name.is_some_and(|name| module.is_own(name));
    if is_script && site.has_splat && site.argument(None, "install_requires").is_none() {
        let message = "arguments of setup() come from elsewhere: requirements among them are not known";
        document.notify_at(place.span(site.span).start, NotificationKind::Unsupported, message);
    }
}

fn requirements<'t>(
    module: &Module<'t>,
    expression: Expression<'t>,
    value: Value,
    scope: Scope,
    place: &Place<'_>,
    document: &mut Document<'_>,
) {
    match value.kind {
        ValueKind::List(values) => {
            let mut known = false;
            let mut dynamic = None;
            for value in values {
                match value.kind {
                    ValueKind::Text(text) => {
                        one(&text, scope, place, document);
                        known = true;
                    }
                    _ => dynamic = Some(value.span),
                }
            }
            if let Some(span) = dynamic {
                files(module, expression, span, scope, place, document, known);
            }
        }
        // Several in one string, a line each.
        ValueKind::Text(text) => one(&text, scope, place, document),
        ValueKind::Mapping(items) => {
            for (_, value) in items {
                let span = value.span;
                match value.kind {
                    ValueKind::List(_) | ValueKind::Text(_) => {
                        requirements(module, expression, value, scope, place, document);
                    }
                    _ => files(module, expression, span, scope, place, document, true),
                }
            }
        }
        ValueKind::None => {}
        _ => files(module, expression, value.span, scope, place, document, false),
    }
}

/// One string; setuptools takes several lines of requirements in it.
fn one(text: &Text, scope: Scope, place: &Place<'_>, document: &mut Document<'_>) {
    let mut at = 0;
    for line in text.value.split('\n') {
        let from = at + (line.len() - line.trim_start().len());
        at += line.len() + 1;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let map = crate::model::OffsetMap::identity(from, line.len()).through(&text.map);
        declare(line, &map, scope, place, document);
    }
}

/// What is not a literal: the requirements files that it names, else a notification.
fn files<'t>(
    module: &Module<'t>,
    expression: Expression<'t>,
    span: Span,
    scope: Scope,
    place: &Place<'_>,
    document: &mut Document<'_>,
    known: bool,
) {
    let mut found = known;
    for text in module.strings(expression) {
        let name = text.value.as_str();
        let is_file = (name.ends_with(".txt") || name.ends_with(".in")) && !name.contains(char::is_whitespace);
        if is_file && text.is_whole {
            let location = place.location(document.source, text.map.source_span(Span::new(0, name.len())));
            let is_new = !document.references.iter().any(|reference| reference.location.span == location.span);
            if is_new {
                let value = Redacted::public(name);
                document.references.push(Reference { kind: ReferenceKind::Requirements, value, location });
            }
            found = true;
        }
    }
    if !found && scope == Scope::Runtime {
        let message = "requirements of setup() that the program computes are not known";
        document.notify_at(place.span(span).start, NotificationKind::Unsupported, message);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Parser;
    use super::super::python::Python;
    use super::*;
    use crate::model::{ArtifactPath, Source};

    fn read(text: &str) -> (Vec<String>, Vec<String>, usize) {
        let source = Source::new(ArtifactPath::new("setup.py"), text.as_bytes());
        let mut document = Document::new(&source);
        Python.parse(&source, &mut document);
        let packages = document.dependencies.iter().map(|found| {
            format!("{} {} @{}", found.name, found.specifier, found.declared_at.start.line).replace("  ", " ")
        });
        let files = document.references.iter().map(|found| found.value.as_str().to_owned());
        (packages.collect(), files.collect(), document.notifications.len())
    }

    #[test]
    fn literals_and_names_of_the_same_file() {
        let (packages, _, notes) = read(
            "from setuptools import setup\nV = '1.2'\nCORE = [\n  'a>=1',  # x>=1\n  f'b=={V}',\n]\nEXTRA = {'x': ['c[d]<2'], 'y': CORE}\n\
             setup(install_requires=CORE + ['e'], extras_require={**EXTRA, 'z': ['f; python_version<\"3\"']},\n  setup_requires='g\\nh',)\n",
        );
        assert_eq!(packages, ["g @9", "h @9", "a >=1 @4", "b ==1.2 @5", "e @8", "f @8"]);
        assert_eq!(notes, 0);
    }

    #[test]
    fn files_that_are_read_are_references() {
        let (packages, files, notes) = read(
            "import setuptools\ndef load(p):\n  return open(p).read().splitlines()\n\
             setuptools.setup(install_requires=load('requirements/base.txt'), extras_require={'a': ['b'], 'c': x()})\n",
        );
        assert_eq!((packages, files, notes), (vec!["b @4".to_owned()], vec!["requirements/base.txt".to_owned()], 0));
    }

    #[test]
    fn what_is_computed_is_told() {
        let (packages, _, notes) =
            read("from setuptools import setup\nsetup(install_requires=compute())\nother(install_requires=['x'])\n");
        assert!(packages.is_empty());
        assert_eq!(notes, 1);
        assert_eq!(read("from setuptools import setup\nsetup(name='a', **arguments())\n").2, 1);
    }

    #[test]
    fn dictionaries_are_opened() {
        for made in ["dict(name='a', install_requires=['b==1'])", "{'name': 'a', 'install_requires': ['b==1']}"] {
            let found = read(&format!("from setuptools import setup\nmetadata = {made}\nsetup(**metadata)\n"));
            assert_eq!(found, (vec!["b ==1 @2".to_owned()], vec![], 0), "{made}");
        }
    }
}
