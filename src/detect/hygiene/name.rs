//! Names that look like a slip of the pen for a package that everybody knows.
//!
//! A guess, and reported as one: a declared PyPI name that is one edit (a letter more, less, changed, or two
//! exchanged) away from one of a short list of popular projects, is not one of a list of projects that are known to
//! be honest neighbours, and has no advisory of its own. Names below five letters are too close to everything.

use std::sync::OnceLock;

use super::{Entry, Found};
use crate::advisory::Advisories;
use crate::model::{Confidence, Ecosystem, Facts, Severity};

/// Shorter names have too many honest neighbours.
const MIN_LEN: usize = 5;

pub(super) static TYPOSQUAT: Entry = Entry {
    id: "typosquat",
    name: "Name one edit from a popular package",
    summary: "A package name differs by one letter from a popular one and may be an imitation.",
    what: "The declared name is one edit away from the name of a popular project.",
    why: "Names of this kind are registered to be installed by mistake, and run code when they are. Past ones include \
         `colourama`, `jeIlyfish`, `python3-dateutil` and `djanga`.",
    example: "reqeusts==2.31.0",
    use_instead: "requests==2.31.0",
    references: &[
        "https://snyk.io/blog/malicious-packages-found-to-be-typo-squatting-in-pypi/",
        "https://github.com/ossf/malicious-packages",
    ],
    severity: Severity::Medium,
    cwe: &[506, 1357],
    made: OnceLock::new(),
};

/// Popular projects of the machine-learning and general Python world, from the public download rankings
/// (hugovk.github.io/top-pypi-packages), normalised, by hand.
const POPULAR: &[&str] = &[
    "accelerate", "aiohttp", "airflow", "anthropic", "azure-core", "azure-identity", "azureml-core", "beautifulsoup4",
    "boto3", "botocore", "catboost", "celery", "certifi", "click", "colorama", "cryptography", "cython", "datasets",
    "django", "docker", "elasticsearch", "fastapi", "flask", "gensim", "google-auth", "gradio", "grpcio", "gunicorn",
    "huggingface-hub", "httpx", "imageio", "ipython", "jellyfish", "jinja2", "joblib", "jsonschema", "jupyter",
    "jupyterlab", "keras", "langchain", "lightgbm", "llama-index", "markupsafe", "matplotlib", "mlflow", "networkx",
    "notebook", "numpy", "onnxruntime", "openai", "opencv-python", "openpyxl", "optuna", "packaging", "pandas",
    "paramiko", "pillow", "plotly", "polars", "protobuf", "psutil", "psycopg2", "psycopg2-binary", "pyarrow",
    "pydantic", "pygments", "pymongo", "pymysql", "pyspark", "pytest", "python-dateutil", "python-dotenv",
    "pytorch-lightning", "pyyaml", "redis", "requests", "safetensors", "scikit-image", "scikit-learn", "scipy",
    "seaborn", "selenium", "sentence-transformers", "sentencepiece", "setuptools", "sqlalchemy", "starlette",
    "statsmodels", "streamlit", "tensorboard", "tensorflow", "tiktoken", "tokenizers", "torch", "torchaudio",
    "torchvision", "transformers", "typing-extensions", "urllib3", "uvicorn", "wandb", "websockets", "werkzeug",
    "wheel", "xgboost",
];

/// Honest projects one edit away from a popular one.
const NEIGHBOURS: &[&str] = &[
    "beautifulsoup", "bpython", "cpython", "crick", "ctransformers", "dataset", "datazets", "djongo", "dydantic",
    "elasticsearch5", "elasticsearch6", "elasticsearch7", "elasticsearch8", "elasticsearch9", "fastai", "flash",
    "grequests", "gsutil", "httpr", "ipytest", "jinja", "jython", "mocker", "ngboost", "openapi", "pbspark", "psycopg",
    "psycopg-binary", "pyaml", "pymantic", "pymssql", "pyshark", "python", "radis", "retworkx", "scapy", "scipp",
    "spython", "tensorboardx", "torchx", "unicorn", "websocket", "willow", "xoto3",
];

pub(super) fn conclude(facts: &Facts, advisories: &Advisories, found: &mut Found) {
    for dependency in facts.dependencies.iter().filter(|dependency| dependency.ecosystem == Ecosystem::PyPi) {
        let name = dependency.normalized_name();
        let Some(popular) = imitated(&name).filter(|_| advisories.package(&name).is_none()) else { continue };
        let message = format!("{} is one edit away from the popular package {popular}.", dependency.name);
        let mut finding = TYPOSQUAT.finding(Confidence::Low, &dependency.name_at, &name, message);
        finding.advice = format!("check that {} is meant, and not {popular}", dependency.name);
        found.findings.push(finding);
    }
}

/// The popular project that a normalised name is one edit away from.
fn imitated(name: &str) -> Option<&'static str> {
    if name.len() < MIN_LEN || POPULAR.contains(&name) || NEIGHBOURS.contains(&name) {
        return None;
    }
    POPULAR.iter().copied().filter(|popular| popular.len() >= MIN_LEN).find(|popular| is_one_edit(name, popular))
}

/// True when one letter inserted, removed or changed, or two neighbours exchanged, makes `a` of `b`.
fn is_one_edit(a: &str, b: &str) -> bool {
    if a == b || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    // From the first letter on in which they differ.
    match (&a.as_bytes()[same..], &b.as_bytes()[same..]) {
        (rest, [_, of_b @ ..]) if rest == of_b => true,
        ([_, of_a @ ..], rest) if rest == of_a => true,
        ([_, of_a @ ..], [_, of_b @ ..]) if of_a == of_b => true,
        ([first, second, of_a @ ..], [third, fourth, of_b @ ..]) => {
            (first, second) == (fourth, third) && of_a == of_b
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_is_recognised() {
        for (name, popular) in
            [("reqeusts", "requests"), ("request", "requests"), ("colourama", "colorama"), ("numpyy", "numpy"), ("djanga", "django")]
        {
            assert_eq!(imitated(name), Some(popular), "{name}");
        }
    }

    #[test]
    fn popular_projects_and_their_honest_neighbours_are_silent() {
        for name in POPULAR.iter().chain(NEIGHBOURS).chain(&["psycopg", "boto", "azureml", "my-own-package", "torch2trt"]) {
            assert_eq!(imitated(name), None, "{name}");
        }
    }
}
