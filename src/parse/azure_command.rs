//! Commands that describe or change cloud resources: `az …` of the Azure CLI
//! (<https://learn.microsoft.com/cli/azure/reference-index>), calls of shell functions that assign roles with it, and `curl`
//! where it asks an endpoint for a score.
//!
//! Not a parser of its own: `parse/install_command.rs` hands over every command of every shell text, so that scripts,
//! Makefiles, pipelines, notebooks, Dockerfiles and programs all have them. It knows no command by name: kinds are the words
//! as written, settings the flags as written. What a flag means, and its default, is `detect/posture`'s. A value that the
//! shell or a template has still to fill in is not known.

use std::collections::BTreeSet;

use memchr::memmem;

use super::install_command::{Place, UNKNOWN};
use super::shell::Word;
use crate::model::asset::{Asset, Dialect, Given, Setting};
use crate::model::{Document, Groups, Location, NotificationKind, Span};

/// Words of a command before its first flag: `az ml compute …` has 4, `az network vnet subnet create` 5.
const MAXIMUM_KIND: usize = 8;

/// Resources of one file that are kept.
const MAXIMUM_ASSETS: usize = 20_000;

/// What assigns a role, and what calls of functions around it are called.
const ASSIGNS_ROLE: &str = "az role assignment create";

/// Long options of curl that take the next word (<https://curl.se/docs/manpage.html>); other long options take none.
const CURL_WITH_VALUE: &[&str] = &[
    "--header",
    "--request",
    "--user",
    "--output",
    "--user-agent",
    "--cookie",
    "--cacert",
    "--cert",
    "--key",
    "--form",
    "--max-time",
    "--connect-timeout",
    "--proxy",
    "--write-out",
    "--json",
    "--retry",
    "--resolve",
    "--oauth2-bearer",
];

/// The same of its short options.
const CURL_LETTERS_WITH_VALUE: &str = "HdXuoAebcFTmwxKrtzDECyYQUP";

/// Parts of the addresses at which models answer (<https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint>);
/// the last two are those of v1 on Kubernetes.
const SCORING: &[&str] =
    &["/score", ".azurecontainer.io", ".inference.ml.azure.com", "/api/v1/service/", "/api/v1/endpoint/"];

/// True when a text may hold a command that is read here and findings are asked for that it serves: a cheap test before it is
/// read as shell.
pub(in crate::parse) fn may_be_in(text: &[u8], wanted: Groups) -> bool {
    wanted.overlaps(Groups::POSTURE) && (names_az(text) || memmem::find(text, b"curl").is_some() && names_score(text))
}

/// `az ml`, `/usr/bin/az ml`, `["az", "ml"]`; not `lazy`, `az=`.
fn names_az(text: &[u8]) -> bool {
    memmem::find_iter(text, b"az").any(|at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let after = text.get(at + 2..).unwrap_or_default();
        let after = after.strip_prefix(b".cmd").unwrap_or(after);
        !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | 0x80..))
            && matches!(after.first(), Some(b' ' | b'\t' | b'\\' | b'"' | b'\''))
    })
}

fn names_score(text: &[u8]) -> bool {
    SCORING.iter().any(|part| memmem::find(text, part.as_bytes()).is_some())
        || memmem::find(text, b"SCORING").is_some()
        || memmem::find(text, b"scoring").is_some()
}

/// True for the address of an endpoint that gives scores.
pub(in crate::parse) fn is_scoring(address: &str) -> bool {
    let is_address = address.starts_with("http://") || address.starts_with("https://");
    is_address && SCORING.iter().any(|part| address.contains(part))
}

/// Reads one command, without what only runs another (`sudo`); `name` is its base name in lower case.
pub(in crate::parse) fn read(name: &str, words: &[Word], place: &Place<'_>, document: &mut Document<'_>) {
    if !document.wanted.overlaps(Groups::POSTURE) {
        return;
    }
    if document.assets.len() >= MAXIMUM_ASSETS {
        let message = "more commands than are read; some are missed";
        if !document.notifications.iter().any(|note| note.message == message) {
            document.notify(NotificationKind::BudgetExceeded, message);
        }
        return;
    }
    let rest = words.get(1..).unwrap_or_default();
    let asset = match name {
        "az" | "az.cmd" => azure(words, rest, place, document),
        "curl" => curl(words, rest, place, document),
        // `eval $COMMAND`: the shell has parted the value already.
        "eval" => rest
            .split_first()
            .filter(|(az, _)| az.text == "az")
            .and_then(|(_, words)| azure(rest, words, place, document)),
        _ => None,
    };
    document.assets.extend(asset);
}

