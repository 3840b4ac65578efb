//! Whether a syntax tree of a text is worth its cost, told from the bytes alone.
//!
//! A tree costs far more than this search, and most Python neither loads a model nor declares a package.
//! A text passes where a function of `patterns/loaders.toml`, of an SDK or of `setup()` may be called, or where a
//! program may run an installer. A false pass costs time and a false stop costs a finding, so whatever is not
//! understood passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use memchr::memmem;

use super::Dialect;
use super::interest::{Listed, listed};
use super::prose;
use crate::model::Span;
use crate::search::{Form, Sieve};

/// Functions that are asked about beside the loaders: what is installed by `setup()` and by Azure ML's SDKs.
const DECLARING: &[&str] = &[
    "setuptools.setup", "distutils.core.setup", "skbuild.setup", "numpy.distutils.core.setup",
    "azure.ai.ml.entities.Environment", "azure.ai.ml.entities.BuildContext", "azure.ai.ml.entities.CommandComponent",
    "azure.ai.ml.entities.CommandJob", "azure.ai.ml.entities.ManagedOnlineDeployment", "azure.ai.ml.entities.BatchDeployment",
    "azure.ai.ml.entities.KubernetesOnlineDeployment", "azure.ai.ml.entities.ModelBatchDeployment",
    "azure.ai.ml.entities.Component", "azure.ai.ml.command", "azureml.core.Environment", "azureml.core.CondaDependencies",
    "azureml.core.Environment.from_conda_specification", "azureml.core.Environment.from_pip_requirements",
    "azureml.core.Environment.from_docker_image", "azureml.core.Environment.from_dockerfile",
    "azure.ai.ml.load_component", "azure.ai.ml.load_job", "azure.ai.ml.load_environment", "azure.ai.ml.load_online_deployment",
    "azure.ai.ml.load_batch_deployment",
];
/// Names that are asked about whatever they belong to.
const METHODS: &[&str] = &["trust_remote_code", "add_pip_package", "add_conda_package", "CondaDependencies", "base_image", "base_dockerfile", "conda_install", "environments"];
/// How the names of installers begin: `pip3`, `pip_path`, `apt-get`.
const INSTALLERS: &[&[u8]] =
    &[b"pip", b"pipx", b"pipenv", b"conda", b"mamba", b"uv", b"poetry", b"pdm", b"rye", b"pixi", b"hatch", b"apt", b"aptitude", b"session"];
/// What an installer is told to do.
const INSTALLING: &[&str] = &["install", "create", "add", "sync", "update", "download", "run"];
/// Installers that are told nothing but what to install.
const INSTALLS: &[&str] = &["uvx", "easy_install"];
/// What an installer is run by.
const RUNNERS: &[&str] = &["subprocess", "get_ipython", "getoutput", "system", "popen", "pip.main", "pip._internal", "from pip", "nox"];
/// Places of functions that are looked at; of more than that many, the text passes.
const MAXIMUM_PLACES: usize = 10_000;
/// Names whose origin is looked up; after that many others, the text passes.
const MAXIMUM_NAMES: usize = 64;

/// True when a call of interest may stand in the text of a file of this name.
pub(super) fn may_concern(text: &[u8], file_name: &str, dialect: Dialect) -> bool {
    static GATE: LazyLock<Option<Gate>> = LazyLock::new(Gate::new);
    GATE.as_ref().is_none_or(|gate| gate.may_concern(text, file_name, dialect))
}

/// What is known of the functions that share a last part.
#[derive(Default)]
struct Word {
    /// Asked about whatever it belongs to.
    is_method: bool,
    /// First parts: one of them stands in every script that calls such a function.
    heads: BTreeSet<String>,
    /// All parts but the last: what the function may be called on without having been renamed.
    owners: BTreeSet<String>,
}

/// Why a text is looked for.
enum Asked {
    /// It is the last part of functions.
    Function(Word),
    /// It is the first part of functions.
    Head,
    /// It runs programs.
    Runner,
}

struct Gate {
    /// Finds what is asked about.
    search: Sieve,
    asked: Vec<(String, Asked)>,
    /// Finds what installers are told, in that order.
    verbs: Sieve,
}

