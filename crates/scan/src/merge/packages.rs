//! The installed packages, out of live databases.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use plimsoll_ecosystems::lang;
use plimsoll_model::{Fact, LayerFacts, OwnedPackage, Package, PackageKind};

use super::{PlacedFact, Tree, aside, dependents, nix};

/// What tells two packages of one image apart. The same system package in two databases (an RPM database
/// in its old and its new place, a file under two names) is one package; a library in two places is two.
type Identity<'f> =
    (PackageKind, &'f str, &'f str, Option<&'f str>, Option<(&'f str, Option<&'f str>)>);

fn identity<'f>(package: &'f Package, path: &'f str) -> Identity<'f> {
    let inside = package.app.as_ref().map(|app| app.inside.as_str());
    let place = (!package.kind.is_system()).then_some((path, inside));
    (package.kind, &package.name, &package.version, package.arch.as_deref(), place)
}

/// The packages in the order of kind, name, version and architecture, with their files, licences, and the
/// first layer that lists them.
pub(super) fn installed(
    tree: &Tree<'_>,
    layers: &[Option<Arc<LayerFacts>>],
    facts: &[PlacedFact<'_>],
) -> Vec<OwnedPackage> {
    let mut origin: HashMap<Identity<'_>, u32> = HashMap::new();
    let mut found: BTreeMap<Identity<'_>, (&Package, &str)> = BTreeMap::new();
    let mut files: HashMap<&str, &[String]> = HashMap::new();
    let mut licenses: HashMap<&str, &str> = HashMap::new();
    let mut direct_urls: HashMap<&str, &str> = HashMap::new();
    for placed in facts {
        match &placed.fact.fact {
            Fact::Packages(packages) => {
                for package in packages {
                    let key = identity(package, &placed.fact.path);
                    origin.entry(key).or_insert(placed.layer);
                    if placed.live {
                        found.entry(key).or_insert((package, &placed.fact.path));
                    }
                }
            }
            // A list or licence that a later layer deleted still tells what the package is made of; one
            // of an upper layer belongs to the newer version.
            Fact::FileList { package, files: list } => {
                files.insert(package, list);
            }
            Fact::Marker { name, value } => {
                if let Some(folder) = name.strip_prefix("license:") {
                    licenses.insert(folder, value);
                } else if name == lang::DIRECT_URL && placed.live {
                    direct_urls.insert(folder_of(&placed.fact.path), value);
                }
            }
            Fact::SystemFile { .. }
            | Fact::Detection(_)
            | Fact::Text { .. }
            | Fact::Identity(_) => {}
        }
    }
    let mut packages: Vec<OwnedPackage> = found
        .into_iter()
        .map(|(key, (package, path))| {
            let mut package = package.clone();
            if package.kind == PackageKind::Deb {
                if package.files.is_empty() {
                    package.files = list_of(&files, &package);
                }
                if package.licenses.is_empty() {
                    package.licenses = licenses_of(tree, &licenses, &package.name);
                }
            }
            if package.kind == PackageKind::Pypi
                && let Some(url) = direct_urls.get(folder_of(path))
            {
                package.vendor = Some((*url).to_owned());
            }
            OwnedPackage {
                package,
                path: path.to_owned(),
                layer: origin.get(&key).copied().unwrap_or_default(),
                set_aside: None,
            }
        })
        .collect();
    packages.extend(nix::packages(tree, layers));
    aside::mark(&mut packages);
    dependents::set(&mut packages);
    packages.sort_by_key(|owned| owned.package.kind);
    packages
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// dpkg names the list after the package, and with the architecture where several may be installed.
fn list_of(files: &HashMap<&str, &[String]>, package: &Package) -> Vec<String> {
    let qualified = package.arch.as_ref().map(|arch| format!("{}:{arch}", package.name));
    qualified
        .and_then(|name| files.get(name.as_str()))
        .or_else(|| files.get(package.name.as_str()))
        .map_or_else(Vec::new, |list| list.to_vec())
}

/// A package's documentation folder can be a link to that of another package of the same source.
fn licenses_of(tree: &Tree<'_>, licenses: &HashMap<&str, &str>, name: &str) -> Vec<String> {
    let text = licenses.get(name).copied().or_else(|| {
        let folder = tree.place(&format!("usr/share/doc/{name}"))?;
        licenses.get(folder.strip_prefix("usr/share/doc/")?).copied()
    });
    let lines: BTreeSet<&str> =
        text.unwrap_or_default().lines().filter(|line| !line.is_empty()).collect();
    lines.into_iter().map(str::to_owned).collect()
}
