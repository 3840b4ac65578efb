//! conda, mamba, micromamba (<https://docs.conda.io/projects/conda/en/stable/commands/>) and pixi.

use super::super::match_spec;
use super::super::shell::Word;
use super::Report;
use super::arguments::{Argument, Known, Value, arguments, letter, value};
use crate::model::{InstallOption, OffsetMap, OptionKind, Redacted, ReferenceKind, Scope};

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
                report.refer(kind, file);
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
    // A variable that is not known, and a local archive, name no package.
    let is_path = text.starts_with(['.', '/', '~']) || text.ends_with(".conda") || text.ends_with(".tar.bz2");
    if !is_path {
        report.declare(map, |document, map| {
            match_spec::declare(document, text, map, Scope::Runtime);
        });
    }
}
