//! JSON templates of Azure Resource Manager
//! (<https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax>): resources, parameters, variables and
//! outputs as assets with what is set in them.
//!
//! Resources inside of resources and of templates that are written inline are assets of their own. Where such a template
//! has parameters of its own, they and what names them are called `deployment1.parameters.x` and so on. Nothing is
//! evaluated, no linked template is followed and no file of parameters is read. Other JSON that holds a template (policies, specifications) is not read.

use std::collections::BTreeMap;

use super::Parser;
use super::expression::{self, MAXIMUM_DEPTH, MAXIMUM_SETTINGS};
use super::json::{self, Member, Node, Reader, Value};
use crate::model::{
    ArtifactPath, Asset, Dialect, Document, Given, Groups, Location, NotificationKind, Setting, Source, Span,
};

/// ARM templates.
pub struct Arm;

/// Assets of one file that are kept.
const MAXIMUM_ASSETS: usize = 20_000;

/// How the names of the schemas end: for subscriptions, management groups and tenants something stands before.
const SCHEMA: &str = "eploymentTemplate.json";

impl Parser for Arm {
    fn name(&self) -> &'static str {
        "arm"
    }

    fn reads(&self) -> &'static str {
        "ARM templates, `*.json` by their schema: resources and what is set in them"
    }

    fn serves(&self) -> Groups {
        Groups::POSTURE
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        matches!(path.extension().as_str(), "json" | "jsonc")
            && memchr::memmem::find(head, SCHEMA.as_bytes()).is_some()
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let text = source.text();
        let Some(root) = json::read(&mut Reader::new(text, source.text_start()).with_comments(), document) else { return };
        let schema = root.get(text, "$schema").and_then(|schema| schema.text(text)).unwrap_or_default();
        if !schema.contains(SCHEMA) {
            return;
        }
        let mut file =
            File { source, text, scope: String::new(), scopes: 0, settings: 0, excess: None, assets: Vec::new() };
        file.declarations(&root, None);
        file.resources(&root, None, 0);
        let excess = file.excess;
        document.assets.append(&mut file.assets);
        if let Some(at) = excess {
            let message = "nested too deeply, or more resources than are read; some are missed";
            document.notify_at(at, NotificationKind::BudgetExceeded, message);
        }
    }
}

/// Bytes of a type or a name, as they are written; what is longer is none.
const MAXIMUM_NAME: usize = 1024;

struct File<'t> {
    source: &'t Source<'t>,
    text: &'t [u8],
    /// What stands before the names of parameters and variables.
    scope: String,
    scopes: usize,
    settings: usize,
    /// Where something was passed over because of its depth or number, the first such place.
    excess: Option<usize>,
    assets: Vec<Asset>,
}

/// The resource that another stands in.
struct Parent {
    kind: String,
    name: Option<Given>,
}

/// The members of an object that is a member of this one.
fn members<'n>(node: &'n Node, text: &[u8], key: &str) -> &'n [Member] {
    node.get(text, key).map(Node::members).unwrap_or_default()
}

