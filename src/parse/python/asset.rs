//! Calls of Azure ML's SDKs as assets: v2 (`azure.ai.ml`, <https://learn.microsoft.com/python/api/azure-ai-ml/>), v1
//! (`azureml`, <https://learn.microsoft.com/python/api/azureml-core/>) and the credentials of `azure.identity`; imports of v1,
//! which is retired; and calls that do without the check of certificates or the cipher of TLS.
//!
//! Not a parser of its own: `parse/python.rs` asks it about every call, in scripts and notebooks. Kinds are the resolved names
//! of functions, settings their arguments as far as the text says them. It judges nothing, and knows no default.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged;

use super::super::azure_command;
use super::super::install_command::Place;
use super::module::{Expression, Module, Site, span};
use super::value::{Value, ValueKind};
use crate::model::asset::{Asset, Dialect, Given, Setting};
use crate::model::{Document, Groups, Location, Span};

/// Modules of v1 that are told of one file.
const MAXIMUM_MODULES: usize = 100;

/// Values inside values that are kept.
const MAXIMUM_DEPTH: u32 = 12;

/// Functions for which a text is read that is read for nothing else. Those of v1 are not among them: whatever imports it is read.
pub(super) const FUNCTIONS: &[&str] = &[
    "azure.ai.ml.entities.Workspace",
    "azure.ai.ml.entities.AmlCompute",
    "azure.ai.ml.entities.ComputeInstance",
    "azure.ai.ml.entities.ManagedOnlineEndpoint",
    "azure.ai.ml.entities.KubernetesOnlineEndpoint",
    "azure.ai.ml.entities.AzureBlobDatastore",
    "azure.ai.ml.entities.AzureFileDatastore",
    "azure.ai.ml.entities.AzureDataLakeGen1Datastore",
    "azure.ai.ml.entities.AzureDataLakeGen2Datastore",
    "azure.ai.ml.entities.PatTokenConfiguration",
    "azure.ai.ml.entities.ApiKeyConfiguration",
    "azure.ai.ml.entities.UsernamePasswordConfiguration",
    "azure.ai.ml.entities.ManagedNetwork",
    "azure.ai.ml.entities.AmlComputeSshSettings",
    "azure.ai.ml.entities.ComputeInstanceSshSettings",
    "azure.identity.ClientSecretCredential",
];

/// Names for which a text is read whatever they belong to.
pub(super) const NAMES: &[&str] =
    &["enable_ssl", "auth_enabled", "min_nodes", "_create_unverified_context", "allowSelfSignedHttps"];

/// Modules whose calls are of interest.
const MODULES: &[&str] = &["azure.ai.ml.", "azureml.", "azure.identity."];

/// Methods that make or change resources; of other methods of the SDKs there are too many to keep.
const METHODS: &[&str] = &[
    "create",
    "begin_create",
    "begin_create_or_update",
    "create_or_update",
    "deploy_configuration",
    "provisioning_configuration",
    "attach_configuration",
    "update",
    "enable_ssl",
    "set_connection",
];

/// Classes of the SDKs that describe a resource or hold a credential of one: those that `patterns/azureml` has kinds for. Of
/// the others, for jobs and their data, most programs have many.
const CLASSES: &[&str] = &[
    "Workspace",
    "AmlCompute",
    "ComputeInstance",
    "ManagedOnlineEndpoint",
    "KubernetesOnlineEndpoint",
    "ManagedOnlineDeployment",
    "AzureBlobDatastore",
    "AzureFileDatastore",
    "AzureDataLakeGen1Datastore",
    "AzureDataLakeGen2Datastore",
    "ManagedNetwork",
    "AmlComputeSshSettings",
    "ComputeInstanceSshSettings",
    "PatTokenConfiguration",
    "ApiKeyConfiguration",
    "UsernamePasswordConfiguration",
    "ClientSecretCredential",
    "ServicePrincipalAuthentication",
];

/// The function in the code that the studio shows to users of an endpoint.
const ALLOWS_SELF_SIGNED: &str = "allowSelfSignedHttps";
const UNVERIFIED: &str = "ssl._create_unverified_context";

/// Reads what `site` describes.
pub(super) fn read<'t>(module: &Module<'t>, site: &Site<'t>, place: &Place<'_>, document: &mut Document<'_>) {
    if !document.wanted.overlaps(Groups::POSTURE) {
        return;
    }
    let function = site.function.as_str();
    let reader = Reader { module, place, document };
    let kind = match () {
        () if function == UNVERIFIED => "unverified_context",
        // Where the function stands here, what it does is reported.
        () if function == ALLOWS_SELF_SIGNED && module.function(ALLOWS_SELF_SIGNED).is_none() => match site.argument(Some(0), "allowed") {
            Some(Expr::BooleanLiteral(allowed)) if allowed.value => "allow_self_signed",
            _ => return,
        },
        () if is_unverified_request(site) => "requests.call",
        () if is_resource(module, site) || reader.asks_in_clear_text(site) => function,
        () => return,
    };
    let asset = reader.asset(kind, site);
    document.assets.push(asset);
}

