//! Expressions as values, as far as the repository says them.
//!
//! What is not known stays unknown and is no reason for a finding; of a condition that is not known, both branches are.

mod condition;

use std::borrow::Cow;
use std::rc::Rc;

use condition::{truth, truth_of_call};

use super::scope::Scope;
use crate::model::{Dialect, Given, Location, Setting};

/// Values inside values, and names of names, that are followed.
const MAXIMUM_DEPTH: u32 = 48;
/// Bytes of a text that is put together.
const MAXIMUM_TEXT: usize = 16 * 1024;
/// Expressions that one setting may lead to: branches of branches would be without end.
const MAXIMUM_STEPS: u32 = 5_000;

/// Stands for a part of a text that is not known.
pub(super) const HOLE: &str = "\u{FFFC}";

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum Value<'r> {
    /// Text.
    Text(Cow<'r, str>),
    /// Text of which parts are not known: [`HOLE`] stands for each.
    Template(String),
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(&'r str),
    /// Nothing.
    Null,
    /// An object, with the names that hold in it.
    Group(&'r [Setting], Rc<Scope<'r>>),
    /// A list, the same.
    List(&'r [Setting], Rc<Scope<'r>>),
    /// One of these.
    Either(Vec<Found<'r>>),
    /// What the elements of a list, or blocks of one name, have at one path.
    Each(Vec<Found<'r>>),
    /// A resource or what it has, by its name.
    Resource(&'r str),
    /// Only known when it runs.
    Unknown,
}

/// A value, and where it is written.
#[derive(Clone, Debug)]
pub(super) struct Found<'r> {
    pub(super) value: Value<'r>,
    pub(super) at: &'r Location,
    /// It is the default of a variable: who uses the text may say otherwise.
    pub(super) by_default: bool,
}

impl Value<'_> {
    /// True for a list without elements, and for several of them.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::List(elements, _) => elements.is_empty(),
            Self::Each(each) => each.iter().all(|found| found.value.is_nothing()),
            _ => false,
        }
    }
}

impl<'r> Found<'r> {
    fn new(value: Value<'r>, at: &'r Location) -> Self {
        Self { value, at, by_default: false }
    }

    /// The text as it is written, also of a number.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match &self.value {
            Value::Text(text) => Some(text.as_ref().into()),
            Value::Number(number) => Some((*number).into()),
            _ => None,
        }
    }

    /// The text by which values are compared, where it is one: without case, blanks, dashes and underscores; a switch
    /// is `on` or `off`.
    pub(super) fn plain(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(plain(text)),
            Value::Boolean(value) => Some(if *value { "on" } else { "off" }.to_owned()),
            Value::Number(number) => Some((*number).to_owned()),
            // Something, which equals no text that a rule asks for.
            Value::Resource(_) => Some("a resource".to_owned()),
            _ => None,
        }
    }
}

/// The text by which values are compared.
pub(super) fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect();
    match text.as_str() {
        "true" | "enabled" | "enable" | "yes" | "on" => "on".to_owned(),
        "false" | "disabled" | "disable" | "no" | "off" => "off".to_owned(),
        _ => text,
    }
}

/// The rest of a path that begins with an index that is not known.
fn any_of(path: &str) -> Option<&str> {
    path.strip_prefix("[]").map(|rest| rest.trim_start_matches('.'))
}

/// One of several, each followed along a path.
fn either<'r>(settings: &'r [Setting], path: &str, scope: &Rc<Scope<'r>>, at: &'r Location, depth: u32) -> Option<Found<'r>> {
    if settings.is_empty() {
        return Some(Found::new(Value::Unknown, at));
    }
    let of = |setting: &'r Setting| {
        let found = inside(resolve(&setting.value, &setting.location, scope), path, depth + 1);
        found.unwrap_or_else(|| Found::new(Value::Null, &setting.location))
    };
    Some(Found::new(Value::Either(settings.iter().map(of).collect()), at))
}

/// What a setting is set to.
pub(super) fn value<'r>(setting: &'r Setting, scope: &Rc<Scope<'r>>) -> Found<'r> {
    begin(scope);
    end(resolve(&setting.value, &setting.location, scope), scope)
}

/// The settings of a name, the last first. Names are compared as Azure does, without case.
fn named<'s>(settings: &'s [Setting], name: &str) -> impl Iterator<Item = &'s Setting> {
    settings.iter().rev().filter(move |setting| setting.name.eq_ignore_ascii_case(name))
}

/// Follows a path of names into settings. `None` where it ends in nothing.
pub(super) fn at_path<'r>(settings: &'r [Setting], path: &str, scope: &Rc<Scope<'r>>) -> Option<Found<'r>> {
    begin(scope);
    let found = among(settings, path, scope, 0)?;
    Some(end(found, scope))
}

