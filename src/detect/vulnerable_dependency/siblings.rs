//! What the other declarations of a package allow that are installed together with it, by `-r` and `-c`.
//!
//! Declarations with a marker are left out: they may hold elsewhere. So are other declarations of one file, which
//! are alternatives more often than not.

use std::collections::BTreeMap;

use super::super::environment::Environments;
use crate::model::{ArtifactPath, Dependency, Ecosystem, Repository};
use crate::version::set::VersionSet;

/// (group of artifacts, name) → what its artifacts allow.
pub(super) struct Siblings<'r> {
    packages: BTreeMap<(usize, String), Package<'r>>,
}

/// One package in one group.
struct Package<'r> {
    /// Ascending.
    paths: Vec<&'r ArtifactPath>,
    /// What all artifacts but the one of the same index allow together.
    others: Vec<VersionSet>,
    /// What all of them allow together.
    all: VersionSet,
}

impl<'r> Siblings<'r> {
    pub(super) fn new(repository: &'r Repository, environments: &Environments<'_>) -> Self {
        // Artifacts ascend by path.
        let mut declared: BTreeMap<(usize, String), Vec<(&'r ArtifactPath, VersionSet)>> = BTreeMap::new();
        for facts in &repository.artifacts {
            let Some(group) = environments.group(&facts.path) else { continue };
            for dependency in &facts.dependencies {
                let plain = dependency.marker.is_none() && dependency.ecosystem == Ecosystem::PyPi;
                let Some((_, allowed, _)) = super::allowed(dependency, false).filter(|_| plain) else { continue };
                let known = declared.entry((group, dependency.normalized_name())).or_default();
                match known.last_mut() {
                    Some((path, set)) if *path == &facts.path => *set = set.union(&allowed),
                    _ => known.push((&facts.path, allowed)),
                }
            }
        }
        let packages = declared.into_iter().map(|(key, artifacts)| (key, Package::new(artifacts)));
        Self { packages: packages.collect() }
    }

    /// What the others allow; `None` when there is no other.
    pub(super) fn of(&self, dependency: &Dependency, environments: &Environments<'_>) -> Option<VersionSet> {
        let path = &dependency.declared_at.path;
        let package = self.packages.get(&(environments.group(path)?, dependency.normalized_name()))?;
        match package.paths.binary_search(&path) {
            Ok(_) if package.paths.len() == 1 => None,
            Ok(index) => package.others.get(index).cloned(),
            Err(_) => Some(package.all.clone()),
        }
    }
}

impl<'r> Package<'r> {
    /// From both ends, so that it takes time in proportion to the number of artifacts.
    fn new(artifacts: Vec<(&'r ArtifactPath, VersionSet)>) -> Self {
        let mut others = vec![VersionSet::all(); artifacts.len()];
        let mut before = VersionSet::all();
        for (other, (_, allowed)) in others.iter_mut().zip(&artifacts) {
            *other = before.clone();
            before = before.intersection(allowed);
        }
        let mut after = VersionSet::all();
        for (other, (_, allowed)) in others.iter_mut().zip(&artifacts).rev() {
            *other = other.intersection(&after);
            after = after.intersection(allowed);
        }
        Self { paths: artifacts.into_iter().map(|(path, _)| path).collect(), others, all: before }
    }
}
