//! A parsed text: its calls with resolved names, its imports, and which names have which values. All of
//! `ruff_python_parser` that the rest sees is here.

use std::cell::{Cell, OnceCell};

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use super::{Dialect, handed, names};
use crate::model::Span;

/// Names of names that are followed.
const MAXIMUM_HOPS: u32 = 8;
/// Calls of one text that are looked at.
const MAXIMUM_SITES: usize = 20_000;

/// Nodes of values that one text may make.
const MAXIMUM_NODES: usize = 500_000;

/// Names and what they were imported as, carried from cell to cell of a notebook.
pub type Imports = HashMap<String, String>;

/// An expression of the tree.
pub type Expression<'t> = &'t Expr;

/// A syntax tree.
pub(super) struct Tree(Parsed<ast::Mod>);

/// Parses a text that [`depth::check`](super::depth::check) accepts. Never fails: where it is no valid Python, the
/// tree has holes.
pub(super) fn parse(text: &str, dialect: Dialect) -> Tree {
    let mode = if dialect == Dialect::Cell { Mode::Ipython } else { Mode::Module };
    Tree(parse_unchecked(text, ParseOptions::from(mode)))
}

/// A call.
pub struct Site<'t> {
    /// What is called, as [`super`] describes it.
    pub function: String,
    /// Positional arguments.
    pub positional: Vec<Expression<'t>>,
    /// Keyword arguments.
    pub keyword: Vec<(&'t str, Expression<'t>)>,
    /// `*` or `**` brings more arguments.
    pub has_splat: bool,
    /// The name that is called, where it stands alone: a function, no method of an object.
    pub name: Option<&'t str>,
    /// The whole call.
    pub span: Span,
}

impl<'t> Site<'t> {
    /// The keyword argument `name`, or the positional one at `position`.
    pub fn argument(&self, position: Option<usize>, name: &str) -> Option<Expression<'t>> {
        let keyword = self.keyword.iter().find(|(keyword, _)| *keyword == name).map(|(_, value)| *value);
        keyword.or_else(|| self.positional.get(position?).copied())
    }

    /// True when the last part of the function's name is `name`.
    pub fn is_method(&self, name: &str) -> bool {
        self.function.rsplit('.').next() == Some(name)
    }
}

/// What a name stands for.
pub(super) enum Binding<'t> {
    /// It is assigned once, here.
    Once(&'t Expr),
    /// Several things.
    Many,
}

/// A text that is understood.
pub struct Module<'t> {
    pub(super) text: &'t str,
    tree: &'t Tree,
    pub(super) aliases: HashMap<&'t str, String>,
    /// Names that some import binds, whatever else they stand for.
    pub(super) imported: HashSet<&'t str>,
    inherited: &'t Imports,
    /// Modules of v1 of Azure ML's SDK that are imported, and the statements.
    pub(super) azureml: Vec<(String, Span)>,
    /// Modules of `from … import *`.
    pub(super) stars: Vec<String>,
    pub(super) bindings: HashMap<&'t str, Binding<'t>>,
    pub(super) functions: HashMap<&'t str, &'t [Stmt]>,
    sites: Vec<Site<'t>>,
    /// It has more calls than are looked at.
    pub(super) is_cut: bool,
    attributes: Vec<(String, &'t Expr)>,
    /// What values may still cost, in nodes.
    pub(super) budget: Cell<usize>,
    /// An address without TLS stands in it.
    speaks_http: OnceCell<bool>,
}

impl<'t> Module<'t> {
    pub(super) fn new(text: &'t str, tree: &'t Tree, inherited: &'t Imports) -> Self {
        let mut module = Self {
            text,
            tree,
            aliases: HashMap::new(),
            imported: HashSet::new(),
            inherited,
            azureml: Vec::new(),
            stars: Vec::new(),
            bindings: HashMap::new(),
            functions: HashMap::new(),
            sites: Vec::new(),
            is_cut: false,
            attributes: Vec::new(),
            budget: Cell::new(MAXIMUM_NODES),
            speaks_http: OnceCell::new(),
        };
        let ast::Mod::Module(root) = tree.0.syntax() else { return module };
        names::collect(&mut module, &root.body);
        let mut calls = Calls { found: Vec::new(), is_cut: false, attributes: Vec::new() };
        calls.visit_body(&root.body);
        module.is_cut = calls.is_cut;
        module.sites = calls.found.into_iter().flat_map(|call| handed::sites(&module, call)).collect();
        module.attributes =
            calls.attributes.into_iter().map(|(target, value)| (module.resolve(target, 0), value)).collect();
        module
    }

