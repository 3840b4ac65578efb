//! `file:` URIs, the form in which SQLite takes options with a path. <https://www.sqlite.org/uri.html>

use std::path::Path;

/// A `file:` URI of an absolute path.
pub(super) fn file_uri(path: &Path) -> String {
    let mut out = String::from("file:");
    let text = path.to_string_lossy().replace('\\', "/");
    if !text.starts_with('/') {
        out.push('/');
    }
    for byte in path_bytes(path, &text) {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b':' => out.push(byte.into()),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(unix)]
fn path_bytes(path: &Path, _text: &str) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(not(unix))]
fn path_bytes(_path: &Path, text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}
