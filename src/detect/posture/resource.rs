//! One resource as rules see it: its kind, and its settings by the names of attributes.

use std::rc::Rc;

use super::kind::{Attribute, Kind, Language, Reads, Unwritten};
use super::reads;
use super::scope::Scope;
use super::value::{self, Found, Value, at_path};
use crate::model::{Asset, Dialect, Given, Location, Setting, asset::setting};

/// The path of what other parts of the text call the resource.
const NAME: &str = "@name";
/// The path of the last word of a command: `az ml computetarget create amlcompute`.
const LAST: &str = "@last";

/// A resource, or a part of one.
pub(super) struct Resource<'r> {
    pub(super) asset: &'r Asset,
    pub(super) kind: &'static Kind,
    pub(super) language: Language,
    /// Its settings; of `azapi`, what is sent to Azure and then what stands around it.
    pub(super) bodies: Vec<&'r [Setting]>,
    /// Where it begins.
    pub(super) at: &'r Location,
    pub(super) scope: Rc<Scope<'r>>,
    /// Which files can know of it: see `world`.
    pub(super) project: usize,
}

/// What an attribute is.
pub(super) enum Reading<'r> {
    /// This is written.
    Written(Found<'r>),
    /// Nothing is written, which means one of these, by the version of the provider (none: nobody knows what). It may
    /// be left out explicitly: there.
    Unwritten(Vec<String>, Option<&'r Location>),
    /// It may be written in a place that is not seen.
    Unknown,
}

impl<'r> Resource<'r> {
    /// The attribute of this name; `None` where the kind has none of it in this language.
    pub(super) fn attribute(&self, name: &str) -> Option<Reading<'r>> {
        let attribute = self.kind.attribute.get(name)?;
        let paths = attribute.paths(self.language);
        if paths.is_empty() {
            return None;
        }
        Some(match paths.iter().find_map(|path| self.find(path)) {
            Some(found) => Reading::Written(self.read(attribute, found)),
            None if self.may_be_set_elsewhere() => Reading::Unknown,
            None => {
                let left_out = paths.iter().find_map(|path| self.bodies.iter().find_map(|body| null_at(body, path)));
                Reading::Unwritten(self.defaults(attribute), left_out)
            }
        })
    }

    /// The expression of an attribute, unresolved.
    pub(super) fn raw(&self, name: &str) -> Option<&'r Given> {
        let paths = self.kind.attribute.get(name)?.paths(self.language);
        paths.iter().find_map(|path| self.bodies.iter().find_map(|body| raw_at(body, path)))
    }

    /// What says that the resource is not made at all: `count = 0`, `for_each = {}`, a condition that does not hold, also of
    /// the call of the module that it stands in.
    pub(super) fn is_not_made(&self) -> Option<Found<'r>> {
        let mut place = (self.asset, Rc::clone(&self.scope));
        loop {
            let (asset, scope) = place;
            if let Some(found) = is_nothing(asset, &scope) {
                return Some(found);
            }
            let caller = scope.caller.as_ref()?;
            place = (caller.asset, Rc::clone(&caller.scope));
        }
    }

    fn find(&self, path: &str) -> Option<Found<'r>> {
        let of_asset = match path {
            NAME => Some(self.asset.name.as_str()),
            LAST => self.asset.kind.rsplit(' ').next(),
            _ => None,
        };
        if let Some(text) = of_asset {
            return Some(Found { value: Value::Text(text.into()), at: self.at, by_default: false });
        }
        self.bodies.iter().find_map(|body| at_path(body, path, &self.scope))
    }

    fn read(&self, attribute: &Attribute, mut found: Found<'r>) -> Found<'r> {
        match attribute.reads {
            Reads::Plain => {}
            Reads::Functions => {
                let raw = attribute.paths(self.language).iter().find_map(|path| self.bodies.iter().find_map(|body| raw_at(body, path)));
                found.value = Value::Text(raw.map(reads::functions).unwrap_or_default().into());
            }
            Reads::Role => found.value = reads::role(&found.value, &self.scope),
            Reads::Scope => found.value = reads::scope(&found.value),
        }
        if attribute.is_inverted(self.language) {
            found.value = inverted(found.value);
        }
        found
    }

    /// What it is where it is not written, by the versions of the provider that are allowed.
    fn defaults(&self, attribute: &Attribute) -> Vec<String> {
        match attribute.unwritten(self.language) {
            Unwritten::Unknown => Vec::new(),
            Unwritten::Is(value) => vec![value.to_owned()],
            Unwritten::Since(versions) => {
                let of = |major| versions.iter().rev().find(|since| since.azurerm <= major).map(|since| since.value.clone());
                let mut values: Vec<String> = self.scope.majors().iter().filter_map(of).collect();
                values.dedup();
                values
            }
        }
    }

    /// True for what sets some of a resource and leaves the rest as it is.
    pub(super) fn is_change(&self) -> bool {
        self.asset.kind == "azapi_update_resource"
    }

    /// A file that a command names, a mapping that a call spreads: what is not seen here may stand there.
    fn may_be_set_elsewhere(&self) -> bool {
        let own = &self.asset.settings;
        let has = |name: &str| setting(own, name).is_some();
        match self.asset.dialect {
            // Words that stand for others: `"$@"`, `@parameters.txt`.
            Dialect::Command => {
                let files = ["--file", "-f", "--generate-cli-skeleton", "--template-file", "--help", "-h"];
                files.iter().any(|name| has(name)) || own.iter().any(|setting| holds_more(&setting.value))
            }
            Dialect::Python => has("**"),
            // Changes what is there.
            Dialect::Terraform => self.is_change(),
            // So does a file that names neither a schema nor a place: `az ml workspace update --file`.
            Dialect::Yaml => self.kind.id == "workspace" && !has("$schema") && !has("location"),
            // `...settings` of Bicep.
            Dialect::Bicep => {
                let properties = setting(own, "properties").map(|setting| &setting.value);
                let spreads = |settings: &[Setting]| setting(settings, "...").is_some();
                spreads(own) || matches!(properties, Some(Given::Group(settings)) if spreads(settings))
            }
            Dialect::Arm => false,
        }
    }
}

