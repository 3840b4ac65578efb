//! Outcomes made by hand, for the tests of reporters.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::{
    AdvisoryData, AffectedRange, ArtifactPath, Confidence, Disposition, Edit, Finding, Fingerprint, Fix, Group, Help,
    Logical, Notification, NotificationKind, Outcome, Package, Related, Rule, Severity, Source, Span,
};

/// Text that tries to break out of every sink: terminal, HTML, Markdown, workflow commands, CSV, XML, URIs.
pub(crate) const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}]8;;https://evil.invalid\u{7}x",
    "a\n::error file=x::owned\n",
    "\"><script>alert(1)</script><img src=x onerror=alert(1)>",
    "</script><!--",
    "]]>&lol;",
    "=HYPERLINK(\"https://evil.invalid\")",
    "[x](https://evil.invalid) ![i](//evil.invalid) @everyone `code`",
    "a|b\r\n|c|",
    "gnp.\u{202e}yp\u{2066}\u{200b}",
    "javascript:alert(1)",
    "../../etc/passwd?x#y %2e%2e",
    "${{ github.token }} $(id) %0A",
    "' onmouseover='alert(1)",
];

/// A rule of the given group.
pub(crate) fn rule(id: &'static str, group: Group, severity: Severity) -> Arc<Rule> {
    Arc::new(Rule {
        id: Cow::Borrowed(id),
        name: Cow::Borrowed("Something dangerous"),
        summary: Cow::Borrowed("Something dangerous was found."),
        help: Help {
            what: "A thing.".into(),
            why: "It hurts.".into(),
            example: "bad()".into(),
            use_instead: "good()".into(),
            references: vec!["https://example.org/advice".into()],
        },
        group,
        severity,
        cwe: vec![502],
    })
}

/// A finding about the first `needle` in `text`, whose snippet masks it when the group is secrets.
pub(crate) fn finding(rule: &Arc<Rule>, path: &str, text: &str, needle: &str, message: &str) -> Finding {
    let source = Source::new(ArtifactPath::new(path), text.as_bytes());
    let start = text.find(needle).unwrap();
    let span = Span::new(start, start + needle.len());
    let masked: &[Span] = if rule.group == Group::Secrets { &[span] } else { &[] };
    let mut location = source.location(span);
    location.snippet = Some(Box::new(source.snippet(span, masked)));
    let fingerprint = Fingerprint::new("test", &[&rule.id, path, message]);
    Finding::new(Arc::clone(rule), Confidence::High, message.to_owned(), location, fingerprint)
}

/// One finding of each kind and disposition, and two notifications.
pub(crate) fn outcome() -> Outcome {
    let requirements = "# déjà 😀 vu\nnumpy==1.26.4\ntorch==2.0.0  # pinned\n";
    let torch = |id, severity, message| {
        let rule = rule(id, Group::Dependencies, severity);
        let mut finding = finding(&rule, "requirements.txt", requirements, "==2.0.0", message);
        finding.confidence = Confidence::Certain;
        finding.advice = "upgrade to 2.6.0".to_owned();
        finding.package = Some(Package {
            name: "torch".to_owned(),
            ecosystem: "pypi".to_owned(),
            declared: "2.0.0".to_owned(),
            fixed: Some("2.6.0".to_owned()),
            ids: vec![id.to_owned(), "CVE-2025-32434".to_owned()],
            affected: vec![AffectedRange { start: None, end: Some("2.6.0".to_owned()), end_included: false }],
        });
        finding.fix = Some(Fix {
            description: "Upgrade torch to 2.6.0".to_owned(),
            edits: vec![Edit { location: finding.location.clone(), replacement: "==2.6.0".to_owned() }],
        });
        finding
    };
    let mut critical =
        torch("GHSA-53q9-r3pm-6pq6", Severity::Critical, "torch 2.0.0 runs code when it loads a hostile checkpoint.");
    critical.related = vec![Related {
        message: "included here".to_owned(),
        location: finding(&critical.rule, "Dockerfile", "FROM x\nCOPY requirements.txt .\n", "requirements.txt", "x")
            .location,
    }];
    let unrated =
        torch("PYSEC-2024-259", Severity::Unknown, "torch 2.0.0 has a flaw that nobody has rated (severity unknown).");

    let notebook = "{\n \"source\": [\"é😀 key = 'abcdabcdabcdabcd'\"]\n}\n";
    let key = rule("azure-storage-key", Group::Secrets, Severity::High);
    let mut secret = finding(
        &key,
        "notebooks/train.ipynb",
        notebook,
        "abcdabcdabcdabcd",
        "An Azure Storage account key is in the text.",
    );
    secret.location.logical = Some(Logical::Cell { index: 11, part: "source".to_owned(), line: 3 });
    secret.advice = "rotate the key and read it from a vault".to_owned();

    let pickle = rule("pickle-os-command", Group::Models, Severity::Medium);
    let mut model = finding(&pickle, "models/a.pt", "PK", "PK", "Loading 'data.pkl' calls 'posix.system'.");
    model.location.logical = Some(Logical::Opcode { member: "a/data.pkl".to_owned(), offset: 42 });
    model.location.snippet = None;

    let posture = rule("public-workspace", Group::Posture, Severity::Low);
    let mut suppressed = finding(&posture, "main.tf", "x = true\n", "true", "The workspace is open to the internet.");
    suppressed.disposition =
        Disposition::Suppressed { reason: "test tenant".to_owned(), until: Some("2027-01-01".to_owned()) };
    let mut known = finding(&posture, "old.tf", "x = true\n", "true", "The workspace is open to the internet.");
    known.disposition = Disposition::Baseline;

    let mut outcome = Outcome {
        findings: vec![suppressed, model, secret, known, critical, unrated],
        notifications: vec![
            Notification::run(NotificationKind::AdvisoryData, "The advisory data is 40 days old."),
            Notification::new(
                &ArtifactPath::new("models/b.pt"),
                NotificationKind::Malformed,
                "The archive ends early.",
            )
            .at_line(1),
        ],
        ..Outcome::default()
    };
    outcome.coverage.files = 412;
    outcome.coverage.notebooks = 38;
    outcome.coverage.manifests = 12;
    outcome.coverage.dependencies = 80;
    outcome.coverage.pinned = 60;
    outcome.coverage.left_out.insert("ignored by git".to_owned(), 7);
    outcome.coverage.advisories = Some(AdvisoryData {
        source: "embedded snapshot".to_owned(),
        date: "2026-11-20".to_owned(),
        records: 14_000,
        embedded: true,
    });
    outcome
}