/// What settings have at a path. Of several of one name the last counts, but blocks of Terraform and lists that a command
/// is given in parts are all there.
fn among<'r>(settings: &'r [Setting], path: &str, scope: &Rc<Scope<'r>>, depth: u32) -> Option<Found<'r>> {
    // One name may hold dots: `--set a.b=c`.
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) if scope.dialect != Dialect::Command || named(settings, path).next().is_none() => (first, rest),
        _ => (path, ""),
    };
    let of = |setting: &'r Setting| inside(resolve(&setting.value, &setting.location, scope), rest, depth + 1);
    let last = named(settings, first).next()?;
    let are_all = match scope.dialect {
        Dialect::Terraform => matches!(last.value, Given::Group(_)),
        Dialect::Command => first.starts_with("--config"),
        _ => false,
    };
    if !are_all || named(settings, first).nth(1).is_none() {
        return of(last);
    }
    let each: Vec<Found<'r>> = named(settings, first).filter_map(of).collect();
    (!each.is_empty()).then(|| Found::new(Value::Each(each), &last.location))
}

/// What an element of a list is, as part of the setting that is being read.
pub(super) fn element<'r>(element: &'r Setting, scope: &Rc<Scope<'r>>) -> Found<'r> {
    resolve(&element.value, &element.location, scope)
}

fn begin(scope: &Scope<'_>) {
    scope.trace.depth.set(0);
    scope.trace.steps.set(MAXIMUM_STEPS);
    scope.trace.used_default.set(false);
    scope.trace.input.set(None);
}

/// What a caller's input decides is said of the input, also where the module writes the value.
fn end<'r>(found: Found<'r>, scope: &Scope<'r>) -> Found<'r> {
    let at = match scope.trace.input.get() {
        Some(input) if found.at.path.directory() == scope.place || found.at.path.as_str() == scope.place => input,
        _ => found.at,
    };
    Found { at, by_default: scope.trace.used_default.get(), ..found }
}

/// Follows a path into a value.
fn inside<'r>(found: Found<'r>, path: &str, depth: u32) -> Option<Found<'r>> {
    if path.is_empty() {
        return match found.value {
            Value::Null => None,
            _ => Some(found),
        };
    }
    match found.value {
        Value::Group(settings, scope) if depth < MAXIMUM_DEPTH => {
            if let Some(rest) = any_of(path) {
                return either(settings, rest, &scope, found.at, depth);
            }
            let mut next = among(settings, path, &scope, depth)?;
            next.by_default |= found.by_default;
            Some(next)
        }
        Value::List(elements, scope) if path.starts_with('[') => match any_of(path) {
            Some(rest) => either(elements, rest, &scope, found.at, depth),
            None => {
                let (number, rest) = path.split_once('.').unwrap_or((path, ""));
                let at = number.trim_matches(['[', ']']).parse::<usize>().ok()?;
                let element = elements.get(at)?;
                inside(resolve(&element.value, &element.location, &scope), rest, depth + 1)
            }
        },
        Value::Null => None,
        Value::List(elements, scope) if depth < MAXIMUM_DEPTH => {
            let of = |element: &'r Setting| inside(resolve(&element.value, &element.location, &scope), path, depth + 1);
            let each: Vec<Found<'r>> = elements.iter().filter_map(of).collect();
            (!each.is_empty()).then_some(Found { value: Value::Each(each), at: found.at, by_default: found.by_default })
        }
        Value::Either(branches) => {
            let absent = |at| Found::new(Value::Null, at);
            let of = |branch: Found<'r>| {
                let at = branch.at;
                inside(branch, path, depth + 1).unwrap_or_else(|| absent(at))
            };
            Some(Found { value: Value::Either(branches.into_iter().map(of).collect()), at: found.at, by_default: found.by_default })
        }
        _ => Some(Found { value: Value::Unknown, at: found.at, by_default: found.by_default }),
    }
}

/// The value of an expression. What is inside of what is counted for the setting that is read, not for the expression: a
/// list may hold itself by a name.
fn resolve<'r>(given: &'r Given, at: &'r Location, scope: &Rc<Scope<'r>>) -> Found<'r> {
    let (left, depth) = (scope.trace.steps.get(), scope.trace.depth.get());
    if depth > MAXIMUM_DEPTH || left == 0 {
        return Found::new(Value::Unknown, at);
    }
    scope.trace.steps.set(left - 1);
    scope.trace.depth.set(depth + 1);
    let found = resolved(given, at, scope);
    scope.trace.depth.set(depth);
    found
}

fn resolved<'r>(given: &'r Given, at: &'r Location, scope: &Rc<Scope<'r>>) -> Found<'r> {
    let value = match given {
        Given::Text(text) => Value::Text(text.into()),
        Given::Boolean(value) => Value::Boolean(*value),
        Given::Number(number) => Value::Number(number),
        Given::Null => Value::Null,
        Given::Group(settings) => Value::Group(settings, Rc::clone(scope)),
        Given::List(elements) => Value::List(elements, Rc::clone(scope)),
        Given::Name(name) => return of_name(name, at, scope),
        Given::Call(function, arguments) => return call(function, arguments, at, scope),
    };
    Found::new(value, at)
}

