//! apt (<https://manpages.debian.org/stable/apt/apt-get.8.en.html>): packages of the distribution.

use super::super::shell::Word;
use super::Report;
use super::arguments::{Argument, Known, Value, arguments, letter};
use crate::model::{Dependency, Ecosystem, Pin, Scope, Span};

const OPTIONS: &[Known] = &[
    letter("--option", 'o'),
    letter("--target-release", 't'),
    letter("--config-file", 'c'),
    letter("--host-architecture", 'a'),
];

/// What follows `apt-get`.
pub(super) fn apt(words: &[Word], report: &mut Report<'_, '_, '_>) {
    let mut installs = false;
    for argument in arguments(words, OPTIONS) {
        let Argument::Operand(operand) = argument else { continue };
        if installs {
            package(operand, report);
        } else if operand.text() == "install" {
            installs = true;
        } else {
            return;
        }
    }
}

/// `name`, `name=version`, `name/release`, `name:architecture`; `name-` removes.
fn package(value: Value<'_>, report: &mut Report<'_, '_, '_>) {
    let text = value.text();
    let name_len = text.find(['=', '/', ':']).unwrap_or(text.len());
    let name = text.get(..name_len).unwrap_or_default().trim_end_matches('+');
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !name.ends_with('-')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_'))
        && !name.ends_with(".deb");
    if !is_name {
        return;
    }
    let version = text.find('=').map(|at| Span::new(at + 1, text.len())).filter(|version| !version.is_empty());
    let version_text = version.map(|version| text.get(version.start..).unwrap_or_default());
    report.declare(&value.map(), |document, map| {
        let locate = |span: Span| document.source.location(map.source_span(span));
        let dependency = Dependency {
            name: name.to_owned(),
            ecosystem: Ecosystem::Debian,
            pin: match version_text {
                None => Pin::Unpinned,
                Some(version) if version.contains(['$', '{']) => Pin::Template(version.to_owned()),
                Some(version) if version.contains('*') => Pin::Range(version.to_owned()),
                Some(version) => Pin::Exact(version.to_owned()),
            },
            specifier: version_text.map(|version| format!("={version}")).unwrap_or_default(),
            extras: Vec::new(),
            marker: None,
            hashes: Vec::new(),
            url: None,
            scope: Scope::Runtime,
            declared_at: locate(Span::new(0, text.len())),
            name_at: locate(Span::new(0, name.len())),
            specifier_at: version.map(locate),
        };
        document.dependencies.push(dependency);
    });
}
