//! The resources of a repository: what stands where, who calls which module, and which files can know of each other.

mod place;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use place::{Places, callers, places, scopes};

use super::check::{mention, named, prefixes};
use super::kind::Language;
use super::resource::{Reading, Resource};
use super::rule::POSTURE;
use super::scope::{Scope, Trace};
use super::value::{Value, at_path, plain};
use crate::model::{Asset, Dialect, Given, Repository, Setting, asset::setting};

/// Resources that are looked at, each call of a module counted.
const MAXIMUM_RESOURCES: usize = 200_000;

/// Everything that rules may ask about.
pub(super) struct World<'r> {
    pub(super) resources: Vec<Resource<'r>>,
    /// Where those of a kind in a project stand.
    index: BTreeMap<(&'static str, usize), Vec<usize>>,
    /// What calls of modules are given, by the place of the call: the source, and the names.
    given: BTreeMap<&'r str, Vec<(String, BTreeSet<String>)>>,
    /// Who names whom by which attribute; filled when it is first asked for.
    named: RefCell<BTreeMap<(String, String), Naming>>,
    /// More is described than is looked at.
    pub(super) is_cut: bool,
}

/// Who names what.
#[derive(Default)]
struct Naming {
    /// By the place and the name.
    sure: BTreeMap<(String, String), Vec<usize>>,
    /// Of these nobody can say what they name, by project.
    unsure: BTreeMap<usize, Vec<usize>>,
}

impl<'r> World<'r> {
    /// Reads the assets of all files.
    pub(super) fn new(repository: &'r Repository) -> Self {
        let mut places = places(repository);
        let callers = callers(&mut places);
        let mut world = Self { resources: Vec::new(), index: BTreeMap::new(), given: given(&places), named: RefCell::default(), is_cut: false };
        let trace = Rc::new(Trace::default());
        for ((dialect, path), place) in &places {
            for scope in scopes(*dialect, path, &places, &callers, &trace, 0) {
                for asset in &place.assets {
                    if world.resources.len() >= MAXIMUM_RESOURCES {
                        world.is_cut = true;
                        break;
                    }
                    world.add(asset, &scope, place.project);
                }
            }
        }
        world.is_cut |= trace.is_cut.get();
        for (at, resource) in world.resources.iter().enumerate() {
            world.index.entry((resource.kind.id.as_str(), resource.project)).or_default().push(at);
        }
        world
    }

    /// True when the same part of the repository, by the first folder, has one of these kinds.
    pub(super) fn has_any(&self, kinds: &[String], near: &Resource<'r>) -> bool {
        let part = |resource: &Resource<'r>| resource.at.path.as_str().split('/').next().map(str::to_owned);
        let here = part(near);
        let mut named = self.index.iter().filter(|((kind, _), _)| kinds.iter().any(|wanted| wanted == kind));
        named.any(|(_, at)| at.iter().filter_map(|at| self.resources.get(*at)).any(|resource| part(resource) == here))
    }

    /// True when the resource is passed to a module of such a source.
    pub(super) fn is_given_to(&self, resource: &Resource<'r>, sources: &[String]) -> bool {
        let given = self.given.get(resource.scope.place).into_iter().flatten();
        let mut given = given.filter(|(source, _)| sources.iter().any(|part| source.contains(part.as_str())));
        given.any(|(_, names)| names.contains(&resource.asset.name))
    }

    /// Resources of a kind that name this one by an attribute, and those of which nobody can say what they name.
    pub(super) fn naming(&self, kind: &str, by: &str, resource: &Resource<'r>) -> (Vec<&Resource<'r>>, Vec<&Resource<'r>>) {
        let key = (kind.to_owned(), by.to_owned());
        let mut named = self.named.borrow_mut();
        let naming = named.entry(key).or_insert_with(|| self.all_naming(kind, by));
        let at = |place: &str, name: &str| naming.sure.get(&(place.to_owned(), name.to_owned())).cloned().unwrap_or_default();
        let place = resource.scope.place;
        let mut sure = at(place, &resource.asset.name);
        // `resourceId('Microsoft.…/workspaces', …)` of a template names the type.
        if resource.asset.kind.contains('/') {
            sure.extend(at(place, &resource.asset.kind.to_ascii_lowercase()));
        }
        let unsure = naming.unsure.get(&resource.project).cloned().unwrap_or_default();
        let resources = |at: Vec<usize>| at.into_iter().filter_map(|at| self.resources.get(at)).collect();
        (resources(sure), resources(unsure))
    }

    fn all_naming(&self, kind: &str, by: &str) -> Naming {
        let mut naming = Naming::default();
        for (at, resource) in self.resources.iter().enumerate().filter(|(_, resource)| resource.kind.id == kind) {
            match named(resource, by) {
                Some((names, is_all)) => {
                    for name in names {
                        naming.sure.entry((resource.scope.place.to_owned(), name)).or_default().push(at);
                    }
                    if !is_all {
                        naming.unsure.entry(resource.project).or_default().push(at);
                    }
                }
                None => naming.unsure.entry(resource.project).or_default().push(at),
            }
        }
        naming
    }