/// An outcome in which every text that the tree or an advisory can choose is hostile.
pub(crate) fn hostile() -> Outcome {
    let mut outcome = Outcome::default();
    for (index, payload) in HOSTILE.iter().enumerate() {
        let group = Group::ALL[index % 4];
        let mut rule = (*rule("hostile", group, Severity::ALL[index % 5])).clone();
        rule.id = Cow::Owned(format!("hostile-{index}{payload}"));
        rule.name = Cow::Owned((*payload).to_owned());
        rule.summary = Cow::Owned((*payload).to_owned());
        rule.help.what = Cow::Owned((*payload).to_owned());
        rule.help.references = vec![Cow::Owned((*payload).to_owned())];
        let text = format!("x {payload} y");
        let rule = Arc::new(rule);
        let mut finding = finding(&rule, &format!("dir{payload}/file{payload}"), &text, payload, payload);
        finding.advice = (*payload).to_owned();
        finding.location.logical = Some(Logical::Cell { index: 1, part: (*payload).to_owned(), line: 1 });
        finding.related = vec![Related { message: (*payload).to_owned(), location: finding.location.clone() }];
        finding.package = Some(Package {
            name: (*payload).to_owned(),
            ecosystem: "pypi".to_owned(),
            declared: (*payload).to_owned(),
            fixed: Some((*payload).to_owned()),
            ids: vec![(*payload).to_owned()],
            affected: vec![AffectedRange {
                start: Some((*payload).to_owned()),
                end: Some((*payload).to_owned()),
                end_included: true,
            }],
        });
        outcome.findings.push(finding);
        let path = ArtifactPath::new(payload);
        outcome.notifications.push(Notification::new(&path, NotificationKind::Unreadable, *payload));
        outcome.coverage.left_out.insert((*payload).to_owned(), 1);
    }
    outcome
}

/// `count` findings in a tree of files, for limits and timings.
pub(crate) fn many(count: usize) -> Outcome {
    let rules: Vec<Arc<Rule>> = (0..400)
        .map(|index| {
            let group = Group::ALL[index % 4];
            let mut rule = (*rule("x", group, Severity::ALL[index % 5])).clone();
            rule.id = Cow::Owned(format!("GHSA-{index:04}-{index:04}-{index:04}"));
            Arc::new(rule)
        })
        .collect();
    let findings = (0..count)
        .map(|index| {
            let rule = &rules[index % rules.len()];
            let path = format!("team{}/project{}/requirements-{}.txt", index % 13, index % 101, index % 1009);
            let text = format!("package{index}==1.{index}.0\n");
            let needle = format!("==1.{index}.0");
            let message = format!("'package{index}' 1.{index}.0 has a known flaw that is fixed in 2.{index}.0.");
            let mut found = finding(rule, &path, &text, &needle, &message);
            found.advice = format!("upgrade to 2.{index}.0");
            found
        })
        .collect();
    let mut outcome = Outcome { findings, ..Outcome::default() };
    outcome.findings.sort_by(|a, b| (&a.location, &a.rule.id).cmp(&(&b.location, &b.rule.id)));
    outcome
}