impl Gate {
    fn new() -> Option<Self> {
        let mut words: BTreeMap<String, Word> = BTreeMap::new();
        let Listed { functions, methods } = listed()?;
        for function in functions.iter().map(String::as_str).chain(DECLARING.iter().copied()) {
            let mut parts: Vec<&str> = function.split('.').collect();
            let word = words.entry(parts.pop()?.to_owned()).or_default();
            word.heads.extend(parts.first().map(|head| (*head).to_owned()));
            word.owners.extend(parts.into_iter().map(str::to_owned));
        }
        for method in methods.iter().map(String::as_str).chain(METHODS.iter().copied()) {
            words.entry(method.to_owned()).or_default().is_method = true;
        }
        let heads: BTreeSet<String> = words.values().flat_map(|word| word.heads.iter().cloned()).collect();
        let mut asked: Vec<(String, Asked)> = words.into_iter().map(|(text, word)| (text, Asked::Function(word))).collect();
        asked.extend(heads.into_iter().map(|head| (head, Asked::Head)));
        asked.extend(RUNNERS.iter().map(|runner| ((*runner).to_owned(), Asked::Runner)));
        let search = sieve(asked.iter().map(|(text, _)| text.as_str()));
        Some(Self { search, asked, verbs: sieve(INSTALLING.iter().chain(INSTALLS).copied()) })
    }

    fn may_concern(&self, text: &[u8], file_name: &str, dialect: Dialect) -> bool {
        let mut known = Known::new(text, dialect);
        let mut places = Vec::new();
        let mut runs = false;
        self.search.candidates(text, |index, start| {
            let (asked, why) = &self.asked[index];
            let name = Span::new(start, start + asked.len());
            if text.get(start..name.end) != Some(asked.as_bytes()) {
                return;
            }
            match why {
                // Known as a part of another name, too: `ruamel_yaml`.
                Asked::Head => _ = known.heads.insert(asked.as_str()),
                Asked::Runner => runs = runs || is_whole(text, name) && !known.is_prose(start),
                Asked::Function(word) if places.len() < MAXIMUM_PLACES && is_whole(text, name) => places.push((word, name)),
                Asked::Function(_) => {}
            }
        });
        // An import in one cell is used in another.
        (dialect == Dialect::Cell && !known.heads.is_empty() && memmem::find(text, b"import").is_some())
            || places.len() == MAXIMUM_PLACES
            || places.into_iter().any(|(word, name)| known.is_of_interest(word, name, file_name))
            || runs && self.installs(text)
    }

    /// True where something may be told to install.
    fn installs(&self, text: &[u8]) -> bool {
        let mut installs = false;
        self.verbs.candidates(text, |index, start| {
            let is_verb = index < INSTALLING.len();
            let verb = INSTALLING.iter().chain(INSTALLS).nth(index).map_or(&b""[..], |verb| verb.as_bytes());
            let name = Span::new(start, start + verb.len());
            installs = installs
                || text.get(start..name.end) == Some(verb)
                    && is_whole(text, name)
                    && (!is_verb || is_installer_before(text, start));
        });
        installs
    }
}

fn sieve<'s>(texts: impl Iterator<Item = &'s str>) -> Sieve {
    let forms = texts.enumerate().map(|(literal, text)| Form { text: text.into(), is_exact: true, literal });
    Sieve::new(&forms.collect::<Vec<_>>())
}

/// What has been found out about a text so far.
struct Known<'t> {
    text: &'t [u8],
    dialect: Dialect,
    /// First parts of functions that stand in it.
    heads: BTreeSet<&'t str>,
    gets_attributes: Option<bool>,
    imports_all: Option<bool>,
    given: Vec<(&'t [u8], &'t [u8], bool)>,
    /// What is no code.
    prose: Option<Vec<Span>>,
}

impl<'t> Known<'t> {
    fn new(text: &'t [u8], dialect: Dialect) -> Self {
        Self { text, dialect, heads: BTreeSet::new(), gets_attributes: None, imports_all: None, given: Vec::new(), prose: None }
    }

