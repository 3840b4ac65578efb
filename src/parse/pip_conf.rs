//! `pip.conf` and `pip.ini`: from where pip installs when a command does not say.
//!
//! <https://pip.pypa.io/en/stable/topics/configuration/>. A list stands in lines or is separated by blanks; a section
//! for one command (`[install]`) counts like `[global]`.

use super::{Parser, ini, lossy};
use crate::model::{ArtifactPath, Document, Groups, InstallOption, OptionKind, Redacted, Source, Span};

/// pip's configuration.
pub struct PipConf;

impl Parser for PipConf {
    fn name(&self) -> &'static str {
        "pip_conf"
    }

    fn reads(&self) -> &'static str {
        "`pip.conf`, `pip.ini`"
    }

    fn serves(&self) -> Groups {
        Groups::DEPENDENCIES
    }

    fn claims(&self, path: &ArtifactPath, _head: &[u8]) -> bool {
        matches!(path.file_name(), "pip.conf" | "pip.ini")
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = &*lossy::text(source, document);
        for value in ini::values(text, source.text_start()) {
            let kind = match value.key.replace('_', "-").as_str() {
                "index-url" => OptionKind::IndexUrl,
                "extra-index-url" => OptionKind::ExtraIndexUrl,
                "find-links" => OptionKind::FindLinks,
                "trusted-host" => OptionKind::TrustedHost,
                _ => continue,
            };
            for (at, line) in &value.lines {
                let mut start = *at;
                for word in line.split_inclusive(char::is_whitespace) {
                    let item = word.trim();
                    if !item.is_empty() {
                        let location = source.location(Span::new(start, start.saturating_add(item.len())));
                        document.options.push(InstallOption { kind, value: Redacted::url(item), location });
                    }
                    start = start.saturating_add(word.len());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_and_trusted_hosts_are_read() {
        let text = "[global]\nindex-url = https://u:p@a.example/simple\nextra_index_url =\n    https://b.example/s\n    https://c.example/s\ntimeout = 60\n[install]\ntrusted-host = a.example b.example\n";
        let source = Source::new(ArtifactPath::new("pip.conf"), text.as_bytes());
        let mut document = Document::new(&source);
        PipConf.parse(&source, &mut document);
        let rows: Vec<_> = document.options.iter().map(|option| (option.kind, option.location.start.line)).collect();
        assert_eq!(
            rows,
            [
                (OptionKind::IndexUrl, 2),
                (OptionKind::ExtraIndexUrl, 4),
                (OptionKind::ExtraIndexUrl, 5),
                (OptionKind::TrustedHost, 8),
                (OptionKind::TrustedHost, 8),
            ]
        );
        assert_eq!(document.options[4].location.span.slice(text.as_bytes()), b"b.example");
        assert_eq!(document.options[0].value.as_str(), "https://[redacted]@a.example/simple");
    }
}
