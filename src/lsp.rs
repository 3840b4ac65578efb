//! A language server: diagnostics and hover for open files, over the standard input and output.
//!
//! <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/>
//!
//! Each text is scanned by itself: what it includes is judged when the whole tree is scanned. Requests that are not
//! served are refused, never ignored.

use std::collections::HashMap;
use std::error::Error;
use std::path::{Component, PathBuf};

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde_json::{Value, json};

use crate::context::Context;
use crate::model::{Finding, Location, Severity};
use crate::report::escape::{markdown, visible};
use crate::scan::{self, Progress, Target};

/// Bytes of a text that is scanned.
const MAX_TEXT: usize = 16 << 20;

/// Serves one client until it says `exit`.
pub fn serve(connection: &Connection, context: &Context) -> Result<(), Box<dyn Error + Sync + Send>> {
    let capabilities = json!({
        "positionEncoding": "utf-16",
        // Whole texts: a scan reads the whole text anyway.
        "textDocumentSync": { "openClose": true, "change": 1, "save": { "includeText": false } },
        "hoverProvider": true,
    });
    let parameters = connection.initialize(capabilities)?;
    let root = parameters.pointer("/workspaceFolders/0/uri").or_else(|| parameters.get("rootUri"));
    let root = root.and_then(Value::as_str).and_then(path_of);
    let mut server = Server { connection, context, root, open: HashMap::new() };
    while let Ok(message) = connection.receiver.recv() {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    return Ok(());
                }
                server.answer(request)?;
            }
            Message::Notification(notification) => server.take(&notification)?,
            Message::Response(_) => {}
        }
    }
    Ok(())
}

struct Server<'s> {
    connection: &'s Connection,
    context: &'s Context,
    root: Option<PathBuf>,
    /// The findings of each open text, by its URI.
    open: HashMap<String, Vec<Finding>>,
}

impl Server<'_> {
    fn take(&mut self, notification: &Notification) -> Result<(), Box<dyn Error + Sync + Send>> {
        let parameters = &notification.params;
        let Some(uri) = parameters.pointer("/textDocument/uri").and_then(Value::as_str) else { return Ok(()) };
        let text = match notification.method.as_str() {
            "textDocument/didOpen" => parameters.pointer("/textDocument/text"),
            "textDocument/didChange" => parameters
                .get("contentChanges")
                .and_then(Value::as_array)
                .and_then(|changes| changes.last()?.get("text")),
            "textDocument/didClose" => {
                self.open.remove(uri);
                return self.publish(uri, &[]);
            }
            _ => return Ok(()),
        };
        let Some(text) = text.and_then(Value::as_str) else { return Ok(()) };
        let findings = self.scan(uri, text).unwrap_or_default();
        self.publish(uri, &findings)?;
        self.open.insert(uri.to_owned(), findings);
        Ok(())
    }

    /// Scans one text as if it stood at its path. `None` for what is no file, or too large.
    fn scan(&self, uri: &str, text: &str) -> Option<Vec<Finding>> {
        let path = path_of(uri).filter(|_| text.len() <= MAX_TEXT)?;
        let relative = match &self.root {
            Some(root) if path.starts_with(root) => path.strip_prefix(root).ok()?.to_path_buf(),
            _ => PathBuf::from(path.file_name()?),
        };
        // Nothing but names: the text must not land elsewhere.
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let directory = tempfile::tempdir().ok()?;
        let file = directory.path().join(&relative);
        std::fs::create_dir_all(file.parent()?).ok()?;
        std::fs::write(&file, text).ok()?;
        let target = Target { root: directory.path().canonicalize().ok()?, paths: vec![file] };
        let outcome = scan::scan(&target, self.context, &Progress::default());
        Some(outcome.findings.into_iter().filter(Finding::is_reported).collect())
    }

    fn publish(&self, uri: &str, findings: &[Finding]) -> Result<(), Box<dyn Error + Sync + Send>> {
        let diagnostics: Vec<Value> = findings.iter().map(diagnostic).collect();
        let parameters = json!({ "uri": uri, "diagnostics": diagnostics });
        let notification = Notification::new("textDocument/publishDiagnostics".to_owned(), parameters);
        Ok(self.connection.sender.send(Message::Notification(notification))?)
    }

    fn answer(&self, request: Request) -> Result<(), Box<dyn Error + Sync + Send>> {
        let response = match request.method.as_str() {
            "textDocument/hover" => Response::new_ok(request.id, self.hover(&request.params)),
            other => {
                let message = format!("'{other}' is not served");
                Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
            }
        };
        Ok(self.connection.sender.send(Message::Response(response))?)
    }

    /// The manual page of the finding under the cursor.
    fn hover(&self, parameters: &Value) -> Value {
        let number = |pointer: &str| parameters.pointer(pointer).and_then(Value::as_u64);
        let uri = parameters.pointer("/textDocument/uri").and_then(Value::as_str).unwrap_or_default();
        let (Some(line), Some(column)) = (number("/position/line"), number("/position/character")) else {
            return Value::Null;
        };
        let found = self.open.get(uri).into_iter().flatten().filter(|finding| covers(&finding.location, line, column));
        let pages: Vec<String> = found.take(5).map(page).collect();
        if pages.is_empty() {
            return Value::Null;
        }
        json!({ "contents": { "kind": "markdown", "value": pages.join("\n\n---\n\n") } })
    }
}