fn azure(words: &[Word], rest: &[Word], place: &Place<'_>, document: &Document<'_>) -> Option<Asset> {
    // An argument that stands without a flag (`az config set a=b`) is no word of the command.
    let is_part = |word: &&Word| {
        let mut bytes = word.text.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_lowercase())
            && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let parts: Vec<&str> = rest.iter().take(MAXIMUM_KIND).take_while(is_part).map(|word| word.text.as_str()).collect();
    if parts.is_empty() {
        return None;
    }
    let mut settings = Vec::new();
    let mut set: Option<Setting> = None;
    let mut at = parts.len();
    while let Some(word) = rest.get(at) {
        let values = rest.get(at + 1..).unwrap_or_default();
        let count = values.iter().take_while(|word| !is_flag(&word.text)).count();
        let values = values.get(..count).unwrap_or_default();
        let with_values = rest.get(at..=at + count).unwrap_or_default();
        at += count + 1;
        if !is_flag(&word.text) {
            continue;
        }
        let location = location(with_values, place, document);
        if word.text == "--set" {
            let pairs = values.iter().filter_map(|word| pair(word, place, document));
            let all = set.get_or_insert_with(|| Setting {
                name: "set".to_owned(),
                value: Given::Group(Vec::new()),
                location: location.clone(),
            });
            if let Given::Group(group) = &mut all.value {
                group.extend(pairs);
            }
        }
        settings.push(flag(word, values, location, place, document));
    }
    let named = settings.iter().rev().find(|setting| matches!(setting.name.as_str(), "--name" | "-n"));
    let name = match named.map(|setting| &setting.value) {
        Some(Given::Text(name)) => name.clone(),
        _ => String::new(),
    };
    settings.extend(set);
    Some(command(format!("az {}", parts.join(" ")), name, settings, location(words, place, document)))
}

/// `-g`, `--name`; not `-`, `-1`.
fn is_flag(word: &str) -> bool {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).unwrap_or_default();
    name.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn flag(word: &Word, values: &[Word], location: Location, place: &Place<'_>, document: &Document<'_>) -> Setting {
    let (name, joined) = match word.text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word.text.as_str(), None),
    };
    let value = match (joined, values) {
        (Some(value), _) => given(value),
        (None, []) => Given::Boolean(true),
        (None, [value]) => given(&value.text),
        (None, values) => Given::List(
            values
                .iter()
                .map(|word| setting("", given(&word.text), std::slice::from_ref(word), place, document))
                .collect(),
        ),
    };
    Setting { name: name.to_owned(), value, location }
}

/// `a.b=c` behind `--set`.
fn pair(word: &Word, place: &Place<'_>, document: &Document<'_>) -> Option<Setting> {
    let (name, value) = word.text.split_once('=')?;
    Some(setting(name, given(value), std::slice::from_ref(word), place, document))
}

fn curl(words: &[Word], rest: &[Word], place: &Place<'_>, document: &Document<'_>) -> Option<Asset> {
    let mut settings = Vec::new();
    let (mut addresses, mut scores) = (0_usize, false);
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let text = word.text.as_str();
        let here = std::slice::from_ref(word);
        if text.starts_with("--") && text != "--url" {
            let takes_value = CURL_WITH_VALUE.contains(&text) || text.starts_with("--data");
            let value = if takes_value { rest.next() } else { None };
            let value = value.map_or(Given::Boolean(true), |value| given(&value.text));
            settings.push(setting(text, value, here, place, document));
            continue;
        }
        if let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty() && text != "--url") {
            for (at, letter) in letters.char_indices() {
                let takes_value = CURL_LETTERS_WITH_VALUE.contains(letter);
                let glued = letters.get(at + letter.len_utf8()..).unwrap_or_default();
                let value = match takes_value {
                    false => Given::Boolean(true),
                    true if !glued.is_empty() => given(glued),
                    true => rest.next().map_or(Given::Boolean(true), |value| given(&value.text)),
                };
                settings.push(setting(&format!("-{letter}"), value, here, place, document));
                if takes_value {
                    break;
                }
            }
            continue;
        }
        let Some(word) = (if text == "--url" { rest.next() } else { Some(word) }) else { break };
        // `$SCORING_URI` says what it is, though not where.
        scores |= is_scoring(&word.text) || word.text.to_ascii_lowercase().contains("scoring");
        let here = std::slice::from_ref(word);
        settings.push(setting(&addresses.to_string(), given(&word.text), here, place, document));
        addresses += 1;
    }
    scores.then(|| command("curl".to_owned(), String::new(), settings, location(words, place, document)))
}

/// The functions of a shell text that assign roles, by name; none where that is not asked for.
pub(in crate::parse) fn assigning_functions(text: &[u8], wanted: Groups) -> BTreeSet<String> {
    if !wanted.overlaps(Groups::POSTURE) {
        return BTreeSet::new();
    }
    let mut found = BTreeSet::new();
    let mut open: Option<String> = None;
    for line in text.split(|byte| *byte == b'\n') {
        if let Some(name) = defined(line) {
            open = Some(name);
        }
        if let Some(name) = open.take_if(|_| memmem::find(line, ASSIGNS_ROLE.as_bytes()).is_some()) {
            found.insert(name);
        } else if line.starts_with(b"}") {
            open = None;
        }
    }
    found
}

