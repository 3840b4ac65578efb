//! pip (<https://pip.pypa.io/en/stable/cli/pip_install/>), uv and the project managers that take requirement
//! strings on the command line.

use super::super::shell::Word;
use super::super::{requirement, requirements};
use super::arguments::{Argument, Known, Value, arguments, flag, letter, value};
use super::{Report, base_name, listed};
use crate::model::{InstallOption, OffsetMap, OptionKind, Pin, Redacted, ReferenceKind, Scope, Span};

/// The options of `pip install` and `uv pip install` that take a value, and those flags that matter.
const INSTALL: &[Known] = &[
    letter("--requirement", 'r'),
    value("--requirements"),
    letter("--constraint", 'c'),
    value("--constraints"),
    value("--build-constraint"),
    value("--override"),
    letter("--editable", 'e'),
    letter("--target", 't'),
    letter("--index-url", 'i'),
    value("--pypi-url"),
    value("--index"),
    value("--default-index"),
    value("--extra-index-url"),
    letter("--find-links", 'f'),
    value("--trusted-host"),
    value("--allow-insecure-host"),
    flag("--no-index"),
    flag("--require-hashes"),
    flag("--pre"),
    value("--no-binary"),
    value("--only-binary"),
    flag("--prefer-binary"),
    letter("--config-settings", 'C'),
    value("--config-setting"),
    letter("--build", 'b'),
    letter("--wheel-dir", 'w'),
    letter("--dest", 'd'),
    value("--python"),
    letter("--python-version", 'p'),
    value("--platform"),
    value("--python-platform"),
    value("--implementation"),
    value("--abi"),
    value("--root"),
    value("--prefix"),
    value("--src"),
    value("--upgrade-strategy"),
    value("--global-option"),
    value("--install-option"),
    value("--build-option"),
    value("--progress-bar"),
    value("--root-user-action"),
    value("--report"),
    value("--proxy"),
    value("--retries"),
    value("--resume-retries"),
    value("--timeout"),
    value("--exists-action"),
    value("--cert"),
    value("--client-cert"),
    value("--cache-dir"),
    value("--log"),
    value("--use-feature"),
    value("--use-deprecated"),
    value("--keyring-provider"),
    value("--group"),
    value("--extra"),
    value("--exclude-newer"),
    value("--uploaded-prior-to"),
    value("--index-strategy"),
    value("--torch-backend"),
    value("--link-mode"),
    value("--resolution"),
    value("--prerelease"),
    value("--upgrade-package"),
    value("--reinstall-package"),
    value("--no-build-isolation-package"),
    value("--with"),
    value("--with-requirements"),
    value("--from"),
    value("--with-editable"),
    value("--spec"),
    value("--suffix"),
    value("--pip-args"),
];

/// What follows `pip`.
pub(super) fn pip(words: &[Word], report: &mut Report<'_, '_, '_>) {
    // Options before the subcommand.
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word.text.as_str() {
            "install" | "download" | "wheel" => {
                return packages(words.get(at + 1..).unwrap_or_default(), report);
            }
            "inject" => return packages(words.get(at + 2..).unwrap_or_default(), report),
            "--python" | "--proxy" | "--retries" | "--timeout" | "--cache-dir" | "--log" | "--cert"
            | "--trusted-host" | "--exists-action" | "--client-cert" | "--use-feature" | "--keyring-provider" => {
                at += 2
            }
            option if option.starts_with('-') => at += 1,
            _ => return,
        }
    }
}

/// What follows `uv`.
pub(super) fn uv(words: &[Word], report: &mut Report<'_, '_, '_>) {
    let start = words.iter().take_while(|word| word.text.starts_with('-')).count();
    let after = |count: usize| words.get(start + count..).unwrap_or_default();
    let word = |at: usize| words.get(start + at).map(|word| word.text.as_str()).unwrap_or_default();
    match (word(0), word(1)) {
        ("pip", "install") | ("tool", "install") => packages(after(2), report),
        ("pip", "sync") => files(after(2), report),
        ("tool", "run") => run_tool(after(2), report),
        ("add", _) => packages(after(1), report),
        _ => {}
    }
}

/// `uv run --with a==1 COMMAND`: what stands before the command.
pub(super) fn run_with(words: &[Word], report: &mut Report<'_, '_, '_>) {
    let Some(uv) = words.iter().position(|word| base_name(&word.text) == "uv") else { return };
    for argument in arguments(words.get(uv + 1..).unwrap_or_default(), INSTALL) {
        match argument {
            Argument::Option("--with", Some(value)) => declare(value, report),
            Argument::Option("--with-requirements", Some(value)) => option("--with-requirements", value, report),
            _ => {}
        }
    }
}

/// `uvx [--from PACKAGE] [--with PACKAGE] COMMAND`: the command is a package unless another is named.
pub(super) fn run_tool(words: &[Word], report: &mut Report<'_, '_, '_>) {
    let mut is_named = false;
    for argument in arguments(words, INSTALL) {
        match argument {
            Argument::Option(name @ ("--from" | "--spec" | "--with"), Some(value)) => {
                is_named |= name != "--with";
                project_requirement(value, report);
            }
            Argument::Operand(operand) => {
                if !is_named {
                    project_requirement(operand, report);
                }
                return;
            }
            Argument::Option(name, Some(value)) => option(name, value, report),
            _ => {}
        }
    }
}

