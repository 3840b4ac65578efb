//! The rules about code that loads models.

use std::sync::{Arc, LazyLock};

use crate::model::{Group, Help, Rule, Severity};

/// All of them.
pub(super) fn all() -> Vec<Arc<Rule>> {
    vec![unsafe_loader(), remote_model_code(), unpinned_model_revision()]
}

/// A call that runs what its data says.
pub(super) fn unsafe_loader() -> Arc<Rule> {
    static RULE: LazyLock<Arc<Rule>> = LazyLock::new(|| {
        Arc::new(Rule {
            id: "unsafe-loader".into(),
            name: "Loader that runs code".into(),
            summary: "A call loads a format that can run code while it is loaded.".into(),
            help: Help {
                what: "A loader of pickles or of another format with code in it, or a safe loader with its safety off.".into(),
                why: "Whoever can change the file that is loaded runs their program with the rights of this one.".into(),
                example: "model = torch.load(path)".into(),
                use_instead: "model.load_state_dict(torch.load(path, weights_only=True))".into(),
                references: vec![
                    "https://docs.python.org/3/library/pickle.html".into(),
                    "https://pytorch.org/docs/stable/generated/torch.load.html".into(),
                ],
            },
            group: Group::Models,
            severity: Severity::Medium,
            cwe: vec![502],
        })
    });
    RULE.clone()
}

/// Code of somebody else's repository.
pub(super) fn remote_model_code() -> Arc<Rule> {
    static RULE: LazyLock<Arc<Rule>> = LazyLock::new(|| {
        Arc::new(Rule {
            id: "remote-model-code".into(),
            name: "Model repository's code is run".into(),
            summary: "A call runs Python code that it downloads together with a model or a data set.".into(),
            help: Help {
                what: "`trust_remote_code=True`: the repository's own Python is imported.".into(),
                why: "Its owner, or whoever takes the repository over, runs code wherever the model is loaded.".into(),
                example: "AutoModel.from_pretrained(\"owner/model\", trust_remote_code=True)".into(),
                use_instead: "AutoModel.from_pretrained(\"owner/model\", revision=\"<commit>\")".into(),
                references: vec!["https://huggingface.co/docs/transformers/custom_models".into()],
            },
            group: Group::Models,
            severity: Severity::High,
            cwe: vec![494, 829],
        })
    });
    RULE.clone()
}

/// No fixed revision.
pub(super) fn unpinned_model_revision() -> Arc<Rule> {
    static RULE: LazyLock<Arc<Rule>> = LazyLock::new(|| {
        Arc::new(Rule {
            id: "unpinned-model-revision".into(),
            name: "Model without a pinned revision".into(),
            summary: "A model is downloaded by name, at whatever revision its repository has.".into(),
            help: Help {
                what: "A call downloads from a model hub and does not name a commit.".into(),
                why: "The owner can replace the files at any time, and some formats among them run code.".into(),
                example: "AutoModel.from_pretrained(\"owner/model\")".into(),
                use_instead: "AutoModel.from_pretrained(\"owner/model\", revision=\"<commit>\")".into(),
                references: vec!["https://huggingface.co/docs/huggingface_hub/guides/download".into()],
            },
            group: Group::Models,
            severity: Severity::Low,
            cwe: vec![494],
        })
    });
    RULE.clone()
}
