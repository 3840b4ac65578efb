//! What a few functions mean: those that are operators in another language, and those that change no meaning here.

use super::Syntax;
use crate::model::Given;

/// The call of a function by its name, or what it is instead.
pub(super) fn lower(syntax: Syntax, name: String, arguments: Vec<Given>) -> Given {
    match syntax {
        Syntax::Hcl => hcl(name, arguments),
        Syntax::Bicep => bicep(name, arguments),
        Syntax::Arm => arm(name, arguments),
    }
}

/// `one` takes the only element of a list, as an index does.
fn hcl(name: String, mut arguments: Vec<Given>) -> Given {
    let same = matches!(
        name.as_str(),
        "jsonencode"
            | "one"
            | "tostring"
            | "tobool"
            | "tonumber"
            | "tolist"
            | "toset"
            | "tomap"
            | "sensitive"
            | "nonsensitive"
    );
    match arguments.len() {
        1 if same => arguments.pop().unwrap_or_else(Given::unknown),
        _ => Given::Call(name, arguments),
    }
}

/// Functions of the namespaces `az` and `sys` are those without.
fn bicep(name: String, arguments: Vec<Given>) -> Given {
    let bare = name.strip_prefix("az.").or_else(|| name.strip_prefix("sys.")).unwrap_or(&name);
    conversion(bare.to_owned(), arguments)
}

/// Names of functions are written in any letter case.
fn arm(name: String, mut arguments: Vec<Given>) -> Given {
    let count = arguments.len();
    let operator = match (name.to_ascii_lowercase().as_str(), count) {
        ("true", 0) => return Given::Boolean(true),
        ("false", 0) => return Given::Boolean(false),
        ("null", 0) => return Given::Null,
        (list @ ("parameters" | "variables"), 1) => {
            if let Some(Given::Text(of)) = arguments.first() {
                return Given::Name(format!("{list}.{of}"));
            }
            list.to_owned()
        }
        ("if", 3) => "?:".to_owned(),
        ("equals", 2) => "==".to_owned(),
        ("not", 1) => "!".to_owned(),
        ("and", _) => "&&".to_owned(),
        ("or", _) => "||".to_owned(),
        ("coalesce", _) => "??".to_owned(),
        ("concat", _) => "+".to_owned(),
        ("format", _) => "format".to_owned(),
        _ => return conversion(name, std::mem::take(&mut arguments)),
    };
    Given::Call(operator, arguments)
}

/// `json('null')` and its like, and conversions of a single value.
fn conversion(name: String, mut arguments: Vec<Given>) -> Given {
    if arguments.len() != 1 {
        return Given::Call(name, arguments);
    }
    let value = match (name.to_ascii_lowercase().as_str(), arguments.first()) {
        ("json", Some(Given::Text(text))) => match text.trim() {
            "null" => Some(Given::Null),
            "true" => Some(Given::Boolean(true)),
            "false" => Some(Given::Boolean(false)),
            number if number.parse::<f64>().is_ok() => Some(Given::Number(number.to_owned())),
            _ => None,
        },
        ("any" | "string" | "bool" | "int", _) => arguments.pop(),
        _ => None,
    };
    value.unwrap_or(Given::Call(name, arguments))
}
