//! Secrets through the program itself: what is found in a carrier, that no report holds the secret, and that looking
//! around runs finds what looking everywhere finds.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on panics; a skip is said")]

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use redan::pattern::{Patterns, Search};
use serde_json::Value;

/// A token of a form that is known everywhere, from parts so that no scanner takes this file for a leak.
fn token() -> String {
    ["sk", "_live_", "q7Zt0Lw2Vb9Xn4Rk5Ym8Pd1S"].concat()
}

fn scan(directory: &Path, arguments: &[&str]) -> String {
    scan_for(directory, &["--only", "secrets"], arguments)
}

/// The same for other findings than secrets.
fn scan_for(directory: &Path, selection: &[&str], arguments: &[&str]) -> String {
    let all = [&["scan", ".", "--exit-zero"], selection, arguments].concat();
    let output = Command::new(env!("CARGO_BIN_EXE_redan"))
        .args(all)
        .current_dir(directory)
        .env("REDAN_CACHE_DIR", directory.join(".cache-of-redan"))
        .output()
        .unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn carriers() -> Vec<(&'static str, String)> {
    let token = token();
    let (head, tail) = token.split_at(14);
    let base64 = STANDARD.encode(format!("stripe = '{token}'"));
    let twice = STANDARD.encode(&base64);
    let percent: String = token.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let unicode: String = token.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    let hex: String = format!("key = {token}").bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        ("plain.py", format!("key = '{token}'\n")),
        ("base64.yaml", format!("data:\n  cfg: {base64}\n")),
        ("twice.yaml", format!("data: {twice}\n")),
        ("percent.txt", format!("https://host/cb?t={percent}&x=1\n")),
        ("unicode.json", format!("{{\"t\": \"{unicode}\"}}\n")),
        ("hex.txt", format!("blob = {hex}\n")),
        ("continued.sh", format!("export KEY={head}\\\n{tail}\n")),
        ("added.js", format!("const key = \"{head}\" +\n  \"{tail}\";\n")),
        ("coloured.log", format!("invalid key \u{1b}[1m{token}\u{1b}[0m\n")),
        ("tests/test_x.py", format!("key = '{token}'\n")),
        // Reads as a requirement of a version.
        ("list.txt", format!("stripe = \"{token}\"\n")),
        ("zero.pkl", format!("(dp0\nVcredential\np1\nV{token}\np2\ns.")),
        ("one_line.js", format!("{}var k='{token}';{}", "a b ".repeat(50_000), "z ".repeat(50_000))),
    ]
}

#[test]
fn every_carrier_gives_its_secret_away_and_no_report_does() {
    let directory = tempfile::tempdir().unwrap();
    let carriers = carriers();
    for (name, text) in &carriers {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let report: Value = serde_json::from_str(&scan(directory.path(), &["-o", "json"])).unwrap();
    for (name, text) in &carriers {
        let findings = report["findings"].as_array().unwrap();
        let of_file: Vec<_> = findings.iter().filter(|finding| finding["location"]["path"] == *name).collect();
        assert_eq!(of_file.len(), 1, "{name}");
        assert_eq!(of_file[0]["rule_id"], "stripe-secret-key", "{name}");
        let line = of_file[0]["location"]["line"].as_u64().unwrap() as usize;
        assert!(line <= text.lines().count(), "{name}");
    }
    for format in redan::report::REPORTERS.iter().map(|reporter| reporter.name()) {
        let text = scan(directory.path(), &["-o", format]);
        assert!(!text.contains(&token()), "{format} shows the secret");
        assert!(!text.contains(token().split_at(14).1), "{format} shows a part of the secret");
    }
}

/// What nobody looks for stands in the lines that other findings show, and is not shown.
#[test]
fn secrets_are_not_shown_because_others_are_looked_for() {
    let directory = tempfile::tempdir().unwrap();
    let token = token();
    for (name, text) in [
        (
            "main.tf",
            format!("resource \"azurerm_machine_learning_workspace\" \"w\" {{ tags = {{ a = \"{token}\" }} }}\n"),
        ),
        ("load.py", format!("import pickle\npickle.loads(fetch('{token}'))\n")),
        (
            "requirements.txt",
            format!("--extra-index-url https://a.example/{token}/simple\nrequests==2.19.0 # {token}\n"),
        ),
    ] {
        fs::write(directory.path().join(name), text).unwrap();
    }
    for selection in [["--only", "posture"], ["--only", "models"], ["--only", "dependencies"], ["--skip", "secrets"]] {
        for format in redan::report::REPORTERS.iter().map(|reporter| reporter.name()) {
            let text = scan_for(directory.path(), &selection, &["-o", format]);
            assert!(!text.contains(&token), "{selection:?} {format} shows the secret");
        }
        let json = scan_for(directory.path(), &selection, &["-q", "-o", "json"]);
        let found: Value = serde_json::from_str(&json).unwrap();
        assert!(!found["findings"].as_array().unwrap().is_empty(), "{selection:?}");
    }
}

/// A credential that has no form is known by the name of its setting.
#[test]
fn credentials_of_resources_are_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let text = "resource s 'Microsoft.MachineLearningServices/workspaces/datastores@2024-04-01' = { properties: { credentials: { credentialsType: 'AccountKey', secrets: { key: 'shortword' } } } }\n";
    fs::write(directory.path().join("main.bicep"), text).unwrap();
    let json = scan_for(directory.path(), &[], &["-o", "json"]);
    assert!(json.contains("AML-LP-07") && !json.contains("shortword"), "{json}");
}

