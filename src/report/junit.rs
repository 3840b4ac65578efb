//! JUnit XML, as CI servers draw test results: a suite a file, a failed case a finding, an errored case for what was
//! not analysed. The format is what <https://github.com/testmoapp/junitxml> writes down.

use std::io::{self, Write};

use super::escape::xml;
use super::{Reporter, Style};
use crate::model::{Finding, NotificationKind, Outcome};

/// JUnit XML.
pub struct Junit;

impl Reporter for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn summary(&self) -> &'static str {
        "test results for CI servers"
    }

    fn write(&self, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let findings: Vec<&Finding> = outcome.findings.iter().filter(|finding| style.shows(finding)).collect();
        let unread: Vec<_> =
            outcome.notifications.iter().filter(|note| note.kind != NotificationKind::Suppression).collect();
        let (failures, errors) = (findings.iter().filter(|finding| finding.is_reported()).count(), unread.len());
        // An empty file reads as "no test ran"; a clean scan is one test that passed.
        let tests = (findings.len() + errors).max(1);
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites name=\"redan\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">")?;
        for suite in findings.chunk_by(|a, b| a.location.path == b.location.path) {
            let Some(first) = suite.first() else { continue };
            let failed = suite.iter().filter(|finding| finding.is_reported()).count();
            let path = xml(first.location.path.as_str());
            writeln!(out, "  <testsuite name=\"{path}\" tests=\"{}\" failures=\"{failed}\">", suite.len())?;
            for finding in suite {
                case(finding, &path, out)?;
            }
            writeln!(out, "  </testsuite>")?;
        }
        if findings.is_empty() && unread.is_empty() {
            writeln!(out, "  <testsuite name=\"redan\" tests=\"1\"><testcase name=\"no findings\"/></testsuite>")?;
        }
        if !unread.is_empty() {
            writeln!(out, "  <testsuite name=\"not analysed\" tests=\"{errors}\" errors=\"{errors}\">")?;
            for note in unread {
                let path = note.path.as_ref().map_or("the run", |path| path.as_str());
                let (kind, message) = (note.kind.name(), xml(&note.message));
                writeln!(out, "    <testcase name=\"{}\"><error type=\"{kind}\" message=\"{message}\"/></testcase>", xml(path))?;
            }
            writeln!(out, "  </testsuite>")?;
        }
        writeln!(out, "</testsuites>")
    }
}

fn case(finding: &Finding, path: &str, out: &mut dyn Write) -> io::Result<()> {
    let line = finding.location.start.line;
    let name = xml(&format!("{} at line {line}", finding.rule.id));
    write!(out, "    <testcase name=\"{name}\" classname=\"{path}\" file=\"{path}\" line=\"{line}\">")?;
    let message = xml(&finding.message);
    if finding.is_reported() {
        let place = super::text::spoken(&finding.location).map(|place| format!("{}\n", xml(&place))).unwrap_or_default();
        let advice = if finding.advice.is_empty() { String::new() } else { format!("Next: {}\n", xml(&finding.advice)) };
        let severity = finding.severity.name();
        write!(out, "<failure type=\"{severity}\" message=\"{message}\">{place}{advice}</failure>")?;
    } else {
        write!(out, "<skipped message=\"{}: {message}\"/>", finding.disposition.name())?;
    }
    writeln!(out, "</testcase>")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(outcome: &Outcome) -> String {
        let mut out = Vec::new();
        Junit.write(outcome, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_whole_report() {
        insta::assert_snapshot!(written(&sample::outcome()));
    }

    #[test]
    fn hostile_text_makes_no_element() {
        let outcome = sample::hostile();
        let text = written(&outcome);
        assert_eq!(text.matches("<testcase ").count(), outcome.findings.len() + outcome.notifications.len());
        assert!(!text.contains("<script") && !text.contains("]]>"), "{text}");
    }

    #[test]
    fn clean_is_a_test_that_passed() {
        assert!(written(&Outcome::default()).contains("tests=\"1\" failures=\"0\""));
    }
}
