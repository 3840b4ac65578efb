//! Calls as `parse/python.rs` names them.

use super::*;
use crate::detect::Found;
use crate::model::{Argument, ArtifactPath, Location};

fn argument(value: Literal) -> Argument {
    Argument { value, location: Location::file(ArtifactPath::new("a.py")) }
}

fn call(function: &str, positional: &[Literal], keyword: &[(&str, Literal)]) -> Call {
    Call {
        function: function.to_owned(),
        positional: positional.iter().cloned().map(argument).collect(),
        keyword: keyword.iter().map(|(name, value)| ((*name).to_owned(), argument(value.clone()))).collect(),
        has_splat: false,
        location: Location::file(ArtifactPath::new("a.py")),
    }
}

fn level(call: &Call) -> Option<Level> {
    LOADERS.judge(call).map(|(_, verdict)| verdict.level)
}

const YES: Literal = Literal::Boolean(true);
const NO: Literal = Literal::Boolean(false);

fn text(text: &str) -> Literal {
    Literal::Text(text.to_owned())
}

#[test]
fn unsafe_calls_are_reported() {
    for (call, expected) in [
        (call("pickle.loads", &[Literal::Other], &[]), Level::Warning),
        (call("torch.load", &[text("m")], &[]), Level::Warning),
        (call("torch.load", &[text("m")], &[("weights_only", NO)]), Level::Error),
        (call("torch.load", &[text("m")], &[("pickle_module", Literal::Name("dill".to_owned()))]), Level::Error),
        (call("torch.load", &[text("m")], &[("weights_only", Literal::Name("flag".to_owned()))]), Level::Note),
        (call("numpy.load", &[text("m")], &[("allow_pickle", YES)]), Level::Error),
        (call("keras.models.load_model", &[text("m")], &[("safe_mode", NO)]), Level::Error),
        (call("yaml.load", &[text("m")], &[]), Level::Error),
        (call("transformers.AutoModel.from_pretrained", &[text("a/b")], &[("trust_remote_code", YES)]), Level::Error),
        (call("transformers.AutoModel.from_pretrained", &[text("a/b")], &[]), Level::Note),
        (call("model.load_weights", &[text("m")], &[]), Level::Note),
        (
            call("torch.serialization.add_safe_globals", &[Literal::List(vec![argument(Literal::Name("os.system".to_owned()))])], &[]),
            Level::Error,
        ),
    ] {
        assert_eq!(level(&call), Some(expected), "{}", call.function);
    }
}

#[test]
fn safe_calls_are_not() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for call in [
        call("torch.load", &[text("m")], &[("weights_only", YES)]),
        call("numpy.load", &[text("m")], &[]),
        call("numpy.load", &[text("m")], &[("allow_pickle", NO)]),
        call("yaml.safe_load", &[text("m")], &[]),
        call("yaml.load", &[text("m")], &[("Loader", Literal::Name("yaml.BaseLoader".to_owned()))]),
        call("keras.models.load_model", &[text("m")], &[]),
        call("json.load", &[Literal::Other], &[]),
        call("config.load", &[text("m")], &[]),
        call("pickle.dumps", &[Literal::Other], &[]),
        call("transformers.AutoModel.from_pretrained", &[text("a/b")], &[("revision", text(commit))]),
        call("transformers.AutoModel.from_pretrained", &[text("./local")], &[]),
        call("torch.serialization.add_safe_globals", &[Literal::List(vec![argument(Literal::Name("numpy.dtype".to_owned()))])], &[]),
    ] {
        assert_eq!(level(&call), None, "{}", call.function);
    }
}

#[test]
fn the_file_that_is_loaded_is_named() {
    let mut script = crate::model::Source::new(ArtifactPath::new("src/a.py"), b"");
    script.complete = true;
    let mut document = crate::model::Document::new(&script);
    document.calls.push(call("joblib.load", &[text("model.pkl")], &[]));
    let facts = document.into_facts(Vec::new(), &[]);
    let files = vec![ArtifactPath::new("src/a.py"), ArtifactPath::new("src/model.pkl")];
    let repository = Repository::new(vec![facts], files);
    let mut found = Found::default();
    UnsafeLoader.conclude(&repository, &Context::new(crate::config::Config::default()), &mut found);
    assert!(found.findings[0].message.contains("src/model.pkl"), "{}", found.findings[0].message);
}