    /// True when the function at `name` may be one that is asked about.
    fn is_of_interest(&mut self, word: &Word, name: Span, file_name: &str) -> bool {
        let may_be = if name.slice(self.text) == b"setup" && file_name.ends_with("setup.py") {
            true
        } else {
            let is_one = word.is_method || self.dialect == Dialect::Cell || self.has_head(word);
            is_one && self.may_be_called(word, name)
        };
        may_be && !self.is_prose(name.start)
    }

    fn has_head(&self, word: &Word) -> bool {
        word.heads.iter().any(|head| self.heads.contains(head.as_str()))
    }

    /// True in comments and documentation of a script. In a cell, lines of other languages may stand.
    fn is_prose(&mut self, at: usize) -> bool {
        if self.dialect == Dialect::Cell {
            return false;
        }
        let spans = self.prose.get_or_insert_with(|| prose::spans(self.text));
        let next = spans.partition_point(|span| span.end <= at);
        spans.get(next).is_some_and(|span| span.start <= at)
    }

    /// True when the text takes attributes by their names.
    fn gets_attributes(&mut self) -> bool {
        *self.gets_attributes.get_or_insert_with(|| memmem::find(self.text, b"getattr").is_some())
    }

    /// `from azure.ai.ml.entities import *`; what a module of the same package gives is its own.
    fn imports_all(&mut self) -> bool {
        let text = self.text;
        let is_all = |at: usize| {
            let (before, after) = text.split_at(at.min(text.len()));
            let is_star = after.get(6..).unwrap_or_default().trim_ascii_start().starts_with(b"*");
            is_star && !is_relative(line_before(before))
        };
        *self.imports_all.get_or_insert_with(|| memmem::find_iter(text, b"import").any(is_all))
    }

    /// A call, a reference to the function, or its import; not its definition, and not a word of prose.
    fn may_be_called(&mut self, word: &Word, name: Span) -> bool {
        let before = self.text.get(..name.start).unwrap_or_default();
        let after = self.text.get(name.end..).unwrap_or_default();
        let next = after.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\\' | b'\r' | b'\n'));
        match before.last() {
            Some(b'.') => word.is_method || (next != Some(&b'=') || after.trim_ascii_start().starts_with(b"==")) && self.may_own(word, name),
            // `getattr(pickle, "loads")`
            Some(b'"' | b'\'') => word.is_method || self.gets_attributes(),
            _ => {
                let before = before.trim_ascii_end();
                match next {
                    Some(b'(') => !before.ends_with(b"def") && !before.ends_with(b"class") && self.may_be_function(word, name),
                    // `trust_remote_code=True`
                    Some(b'=') => word.is_method,
                    // `load: bool`
                    Some(b':') => false,
                    // `f(loads, x)`, not `from pickle import (loads, x)`
                    Some(b',' | b')') if is_argument(before) => self.may_be_function(word, name),
                    // `from pickle import loads`, also in a list of its own lines, and what stands alone as an argument.
                    None | Some(b',' | b')' | b'#' | b';') => true,
                    _ => before.ends_with(b"import") || before.ends_with(b",") || before.ends_with(b"(") || after.trim_ascii_start().starts_with(b"as "),
                }
            }
        }
    }

    /// True when a name that stands alone may be such a function. Where it is imported under this name, it passes there.
    fn may_be_function(&mut self, word: &Word, name: Span) -> bool {
        let name = name.slice(self.text);
        word.is_method || self.dialect == Dialect::Cell || self.imports_all() || self.is_given(name, name, word)
    }

    /// True when what stands before the dot may be a module or a class that owns such a function.
    fn may_own(&mut self, word: &Word, name: Span) -> bool {
        let before = self.text.get(..name.start).unwrap_or_default();
        let chain = before.iter().rev().take(200).take_while(|byte| is_name(**byte) || **byte == b'.').count();
        let chain = before.get(before.len() - chain..).unwrap_or_default();
        let root = chain.split(|byte| *byte == b'.').next().unwrap_or_default();
        let is_owner = |owner: &String| owner.as_bytes() == root;
        // A method or an attribute of its own: not what was imported.
        if matches!(root, b"self" | b"cls") {
            return false;
        }
        // What a cell calls may be named in another.
        if self.dialect == Dialect::Cell || root.is_empty() || chain.len() >= 200 || word.owners.iter().any(is_owner) {
            return true;
        }
        self.is_given(root, name.slice(self.text), word)
    }

