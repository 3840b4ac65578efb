//! What resources there are and how each language writes their settings: the `[[kind]]` blocks of `patterns/azureml/*.toml`.
//!
//! Rules speak of kinds and attributes alone. An attribute that a language does not have, or that nobody has looked up
//! there, is not judged in it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::Dialect;

/// A kind of resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    /// Its name in rules.
    pub(super) id: String,
    /// What people call one: `storage account`.
    pub(super) says: String,
    /// Types of Terraform's providers.
    #[serde(default)]
    pub(super) terraform: Vec<String>,
    /// Types of Azure Resource Manager: templates, Bicep, and `azapi` in Terraform.
    #[serde(default)]
    pub(super) arm: Vec<String>,
    /// Schemas of Azure ML's YAML, without `.schema.json`.
    #[serde(default)]
    pub(super) yaml: Vec<String>,
    /// Functions of the SDKs; a `*` stands for anything.
    #[serde(default)]
    pub(super) python: Vec<String>,
    /// Commands.
    #[serde(default)]
    pub(super) command: Vec<String>,
    /// Terraform modules, by a part of their source.
    #[serde(default)]
    pub(super) module: Vec<String>,
    /// Packages of Python that are declared.
    #[serde(default)]
    pub(super) package: Vec<String>,
    /// It is a part of another resource: the elements of this list there.
    #[serde(default)]
    pub(super) part_of: Option<Part>,
    /// Values that tell it from other kinds of the same type.
    #[serde(default, rename = "where")]
    pub(super) only: BTreeMap<String, Vec<String>>,
    /// Values by which it is none after all.
    #[serde(default)]
    pub(super) except: BTreeMap<String, Vec<String>>,
    /// Its settings.
    #[serde(default)]
    pub(super) attribute: BTreeMap<String, Attribute>,
}

/// A list inside a resource.
#[derive(Debug, Deserialize)]
pub(super) struct Part {
    /// The kind that has the list.
    pub(super) kind: String,
    /// The path of the list, by language.
    #[serde(flatten)]
    pub(super) path: BTreeMap<String, String>,
}

/// A setting of a kind.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attribute {
    /// Where Terraform writes it: a path, or several of which the first that is there counts.
    #[serde(default)]
    terraform: Paths,
    #[serde(default)]
    arm: Paths,
    #[serde(default)]
    yaml: Paths,
    #[serde(default)]
    python: Paths,
    #[serde(default)]
    command: Paths,
    #[serde(default)]
    module: Paths,
    /// What it is where it is not written; nothing: that is not known.
    #[serde(default)]
    default: DefaultValue,
    /// Languages that say it the other way round (`disableLocalAuth`).
    #[serde(default)]
    inverted: Vec<Language>,
    /// How its values are read.
    #[serde(default)]
    pub(super) reads: Reads,
}

#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Paths {
    #[default]
    None,
    One(String),
    Several(Vec<String>),
}

impl Paths {
    fn list(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(path) => std::slice::from_ref(path),
            Self::Several(paths) => paths,
        }
    }
}

/// What a setting is that is not written.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum DefaultValue {
    #[default]
    Unknown,
    /// The same everywhere.
    Same(String),
    /// By language.
    By(BTreeMap<Language, ByVersion>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ByVersion {
    Same(String),
    /// By major versions of the provider `azurerm`.
    Versions(Vec<Since>),
}

/// A default, from a major version of the provider on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    pub(super) azurerm: u64,
    pub(super) value: String,
}

/// The language whose names count: `azapi` in Terraform and Bicep speak that of Azure Resource Manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Language {
    /// The provider `azurerm`.
    Terraform,
    /// Azure Resource Manager.
    Arm,
    /// YAML.
    Yaml,
    /// The SDKs.
    Python,
    /// `az`.
    Command,
    /// A module of Terraform.
    Module,
}

impl From<Dialect> for Language {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Terraform => Self::Terraform,
            Dialect::Bicep | Dialect::Arm => Self::Arm,
            Dialect::Yaml => Self::Yaml,
            Dialect::Python => Self::Python,
            Dialect::Command => Self::Command,
        }
    }
}

/// How values are read before they are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reads {
    /// As they are.
    #[default]
    Plain,
    /// The last part of an identifier: roles by their names or numbers.
    Role,
    /// How much a scope covers: `subscription`, `resource group`, `resource`.
    Scope,
    /// The functions that an expression calls, and what it takes of their results.
    Functions,
}

/// What a setting is where it is not written.
pub(super) enum Unwritten<'k> {
    /// Nobody knows.
    Unknown,
    /// This.
    Is(&'k str),
    /// This, from each major version of `azurerm` on.
    Since(&'k [Since]),
}

impl Attribute {
    /// Where a language writes it; empty where it does not.
    pub(super) fn paths(&self, language: Language) -> &[String] {
        match language {
            Language::Terraform => &self.terraform,
            Language::Arm => &self.arm,
            Language::Yaml => &self.yaml,
            Language::Python => &self.python,
            Language::Command => &self.command,
            Language::Module => &self.module,
        }
        .list()
    }

    /// What it is where it is not written.
    pub(super) fn unwritten(&self, language: Language) -> Unwritten<'_> {
        match &self.default {
            DefaultValue::Unknown => Unwritten::Unknown,
            DefaultValue::Same(value) => Unwritten::Is(value),
            DefaultValue::By(by) => match by.get(&language) {
                None => Unwritten::Unknown,
                Some(ByVersion::Same(value)) => Unwritten::Is(value),
                Some(ByVersion::Versions(versions)) => Unwritten::Since(versions),
            },
        }
    }

    /// True where `true` means off.
    pub(super) fn is_inverted(&self, language: Language) -> bool {
        self.inverted.contains(&language)
    }
}

impl Kind {
    /// True for a resource of this type in this language.
    pub(super) fn is(&self, language: Language, name: &str) -> bool {
        let among = |names: &[String]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        match language {
            Language::Terraform => among(&self.terraform),
            Language::Arm => among(&self.arm),
            Language::Yaml => among(&self.yaml),
            Language::Python => self.python.iter().any(|known| match known.split_once('*') {
                Some((start, end)) => {
                    name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
                }
                None => known == name,
            }),
            Language::Command => among(&self.command),
            Language::Module => self.module.iter().any(|part| name.contains(part.as_str())),
        }
    }
}