    /// The imports of this text.
    pub(super) fn imports(&self) -> Imports {
        self.aliases.iter().map(|(name, target)| ((*name).to_owned(), target.clone())).collect()
    }

    /// What names were imported as, here and in the cells before.
    pub(super) fn targets(&self) -> impl Iterator<Item = &str> {
        self.aliases.values().chain(self.inherited.values()).map(String::as_str)
    }

    /// True when an address without TLS stands in the text; what is passed to a call may then be it.
    pub(super) fn speaks_http(&self) -> bool {
        *self.speaks_http.get_or_init(|| memchr::memmem::find(self.text.as_bytes(), b"http://").is_some())
    }

    /// The calls, in the order of evaluation.
    pub fn sites(&self) -> &[Site<'t>] {
        &self.sites
    }

    /// Assignments to attributes: the dotted target and the value.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Expression<'t>)> {
        self.attributes.iter().map(|(target, value)| (target.as_str(), *value))
    }

    /// Where the first syntax error is.
    pub(super) fn first_error(&self) -> Option<usize> {
        self.tree.0.errors().first().map(|error| error.location.start().to_usize())
    }

    /// The value that `name` is given, when it is given one only.
    pub(super) fn binding(&self, name: &str) -> Option<&'t Expr> {
        match self.bindings.get(name) {
            Some(Binding::Once(value)) => Some(value),
            _ => None,
        }
    }

    /// The body of a function of this text.
    /// True for a function that the text itself defines.
    pub fn is_own(&self, name: &str) -> bool {
        self.function(name).is_some()
    }

    pub(super) fn function(&self, name: &str) -> Option<&'t [Stmt]> {
        self.functions.get(name).copied()
    }

    pub(super) fn site(&self, call: &'t ast::ExprCall) -> Site<'t> {
        let arguments = &call.arguments;
        let positional: Vec<&Expr> = arguments.args.iter().filter(|argument| !argument.is_starred_expr()).collect();
        let mut has_splat = positional.len() < arguments.args.len();
        let mut keyword = Vec::new();
        for argument in &arguments.keywords {
            match &argument.arg {
                Some(name) => keyword.push((name.as_str(), &argument.value)),
                None => has_splat |= !handed::spread(self, &argument.value, &mut keyword),
            }
        }
        let name = call.func.as_name_expr().map(|name| name.id.as_str());
        Site { function: self.resolve(&call.func, 0), has_splat, name, positional, keyword, span: span(call.range()) }
    }

    /// The dotted name of an expression, as [`super`] describes it.
    pub(super) fn resolve(&self, expression: &'t Expr, hops: u32) -> String {
        if hops > MAXIMUM_HOPS {
            return "?".to_owned();
        }
        match expression {
            Expr::Name(name) => self.resolve_name(name.id.as_str(), hops),
            Expr::Attribute(_) => {
                // A chain of attributes is as long as the program likes: no recursion over it.
                let mut parts = Vec::new();
                let mut at = expression;
                while let Expr::Attribute(attribute) = at {
                    parts.push(attribute.attr.as_str());
                    at = &attribute.value;
                }
                let mut name = self.resolve(at, hops + 1);
                for part in parts.iter().rev() {
                    name.push('.');
                    name.push_str(part);
                }
                name
            }
            Expr::Call(call) => {
                let function = self.resolve(&call.func, hops + 1);
                match (function.as_str(), &*call.arguments.args) {
                    // `__import__("os")` and `pytest.importorskip("torch")` name a module.
                    (function, [Expr::StringLiteral(module), ..]) if imports(function) => module.value.to_str().to_owned(),
                    (function, _) if imports(function) => "?".to_owned(),
                    ("getattr", [object, Expr::StringLiteral(name), ..]) => {
                        format!("{}.{}", self.resolve(object, hops + 1), name.value.to_str())
                    }
                    _ => format!("{function}()"),
                }
            }
            Expr::Await(inner) => self.resolve(&inner.value, hops + 1),
            Expr::Named(inner) => self.resolve(&inner.value, hops + 1),
            _ => "?".to_owned(),
        }
    }

    fn resolve_name(&self, name: &'t str, hops: u32) -> String {
        if let Some(alias) = self.aliases.get(name) {
            return alias.clone();
        }
        match self.bindings.get(name) {
            Some(Binding::Once(value @ (Expr::Call(_) | Expr::Attribute(_)))) => {
                let resolved = self.resolve(value, hops + 1);
                // A receiver of which nothing is known is best called by its own name.
                if resolved.starts_with('?') { name.to_owned() } else { resolved }
            }
            Some(Binding::Once(Expr::Name(other))) if other.id.as_str() != name && hops < MAXIMUM_HOPS => {
                let resolved = self.resolve(self.binding(name).unwrap_or(&INVALID), hops + 1);
                if resolved == "?" { name.to_owned() } else { resolved }
            }
            // `yaml = YAML()` in two functions is no module of that name, unless it was imported as well (`yaml = None` stands
            // where it is missing).
            Some(_) if MODULES.contains(&name) && !self.imported.contains(name) && !self.inherited.contains_key(name) => {
                "?".to_owned()
            }
            Some(_) => name.to_owned(),
            None if self.inherited.contains_key(name) => self.inherited.get(name).cloned().unwrap_or_default(),
            None => match self.stars.as_slice() {
                [module] if hops == 0 && !self.functions.contains_key(name) && !is_builtin(name) => format!("{module}.{name}"),
                _ => name.to_owned(),
            },
        }
    }
}