    /// True when `name` is given to something by an import or an assignment of this text: `import pickle as name`,
    /// `from six.moves import name`, `name = import_module("pickle")`. Looked up once for each name and function.
    fn is_given(&mut self, name: &'t [u8], function: &'t [u8], word: &Word) -> bool {
        if let Some((.., known)) = self.given.iter().find(|(known, of, _)| (*known, *of) == (name, function)) {
            return *known;
        }
        let text = self.text;
        let is_given = self.given.len() >= MAXIMUM_NAMES
            || memmem::find_iter(text, name).any(|at| gives(text, Span::new(at, at + name.len()), word) && !self.is_prose(at));
        self.given.push((name, function, is_given));
        is_given
    }
}

/// `pip install`, `["-m", "pip", "install"]`; not `pipeline.run`.
fn is_installer_before(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(80)..at).unwrap_or_default();
    let ends = |end: usize| !before.get(end).is_some_and(u8::is_ascii_lowercase);
    INSTALLERS.iter().any(|name| memmem::find_iter(before, name).any(|at| ends(at + name.len())))
}

/// True when the name at `name` is imported or assigned there. Modules of the same package are of use only where they
/// name an owner of `word`.
fn gives(text: &[u8], name: Span, word: &Word) -> bool {
    if !is_whole(text, name) {
        return false;
    }
    let (before, after) = (text.get(..name.start).unwrap_or_default(), text.get(name.end..).unwrap_or_default());
    let line = line_before(before);
    let rest = after.get(..prose::line_end(after, 0)).unwrap_or_default().trim_ascii();
    let names_owner = |line: &[u8]| word.owners.iter().any(|owner| memmem::find(line, owner.as_bytes()).is_some());
    if is_relative(line) && !names_owner(line) && !names_owner(rest) {
        return false;
    }
    let is_assigned = rest.starts_with(b"=") && !rest.starts_with(b"==") || rest.starts_with(b":=") || rest.starts_with(b":") && memchr::memchr(b'=', rest).is_some();
    let is_imported = line.starts_with(b"from ") && memmem::find(line, b"import").is_some();
    let is_listed = line.is_empty() && (rest.is_empty() || rest.starts_with(b",") || rest.starts_with(b"#") || rest.starts_with(b")"));
    is_assigned && before.last() != Some(&b'.') || is_imported || is_listed || line.ends_with(b" as") || line.ends_with(b",")
}

/// The part of its line that stands at the end of `before`.
fn line_before(before: &[u8]) -> &[u8] {
    before.get(memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1)..).unwrap_or_default().trim_ascii()
}

/// `from .module import`
fn is_relative(line: &[u8]) -> bool {
    line.strip_prefix(b"from").is_some_and(|line| line.trim_ascii_start().starts_with(b"."))
}

/// True behind the opening parenthesis of a call, not behind that of an import.
fn is_argument(before: &[u8]) -> bool {
    before.strip_suffix(b"(").is_some_and(|before| !before.trim_ascii_end().ends_with(b"import"))
}