/// How many of an asset are made, where that is none.
fn is_nothing<'r>(asset: &'r Asset, scope: &Rc<Scope<'r>>) -> Option<Found<'r>> {
    // `condition` of a role assignment in Terraform is another thing.
    let names: &[&str] = match asset.dialect {
        Dialect::Terraform => &["count", "for_each"],
        Dialect::Bicep => &["if"],
        Dialect::Arm => &["condition"],
        Dialect::Yaml | Dialect::Python | Dialect::Command => &[],
    };
    names.iter().find_map(|name| {
        let found = value::value(setting(&asset.settings, name)?, scope);
        let is_nothing = match &found.value {
            Value::Group(settings, _) | Value::List(settings, _) => settings.is_empty(),
            Value::Null => true,
            _ => matches!(found.plain().as_deref(), Some("0" | "off")),
        };
        is_nothing.then_some(found)
    })
}

fn raw_at<'r>(settings: &'r [Setting], path: &str) -> Option<&'r Given> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let setting = settings.iter().rev().find(|setting| setting.name.eq_ignore_ascii_case(first))?;
    match (&setting.value, rest) {
        (value, "") => Some(value),
        (Given::Group(settings), rest) => raw_at(settings, rest),
        // What is inside an expression only the expression says.
        (value, _) => Some(value),
    }
}

/// True for several words of which one may be more flags.
fn holds_more(value: &Given) -> bool {
    let is_more = |value: &Given| match value {
        Given::Text(text) => text.starts_with('@'),
        value => *value == Given::unknown(),
    };
    matches!(value, Given::List(words) if words.iter().any(|word| is_more(&word.value)))
}

/// Where a path is set to nothing, explicitly.
fn null_at<'r>(settings: &'r [Setting], path: &str) -> Option<&'r Location> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let setting = settings.iter().rev().find(|setting| setting.name.eq_ignore_ascii_case(first))?;
    match &setting.value {
        Given::Null => Some(&setting.location),
        Given::Group(settings) if !rest.is_empty() => null_at(settings, rest),
        _ => None,
    }
}

fn inverted(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Boolean(value) => Value::Boolean(!value),
        Value::Text(text) => match value::plain(&text).as_str() {
            "on" => Value::Boolean(false),
            "off" => Value::Boolean(true),
            _ => Value::Text(text),
        },
        Value::Either(branches) => Value::Either(
            branches.into_iter().map(|found| Found { value: inverted(found.value), ..found }).collect(),
        ),
        other => other,
    }
}