/// Reads the assignment of a function that checks no certificates.
pub(super) fn read_assignment<'t>(
    module: &Module<'t>,
    target: &str,
    value: Expression<'t>,
    place: &Place<'_>,
    document: &mut Document<'_>,
) {
    if document.wanted.overlaps(Groups::POSTURE) && set_later(module, target, value, place, document) {
        return;
    }
    let at = span(value.range());
    if !document.wanted.overlaps(Groups::POSTURE)
        || target != "ssl._create_default_https_context"
        || module.resolve(value, 0) != UNVERIFIED
    {
        return;
    }
    let location = place.location(document.source, at);
    document.assets.push(asset("unverified_context", String::new(), Vec::new(), location));
}

/// `endpoint.public_network_access = "disabled"`: a setting of the resource that a call above has made.
fn set_later<'t>(module: &Module<'t>, target: &str, value: Expression<'t>, place: &Place<'_>, document: &mut Document<'_>) -> bool {
    let Some((of, name)) = target.rsplit_once("().") else { return false };
    let reader = Reader { module, place, document };
    let setting = reader.setting(name, value, 0);
    let is_made = |asset: &Asset| {
        asset.dialect == Dialect::Python && asset.kind == of && asset.location.span.start < setting.location.span.start
    };
    let Some(at) = document.assets.iter().rposition(is_made) else { return false };
    if let Some(asset) = document.assets.get_mut(at) {
        asset.settings.push(setting);
    }
    true
}

/// Notes at its first import that a file uses v1 of the SDK, and which of its modules: the list `modules`.
pub(super) fn read_imports(module: &Module<'_>, place: &Place<'_>, document: &mut Document<'_>) {
    if !document.wanted.overlaps(Groups::POSTURE) {
        return;
    }
    for (name, at) in &module.azureml {
        let location = place.location(document.source, at.first_line(module.text.as_bytes()));
        let known = document.assets.iter_mut().find(|asset| asset.kind == "import" && asset.dialect == Dialect::Python);
        let element = Setting { name: String::new(), value: Given::Text(name.clone()), location: location.clone() };
        match known.and_then(|asset| asset.settings.first_mut()).map(|setting| &mut setting.value) {
            Some(Given::List(modules)) if modules.len() >= MAXIMUM_MODULES || modules.iter().any(|module| module.value == element.value) => {}
            Some(Given::List(modules)) => modules.push(element),
            _ => {
                let modules = Setting { name: "modules".to_owned(), value: Given::List(vec![element]), location: location.clone() };
                document.assets.push(asset("import", "azureml".to_owned(), vec![modules], location));
            }
        }
    }
}

/// True for calls of the SDKs that make or change something: constructors, and methods of the list.
fn is_resource(module: &Module<'_>, site: &Site<'_>) -> bool {
    let function = site.function.as_str();
    let last = function.rsplit('.').next().unwrap_or(function);
    let is_method = METHODS.contains(&last) || last.starts_with("register_azure_");
    if is_sdk(function) {
        return is_method || CLASSES.contains(&last) && !function.contains("()");
    }
    let imports = |package: &str| module.targets().any(|target| target.starts_with(package));
    match last {
        // Of a variable of which nothing is known: arguments of other things are rarely all named.
        "update" => site.positional.is_empty() && !site.keyword.is_empty() && imports("azureml."),
        "enable_ssl" => imports("azureml."),
        "begin_create_or_update" | "begin_create" => function.contains('.') && imports("azure.ai.ml"),
        _ => false,
    }
}

fn is_sdk(function: &str) -> bool {
    MODULES.iter().any(|module| function.starts_with(module))
}

/// `requests.post(…, verify=False)`, also of a session.
fn is_unverified_request(site: &Site<'_>) -> bool {
    let is_off = |value: Expression<'_>| matches!(value, Expr::BooleanLiteral(verify) if !verify.value);
    site.function.starts_with("requests.")
        && site.keyword.iter().any(|(name, value)| *name == "verify" && is_off(value))
}

struct Reader<'r, 't, 's, 'd> {
    module: &'r Module<'t>,
    place: &'r Place<'s>,
    document: &'r Document<'d>,
}

