//! The only form in which a secret, or text that may hold one, leaves the place that recognised it.

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

/// Replaces `user:password@` of every URL in `text`; `None` when there is nothing to replace.
///
/// A lone user part (`git@host`) is no credential and stays; a lone part of 16 or more characters is taken
/// for a token and goes.
pub fn mask_url_credentials(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '<' | '>' | '?' | '#'))
            .unwrap_or(after.len());
        let authority = after.get(..end).unwrap_or(after);
        match authority.rfind('@') {
            Some(sign) if authority.get(..sign).is_some_and(|user| user.contains(':') || user.len() >= 16) => {
                out.push_str("[redacted]");
                rest = after.get(sign..).unwrap_or_default();
                changed = true;
            }
            _ => rest = after,
        }
    }
    out.push_str(rest);
    changed.then_some(out)
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
