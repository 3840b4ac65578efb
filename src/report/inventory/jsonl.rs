//! The inventory as JSON Lines. A declaration has `name`, a reference `ref`, a pickle import `global`, and what was
//! not analysed `notification`; every line has `file`.

use std::io::{self, Write};

use serde::Serialize;

use super::super::escape::write_json;
use super::{notifications, purl};
use crate::model::{Dependency, Import, InstallOption, Notification, OptionKind, Pin, Reference, Repository, Scope};

pub(super) fn write(repository: &Repository, out: &mut dyn Write) -> io::Result<()> {
    for facts in &repository.artifacts {
        let file = facts.path.as_str();
        for dependency in &facts.dependencies {
            line(out, &Declaration::of(file, dependency))?;
        }
        for reference in &facts.references {
            line(out, &Pointer::of(file, reference))?;
        }
        for option in facts.options.iter().filter(|option| !option.value.as_str().is_empty()) {
            line(out, &Pointer::of_option(file, option))?;
        }
        // What no loader gets to is not imported.
        for import in facts.imports.iter().filter(|import| import.reachable) {
            line(out, &Global::of(file, import))?;
        }
    }
    for notification in notifications(repository) {
        line(out, &Unread::of(notification))?;
    }
    Ok(())
}

fn line<T: Serialize>(out: &mut dyn Write, value: &T) -> io::Result<()> {
    write_json(out, value, false, false)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Declaration<'a> {
    file: &'a str,
    name: &'a str,
    specifier: &'a str,
    line: u32,
    column: u32,
    ecosystem: &'static str,
    pin: &'static str,
    scope: &'static str,
    purl: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    extras: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hashes: &'a [String],
}

impl<'a> Declaration<'a> {
    fn of(file: &'a str, dependency: &'a Dependency) -> Self {
        Self {
            file,
            name: &dependency.name,
            specifier: &dependency.specifier,
            line: dependency.declared_at.start.line,
            column: dependency.declared_at.start.column,
            ecosystem: dependency.ecosystem.purl_type(),
            pin: match &dependency.pin {
                Pin::Exact(_) => "exact",
                Pin::Range(_) => "range",
                Pin::Unpinned => "unpinned",
                Pin::Url => "url",
                Pin::Template(_) => "template",
                Pin::Invalid(_) => "invalid",
            },
            scope: match dependency.scope {
                Scope::Runtime => "runtime",
                Scope::Optional => "optional",
                Scope::Build => "build",
                Scope::Constraint => "constraint",
                Scope::Locked => "locked",
            },
            purl: purl(dependency),
            extras: &dependency.extras,
            marker: dependency.marker.as_deref(),
            url: dependency.url.as_ref().map(|url| url.as_str()),
            hashes: &dependency.hashes,
        }
    }
}

#[derive(Serialize)]
struct Pointer<'a> {
    file: &'a str,
    #[serde(rename = "ref")]
    kind: &'static str,
    value: &'a str,
    line: u32,
}

impl<'a> Pointer<'a> {
    fn of(file: &'a str, reference: &'a Reference) -> Self {
        Self { file, kind: reference.kind.name(), value: reference.value.as_str(), line: reference.location.start.line }
    }
}

impl<'a> Pointer<'a> {
    /// Where packages come from is a pointer too.
    fn of_option(file: &'a str, option: &'a InstallOption) -> Self {
        let kind = match option.kind {
            OptionKind::IndexUrl => "index_url",
            OptionKind::ExtraIndexUrl => "extra_index_url",
            OptionKind::FindLinks => "find_links",
            OptionKind::TrustedHost => "trusted_host",
            OptionKind::NoIndex => "no_index",
            OptionKind::RequireHashes => "require_hashes",
            OptionKind::Pre => "pre",
            OptionKind::Binary => "binary",
            OptionKind::Channel => "channel",
        };
        Self { file, kind, value: option.value.as_str(), line: option.location.start.line }
    }
}

#[derive(Serialize)]
struct Global<'a> {
    file: &'a str,
    member: &'a str,
    offset: u64,
    global: String,
}

impl<'a> Global<'a> {
    fn of(file: &'a str, import: &'a Import) -> Self {
        Self {
            file,
            member: &import.member,
            offset: import.offset,
            global: format!("{}.{}", import.module, import.name),
        }
    }
}

#[derive(Serialize)]
struct Unread<'a> {
    file: &'a str,
    notification: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

impl<'a> Unread<'a> {
    fn of(notification: &'a Notification) -> Self {
        Self {
            file: notification.path.as_ref().map_or("", |path| path.as_str()),
            notification: notification.kind.name(),
            message: &notification.message,
            line: notification.line,
        }
    }
}
