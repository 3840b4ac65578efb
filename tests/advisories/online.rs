//! `--online`: what a package index says about the packages that a repository declares.

use std::fs;

use redan::advisory::package_facts::{Answer, DepsDev, PackageFacts};
use serde_json::Value;

use crate::server::{Reply, Server};
use crate::{Cache, quick};

const REQUIREMENTS: &str = "Taken_Back==1.0\nold-thing>=1\nbad.thing\nour-own-secret-project==3\nfine==2.0\n";

fn index(path: &str) -> Reply {
    let page = |status: &str| {
        format!(
            r#"{{"meta":{{"api-version":"1.4"}},"name":"x","project-status":{{"status":"{status}","reason":"because"}},
               "versions":["1.0","2.0"],"files":[{{"filename":"x-1.0.tar.gz","yanked":"broken"}},
               {{"filename":"x-2.0-py3-none-any.whl","yanked":false}}]}}"#
        )
    };
    let status = match path {
        "/simple/taken-back/" | "/simple/fine/" => "active",
        "/simple/old-thing/" => "archived",
        "/simple/bad-thing/" => "quarantined",
        _ => return Reply::status(404),
    };
    let kind = "Content-Type: application/vnd.pypi.simple.v1+json\r\n".to_owned();
    Reply::Content(200, kind, page(status).into_bytes())
}

fn scan(cache: &Cache, arguments: &[&str]) -> (Vec<(String, String)>, Vec<String>, String) {
    let repo = cache.directory.path().join("repo");
    fs::create_dir_all(&repo).unwrap();
    fs::write(repo.join("requirements.txt"), REQUIREMENTS).unwrap();
    let fixed = ["scan", repo.to_str().unwrap(), "-o", "json", "--max-advisory-age", "100000d"];
    let output = cache.run(&[&fixed, arguments].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let about = ["yanked-release", "unmaintained-project", "quarantined-project", "unregistered-name"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let found = findings.map(|finding| (text(&finding["rule_id"]), text(&finding["message"])));
    let notes = report["notifications"].as_array().unwrap().iter().map(|note| text(&note["message"]));
    let found = found.filter(|(rule, _)| about.contains(&rule.as_str())).collect();
    (found, notes.collect(), format!("{output:?}"))
}

#[test]
fn an_index_is_asked_once_about_each_package() {
    let cache = Cache::new();
    let server = Server::new(|request| index(&request.path));
    let url = server.url.replace("://", "://someone:hunter2@") + "/simple";
    let (mut found, notes, output) = scan(&cache, &["--online", "--index-url", &url]);
    found.sort();
    let rules: Vec<&str> = found.iter().map(|(rule, _)| rule.as_str()).collect();
    assert_eq!(
        rules,
        ["quarantined-project", "unmaintained-project", "unregistered-name", "yanked-release"],
        "{output}"
    );
    assert!(found[3].1.contains("broken"), "{found:?}");
    assert!(notes.is_empty(), "{notes:?}");
    assert!(!output.contains("hunter2") && !output.contains("someone"), "{output}");
    assert!(server.requests().iter().all(|request| request.header("authorization").starts_with("Basic ")));
    assert!(server.requests()[0].header("accept").contains("application/vnd.pypi.simple.v1+json"));
    let asked = server.paths().len();
    assert_eq!(asked, 6, "four projects, and two addresses for the one that is not there: {:?}", server.paths());
    let (again, _, _) = scan(&cache, &["--online", "--index-url", &url]);
    assert_eq!((again.len(), server.paths().len()), (4, asked));
    let stored = fs::read(cache.directory.path().join("cache/packages.sqlite")).unwrap();
    assert!(!stored.windows(7).any(|bytes| bytes == b"hunter2"));
}

#[test]
fn nothing_is_asked_without_online_nor_with_offline() {
    let cache = Cache::new();
    let server = Server::new(|request| index(&request.path));
    assert!(scan(&cache, &["--index-url", &server.url]).0.is_empty());
    assert!(scan(&cache, &["--online", "--offline", "--index-url", &server.url]).0.is_empty());
    assert!(server.paths().is_empty());
}

#[test]
fn a_redirect_elsewhere_gets_neither_credentials_nor_belief() {
    let cache = Cache::new();
    let other = Server::new(|request| index(&request.path));
    let target = other.url.clone();
    let server =
        Server::new(move |request| Reply::Content(302, format!("Location: {target}{}\r\n", request.path), Vec::new()));
    let url = server.url.replace("://", "://someone:hunter2@") + "/simple";
    let (found, notes, output) = scan(&cache, &["--online", "--index-url", &url]);
    assert!(found.is_empty() && other.paths().is_empty(), "{output}");
    assert!(notes.iter().any(|note| note.contains("redirects to another host")), "{notes:?}");
    assert!(!output.contains("hunter2"));
}

#[test]
fn deps_dev_is_understood() {
    let server = Server::new(|request| {
        match request.path.as_str() {
        "/v3/systems/pypi/packages/attrs" => Reply::Content(
            200,
            String::new(),
            br#"{"packageKey":{"system":"PYPI","name":"attrs"},"versions":[
              {"versionKey":{"system":"PYPI","name":"attrs","version":"21.1.0"},"isDefault":false,"isDeprecated":true,"deprecatedReason":"oops"},
              {"versionKey":{"system":"PYPI","name":"attrs","version":"21.2.0"},"isDefault":true}]}"#.to_vec(),
        ),
        _ => Reply::status(404),
    }
    });
    let facts = PackageFacts::new(Box::new(DepsDev::new(&server.url)), None, quick()).unwrap();
    let Answer::Project(project) = facts.lookup("attrs").unwrap() else { panic!("there is such a project") };
    assert_eq!(project.newest.as_deref(), Some("21.2.0"));
    assert_eq!(project.withdrawn, [("21.1.0".to_owned(), "oops".to_owned())]);
    assert_eq!(facts.lookup("no-such").unwrap(), Answer::NoSuchProject);
}
