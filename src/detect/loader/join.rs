//! What a loader's call is given: a file of this repository, or something from the network.

use std::cell::OnceCell;

use foldhash::{HashMap, HashMapExt as _};

use crate::model::{ArtifactPath, Call, Facts, Finding, Literal, Logical, Pin, Repository};

/// Where what is loaded comes from.
pub(super) enum Origin {
    /// A call that fetches it.
    Remote(String),
    /// A file.
    Local,
    /// Not known.
    Unknown,
}

/// The artifact that a call names.
pub(super) struct Artifact<'r> {
    pub(super) path: &'r ArtifactPath,
    pub(super) imports: usize,
    /// The version of scikit-learn that wrote it.
    pub(super) sklearn: Option<&'r str>,
    /// A finding that says that loading it runs something.
    pub(super) danger: Option<&'r Finding>,
}

/// What a call loads.
pub(super) struct Loaded<'r> {
    pub(super) origin: Origin,
    pub(super) artifact: Option<Artifact<'r>>,
}

/// The files of a repository by their names. A large repository has as many files as loaders, and is looked through once.
pub(super) struct Names<'r> {
    files: &'r [ArtifactPath],
    /// `None` for a name that several files have. Made when the first is asked for.
    by_name: OnceCell<HashMap<&'r str, Option<&'r ArtifactPath>>>,
}

impl<'r> Names<'r> {
    pub(super) fn new(files: &'r [ArtifactPath]) -> Self {
        Self { files, by_name: OnceCell::new() }
    }

    /// The only file of this name.
    fn only(&self, name: &str) -> Option<&'r ArtifactPath> {
        let by_name = self.by_name.get_or_init(|| {
            let mut by_name = HashMap::with_capacity(self.files.len());
            for path in self.files {
                by_name.entry(path.file_name()).and_modify(|only| *only = None).or_insert(Some(path));
            }
            by_name
        });
        by_name.get(name).copied().flatten()
    }
}

/// How far from a script a file may lie whose name alone it gives: `src/train.py` and `models/model.pkl`, not two of many
/// examples.
const MAXIMUM_STEPS: usize = 4;
/// How far above a loader the `open` of its file may stand: a `with` block's head.
const LINES_ABOVE: u32 = 3;
/// How far above a loader the download of its file may stand: the same function.
const LINES_OF_FUNCTION: u32 = 30;

/// Where a call stands as a person counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// The cell of a notebook.
    cell: Option<u32>,
    /// The line in it, or in the script.
    line: u32,
}

impl Place {
    fn of(call: &Call) -> Self {
        match &call.location.logical {
            Some(Logical::Cell { index, line, .. }) => Self { cell: Some(*index), line: *line },
            _ => Self { cell: None, line: call.location.start.line },
        }
    }
}

/// The calls of a file that may say what another one is given: few among many.
pub(super) struct Givers<'c> {
    /// Those that open a file, in order.
    opens: Vec<(Place, &'c Call)>,
    /// Those that fetch something, or are given what was fetched.
    fetches: Vec<&'c Call>,
}

impl<'c> Givers<'c> {
    pub(super) fn of(facts: &'c Facts) -> Self {
        let opens = facts.calls.iter().filter(|call| is_open(&call.function));
        let mut opens: Vec<_> = opens.map(|call| (Place::of(call), call)).collect();
        opens.sort_by_key(|(place, call)| (*place, call.location.span.start));
        let fetches = |call: &&Call| is_fetch(&call.function) || returned(call).is_some();
        Self { opens, fetches: facts.calls.iter().filter(fetches).collect() }
    }

    /// What is opened inside of `call`, and what is right above it.
    fn opened_for(&self, call: &Call) -> impl Iterator<Item = (Place, &'c Call)> {
        let Place { cell, line } = Place::of(call);
        let first = Place { cell, line: line.saturating_sub(LINES_ABOVE) };
        let from = self.opens.partition_point(|(place, _)| *place < first);
        let span = call.location.span;
        let near = self.opens[from..].iter().copied();
        near.take_while(move |(place, open)| place.cell == cell && open.location.span.start < span.end)
            .filter(move |(_, open)| open.location.span != span)
    }
}