fn of_name<'r>(name: &'r str, at: &'r Location, scope: &Rc<Scope<'r>>) -> Found<'r> {
    if let (Some(each), Some(what)) = (scope.each, name.strip_prefix("each.")) {
        return one_of_each(each, what, at, scope);
    }
    let Some((meaning, rest)) = scope.meaning(name) else {
        // `IsolationMode.DISABLED` of the SDK: the constant says its value.
        if scope.dialect == crate::model::Dialect::Python {
            let constant = name.rsplit('.').next().filter(|last| last.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
            return Found::new(constant.map_or(Value::Unknown, |last| Value::Text(last.into())), at);
        }
        let of = name.rsplit_once('.').map_or(name, |(of, _)| of);
        let first = name.split('.').next().unwrap_or(name);
        let is_resource = [name, of, first].iter().any(|name| scope.names.resources.contains_key(name)) || is_resource_name(name);
        return Found::new(if is_resource { Value::Resource(name) } else { Value::Unknown }, at);
    };
    if meaning.by_default {
        scope.trace.used_default.set(true);
    }
    let found = resolve(meaning.given, meaning.at, &meaning.scope);
    inside(found, rest, 0).unwrap_or_else(|| {
        // The type of a variable may say what is there: `optional(bool, false)`.
        let is_typed = meaning.is_variable && !rest.is_empty();
        Found::new(if is_typed { Value::Unknown } else { Value::Null }, at)
    })
}

/// `each.value` and `each.key`: any of what `for_each` goes through.
fn one_of_each<'r>(each: &'r Setting, what: &str, at: &'r Location, scope: &Rc<Scope<'r>>) -> Found<'r> {
    let unknown = Found::new(Value::Unknown, at);
    let (which, path) = what.split_once('.').unwrap_or((what, ""));
    let of = |element: &'r Setting, scope: &Rc<Scope<'r>>| match which {
        "key" if !element.name.is_empty() => Some(Found::new(Value::Text(element.name.as_str().into()), &element.location)),
        _ => inside(resolve(&element.value, &element.location, scope), path, 0),
    };
    match resolve(&each.value, &each.location, scope).value {
        Value::Group(elements, scope) | Value::List(elements, scope) if !elements.is_empty() => {
            let each: Vec<Found<'r>> = elements.iter().filter_map(|element| of(element, &scope)).collect();
            if each.is_empty() { Found::new(Value::Null, at) } else { Found::new(Value::Each(each), at) }
        }
        _ => unknown,
    }
}

/// `azurerm_subnet.training.id`, also where the resource stands in a file that is not there.
fn is_resource_name(name: &str) -> bool {
    name.starts_with("azurerm_") || name.starts_with("data.azurerm_")
}

fn call<'r>(function: &str, arguments: &'r [Given], at: &'r Location, scope: &Rc<Scope<'r>>) -> Found<'r> {
    let of = |given: &'r Given| resolve(given, at, scope);
    match (function, arguments) {
        ("?:", [condition, then, otherwise]) => match truth(condition, at, scope) {
            Some(true) => of(then),
            Some(false) => of(otherwise),
            None => Found::new(Value::Either(vec![of(then), of(otherwise)]), at),
        },
        ("==" | "!=" | "!" | "&&" | "||" | "empty", _) => {
            let given = truth_of_call(function, arguments, at, scope);
            Found::new(given.map_or(Value::Unknown, Value::Boolean), at)
        }
        ("lower" | "upper" | "toLower" | "toUpper" | "tostring" | "string" | "bool" | "tobool" | "trim" | "trimspace", [only]) => of(only),
        // What is not there is an error, and the next is tried.
        ("try", arguments) => {
            let mut found = arguments.iter().map(of);
            found.find(|found| !matches!(found.value, Value::Null)).unwrap_or(Found::new(Value::Null, at))
        }
        // The identifier of a role: its number says which.
        ("subscriptionResourceId" | "tenantResourceId" | "resourceId", [Given::Text(kind), .., last])
            if kind.ends_with("/roleDefinitions") =>
        {
            Found { at, ..of(last) }
        }
        ("coalesce" | "??", arguments) => {
            let mut found = arguments.iter().map(of);
            let is_given = |found: &Found<'r>| !matches!(&found.value, Value::Null) && !matches!(&found.value, Value::Text(text) if text.is_empty());
            found.find(is_given).unwrap_or(Found::new(Value::Null, at))
        }
        // The identifier of a subscription, and behind it that of a role.
        ("+", [first, second]) if let (Value::Resource(_), Value::Resource(_)) = (of(first).value, of(second).value) => of(second),
        ("+", parts) => {
            let (mut whole, mut is_known) = (String::new(), true);
            for part in parts {
                if whole.len() > MAXIMUM_TEXT {
                    return Found::new(Value::Unknown, at);
                }
                match of(part).value {
                    Value::Text(text) => whole.push_str(&text),
                    Value::Number(number) => whole.push_str(number),
                    Value::Template(text) => {
                        whole.push_str(&text);
                        is_known = false;
                    }
                    _ => {
                        whole.push_str(HOLE);
                        is_known = false;
                    }
                }
            }
            Found::new(if is_known { Value::Text(whole.into()) } else { Value::Template(whole) }, at)
        }
        _ => Found::new(Value::Unknown, at),
    }
}