fn diagnostic(finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Critical | Severity::High | Severity::Unknown => 1,
        Severity::Medium => 2,
        Severity::Low => 3,
    };
    let advice =
        if finding.advice.is_empty() { String::new() } else { format!("\nNext: {}", visible(&finding.advice)) };
    json!({
        "range": range(&finding.location),
        "severity": severity,
        "code": finding.rule.id,
        "source": "redan",
        "message": format!("{}{advice}", visible(&finding.message)),
    })
}

/// The protocol counts lines and UTF-16 units from 0.
fn range(location: &Location) -> Value {
    let position = |at: crate::model::Position| json!({ "line": at.line.saturating_sub(1), "character": at.utf16.saturating_sub(1) });
    json!({ "start": position(location.start), "end": position(location.end) })
}

fn covers(location: &Location, line: u64, column: u64) -> bool {
    let place =
        |at: crate::model::Position| (u64::from(at.line.saturating_sub(1)), u64::from(at.utf16.saturating_sub(1)));
    place(location.start) <= (line, column) && (line, column) <= place(location.end)
}

fn page(finding: &Finding) -> String {
    let rule = &finding.rule;
    let mut out = format!(
        "**{}** ({}, confidence {})\n\n{}",
        markdown(&rule.id),
        finding.severity.name(),
        finding.confidence.name(),
        markdown(&finding.message)
    );
    for (title, text) in [("What", &rule.help.what), ("Why", &rule.help.why)] {
        if !text.is_empty() {
            out.push_str(&format!("\n\n**{title}** {}", markdown(text)));
        }
    }
    if !finding.advice.is_empty() {
        out.push_str(&format!("\n\n**Next** {}", markdown(&finding.advice)));
    }
    out
}

/// The path of a `file:` URI.
fn path_of(uri: &str) -> Option<PathBuf> {
    let path = uri.strip_prefix("file://")?;
    // `file:///C:/x` names `C:/x`.
    let path = match path.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => path.get(1..)?,
        _ => path,
    };
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    let path = String::from_utf8(bytes).ok()?;
    (!path.contains('\0')).then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_decoded() {
        assert_eq!(path_of("file:///a%20b/c%C3%A9.py"), Some(PathBuf::from("/a b/cé.py")));
        assert_eq!(path_of("file:///C:/x"), Some(PathBuf::from("C:/x")));
        assert_eq!((path_of("untitled:1"), path_of("file:///%0"), path_of("file:///%00")), (None, None, None));
    }
}