impl<'r> Loaded<'r> {
    pub(super) fn of(
        call: &Call,
        facts: &Facts,
        givers: &Givers<'_>,
        repository: &'r Repository,
        names: &Names<'r>,
    ) -> Self {
        let mut paths: Vec<&str> = texts(call).collect();
        let mut origin = returned(call).map_or(Origin::Unknown, Origin::Remote);
        for (place, open) in givers.opened_for(call) {
            let is_above = place <= Place::of(call);
            if is_inside(open, call) || (is_above && paths.is_empty()) {
                paths.extend(texts(open).take(1));
            }
        }
        for other in givers.fetches.iter().copied().filter(|other| other.location.span != call.location.span) {
            let inside = is_inside(other, call);
            if inside && let Some(from) = returned(other) {
                origin = Origin::Remote(from);
            }
            if is_fetch(&other.function) {
                // Fetched in place, or into the file that is then loaded.
                let into = texts(other).find(|text| paths.contains(text) && !text.contains("://"));
                if inside || into.is_some() || is_fetched_into(call, other) {
                    origin = Origin::Remote(format!("`{}` in line {}", other.function, other.location.start.line));
                }
            }
        }
        if let Some(url) = paths.iter().find(|path| is_url(path)) {
            let scheme = url.split("://").next().unwrap_or_default();
            origin = Origin::Remote(format!("{scheme}://…"));
        }
        let path = paths.iter().find_map(|path| find(path, &facts.path, repository, names));
        let artifact = path.map(|path| {
            let loaded = repository.get(path);
            Artifact {
                path,
                imports: loaded.map_or(0, |facts| facts.imports.len()),
                sklearn: loaded.and_then(|facts| facts.sklearn.as_deref()),
                danger: loaded.and_then(|facts| {
                    facts.findings.iter().find(|finding| matches!(&*finding.rule.id, "unsafe-pickle" | "unsafe-model-file"))
                }),
            }
        });
        if artifact.is_some() && matches!(origin, Origin::Unknown) {
            origin = Origin::Local;
        }
        Self { origin, artifact }
    }
}

/// True when `other` stands among the arguments of `call`.
fn is_inside(other: &Call, call: &Call) -> bool {
    call.location.span.contains(other.location.span)
}

/// The function that fetches what a variable among the arguments stands for: `response.content` after
/// `response = requests.get(url)`.
fn returned(call: &Call) -> Option<String> {
    call.positional.iter().find_map(|argument| match &argument.value {
        Literal::Name(name) => name.split_once("()").filter(|(function, _)| is_fetch(function)).map(|(function, _)| format!("`{function}`")),
        _ => None,
    })
}

/// True when `fetch` writes into the variable that `call` loads from: `urlretrieve(url, path)`, then `load(path)`.
fn is_fetched_into(call: &Call, fetch: &Call) -> bool {
    let place = ["filename", "out", "output", "dst"].iter().find_map(|keyword| fetch.argument(keyword)).or_else(|| fetch.positional.get(1));
    let (Some(place), Some(loaded)) = (place, call.positional.first()) else { return false };
    let (from, to) = (Place::of(fetch), Place::of(call));
    matches!(&place.value, Literal::Name(_))
        && place.value == loaded.value
        && from.cell == to.cell
        && (from.line..=from.line.saturating_add(LINES_OF_FUNCTION)).contains(&to.line)
}

