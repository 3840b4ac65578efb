//! Install commands that a program runs: `os.system("pip install x")`, `subprocess.run([sys.executable, "-m", "pip", …])`,
//! `get_ipython().system(…)`, `pip.main([…])`.

use super::super::install_command::{Place, UNKNOWN, may_concern, read_text, read_words};
use super::super::shell::{Variables, Word};
use super::module::{Module, Site};
use super::value::{Text, Value, ValueKind};
use crate::model::{Document, OffsetMap};

/// Methods of a nox session (<https://nox.thea.codes/en/stable/config.html>) and the words that stand before theirs.
const SESSIONS: &[(&str, &[&str])] = &[
    ("session.install", &["pip", "install"]),
    ("session.conda_install", &["conda", "install"]),
    ("session.run", &[]),
    ("session.run_always", &[]),
    ("session.run_install", &[]),
];

/// Functions that run their first argument.
const RUNNERS: &[&str] = &[
    "os.system", "os.popen", "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output",
    "subprocess.Popen", "subprocess.getoutput", "subprocess.getstatusoutput", "get_ipython().system",
    "get_ipython().getoutput", "commands.getoutput", "pip.main", "pip._internal.main", "pip._internal.cli.main.main",
    "get_ipython().run_line_magic", "get_ipython().run_cell_magic",
];

/// Reads what a call installs.
pub(super) fn read<'t>(module: &Module<'t>, site: &Site<'t>, place: &Place<'_>, document: &mut Document<'_>) {
    let function = site.function.as_str();
    if let Some((_, before)) = SESSIONS.iter().find(|(method, _)| *method == function) {
        let before = before.iter().map(|text| Word { text: (*text).to_owned(), ..Word::default() });
        let arguments = site.positional.iter().map(|expression| argument(&module.written_value(expression)));
        return read_words(&before.chain(arguments).collect::<Vec<_>>(), place, &Variables::new(), document);
    }
    let is_ipython = function.strip_prefix("IPython.").is_some_and(|rest| rest.starts_with("get_ipython()."));
    if !RUNNERS.contains(&function) && !is_ipython {
        return;
    }
    let Some(first) = site.argument(Some(0), "args") else { return };
    match module.written_value(first).kind {
        // `run_line_magic("pip", "install x")`
        ValueKind::Text(magic) if function.ends_with("run_line_magic") => {
            if let Some(line) = site.argument(Some(1), "line")
                && let ValueKind::Text(line) = module.written_value(line).kind
                && matches!(magic.value.as_str(), "pip" | "conda" | "mamba")
            {
                let mut words = vec![word(&magic)];
                let inside = place.inside(line.map.clone());
                super::super::shell::commands(line.value.as_bytes(), &mut Variables::new(), &mut |command| {
                    words.truncate(1);
                    words.extend(command.words.iter().cloned());
                    read_words(&words, &inside, &Variables::new(), document);
                });
            }
        }
        // `run_cell_magic("bash", "", "pip install x")`
        ValueKind::Text(magic) if function.ends_with("run_cell_magic") => {
            if let Some(cell) = site.argument(Some(2), "cell")
                && let ValueKind::Text(cell) = module.written_value(cell).kind
                && matches!(magic.value.as_str(), "bash" | "sh" | "system" | "sx" | "!")
            {
                let inside = place.inside(cell.map.clone());
                read_text(cell.value.as_bytes(), &inside, &mut Variables::new(), document);
            }
        }
        ValueKind::Text(text) if may_concern(text.value.as_bytes(), document.wanted) => {
            let inside = place.inside(text.map.clone());
            read_text(text.value.as_bytes(), &inside, &mut Variables::new(), document);
        }
        ValueKind::List(values) => {
            let mut words: Vec<Word> = values.iter().map(argument).collect();
            if function.starts_with("pip.") {
                words.insert(0, Word { text: "pip".to_owned(), ..Word::default() });
            }
            read_words(&words, place, &Variables::new(), document);
        }
        _ => {}
    }
}

/// An element of a list of arguments; what is not known stands as a placeholder.
fn argument(value: &Value) -> Word {
    match &value.kind {
        ValueKind::Text(text) => word(text),
        _ => {
            let text = UNKNOWN.to_owned();
            let mut map = OffsetMap::default();
            map.push(text.len(), value.span.start, value.span.len());
            Word { text, map, span: value.span }
        }
    }
}

fn word(text: &Text) -> Word {
    let span = text.map.source_span(crate::model::Span::new(0, text.value.len()));
    Word { text: text.value.clone(), map: text.map.clone(), span }
}
