//! The language server, driven by a client that says what an editor says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

struct Client {
    /// The directory that the editor has open; nothing in it need exist.
    root: TempDir,
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Client {
    fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_redan"))
            .arg("lsp")
            .env("REDAN_CACHE_DIR", root.path().join("cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = process.stdin.take().unwrap();
        let from = BufReader::new(process.stdout.take().unwrap());
        let mut client = Self { root, process, to, from };
        let uri = client.uri("");
        client.request(1, "initialize", json!({ "capabilities": {}, "rootUri": uri }));
        client.notify("initialized", json!({}));
        client
    }

    /// The URI of a file below the root.
    fn uri(&self, name: &str) -> String {
        let root = self.root.path().to_str().unwrap().replace('\\', "/");
        let uri = format!("file:///{}", root.trim_start_matches('/'));
        if name.is_empty() { uri } else { format!("{uri}/{name}") }
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.to.flush().unwrap();
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn request(&mut self, id: u32, method: &str, params: Value) -> Value {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        self.read()
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the server ended");
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

#[test]
fn open_files_get_diagnostics_and_hover() {
    let mut client = Client::start();
    let uri = client.uri("sub/requirements.txt");
    let text = "# 😀\nmlflow==2.2.0\n";
    client.notify(
        "textDocument/didOpen",
        json!({ "textDocument": { "uri": uri, "languageId": "text", "version": 1, "text": text } }),
    );
    let published = client.read();
    assert_eq!(published["method"], "textDocument/publishDiagnostics");
    let diagnostics = published["params"]["diagnostics"].as_array().unwrap();
    assert!(!diagnostics.is_empty(), "{published}");
    assert_eq!(diagnostics[0]["range"]["start"], json!({ "line": 1, "character": 6 }));
    assert_eq!(diagnostics[0]["source"], "redan");

    let at = |line: u32| json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": 8 } });
    let hover = client.request(2, "textDocument/hover", at(1));
    assert!(hover["result"]["contents"]["value"].as_str().unwrap().contains("mlflow"), "{hover}");
    assert_eq!(client.request(3, "textDocument/hover", at(0))["result"], Value::Null);

    client.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": "# nothing\n" }] }),
    );
    assert_eq!(client.read()["params"]["diagnostics"], json!([]));

    let refused = client.request(4, "textDocument/rename", json!({}));
    assert_eq!(refused["error"]["code"], -32601);

    client.request(5, "shutdown", Value::Null);
    client.notify("exit", Value::Null);
    assert!(client.process.wait().unwrap().success());
}
