//! Whether a syntax tree of a text is worth its cost, told from the bytes alone.
//!
//! A tree costs far more than this search, and most Python neither loads a model nor declares a package.
//! A text passes where a function of `patterns/loaders.toml`, of an SDK or of `setup()` may be called, or where a
//! program may run an installer. A false pass costs time and a false stop costs a finding, so whatever is not
//! understood passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use memchr::memmem;

use super::super::azure_command;
use super::interest::{Listed, listed};
use super::known::{Known, is_whole};
use super::{Dialect, asset};
use crate::model::{Groups, Span};
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
/// What fetches from the network. In a cell, it says where from another cell loads.
const FETCHES: &[&str] = &[
    "urlretrieve",
    "urlopen",
    "download_file",
    "download_url_to_file",
    "hf_hub_download",
    "snapshot_download",
    "requests",
    "httpx",
    "wget",
    "gdown",
];
/// What tells of a request without TLS or without its checks, and what stands before it then.
const INSECURE: &[(&str, &[u8])] = &[
    ("verify=False", b"requests"), (".azurecontainer.io", b"http://"), (".inference.ml.azure.com", b"http://"),
    ("/api/v1/service/", b"http://"), ("/api/v1/endpoint/", b"http://"), ("/score", b"http://"),
];
/// Places of functions that are looked at; of more than that many, the text passes.
const MAXIMUM_PLACES: usize = 10_000;

/// True when a call of interest may stand in the text of a file of this name.
pub(super) fn may_concern(text: &[u8], file_name: &str, dialect: Dialect, wanted: Groups) -> bool {
    static GATE: LazyLock<Option<Gate>> = LazyLock::new(Gate::new);
    GATE.as_ref().is_none_or(|gate| gate.may_concern(text, file_name, dialect, wanted))
}

/// What is known of the functions that share a last part.
#[derive(Default)]
pub(super) struct Word {
    /// Asked about whatever it belongs to.
    pub(super) is_method: bool,
    /// It is asked about for the sake of cloud resources alone.
    is_resource: bool,
    /// First parts, a bit each: one of them stands in every script that calls such a function.
    pub(super) heads: u128,
    /// All parts but the last: what the function may be called on without having been renamed.
    pub(super) owners: BTreeSet<String>,
}

/// Why a text is looked for.
enum Asked {
    /// It is the last part of functions.
    Function(Word),
    /// It is the first part of functions, which has this bit.
    Head(u128),
    /// It runs programs.
    Runner,
    /// It fetches from the network.
    Fetch,
    /// It tells of a request that is not secured, where this stands before it.
    Insecure(&'static [u8]),
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
        // More of them than bits share the last.
        let mut heads: BTreeMap<&str, u128> = BTreeMap::new();
        let Listed { functions, methods } = listed()?;
        for function in functions.iter().map(String::as_str).chain(DECLARING.iter().copied()) {
            let mut parts: Vec<&str> = function.split('.').collect();
            let word = words.entry(parts.pop()?.to_owned()).or_default();
            if let Some(head) = parts.first() {
                let bit = 1_u128.checked_shl(heads.len() as u32).unwrap_or(1 << (u128::BITS - 1));
                word.heads |= *heads.entry(head).or_insert(bit);
            }
            word.owners.extend(parts.into_iter().map(str::to_owned));
        }
        let declaring = super::super::library_calls::words();
        for method in methods.iter().map(String::as_str).chain(METHODS.iter().copied()).chain(declaring) {
            words.entry(method.to_owned()).or_default().is_method = true;
        }
        // What is asked about already stays as it is.
        for function in asset::FUNCTIONS {
            let mut parts: Vec<&str> = function.split('.').collect();
            let last = parts.pop()?;
            let heads = parts.first().and_then(|head| heads.get(head)).copied().unwrap_or(u128::MAX);
            let owners = parts.into_iter().map(str::to_owned).collect();
            words.entry(last.to_owned()).or_insert(Word { heads, owners, is_resource: true, ..Word::default() });
        }
        for name in asset::NAMES {
            let word = Word { is_method: true, is_resource: true, ..Word::default() };
            words.entry((*name).to_owned()).or_insert(word);
        }
        let mut asked: Vec<(String, Asked)> = words.into_iter().map(|(text, word)| (text, Asked::Function(word))).collect();
        asked.extend(heads.into_iter().map(|(head, bit)| (head.to_owned(), Asked::Head(bit))));
        asked.extend(RUNNERS.iter().map(|runner| ((*runner).to_owned(), Asked::Runner)));
        asked.extend(FETCHES.iter().map(|fetch| ((*fetch).to_owned(), Asked::Fetch)));
        asked.extend(INSECURE.iter().map(|(text, before)| ((*text).to_owned(), Asked::Insecure(before))));
        let search = sieve(asked.iter().map(|(text, _)| text.as_str()));
        Some(Self { search, asked, verbs: sieve(INSTALLING.iter().chain(INSTALLS).copied()) })
    }