#[test]
fn a_file_that_is_a_key_is_told_and_shown_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    // PKCS #8: version 0, an algorithm (1.3.101.112), and the key, of letters here.
    let letters = b"kQhXwZpLmRtYqWbVkQhXwZpLmRtYqWbV";
    let inner = [&[4, letters.len() as u8][..], letters].concat();
    let fields = [&[2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, inner.len() as u8][..], &inner].concat();
    fs::write(directory.path().join("signing.der"), [&[0x30, fields.len() as u8][..], &fields].concat()).unwrap();
    let report: Value = serde_json::from_str(&scan(directory.path(), &["-o", "json"])).unwrap();
    let rules: Vec<_> = report["findings"].as_array().unwrap().iter().map(|finding| &finding["rule_id"]).collect();
    assert_eq!(rules, ["private-key-der"]);
    for format in redan::report::REPORTERS.iter().map(|reporter| reporter.name()) {
        let text = scan(directory.path(), &["-o", format]);
        assert!(!text.contains("kQhXwZpL"), "{format} shows the key");
    }
}

#[test]
fn passwords_that_are_compressed_together_are_findings_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    // As long as each other, and of one rule.
    std::io::Write::write_all(&mut encoder, b"DB_PASSWORD=w7-Kq9zTm\nSMTP_PASSWORD=x4-Lm2yRq\n").unwrap();
    let encoded = STANDARD.encode(encoder.finish().unwrap());
    fs::write(directory.path().join("cloud.yaml"), format!("user_data: {encoded}\n")).unwrap();
    let report: Value = serde_json::from_str(&scan(directory.path(), &["-o", "json"])).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|finding| finding["rule_id"] == "generic-password"));
    assert_ne!(findings[0]["fingerprint"], findings[1]["fingerprint"]);
}

#[test]
fn an_exhaustive_scan_reads_pictures_as_a_usual_one_does() {
    let token = token();
    // What stands around the text may be letters: its length in JPEG, its checksum in PNG.
    let comment = format!("{token:<48}");
    let jpeg = [b"\xFF\xD8\xFF\xFE\0", &[comment.len() as u8 + 2][..], comment.as_bytes(), b"\xFF\xD9"].concat();
    assert_eq!(jpeg[5], b'2');
    let text = [b"tEXta\0", token.as_bytes(), b"abcd"].concat();
    let png =
        [b"\x89PNG\r\n\x1a\n", &(token.len() as u32 + 2).to_be_bytes()[..], &text, b"\0\0\0\0IEND\0\0\0\0"].concat();
    let behind = [&jpeg[..], b"\0\0", token.replace("q7Zt", "q8Zt").as_bytes()].concat();
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in [("a.jpg", &jpeg), ("b.png", &png), ("c.jpg", &behind)] {
        fs::write(directory.path().join(name), bytes).unwrap();
    }
    let found = |arguments: &[&str]| -> Vec<String> {
        let report: Value = serde_json::from_str(&scan(directory.path(), arguments)).unwrap();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|finding| format!("{} {}", finding["location"]["path"], finding["rule_id"])).collect()
    };
    let usual = found(&["-o", "json"]);
    assert_eq!(usual.len(), 3, "{usual:?}");
    let exhaustive = found(&["-o", "json", "--exhaustive"]);
    assert!(usual.iter().all(|one| exhaustive.contains(one)), "{exhaustive:?}");
    assert_eq!(exhaustive.len(), 4, "what stands behind the picture as well: {exhaustive:?}");
}

