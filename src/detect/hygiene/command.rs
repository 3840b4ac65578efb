//! Programs that are downloaded and run at once.

use std::sync::{LazyLock, OnceLock};

use memchr::memmem::Finder;
use regex::bytes::Regex;

use super::super::environment::is_image_recipe;
use super::{Entry, Found};
use crate::model::{Confidence, Document, Severity, Span};

pub(super) static CURL_PIPE_SHELL: Entry = Entry {
    id: "curl-pipe-shell",
    name: "Download piped into an interpreter",
    summary: "A command downloads a script and runs it without looking at it.",
    what: "The output of `curl` or `wget` is run by a shell or by Python, directly.",
    why: "Whoever controls the server, its name or, without TLS, the network decides what runs in the build. Nothing \
         records what it was, and a script that is cut off half-way is run half-way.",
    example: "RUN curl -sSL https://example.org/install.sh | bash",
    use_instead: "RUN curl -sSLo install.sh https://example.org/install.sh \\\n\
                  \u{20}&& echo '<sha256>  install.sh' | sha256sum -c - \\\n\
                  \u{20}&& bash install.sh",
    references: &[
        "https://docs.docker.com/build/building/best-practices/#add-or-copy",
        "https://cwe.mitre.org/data/definitions/494.html",
    ],
    severity: Severity::Medium,
    cwe: &[494],
    made: OnceLock::new(),
};

/// What a text without is not looked at further.
static DOWNLOADERS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["curl", "wget"].map(Finder::new));

/// `curl … | sh`, `bash <(curl …)`, `sh -c "$(curl …)"`, over continued lines, inside one command.
static DOWNLOAD_AND_RUN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let interpreter = r"(?:/(?:usr/)?bin/(?:env\s+)?)?(?:ba|z|da|k|a)?sh|python[0-9.]*|perl|ruby|node";
    Regex::new(&format!(
        r#"(?x)
        \b(?:curl|wget)\b (?:[^\n|;&\\]|\\\r?\n|\\.|&[^&\n])*? \|& ? (?:\s|\\\r?\n)*
            (?:sudo\s+(?:-\S+\s+)*)? (?:env\s+)? (?:\w+=\S*\s+)* (?:{interpreter})(?:[\s"';&|)\\`]|$)
      | \b(?:{interpreter}) (?:\s+-\S+)* \s+ (?:<\(|["']?\$\(|`) \s* (?:curl|wget)\b
        "#
    ))
    .ok()
});

/// True where what stands between `before` and `after` on its line is in a string that is printed, or that says what to
/// run: `echo "run curl …"`, ``fail "run \`curl …\`"``; not where the string goes on to a program or a file.
fn is_told(before: &[u8], after: &[u8]) -> bool {
    let Some(command) = quoted(before) else { return false };
    let command = command.trim_ascii_start();
    let prints = command.starts_with(b"echo ") || command.starts_with(b"printf ");
    // `>&2` only prints elsewhere.
    let goes_on = (0..after.len()).any(|at| match &after[at..] {
        [b'>', b'&', ..] => false,
        [byte, ..] => matches!(byte, b'|' | b'>'),
        [] => false,
    });
    (prints || before.ends_with(b"\\`")) && !goes_on
}

/// The command that `line` ends in a string of; `None` where it ends in none, or where a shell runs a part of the string.
fn quoted(line: &[u8]) -> Option<&[u8]> {
    let (mut quote, mut command, mut at) = (None, 0, 0);
    while let Some(byte) = line.get(at).copied() {
        match (byte, quote) {
            (b'\\', None | Some(b'"')) => at += 1,
            (b'`', None | Some(b'"')) => return None,
            (b'$', None | Some(b'"')) if line.get(at + 1) == Some(&b'(') => return None,
            (b'"' | b'\'', None) => quote = Some(byte),
            (b';' | b'&' | b'|', None) => command = at + 1,
            (_, Some(open)) if byte == open => quote = None,
            _ => {}
        }
        at += 1;
    }
    quote.and_then(|_| line.get(command..))
}

pub(super) fn detect(document: &Document<'_>, found: &mut Found) {
    let path = &document.source.path;
    let extension = path.extension();
    let is_notebook = extension == "ipynb";
    let runs_commands = is_image_recipe(path)
        || is_notebook
        || matches!(extension.as_str(), "sh" | "bash" | "zsh" | "yml" | "yaml")
        || document.source.text().starts_with(b"#!")
        || matches!(path.file_name(), "Makefile" | "makefile" | "devcontainer.json");
    let Some(pattern) = DOWNLOAD_AND_RUN.as_ref().filter(|_| runs_commands) else { return };
    for segment in &document.segments {
        let text: &[u8] = &segment.text;
        if DOWNLOADERS.iter().all(|name| name.find(text).is_none()) {
            continue;
        }
        for matched in pattern.find_iter(text) {
            let line_start = memchr::memrchr(b'\n', text.get(..matched.start()).unwrap_or_default()).map_or(0, |at| at + 1);
            let line = text.get(line_start..matched.start()).unwrap_or_default().trim_ascii_start();
            // In a notebook only lines that a shell gets.
            let is_comment = line.starts_with(b"#");
            let is_shell = !is_notebook || line.starts_with(b"!") || text.starts_with(b"%%");
            let after = text.get(matched.end()..).unwrap_or_default();
            let after = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
            if is_comment || !is_shell || is_told(line, after) {
                continue;
            }
            let mut span = Span::new(matched.start(), matched.end());
            while span.len() > 1 && text.get(span.end - 1).is_some_and(|last| b" \t\r\n\\;&|)\"'`".contains(last)) {
                span.end -= 1;
            }
            let location = document.source.location_in(segment.source_span(span), segment.logical_at(span.start));
            let message = "A downloaded script is run without being checked.".to_owned();
            let what = segment.stable_name.clone().unwrap_or_default();
            let mut finding = CURL_PIPE_SHELL.finding(Confidence::High, &location, &what, message);
            if memchr::memmem::find(matched.as_bytes(), b"http://").is_some() {
                finding.severity = Severity::High;
            }
            finding.advice = "download to a file, compare its hash, then run it".to_owned();
            found.findings.push(finding);
        }
    }
}
