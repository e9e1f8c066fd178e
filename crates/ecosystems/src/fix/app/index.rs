//! What the image tells about its applications as wholes: their lock files, and who asks for whom.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use plimsoll_model::{AffectedBinary, OwnedPackage, PackageEvidence, PackageKind, SetAside};

use super::{super::shell::is_safe_name, Origin};

/// Most packages that are visited on the way up to direct dependencies.
const MAX_VISITED: usize = 512;

/// Most direct dependencies that are named.
const MAX_ROOTS: usize = 3;

/// Application packages by name, and lock files.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Index<'a> {
    packages: HashMap<(PackageKind, &'a str), Vec<&'a OwnedPackage>>,
    locks: BTreeSet<(PackageKind, &'a str)>,
}

impl<'a> Index<'a> {
    pub(in super::super) fn new(packages: &'a [OwnedPackage]) -> Self {
        let mut index = Self::default();
        for owned in packages.iter().filter(|owned| !owned.package.kind.is_system()) {
            let package = &owned.package;
            index.packages.entry((package.kind, &package.name)).or_default().push(owned);
            if owned.set_aside != Some(SetAside::Fixture) && is_list(owned) {
                index.locks.insert((package.kind, &owned.path));
            }
        }
        index
    }

    /// The lock file or manifest that decides about a package: the one that lists it, else one beside it or above
    /// it, else the only one of its kind.
    pub(super) fn lock(&self, binary: &AffectedBinary) -> Option<&'a str> {
        let of_kind: Vec<&'a str> = self
            .locks
            .iter()
            .filter(|(kind, _)| *kind == binary.kind)
            .map(|(_, path)| *path)
            .collect();
        let lists = self.same(binary).filter(|owned| is_list(owned)).map(|owned| &*owned.path);
        let is_above = |lock: &&str| {
            let folder = lock.rsplit_once('/').map_or("", |(folder, _)| folder);
            folder.is_empty()
                || binary.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        // What is written down by a tool before what is written by hand; then the nearest.
        let rank = |path: &str| (is_written_by_tool(path), common(path, &binary.path));
        lists
            .max_by_key(|path| rank(path))
            .or_else(|| of_kind.iter().copied().filter(is_above).max_by_key(|path| rank(path)))
            .or_else(|| of_kind.first().copied().filter(|_| of_kind.len() == 1))
    }

    /// Who asks for a package.
    pub(super) fn origin(&self, binary: &AffectedBinary) -> Origin {
        let Some(app) = &binary.application else { return Origin::Unknown };
        let locked_directly = self.same(binary).any(|owned| {
            is_list(owned)
                && owned.package.app.as_ref().is_some_and(|app| app.is_direct == Some(true))
        });
        if app.is_direct == Some(true) || locked_directly {
            return Origin::Direct;
        }
        match (app.required_by.is_empty(), app.is_direct) {
            (true, None) => Origin::Unknown,
            (true, _) => Origin::Through(Vec::new()),
            (false, _) => Origin::Through(self.roots(binary, &app.required_by)),
        }
    }

    fn same<'s>(
        &'s self,
        binary: &'s AffectedBinary,
    ) -> impl Iterator<Item = &'a OwnedPackage> + 's {
        let all = self.packages.get(&(binary.kind, binary.name.as_str()));
        all.into_iter().flatten().copied().filter(|owned| owned.package.version == binary.version)
    }

    /// The direct dependencies on the way up from `required_by`.
    fn roots(&self, binary: &AffectedBinary, required_by: &[String]) -> Vec<String> {
        let mut waiting: VecDeque<&str> = required_by.iter().map(String::as_str).collect();
        let mut seen: HashSet<&str> = waiting.iter().copied().collect();
        let mut roots: Vec<String> = Vec::new();
        while let Some(one) = waiting.pop_front() {
            let Some((name, version)) = one.rsplit_once('@') else { continue };
            let all = self.packages.get(&(binary.kind, name)).into_iter().flatten();
            let mut same: Vec<_> = all.filter(|owned| owned.package.version == version).collect();
            // Of several projects in one image, the one at hand.
            same.sort_by_key(|owned| std::cmp::Reverse(common(&owned.path, &binary.path)));
            let app = same.first().and_then(|owned| owned.package.app.as_ref());
            let is_root =
                app.is_none_or(|app| app.is_direct == Some(true) || app.required_by.is_empty());
            if is_root {
                if is_safe_name(name) && !roots.iter().any(|root| root == name) {
                    roots.push(name.to_owned());
                }
                if roots.len() == MAX_ROOTS {
                    break;
                }
                continue;
            }
            for next in app.iter().flat_map(|app| &app.required_by) {
                if seen.len() < MAX_VISITED && seen.insert(next) {
                    waiting.push_back(next);
                }
            }
        }
        roots
    }
}

fn is_list(owned: &OwnedPackage) -> bool {
    owned.package.app.as_ref().is_some_and(|app| {
        matches!(app.evidence, PackageEvidence::LockFile | PackageEvidence::Manifest)
    })
}

fn is_written_by_tool(path: &str) -> bool {
    !path.ends_with(".txt") && !path.ends_with("go.mod") && !path.ends_with("pom.xml")
}

/// Number of folders that two paths have in common.
fn common(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).count()
}
