//! The rules about model files.

use std::sync::{Arc, LazyLock};

use crate::model::{Group, Help, Rule, Severity};

const PICKLE_DOCUMENTATION: &str = "https://docs.python.org/3/library/pickle.html";
const DESERIALIZATION: u32 = 502;

/// All of them.
pub(super) fn all() -> Vec<Arc<Rule>> {
    vec![unsafe_pickle(), suspicious_pickle(), inconclusive_pickle(), unsafe_model_file(), suspicious_model_file()]
}

/// Loading runs something dangerous.
pub(super) fn unsafe_pickle() -> Arc<Rule> {
    static RULE: LazyLock<Arc<Rule>> = LazyLock::new(|| {
        rule(
            "unsafe-pickle",
            "Pickle that runs code",
            "A pickle imports or calls something dangerous when it is loaded.",
            Severity::Critical,
            Help {
                what: "The stream, in whatever container, imports a function that runs programs or code, opens files or connections, or loads another pickle.".into(),
                why: "Unpickling calls what the stream names, with the arguments that it holds, before the caller sees an object. Whoever loads the file runs its author's program.".into(),
                example: "torch.load(\"model.pt\", weights_only=False)".into(),
                use_instead: "safetensors.torch.load_file(\"model.safetensors\")".into(),
                references: vec![PICKLE_DOCUMENTATION.into(), "https://cwe.mitre.org/data/definitions/502.html".into()],
            },
        )
    });
    RULE.clone()
}

/// Not known to be harmless.
pub(super) fn suspicious_pickle() -> Arc<Rule> {
    static RULE: LazyLock<Arc<Rule>> = LazyLock::new(|| {
        rule(
            "suspicious-pickle",
            "Pickle that imports what is not known",
            "A pickle imports something that is not known as ordinary model data, or does what no pickler does.",
            Severity::Medium,
            Help {
                what: "The stream imports a class or function that is on no list, holds a dangerous import where no loader gets to it, or uses opcodes that ordinary picklers do not write.".into(),
                why: "Any importable name can be called by a pickle. Lists of dangerous names are never complete, so what is not known to be ordinary is reported.".into(),
                example: "joblib.load(\"model.joblib\")".into(),
                use_instead: "skops.io.load(\"model.skops\", trusted=reviewed_types)".into(),
                references: vec![PICKLE_DOCUMENTATION.into(), "https://skops.readthedocs.io/en/stable/persistence.html".into()],
            },
        )
    });
    RULE.clone()
}

/// Not read to the end.
pub(super) fn inconclusive_pickle() -> Arc<Rule> {
    static RULE: LazyLock<Arc<Rule>> = LazyLock::new(|| {
        rule(
            "inconclusive-pickle",
            "Pickle that could not be read to its end",
            "A pickle is broken, or larger than what is read of it, so nobody can say that it is harmless.",
            Severity::Medium,
            Help {
                what: "The stream stops with an error, or a budget ended the reading.".into(),
                why: "A stream that is broken on purpose runs what stands before the break; what could not be read cannot be called clean.".into(),
                example: "".into(),
                use_instead: "".into(),
                references: vec![PICKLE_DOCUMENTATION.into()],
            },
        )
    });
    RULE.clone()
}

/// Another format that runs code or reaches out of its folder.
pub(super) fn unsafe_model_file() -> Arc<Rule> {
    static RULE: LazyLock<Arc<Rule>> = LazyLock::new(|| {
        rule(
            "unsafe-model-file",
            "Model file that runs code or reaches files",
            "A model in another format than pickle carries code, an operator that touches files, or a path out of its folder.",
            Severity::High,
            Help {
                what: "A Lambda layer, a TensorFlow operator that reads or writes files, an ONNX operator in Python, an external data path that leaves the folder, a chat template that reaches the interpreter.".into(),
                why: "Formats that are called safe have corners that are not: what stands there runs or opens files when the model is loaded or used.".into(),
                example: "keras.models.load_model(\"model.keras\", safe_mode=False)".into(),
                use_instead: "keras.models.load_model(\"model.keras\")  # safe_mode stays on".into(),
                references: vec!["https://keras.io/api/models/model_saving_apis/model_saving_and_loading/".into()],
            },
        )
    });
    RULE.clone()
}

/// Another format with something unusual in it.
pub(super) fn suspicious_model_file() -> Arc<Rule> {
    static RULE: LazyLock<Arc<Rule>> = LazyLock::new(|| {
        rule(
            "suspicious-model-file",
            "Model file with something unusual",
            "A model file holds an operator, a type or a layout that ordinary writers of the format do not produce.",
            Severity::Medium,
            Help {
                what: "A custom operator, an unknown type, a header that disagrees with the file, an archive whose two directories differ.".into(),
                why: "Readers disagree about such files: one sees what the other skips.".into(),
                example: "".into(),
                use_instead: "".into(),
                references: vec!["https://cwe.mitre.org/data/definitions/436.html".into()],
            },
        )
    });
    RULE.clone()
}

fn rule(id: &'static str, name: &'static str, summary: &'static str, severity: Severity, help: Help) -> Arc<Rule> {
    Arc::new(Rule {
        id: id.into(),
        name: name.into(),
        summary: summary.into(),
        help,
        group: Group::Models,
        severity,
        cwe: vec![DESERIALIZATION],
    })
}
