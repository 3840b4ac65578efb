//! Which calls load what may run code: `patterns/loaders.toml`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::rule;
use crate::detect::pickle::policy::{POLICY, Verdict as NameVerdict};
use crate::model::{Argument, Call, Literal, Rule};

/// The list that is built in.
pub static LOADERS: LazyLock<Loaders> = LazyLock::new(Loaders::built_in);

/// How loud a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Fix in the ordinary course of work.
    Warning,
    /// Fix soon.
    Error,
}

/// A block of the list.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loader {
    #[serde(default)]
    functions: Vec<String>,
    #[serde(default)]
    methods: Vec<String>,
    when: String,
    #[serde(default)]
    position: Option<usize>,
    level: Level,
    #[serde(default)]
    wrong: Option<Level>,
    /// The level when what is loaded comes from the network; `error` where none is given.
    #[serde(default)]
    pub remote: Option<Level>,
    /// The version of torch decides what the default is.
    #[serde(default)]
    pub torch: bool,
    /// The first argument is the data itself; what the program has just written out is harmless.
    #[serde(default)]
    pub data: bool,
    says: String,
    instead: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    loader: Vec<Loader>,
}

/// The list, by name.
pub struct Loaders {
    list: Vec<Loader>,
    functions: HashMap<String, usize>,
    methods: HashMap<String, usize>,
}

/// What a call is.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// How loud.
    pub level: Level,
    /// What it does.
    pub says: String,
    /// What to use.
    pub instead: String,
    /// The dangerous value is written out.
    pub explicit: bool,
    /// The argument that decides is not known.
    pub unknown: bool,
    /// Only the end of the function's name is known: `compat.pickle.loads`.
    pub by_suffix: bool,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Loader,
    RemoteCode,
    Revision,
}

impl Verdict {
    fn because(mut self, reason: &str) -> Self {
        self.says.push_str(&format!(" ({reason})"));
        self
    }

    /// True for what is reported because it downloads, whatever it downloads.
    pub fn is_download(&self) -> bool {
        self.kind != Kind::Loader
    }

    /// The rule that it is an instance of.
    pub fn rule(&self) -> Arc<Rule> {
        match self.kind {
            Kind::Loader => rule::unsafe_loader(),
            Kind::RemoteCode => rule::remote_model_code(),
            Kind::Revision => rule::unpinned_model_revision(),
        }
    }
}

impl Loaders {
    /// # Panics
    ///
    /// When the list that is built in does not parse; a test holds that it does.
    #[expect(clippy::expect_used, reason = "the list is part of the program")]
    fn built_in() -> Self {
        let list: List = toml::from_str(include_str!("../../../patterns/loaders.toml")).expect("loaders.toml is valid");
        let (mut functions, mut methods) = (HashMap::new(), HashMap::new());
        for (index, loader) in list.loader.iter().enumerate() {
            for name in &loader.functions {
                functions.entry(name.clone()).or_insert(index);
            }
            for name in &loader.methods {
                methods.entry(name.clone()).or_insert(index);
            }
        }
        Self { list: list.loader, functions, methods }
    }

    /// The block that a call fits, and what it says of it; `None` for a call that is harmless or unknown.
    pub fn judge(&self, call: &Call) -> Option<(&Loader, Verdict)> {
        let (index, by_suffix) = self.find(&call.function);
        let loader = index.and_then(|index| self.list.get(index));
        if trusts_remote_code(call) && !loader.is_some_and(Loader::is_remote_code) {
            // Whatever library takes this argument means this by it.
            static ANY: LazyLock<Loader> = LazyLock::new(|| Loader {
                functions: Vec::new(),
                methods: Vec::new(),
                when: "only-true trust_remote_code".to_owned(),
                position: None,
                level: Level::Error,
                wrong: None,
                remote: None,
                torch: false,
                data: false,
                says: "is told to run the Python code of the repository that it loads".to_owned(),
                instead: "a model without code of its own, at a pinned revision".to_owned(),
            });
            let mut verdict = ANY.verdict(Level::Error, true, false);
            verdict.kind = Kind::RemoteCode;
            return Some((&ANY, verdict));
        }
        let loader = loader?;
        Some((loader, Verdict { by_suffix, ..loader.judge(call)? }))
    }

    /// The block of a function, and whether only the end of its name is known.
    fn find(&self, function: &str) -> (Option<usize>, bool) {
        if let Some(index) = self.functions.get(function) {
            return (Some(*index), false);
        }
        let Some((receiver, last)) = function.rsplit_once('.') else { return (None, false) };
        let owner = receiver.rsplit('.').next().unwrap_or(receiver);
        // A function that a module of this repository has is no method of an object.
        let is_own_function = function.starts_with('.') && !owner.ends_with("()") && !owner.starts_with(char::is_uppercase);
        if let Some(index) = self.methods.get(last).filter(|_| !is_own_function) {
            return (Some(*index), false);
        }
        let is_handed_on = owner != receiver && !function.starts_with('.') && HANDED_ON.contains(&owner);
        let index = is_handed_on.then(|| self.functions.get(format!("{owner}.{last}").as_str())).flatten();
        (index.copied(), index.is_some())
    }
}

/// Modules that others pass on under the same name: `from compat import pickle`.
const HANDED_ON: &[&str] = &["pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib"];

/// `trust_remote_code=True`, or the same in a dictionary that is passed on. An assertion about a call is none.
fn trusts_remote_code(call: &Call) -> bool {
    const KEYWORD: &str = "trust_remote_code";
    let is_true = |value: &Literal| *value == Literal::Boolean(true);
    let is_assertion = call.function.rsplit('.').next().is_some_and(|last| last.starts_with("assert"));
    !is_assertion
        && call.keyword.iter().any(|(name, argument)| match &argument.value {
            Literal::Mapping(items) => items.iter().any(|(key, value)| key == KEYWORD && is_true(&value.value)),
            value => name == KEYWORD && is_true(value),
        })
}

