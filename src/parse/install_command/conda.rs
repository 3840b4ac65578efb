//! conda, mamba, micromamba (<https://docs.conda.io/projects/conda/en/stable/commands/>) and pixi.

use super::super::shell::Word;
use super::Report;
use super::arguments::{Argument, Known, Value, arguments, letter, value};
use crate::model::{
    Dependency, Ecosystem, InstallOption, OffsetMap, OptionKind, Pin, Redacted, Reference, ReferenceKind, Scope, Span,
};

const OPTIONS: &[Known] = &[
    letter("--name", 'n'),
    letter("--prefix", 'p'),
    letter("--channel", 'c'),
    letter("--file", 'f'),
    value("--solver"),
    value("--experimental-solver"),
    value("--repodata-fn"),
    value("--subdir"),
    value("--platform"),
    value("--revision"),
    value("--clone"),
    value("--root-prefix"),
    value("--log-level"),
    value("--feature"),
];

/// What follows `conda`.
pub(super) fn conda(words: &[Word], report: &mut Report<'_, '_, '_>) {
    let start = words.iter().take_while(|word| word.text.starts_with('-')).count();
    let word = |at: usize| words.get(start + at).map(|word| word.text.as_str()).unwrap_or_default();
    let (is_environment, from) = match (word(0), word(1)) {
        ("env", "create" | "update") => (true, 2),
        ("install" | "create" | "update" | "upgrade", _) => (false, 1),
        _ => return,
    };
    for argument in arguments(words.get(start + from..).unwrap_or_default(), OPTIONS) {
        match argument {
            // `conda env create NAME` names no package.
            Argument::Operand(operand) if !is_environment => package(operand, report),
            Argument::Option("--channel", Some(channel)) => {
                let location = report.place.location(report.document.source, channel.span());
                let value = Redacted::url(channel.text());
                report.document.options.push(InstallOption { kind: OptionKind::Channel, value, location });
            }
            Argument::Option("--file", Some(file)) => {
                // `conda install --file` takes a list of specs; the other commands an environment file.
                let is_list = !is_environment && !file.text().ends_with(".yml") && !file.text().ends_with(".yaml");
                let kind = if is_list { ReferenceKind::Requirements } else { ReferenceKind::CondaFile };
                let location = report.place.location(report.document.source, file.span());
                report.document.references.push(Reference { kind, value: Redacted::url(file.text()), location });
            }
            _ => {}
        }
    }
}

/// What follows `pixi`.
pub(super) fn pixi(words: &[Word], report: &mut Report<'_, '_, '_>) {
    let (subcommand, rest) = match words {
        [first, rest @ ..] if first.text == "add" => (0, rest),
        [first, second, rest @ ..] if first.text == "global" && second.text == "install" => (1, rest),
        _ => return,
    };
    // `pixi add --pypi` takes requirement strings.
    if subcommand == 0 && rest.iter().any(|word| word.text == "--pypi") {
        return super::pip::packages(rest, report);
    }
    for argument in arguments(rest, OPTIONS) {
        if let Argument::Operand(operand) = argument {
            package(operand, report);
        }
    }
}

/// One match specification.
fn package(value: Value<'_>, report: &mut Report<'_, '_, '_>) {
    declare_text(value.text(), &value.map(), report);
}

/// A match specification whose bytes came from where `map` says.
pub(super) fn declare_text(text: &str, map: &OffsetMap, report: &mut Report<'_, '_, '_>) {
    let name_start = text.rfind("::").map_or(0, |at| at + 2);
    let rest = text.get(name_start..).unwrap_or_default();
    let name_len = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(rest.len());
    let name = rest.get(..name_len).unwrap_or_default();
    let is_file = text.contains('/') && !text.contains("::");
    if name.is_empty() || is_file || name.starts_with(['.', '-']) {
        return;
    }
    let at = name_start + name_len;
    let version = text.get(at..).unwrap_or_default();
    let leading = version.len() - version.trim_start().len();
    let version_at = Span::new(at + leading, text.trim_end().len());
    let version = text.get(version_at.start..version_at.end).unwrap_or_default();
    let (specifier, pin) = specifier(version);
    let whole = map.source_span(Span::new(0, text.len()));
    let map = report.place.map(map);
    let locate = |span: Span| report.document.source.location(map.source_span(span));
    let dependency = Dependency {
        name: name.to_owned(),
        ecosystem: Ecosystem::Conda,
        pin,
        specifier,
        extras: Vec::new(),
        marker: None,
        hashes: Vec::new(),
        url: None,
        scope: Scope::Runtime,
        declared_at: locate(Span::new(0, text.len())),
        name_at: locate(Span::new(name_start, name_start + name.len())),
        specifier_at: (!version_at.is_empty()).then(|| locate(version_at)),
    };
    report.dependency(dependency, whole);
}

/// `=1.2` means `1.2.*`; `=1.2=build` and `==1.2` are exact.
fn specifier(version: &str) -> (String, Pin) {
    if version.is_empty() {
        return (String::new(), Pin::Unpinned);
    }
    if version.contains(['$', '{']) {
        return (version.to_owned(), Pin::Template(version.to_owned()));
    }
    if let Some(exact) = version.strip_prefix("==") {
        let exact = exact.split('=').next().unwrap_or(exact).trim();
        return (format!("=={exact}"), Pin::Exact(exact.to_owned()));
    }
    if let Some(fuzzy) = version.strip_prefix('=') {
        return match fuzzy.split_once('=') {
            Some((exact, _)) if !exact.ends_with('*') => (format!("=={exact}"), Pin::Exact(exact.to_owned())),
            Some((fuzzy, _)) => (fuzzy.to_owned(), Pin::Range(format!("=={fuzzy}"))),
            None if fuzzy.ends_with('*') => (fuzzy.to_owned(), Pin::Range(format!("=={fuzzy}"))),
            None => (format!("{fuzzy}.*"), Pin::Range(format!("=={fuzzy}.*"))),
        };
    }
    (version.to_owned(), Pin::Range(version.to_owned()))
}
