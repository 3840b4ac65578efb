//! `redan advisories status` and `show`.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use anyhow::anyhow;

use super::{ShowArguments, StatusArguments, failure, printable};
use crate::advisory::bulk::Entry;
use crate::advisory::{self, Advisories, Advisory, Database, export};
use crate::cli::{Exit, Failure};
use crate::model::dependency::normalize_name;

pub(super) fn status(arguments: &StatusArguments, store: Option<&Path>) -> Result<Exit, Failure> {
    let advisories = Advisories::open(store);
    let data = advisories.data();
    let max_age = arguments.max_advisory_age.unwrap_or(advisory::MAX_AGE_DAYS);
    let notifications = advisories.notifications(max_age, Some(advisory::today()));
    let head = store.and_then(|path| Database::new(path).head().ok().flatten()).filter(|_| !data.embedded);
    let path = store.map(|path| path.display().to_string()).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let object = serde_json::json!({
            "embedded": data.embedded,
            "source": data.source,
            "date": data.date,
            "records": data.records,
            "packages": advisories.snapshot().names().count(),
            "digest": export::digest(advisories.snapshot().text().as_bytes()),
            "store": path,
            "fetched": head.as_ref().map(|head| head.fetched.to_string()),
            "checked": head.as_ref().map(|head| head.checked.to_string()),
            "withdrawn": head.as_ref().map(|head| head.withdrawn),
            "unreadable": head.as_ref().map(|head| head.unreadable),
            "notifications": notifications.iter().map(|note| note.message.as_str()).collect::<Vec<_>>(),
        });
        let _ = writeln!(out, "{object}");
    } else {
        let kind = if data.embedded { " (built in)" } else { "" };
        let mut text = format!("source    {}{kind}\ndate      {}\n", printable(&data.source), data.date);
        let packages = advisories.snapshot().names().count();
        let _ = writeln!(text, "records   {} about {packages} packages", data.records);
        let none = if data.embedded { " (none yet)" } else { "" };
        let _ = writeln!(text, "store     {}{none}", printable(&path));
        if let Some(head) = head {
            let _ = writeln!(
                text,
                "fetched   {}\nchecked   {}\ndigest    sha256:{}",
                head.fetched, head.checked, head.digest
            );
        }
        let _ = write!(out, "{text}");
        for note in &notifications {
            let _ = writeln!(anstream::stderr(), "warning: {}", printable(&note.message));
        }
    }
    let too_old = arguments.max_advisory_age.is_some_and(|days| advisories.is_older_than(days, advisory::today()));
    Ok(if too_old { Exit::Incomplete } else { Exit::Clean })
}

pub(super) fn show(arguments: &ShowArguments, store: Option<&Path>) -> Result<Exit, Failure> {
    let advisories = Advisories::open(store);
    let database = store.map(Database::new).filter(|_| !advisories.data().embedded);
    let name = normalize_name(&arguments.what);
    let mut out = std::io::stdout().lock();
    if let Some(package) = advisories.package(&name) {
        for advisory in package.advisories() {
            let _ = writeln!(out, "{}", line(advisory));
        }
        return Ok(Exit::Clean);
    }
    let wanted = &arguments.what;
    let is_wanted = |advisory: &Advisory| {
        advisory.id.eq_ignore_ascii_case(wanted)
            || advisory.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(wanted))
    };
    let mut found: Vec<(&str, &Advisory)> = Vec::new();
    for name in advisories.snapshot().names() {
        found.extend(advisories.for_package(name).iter().filter(|advisory| is_wanted(advisory)).map(|it| (name, it)));
    }
    found.sort_by_key(|(name, advisory)| (!advisory.id.eq_ignore_ascii_case(wanted), &advisory.id, *name));
    for group in found.chunk_by(|a, b| a.1.id == b.1.id) {
        let Some((_, advisory)) = group.first() else { continue };
        let entry = match &database {
            Some(database) => database.entry(&advisory.id).map_err(|error| failure(error.into()))?,
            None => None,
        };
        let packages: Vec<&(&str, &Advisory)> = group.iter().collect();
        let _ = write!(out, "{}", page(advisory, &packages, entry.as_ref()));
    }
    if found.is_empty() {
        let withdrawn = database.and_then(|database| database.entry(wanted).ok().flatten());
        if let Some(entry) = withdrawn.filter(|entry| !entry.withdrawn.is_empty()) {
            let _ = writeln!(out, "{} was withdrawn on {}", printable(&entry.id), printable(&entry.withdrawn));
            return Ok(Exit::Clean);
        }
        let error =
            anyhow!("there is no advisory with the id, or about a package with the name, '{}'", printable(wanted));
        let help = format!("the data is of {}; `redan advisories update` brings it up to date", advisories.data().date);
        return Err(Failure::usage(error, help));
    }
    Ok(Exit::Clean)
}

/// One advisory of a package in a line.
fn line(advisory: &Advisory) -> String {
    let severity = advisory.severity().map_or("unknown", crate::model::Severity::name);
    let fixed = match advisory.fixed_versions() {
        [] => "no fix known".to_owned(),
        versions => format!("fixed in {}", versions.join(", ")),
    };
    let aliases =
        if advisory.aliases.is_empty() { String::new() } else { format!(" ({})", advisory.aliases.join(", ")) };
    printable(&format!("{}{aliases}  {severity}  {fixed}", advisory.id))
}

/// Everything about one advisory.
fn page(advisory: &Advisory, packages: &[&(&str, &Advisory)], entry: Option<&Entry>) -> String {
    let mut rows: Vec<(&str, String)> = Vec::new();
    rows.push(("aliases", advisory.aliases.join(", ")));
    rows.push((
        "severity",
        match &advisory.rating {
            None => "unknown: nobody has rated it".to_owned(),
            Some(rating) => {
                let vector = rating.vector.as_ref().map(|vector| format!("  {vector}")).unwrap_or_default();
                let from = rating.from.as_ref().map(|id| format!("  (says {id})")).unwrap_or_default();
                format!("{}{vector}{from}", rating.severity.name())
            }
        },
    ));
    rows.push(("weakness", advisory.cwe.iter().map(|number| format!("CWE-{number}")).collect::<Vec<_>>().join(", ")));
    rows.push(("published", advisory.published.clone()));
    rows.push(("modified", advisory.modified.clone()));
    for (name, advisory) in packages {
        rows.push(("package", (*name).to_owned()));
        let affected =
            advisory.intervals().iter().map(interval).chain(advisory.single_versions().iter().map(ToString::to_string));
        rows.push(("affected", affected.collect::<Vec<_>>().join(" · ")));
        rows.push(("fixed in", advisory.fixed_versions().join(", ")));
    }
    let mut out = format!("{}\n", printable(&advisory.id));
    for (key, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(out, "  {key:<10}{}", printable(value));
    }
    if let Some(entry) = entry {
        for text in [&entry.summary, &entry.details] {
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                let _ = writeln!(out, "  {}", printable(line));
            }
        }
        for link in &entry.references {
            let _ = writeln!(out, "  {}", printable(link));
        }
    }
    out
}

fn interval((lower, upper): &advisory::Interval) -> String {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    let lower = match lower {
        Unbounded => String::new(),
        Included(version) => format!(">={version}"),
        Excluded(version) => format!(">{version}"),
    };
    let upper = match upper {
        Unbounded => String::new(),
        Included(version) => format!("<={version}"),
        Excluded(version) => format!("<{version}"),
    };
    match (lower.is_empty(), upper.is_empty()) {
        (true, true) => "every version".to_owned(),
        (false, false) => format!("{lower},{upper}"),
        _ => lower + &upper,
    }
}
