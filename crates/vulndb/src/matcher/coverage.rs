//! For which packages of the image a statement can be made at all. An uncovered one is always said, never
//! silently clean.

use std::collections::BTreeSet;

use jiff::civil::Date;
use plimsoll_ecosystems::{distros, version::Scheme};
use plimsoll_model::{
    Coverage, CoverageState, FeedInfo, Inventory, Knowledge, NameKind, Namespace, OperatingSystem,
    PackageFamily, PackageKind, SetAside,
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
/// many there are that the distribution, or the language's registry, gave out.
pub(super) fn of_kind(
    db: &VulnDb,
    inv: &Inventory,
    kind: PackageKind,
    packages: u64,
    today: Date,
) -> (Vec<Answering>, Coverage) {
    if !kind.is_system() {
        let namespace = Namespace::new(kind.purl_type(), "");
        let (answering, coverage) = settle(db, vec![namespace], kind, packages, None, today);
        let coverage = match kind {
            PackageKind::Generic if !answering.is_empty() => of_programs(db, inv, coverage),
            _ => coverage,
        };
        return (answering, coverage);
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
    settle(db, namespaces, kind, packages, Some(os), today)
}

/// A system of which no package was found.
pub(super) fn of_empty(
    db: &VulnDb,
    inv: &Inventory,
    os: &OperatingSystem,
    today: Date,
) -> Coverage {
    let kind = match os.family {
        PackageFamily::Apk => PackageKind::Apk,
        PackageFamily::Dpkg => PackageKind::Deb,
        PackageFamily::Rpm => PackageKind::Rpm,
        PackageFamily::Pacman => PackageKind::Alpm,
        PackageFamily::None => {
            let namespace = Namespace::new(&os.id, &os.release);
            return uncovered(namespace, 0, format!("{} has no package database", os.name));
        }
    };
    of_kind(db, inv, kind, 0, today).1
}

/// The first namespace that the database knows answers; the others are asked only where a system is a rebuild of
/// another, whose advisories hold for it, too.
fn settle(
    db: &VulnDb,
    namespaces: Vec<Namespace>,
    kind: PackageKind,
    packages: u64,
    os: Option<&OperatingSystem>,
    today: Date,
) -> (Vec<Answering>, Coverage) {
    let known = namespaces.iter().find_map(|n| Some((n, db.coverage(n)?)));
    let Some((namespace, info)) = known else {
        let first = namespaces.into_iter().next().unwrap_or(Namespace::new(kind.purl_type(), ""));
        let mut notes: Vec<String> =
            os.and_then(|os| end_of_life(os, None, today)).into_iter().collect();
        notes.push(format!("the database has no advisories for {first}"));
        return (Vec::new(), uncovered(first, packages, notes.join("; ")));
    };
    let Some(scheme) = Scheme::of_namespace(namespace) else {
        let note = format!("versions of {namespace} cannot be compared");
        return (Vec::new(), uncovered(namespace.clone(), packages, note));
    };
    let own = namespaces.first();
    let mut notes = Vec::new();
    if let Some(first) = own.filter(|first| *first != namespace) {
        notes.push(format!("judged by the advisories of {namespace}: there are none for {first}"));
    }
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
    let about = || db.meta().feeds.iter().filter(|feed| feeds.contains(&feed.id));
    let state = match os.and_then(|os| end_of_life(os, newest(about()), today)) {
        Some(ended) => {
            notes.insert(0, format!("{ended}: flaws found later are unknown"));
            CoverageState::EndOfLife
        }
        None => CoverageState::Covered,
    };
    if os.is_some() && about().next().is_some() && about().all(|f| f.knows == Knowledge::FixedOnly)
    {
        notes.push("the advisories name only flaws that have a fix".to_owned());
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
    if coverage.packages == 0
        && coverage.state == CoverageState::NotCovered
        && system + listed + fixtures > 0
    {
        // Nothing is left that these advisories would have to judge.
        coverage.state = CoverageState::Covered;
        coverage.note.clear();
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

/// Programs share a namespace, but advisories about one say nothing about another.
fn of_programs(db: &VulnDb, inv: &Inventory, mut coverage: Coverage) -> Coverage {
    // What belongs to the system is judged by the system's advisories.
    let own = inv.packages.iter().filter(|owned| owned.set_aside.is_none());
    let programs = own.map(|owned| &owned.package);
    let names: BTreeSet<&str> = programs
        .filter(|p| p.kind == PackageKind::Generic)
        .map(|p| p.name.as_str())
        .filter(|name| {
            let entry = db.with_entry(&coverage.namespace, NameKind::Binary, name, |_| ());
            !matches!(entry, Ok(Some(())))
        })
        .collect();
    if !names.is_empty() {
        let shown: Vec<&str> = names.iter().copied().take(MAX_SHOWN_PROGRAMS).collect();
        let more = names.len() - shown.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        coverage.state = CoverageState::NotCovered;
        coverage.note = format!("the database has no advisories for {}{more}", shown.join(", "));
    }
    coverage
}

/// Most programs that a note lists.
const MAX_SHOWN_PROGRAMS: usize = 8;

fn uncovered(namespace: Namespace, packages: u64, note: String) -> Coverage {
    Coverage { namespace, packages, state: CoverageState::NotCovered, feeds: Vec::new(), note }
}

/// What is said of packages that others than the distribution built: its advisories do not speak of them.
pub(super) fn of_others(kind: PackageKind, names: &BTreeSet<&str>, packages: u64) -> Coverage {
    let mut list: Vec<&str> = names.iter().copied().take(SHOWN_NAMES).collect();
    let more = names.len().saturating_sub(SHOWN_NAMES);
    let rest = format!("{more} more");
    if more > 0 {
        list.push(&rest);
    }
    let note = format!(
        "not covered by the system's advisories, because others than the distribution built them: {}",
        list.join(", ")
    );
    uncovered(Namespace::new(kind.purl_type(), ""), packages, note)
}

/// Packages of others that are named.
const SHOWN_NAMES: usize = 5;

/// The day up to which feeds know something; `None` where one does not say.
fn newest<'a>(feeds: impl Iterator<Item = &'a FeedInfo>) -> Option<Date> {
    feeds.map(|feed| feed.date).max().flatten()
}

/// Since when nothing is known of a release, where its life is over. Data can end before the release did:
/// that of an archive does.
fn end_of_life(os: &OperatingSystem, data: Option<Date>, today: Date) -> Option<String> {
    let end = os.end_of_life.as_ref().filter(|end| end.is_over(today))?;
    let mut text = match data.filter(|data| *data < end.date) {
        None => format!("not covered since {}, end of life", end.date),
        Some(data) => {
            format!("not covered since {data}, where the data ends; end of life on {}", end.date)
        }
    };
    if let Some((name, date)) = end.extended.as_ref().filter(|(_, date)| *date >= today) {
        text.push_str(&format!(" ({name} goes on until {date})"));
    }
    Some(text)
}
