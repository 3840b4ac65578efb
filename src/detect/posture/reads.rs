//! Values that need more than a comparison: roles, scopes, ports.

use std::borrow::Cow;
use std::rc::Rc;

use super::scope::Scope;
use super::value::{Found, HOLE, Value, element};
use crate::model::{Given, asset::setting};

/// A role by its name or its number, out of an identifier, a function that makes one, or the resource that looks it up.
pub(super) fn role<'r>(value: &Value<'r>, scope: &Rc<Scope<'r>>) -> Value<'r> {
    match value {
        Value::Text(text) => Value::Text(last_part(text).to_owned().into()),
        Value::Template(text) if !last_part(text).contains(HOLE) => Value::Text(last_part(text).to_owned().into()),
        Value::Resource(name) => of_resource(name, scope).unwrap_or(Value::Unknown),
        Value::Each(each) => {
            Value::Each(each.iter().map(|found| Found { value: role(&found.value, scope), ..found.clone() }).collect())
        }
        Value::Either(branches) => Value::Either(
            branches.iter().map(|found| Found { value: role(&found.value, scope), ..found.clone() }).collect(),
        ),
        other => other.clone(),
    }
}

fn of_resource<'r>(name: &str, scope: &Rc<Scope<'r>>) -> Option<Value<'r>> {
    let (of, _) = name.rsplit_once('.')?;
    let asset = scope.names.resources.get(of)?;
    let is_role = ["role_definition", "roledefinitions"].iter().any(|kind| asset.kind.to_ascii_lowercase().contains(kind));
    let known = setting(&asset.settings, "name").or_else(|| setting(&asset.settings, "role_definition_id"))?;
    match (&known.value, is_role) {
        (Given::Text(text), true) => Some(Value::Text(text.into())),
        _ => None,
    }
}

fn last_part(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// The functions, names and texts of an expression, in lower case, parted by blanks.
pub(super) fn functions(given: &Given) -> String {
    let (mut names, mut rest) = (Vec::new(), vec![given]);
    while let Some(given) = rest.pop() {
        match given {
            Given::Call(name, arguments) => {
                names.push(name.to_ascii_lowercase());
                rest.extend(arguments);
            }
            Given::Name(name) | Given::Text(name) => names.push(name.to_ascii_lowercase()),
            Given::List(settings) | Given::Group(settings) => rest.extend(settings.iter().map(|setting| &setting.value)),
            _ => {}
        }
    }
    names.join(" ")
}

/// How much a scope covers.
pub(super) fn scope<'r>(value: &Value<'r>) -> Value<'r> {
    if let Value::List(elements, names) = value {
        let each = elements.iter().take(100).map(|each| element(each, names));
        return Value::Each(each.map(|found| Found { value: scope(&found.value), ..found }).collect());
    }
    let text: Cow<'_, str> = match value {
        Value::Text(text) => text.clone(),
        Value::Resource(name) => (*name).into(),
        Value::Template(text) => text.clone().into(),
        _ => return Value::Unknown,
    };
    covers(&text).map_or(Value::Unknown, |covers| Value::Text(covers.into()))
}

/// What an identifier, or the name of a resource that has one, covers.
pub(super) fn covers(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("azurerm_resource_group.") || lower.starts_with("data.azurerm_resource_group.") {
        return Some("resource group");
    }
    if lower.starts_with("data.azurerm_subscription.") || lower.starts_with("azurerm_subscription.") {
        return Some("subscription");
    }
    if lower.starts_with("azurerm_management_group.") || lower.starts_with("data.azurerm_management_group.") {
        return Some("management group");
    }
    if lower.starts_with("azurerm_") || lower.starts_with("azapi_resource") {
        return Some("resource");
    }
    let parts: Vec<&str> = lower.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => None,
        ["providers", "microsoft.management", "managementgroups", ..] => Some("management group"),
        ["subscriptions", _] => Some("subscription"),
        ["subscriptions", _, "resourcegroups", _] => Some("resource group"),
        ["subscriptions", _, "resourcegroups", _, _, ..] => Some("resource"),
        _ => None,
    }
}

/// True when ports (`22`, `20-25`, `80,443`, `*`) have one of these among them.
pub(super) fn opens(ports: &str, wanted: &[u16]) -> bool {
    ports.split(',').map(str::trim).any(|part| {
        if part == "*" {
            return true;
        }
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
            (Ok(first), Ok(last)) => wanted.iter().any(|port| (first..=last).contains(port)),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_cover() {
        for (text, expected) in [
            ("/subscriptions/0000", Some("subscription")),
            ("/subscriptions/0000/resourceGroups/rg", Some("resource group")),
            ("/subscriptions/0/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a", Some("resource")),
            ("azurerm_resource_group.main.id", Some("resource group")),
            ("azurerm_storage_account.main.id", Some("resource")),
            ("data.azurerm_subscription.current.id", Some("subscription")),
            ("module.storage.id", None),
        ] {
            assert_eq!(covers(text), expected, "{text}");
        }
    }

    #[test]
    fn ports_open() {
        assert!(opens("*", &[22]) && opens("20-25", &[22]) && opens("80, 443", &[80]) && opens("3389", &[3389]));
        assert!(!opens("443", &[80]) && !opens("1024-65535", &[22]) && !opens("22.5", &[22]));
    }
}
