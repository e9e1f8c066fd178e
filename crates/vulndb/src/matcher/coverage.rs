//! For which packages of the image a statement can be made at all. An uncovered one is always said, never
//! silently clean.

use jiff::civil::Date;
use plimsoll_ecosystems::{distros, version::Scheme};
use plimsoll_model::{
    Coverage, CoverageState, Inventory, Namespace, OperatingSystem, PackageKind, SetAside,
};

use super::rebuild::Rebuilt;
use crate::VulnDb;

/// A namespace that answers for some kind of package.
#[derive(Clone, Debug)]
pub(super) struct Answering {
    pub(super) namespace: Namespace,
    pub(super) scheme: Scheme,
    pub(super) rebuilt: Rebuilt,
}

/// Which namespaces answer for packages of `kind`, and what the report says about it. `packages` is how
/// many there are, `foreign` how many of them somebody else built.
pub(super) fn of_kind(
    db: &VulnDb,
    inv: &Inventory,
    kind: PackageKind,
    packages: u64,
    foreign: u64,
    today: Date,
) -> (Vec<Answering>, Coverage) {
    if !kind.is_system() {
        let namespace = Namespace::new(kind.purl_type(), "");
        return settle(db, vec![namespace], kind, packages, None, foreign, today);
    }
    let Some(os) = &inv.os else {
        let note = "no file says which operating system this is";
        return (
            Vec::new(),
            uncovered(Namespace::new(kind.purl_type(), ""), packages, note.to_owned()),
        );
    };
    let namespaces = distros::namespaces(os);
    if namespaces.is_empty() {
        let note = format!("no advisories are known for {}", os.name);
        let namespace = Namespace::new(&os.id, &os.release);
        return (Vec::new(), uncovered(namespace, packages, note));
    }
    let own = namespaces.first().and_then(Scheme::of_namespace);
    if own.is_some() && own != Scheme::of_kind(kind) {
        let note = format!("{} does not use packages of this kind", os.name);
        return (Vec::new(), uncovered(Namespace::new(kind.purl_type(), ""), packages, note));
    }
    settle(db, namespaces, kind, packages, Some(os), foreign, today)
}

/// The first namespace that the database knows answers; the others are asked only where a system is a rebuild of
/// another, whose advisories hold for it, too.
fn settle(
    db: &VulnDb,
    namespaces: Vec<Namespace>,
    kind: PackageKind,
    packages: u64,
    os: Option<&OperatingSystem>,
    foreign: u64,
    today: Date,
) -> (Vec<Answering>, Coverage) {
    let ended = os.and_then(|os| end_of_life(os, today));
    let known = namespaces.iter().find_map(|n| Some((n, db.coverage(n)?)));
    let Some((namespace, info)) = known else {
        let first = namespaces.into_iter().next().unwrap_or(Namespace::new(kind.purl_type(), ""));
        let mut note = format!("the database has no advisories for {first}");
        if let Some(ended) = ended {
            note.push_str("; ");
            note.push_str(&ended);
        }
        return (Vec::new(), uncovered(first, packages, note));
    };
    let Some(scheme) = Scheme::of_namespace(namespace) else {
        let note = format!("versions of {namespace} cannot be compared");
        return (Vec::new(), uncovered(namespace.clone(), packages, note));
    };
    let mut notes = Vec::new();
    let state = match ended {
        Some(ended) => {
            notes.push(format!("{ended}; flaws found later are unknown"));
            CoverageState::EndOfLife
        }
        None => CoverageState::Covered,
    };
    if let Some(first) = namespaces.first().filter(|first| *first != namespace) {
        notes.push(format!("judged by the advisories of {namespace}: there are none for {first}"));
    }
    let own = namespaces.first();
    let mut feeds = info.feeds.clone();
    let mut answering = Vec::new();
    let joined = os.is_some_and(distros::joins_parent);
    let others = namespaces.iter().filter(|other| joined && *other != namespace);
    for namespace in std::iter::once(namespace).chain(others) {
        let Some(info) = db.coverage(namespace) else { continue };
        let rebuilt = match os {
            Some(os) if scheme == Scheme::Rpm && Some(namespace) != own => {
                if os.release.ends_with("-stream") { Rebuilt::Before } else { Rebuilt::After }
            }
            _ => Rebuilt::Not,
        };
        if !answering.is_empty() {
            notes.push(format!("judged by the advisories of {namespace}, too"));
            feeds.extend(info.feeds.iter().cloned());
        }
        answering.push(Answering { namespace: namespace.clone(), scheme, rebuilt });
    }
    feeds.sort();
    feeds.dedup();
    if foreign > 0 {
        notes.push(format!(
            "{foreign} of the packages were built by others than the distribution and are judged by \
             their upstream version only"
        ));
    }
    let coverage =
        Coverage { namespace: namespace.clone(), packages, state, feeds, note: notes.join("; ") };
    (answering, coverage)
}

/// Says how many packages of `kind` are in the image but not judged by the advisories of their language.
pub(super) fn note_set_aside(
    mut coverage: Coverage,
    inv: &Inventory,
    kind: PackageKind,
) -> Coverage {
    let (mut system, mut listed, mut fixtures) = (0u64, 0u64, 0u64);
    for owned in inv.packages.iter().filter(|owned| owned.package.kind == kind) {
        match owned.set_aside {
            Some(SetAside::OwnedBySystem(_)) => system += 1,
            Some(SetAside::NotInstalled) => listed += 1,
            Some(SetAside::Fixture) => fixtures += 1,
            None => {}
        }
    }
    let notes = [
        (system, "belong to packages of the system, whose advisories judge them"),
        (listed, "are only named in lock files and manifests and do not count"),
        (fixtures, "lie in tests or examples of other packages and do not count"),
    ];
    for (count, what) in notes.into_iter().filter(|(count, _)| *count > 0) {
        if !coverage.note.is_empty() {
            coverage.note.push_str("; ");
        }
        coverage.note.push_str(&format!("{count} more packages {what}"));
    }
    coverage
}

fn uncovered(namespace: Namespace, packages: u64, note: String) -> Coverage {
    Coverage { namespace, packages, state: CoverageState::NotCovered, feeds: Vec::new(), note }
}

fn end_of_life(os: &OperatingSystem, today: Date) -> Option<String> {
    let end = os.end_of_life.as_ref().filter(|end| end.is_over(today))?;
    let mut text = format!("no longer gets fixes since {}", end.date);
    if let Some((name, date)) = end.extended.as_ref().filter(|(_, date)| *date >= today) {
        text.push_str(&format!(" (but by {name} until {date})"));
    }
    Some(text)
}