/// The name of the function whose definition begins on a line: `name() {`, `function name {`.
fn defined(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?.trim();
    let (name, rest) = match line.strip_prefix("function ") {
        Some(rest) => rest.trim_start().split_at_checked(rest.trim_start().find([' ', '(', '{'])?)?,
        None => line.split_at_checked(line.find('(')?)?,
    };
    let is_definition = rest.trim_start().starts_with("()") || line.starts_with("function ");
    let name = name.trim();
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    (is_definition && is_name).then(|| name.to_owned())
}

/// Reads the call of a function that assigns roles.
pub(in crate::parse) fn read_call(
    functions: &BTreeSet<String>,
    words: &[Word],
    place: &Place<'_>,
    document: &mut Document<'_>,
) {
    let Some((function, arguments)) = words.split_first() else { return };
    // The definition itself is a command without arguments.
    if arguments.is_empty() || !functions.contains(&function.text) {
        return;
    }
    let argument = |(at, word): (usize, &Word)| {
        setting(&at.to_string(), given(&word.text), std::slice::from_ref(word), place, document)
    };
    let settings = arguments.iter().enumerate().map(argument).collect();
    let kind = format!("call {ASSIGNS_ROLE}");
    let asset = command(kind, function.text.clone(), settings, location(words, place, document));
    document.assets.push(asset);
}

/// Commands that stand in a variable for `eval` to run, where something in them is not known: the shell reader keeps only
/// values that are. Their places in the text.
pub(in crate::parse) fn evaluated(text: &[u8], wanted: Groups) -> Vec<Span> {
    let mut found = Vec::new();
    if !wanted.overlaps(Groups::POSTURE) || memmem::find(text, b"eval").is_none() {
        return found;
    }
    let (mut from, mut line_start) = (0, 0);
    while let Some(at) = text.get(from..).and_then(|rest| memmem::find(rest, b"az ")).map(|at| from + at) {
        let passed = text.get(from..at).unwrap_or_default();
        line_start = memchr::memrchr(b'\n', passed).map_or(line_start, |end| from + end + 1);
        from = at + 3;
        let before = text.get(..at).unwrap_or_default();
        let line = text.get(line_start..at).unwrap_or_default().trim_ascii_start();
        let (Some(quote @ (b'"' | b'\'')), false) = (before.last(), line.starts_with(b"#")) else { continue };
        if !before.get(..at - 1).is_some_and(|before| before.ends_with(b"=")) {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let mut bytes = rest.iter().enumerate();
        let mut end = None;
        while let Some((index, byte)) = bytes.next() {
            match byte {
                b'\\' if *quote == b'"' => {
                    bytes.next();
                }
                byte if byte == quote => {
                    end = Some(index);
                    break;
                }
                _ => {}
            }
        }
        let Some(end) = end else { break };
        from = at + end;
        let body = Span::new(at, at + end);
        if body.slice(text).iter().any(|byte| matches!(byte, b'$' | b'`')) {
            found.push(body);
        }
    }
    found
}

fn command(kind: String, name: String, settings: Vec<Setting>, location: Location) -> Asset {
    Asset { dialect: Dialect::Command, kind, name, settings, location }
}

fn setting(name: &str, value: Given, words: &[Word], place: &Place<'_>, document: &Document<'_>) -> Setting {
    Setting { name: name.to_owned(), value, location: location(words, place, document) }
}

/// A word; what the shell, a template or a program fills in is not known.
fn given(text: &str) -> Given {
    let is_variable = text.contains(['$', '`']) || text.contains("{{") || text == UNKNOWN;
    match is_variable || has_placeholder(text) {
        // What stands between the parts of an identifier still says what it is the identifier of.
        true if text.contains('/') && !text.contains('`') => Given::Call("+".to_owned(), parts(text)),
        true => Given::unknown(),
        false => Given::Text(text.to_owned()),
    }
}

/// The parts of a path of which some are not known.
fn parts(text: &str) -> Vec<Given> {
    let is_known = |part: &&str| !part.contains(['$', '{', '%']) && !part.is_empty();
    let mut parts = Vec::new();
    for (at, part) in text.split('/').enumerate() {
        if at > 0 {
            parts.push(Given::Text("/".to_owned()));
        }
        parts.push(if is_known(&part) || part.is_empty() { Given::Text(part.to_owned()) } else { Given::unknown() });
    }
    parts
}

/// `{name}` and `{row.name}` of a program's string, `%NAME%` of a batch file; not JSON.
fn has_placeholder(text: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'[' | b']'))
    };
    let braced = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
    braced.map(|(name, _)| name).any(is_name) || text.split('%').skip(1).step_by(2).any(is_name) && text.ends_with('%')
}

/// The place of words, as far as they stand on the line of the first.
fn location(words: &[Word], place: &Place<'_>, document: &Document<'_>) -> Location {
    let source = document.source;
    let Some(first) = words.first() else { return source.location(Span::default()) };
    let mut whole = first.span;
    let mut end = place.span(first.span).end;
    for word in words {
        let next = place.span(word.span).end;
        if next < end || memchr::memchr(b'\n', Span::new(end, next).slice(source.text())).is_some() {
            break;
        }
        (end, whole) = (next, Span::new(whole.start, word.span.end));
    }
    place.location(source, whole)
}

#[cfg(test)]
mod tests;