/// What follows `poetry`, `pdm`, `rye` or `pipenv`.
pub(super) fn project_manager(name: &str, words: &[Word], report: &mut Report<'_, '_, '_>) {
    let start = words.iter().take_while(|word| word.text.starts_with('-')).count();
    let subcommand = words.get(start).map(|word| word.text.as_str()).unwrap_or_default();
    let rest = words.get(start + 1..).unwrap_or_default();
    match (name, subcommand) {
        ("pipenv", "install") => packages(rest, report),
        ("poetry" | "pdm" | "rye", "add") => {
            const ADD: &[Known] = &[
                letter("--group", 'G'),
                letter("--extras", 'E'),
                value("--python"),
                value("--source"),
                value("--platform"),
            ];
            for argument in arguments(rest, ADD) {
                if let Argument::Operand(operand) = argument {
                    project_requirement(operand, report);
                }
            }
        }
        _ => {}
    }
}

/// Options and requirements, as `pip install` takes them.
pub(super) fn packages(words: &[Word], report: &mut Report<'_, '_, '_>) {
    for argument in arguments(words, INSTALL) {
        match argument {
            Argument::Operand(operand) => declare(operand, report),
            Argument::Option(name, Some(value)) => match name {
                "--editable" | "--with" | "--from" => declare(value, report),
                _ => option(name, value, report),
            },
            Argument::Option(name, None) => switch(name, words, report),
            Argument::Unknown => {}
        }
    }
}

/// Operands that are requirements files.
pub(super) fn files(words: &[Word], report: &mut Report<'_, '_, '_>) {
    for argument in arguments(words, INSTALL) {
        match argument {
            Argument::Operand(operand) => report.refer(ReferenceKind::Requirements, operand),
            Argument::Option(name, Some(value)) => option(name, value, report),
            Argument::Option(..) | Argument::Unknown => {}
        }
    }
}

fn option(name: &str, value: Value<'_>, report: &mut Report<'_, '_, '_>) {
    let kind = match name {
        "--requirement" | "--requirements" | "--with-requirements" => {
            return report.refer(ReferenceKind::Requirements, value);
        }
        "--constraint" | "--constraints" | "--build-constraint" | "--override" => {
            return report.refer(ReferenceKind::Constraints, value);
        }
        "--index-url" | "--pypi-url" | "--default-index" => OptionKind::IndexUrl,
        "--extra-index-url" | "--index" => OptionKind::ExtraIndexUrl,
        "--find-links" => OptionKind::FindLinks,
        "--trusted-host" | "--allow-insecure-host" => OptionKind::TrustedHost,
        "--no-binary" | "--only-binary" => OptionKind::Binary,
        _ => return,
    };
    let location = report.place.location(report.document.source, value.span());
    report.document.options.push(InstallOption { kind, value: Redacted::url(value.text()), location });
}

/// An option that takes no value.
fn switch(name: &'static str, words: &[Word], report: &mut Report<'_, '_, '_>) {
    let kind = match name {
        "--no-index" => OptionKind::NoIndex,
        "--require-hashes" => OptionKind::RequireHashes,
        "--pre" => OptionKind::Pre,
        "--prefer-binary" => OptionKind::Binary,
        _ => return,
    };
    let Some(word) = words.iter().find(|word| word.text == name) else { return };
    let location = report.place.location(report.document.source, word.span);
    report.document.options.push(InstallOption { kind, value: Redacted::public(""), location });
}

/// One requirement string.
fn declare(value: Value<'_>, report: &mut Report<'_, '_, '_>) {
    // `"$EXTRA"` of a variable that is empty here declares nothing.
    if value.text().is_empty() {
        return;
    }
    if let Some(file) = listed::substituted(value.word) {
        return report.refer(ReferenceKind::Requirements, Value::of(&file));
    }
    declare_text(value.text(), &value.map(), Scope::Runtime, report);
}

/// A requirement string whose bytes came from where `map` says.
pub(super) fn declare_text(text: &str, map: &OffsetMap, scope: Scope, report: &mut Report<'_, '_, '_>) {
    report.declare(map, |document, map| {
        requirement::declare(document, text, map, scope);
    });
}

/// The same with what a line of a requirements file may be besides: `-r base.txt`, `--index-url …`.
pub(super) fn declare_line(text: &str, map: &OffsetMap, scope: Scope, report: &mut Report<'_, '_, '_>) {
    report.declare(map, |document, map| requirements::declare_line(document, text, map, scope));
}

/// `name@constraint` of Poetry's `add`, besides requirement strings.
fn project_requirement(value: Value<'_>, report: &mut Report<'_, '_, '_>) {
    let text = value.text();
    let Some((name, constraint)) = text.split_once('@').filter(|(name, _)| !name.contains(['/', ':', '='])) else {
        return declare(value, report);
    };
    let Ok(mut requirement) = requirement::read(name) else { return declare(value, report) };
    if constraint.contains("://") || constraint.is_empty() {
        return declare(value, report);
    }
    requirement.specifier = constraint.to_owned();
    requirement.specifier_at = Some(Span::new(name.len() + 1, text.len()));
    requirement.pin = match constraint {
        "latest" | "*" => Pin::Unpinned,
        version if version.starts_with(|c: char| c.is_ascii_digit()) => Pin::Exact(version.to_owned()),
        other => Pin::Range(other.to_owned()),
    };
    requirement.extent.end = text.len();
    report.declare(&value.map(), |document, map| {
        let dependency = requirement.place(document.source, map, Scope::Runtime);
        document.dependencies.push(dependency);
    });
}