#[test]
fn numbers_of_models_are_told_and_searched_when_asked() {
    let token = token();
    let header = br#"{"t":{"dtype":"U8","shape":[64],"data_offsets":[0,64]}}"#;
    let length = header.len() as u64;
    let numbers = format!("{token:\0^64}");
    // Version 3, one tensor, one key: a string.
    let metadata: &[&[u8]] = &[b"GGUF", &3_u32.to_le_bytes(), &1_u64.to_le_bytes(), &1_u64.to_le_bytes()];
    let key: &[&[u8]] = &[&3_u64.to_le_bytes(), b"url", &8_u32.to_le_bytes()];
    let gguf = |value: &str| {
        let value = [&(value.len() as u64).to_le_bytes()[..], value.as_bytes()].concat();
        [metadata.concat(), key.concat(), value].concat()
    };
    let files: [(&str, Vec<u8>); 4] = [
        ("a.safetensors", [&length.to_le_bytes()[..], header, numbers.as_bytes()].concat()),
        ("b.gguf", [&gguf("nothing")[..], numbers.as_bytes()].concat()),
        ("c.bin", [&b"\x80\x02}q\0."[..], numbers.as_bytes()].concat()),
        ("d.gguf", gguf(&token)),
    ];
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in &files {
        fs::write(directory.path().join(name), bytes).unwrap();
    }
    let report = |arguments: &[&str]| -> Value {
        let arguments = [&["-o", "json"], arguments].concat();
        serde_json::from_str(&scan(directory.path(), &arguments)).unwrap()
    };
    let told = |report: &Value| {
        report["coverage"]["left_out"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>()
    };
    let found = |report: &Value| report["findings"].as_array().unwrap().len();
    let usual = report(&[]);
    assert_eq!((told(&usual), found(&usual)), (3, 1), "{usual}");
    assert_eq!(usual["findings"][0]["location"]["path"], "d.gguf");
    let exhaustive = report(&["--exhaustive"]);
    assert_eq!((told(&exhaustive), found(&exhaustive)), (0, 4), "{exhaustive}");
}

#[test]
fn every_example_is_one_finding_of_its_rule_in_a_report() {
    let directory = tempfile::tempdir().unwrap();
    let mut wanted = std::collections::BTreeMap::new();
    for path in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/patterns/secrets")).unwrap() {
        let file = redan::pattern::format::File::parse(&fs::read_to_string(path.unwrap().path()).unwrap()).unwrap();
        for (rule, example) in file.rule.iter().flat_map(|rule| rule.examples.iter().map(move |one| (rule, one))) {
            let name = format!("{}.conf", wanted.len());
            fs::write(directory.path().join(&name), example.replace('¦', "")).unwrap();
            wanted.insert(name, rule.id.clone());
        }
    }
    let report: Value = serde_json::from_str(&scan(directory.path(), &["-o", "json"])).unwrap();
    let mut found: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let path = finding["location"]["path"].as_str().unwrap();
        found.entry(path).or_default().push(finding["rule_id"].as_str().unwrap());
    }
    assert!(wanted.len() > 1000);
    for (name, rule) in &wanted {
        assert_eq!(found.remove(name.as_str()).unwrap_or_default(), [rule.as_str()], "{name}");
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn looking_around_runs_finds_what_looking_everywhere_finds() {
    let patterns = Patterns::new();
    let filler = "def train(model, data): return model.fit(data)  # ordinary text without anything\n";
    let mut checked = 0;
    for path in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/patterns/secrets")).unwrap() {
        let file = redan::pattern::format::File::parse(&fs::read_to_string(path.unwrap().path()).unwrap()).unwrap();
        for example in file.rule.iter().flat_map(|rule| &rule.examples) {
            let text = format!("{}{}\n{}", filler.repeat(3), example.replace('¦', ""), filler.repeat(3));
            let ids = |exhaustive| {
                let found = patterns.search(text.as_bytes(), Search { exhaustive, prose: false });
                found.iter().map(|one| (patterns.rule(one.rule).id, one.span)).collect::<Vec<_>>()
            };
            assert_eq!(ids(false), ids(true), "{example}");
            checked += 1;
        }
    }
    assert!(checked > 300);
}

#[test]
fn fingerprints_survive_edits_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let fingerprint = |before: &str| {
        fs::write(directory.path().join("a.py"), format!("{before}key = '{}'\n", token())).unwrap();
        let report: Value = serde_json::from_str(&scan(directory.path(), &["-o", "json"])).unwrap();
        report["findings"][0]["fingerprint"].as_str().unwrap().to_owned()
    };
    assert_eq!(fingerprint(""), fingerprint("import os\n\n\nx = 1\n"));
}
