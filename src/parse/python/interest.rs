//! Which calls are worth keeping. The facts of all files stay in memory until the end, so a call stays only
//! when some detector, or a join between files, can ask about it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt as _, HashSet};

/// Modules of which every call is kept, with all that is below them.
const MODULES: &[&str] = &[
    "pickle", "_pickle", "cPickle", "pickle5", "dill", "cloudpickle", "jsonpickle", "joblib", "shelve", "marshal", "yaml",
    "ruamel", "mlflow", "huggingface_hub", "azure.ai.ml", "azureml", "azure.storage", "subprocess", "skops", "gdown", "wget",
    "setuptools", "distutils", "torch.hub", "torch.package", "torch.serialization", "runpy", "ray.cloudpickle",
];

/// Last parts of names that are kept whatever they belong to.
const NAMES: &[&str] = &[
    "load", "loads", "load_model", "load_weights", "load_state_dict", "load_state_dict_from_url", "load_from_checkpoint",
    "load_dataset", "load_library", "load_extension", "load_inline", "unsafe_load", "full_load", "load_all", "full_load_all",
    "unsafe_load_all", "safe_load", "read_pickle", "read_hdf", "read_csv", "to_pickle", "Unpickler", "from_pretrained", "pipeline",
    "SentenceTransformer", "hf_hub_download", "snapshot_download", "urlretrieve", "urlopen", "download", "download_file",
    "enable_unsafe_deserialization", "register_custom_ops_library", "add_safe_globals", "deserialize", "model_from_json",
    "system", "popen", "eval", "exec", "import_module", "compile", "extractall", "unpack_archive", "set_trusted",
    "begin_create_or_update", "create_or_update", "begin_create", "add_pip_package", "add_conda_package", "load_env",
    "load_component", "load_job", "load_environment",
];

/// Functions that are kept by their whole name.
const FUNCTIONS: &[&str] =
    &["requests.get", "requests.post", "requests.request", "requests.Session", "httpx.get", "httpx.post", "tempfile.mktemp", "open", "fsspec.open", "io.BytesIO"];

/// The keyword that turns on code which comes with a model; a call with it is kept whatever it calls.
pub(super) const TRUST: &str = "trust_remote_code";

/// The functions and methods of `patterns/loaders.toml`.
#[derive(Default)]
pub(super) struct Listed {
    /// Whole names.
    pub(super) functions: BTreeSet<String>,
    /// Last parts.
    pub(super) methods: BTreeSet<String>,
}

/// What the list of loaders names; `None` when it does not parse.
pub(super) fn listed() -> Option<&'static Listed> {
    static LISTED: LazyLock<Option<Listed>> = LazyLock::new(read_list);
    LISTED.as_ref()
}

fn read_list() -> Option<Listed> {
    #[derive(serde::Deserialize)]
    struct List {
        loader: Vec<Loader>,
    }
    #[derive(serde::Deserialize)]
    struct Loader {
        #[serde(default)]
        functions: Vec<String>,
        #[serde(default)]
        methods: Vec<String>,
    }
    let list: List = toml::from_str(include_str!("../../../patterns/loaders.toml")).ok()?;
    let mut listed = Listed::default();
    for loader in list.loader {
        listed.functions.extend(loader.functions);
        listed.methods.extend(loader.methods);
    }
    Some(listed)
}

/// All of the above.
struct Kept {
    functions: HashSet<&'static str>,
    /// By the first part of their names.
    modules: HashMap<&'static str, Vec<&'static str>>,
    names: HashSet<&'static str>,
}

impl Kept {
    fn new() -> Self {
        let (functions, methods) = listed().map(|listed| (&listed.functions, &listed.methods)).unzip();
        let with = |ours: &[&'static str], theirs: Option<&'static BTreeSet<String>>| {
            ours.iter().copied().chain(theirs.into_iter().flatten().map(String::as_str)).collect()
        };
        let mut modules: HashMap<&str, Vec<&str>> = HashMap::new();
        for module in MODULES {
            modules.entry(module.split('.').next().unwrap_or(module)).or_default().push(module);
        }
        Self { functions: with(FUNCTIONS, functions), modules, names: with(NAMES, methods) }
    }
}

/// True when the list knows this name as one of a method alone, whatever the object.
pub(super) fn is_method(function: &str) -> bool {
    let last = function.rsplit('.').next().unwrap_or(function);
    listed().is_some_and(|listed| listed.methods.contains(last) && !listed.functions.contains(function))
}

/// True when a call of this resolved name is kept.
pub(super) fn is_kept(function: &str) -> bool {
    static KEPT: LazyLock<Kept> = LazyLock::new(Kept::new);
    let of_module = |module: &&str| {
        function.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let (root, last) = (function.split('.').next(), function.rsplit('.').next());
    KEPT.names.contains(last.unwrap_or(function))
        || root.and_then(|root| KEPT.modules.get(root)).is_some_and(|modules| modules.iter().any(of_module))
        || KEPT.functions.contains(function)
        || listed().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_list_of_loaders_names_is_kept() {
        let Listed { functions, methods } = listed().unwrap();
        assert!(functions.len() > 80 && methods.len() > 3);
        assert!(functions.iter().all(|function| is_kept(function)) && methods.iter().all(|method| is_kept(method)));
    }

    #[test]
    fn modules_are_whole_words() {
        assert!(is_kept("azure.ai.ml.entities.Environment") && is_kept("pickle.Unpickler().load"));
        assert!(!is_kept("azureml_helper.x") && !is_kept("numpy.array"));
    }
}