impl Loader {
    fn judge(&self, call: &Call) -> Option<Verdict> {
        let mut words = self.when.split_whitespace();
        let condition = words.next().unwrap_or_default();
        let keyword = words.next().unwrap_or_default();
        let argument = call.argument(keyword).or_else(|| call.positional.get(self.position?));
        let value = argument.map(|argument| &argument.value);
        let wrong = self.wrong.unwrap_or(self.level);
        match (condition, value) {
            ("always", _) => Some(self.verdict(self.level, false, false)),
            ("unless-true", Some(Literal::Boolean(true))) => None,
            ("unless-true", Some(Literal::Boolean(false))) => {
                Some(self.verdict(wrong, true, false).because(&format!("{keyword}=False")))
            }
            // `pickle_module` replaces the unpickler, and with it the safe one.
            ("unless-true", None) if self.torch && has_pickle_module(call) => Some(self.verdict(wrong, true, false).because("pickle_module")),
            ("unless-true", None | Some(Literal::None)) => Some(self.verdict(self.level, false, call.has_splat)),
            ("only-true", Some(Literal::Boolean(true))) | ("only-false", Some(Literal::Boolean(false))) => {
                Some(self.verdict(self.level, true, false))
            }
            ("only-true" | "only-false", None | Some(Literal::Boolean(_) | Literal::None | Literal::List(_))) => None,
            // skops takes a list of names under the same keyword.
            ("only-true", Some(Literal::Name(_) | Literal::Other)) if keyword == "trusted" => None,
            ("unless-true" | "only-true" | "only-false", Some(_)) => Some(self.verdict(Level::Note, false, true)),
            ("text", Some(Literal::Text(text))) if Some(text.as_str()) == words.next() => Some(self.verdict(self.level, true, false)),
            ("unless-text", Some(Literal::Text(text))) if Some(text.as_str()) == words.next() => Some(self.verdict(Level::Note, true, false)),
            ("unless-text", _) => Some(self.verdict(self.level, false, false)),
            ("yaml", _) => self.judge_yaml(call),
            ("names", _) => self.judge_names(call),
            ("revision", _) => self.judge_revision(call, argument),
            _ => None,
        }
    }

    fn judge_yaml(&self, call: &Call) -> Option<Verdict> {
        let loader = call.argument("Loader").or_else(|| call.positional.get(1));
        match loader.map(|loader| &loader.value) {
            Some(Literal::Name(name)) => {
                let last = name.rsplit('.').next().unwrap_or(name);
                match last {
                    "SafeLoader" | "CSafeLoader" | "BaseLoader" | "CBaseLoader" => None,
                    "Loader" | "CLoader" | "UnsafeLoader" | "CUnsafeLoader" => Some(self.verdict(self.level, true, false)),
                    "FullLoader" | "CFullLoader" => {
                        let says = "builds more than plain data; PyYAML before 5.4 runs code".to_owned();
                        Some(Verdict { says, ..self.verdict(Level::Warning, true, false) })
                    }
                    _ => Some(self.verdict(Level::Note, false, true)),
                }
            }
            None if call.has_splat => Some(self.verdict(Level::Warning, false, true)),
            None => Some(self.verdict(self.level, false, false)),
            Some(_) => Some(self.verdict(Level::Note, false, true)),
        }
    }

    /// `add_safe_globals([os.system])`
    fn judge_names(&self, call: &Call) -> Option<Verdict> {
        let Literal::List(items) = &call.positional.first()?.value else { return None };
        items.iter().find_map(|item| match &item.value {
            Literal::Name(name) if matches!(POLICY.judge_global(name), NameVerdict::Dangerous(..)) => {
                Some(self.verdict(self.level, true, false))
            }
            _ => None,
        })
    }

    fn judge_revision(&self, call: &Call, name: Option<&Argument>) -> Option<Verdict> {
        let Some(Literal::Text(name)) = name.map(|name| &name.value) else { return None };
        if !is_hub_name(name) || call.argument("local_files_only").is_some_and(|only| only.value == Literal::Boolean(true)) {
            return None;
        }
        match call.argument("revision").or_else(|| call.argument("commit_hash")).map(|revision| &revision.value) {
            Some(Literal::Text(revision)) if is_commit(revision) => return None,
            // A revision that the program works out may well be a commit.
            Some(Literal::Name(_) | Literal::Other) => return None,
            _ => {}
        }
        let mut verdict = self.verdict(self.level, false, false);
        verdict.kind = Kind::Revision;
        Some(verdict)
    }

    fn verdict(&self, level: Level, explicit: bool, unknown: bool) -> Verdict {
        let kind = if self.is_remote_code() { Kind::RemoteCode } else { Kind::Loader };
        Verdict { level, says: self.says.clone(), instead: self.instead.clone(), explicit, unknown, by_suffix: false, kind }
    }

    fn is_remote_code(&self) -> bool {
        self.when == "only-true trust_remote_code"
    }
}

/// The unpickler that a call of `torch.load` names.
fn has_pickle_module(call: &Call) -> bool {
    let module = call.argument("pickle_module").or_else(|| call.positional.get(2));
    module.is_some_and(|module| module.value != Literal::None)
}

/// `owner/model` or `model`: not a path on disk.
fn is_hub_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    parts.len() <= 2
        && parts.iter().all(|part| {
            part.starts_with(|first: char| first.is_ascii_alphanumeric())
                && part.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
        })
}

fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}
