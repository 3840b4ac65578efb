//! The advisory store from outside: refreshes that work, refreshes that go wrong in every way we could think of,
//! and what is in use afterwards. Every server is on the loopback interface and part of the test.

#![allow(clippy::unwrap_used, reason = "what cannot be set up should stop the run")]

#[path = "advisories/online.rs"]
mod online;
#[path = "advisories/server.rs"]
mod server;

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use redan::advisory::http::{self, Http, Settings};
use redan::advisory::refresh::{self, Kind, Options, Refreshed};
use redan::advisory::{Database, bulk};
use server::{Reply, Server};

/// `<id>` of package `a`, changed on the day `day` of January 2024, fixed in `fixed`.
fn record(id: &str, day: u32, fixed: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"2024-01-{day:02}T00:00:00Z","affected":[{{"package":{{"ecosystem":"PyPI","name":"a"}},
           "ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    )
    .replace('\n', "")
}

fn zip(records: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in records {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Enough records that none of the bounds on shares matters by chance.
fn good_zip() -> Vec<u8> {
    let records: Vec<(String, String)> =
        (0..600).map(|n| (format!("PYSEC-{n}.json"), record(&format!("PYSEC-{n}"), 1, "2"))).collect();
    zip(&records.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
}

/// A cache directory of its own, and the program in it.
struct Cache {
    directory: tempfile::TempDir,
}

impl Cache {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// One with a store of 600 records in which `a` is fixed in 2.
    fn filled() -> Self {
        let cache = Self::new();
        let archive = cache.directory.path().join("good.zip");
        fs::write(&archive, good_zip()).unwrap();
        let output = cache.run(&["advisories", "update", "--force", "--from", archive.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        cache
    }

    fn store(&self) -> PathBuf {
        self.directory.path().join("cache/advisories.sqlite")
    }

    fn database(&self) -> Database {
        Database::new(self.store())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redan"));
        command.args(arguments).env_clear().env("REDAN_CACHE_DIR", self.directory.path().join("cache"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn update(&self, from: &str) -> Output {
        self.run(&["advisories", "update", "--from", from])
    }

    fn update_from(&self, bytes: &[u8]) -> Output {
        let path = self.directory.path().join("input");
        fs::write(&path, bytes).unwrap();
        self.update(path.to_str().unwrap())
    }

    /// The store is the one that [`filled`](Self::filled) made.
    fn assert_untouched(&self) {
        let head = self.database().verify().unwrap().unwrap();
        assert_eq!(head.records, 600);
    }
}

/// The refresh was refused with this message and a line of help.
fn assert_refused(output: &Output, message: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(stderr.contains(message), "{stderr}");
    assert!(stderr.contains("\n help: "), "{stderr}");
}

fn quick() -> Settings {
    Settings {
        connect: Duration::from_secs(2),
        read: Duration::from_millis(1500),
        answer: Duration::from_secs(5),
        attempts: 2,
        pause: Duration::from_millis(1),
    }
}

fn options() -> Options {
    Options { full: false, force: false, known: 0, limits: bulk::Limits::default(), now: jiff::Timestamp::now() }
}

fn refresh(database: &Database, url: &str, options: &Options) -> Result<Refreshed, refresh::Error> {
    let turn = database.turn(|| {}).unwrap();
    let http = Http::new(quick()).unwrap();
    refresh::from_url(database, &turn, &http, url, options, &mut |_, _| {})
}

/// What a server of OSV's bulk data has.
#[derive(Clone, Default)]
struct Published {
    records: Vec<(String, u32, String)>,
}

impl Published {
    fn new(count: u32) -> Self {
        Self { records: (0..count).map(|n| (format!("PYSEC-{n}"), 1, "2".to_owned())).collect() }
    }

    fn reply(&self, path: &str) -> Reply {
        let tag = format!("\"{:?}\"", self.records).replace(['"', ' '], "");
        let tag = format!("\"{}\"", &redan::advisory::export::digest(tag.as_bytes())[..16]);
        let texts: Vec<(String, String)> =
            self.records.iter().map(|(id, day, fixed)| (format!("{id}.json"), record(id, *day, fixed))).collect();
        match path.rsplit('/').next().unwrap() {
            "all.zip" => Reply::Tagged(
                tag,
                zip(&texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>()),
            ),
            "modified_id.csv" => {
                let mut lines: Vec<String> =
                    self.records.iter().map(|(id, day, _)| format!("2024-01-{day:02}T00:00:00Z,{id}\n")).collect();
                lines.sort_by(|a, b| b.cmp(a));
                Reply::Tagged(tag, lines.concat().into_bytes())
            }
            name => match texts.into_iter().find(|(known, _)| known == name) {
                Some((_, text)) => Reply::Content(200, String::new(), text.into_bytes()),
                None => Reply::status(404),
            },
        }
    }
}

fn publish(published: Published) -> (Server, Arc<Mutex<Published>>) {
    let state = Arc::new(Mutex::new(published));
    let shared = Arc::clone(&state);
    (Server::new(move |request| shared.lock().unwrap().reply(&request.path)), state)
}

#[test]
fn a_refresh_asks_for_no_more_than_it_needs() {
    let cache = Cache::new();
    let database = cache.database();
    let (server, published) = publish(Published::new(40));
    let url = format!("{}/PyPI/all.zip", server.url);

    let first = refresh(&database, &server.url, &options()).unwrap();
    assert_eq!((first.kind, first.head.records), (Kind::Full, 40));

    let second = refresh(&database, &url, &options()).unwrap();
    assert_eq!(second.kind, Kind::Unchanged);
    assert_eq!(server.paths(), ["/PyPI/all.zip", "/PyPI/all.zip"]);

    {
        let mut published = published.lock().unwrap();
        published.records[3] = ("PYSEC-3".to_owned(), 9, "3".to_owned());
        published.records.remove(5);
        published.records.push(("PYSEC-new".to_owned(), 8, "4".to_owned()));
    }
    let third = refresh(&database, &url, &options()).unwrap();
    assert_eq!((third.kind, third.changed, third.removed, third.head.records), (Kind::Changes, 2, 1, 40));
    let mut asked = server.paths().split_off(2);
    asked[2..].sort();
    assert_eq!(asked, ["/PyPI/all.zip", "/PyPI/modified_id.csv", "/PyPI/PYSEC-3.json", "/PyPI/PYSEC-new.json"]);
    let (snapshot, _) = database.snapshot().unwrap().unwrap();
    let ids: Vec<&str> = snapshot.package("a").unwrap().advisories().iter().map(|it| it.id.as_str()).collect();
    assert!(ids.contains(&"PYSEC-new") && !ids.contains(&"PYSEC-5"));
    assert!(database.verify().is_ok());

    assert_eq!(refresh(&database, &url, &options()).unwrap().kind, Kind::Unchanged);
    assert_eq!(server.paths().len(), 7);

    // The list of changes could have missed something: after a while everything is fetched.
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(8 * 24);
    let full = refresh(&database, &url, &Options { now: later, ..options() }).unwrap();
    assert_eq!(full.kind, Kind::Full);
}

#[test]
fn a_full_refresh_and_one_with_many_changes_fetch_the_archive() {
    let cache = Cache::new();
    let database = cache.database();
    let (server, published) = publish(Published::new(400));
    refresh(&database, &server.url, &options()).unwrap();
    let full = refresh(&database, &server.url, &Options { full: true, ..options() }).unwrap();
    assert_eq!((full.kind, full.changed), (Kind::Full, 0));
    for record in &mut published.lock().unwrap().records {
        record.1 = 20;
    }
    let many = refresh(&database, &server.url, &options()).unwrap();
    assert_eq!((many.kind, many.changed), (Kind::Full, 400));
}

#[test]
fn a_record_that_is_listed_but_not_there_means_fetching_everything() {
    let cache = Cache::new();
    let database = cache.database();
    let published = Arc::new(Mutex::new(Published::new(10)));
    let state = Arc::clone(&published);
    let server = Server::new(move |request| match request.path.ends_with("PYSEC-1.json") {
        true => Reply::status(404),
        false => state.lock().unwrap().reply(&request.path),
    });
    refresh(&database, &server.url, &options()).unwrap();
    published.lock().unwrap().records[1].1 = 6;
    assert_eq!(refresh(&database, &server.url, &options()).unwrap().kind, Kind::Full);
}

#[test]
fn what_is_withdrawn_no_longer_matches() {
    let cache = Cache::filled();
    let withdrawn = record("PYSEC-1", 2, "2").replacen('{', r#"{"withdrawn":"2024-02-01T00:00:00Z","#, 1);
    let output = cache.update_from(format!("{}\n{withdrawn}\n", record("PYSEC-0", 1, "2")).as_bytes());
    assert_refused(&output, "1 records for PyPI where 600 are known");
    let path = cache.directory.path().join("input");
    assert!(cache.run(&["advisories", "update", "--force", "--from", path.to_str().unwrap()]).status.success());
    let shown = cache.run(&["advisories", "show", "PYSEC-1"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("was withdrawn on 2024-02-01"), "{shown:?}");
}

#[test]
fn an_archive_that_is_damaged_or_hostile_changes_nothing() {
    let cache = Cache::filled();
    let good = good_zip();
    assert_refused(&cache.update_from(&good[..good.len() / 2]), "is damaged or incomplete");
    let text = record("PYSEC-1", 1, "2");
    assert_refused(
        &cache.update_from(&zip(&[("PYSEC-1.json", &text), ("../x.json", &text)])),
        "leads out of the archive",
    );
    let bomb = " ".repeat(40 << 20);
    assert_refused(&cache.update_from(&zip(&[("PYSEC-1.json", &text), ("b.json", &bomb)])), "unpacks to more than");
    assert_refused(&cache.update_from(b"<html>maintenance</html>"), "holds no OSV record");
    assert_refused(&cache.update_from(b"{\"hello\":\"world\"}\n"), "holds no OSV record");
    let without_id = text.replacen(r#""id":"PYSEC-1","#, "", 1);
    assert_refused(&cache.update_from(format!("{text}\n{without_id}\n").as_bytes()), "1 of 2 entries");
    let other = text.replace("PyPI", "npm");
    assert_refused(&cache.update_from(other.as_bytes()), "0 records for PyPI");
    cache.assert_untouched();
}

#[test]
fn an_unparsable_version_in_an_event_is_no_reason_to_lose_the_record() {
    let cache = Cache::new();
    let path = cache.directory.path().join("records.jsonl");
    fs::write(&path, record("PYSEC-1", 1, "2019-09-12-final")).unwrap();
    let output = cache.run(&["advisories", "update", "--force", "--from", path.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let pairs = cache.directory.path().join("pairs.tsv");
    fs::write(&pairs, "A\t2019-09-11-final\na\t1.0\n").unwrap();
    let output = cache.run(&["advisories", "match", "--pairs", pairs.to_str().unwrap()]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let ids: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["ids"].clone()).collect();
    assert_eq!(ids, [serde_json::json!(["PYSEC-1"]), serde_json::json!([])]);
}

#[test]
fn answers_that_are_no_data_change_nothing() {
    let cache = Cache::filled();
    let database = cache.database();
    type Matches = fn(&http::Error) -> bool;
    type Case = (&'static str, fn() -> Reply, Matches, usize);
    let cases: [Case; 6] = [
        ("404", || Reply::status(404), |error| matches!(error, http::Error::Status { .. }), 1),
        ("500", || Reply::status(500), |error| matches!(error, http::Error::Status { .. }), 2),
        ("silence", || Reply::Silence, |error| matches!(error, http::Error::Timeout { .. }), 2),
        ("cut short", || Reply::CutShort(good_zip()), |error| matches!(error, http::Error::Connection { .. }), 2),
        (
            "elsewhere",
            || Reply::Content(302, "Location: https://example.org/all.zip\r\n".to_owned(), Vec::new()),
            |error| matches!(error, http::Error::Redirect { to, .. } if to == "https://example.org/all.zip"),
            1,
        ),
        (
            "304",
            || Reply::Content(304, String::new(), Vec::new()),
            |error| matches!(error, http::Error::Status { .. }),
            1,
        ),
    ];
    for (name, reply, matches, attempts) in cases {
        let server = Server::new(move |_| reply());
        let error = refresh(&database, &server.url, &options()).unwrap_err();
        assert!(matches!(&error, refresh::Error::Http(error) if matches(error)), "{name}: {error:?}");
        assert!(!error.help().is_empty());
        assert_eq!(server.paths().len(), attempts, "{name}");
        cache.assert_untouched();
    }
    let page = Server::new(|_| Reply::Content(200, String::new(), b"<html>sign in</html>".to_vec()));
    assert!(matches!(refresh(&database, &page.url, &options()), Err(refresh::Error::Bulk(bulk::Error::Empty { .. }))));
    cache.assert_untouched();
}

#[test]
fn a_server_that_fails_for_a_moment_is_asked_again() {
    let cache = Cache::new();
    let failed = Mutex::new(false);
    let published = Published::new(5);
    let server = Server::new(move |request| {
        let mut failed = failed.lock().unwrap();
        if std::mem::replace(&mut *failed, true) { published.reply(&request.path) } else { Reply::status(503) }
    });
    assert_eq!(refresh(&cache.database(), &server.url, &options()).unwrap().head.records, 5);
    assert_eq!(server.paths().len(), 2);
}

#[test]
fn redirects_within_the_host_are_followed() {
    let cache = Cache::new();
    let published = Published::new(5);
    let server = Server::new(move |request| match request.path.as_str() {
        "/PyPI/all.zip" => Reply::Content(302, "Location: /moved/all.zip\r\n".to_owned(), Vec::new()),
        path => published.reply(path),
    });
    assert_eq!(refresh(&cache.database(), &server.url, &options()).unwrap().head.records, 5);
}

#[test]
fn credentials_are_sent_to_their_host_and_never_shown() {
    let cache = Cache::new();
    let server = Server::new(|_| Reply::status(403));
    let url = server.url.replace("://", "://someone:hunter2@") + "/all.zip?sig=hunter3";
    let output = cache.update(&url);
    let shown = format!("{output:?}");
    assert!(!shown.contains("hunter") && !shown.contains("someone"), "{shown}");
    assert!(server.requests()[0].header("authorization").starts_with("Basic "));
}

#[test]
fn a_certificate_that_does_not_verify_is_refused_and_one_that_is_named_is_not() {
    let cache = Cache::filled();
    let published = Published::new(600);
    let server = Server::with_tls(move |request| published.reply(&request.path));
    assert_refused(&cache.update(&server.url), "cannot trust");
    cache.assert_untouched();
    assert!(server.paths().is_empty());
    if cfg!(target_os = "linux") {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(server::CERTIFICATE);
        let label = "CERTIFICATE";
        let lines: Vec<&str> = encoded.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let bundle = cache.directory.path().join("bundle.pem");
        fs::write(&bundle, format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))).unwrap();
        let output = cache
            .command(&["advisories", "update", "--from", &server.url])
            .env("SSL_CERT_FILE", &bundle)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn offline_opens_no_connection_and_neither_does_a_scan() {
    let (url, connections) = server::count_connections();
    let cache = Cache::new();
    fs::create_dir(cache.directory.path().join("repo")).unwrap();
    fs::write(
        cache.directory.path().join("repo/requirements.txt"),
        format!("--index-url {url}/simple\npillow==9.0.0\n"),
    )
    .unwrap();
    let output = cache.run(&["advisories", "update", "--offline", "--from", &url]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let repo = cache.directory.path().join("repo");
    let mut scan = cache.command(&["scan", repo.to_str().unwrap()]);
    let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"];
    let output = scan.envs(proxies.map(|name| (name, url.as_str()))).env("PIP_INDEX_URL", &url).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(*connections.lock().unwrap(), 0);
}

#[test]
fn a_store_that_cannot_be_used_is_said_and_the_built_in_data_serves() {
    let cache = Cache::filled();
    let repo = cache.directory.path().join("repo");
    fs::create_dir(&repo).unwrap();
    fs::write(repo.join("requirements.txt"), "pillow==9.0.0\n").unwrap();
    let scan = |strict: &[&str]| {
        let arguments =
            [&["scan", repo.to_str().unwrap(), "--max-advisory-age", "100000d", "-o", "json"], strict].concat();
        cache.run(&arguments)
    };
    let intact = fs::read(cache.store()).unwrap();
    let mut flipped = intact.clone();
    let at = flipped.windows(6).rposition(|bytes| bytes == b">=0 <2").unwrap();
    flipped[at + 5] = b'1';
    let mut newer = intact.clone();
    newer[63] = 9; // PRAGMA user_version, bytes 60 to 63 of the header
    for (what, bytes) in
        [("damaged", flipped), ("damaged", intact[..5000].to_vec()), ("damaged", Vec::new()), ("schema 9", newer)]
    {
        fs::write(cache.store(), bytes).unwrap();
        let output = scan(&[]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["notifications"][0]["kind"], "advisory-data", "{report}");
        assert!(report["notifications"][0]["message"].as_str().unwrap().contains(what), "{report}");
        assert_eq!(output.status.code(), Some(1), "the built-in data knows pillow 9.0.0: {output:?}");
        assert_eq!(scan(&["--strict"]).status.code(), Some(3));
        assert_refused(&cache.run(&["advisories", "verify"]), what);
    }
    assert_refused(&cache.update("/dev/null"), "schema 9");
}

#[test]
fn old_data_is_said_in_every_report_and_strict_does_not_accept_it() {
    let cache = Cache::filled();
    let repo = cache.directory.path().join("repo");
    fs::create_dir(&repo).unwrap();
    fs::write(repo.join("requirements.txt"), "b==1\n").unwrap();
    let scan = |database: &Path, more: &[&str]| {
        let fixed = ["scan", repo.to_str().unwrap(), "-o", "json", "--advisory-db", database.to_str().unwrap()];
        cache.run(&[&fixed, more].concat())
    };
    assert_eq!(scan(&cache.store(), &["--strict"]).status.code(), Some(0));
    let built_in = scan(&cache.directory.path().join("none"), &[]);
    assert_eq!(built_in.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&built_in.stdout).contains("advisories update"), "{built_in:?}");
    assert_eq!(scan(&cache.directory.path().join("none"), &["--strict"]).status.code(), Some(3));
    assert_eq!(cache.run(&["advisories", "status", "--max-advisory-age", "1"]).status.code(), Some(0));
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error_with_help() {
    let cache = Cache::filled();
    let input = cache.directory.path().join("good.zip");
    let occupied = cache.directory.path().join("file/cache/advisories.sqlite");
    fs::write(cache.directory.path().join("file"), "in the way").unwrap();
    let arguments =
        ["advisories", "--advisory-db", occupied.to_str().unwrap(), "update", "--from", input.to_str().unwrap()];
    assert_refused(&cache.run(&arguments), "cannot write the advisory store");
}

#[test]
#[cfg(unix)]
fn a_read_only_cache_serves_and_is_not_changed() {
    use std::os::unix::fs::PermissionsExt;
    let cache = Cache::filled();
    let directory = cache.directory.path().join("cache");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o555)).unwrap();
    let is_superuser = fs::write(directory.join("probe"), "").is_ok();
    if is_superuser {
        eprintln!("skipped in part: permissions do not bind this user");
    } else {
        assert_refused(&cache.update_from(&good_zip()), "cannot write the advisory store");
    }
    cache.assert_untouched();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
#[cfg(unix)]
fn a_full_disk_leaves_the_store_as_it_was() {
    let cache = Cache::filled();
    let input = cache.directory.path().join("good.zip");
    // Files may not grow past 64 KiB: what a full disk looks like to the one who writes.
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_redan"), "advisories", "update", "--from", input.to_str().unwrap()])
        .env_clear()
        .env("REDAN_CACHE_DIR", cache.directory.path().join("cache"))
        .output()
        .unwrap();
    assert_refused(&output, "cannot write the advisory store");
    cache.assert_untouched();
    let left: Vec<_> =
        fs::read_dir(cache.directory.path().join("cache")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn refreshes_at_once_and_readers_do_not_disturb_each_other() {
    let cache = Cache::filled();
    let inputs = [cache.directory.path().join("good.zip"), cache.directory.path().join("other.jsonl")];
    let other: Vec<String> = (0..700).map(|n| record(&format!("PYSEC-{n}"), 3, "9")).collect();
    fs::write(&inputs[1], other.join("\n")).unwrap();
    std::thread::scope(|scope| {
        for input in &inputs {
            let cache = &cache;
            scope.spawn(move || {
                for _ in 0..4 {
                    let output = cache.update(input.to_str().unwrap());
                    assert!(output.status.success(), "{output:?}");
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                let end = Instant::now() + Duration::from_secs(1);
                while Instant::now() < end {
                    let head = cache.database().verify().unwrap().unwrap();
                    assert!([600, 700].contains(&head.records));
                }
            });
        }
    });
}

#[test]
fn a_refresh_that_is_killed_leaves_the_old_or_the_new() {
    let cache = Cache::filled();
    let input = cache.directory.path().join("other.jsonl");
    let other: Vec<String> = (0..3000).map(|n| record(&format!("PYSEC-{n}"), 3, "9")).collect();
    fs::write(&input, other.join("\n")).unwrap();
    for step in 0..25_u64 {
        let mut child = cache
            .command(&["advisories", "update", "--from", input.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(step * 8));
        let _ = child.kill(); // SIGKILL on Unix
        child.wait().unwrap();
        let head = cache.database().verify().unwrap().expect("there is a store");
        assert!([600, 3000].contains(&head.records), "{head:?}");
    }
    assert!(cache.update(input.to_str().unwrap()).status.success());
}