/// True for functions that give the module that they are told the name of.
pub(super) fn imports(function: &str) -> bool {
    let last = function.rsplit('.').next().unwrap_or(function);
    matches!(last, "__import__" | "import_module" | "importorskip" | "try_import" | "lazy_import" | "optional_import")
}

/// Modules whose names variables have as well.
const MODULES: &[&str] = &["yaml", "pickle", "torch", "joblib", "dill", "cloudpickle", "marshal", "shelve", "keras"];

/// Stands where there is no expression.
static INVALID: std::sync::LazyLock<Expr> = std::sync::LazyLock::new(|| {
    Expr::EllipsisLiteral(ast::ExprEllipsisLiteral { range: TextRange::default(), node_index: Default::default() })
});

fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "open" | "print" | "eval" | "exec" | "compile" | "len" | "range" | "str" | "int" | "dict" | "list" | "set" | "type"
            | "super" | "isinstance" | "getattr" | "setattr" | "zip" | "map" | "filter" | "sorted" | "sum" | "min" | "max"
            | "__import__" | "enumerate" | "float" | "bool" | "bytes" | "tuple" | "get_ipython" | "display"
    )
}

/// The bytes of a node.
pub(super) fn span(range: TextRange) -> Span {
    Span::new(range.start().to_usize(), range.end().to_usize())
}

/// Collects calls and assignments to attributes.
struct Calls<'t> {
    found: Vec<&'t ast::ExprCall>,
    is_cut: bool,
    attributes: Vec<(&'t Expr, &'t Expr)>,
}

impl<'t> Visitor<'t> for Calls<'t> {
    fn visit_stmt(&mut self, statement: &'t Stmt) {
        if let Stmt::Assign(assign) = statement {
            for target in assign.targets.iter().filter(|target| target.is_attribute_expr()) {
                self.attributes.push((target, &assign.value));
            }
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'t Expr) {
        if let Expr::Call(call) = expression {
            match self.found.len() < MAXIMUM_SITES {
                true => self.found.push(call),
                false => self.is_cut = true,
            }
        }
        visitor::walk_expr(self, expression);
    }
}

/// The string literals below some statements or an expression, at most `limit`.
pub(super) fn strings_in<'t>(
    expression: Option<&'t Expr>,
    body: &'t [Stmt],
    limit: usize,
) -> (Vec<&'t Expr>, HashSet<&'t str>) {
    struct Strings<'t> {
        found: Vec<&'t Expr>,
        names: HashSet<&'t str>,
        limit: usize,
    }
    impl<'t> Visitor<'t> for Strings<'t> {
        fn visit_expr(&mut self, expression: &'t Expr) {
            match expression {
                Expr::StringLiteral(_) if self.found.len() < self.limit => self.found.push(expression),
                Expr::Name(name) if self.names.len() < self.limit => {
                    self.names.insert(name.id.as_str());
                }
                _ => {}
            }
            visitor::walk_expr(self, expression);
        }
    }
    let mut strings = Strings { found: Vec::new(), names: HashSet::new(), limit };
    if let Some(expression) = expression {
        strings.visit_expr(expression);
    }
    strings.visit_body(body);
    (strings.found, strings.names)
}
