//! Which imports of a pickle are dangerous: the lists of `patterns/pickle/`, and what a name's shape says where no list
//! knows it.
//!
//! A list of dangers is never complete, so nothing is harmless by default: what is neither listed as ordinary model data
//! nor as dangerous is unknown, and a function of unknown origin whose name says that it runs, loads or opens is dangerous.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::model::{Confidence, Import, Uses};

/// The lists that are built in.
pub static POLICY: LazyLock<Policy> = LazyLock::new(Policy::built_in);

/// What an import is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Ordinary model data.
    Safe,
    /// Nobody knows, or it depends; says why.
    Unknown(&'static str),
    /// It runs something; says what, and how sure that is.
    Dangerous(&'static str, Confidence),
}

impl Verdict {
    fn rank(&self) -> u8 {
        match self {
            Self::Safe => 0,
            Self::Unknown(_) => 1,
            Self::Dangerous(_, Confidence::Low | Confidence::Medium) => 2,
            Self::Dangerous(..) => 3,
        }
    }
}

/// Lists of names.
pub struct Policy {
    /// The version of the lists, as findings print it.
    pub version: String,
    denied: HashMap<String, &'static str>,
    arguments: Arguments,
    shape: Shape,
    safe: HashSet<String>,
    safe_classes: HashSet<String>,
    standard_library: HashSet<String>,
    python2_modules: HashMap<String, String>,
    python2_names: HashMap<String, String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Dangerous {
    version: String,
    group: Vec<Group>,
    arguments: Arguments,
    shape: Shape,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    does: String,
    #[serde(default)]
    modules: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    drivers: HashSet<String>,
    attributes: HashSet<String>,
    items: HashSet<String>,
    literal: HashSet<String>,
    bytes: HashSet<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    functions: HashSet<String>,
    components: HashSet<String>,
    reexports: HashSet<String>,
    words: HashSet<String>,
    harmless: HashSet<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Safe {
    framework: Vec<Framework>,
    standard_library: StandardLibrary,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Framework {
    #[serde(rename = "name")]
    _name: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    classes: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct StandardLibrary {
    modules: HashSet<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Python2 {
    modules: HashMap<String, String>,
    names: HashMap<String, String>,
}

const COMPUTED: &str = "imports a name that is computed while it is loaded, so that nobody can read it";
const ESCAPES: &str = "walks from one object to the interpreter's own modules";

impl Policy {
    /// # Panics
    ///
    /// When a list that is built in does not parse; a test holds that it does.
    #[expect(clippy::expect_used, reason = "the lists are part of the program")]
    fn built_in() -> Self {
        let dangerous: Dangerous =
            toml::from_str(include_str!("../../../patterns/pickle/dangerous.toml")).expect("dangerous.toml is valid");
        let safe: Safe = toml::from_str(include_str!("../../../patterns/pickle/safe.toml")).expect("safe.toml is valid");
        let python2: Python2 =
            toml::from_str(include_str!("../../../patterns/pickle/python2.toml")).expect("python2.toml is valid");
        let mut denied = HashMap::new();
        for group in dangerous.group {
            // The lists live as long as the program.
            let does: &'static str = group.does.leak();
            denied.extend(group.modules.into_iter().chain(group.names).map(|name| (name, does)));
        }
        let (names, classes): (Vec<_>, Vec<_>) =
            safe.framework.into_iter().map(|framework| (framework.names, framework.classes)).unzip();
        Self {
            version: dangerous.version,
            denied,
            arguments: dangerous.arguments,
            shape: dangerous.shape,
            safe: names.into_iter().flatten().collect(),
            safe_classes: classes.into_iter().flatten().collect(),
            standard_library: safe.standard_library.modules,
            python2_modules: python2.modules,
            python2_names: python2.names,
        }
    }

    /// Judges an import by its name as written, by its Python 3 name, and by what is done with it.
    pub fn judge(&self, import: &Import) -> Verdict {
        let written = self.judge_name(&import.module, &import.name, &import.uses);
        match self.python3(&import.module, &import.name) {
            Some((module, name)) => {
                let mapped = self.judge_name(&module, &name, &import.uses);
                // A Python 2 name that is nothing in Python 3 is only what it maps to.
                match (&written, &mapped) {
                    (Verdict::Unknown(_) | Verdict::Dangerous(_, Confidence::Medium), Verdict::Safe) => mapped,
                    _ if mapped.rank() >= written.rank() => mapped,
                    _ => written,
                }
            }
            None => written,
        }
    }

    /// Judges a name (`module.name`) that a loader calls without arguments that are known.
    pub fn judge_global(&self, global: &str) -> Verdict {
        let (module, name) = global.rsplit_once('.').unwrap_or(("", global));
        self.judge_name(module, name, &Uses { calls: 1, ..Uses::default() })
    }

    /// True when `global` (`module.name`) is ordinary model data, whatever is done with it.
    pub fn is_safe(&self, global: &str) -> bool {
        let (module, name) = global.rsplit_once('.').unwrap_or(("", global));
        let mapped = self.python3(module, name).map(|(module, name)| format!("{module}.{name}"));
        [Some(global), mapped.as_deref()].into_iter().flatten().any(|global| {
            self.safe.contains(global) || (self.denied(&parts(global)).is_none() && self.is_safe_class(&parts(global)))
        })
    }

    /// True when calling it loads the bytes that it is given.
    pub fn is_loader(&self, global: &str) -> bool {
        let (module, name) = global.rsplit_once('.').unwrap_or(("", global));
        let mapped = self.python3(module, name).map_or_else(|| global.to_owned(), |(module, name)| format!("{module}.{name}"));
        name.contains("load") && (self.denied(&parts(global)).is_some() || self.denied(&parts(&mapped)).is_some())
    }

    /// What `fix_imports` makes of a Python 2 name.
    fn python3(&self, module: &str, name: &str) -> Option<(String, String)> {
        if let Some((module, name)) =
            self.python2_names.get(&format!("{module}.{name}")).and_then(|global| global.rsplit_once('.'))
        {
            return Some((module.to_owned(), name.to_owned()));
        }
        self.python2_modules.get(module).map(|module| (module.clone(), name.to_owned()))
    }

    fn judge_name(&self, module: &str, name: &str, uses: &Uses) -> Verdict {
        if module == "<computed>" || name == "<computed>" {
            return Verdict::Dangerous(COMPUTED, Confidence::High);
        }
        if module == "<ext>" {
            return Verdict::Unknown("is imported by a number that only the loading program knows");
        }
        let global = format!("{module}.{name}");
        let path = parts(&global);
        let in_module = module.split('.').count();
        if self.safe.contains(&global) {
            return Verdict::Safe;
        }
        if path.iter().any(|part| self.shape.components.contains(*part)) {
            return Verdict::Dangerous(ESCAPES, Confidence::High);
        }
        if let Some(verdict) = self.judge_arguments(&global, uses) {
            return verdict;
        }
        if let Some(does) = self.denied(&path) {
            return Verdict::Dangerous(does, Confidence::High);
        }
        // `torch` + `os.system`: a module's attribute may be another module.
        for start in in_module..path.len() {
            let rest = path.get(start..).unwrap_or_default();
            if rest.len() >= 2
                && let Some(does) = self.denied(rest)
            {
                return Verdict::Dangerous(does, Confidence::High);
            }
            if rest.first().is_some_and(|part| self.shape.reexports.contains(*part)) {
                return Verdict::Dangerous("reaches one of the interpreter's modules through another module", Confidence::High);
            }
        }
        self.judge_shape(&path, uses)
    }

    /// What no list of dangers knows.
    fn judge_shape(&self, path: &[&str], uses: &Uses) -> Verdict {
        let last = path.last().copied().unwrap_or_default();
        let called = uses.calls > 0;
        if called && self.shape.functions.contains(last) {
            return Verdict::Dangerous("calls a function of a dangerous name", Confidence::High);
        }
        if self.is_safe_class(path) {
            return Verdict::Safe;
        }
        if path.iter().any(|part| part.len() > 4 && part.starts_with("__") && part.ends_with("__") && *part != "__main__") {
            return Verdict::Unknown("is an inner attribute, which picklers do not write");
        }
        if called && !is_class(last) {
            if path.first().is_some_and(|top| self.standard_library.contains(*top)) {
                let does = "calls a function of the standard library that is no part of model data";
                return Verdict::Dangerous(does, Confidence::Medium);
            }
            let words = words(last);
            let rebuilds = words.iter().any(|word| self.shape.harmless.contains(word));
            if !rebuilds && words.iter().any(|word| self.shape.words.contains(word)) {
                let does = "calls a function that is not known, and whose name says that it runs, loads or opens something";
                return Verdict::Dangerous(does, Confidence::Medium);
            }
        }
        Verdict::Unknown("is not known as part of ordinary model data")
    }

    /// Names that are as dangerous as what they are called with.
    fn judge_arguments(&self, global: &str, uses: &Uses) -> Option<Verdict> {
        let all_safe = uses.global_arguments.iter().all(|argument| self.is_safe(argument)) && !uses.cut;
        let lists = &self.arguments;
        let called = uses.calls + uses.instances > 0;
        Some(if lists.drivers.contains(global) {
            let given = !uses.global_arguments.is_empty() && all_safe && !uses.computed_arguments;
            match (called, given && !uses.result_called) {
                (true, false) => Verdict::Dangerous("calls what it is given", Confidence::High),
                _ => Verdict::Unknown("calls what it is given later"),
            }
        } else if lists.attributes.contains(global) {
            let plain = uses.attributes.iter().all(|name| !name.contains("__")) && !uses.attributes.is_empty();
            let given = !uses.global_arguments.is_empty() && all_safe && !uses.computed_arguments && plain;
            match (called, given && !uses.result_called) {
                (true, true) => Verdict::Unknown("takes an attribute of a class by its name"),
                _ => Verdict::Dangerous("takes any attribute by its name", Confidence::High),
            }
        } else if lists.items.contains(global) {
            match (uses.text_arguments || uses.computed_arguments || !uses.global_arguments.is_empty(), uses.result_called) {
                (_, true) => Verdict::Dangerous("takes an item and calls it", Confidence::High),
                (true, false) => Verdict::Unknown("takes an item by its name"),
                (false, false) => Verdict::Safe,
            }
        } else if lists.literal.contains(global) {
            match (uses.computed_arguments || !all_safe, uses.result_called) {
                (_, true) => Verdict::Dangerous("computes a value and calls it", Confidence::High),
                (true, false) => Verdict::Unknown("computes a value from what is not a literal"),
                (false, false) => Verdict::Safe,
            }
        } else if lists.bytes.contains(global) && uses.only_walked_bytes {
            Verdict::Unknown("loads the pickle in its argument, which was read as well")
        } else {
            return None;
        })
    }

    /// What the longest listed beginning of a path does.
    fn denied(&self, path: &[&str]) -> Option<&'static str> {
        (1..=path.len()).rev().find_map(|length| self.denied.get(&path.get(..length)?.join(".")).copied())
    }

    fn is_safe_class(&self, path: &[&str]) -> bool {
        let last = path.last().copied().unwrap_or_default();
        let rebuilds = last.starts_with("__pyx_unpickle_");
        (is_class(last) || rebuilds)
            && (1..path.len()).any(|length| path.get(..length).is_some_and(|path| self.safe_classes.contains(&path.join("."))))
    }
}

fn parts(global: &str) -> Vec<&str> {
    global.split('.').collect()
}

/// Classes begin with a capital letter, as PEP 8 has it.
fn is_class(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(char::is_uppercase)
}

/// `load_configFile` → load, config, file.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        if !character.is_alphabetic() || (character.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = character.is_lowercase();
        if character.is_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called() -> Uses {
        Uses { calls: 1, text_arguments: true, attributes: vec!["true".to_owned()], ..Uses::default() }
    }

    fn judge(module: &str, name: &str, uses: &Uses) -> u8 {
        let mapped = POLICY.python3(module, name).map_or(0, |(module, name)| POLICY.judge_name(&module, &name, uses).rank());
        POLICY.judge_name(module, name, uses).rank().max(mapped)
    }

    #[test]
    fn listed_dangers_are_dangerous_wherever_they_are_split() {
        for (module, name) in [
            ("os", "system"),
            ("torch._dynamo.guards", "GuardBuilder.get"),
            ("torch", "os.system"),
            ("collections", "_sys.modules.get"),
            ("__builtin__", "eval"),
            ("commands", "getoutput"),
            ("sklearn.datasets._openml", "urlopen"),
            ("operator", "methodcaller"),
            ("functools", "partial"),
            ("unheard_of.runner", "run_job"),
        ] {
            assert!(judge(module, name, &called()) >= 2, "{module}.{name}");
        }
    }

    #[test]
    fn ordinary_model_data_is_safe() {
        let instance = Uses { instances: 1, ..Uses::default() };
        for (module, name) in [
            ("sklearn.svm._classes", "SVC"),
            ("numpy.core.multiarray", "_reconstruct"),
            ("pandas.core.frame", "DataFrame"),
            ("sklearn._loss._loss", "__pyx_unpickle_CyHalfSquaredError"),
        ] {
            assert_eq!(judge(module, name, &instance), 0, "{module}.{name}");
        }
        assert_eq!(judge("unheard_of", "Net", &instance), 1);
        assert_eq!(judge("sklearn.svm._classes", "fit", &called()), 1);
    }

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(words("_load_configFile2"), ["load", "config", "file"]);
    }
}
