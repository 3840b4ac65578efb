//! Which calls are worth keeping. The facts of all files stay in memory until the end, so a call stays only
//! when some detector, or a join between files, can ask about it.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

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
    &["requests.get", "requests.post", "requests.Session", "httpx.get", "tempfile.mktemp", "open", "fsspec.open"];

/// Words without which a text holds no call of interest. `load` alone covers most of the names above.
const WORDS: &[&str] = &[
    "load", "pickle", "Pickle", "dill", "joblib", "shelve", "marshal", "yaml", "read_hdf", "from_pretrained", "pipeline(", "SentenceTransformer",
    "urlretrieve", "urlopen", "unsafe_deserialization", "register_custom_ops", "safe_globals", "azure", "subprocess",
    "os.system", "popen", "pip", "conda", "setup(", "huggingface_hub", "mlflow", "skops", "requests.", "eval(", "exec(",
    "import_module", "extractall", "unpack_archive", "get_ipython", "deserialize", "model_from_json", "Unpickler",
];

/// True when a call of interest may stand in the text.
pub(super) fn may_concern(text: &[u8]) -> bool {
    static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(WORDS).ok());
    SEARCH.as_ref().is_none_or(|search| search.is_match(text))
}

/// True when a call of this resolved name is kept.
pub(super) fn is_kept(function: &str) -> bool {
    let last = function.rsplit('.').next().unwrap_or(function);
    NAMES.contains(&last)
        || FUNCTIONS.contains(&function)
        || MODULES.iter().any(|module| {
            function.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kept_name_is_found_by_a_word() {
        for name in NAMES.iter().chain(MODULES).chain(FUNCTIONS) {
            // These are common words; a call of them concerns nobody where no other word occurs.
            if matches!(*name, "open" | "compile" | "system" | "set_trusted" | "read_csv" | "tempfile.mktemp" | "fsspec.open")
                || name.starts_with("httpx") || name.starts_with("begin_create") || *name == "create_or_update"
                || matches!(*name, "ruamel" | "gdown" | "wget" | "setuptools" | "distutils" | "runpy" | "pipeline")
                || name.starts_with("torch.")
            {
                continue;
            }
            assert!(may_concern(format!("{name}(").as_bytes()), "{name}");
        }
    }

    #[test]
    fn modules_are_whole_words() {
        assert!(is_kept("azure.ai.ml.entities.Environment") && is_kept("pickle.Unpickler().load"));
        assert!(!is_kept("azureml_helper.x") && !is_kept("numpy.array"));
    }
}