/// Literal text among the arguments.
fn texts(call: &Call) -> impl Iterator<Item = &str> {
    call.positional.iter().chain(call.keyword.iter().map(|(_, argument)| argument)).filter_map(|argument| match &argument.value {
        Literal::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

/// True for `loads(dumps(x))`, in one expression or through a variable that is assigned once: such a pickle holds what the
/// program has already.
pub(super) fn is_round_trip(call: &Call, facts: &Facts) -> bool {
    let is_dumps = |function: &str| function.ends_with("pickle.dumps") || function == "dill.dumps";
    call.positional.first().is_some_and(|data| match &data.value {
        Literal::Name(name) => name.strip_suffix("()").is_some_and(is_dumps),
        Literal::Other => facts.calls.iter().any(|other| {
            other.location.span == data.location.span && is_dumps(&other.function) && other.location.logical == data.location.logical
        }),
        _ => false,
    })
}

/// The file of the repository that `text` names: from the script's directory, from the root, or by a name that is the
/// only one of its kind.
fn find<'r>(
    text: &str,
    script: &ArtifactPath,
    repository: &'r Repository,
    names: &Names<'r>,
) -> Option<&'r ArtifactPath> {
    let known = |path: &ArtifactPath| {
        let index = repository.files.binary_search(path).ok()?;
        repository.files.get(index)
    };
    // Names of one word are names of other things as well, `r` and `utf-8` among them.
    let name = text.rsplit(['/', '\\']).next().filter(|name| name.contains('.') && name.len() > 3)?;
    if let Some(path) = script.join(text).as_ref().and_then(known) {
        return Some(path);
    }
    if let Some(path) = ArtifactPath::new("x").join(text).as_ref().and_then(known) {
        return Some(path);
    }
    names.only(name).filter(|path| steps_between(script.as_str(), path.as_str()) <= MAXIMUM_STEPS)
}

/// How many folders one goes up and down from the one file to the other.
fn steps_between(one: &str, other: &str) -> usize {
    let shared = one.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count();
    let steps = |path: &str| path.split('/').count().saturating_sub(shared + 1);
    steps(one) + steps(other)
}

fn is_url(text: &str) -> bool {
    ["http://", "https://", "ftp://", "s3://", "gs://", "abfs://", "abfss://", "wasbs://", "hf://"].iter().any(|scheme| text.starts_with(scheme))
}

fn is_open(function: &str) -> bool {
    matches!(function, "open" | "io.open" | "gzip.open" | "bz2.open" | "lzma.open" | "fsspec.open" | "builtins.open" | "codecs.open")
}

/// Functions that fetch, by their whole names.
const FETCHES: &[&str] = &[
    "requests.get",
    "requests.post",
    "requests.request",
    "httpx.get",
    "httpx.post",
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "urllib.urlopen",
    "urllib2.urlopen",
    "wget.download",
    "gdown.download",
    "torch.hub.download_url_to_file",
];
/// The last parts of others.
const FETCHING: &[&str] = &["hf_hub_download", "snapshot_download", "urlretrieve", "urlopen", "download_file"];

fn is_fetch(function: &str) -> bool {
    let last = function.rsplit('.').next().unwrap_or(function);
    FETCHES.contains(&function) || FETCHING.contains(&last)
}

/// The scikit-learn that the repository declares, next to the one that wrote a file. It never refuses a pickle: under another
/// version it warns (since 1.3 by `InconsistentVersionWarning`), after everything has been loaded.
pub(super) fn sklearn_says(written: &str, repository: &Repository) -> String {
    let declared = repository.artifacts.iter().flat_map(|facts| &facts.dependencies);
    let mut pins = declared.filter(|dependency| dependency.normalized_name() == "scikit-learn").filter_map(|dependency| match &dependency.pin {
        Pin::Exact(version) => Some(version.as_str()),
        _ => None,
    });
    let here = match pins.next() {
        Some(version) if version == written && pins.all(|other| other == written) => "the version that is declared here, which checks nothing else".to_owned(),
        Some(version) => format!("while {version} is declared here, which only warns of that once it is loaded"),
        None => "and no version is declared here; another one only warns of that once it is loaded".to_owned(),
    };
    format!(" scikit-learn {written} wrote it, {here}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Document, Source};
    use crate::parse::Parser;
    use crate::parse::notebook::Notebook;

    /// What the parser of Python keeps of a cell has to agree with what is asked here.
    #[test]
    fn every_fetch_of_a_cell_is_known() {
        let functions = FETCHES.iter().map(|function| (*function).to_owned());
        for function in functions.chain(FETCHING.iter().map(|last| format!("client.{last}"))) {
            let cell = format!("{function}('https://x.org/model.pkl', 'model.pkl')");
            let text = serde_json::json!({"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": [cell]}],
                "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
            .to_string();
            let source = Source::new(ArtifactPath::new("a.ipynb"), text.as_bytes());
            let mut document = Document::new(&source);
            Notebook.parse(&source, &mut document);
            assert!(document.calls.iter().any(|call| call.function == function), "{function}");
        }
    }

    #[test]
    fn what_a_name_alone_says_lies_near() {
        let files = ["a/b/c/model.pkl", "models/deep/net.pt", "x/y/z/score.py"].map(ArtifactPath::new);
        let repository = Repository::new(Vec::new(), files.to_vec());
        let names = Names::new(&repository.files);
        let find = |text, script| find(text, &ArtifactPath::new(script), &repository, &names).map(ArtifactPath::as_str);
        assert_eq!(find("model.pkl", "a/d/train.py"), Some("a/b/c/model.pkl"));
        assert_eq!(find("/opt/net.pt", "src/score/run.py"), Some("models/deep/net.pt"));
        assert_eq!(find("model.pkl", "x/y/z/score.py"), None);
        assert_eq!(find("../../../a/b/c/model.pkl", "x/y/z/score.py"), Some("a/b/c/model.pkl"));
    }

    #[test]
    fn sklearn_never_refuses() {
        let repository = Repository::new(Vec::new(), Vec::new());
        assert!(sklearn_says("1.2.2", &repository).contains("no version is declared"));
    }
}