    fn may_concern(&self, text: &[u8], file_name: &str, dialect: Dialect, wanted: Groups) -> bool {
        let of_resources = wanted.overlaps(Groups::POSTURE);
        let mut known = Known::new(text, dialect);
        let mut places = Vec::new();
        let (mut runs, mut fetches, mut asks_insecurely) = (false, false, false);
        self.search.candidates(text, |index, start| {
            let Some((asked, why)) = self.asked.get(index) else { return };
            let name = Span::new(start, start + asked.len());
            if text.get(start..name.end) != Some(asked.as_bytes()) {
                return;
            }
            match why {
                // Known as a part of another name, too: `ruamel_yaml`.
                Asked::Head(bit) => known.heads |= bit,
                Asked::Insecure(before) => {
                    asks_insecurely = asks_insecurely || of_resources && follows(text, start, before);
                }
                Asked::Function(word) if word.is_resource && !of_resources => {}
                Asked::Fetch => fetches = fetches || is_whole(text, name),
                Asked::Runner => runs = runs || is_whole(text, name) && !known.is_prose(start),
                Asked::Function(word) if places.len() < MAXIMUM_PLACES && is_whole(text, name) => places.push((word, name)),
                Asked::Function(_) => {}
            }
        });
        // An import in one cell is used in another.
        let imports = || known.heads != 0 && memmem::find(text, b"import").is_some();
        (dialect == Dialect::Cell && (fetches || imports()))
            || places.len() == MAXIMUM_PLACES
            || places.into_iter().any(|(word, name)| known.is_of_interest(word, name, file_name))
            || asks_insecurely
            || runs && (self.installs(text) || azure_command::may_be_in(text, wanted))
            || of_resources && known.heads != 0 && imports_azureml(text)
    }

    /// True where something may be told to install.
    fn installs(&self, text: &[u8]) -> bool {
        let (mut installs, mut places) = (false, 0);
        self.verbs.candidates(text, |index, start| {
            let Some(verb) = INSTALLING.iter().chain(INSTALLS).nth(index) else { return };
            let name = Span::new(start, start + verb.len());
            if installs || text.get(start..name.end) != Some(verb.as_bytes()) || !is_whole(text, name) {
                return;
            }
            places += 1;
            installs = places == MAXIMUM_PLACES || index >= INSTALLING.len() || is_installer_before(text, start);
        });
        installs
    }
}

/// True when `before` stands in front of `at`: an address in the same word, a function a few lines up.
fn follows(text: &[u8], at: usize, before: &[u8]) -> bool {
    let near = text.get(at.saturating_sub(200)..at).unwrap_or_default();
    let is_apart = |byte: &u8| before.ends_with(b"//") && (byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''));
    memmem::find(near.rsplit(is_apart).next().unwrap_or_default(), before).is_some()
}

/// `import azureml`, `from azureml.core import x`: all of v1 is asked about, as it is retired.
fn imports_azureml(text: &[u8]) -> bool {
    memmem::find_iter(text, b"azureml").any(|at| {
        let before = text.get(at.saturating_sub(100)..at).unwrap_or_default();
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
        let is_module = text.get(at + 7).is_none_or(|byte| matches!(byte, b'.' | b' ' | b'\n' | b'\r' | b','));
        is_module && (line == b"import" || line == b"from")
    })
}

fn sieve<'s>(texts: impl Iterator<Item = &'s str>) -> Sieve {
    let forms = texts.enumerate().map(|(literal, text)| Form { text: text.into(), is_exact: true, literal });
    Sieve::new(&forms.collect::<Vec<_>>())
}

/// `pip install`, `["-m", "pip", "install"]`; not `pipeline.run`.
fn is_installer_before(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(80)..at).unwrap_or_default();
    let ends = |end: usize| !before.get(end).is_some_and(u8::is_ascii_lowercase);
    INSTALLERS.iter().any(|name| memmem::find_iter(before, name).any(|at| ends(at + name.len())))
}

#[cfg(test)]
mod tests {
    use super::super::module::{self, Imports, Module};
    use super::*;
    use proptest::prelude::*;

    fn passes(text: &str) -> bool {
        may_concern(text.as_bytes(), "a.py", Dialect::Script, Groups::ALL)
    }

