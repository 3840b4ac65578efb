//! The only form in which a secret, or text that may hold one, leaves the place that recognised it.

use super::span::Span;

/// Text that is safe to show. There is no way back to what it stood for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Redacted(String);

impl Redacted {
    /// Stands for a secret: its public prefix (at most what `prefix` says, and never more than a quarter of
    /// it) and its length.
    pub fn secret(secret: &str, prefix: usize) -> Self {
        let length = secret.chars().count();
        let shown: String = secret.chars().take(prefix.min(length / 4)).collect();
        Self(format!("{shown}[redacted, {length} characters]"))
    }

    /// A URL without user name, password and query values.
    pub fn url(url: &str) -> Self {
        let url = mask_url_credentials(url).unwrap_or_else(|| url.to_owned());
        match url.split_once('?') {
            Some((base, query)) => {
                let names: Vec<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap_or("")).collect();
                Self(format!("{base}?{}=…", names.join("=…&")))
            }
            None => Self(url),
        }
    }

    /// Text that is known to hold no secret.
    pub fn public(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The same without a part that turned out to be a secret.
    pub fn without(&self, secret: &str) -> Self {
        if secret.is_empty() { self.clone() } else { Self(self.0.replace(secret, "[redacted]")) }
    }

    /// What may be shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Redacted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Replaces `user:password` in every URL of `text`; `None` when there is nothing to replace.
pub fn mask_url_credentials(text: &str) -> Option<String> {
    let spans = url_credentials(text.as_bytes());
    let mut out = String::new();
    let mut at = 0;
    for span in &spans {
        out.push_str(text.get(at..span.start)?);
        out.push_str("[redacted]");
        at = span.end;
    }
    out.push_str(text.get(at..)?);
    (!spans.is_empty()).then_some(out)
}

/// Where URLs in `text` hold `user:password` before an `@`, in order.
///
/// A lone user part (`git@host`) is no credential; a lone part of 16 or more characters is taken for a token.
pub(super) fn url_credentials(text: &[u8]) -> Vec<Span> {
    let ends_authority = |byte: &u8| byte.is_ascii_whitespace() || b"/\"'<>?#\\".contains(byte);
    let mut found = Vec::new();
    for colon in memchr::memmem::find_iter(text, "://") {
        let start = colon + 3;
        let rest = text.get(start..).unwrap_or_default();
        let authority = rest.split(ends_authority).next().unwrap_or_default();
        let Some(sign) = memchr::memrchr(b'@', authority) else { continue };
        if sign >= 16 || memchr::memchr(b':', authority.get(..sign).unwrap_or_default()).is_some() {
            found.push(Span::new(start, start + sign));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_keeps_its_prefix_and_length_only() {
        let shown = Redacted::secret("abcd_0123456789abcdef", 5);
        assert_eq!(shown.as_str(), "abcd_[redacted, 21 characters]");
        assert_eq!(Redacted::secret("short", 4).as_str(), "s[redacted, 5 characters]");
    }

    #[test]
    fn urls_lose_credentials_and_query_values() {
        let url = Redacted::url("https://me:pw@example.org/simple?token=abc&x=1");
        assert_eq!(url.as_str(), "https://[redacted]@example.org/simple?token=…&x=…");
        assert_eq!(Redacted::url("git+ssh://git@example.org/a.git").as_str(), "git+ssh://git@example.org/a.git");
    }
}
