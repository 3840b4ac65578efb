//! Whether conditions hold, as far as the repository says: three-valued, since most are known only when something is made.

use std::rc::Rc;

use super::{Found, MAXIMUM_DEPTH, Value, resolve};
use crate::detect::posture::scope::Scope;
use crate::model::{Given, Location};

/// Whether a condition holds, where that is known.
pub(super) fn truth<'r>(given: &'r Given, at: &'r Location, scope: &Rc<Scope<'r>>) -> Option<bool> {
    let (left, depth) = (scope.trace.steps.get(), scope.trace.depth.get());
    if depth > MAXIMUM_DEPTH || left == 0 {
        return None;
    }
    scope.trace.steps.set(left - 1);
    scope.trace.depth.set(depth + 1);
    let holds = truth_of(given, at, scope);
    scope.trace.depth.set(depth);
    holds
}

fn truth_of<'r>(given: &'r Given, at: &'r Location, scope: &Rc<Scope<'r>>) -> Option<bool> {
    match given {
        Given::Call(function, arguments) if matches!(function.as_str(), "==" | "!=" | "!" | "&&" | "||" | "empty") => {
            truth_of_call(function, arguments, at, scope)
        }
        _ => match resolve(given, at, scope).plain()?.as_str() {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        },
    }
}

pub(super) fn truth_of_call<'r>(
    function: &str,
    arguments: &'r [Given],
    at: &'r Location,
    scope: &Rc<Scope<'r>>,
) -> Option<bool> {
    let of = |given: &'r Given| truth(given, at, scope);
    match (function, arguments) {
        ("==" | "!=", [a, b]) => {
            let of = |given: &'r Given| resolve(given, at, scope);
            let equal = match (of(a), of(b)) {
                (Found { value: Value::Null, .. }, Found { value: Value::Null, .. }) => true,
                (Found { value: Value::Null, .. }, other) | (other, Found { value: Value::Null, .. }) => {
                    // A resource is never nothing; what is not known may be.
                    if matches!(other.value, Value::Unknown | Value::Either(_)) {
                        return None;
                    }
                    false
                }
                // What a resource has is known when it is made.
                (Found { value: Value::Resource(_), .. }, _) | (_, Found { value: Value::Resource(_), .. }) => return None,
                (a, b) => a.plain()? == b.plain()?,
            };
            Some(equal == (function == "=="))
        }
        ("!", [only]) => of(only).map(|holds| !holds),
        ("&&" | "||", sides) => {
            // One side is enough to decide, whatever the others are.
            let decides = function == "||";
            let sides: Vec<Option<bool>> = sides.iter().map(of).collect();
            match sides.contains(&Some(decides)) {
                true => Some(decides),
                false if sides.contains(&None) => None,
                false => Some(!decides),
            }
        }
        ("empty", [only]) => match resolve(only, at, scope).value {
            Value::Null => Some(true),
            Value::Text(text) => Some(text.is_empty()),
            Value::Group(settings, _) | Value::List(settings, _) => Some(settings.is_empty()),
            _ => None,
        },
        _ => None,
    }
}