impl File<'_> {
    /// Parameters, variables and outputs; `given` is what a deployment gives for the parameters.
    fn declarations(&mut self, template: &Node, given: Option<&[Setting]>) {
        // Of several, the last counts.
        let given: BTreeMap<&str, &Setting> =
            given.unwrap_or_default().iter().map(|setting| (setting.name.as_str(), setting)).collect();
        for member in members(template, self.text, "parameters") {
            let mut settings = self.members(&member.node, 0);
            for setting in settings.iter_mut().filter(|setting| setting.name == "defaultValue") {
                setting.name = "default".to_owned();
            }
            let name = self.decode(member);
            settings.extend(given.get(name.as_str()).and_then(|setting| value(setting)));
            self.declare("parameter", "parameters", member, settings);
        }
        for member in members(template, self.text, "variables") {
            let setting = self.setting(member, 0);
            self.declare("variable", "variables", member, vec![Setting { name: "value".to_owned(), ..setting }]);
        }
        for member in members(template, self.text, "outputs") {
            let settings = self.members(&member.node, 0);
            self.declare("output", "outputs", member, settings);
        }
    }

    fn declare(&mut self, kind: &str, list: &str, member: &Member, settings: Vec<Setting>) {
        let name = format!("{}{list}.{}", self.scope, self.decode(member));
        let location = self.place(member);
        self.push(kind.to_owned(), name, settings, location);
    }

    /// The resources of a template or of a resource: a list, or an object whose keys are symbols.
    fn resources(&mut self, node: &Node, parent: Option<&Parent>, depth: usize) {
        let Some(resources) = node.get(self.text, "resources") else { return };
        if depth >= MAXIMUM_DEPTH {
            self.excess.get_or_insert(resources.span.start);
            return;
        }
        for resource in resources.elements() {
            self.resource(resource, parent, depth);
        }
        for member in resources.members() {
            self.resource(&member.node, parent, depth);
        }
    }

    fn resource(&mut self, node: &Node, parent: Option<&Parent>, depth: usize) {
        if self.assets.len() >= MAXIMUM_ASSETS {
            self.excess.get_or_insert(node.span.start);
            return;
        }
        let said = |key: &str| {
            let short = node.get(self.text, key).filter(|value| value.span.len() <= MAXIMUM_NAME);
            short.and_then(|value| value.text(self.text)).unwrap_or_default()
        };
        let (own, name) = (said("type"), said("name"));
        let kind = match parent {
            // With a namespace in front it is the whole type.
            Some(parent) if !own.split('/').next().is_some_and(|first| first.contains('.')) => {
                format!("{}/{own}", parent.kind)
            }
            _ => own,
        };
        let header = node.members().iter().rev().find(|member| member.key.is(self.text, "type"));
        let location = match header {
            Some(member) => self.place(member),
            None => self.source.first_line(node.span),
        };
        let mut settings = Vec::new();
        if let Some(name) = parent.and_then(|parent| parent.name.clone()) {
            settings.push(Setting { name: "parent".to_owned(), value: name, location: location.clone() });
        }
        let template = node.get(self.text, "properties").and_then(|properties| properties.get(self.text, "template"));
        let inline = template.filter(|_| kind.eq_ignore_ascii_case("Microsoft.Resources/deployments"));
        for member in node.members().iter().filter(|member| !member.key.is(self.text, "resources")) {
            let setting = if inline.is_some() && member.key.is(self.text, "properties") {
                // The resources of the template are assets of their own.
                let value = Given::Group(self.members_but(&member.node, Some("template"), 0));
                Setting { name: "properties".to_owned(), value, location: self.place(member) }
            } else {
                self.setting(member, 0)
            };
            settings.push(setting);
        }
        let is_short = node.get(self.text, "name").is_some_and(|name| name.span.len() <= MAXIMUM_NAME);
        let of = Parent { kind: kind.clone(), name: find(&settings, "name").filter(|_| is_short).cloned() };
        let given = find(&settings, "properties").and_then(|properties| group(properties, "parameters")).map(<[_]>::to_vec);
        let inner = find(&settings, "properties")
            .and_then(|properties| group(properties, "expressionEvaluationOptions"))
            .and_then(|options| find(options, "scope"))
            .is_some_and(|scope| matches!(scope, Given::Text(scope) if scope.eq_ignore_ascii_case("inner")));
        self.push(kind, name, settings, location);
        self.resources(node, Some(&of), depth + 1);
        let Some(template) = inline else { return };
        if inner {
            self.scopes += 1;
            let scope = format!("deployment{}.", self.scopes);
            let outer = std::mem::replace(&mut self.scope, scope);
            self.declarations(template, given.as_deref());
            self.resources(template, None, depth + 1);
            self.scope = outer;
        } else {
            self.resources(template, None, depth + 1);
        }
    }

    fn push(&mut self, kind: String, name: String, settings: Vec<Setting>, location: Location) {
        if self.assets.len() < MAXIMUM_ASSETS {
            self.assets.push(Asset { dialect: Dialect::Arm, kind, name, settings, location });
        } else {
            self.excess.get_or_insert(location.span.start);
        }
    }

    fn decode(&self, member: &Member) -> String {
        String::from_utf8_lossy(&json::decode(self.text, member.key).0).into_owned()
    }

    /// The first line of a member.
    fn place(&self, member: &Member) -> Location {
        self.source.first_line(Span::new(member.key.quoted().start, member.node.span.end))
    }

    fn setting(&mut self, member: &Member, depth: usize) -> Setting {
        Setting { name: self.decode(member), value: self.given(&member.node, depth), location: self.place(member) }
    }

    fn members(&mut self, node: &Node, depth: usize) -> Vec<Setting> {
        self.members_but(node, None, depth)
    }

    fn members_but(&mut self, node: &Node, left_out: Option<&str>, depth: usize) -> Vec<Setting> {
        let mut settings = Vec::new();
        let is_left_out = |member: &&Member| left_out.is_some_and(|name| member.key.is(self.text, name));
        let members: Vec<&Member> = node.members().iter().filter(|member| !is_left_out(member)).collect();
        for member in members {
            if !self.counted(member.node.span) {
                break;
            }
            let setting = self.setting(member, depth);
            settings.push(setting);
        }
        settings
    }

    /// True while there are not too many settings.
    fn counted(&mut self, span: Span) -> bool {
        self.settings += 1;
        if self.settings > MAXIMUM_SETTINGS {
            self.excess.get_or_insert(span.start);
        }
        self.settings <= MAXIMUM_SETTINGS
    }

    fn given(&mut self, node: &Node, depth: usize) -> Given {
        if depth >= MAXIMUM_DEPTH {
            self.excess.get_or_insert(node.span.start);
            return Given::unknown();
        }
        match &node.value {
            Value::Object(_) => Given::Group(self.members(node, depth + 1)),
            Value::Array(elements) => {
                let mut settings = Vec::new();
                for element in elements {
                    if !self.counted(element.span) {
                        break;
                    }
                    let value = self.given(element, depth + 1);
                    settings.push(Setting { name: String::new(), value, location: self.source.first_line(element.span) });
                }
                Given::List(settings)
            }
            Value::String(_) => {
                let value = expression::arm(node.text(self.text).unwrap_or_default(), self.source);
                if self.scope.is_empty() { value } else { scoped(value, &self.scope) }
            }
            Value::Scalar => match node.span.slice(self.text) {
                b"true" => Given::Boolean(true),
                b"false" => Given::Boolean(false),
                b"null" => Given::Null,
                number => Given::Number(String::from_utf8_lossy(number).into_owned()),
            },
        }
    }
}

/// The value with the names of parameters and variables in this scope.
fn scoped(value: Given, scope: &str) -> Given {
    match value {
        Given::Name(name) if name.starts_with("parameters.") || name.starts_with("variables.") => {
            Given::Name(format!("{scope}{name}"))
        }
        Given::Call(name, values) => Given::Call(name, values.into_iter().map(|value| scoped(value, scope)).collect()),
        value => value,
    }
}

/// What the last setting of this name is.
fn find<'s>(settings: &'s [Setting], name: &str) -> Option<&'s Given> {
    settings.iter().rev().find(|setting| setting.name == name).map(|setting| &setting.value)
}

/// The settings of a group inside of a group.
fn group<'s>(value: &'s Given, name: &str) -> Option<&'s [Setting]> {
    let Given::Group(settings) = value else { return None };
    match find(settings, name)? {
        Given::Group(settings) => Some(settings),
        _ => None,
    }
}

/// The `value` of what a deployment gives for a parameter.
fn value(setting: &Setting) -> Option<Setting> {
    let Given::Group(settings) = &setting.value else { return None };
    settings.iter().rev().find(|setting| setting.name == "value").cloned()
}

#[cfg(test)]
mod tests;
