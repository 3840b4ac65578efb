//! The deps.dev API, version 3: public, without registration. <https://docs.deps.dev/api/v3/>
//!
//! It knows releases and which of them are deprecated (for PyPI: yanked), not the status of projects.

use serde::Deserialize;

use super::{Answer, LIMIT, Project, Source, path_part};
use crate::advisory::http::{Error, Http, Request, shown};

/// The public service.
const BASE: &str = "https://api.deps.dev";

/// Asks deps.dev.
pub struct DepsDev {
    base: String,
}

impl Default for DepsDev {
    fn default() -> Self {
        Self::new(BASE)
    }
}

impl DepsDev {
    /// Asks another server that speaks the same language.
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned() }
    }
}

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    versions: Vec<Release>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Release {
    version_key: Key,
    #[serde(default)]
    is_deprecated: bool,
    #[serde(default)]
    deprecated_reason: String,
}

#[derive(Deserialize)]
struct Key {
    version: String,
}

impl Source for DepsDev {
    fn name(&self) -> String {
        shown(&self.base)
    }

    fn fetch(&self, http: &Http, name: &str) -> Result<Answer, Error> {
        let url = format!("{}/v3/systems/pypi/packages/{}", self.base, path_part(name));
        let mut json = Vec::new();
        match http.fetch(&Request { url: &url, limit: LIMIT, ..Request::default() }, &mut json, &mut |_, _| {}) {
            Ok(_) => {}
            Err(Error::Status { status, .. }) if status == reqwest::StatusCode::NOT_FOUND => {
                return Ok(Answer::NoSuchProject);
            }
            Err(error) => return Err(error),
        }
        let unexpected = |error: serde_json::Error| Error::Connection { url: shown(&url), reason: error.to_string() };
        let package: Package = serde_json::from_slice(&json).map_err(unexpected)?;
        let releases = package
            .versions
            .into_iter()
            .map(|release| (release.version_key.version, release.is_deprecated.then_some(release.deprecated_reason)));
        Ok(Answer::Project(Project::of_releases(releases)))
    }
}