impl<'t> Reader<'_, 't, '_, '_> {
    /// True when the address of an endpoint that gives scores, without TLS, is passed.
    fn asks_in_clear_text(&self, site: &Site<'t>) -> bool {
        if !self.module.speaks_http() {
            return false;
        }
        let expressions = site.positional.iter().take(2).chain(site.keyword.iter().map(|(_, value)| value));
        let mut expressions = expressions.filter(|expression| {
            matches!(expression, Expr::StringLiteral(_) | Expr::Name(_) | Expr::FString(_) | Expr::BinOp(_))
        });
        expressions.any(|expression| match self.module.value(expression).kind {
            ValueKind::Text(text) => text.value.starts_with("http://") && azure_command::is_scoring(&text.value),
            _ => false,
        })
    }

    fn asset(&self, kind: &str, site: &Site<'t>) -> Asset {
        let name = site.keyword.iter().find(|(name, _)| *name == "name").map(|(_, value)| self.given(value, 0));
        let name = match name {
            Some(Given::Text(name)) => name,
            _ => String::new(),
        };
        let location = self.first_line(site.span);
        asset(kind, name, self.settings(site, 0), location)
    }

    fn settings(&self, site: &Site<'t>, depth: u32) -> Vec<Setting> {
        let positional = site.positional.iter().enumerate();
        let mut settings: Vec<_> =
            positional.map(|(at, expression)| self.setting(&at.to_string(), expression, depth)).collect();
        settings.extend(site.keyword.iter().map(|(name, expression)| self.setting(name, expression, depth)));
        if site.has_splat {
            let location = self.first_line(site.span);
            settings.push(Setting { name: "**".to_owned(), value: Given::unknown(), location });
        }
        settings
    }

    fn setting(&self, name: &str, expression: Expression<'t>, depth: u32) -> Setting {
        let value = self.given(expression, depth);
        let mut at = span(expression.range());
        match &value {
            // An address is best shown where it is written.
            Given::Text(text) if azure_command::is_scoring(text) => at = self.module.written_value(expression).span,
            _ => {
                let start = at.start.saturating_sub(name.len() + 1);
                let written = self.module.text.get(start..at.start).and_then(|text| text.strip_suffix('='));
                if written == Some(name) {
                    at = Span::new(start, at.end);
                }
            }
        }
        Setting { name: name.to_owned(), value, location: self.first_line(at) }
    }

    /// A value: what [`Module::value`] knows, and calls of the SDKs inside it.
    fn given(&self, expression: Expression<'t>, depth: u32) -> Given {
        if depth > MAXIMUM_DEPTH || !self.module.spend(1) {
            return Given::unknown();
        }
        let list = |elements: &'t [Expr]| {
            Given::List(elements.iter().map(|element| self.setting("", element, depth + 1)).collect())
        };
        match expression {
            Expr::Name(name) => match self.module.binding(name.id.as_str()).map(|value| self.given(value, depth + 1)) {
                Some(value) if value != Given::unknown() => value,
                _ => self.plain(self.module.value(expression)),
            },
            Expr::Call(call) => {
                let site = self.module.site(call);
                match is_sdk(&site.function) {
                    true => {
                        let settings = self.settings(&site, depth + 1);
                        Given::Call(site.function, vec![Given::Group(settings)])
                    }
                    false => self.plain(self.module.value(expression)),
                }
            }
            Expr::List(elements) => list(&elements.elts),
            Expr::Tuple(elements) => list(&elements.elts),
            Expr::Set(elements) => list(&elements.elts),
            Expr::Starred(_) => Given::unknown(),
            Expr::Dict(dictionary) => {
                let item = |item: &'t ast::DictItem| match &item.key {
                    Some(key) => match self.module.value(key).kind {
                        ValueKind::Text(key) if key.is_whole => {
                            Some(self.setting(&key.value, &item.value, depth + 1))
                        }
                        _ => None,
                    },
                    None => {
                        let location = self.first_line(span(item.value.range()));
                        Some(Setting { name: "**".to_owned(), value: Given::unknown(), location })
                    }
                };
                Given::Group(dictionary.items.iter().filter_map(item).collect())
            }
            Expr::NumberLiteral(number) if !number.value.is_complex() => {
                let written = span(expression.range());
                Given::Number(self.module.text.get(written.start..written.end).unwrap_or_default().to_owned())
            }
            Expr::UnaryOp(operation) if operation.op == ast::UnaryOp::USub => {
                match self.given(&operation.operand, depth + 1) {
                    Given::Number(number) => Given::Number(format!("-{number}")),
                    _ => Given::unknown(),
                }
            }
            _ => self.plain(self.module.value(expression)),
        }
    }

    fn plain(&self, value: Value) -> Given {
        let setting = |name: String, value: Value| {
            let location = self.first_line(value.span);
            Setting { name, value: self.plain(value), location }
        };
        match value.kind {
            ValueKind::Text(text) if text.is_whole => Given::Text(text.value),
            ValueKind::Text(_) | ValueKind::Other => Given::unknown(),
            ValueKind::Boolean(value) => Given::Boolean(value),
            ValueKind::Integer(number) => Given::Number(number.to_string()),
            ValueKind::None => Given::Null,
            ValueKind::List(values) => {
                Given::List(values.into_iter().map(|value| setting(String::new(), value)).collect())
            }
            ValueKind::Mapping(items) => {
                Given::Group(items.into_iter().map(|(key, value)| setting(key.value, value)).collect())
            }
            ValueKind::Name(name) => Given::Name(name),
        }
    }

    fn first_line(&self, at: Span) -> Location {
        self.place.location(self.document.source, at.first_line(self.module.text.as_bytes()))
    }
}

fn asset(kind: &str, name: String, settings: Vec<Setting>, location: Location) -> Asset {
    Asset { dialect: Dialect::Python, kind: kind.to_owned(), name, settings, location }
}

#[cfg(test)]
mod tests;
