//! Calls that are not written as calls: a function that is handed to `partial`, to `map` or to a pool, and arguments that
//! come out of a dictionary which is written out.

use ruff_python_ast::{self as ast, Expr};

use super::module::{Expression, Module, Site};

/// Last parts of functions that call their first argument.
const CALLERS: &[&str] = &["map", "filter", "submit", "apply", "apply_async", "starmap", "imap", "imap_unordered", "map_async", "to_thread", "map_partitions"];

/// The call, and the call of the function that it is given.
pub(super) fn sites<'t>(module: &Module<'t>, call: &'t ast::ExprCall) -> Vec<Site<'t>> {
    let site = module.site(call);
    if site.function == "functools.partial"
        && let [function, rest @ ..] = site.positional.as_slice()
        && let Some(function) = named(module, function)
    {
        return vec![Site { function, positional: rest.to_vec(), ..site }];
    }
    let last = site.function.rsplit('.').next().unwrap_or_default();
    let handed = CALLERS.contains(&last).then(|| named(module, site.positional.first()?)).flatten();
    let inner = handed.filter(|function| function.contains('.')).map(|function| Site {
        function,
        positional: Vec::new(),
        keyword: Vec::new(),
        has_splat: site.has_splat,
        name: None,
        span: site.span,
    });
    std::iter::once(site).chain(inner).collect()
}

/// The name of a function that is passed on, not called.
fn named<'t>(module: &Module<'t>, function: Expression<'t>) -> Option<String> {
    matches!(function, Expr::Name(_) | Expr::Attribute(_)).then(|| module.resolve(function, 0))
}

/// True when a keyword is called `word`, or is a dictionary with that key: `model_kwargs={"trust_remote_code": True}`.
pub(super) fn says(module: &Module<'_>, site: &Site<'_>, word: &str) -> bool {
    site.keyword.iter().any(|(name, value)| *name == word || dictionary(module, value).is_some_and(|(items, _)| has_key(items, word)))
}

fn has_key(dictionary: &ast::ExprDict, word: &str) -> bool {
    dictionary.items.iter().any(|item| matches!(&item.key, Some(Expr::StringLiteral(key)) if key.value.to_str() == word))
}

/// The dictionary that an expression is or names, and whether it stands right there.
fn dictionary<'t>(module: &Module<'t>, value: &'t Expr) -> Option<(&'t ast::ExprDict, bool)> {
    match value {
        Expr::Dict(dictionary) => Some((dictionary, true)),
        Expr::Name(name) => match module.binding(name.id.as_str()) {
            Some(Expr::Dict(dictionary)) => Some((dictionary, false)),
            _ => None,
        },
        _ => None,
    }
}

/// The arguments of `dict(…)`, which an expression is or names.
fn made_dictionary<'t>(module: &Module<'t>, value: &'t Expr) -> Option<&'t ast::Arguments> {
    let value = match value {
        Expr::Name(name) => module.binding(name.id.as_str())?,
        value => value,
    };
    let call = value.as_call_expr()?;
    (call.func.as_name_expr()?.id.as_str() == "dict").then_some(&call.arguments)
}

/// Adds what `**value` stands for. `false` where that is not all written out.
pub(super) fn spread<'t>(module: &Module<'t>, value: &'t Expr, keyword: &mut Vec<(&'t str, Expression<'t>)>) -> bool {
    if let Some(arguments) = made_dictionary(module, value) {
        if module.spend(arguments.keywords.len()) {
            let named = arguments.keywords.iter().filter_map(|item| Some((item.arg.as_ref()?.as_str(), &item.value)));
            keyword.extend(named);
        }
        // One that has a name may change on its way here.
        return value.is_call_expr() && arguments.args.is_empty() && arguments.keywords.iter().all(|item| item.arg.is_some());
    }
    // One that has a name may change on its way here.
    let Some((dictionary, inline)) = dictionary(module, value) else { return false };
    // Each call may be given all of it.
    if !module.spend(dictionary.items.len()) {
        return false;
    }
    let mut whole = inline;
    for item in &dictionary.items {
        match &item.key {
            Some(Expr::StringLiteral(key)) => keyword.push((key.value.to_str(), &item.value)),
            _ => whole = false,
        }
    }
    whole
}
