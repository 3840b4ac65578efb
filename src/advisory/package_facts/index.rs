//! A package index: the Simple API as JSON, else the older JSON API.
//! <https://packaging.python.org/en/latest/specifications/simple-repository-api/>,
//! <https://docs.pypi.org/api/json/>
//!
//! `<base>/<name>/` is asked first; where that is no JSON, `<base>/<name>/json` and, beside a base that ends in
//! `/simple`, `/pypi/<name>/json`. Only when all of them say "not found" is there no such project.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde::Deserialize;

use super::{Answer, LIMIT, Project, Source, Status, path_part};
use crate::advisory::http::{Error, Http, Request, shown};

const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, application/json;q=0.9";

/// Asks an index.
pub struct Index {
    base: String,
}

impl Index {
    /// The index at `base`, which may hold credentials: they are sent to its host alone and never shown.
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned() }
    }

    /// URLs to ask, in order.
    fn urls(&self, name: &str) -> Vec<String> {
        let (base, name) = (&self.base, path_part(name));
        let older = |base: &str| format!("{base}/{name}/json");
        match base.rsplit_once('/') {
            Some((above, "simple" | "+simple")) => vec![format!("{base}/{name}/"), older(&format!("{above}/pypi"))],
            Some((_, "pypi")) => vec![older(base), format!("{base}/{name}/")],
            _ => vec![format!("{base}/{name}/"), older(base), older(&format!("{base}/pypi"))],
        }
    }
}

impl Source for Index {
    fn name(&self) -> String {
        shown(&self.base)
    }

    fn fetch(&self, http: &Http, name: &str) -> Result<Answer, Error> {
        let urls = self.urls(name);
        let mut trouble = None;
        for url in &urls {
            let mut body = Vec::new();
            let request = Request { url, limit: LIMIT, accept: Some(ACCEPT), ..Request::default() };
            match http.fetch(&request, &mut body, &mut |_, _| {}) {
                Ok(_) => match read(&body) {
                    Some(project) => return Ok(Answer::Project(project)),
                    None => {
                        let reason = "the answer is not the JSON of a package index".to_owned();
                        trouble = Some(Error::Connection { url: shown(url), reason });
                    }
                },
                Err(Error::Status { status: StatusCode::NOT_FOUND, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        trouble.map_or(Ok(Answer::NoSuchProject), Err)
    }
}

/// Both kinds of answer.
#[derive(Deserialize)]
#[serde(untagged)]
enum Page {
    Simple(Simple),
    Older(Older),
}

#[derive(Deserialize)]
struct Simple {
    files: Vec<File>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default, rename = "project-status")]
    status: Marker,
}

#[derive(Default, Deserialize)]
struct Marker {
    #[serde(default)]
    status: String,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    filename: String,
    #[serde(default)]
    yanked: Yanked,
    #[serde(default)]
    yanked_reason: Option<String>,
}

/// A truth value, or the reason.
#[derive(Deserialize)]
#[serde(untagged)]
enum Yanked {
    Flag(bool),
    Reason(String),
}

impl Default for Yanked {
    fn default() -> Self {
        Self::Flag(false)
    }
}

#[derive(Deserialize)]
struct Older {
    releases: BTreeMap<String, Vec<File>>,
}

impl File {
    fn withdrawal(&self) -> Option<String> {
        match &self.yanked {
            Yanked::Flag(false) => None,
            Yanked::Flag(true) => Some(self.yanked_reason.clone().unwrap_or_default()),
            Yanked::Reason(reason) => Some(reason.clone()),
        }
    }

    /// The version in the name of a wheel or a source archive.
    fn version(&self) -> Option<&str> {
        if let Some(stem) = self.filename.strip_suffix(".whl") {
            return stem.split('-').nth(1);
        }
        let stem = [".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().find_map(|end| self.filename.strip_suffix(end))?;
        stem.rsplit_once('-').map(|(_, version)| version)
    }
}

fn read(json: &[u8]) -> Option<Project> {
    match serde_json::from_slice(json).ok()? {
        Page::Simple(page) => {
            let mut releases: BTreeMap<String, Vec<Option<String>>> =
                page.versions.iter().map(|version| (version.clone(), Vec::new())).collect();
            for file in &page.files {
                if let Some(version) = file.version() {
                    releases.entry(version.to_owned()).or_default().push(file.withdrawal());
                }
            }
            let status = match page.status.status.as_str() {
                "archived" => Status::Archived,
                "deprecated" => Status::Deprecated,
                "quarantined" => Status::Quarantined,
                _ => Status::Active,
            };
            let project = Project::of_releases(releases.into_iter().map(|(version, files)| (version, all(files))));
            Some(Project { status, status_reason: page.status.reason.unwrap_or_default(), ..project })
        }
        Page::Older(page) => {
            let withdrawal = |files: Vec<File>| all(files.iter().map(File::withdrawal).collect());
            let releases = page.releases.into_iter().filter(|(_, files)| !files.is_empty());
            Some(Project::of_releases(releases.map(|(version, files)| (version, withdrawal(files)))))
        }
    }
}

/// A release is taken back when every file of it is; then the first reason that says something.
fn all(files: Vec<Option<String>>) -> Option<String> {
    let reasons: Vec<String> = files.into_iter().collect::<Option<_>>()?;
    let first = reasons.iter().find(|reason| !reason.is_empty()).cloned();
    (!reasons.is_empty()).then(|| first.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simple_api_is_read() {
        let project = read(
            br#"{"meta":{"api-version":"1.4"},"name":"a","project-status":{"status":"archived","reason":"done"},
                "versions":["1.0","2.0"],"files":[
                {"filename":"a-1.0-py3-none-any.whl","yanked":"oops"},{"filename":"a-1.0.tar.gz","yanked":true},
                {"filename":"a-2.0-py3-none-any.whl","yanked":false},{"filename":"a-2.0.tar.gz","yanked":"half"}]}"#,
        )
        .unwrap();
        assert_eq!((project.status, project.status_reason.as_str()), (Status::Archived, "done"));
        assert_eq!(project.newest.as_deref(), Some("2.0"));
        assert_eq!(project.withdrawn, [("1.0".to_owned(), "oops".to_owned())]);
    }

    #[test]
    fn the_older_api_is_read() {
        let project = read(
            br#"{"info":{"version":"2"},"releases":{"1":[{"yanked":true,"yanked_reason":"bad"}],"2":[{"yanked":false}],"3":[]}}"#,
        )
        .unwrap();
        assert_eq!(project.newest.as_deref(), Some("2"));
        assert_eq!(project.withdrawn, [("1".to_owned(), "bad".to_owned())]);
        assert!(read(b"<html>").is_none());
    }

    #[test]
    fn bases_of_every_kind_are_asked() {
        let urls = |base: &str| Index::new(base).urls("a");
        assert_eq!(urls("https://i/simple/"), ["https://i/simple/a/", "https://i/pypi/a/json"]);
        assert_eq!(urls("https://i/pypi"), ["https://i/pypi/a/json", "https://i/pypi/a/"]);
        assert_eq!(urls("https://i"), ["https://i/a/", "https://i/a/json", "https://i/pypi/a/json"]);
    }
}
