//! What the names of a text stand for: imports, assignments, functions. One pass over the statements, before the calls
//! are looked at. Scopes are not told apart: a name that means two things means none.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::Ranged as _;

use super::module::{self, Binding, Module};

/// Collects imports, assignments and functions; looks at no expression.
pub(super) fn collect<'t>(module: &mut Module<'t>, body: &'t [Stmt]) {
    Names { module }.visit_body(body);
}

struct Names<'m, 't> {
    module: &'m mut Module<'t>,
}

impl<'t> Names<'_, 't> {
    fn bind(&mut self, target: &'t Expr, value: Option<&'t Expr>) {
        match target {
            Expr::Name(name) => {
                let name = name.id.as_str();
                // A name that was imported and is assigned again is no longer the import.
                self.module.aliases.remove(name);
                if value.is_some_and(is_import) {
                    self.module.imported.insert(name);
                }
                let binding = match (self.module.bindings.contains_key(name), value) {
                    (false, Some(value)) => Binding::Once(value),
                    _ => Binding::Many,
                };
                self.module.bindings.insert(name, binding);
            }
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|element| self.bind(element, None)),
            Expr::List(list) => list.elts.iter().for_each(|element| self.bind(element, None)),
            Expr::Starred(starred) => self.bind(&starred.value, None),
            _ => {}
        }
    }

    /// Keeps where v1 of Azure ML's SDK is imported.
    fn note_azureml(&mut self, module: &str, statement: &Stmt) {
        if module.split('.').next() == Some("azureml") {
            self.module.azureml.push((module.to_owned(), module::span(statement.range())));
        }
    }

    fn define(&mut self, name: &'t str) {
        self.module.aliases.remove(name);
        self.module.bindings.insert(name, Binding::Many);
    }

    /// The loader that a class is for whoever uses it: YAML's loaders only add to what they can, and an unpickler is
    /// another only with a `find_class` of its own.
    fn as_its_base(&self, class: &'t ast::StmtClassDef) -> Option<String> {
        let base = class.arguments.as_ref()?.args.first()?;
        let name = self.module.resolve(base, 0);
        let is_yaml = name.starts_with("yaml.") && name.ends_with("Loader");
        let filters = || class.body.iter().any(|statement| match statement {
            Stmt::FunctionDef(method) => method.name.as_str() == "find_class" && !falls_through(&method.body),
            _ => false,
        });
        (is_yaml || ((name.ends_with(".Unpickler") || name.ends_with("._Unpickler")) && !filters())).then_some(name)
    }

    fn parameters(&mut self, parameters: &'t ast::Parameters) {
        for parameter in parameters.iter() {
            self.module.bindings.insert(parameter.name().as_str(), Binding::Many);
        }
    }
}

/// True for the call of a function that gives a module.
fn is_import(value: &Expr) -> bool {
    value.as_call_expr().is_some_and(|call| match &*call.func {
        Expr::Name(name) => module::imports(name.id.as_str()),
        Expr::Attribute(attribute) => module::imports(attribute.attr.as_str()),
        _ => false,
    })
}

/// True for a `find_class` that leaves to its base whatever it does not know: it renames or refuses some, and allows all else.
fn falls_through(body: &[Stmt]) -> bool {
    match body.last() {
        Some(Stmt::Return(node)) => match node.value.as_deref() {
            Some(Expr::Call(call)) => matches!(&*call.func, Expr::Attribute(base) if base.attr.as_str() == "find_class"),
            _ => false,
        },
        Some(Stmt::If(node)) => {
            let last = node.elif_else_clauses.last().filter(|clause| clause.test.is_none());
            last.is_some_and(|clause| falls_through(&clause.body))
        }
        _ => false,
    }
}

impl<'t> Visitor<'t> for Names<'_, 't> {
    fn visit_stmt(&mut self, statement: &'t Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = alias.name.as_str();
                    let (name, target) = match &alias.asname {
                        Some(name) => (name.as_str(), module),
                        // `import a.b` binds a.
                        None => {
                            let first = module.split('.').next().unwrap_or(module);
                            (first, first)
                        }
                    };
                    self.module.aliases.insert(name, target.to_owned());
                    self.module.imported.insert(name);
                    self.note_azureml(module, statement);
                }
            }
            Stmt::ImportFrom(import) => {
                let dots = ".".repeat(import.level.min(8) as usize);
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                if import.level == 0 && module == "azureml" {
                    import.names.iter().for_each(|alias| self.note_azureml(&format!("azureml.{}", alias.name), statement));
                } else if import.level == 0 {
                    self.note_azureml(module, statement);
                }
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        self.module.stars.push(format!("{dots}{module}"));
                        continue;
                    }
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    let separator = if module.is_empty() { "" } else { "." };
                    let target = format!("{dots}{module}{separator}{}", alias.name.as_str());
                    self.module.aliases.insert(name, target);
                    self.module.imported.insert(name);
                }
            }
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.bind(target, Some(&assign.value))),
            Stmt::AnnAssign(assign) => self.bind(&assign.target, assign.value.as_deref()),
            Stmt::AugAssign(assign) => self.bind(&assign.target, None),
            Stmt::For(node) => {
                self.bind(&node.target, None);
                visitor::walk_stmt(self, statement);
            }
            Stmt::With(node) => {
                for item in &node.items {
                    if let Some(target) = &item.optional_vars {
                        self.bind(target, Some(&item.context_expr));
                    }
                }
                visitor::walk_stmt(self, statement);
            }
            Stmt::FunctionDef(node) => {
                self.define(node.name.as_str());
                self.module.functions.insert(node.name.as_str(), &node.body);
                self.parameters(&node.parameters);
                self.visit_body(&node.body);
            }
            Stmt::ClassDef(node) => {
                self.define(node.name.as_str());
                self.visit_body(&node.body);
                if let Some(base) = self.as_its_base(node) {
                    self.module.aliases.insert(node.name.as_str(), base);
                }
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, _: &'t Expr) {}
}

