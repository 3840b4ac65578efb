//! Where names hold: a directory of Terraform, a file of anything else; and who calls which as a module.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::detect::posture::scope::{Caller, Names, Scope, Trace, key_of};
use crate::detect::posture::version::Majors;
use crate::model::asset::setting;
use crate::model::{ArtifactPath, Asset, Dialect, Given, Repository};

/// Calls of modules inside modules that are followed.
const MAXIMUM_CALLS: usize = 4;
/// Calls of one module that are looked at.
const MAXIMUM_SCOPES: usize = 32;
/// Assets whose names hold for each other: a directory of Terraform, else a file.
#[derive(Default)]
pub(super) struct Place<'r> {
    pub(super) assets: Vec<&'r Asset>,
    pub(super) names: Rc<Names<'r>>,
    pub(super) project: usize,
}

pub(super) type Places<'r> = BTreeMap<(Dialect, &'r str), Place<'r>>;
pub(super) type Callers<'r> = BTreeMap<(Dialect, &'r str), Vec<(&'r Asset, &'r str)>>;

pub(super) fn places(repository: &Repository) -> Places<'_> {
    let mut places: Places<'_> = BTreeMap::new();
    for facts in &repository.artifacts {
        for asset in &facts.assets {
            let at = if asset.dialect == Dialect::Terraform { facts.path.directory() } else { facts.path.as_str() };
            places.entry((asset.dialect, at)).or_default().assets.push(asset);
        }
    }
    for (number, place) in places.values_mut().enumerate() {
        place.project = number;
        place.names = Rc::new(names(&place.assets));
    }
    places
}

fn names<'r>(assets: &[&'r Asset]) -> Names<'r> {
    let mut names = Names::default();
    let mut locked = None;
    for asset in assets {
        let text = |name: &str| match setting(&asset.settings, name).map(|setting| &setting.value) {
            Some(Given::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        match asset.kind.as_str() {
            "variable" | "local" | "parameter" => {
                names.defined.insert(key_of(asset.dialect, &asset.name), asset);
            }
            "tfvars" => {
                let is_read = |path: &ArtifactPath| path.file_name() == "terraform.tfvars" || path.as_str().ends_with(".auto.tfvars");
                if let Some(value) = setting(&asset.settings, "value").filter(|_| is_read(&asset.location.path)) {
                    // `*.auto.tfvars` are read after it.
                    let is_first = asset.location.path.file_name() == "terraform.tfvars";
                    if !is_first || !names.values.contains_key(asset.name.as_str()) {
                        names.values.insert(&asset.name, value);
                    }
                }
            }
            "required_provider" | "provider" | "locked_provider" if asset.name != "azurerm" => {}
            "required_provider" | "provider" => {
                names.majors = text("version").and_then(Majors::allowed).or(names.majors);
            }
            "locked_provider" => locked = text("version").and_then(Majors::allowed),
            // `terraform.workspace` is nothing of the block.
            "terraform" | "output" => {}
            _ => {
                names.resources.insert(&asset.name, asset);
            }
        }
    }
    names.majors = locked.or(names.majors);
    names
}

/// Who calls which place. Places that call each other become one project.
pub(super) fn callers<'r>(places: &mut Places<'r>) -> Callers<'r> {
    let mut callers: Callers<'r> = BTreeMap::new();
    let mut joined = Vec::new();
    let known: BTreeMap<(Dialect, String), (&'r str, usize)> =
        places.iter().map(|((dialect, at), place)| ((*dialect, (*at).to_owned()), (*at, place.project))).collect();
    for ((dialect, at), place) in places.iter() {
        for asset in place.assets.iter().filter(|asset| asset.kind == "module") {
            let Some(Given::Text(source)) = setting(&asset.settings, "source").map(|setting| &setting.value) else { continue };
            let path = &asset.location.path;
            let target = match dialect {
                Dialect::Terraform if source.starts_with('.') => {
                    path.join(&format!("{source}/main.tf")).map(|inside| inside.directory().to_owned())
                }
                Dialect::Bicep => path.join(source).map(|file| file.as_str().to_owned()),
                _ => None,
            };
            let Some((target, project)) = target.and_then(|target| known.get(&(*dialect, target))) else { continue };
            callers.entry((*dialect, target)).or_default().push((asset, at));
            joined.push((place.project, *project));
        }
    }
    join(places, &joined);
    callers
}

/// Gives all places that hang together the smallest of their numbers.
fn join(places: &mut Places<'_>, joined: &[(usize, usize)]) {
    let mut leader: Vec<usize> = (0..places.len()).collect();
    fn find(leader: &[usize], mut at: usize) -> usize {
        while let Some(next) = leader.get(at).copied().filter(|next| *next != at) {
            at = next;
        }
        at
    }
    for (a, b) in joined {
        let (a, b) = (find(&leader, *a), find(&leader, *b));
        if let Some(place) = leader.get_mut(a.max(b)) {
            *place = a.min(b);
        }
    }
    for place in places.values_mut() {
        place.project = find(&leader, place.project);
    }
}

/// A place as each of its callers sees it; as it stands, when nobody calls it.
pub(super) fn scopes<'r>(
    dialect: Dialect,
    at: &'r str,
    places: &Places<'r>,
    callers: &Callers<'r>,
    trace: &Rc<Trace<'r>>,
    depth: usize,
) -> Vec<Rc<Scope<'r>>> {
    let Some(place) = places.get(&(dialect, at)) else { return Vec::new() };
    let scope = |caller| {
        let number = trace.scopes.get();
        trace.scopes.set(number.wrapping_add(1));
        let (names, trace) = (Rc::clone(&place.names), Rc::clone(trace));
        Rc::new(Scope { dialect, place: at, names, caller, number, each: None, trace })
    };
    let mut found = Vec::new();
    if depth < MAXIMUM_CALLS {
        for (asset, from) in callers.get(&(dialect, at)).into_iter().flatten().filter(|(_, from)| *from != at) {
            // Each call is seen at least once, so that few of them are followed.
            if found.len() >= MAXIMUM_SCOPES {
                trace.is_cut.set(true);
                break;
            }
            let outer = scopes(dialect, from, places, callers, trace, depth + 1);
            found.extend(outer.into_iter().map(|outer| scope(Some(Caller { asset, scope: outer }))));
            found.truncate(MAXIMUM_SCOPES);
        }
    }
    if found.is_empty() {
        found.push(scope(None));
    }
    found
}