fn is_whole(text: &[u8], name: Span) -> bool {
    let is_part = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|byte| is_name(*byte));
    !is_part(name.start.checked_sub(1)) && !is_part(Some(name.end))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(text: &str) -> bool {
        may_concern(text.as_bytes(), "a.py", Dialect::Script)
    }

    #[test]
    fn every_function_of_the_list_passes_however_it_is_imported() {
        let Listed { functions, methods } = listed().unwrap();
        assert!(functions.len() > 80 && methods.len() > 3);
        for function in functions.iter().map(String::as_str).chain(DECLARING.iter().copied()) {
            let (module, last) = function.rsplit_once('.').unwrap();
            let (package, owner) = module.rsplit_once('.').unwrap_or(("", module));
            let mut texts = vec![
                format!("import {module}\nx = {function}(y)\n"),
                format!("import {module} as m\nx = m.{last} (y)\n"),
                format!("from {module} import {last}\nx = {last}(y)\n"),
                format!("from {module} import (\n    {last},\n    other,\n)\n"),
                format!("from {module} import {last} as renamed\n"),
                format!("import {module} as m\nx = map(m.{last}, ys)\n"),
                format!("import {module} as m\nx = getattr(m, '{last}')(y)\n"),
                format!("m = import_module('{module}')\nx = m.{last}(y)\n"),
                format!("from {module} import m\rx = m.{last}(y)\r"),
                format!("from {module} import *\nx = {last}(y)\n"),
                format!("{last} = {function}\nx = {last}(y)\n"),
            ];
            if !package.is_empty() {
                texts.push(format!("from {package} import {owner}\n{owner}.{last}(y)\n"));
                texts.push(format!("from {package} import (\n    {owner},\n    b)\n{owner}.{last}(y)\n"));
            }
            for text in texts {
                assert!(passes(&text), "{text}");
            }
        }
        for method in methods {
            assert!(passes(&format!("x = y.{method}(z)\n")), "{method}");
        }
    }

    #[test]
    fn installers_and_arguments_pass() {
        for text in ["os.system('pip install torch')", "subprocess.run([sys.executable, '-m', 'pip', 'install', 'torch'])",
            "subprocess.run('conda env create -f environment.yml', shell=True)",
            "subprocess.run(['uv', 'add', 'torch'])",
            "subprocess.run('uvx ruff==0.1', shell=True)",
            "os.system('easy_install torch')",
            "subprocess.run(['rye', 'add', 'torch'])",
            "pip_path = 'pip'\nsubprocess.run([pip_path, 'install', 'torch'])",
            "subprocess.run(['/opt/conda/bin/micromamba', 'install', 'torch'])",
            "import nox\ndef tests(session):\n    session.install('torch')\n    session.conda_install('x')",
            "import functools, torch\nload = functools.partial(torch.load, map_location='cpu')", "f(trust_remote_code=True)", "env.docker.base_image = 'x:1'"] {
            assert!(passes(text), "{text}");
        }
    }

    #[test]
    fn code_in_strings_and_behind_documentation_passes() {
        for text in [
            "import torch\nx = f\"\"\"{torch.load(y)}\"\"\"\n",
            "\"\"\"torch.load\"\"\"\nimport torch\nx = torch.load(y)\n",
            "# loads\rimport torch\rx = torch.load(y)\r",
            "import torch\n'''\nx = torch.load(y)\n",
            "import azure.x\nfrom .sdk import entities as e\nx = e.BuildContext(path='a')\n",
            "from azure.ai.ml import load_component\n",
            "x = client.environments.get('name', version='1')\n",
        ] {
            assert!(passes(text), "{text}");
        }
    }

    #[test]
    fn imports_of_cells_pass() {
        assert!(may_concern(b"import torch as t", "a.ipynb", Dialect::Cell));
        assert!(may_concern(b"m = t.load('x')", "a.ipynb", Dialect::Cell));
        assert!(!may_concern(b"print('torch')", "a.ipynb", Dialect::Cell));
    }

    #[test]
    fn ordinary_programs_do_not() {
        for text in [
            "import numpy as np\nimport json\nx = json.load(f)\n",
            "import torch\nclass A:\n    def load(self):\n        self.load_all()\n",
            "import numpy\n# load it, then go on\nx = 'to load a file see numpy'\n",
            "def upload(x): download(x)\nimport pickle\n",
            "'''pip install numpy'''\nimport numpy\n",
            "import subprocess\nx = client._pipeline.run(y)\n",
            "# system\nx.system_data = 'pip install numpy'\n",
            "import azure\nx = {'type': {'Command': 'CommandJob'}}\n",
            "import azure.x\nclass BatchDeployment(Resource):\n    '''It or\n    BatchDeployment,'''\n    def f(self, *,\n        command: str):\n        super(BatchDeployment, self).f()\n",
            "import azure.x\nfrom .enums import *\nfrom ... import models as _models\n_models.BatchDeployment(x)\nBatchDeployment(y)",
            "import torch\ndef f():\n    \"\"\"Loads.\n\n    >>> torch.load(x)\n    \"\"\"\n    # or torch.load(y)\n",
        ] {
            assert!(!passes(text), "{text}");
        }
    }
}
