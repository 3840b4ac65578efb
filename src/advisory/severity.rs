//! How bad a flaw is, as its record says it. A record that does not say it stays unrated: nothing is guessed.
//! CVSS v2, v3.0, v3.1 and v4.0: <https://www.first.org/cvss/>.

use crate::model::Severity;

use super::osv;

/// What somebody said about how bad a flaw is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// The band.
    pub severity: Severity,
    /// The CVSS vector, where the rating is one.
    pub vector: Option<String>,
    /// The record that says so, where it is not the record itself but an alias of it.
    pub from: Option<String>,
}

impl Rating {
    /// The rating of a record: its newest CVSS vector that can be read (of the record, else of its `affected`
    /// entries), else the word in `database_specific.severity`.
    pub fn of(record: &osv::Record) -> Option<Self> {
        let nested = record.affected.iter().flat_map(|affected| &affected.severity);
        let newest = |entries: Vec<&osv::Severity>| {
            entries
                .into_iter()
                .filter_map(|entry| Some((cvss_version(&entry.score)?, Self::from_vector(&entry.score)?)))
                .max_by(|a, b| a.0.cmp(&b.0).then(a.1.severity.cmp(&b.1.severity)))
                .map(|(_, rating)| rating)
        };
        newest(record.severity.iter().collect())
            .or_else(|| newest(nested.collect()))
            .or_else(|| Self::from_word(&record.database_specific.severity))
    }

    /// Reads what [`Display`](std::fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (rated, from) = match text.split_once('@') {
            Some((rated, from)) => (rated, Some(from.to_owned())),
            None => (text, None),
        };
        let rating = Self::from_word(rated).or_else(|| Self::from_vector(rated))?;
        Some(Self { from, ..rating })
    }

    fn from_vector(vector: &str) -> Option<Self> {
        let parsed: cvss::Cvss = vector.trim().parse().ok()?;
        let severity = match parsed.severity() {
            cvss::Severity::None | cvss::Severity::Low => Severity::Low,
            cvss::Severity::Medium => Severity::Medium,
            cvss::Severity::High => Severity::High,
            cvss::Severity::Critical => Severity::Critical,
        };
        Some(Self { severity, vector: Some(vector.trim().to_owned()), from: None })
    }

    fn from_word(word: &str) -> Option<Self> {
        let severity = match word.to_ascii_lowercase().as_str() {
            "low" => Severity::Low,
            "moderate" | "medium" => Severity::Medium,
            "high" => Severity::High,
            "critical" => Severity::Critical,
            _ => return None,
        };
        Some(Self { severity, vector: None, from: None })
    }
}

impl std::fmt::Display for Rating {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.vector.as_deref().unwrap_or_else(|| self.severity.name()))?;
        self.from.iter().try_for_each(|id| write!(f, "@{id}"))
    }
}

/// 2, 3 or 4 and the minor number, to prefer the newer of several vectors.
fn cvss_version(vector: &str) -> Option<(u8, u8)> {
    match vector.trim().strip_prefix("CVSS:") {
        None => Some((2, 0)),
        Some(rest) => {
            let (version, _) = rest.split_once('/')?;
            let (major, minor) = version.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severity(vector: &str) -> Option<Severity> {
        Rating::parse(vector).map(|rating| rating.severity)
    }

    #[test]
    fn every_generation_of_cvss_is_read() {
        assert_eq!(severity("AV:N/AC:L/Au:N/C:P/I:P/A:P"), Some(Severity::High));
        assert_eq!(severity("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"), Some(Severity::High));
        assert_eq!(severity("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), Some(Severity::Critical));
        assert_eq!(
            severity("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"),
            Some(Severity::Critical)
        );
    }

    #[test]
    fn nothing_is_invented() {
        for text in ["", "CVSS:9.9/AV:N", "CVSS:3.1/AV:Z", "unknown", "negligible", "7.5"] {
            assert_eq!(severity(text), None, "{text}");
        }
    }

    #[test]
    fn the_newest_vector_of_a_record_wins_over_its_word() {
        let record: osv::Record = serde_json::from_str(
            r#"{"id":"GHSA-1","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
               {"type":"CVSS_V4","score":"CVSS:4.0/AV:L/AC:H/AT:N/PR:H/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"}],
               "database_specific":{"severity":"CRITICAL"}}"#,
        )
        .unwrap();
        assert_eq!(Rating::of(&record).unwrap().severity, Severity::Low);
    }

    #[test]
    fn a_word_alone_and_an_inherited_rating_read_back() {
        let rating = Rating { severity: Severity::Medium, vector: None, from: Some("GHSA-x".to_owned()) };
        assert_eq!(Rating::parse(&rating.to_string()), Some(rating));
    }
}
