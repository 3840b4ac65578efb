//! A cloud resource, or a part of one, as some text describes it: Terraform, Bicep, a template of Azure Resource Manager,
//! YAML of Azure ML, a call of its SDK, an `az` command.
//!
//! Parsers say what is written and judge nothing: names are those of the dialect, expressions stay expressions. What a
//! setting means, what it is when it is not written, and whether that is safe is `detect/posture`'s.

use super::location::Location;
use super::source::Source;
use super::span::Span;

/// The language in which a resource is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// Terraform and OpenTofu (HCL).
    Terraform,
    /// Bicep.
    Bicep,
    /// JSON templates of Azure Resource Manager.
    Arm,
    /// YAML of Azure ML: the CLI v2, and deployment configurations of v1.
    Yaml,
    /// Calls of Azure ML's SDKs.
    Python,
    /// Command lines of `az`.
    Command,
}

/// A resource, or anything else that resources refer to: a variable, a parameter, a module.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// The language.
    pub dialect: Dialect,
    /// What it is, in the words of the dialect: `azurerm_storage_account`, `variable`, `module`;
    /// `Microsoft.Storage/storageAccounts`, `parameter`; `managedOnlineEndpoint`; `azure.ai.ml.entities.Workspace`;
    /// `az acr create`.
    pub kind: String,
    /// What other parts of the text call it: a label of Terraform, a symbol of Bicep, the name of a resource.
    pub name: String,
    /// What is set, in the order of the text. A block that repeats is a setting that repeats.
    pub settings: Vec<Setting>,
    /// Its beginning: the header, the first line, the call, the command.
    pub location: Location,
}

/// One setting and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its name in the dialect; empty for an element of a list.
    pub name: String,
    /// What it is set to.
    pub value: Given,
    /// Where it stands: the name and the value, or the beginning of the value where that is long.
    pub location: Location,
}

/// A value as far as the text says it.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Text that is written out.
    Text(String),
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as it is written.
    Number(String),
    /// Nothing, explicitly: `null`, `json('null')`.
    Null,
    /// A list.
    List(Vec<Setting>),
    /// A block or an object.
    Group(Vec<Setting>),
    /// A name: `var.location`, `azurerm_subnet.training.id`, the symbol of a parameter.
    Name(String),
    /// A function or an operator and what it is given. Operators are called by their sign: `?:` with condition and
    /// both branches, `==`, `!=`, `!`, `&&`, `||`; `+` joins the parts of a text; an empty name is an expression that is
    /// not understood, with the names that stand in it.
    Call(String, Vec<Self>),
}

impl Asset {
    /// Where its settings hold a credential, going by their names: it is shown in no excerpt, whatever it looks like.
    pub fn credentials(&self, source: &Source<'_>) -> Vec<Span> {
        let mut found = Vec::new();
        // What a credential is made of.
        let is_all = ["Credential", "Authentication"].iter().any(|end| self.kind.ends_with(end));
        self.settings.iter().for_each(|setting| setting.credentials(source, is_all, &mut found));
        found
    }

    /// Gives every place of it to `change`.
    pub fn each_location(&mut self, change: &mut dyn FnMut(&mut Location)) {
        change(&mut self.location);
        self.settings.iter_mut().for_each(|setting| setting.each_location(change));
    }
}

impl Setting {
    fn credentials(&self, source: &Source<'_>, is_one: bool, found: &mut Vec<Span>) {
        let is_one = is_one || names_credential(&self.name);
        match &self.value {
            Given::Text(text) if is_one && !text.is_empty() => found.push(self.value_span(source, text)),
            // `?code=…` of an address.
            Given::Text(text) => {
                if let Some((_, query)) =
                    text.split_once('?').filter(|(address, query)| address.contains("://") && !query.is_empty())
                {
                    found.push(self.value_span(source, query));
                }
            }
            Given::List(settings) | Given::Group(settings) => {
                // Only what is directly in it is named by it.
                let is_list = matches!(self.value, Given::List(_));
                settings.iter().for_each(|setting| setting.credentials(source, is_one && is_list, found));
            }
            Given::Call(_, arguments) => {
                for argument in arguments {
                    if let Given::List(settings) | Given::Group(settings) = argument {
                        settings.iter().for_each(|setting| setting.credentials(source, false, found));
                    }
                }
            }
            _ => {}
        }
    }

    /// Where a text of the value stands: where it is written so, else all behind the name.
    fn value_span(&self, source: &Source<'_>, text: &str) -> Span {
        let at = self.location.span;
        let written = at.slice(source.text());
        match memchr::memmem::rfind(written, text.as_bytes()) {
            Some(start) => Span::new(at.start + start, at.start + start + text.len()),
            None => {
                let name = written.iter().position(|byte| matches!(byte, b'=' | b':' | b' ')).unwrap_or_default();
                Span::new(at.start + name, at.end)
            }
        }
    }

    /// Gives every place of it to `change`. Recursion is as deep as the value, which parsers bound.
    fn each_location(&mut self, change: &mut dyn FnMut(&mut Location)) {
        change(&mut self.location);
        match &mut self.value {
            Given::List(settings) | Given::Group(settings) => {
                settings.iter_mut().for_each(|setting| setting.each_location(change));
            }
            Given::Call(_, arguments) => {
                for argument in arguments {
                    if let Given::List(settings) | Given::Group(settings) = argument {
                        settings.iter_mut().for_each(|setting| setting.each_location(change));
                    }
                }
            }
            _ => {}
        }
    }
}

impl Given {
    /// A value that cannot be known from the text.
    pub fn unknown() -> Self {
        Self::Call(String::new(), Vec::new())
    }
}

/// The last setting of this name: of several, tools take the last.
pub fn setting<'s>(settings: &'s [Setting], name: &str) -> Option<&'s Setting> {
    settings.iter().rev().find(|setting| setting.name == name)
}

/// True for names of settings that hold a credential, not of those that say which, where or whether.
fn names_credential(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let is_exact = matches!(
        plain.as_str(),
        "authorization" | "key" | "p" | "pat" | "creds" | "credential" | "code" | "sig" | "pass" | "pwd"
    );
    let holds = [
        "password",
        "passwd",
        "secret",
        "token",
        "accountkey",
        "apikey",
        "accesskey",
        "primarykey",
        "secondarykey",
        "sas",
        "signature",
        "connectionstring",
        "privatekey",
    ];
    // `secret_name`, `token_auth_enabled`: what such a name ends in says what the value is.
    let beside = ["name", "id", "uri", "url", "type", "enabled", "version", "policy", "expiry", "length", "rotation"];
    is_exact || holds.iter().any(|word| plain.contains(word)) && !beside.iter().any(|word| plain.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials() {
        for name in [
            "account_key",
            "adminPassword",
            "--password",
            "-p",
            "sas_token",
            "client_secret",
            "key",
            "shared_access_signature",
            "auth_token",
            "provider-secret",
            "--os-disk-auth-token",
        ] {
            assert!(names_credential(name), "{name}");
        }
        for name in ["key_vault_id", "secretName", "shared_access_key_enabled", "token_auth_enabled", "name", "kind"] {
            assert!(!names_credential(name), "{name}");
        }
    }
}