    /// Those of a kind in a project.
    pub(super) fn of_kind(&self, kind: &str, project: usize) -> Vec<&Resource<'r>> {
        let at = POSTURE.kind(kind).and_then(|kind| self.index.get(&(kind.id.as_str(), project)));
        at.into_iter().flatten().filter_map(|at| self.resources.get(*at)).collect()
    }

    fn add(&mut self, asset: &'r Asset, scope: &Rc<Scope<'r>>, project: usize) {
        let each = setting(&asset.settings, "for_each").filter(|_| asset.dialect == Dialect::Terraform);
        let scope = &each.map_or_else(|| Rc::clone(scope), |each| Rc::new(scope.going_through(each)));
        let Some(typed) = Typed::of(asset, scope) else { return };
        for kind in POSTURE.kinds.iter().filter(|kind| kind.is(typed.language, typed.name)) {
            let resource = Resource {
                asset,
                kind,
                language: typed.language,
                bodies: typed.bodies.clone(),
                at: &asset.location,
                scope: Rc::clone(scope),
                project,
            };
            if is_of_kind(&resource) {
                self.add_parts(&resource);
                self.resources.push(resource);
            }
        }
    }

    /// The elements of lists that are kinds of their own.
    fn add_parts(&mut self, whole: &Resource<'r>) {
        let language = match whole.language {
            Language::Terraform => "terraform",
            Language::Arm => "arm",
            Language::Yaml => "yaml",
            _ => return,
        };
        for kind in POSTURE.kinds.iter() {
            let Some(part) = kind.part_of.as_ref().filter(|part| part.kind == whole.kind.id) else { continue };
            let Some(path) = part.path.get(language) else { continue };
            for body in &whole.bodies {
                for element in elements(body, path, &whole.scope) {
                    let Given::Group(settings) = &element.value else { continue };
                    self.resources.push(Resource {
                        asset: whole.asset,
                        kind,
                        language: whole.language,
                        bodies: vec![settings],
                        at: &element.location,
                        scope: Rc::clone(&whole.scope),
                        project: whole.project,
                    });
                }
            }
        }
    }
}

/// What an asset is in the language that counts.
struct Typed<'r> {
    language: Language,
    name: &'r str,
    bodies: Vec<&'r [Setting]>,
}

impl<'r> Typed<'r> {
    fn of(asset: &'r Asset, scope: &Rc<Scope<'r>>) -> Option<Self> {
        let own = asset.settings.as_slice();
        if asset.dialect == Dialect::Terraform && matches!(asset.kind.as_str(), "azapi_resource" | "azapi_update_resource") {
            let Some(Given::Text(name)) = setting(own, "type").map(|setting| &setting.value) else { return None };
            let body = at_path(own, "body", scope).and_then(|found| match found.value {
                Value::Group(settings, _) => Some(settings),
                _ => None,
            });
            let name = name.split('@').next().unwrap_or(name);
            return Some(Self { language: Language::Arm, name, bodies: body.into_iter().chain([own]).collect() });
        }
        if asset.dialect == Dialect::Terraform && asset.kind == "module" {
            let Some(Given::Text(source)) = setting(own, "source").map(|setting| &setting.value) else { return None };
            return Some(Self { language: Language::Module, name: source, bodies: vec![own] });
        }
        // Someone else's resource that is only looked up.
        let is_existing = setting(own, "existing").is_some_and(|setting| setting.value == Given::Boolean(true));
        (!is_existing).then(|| Self { language: asset.dialect.into(), name: &asset.kind, bodies: vec![own] })
    }
}

/// What is passed to modules.
fn given<'r>(places: &Places<'r>) -> BTreeMap<&'r str, Vec<(String, BTreeSet<String>)>> {
    let mut found: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for ((_, at), place) in places {
        for asset in place.assets.iter().filter(|asset| asset.kind == "module") {
            let source = setting(&asset.settings, "source").map(|setting| &setting.value);
            let Some(Given::Text(source)) = source else { continue };
            let mut names = Vec::new();
            asset.settings.iter().for_each(|setting| mention(&setting.value, &mut names, 0));
            found.entry(at).or_default().push((source.to_ascii_lowercase(), prefixes(&names).into_iter().collect()));
        }
    }
    found
}

fn is_of_kind(resource: &Resource<'_>) -> bool {
    let is_exception = resource.kind.except.iter().any(|(attribute, values)| match resource.attribute(attribute) {
        Some(Reading::Written(found)) => found.plain().is_some_and(|is| values.iter().any(|value| plain(value) == is)),
        _ => false,
    });
    !is_exception && resource.kind.only.iter().all(|(attribute, values)| match resource.attribute(attribute) {
        Some(Reading::Written(found)) => found.plain().is_some_and(|is| values.iter().any(|value| plain(value) == is)),
        Some(Reading::Unwritten(defaults, _)) => defaults.iter().any(|default| values.iter().any(|value| plain(value) == plain(default))),
        // A type of its own needs no attribute to tell.
        None => true,
        Some(Reading::Unknown) => false,
    })
}

/// Repeated blocks of this name, or the elements of a list at this path.
fn elements<'r>(settings: &'r [Setting], path: &str, scope: &Rc<Scope<'r>>) -> Vec<&'r Setting> {
    let blocks: Vec<&Setting> = settings.iter().filter(|setting| setting.name == path).collect();
    if blocks.iter().any(|block| matches!(block.value, Given::Group(_))) {
        return blocks;
    }
    match at_path(settings, path, scope).map(|found| found.value) {
        Some(Value::List(elements, _)) => elements.iter().collect(),
        _ => Vec::new(),
    }
}