    #[test]
    fn every_function_of_the_list_passes_however_it_is_imported() {
        let Listed { functions, methods } = listed().unwrap();
        assert!(functions.len() > 80 && methods.len() > 3);
        for function in functions.iter().map(String::as_str).chain(DECLARING.iter().chain(asset::FUNCTIONS).copied()) {
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

    /// True when the tree of the text has a call that the list of loaders names.
    fn calls_a_loader(text: &str) -> bool {
        let Listed { functions, methods } = listed().unwrap();
        let (tree, imports) = (module::parse(text, Dialect::Script), Imports::default());
        let module = Module::new(text, &tree, &imports);
        module.sites().iter().any(|site| {
            let last = site.function.rsplit('.').next().unwrap();
            functions.contains(&site.function) || methods.contains(last) && site.name.is_none()
        })
    }

    /// The names in a line of the tests below.
    fn line(template: &str, function: &str, other: &str) -> String {
        let (module, last) = function.rsplit_once('.').unwrap();
        template.replace("MODULE", module).replace("LAST", last).replace("OTHER", other)
    }

    proptest! {
        /// What the tree of a text would tell passes.
        #[test]
        fn no_call_of_a_loader_is_stopped(
            lines in prop::collection::vec((
                prop::sample::select(vec![
                    "import MODULE", "import MODULE as OTHER", "import os, MODULE as OTHER", "import os; import MODULE",
                    "from MODULE import LAST", "from MODULE import LAST as OTHER", "from MODULE import a, LAST", "from MODULE import *",
                    "from MODULE import (  # all\n    a,\n    LAST,\n)", "from MODULE import a, \\\n    LAST", "from .a import LAST",
                    "from . import OTHER", "from .MODULE import *", "from compat import MODULE as OTHER", "from compat import OTHER",
                    "OTHER = MODULE", "OTHER = MODULE.LAST", "OTHER: object = MODULE", "OTHER = __import__('MODULE')",
                    "OTHER = getattr(MODULE, 'LAST')", "with a as OTHER: pass", "for OTHER in a: pass",
                    "def f(self, OTHER, LAST: int): pass", "def LAST(x): pass",
                    "OTHER(x)", "LAST(x)", "LAST (x)", "MODULE.LAST(x)", "OTHER.LAST(x)", "self.LAST(x)", "self.LAST = x",
                    "MODULE.LAST = x", "(OTHER\n .LAST(x))", "OTHER. LAST(x)", "getattr(OTHER, 'LAST')(x)",
                    "getattr(\n    OTHER, \"LAST\")(x)", "map(LAST, a)", "map(OTHER.LAST, a)", "x = [OTHER.LAST(y) for y in z]",
                    "f\"\"\"{MODULE.LAST(x)}\"\"\"", "# MODULE.LAST(x)", "'''\nMODULE.LAST(x)\n'''", "x = {'LAST': LAST, 'OTHER': OTHER}",
                    "super(LAST, self).a()", "OTHER().LAST(x)", "with MODULE.LAST(x) as y: pass", "return_value = await_(MODULE.LAST(x))",
                ]),
                prop::sample::select(vec!["pickle.loads", "pickle.load", "torch.load", "torch.hub.load", "joblib.load", "numpy.load", "torch.jit.load"]),
                prop::sample::select(vec!["p", "load", "torch", "cls_"]),
            ), 1..7),
            end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        ) {
            let lines: Vec<String> = lines.into_iter().map(|(template, function, other)| line(template, function, other)).collect();
            let text = lines.join("\n").replace('\n', end);
            prop_assert!(passes(&text) || !calls_a_loader(&text), "{}", text);
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
    fn names_in_very_long_lines_pass_without_a_look_at_the_line_for_each() {
        let names = ";p".repeat(1_000_000);
        assert!(passes(&format!("import torch;p.load(x){names}")));
        assert!(passes(&format!("from .a import torch;{names};p.load(x)")));
        let stars = ";import *".repeat(500_000);
        assert!(passes(&format!("from .torch import *{stars};load(x)")));
    }

    #[test]
    fn imports_of_cells_pass() {
        assert!(may_concern(b"import torch as t", "a.ipynb", Dialect::Cell, Groups::ALL));
        assert!(may_concern(b"m = t.load('x')", "a.ipynb", Dialect::Cell, Groups::ALL));
        assert!(may_concern(b"run.download_file('a', 'b')", "a.ipynb", Dialect::Cell, Groups::ALL));
        assert!(!may_concern(b"print('torch')", "a.ipynb", Dialect::Cell, Groups::ALL));
    }

    #[test]
    fn ordinary_programs_do_not() {
        for text in [
            "import numpy as np\nimport json\nx = json.load(f)\n",
            "import os, json\nimport torch\nx = json.loads(y)\n",
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
