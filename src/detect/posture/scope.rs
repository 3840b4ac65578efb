//! What names mean at one place: variables, locals and parameters, and what a caller gives them.
//!
//! Terraform's names are those of a directory, Bicep's and a template's those of a file. A module is looked at once for
//! each call of it in the repository, with the values that the call passes.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::version::Majors;
use crate::model::{Asset, Dialect, Given, Location, Setting, asset::setting};

/// The definitions of one place, by name.
#[derive(Debug, Default)]
pub(super) struct Names<'r> {
    /// Variables, locals, parameters.
    pub(super) defined: BTreeMap<Cow<'r, str>, &'r Asset>,
    /// Values for variables out of files that are read without being asked for.
    pub(super) values: BTreeMap<&'r str, &'r Setting>,
    /// Everything else that has a name: resources, data sources, modules.
    pub(super) resources: BTreeMap<&'r str, &'r Asset>,
    /// Versions of `azurerm` that are allowed, where that is said.
    pub(super) majors: Option<Majors>,
}

/// The name by which a definition is found: templates do not tell upper from lower case.
pub(super) fn key_of(dialect: Dialect, name: &str) -> Cow<'_, str> {
    match dialect {
        Dialect::Arm => name.to_ascii_lowercase().into(),
        _ => name.into(),
    }
}

/// What happens while one setting is read; one for all scopes.
#[derive(Debug, Default)]
pub(super) struct Trace<'r> {
    /// Expressions that may still be followed.
    pub(super) steps: Cell<u32>,
    /// How deep what is followed is inside of other things.
    pub(super) depth: Cell<u32>,
    /// More calls of a module are there than are followed.
    pub(super) is_cut: Cell<bool>,
    /// Scopes that have been made.
    pub(super) scopes: Cell<usize>,
    /// The default of a variable has been used.
    pub(super) used_default: Cell<bool>,
    /// What a caller passes has been used, and stands here.
    pub(super) input: Cell<Option<&'r Location>>,
}

/// Names, and who calls.
#[derive(Debug)]
pub(super) struct Scope<'r> {
    pub(super) dialect: Dialect,
    /// The directory or file.
    pub(super) place: &'r str,
    pub(super) names: Rc<Names<'r>>,
    pub(super) caller: Option<Caller<'r>>,
    /// Tells the calls of one module from each other.
    pub(super) number: usize,
    /// What `for_each` of the resource goes through: `each` is one of it.
    pub(super) each: Option<&'r Setting>,
    pub(super) trace: Rc<Trace<'r>>,
}

/// A call of a module.
#[derive(Debug)]
pub(super) struct Caller<'r> {
    pub(super) asset: &'r Asset,
    pub(super) scope: Rc<Scope<'r>>,
}

/// What a name leads to.
pub(super) struct Meaning<'r> {
    pub(super) given: &'r Given,
    pub(super) at: &'r Location,
    pub(super) scope: Rc<Scope<'r>>,
    /// It belongs to a variable, whose type may say more.
    pub(super) is_variable: bool,
    /// It is what holds when nobody says otherwise.
    pub(super) by_default: bool,
}

impl<'r> Scope<'r> {
    /// The versions of `azurerm` that this place or its callers allow.
    pub(super) fn majors(&self) -> Majors {
        let own = self.names.majors;
        let outer = || self.caller.as_ref().map(|caller| caller.scope.majors());
        match (own, outer()) {
            (Some(own), Some(outer)) => own.and(outer),
            (Some(majors), None) | (None, Some(majors)) => majors,
            (None, None) => Majors::CURRENT,
        }
    }

    /// The same for a resource that `for_each` makes several of.
    pub(super) fn going_through(&self, each: &'r Setting) -> Self {
        let caller = self.caller.as_ref().map(|caller| Caller { asset: caller.asset, scope: Rc::clone(&caller.scope) });
        let (names, trace) = (Rc::clone(&self.names), Rc::clone(&self.trace));
        Self { names, caller, trace, each: Some(each), ..*self }
    }

    /// What a name of this place stands for, and the rest of the name that is inside of that.
    pub(super) fn meaning<'n>(self: &Rc<Self>, name: &'n str) -> Option<(Meaning<'r>, &'n str)> {
        let (key, rest) = match self.dialect {
            Dialect::Terraform | Dialect::Arm => {
                let dot = name.find('.')?;
                let end = name.get(dot + 1..)?.find('.').map_or(name.len(), |next| dot + 1 + next);
                (name.get(..end)?, name.get(end..)?.trim_start_matches('.'))
            }
            _ => name.split_once('.').unwrap_or((name, "")),
        };
        let asset = self.names.defined.get(&*key_of(self.dialect, key))?;
        let plain = key.rsplit('.').next().unwrap_or(key);
        let found = |setting: &'r Setting, scope: &Rc<Self>, by_default| Meaning {
            given: &setting.value,
            at: &setting.location,
            scope: Rc::clone(scope),
            is_variable: asset.kind == "variable" && self.dialect == Dialect::Terraform,
            by_default,
        };
        let meaning = match asset.kind.as_str() {
            "variable" if self.dialect == Dialect::Terraform => self.input(plain).or_else(|| self.default(key, asset, &found)),
            // A template inside a template is passed its values where it stands.
            "parameter" => match setting(&asset.settings, "value") {
                Some(setting) => Some(found(setting, self, false)),
                None => self.input(plain).or_else(|| self.default(key, asset, &found)),
            },
            _ => setting(&asset.settings, "value").map(|setting| found(setting, self, false)),
        }?;
        Some((meaning, rest))
    }

    /// What the caller passes.
    fn input(&self, name: &str) -> Option<Meaning<'r>> {
        let caller = self.caller.as_ref()?;
        let inputs = match caller.asset.dialect {
            Dialect::Terraform => caller.asset.settings.as_slice(),
            _ => match setting(&caller.asset.settings, "params").map(|setting| &setting.value) {
                Some(Given::Group(inputs)) => inputs.as_slice(),
                _ => &[],
            },
        };
        let input = setting(inputs, name)?;
        self.trace.input.set(Some(&input.location));
        Some(Meaning { given: &input.value, at: &input.location, scope: Rc::clone(&caller.scope), is_variable: true, by_default: false })
    }

    fn default(
        self: &Rc<Self>,
        key: &str,
        asset: &'r Asset,
        found: &impl Fn(&'r Setting, &Rc<Self>, bool) -> Meaning<'r>,
    ) -> Option<Meaning<'r>> {
        let written = self.names.values.get(key).filter(|_| self.caller.is_none());
        match written {
            Some(setting) => Some(found(setting, self, false)),
            // Who calls has left it as it is.
            None => setting(&asset.settings, "default").map(|setting| found(setting, self, self.caller.is_none())),
        }
    }
}
