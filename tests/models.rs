//! Model files from bytes to findings: every container, every way to hide, and what must never look clean.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on panics; a skip is said")]

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use redan::config::Config;
use redan::context::Context;
use redan::model::{ArtifactPath, Document, Outcome, Severity, Source};
use redan::parse::{Budget, PARSERS};
use redan::scan::{Progress, Target, scan};

/// A stream that calls `module.name("true")`.
fn call(module: &str, name: &str) -> Vec<u8> {
    let text = |text: &str| [&[0x8C, text.len() as u8], text.as_bytes()].concat();
    [b"\x80\x04".to_vec(), text(module), text(name), b"\x93".to_vec(), text("true"), b"\x85R.".to_vec()].concat()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn scanned(files: &[(&str, &[u8])]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let root = folder.path().canonicalize().unwrap();
    let target = Target { paths: vec![root.clone()], root };
    scan(&target, &Context::new(Config::default()), &Progress::default())
}

fn rules(outcome: &Outcome) -> Vec<(String, Severity)> {
    outcome.findings.iter().map(|finding| (finding.rule.id.to_string(), finding.severity)).collect()
}

#[test]
fn a_call_is_found_in_every_container() {
    let evil = call("posix", "system");
    let header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n";
    let npy = [b"\x93NUMPY\x01\x00".as_slice(), &(header.len() as u16).to_le_bytes(), header, &evil].concat();
    for (name, bytes) in [
        ("model.pkl", evil.clone()),
        ("notes.txt", evil.clone()),
        ("model.pt", zipped(&[("m/data.pkl", &evil)])),
        ("model", zipped(&[("m/anything", &evil)])),
        ("nested.zip", zipped(&[("inner.zip", &zipped(&[("m/data.pkl", &evil)]))])),
        ("model.pkl.gz", gzipped(&evil)),
        ("model.npy", npy),
    ] {
        let outcome = scanned(&[(name, &bytes)]);
        let found = outcome.findings.iter().find(|finding| finding.rule.id == "unsafe-pickle");
        let found = found.unwrap_or_else(|| panic!("{name}: {:?}", rules(&outcome)));
        assert!(found.message.contains("posix.system(\"true\")"), "{name}: {}", found.message);
        assert_eq!(found.severity, Severity::Critical);
    }
}

/// Bypasses of other scanners, by the names under which they were published.
#[test]
fn published_bypasses_are_found() {
    let evil = call("posix", "system");
    let mut flags = zipped(&[("m/data.pkl", &evil)]);
    let mut checksum = flags.clone();
    let local = flags.windows(4).position(|mark| mark == b"PK\x03\x04").unwrap();
    flags[local + 6] |= 1;
    checksum[local + 14] ^= 0xFF;
    let mut name = zipped(&[("m/data.pkl", &evil)]);
    name[local + 30..local + 31].copy_from_slice(b"x");
    for (advisory, file, bytes) in [
        ("CVE-2025-1716", "pip.pkl", call("pip", "main")),
        ("CVE-2025-1889", "model.pt", zipped(&[("m/data.unusual", &evil)])),
        ("CVE-2025-1944", "model.pt", name),
        ("CVE-2025-1945", "model.pt", flags),
        ("CVE-2025-10155", "model.bin", evil.clone()),
        ("CVE-2025-10156", "model.pt", checksum),
        ("CVE-2025-10157", "submodule.pkl", call("asyncio.unix_events", "_UnixSubprocessTransport._start")),
    ] {
        let outcome = scanned(&[(file, &bytes)]);
        assert!(rules(&outcome).iter().any(|(rule, _)| rule == "unsafe-pickle"), "{advisory}: {:?}", rules(&outcome));
    }
}

#[test]
fn what_was_not_read_is_never_clean() {
    let benign = b"\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R.".to_vec();
    let cut = &benign[..benign.len() - 2];
    let huge = b"\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93\x8e\xff\xff\xff\xff\xff\xff\xff\x7f".to_vec();
    assert!(scanned(&[("whole.pkl", &benign)]).findings.is_empty());
    for (name, bytes) in [("cut.pkl", cut.to_vec()), ("huge.pkl", huge)] {
        let outcome = scanned(&[(name, &bytes)]);
        assert_eq!(rules(&outcome), [("inconclusive-pickle".to_owned(), Severity::Medium)], "{name}");
    }
    let seven = scanned(&[("model.pt", b"7z\xBC\xAF\x27\x1C\0\x04rest of it")]);
    assert!(rules(&seven).iter().any(|(rule, _)| rule == "unsafe-model-file"));
    let pointer = scanned(&[("model.pkl", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")]);
    assert_eq!(pointer.notifications.iter().filter(|note| note.path.is_some()).count(), 1);
}

/// Every way in which a file can be bad that the design names: dangerous or inconclusive with a reason, never clean.
#[test]
fn bad_input_is_never_clean() {
    let evil = call("posix", "system");
    let benign = b"\x80\x04}.".to_vec();
    let archive = zipped(&[("m/data.pkl", &evil)]);
    let central = archive.windows(4).position(|mark| mark == b"PK\x01\x02").unwrap();
    let mut short = archive.clone();
    short[central + 20..central + 28].copy_from_slice(&[5, 0, 0, 0, 5, 0, 0, 0]);
    let mut long = archive.clone();
    long[central + 20..central + 28].copy_from_slice(&[0xF0, 0xFF, 0xFF, 0x0F, 0xF0, 0xFF, 0xFF, 0x0F]);
    let mut encrypted = zipped(&[("m/data.pkl", b"\x91\x17 what a key makes of it")]);
    encrypted[6] |= 1;
    let central = encrypted.windows(4).position(|mark| mark == b"PK\x01\x02").unwrap();
    encrypted[central + 8] |= 1;
    let deep = (0..8).fold(evil.clone(), |inner, level| zipped(&[(&format!("{level}.zip"), &inner)]));
    let nested = (0..8).fold(evil.clone(), |inner, _| {
        [b"\x80\x04\x8c\x06pickle\x8c\x05loads\x93B".as_slice(), &(inner.len() as u32).to_le_bytes(), &inner, b"\x85R."]
            .concat()
    });
    let mut link = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    link.append_link(&mut header, "data.pkl", "/etc/passwd").unwrap();
    let npy = b"\x93NUMPY\x02\0\xff\xff\xff\xff{'descr': '|O'}".to_vec();
    let gzip = gzipped(&evil);
    for (name, bytes, dangerous) in [
        ("truncated.pkl", evil[..evil.len() - 1].to_vec(), true),
        ("truncated early.pkl", evil[..8].to_vec(), false),
        ("truncated.pt", archive[..archive.len() - 30].to_vec(), true),
        ("truncated.pkl.gz", gzip[..gzip.len() - 12].to_vec(), false),
        ("appended.pkl", [benign.clone(), evil.clone()].concat(), true),
        ("appended behind junk.pkl", [benign, b"\xff\xff".to_vec(), evil.clone()].concat(), false),
        ("polyglot.pt", [evil.clone(), zipped(&[("m/version", b"3")])].concat(), true),
        ("recursive.zip", deep, false),
        ("recursive.pkl", nested, true),
        ("huge.npy", npy, false),
        ("huge.safetensors", [&u64::MAX.to_le_bytes(), b"{}".as_slice()].concat(), false),
        ("sizes too small.pt", short, true),
        ("sizes too large.pt", long, true),
        ("encrypted.pt", encrypted, false),
        ("link.tar", link.into_inner().unwrap(), false),
        ("none.7z", b"7z\xBC\xAF\x27\x1C\0\x04".to_vec(), false),
        ("damaged.bz2", include_bytes!("../fuzz/seeds/no_symbols.bz2").to_vec(), false),
    ] {
        let outcome = scanned(&[(name, &bytes)]);
        let reasons = outcome.notifications.iter().filter(|note| note.path.is_some()).count();
        assert!(!outcome.findings.is_empty() || reasons > 0, "{name} looks clean");
        let alarmed =
            rules(&outcome).iter().any(|(rule, severity)| rule == "unsafe-pickle" && *severity >= Severity::High);
        assert!(alarmed || !dangerous, "{name}: {:?}", rules(&outcome));
    }
}

/// Archives made by the reference program of 7z, in one block and not.
#[cfg(feature = "sevenz")]
#[test]
fn members_of_7z_are_read() {
    let solid = include_bytes!("../fuzz/seeds/solid.7z");
    let single = include_bytes!("../fuzz/seeds/archive.7z");
    for bytes in [solid.as_slice(), single] {
        let outcome = scanned(&[("model.pt", bytes)]);
        assert!(rules(&outcome).iter().any(|(rule, _)| rule == "unsafe-pickle"), "{:?}", rules(&outcome));
    }
}

#[test]
fn the_last_of_many_members_is_read() {
    let names: Vec<String> = (0..10_000).map(|index| format!("m/{index}.txt")).collect();
    let evil = call("posix", "system");
    let mut members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    members.push(("z", &evil));
    let outcome = scanned(&[("many.zip", &zipped(&members))]);
    assert!(rules(&outcome).iter().any(|(rule, _)| rule == "unsafe-pickle"));
}

/// A call that is repeated says so; a class that the repository defines is a note.
#[test]
fn what_is_appended_to_a_large_program_is_found() {
    let mut program = b"\x7FELF\x02\x01\x01".to_vec();
    program.resize(17 << 20, 0);
    let plain = program.clone();
    program.extend_from_slice(&call("posix", "system"));
    let found = rules(&scanned(&[("lib.so", &program), ("other.so", &plain)]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.ends_with("pickle"), "{found:?}");
}

#[test]
fn own_classes_are_notes() {
    let own = b"\x80\x04\x8c\x09net.model\x8c\x03Net\x93)\x81.";
    let alone = scanned(&[("m.pkl", own)]);
    assert_eq!(rules(&alone), [("suspicious-pickle".to_owned(), Severity::Medium)]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("net")).unwrap();
    std::fs::write(folder.path().join("net/model.py"), "class Net: pass\n").unwrap();
    std::fs::write(folder.path().join("m.pkl"), own).unwrap();
    let root = folder.path().canonicalize().unwrap();
    let target = Target { paths: vec![root.clone()], root };
    let known = scan(&target, &Context::new(Config::default()), &Progress::default());
    assert_eq!(rules(&known), [("suspicious-pickle".to_owned(), Severity::Low)]);
}

/// Reads an input as the scan would, with every parser that claims it.
fn read(name: &str, bytes: &[u8], budget: &mut Budget) {
    let source = Source::new(ArtifactPath::new(name), bytes);
    let mut document = Document::new(&source);
    for parser in PARSERS.iter().filter(|parser| parser.claims(&source.path, source.text())) {
        parser.parse(&source, &mut document);
        parser.unpack(&source, budget, &mut |member, budget| {
            if budget.depth > 0 {
                budget.depth -= 1;
                read(&member.path, member.bytes, budget);
                budget.depth += 1;
            }
        });
    }
}

/// Mutates the seeds of `fuzz/` for as many seconds as `REDAN_FUZZ_SECONDS` says, half of one by default.
#[test]
fn mutated_seeds_are_read_quickly() {
    let mut seeds: Vec<(String, Vec<u8>)> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        })
        .collect();
    seeds.sort();
    let seconds: f64 = std::env::var("REDAN_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0.5);
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below.max(1)
    };
    let mut inputs = 0_u64;
    while Instant::now() < end {
        let (name, seed) = &seeds[random(seeds.len())];
        let mut bytes = seed.clone();
        for _ in 0..=random(6) {
            let at = random(bytes.len());
            match random(6) {
                0 if !bytes.is_empty() => bytes[at] = random(256) as u8,
                1 if !bytes.is_empty() => bytes[at] ^= 1 << random(8),
                2 => bytes.truncate(at),
                3 => bytes.insert(at, *[0x80, b'.', b'(', b'R', b'c', 0xFF, 0x93, b'0'].get(random(8)).unwrap()),
                4 => {
                    let (_, other) = &seeds[random(seeds.len())];
                    bytes.splice(at..at, other.iter().copied());
                }
                _ => {
                    let end = (at + random(32)).min(bytes.len());
                    let copy = bytes[at.min(end)..end].to_vec();
                    bytes.extend(copy);
                }
            }
        }
        let before = Instant::now();
        read(name, &bytes, &mut Budget { bytes: 16 << 20, ..Budget::default() });
        assert!(before.elapsed() < Duration::from_secs(10), "{name} took {:?}: {bytes:?}", before.elapsed());
        inputs += 1;
    }
    assert!(inputs > 0);
    println!("{inputs} inputs");
}
