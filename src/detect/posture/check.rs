//! Whether a rule's conditions hold for a resource.

use super::reads;
use super::resource::{Reading, Resource};
use super::rule::{Check, Condition, Partner};
use super::value::{Found, Value, element, plain};
use super::world::World;
use crate::model::asset::setting;
use crate::model::{Asset, Given, Location};
use crate::pattern::placeholder::is_placeholder;

/// What a condition, or all of a rule, came to.
pub(super) enum Verdict<'r> {
    /// It holds.
    Holds(Reason<'r>),
    /// It does not.
    Fails,
    /// Nobody can say.
    Unknown,
    /// The resource has no such attribute, and need not.
    NotAsked,
}

/// Why it holds.
pub(super) struct Reason<'r> {
    /// Where that is written; for what is not written, where the resource begins.
    pub(super) at: &'r Location,
    /// It is said of what is not written: by the name in the language.
    pub(super) unwritten: Option<&'static str>,
    /// The default of a variable decides.
    pub(super) by_default: bool,
    /// It holds in one of several branches, or with one of the versions that are allowed.
    pub(super) possible: bool,
}

impl Condition {
    /// Asks the resource.
    pub(super) fn verdict<'r>(&self, resource: &Resource<'r>) -> Verdict<'r> {
        let Some(reading) = resource.attribute(&self.attribute) else {
            return if self.optional { Verdict::NotAsked } else { Verdict::Unknown };
        };
        let written = |found: &Found<'r>, possible| {
            Verdict::Holds(Reason { at: found.at, unwritten: None, by_default: found.by_default, possible })
        };
        match (reading, self.written) {
            (Reading::Unknown, _) => Verdict::Unknown,
            (Reading::Written(found), Some(true)) => match found.value {
                Value::Either(_) => Verdict::Unknown,
                Value::Unknown if !self.or_unknown => Verdict::Unknown,
                _ => written(&self.element(found, resource), false),
            },
            // An empty list says as much as none.
            (Reading::Written(found), Some(false)) if found.value.is_nothing() => {
                Verdict::Holds(Reason { at: found.at, unwritten: None, by_default: found.by_default, possible: false })
            }
            (Reading::Written(_), Some(false)) | (Reading::Unwritten(..), Some(true)) => Verdict::Fails,
            (Reading::Unwritten(_, left_out), Some(false)) => self.without(resource, left_out, false),
            (Reading::Written(found), None) => match self.test(&found, resource, 0) {
                Some(Truth::Yes) => written(&self.element(found, resource), false),
                Some(Truth::Possibly) => written(&found, true),
                Some(Truth::No) => Verdict::Fails,
                None if self.or_unknown => written(&found, false),
                None => Verdict::Unknown,
            },
            (Reading::Unwritten(defaults, left_out), None) => {
                let holding = defaults.iter().filter(|default| self.fits(&plain(default))).count();
                match (holding, defaults.len()) {
                    (_, 0) => Verdict::Unknown,
                    (0, _) => Verdict::Fails,
                    (holding, all) => self.without(resource, left_out, holding < all),
                }
            }
        }
    }

    fn without<'r>(&self, resource: &Resource<'r>, left_out: Option<&'r Location>, possible: bool) -> Verdict<'r> {
        let paths = resource.kind.attribute.get(&self.attribute).map_or(&[] as &[String], |attribute| attribute.paths(resource.language));
        let unwritten = paths.first().map(|path| path.trim_start_matches("set."));
        let (at, unwritten) = left_out.map_or((resource.at, unwritten), |at| (at, None));
        Verdict::Holds(Reason { at, unwritten, by_default: false, possible })
    }

    /// Of a list, the element that decides: it is what is wrong.
    fn element<'r>(&self, found: Found<'r>, resource: &Resource<'r>) -> Found<'r> {
        let each: Vec<Found<'r>> = match &found.value {
            Value::List(elements, scope) => {
                elements.iter().take(MAXIMUM_ELEMENTS).map(|each| element(each, scope)).collect()
            }
            Value::Each(elements) => elements.clone(),
            _ => return found,
        };
        each.into_iter().find(|element| self.test(element, resource, 0) == Some(Truth::Yes)).unwrap_or(found)
    }

    fn test(&self, found: &Found<'_>, resource: &Resource<'_>, depth: u32) -> Option<Truth> {
        if depth > MAXIMUM_DEPTH {
            return None;
        }
        match &found.value {
            Value::Either(branches) => {
                let branches: Vec<Option<Truth>> = branches.iter().map(|branch| self.test(branch, resource, depth + 1)).collect();
                let all = |truth| branches.iter().all(|branch| *branch == Some(truth));
                match () {
                    () if all(Truth::Yes) => Some(Truth::Yes),
                    () if all(Truth::No) => Some(Truth::No),
                    () if self.possible && branches.contains(&Some(Truth::Yes)) => Some(Truth::Possibly),
                    () => None,
                }
            }
            Value::List(elements, scope) => {
                let mut each: Vec<Found<'_>> =
                    elements.iter().take(MAXIMUM_ELEMENTS).map(|each| element(each, scope)).collect();
                if elements.len() > MAXIMUM_ELEMENTS {
                    each.push(Found { value: Value::Unknown, ..found.clone() });
                }
                self.test(&Found { value: Value::Each(each), ..found.clone() }, resource, depth + 1)
            }
            Value::Each(elements) => {
                let elements: Vec<Option<Truth>> = elements.iter().map(|element| self.test(element, resource, depth + 1)).collect();
                let decides = if self.is_refusal() { Truth::No } else { Truth::Yes };
                match () {
                    () if elements.contains(&Some(decides)) => Some(decides),
                    () if elements.contains(&None) => None,
                    () if decides == Truth::Yes => Some(Truth::No),
                    () => Some(Truth::Yes),
                }
            }
            // A branch that leaves it out.
            Value::Null => match resource.attribute(&self.attribute)? {
                Reading::Unwritten(defaults, _) => defaults.first().map(|default| Truth::of(self.fits(&plain(default)))),
                _ => None,
            },
            _ if !self.opens.is_empty() => found.text().map(|ports| Truth::of(reads::opens(&ports, &self.opens))),
            _ => found.plain().map(|value| Truth::of(self.fits(&value))),
        }
    }

    /// True for conditions that every element of a list has to meet.
    fn is_refusal(&self) -> bool {
        !self.is_not.is_empty() || !self.lacks.is_empty() && self.contains.is_empty()
    }

    /// Whether a value, as [`plain`] writes it, is what is asked for.
    fn fits(&self, value: &str) -> bool {
        let number = || value.parse::<f64>().ok();
        (self.is.is_empty() || self.is.iter().any(|wanted| plain(wanted) == value))
            && !self.is_not.iter().any(|refused| plain(refused) == value)
            && (self.contains.is_empty() || self.contains.iter().any(|part| value.contains(&plain(part))))
            && !self.lacks.iter().any(|part| value.contains(&plain(part)))
            && (!self.literal || !value.is_empty() && value != "on" && value != "off" && !is_placeholder(value.as_bytes()))
            && self.above.is_none_or(|limit| number().is_some_and(|number| number > limit))
            && self.below.is_none_or(|limit| number().is_some_and(|number| number < limit))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Truth {
    Yes,
    Possibly,
    No,
}

impl Truth {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Check {
    /// True when it is about resources of this kind in this language.
    pub(super) fn concerns(&self, resource: &Resource<'_>) -> bool {
        self.kinds.contains(&resource.kind.id) && (self.languages.is_empty() || self.languages.contains(&resource.language))
    }

    /// Asks a resource, and the others that may make up for what it lacks.
    pub(super) fn verdict<'r>(&self, resource: &Resource<'r>, world: &World<'r>) -> Verdict<'r> {
        let mut whole: Option<Reason<'r>> = None;
        if !self.next_to.is_empty() && !world.has_any(&self.next_to, resource) {
            return Verdict::Fails;
        }
        if self.unsafe_when.is_empty() && resource.is_change() {
            return Verdict::Fails;
        }
        for condition in &self.unsafe_when {
            match (condition.verdict(resource), &mut whole) {
                (Verdict::Holds(reason), None) => whole = Some(reason),
                (Verdict::Holds(reason), Some(whole)) => {
                    // That a name is none of some names is no default of what is unsafe.
                    whole.by_default |= reason.by_default && condition.is_not.is_empty();
                    whole.possible |= reason.possible;
                    // What is written is a better place than what is not.
                    if whole.unwritten.is_some() && reason.unwritten.is_none() && condition.is_not.is_empty() {
                        (whole.at, whole.unwritten) = (reason.at, None);
                    }
                }
                (Verdict::NotAsked, _) => {}
                (other, _) => return other,
            }
        }
        let mut reason = whole.unwrap_or(Reason { at: resource.at, unwritten: None, by_default: false, possible: false });
        for partner in &self.without {
            match partner.stands_by(resource, world) {
                Standing::Made | Standing::Unknown => return Verdict::Fails,
                Standing::Nobody => {}
                // Who calls the module could have asked for it.
                Standing::NotMade => {
                    if let Some(caller) = &resource.scope.caller {
                        reason.at = &caller.asset.location;
                    }
                }
            }
        }
        Verdict::Holds(reason)
    }
}

/// Resources of which nobody can say what they name that are asked whether they stand by another.
const MAXIMUM_PARTNERS: usize = 200;
/// Elements of a list that are looked at.
const MAXIMUM_ELEMENTS: usize = 1_000;
/// Values inside values that are looked at.
const MAXIMUM_DEPTH: u32 = 16;

enum Standing {
    Made,
    NotMade,
    Nobody,
    Unknown,
}

impl Partner {
    /// Looks for one that names this resource.
    fn stands_by<'r>(&self, resource: &Resource<'r>, world: &World<'r>) -> Standing {
        let (naming, unsure) = match &self.by {
            Some(by) => world.naming(&self.kind, by, resource),
            None => (world.of_kind(&self.kind, resource.project), Vec::new()),
        };
        if naming.len() > MAXIMUM_PARTNERS || unsure.len() > MAXIMUM_PARTNERS {
            return Standing::Unknown;
        }
        if world.is_given_to(resource, &self.module) {
            return Standing::Unknown;
        }
        let mut standing = Standing::Nobody;
        for (other, is_sure) in naming.into_iter().map(|other| (other, true)).chain(unsure.into_iter().map(|other| (other, false))) {
            // Another call of the same module.
            let is_other_call = other.scope.place == resource.scope.place && other.scope.number != resource.scope.number;
            if is_other_call || self.when.iter().any(|condition| matches!(condition.verdict(other), Verdict::Fails)) {
                continue;
            }
            match (is_sure, other.is_not_made().is_some()) {
                (_, true) => standing = Standing::NotMade,
                (true, false) => return Standing::Made,
                (false, false) => return Standing::Unknown,
            }
        }
        standing
    }
}

/// What an attribute of a resource names: names of resources with what is in front of their dots, and types in lower case.
/// False where it may name more than can be told; `None` where it names nothing.
pub(super) fn named(resource: &Resource<'_>, attribute: &str) -> Option<(Vec<String>, bool)> {
    let mut mentioned = Vec::new();
    mention(resource.raw(attribute)?, &mut mentioned, 0);
    let resources = &resource.scope.names.resources;
    let is_known = |name: &&str| {
        let of = name.rsplit_once('.').map_or(*name, |(of, _)| of);
        // What a module gives back may be any resource in it.
        let is_resource =
            |name: &str| resources.get(name).is_some_and(|asset| asset.kind != "module" && !is_looked_up(asset));
        let first = name.split('.').next().unwrap_or(name);
        is_resource(of) || is_resource(name) || is_resource(first) || name.contains('/')
    };
    let is_all = !mentioned.is_empty() && mentioned.iter().all(is_known);
    Some((prefixes(&mentioned), is_all))
}

/// A resource that stands elsewhere, perhaps in another file of the same repository.
fn is_looked_up(asset: &Asset) -> bool {
    asset.kind.starts_with("data.")
        || setting(&asset.settings, "existing").is_some_and(|setting| setting.value == Given::Boolean(true))
}

pub(super) fn prefixes(names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for name in names {
        let dots = name.match_indices('.').map(|(at, _)| at).take(8);
        found.extend(dots.filter_map(|at| name.get(..at)).map(str::to_owned));
        found.push(if name.contains('/') { name.to_ascii_lowercase() } else { (*name).to_owned() });
    }
    found
}

/// The names, and the types of resources, that stand in an expression.
pub(super) fn mention<'g>(given: &'g Given, found: &mut Vec<&'g str>, depth: u32) {
    if depth > 16 {
        return;
    }
    match given {
        Given::Name(name) => found.push(name),
        Given::Text(text) if text.contains('/') => found.push(text),
        Given::Call(_, arguments) => arguments.iter().for_each(|argument| mention(argument, found, depth + 1)),
        Given::List(elements) | Given::Group(elements) => {
            elements.iter().for_each(|element| mention(&element.value, found, depth + 1));
        }
        _ => {}
    }
}
