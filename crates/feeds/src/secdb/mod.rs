//! The format of Alpine's security database, which Wolfi and Chainguard share: per repository, a list of
//! source packages, each with the versions that fixed something and what they fixed. It names fixed flaws
//! only: a flaw without a fix is not in it.

mod document;
mod names;

use std::{cmp::Ordering, collections::BTreeMap, path::Path};

use jiff::{Timestamp, civil::Date};
use plimsoll_ecosystems::version::Scheme;
use plimsoll_model::{Advisory, Affected, FixState, NameKind, Namespace, Range};

pub use self::{
    document::{Document, Package, parse},
    names::{Names, names},
};
use crate::{
    Collector, FeedError, FeedId, Stats,
    input::{Entry, Visitor, utc_date, walk},
};

/// The version that stands for "never affected".
const NEVER: &str = "0";

/// Reads the databases below `input` that belong to `ecosystem`; others are skipped and counted.
///
/// # Errors
/// Where the feed is broken as a whole.
pub fn parse_all(
    feed: FeedId,
    ecosystem: &'static str,
    input: &Path,
    out: &mut dyn FnMut(Advisory),
) -> Result<Stats, FeedError> {
    let mut files = Files { ecosystem, into: Collector::new(feed, out), last_update: None };
    walk(input, &mut files)?;
    if files.last_update.is_some() {
        files.into.replace_date(files.last_update);
    }
    files.into.finish(input)
}

struct Files<'a> {
    ecosystem: &'static str,
    into: Collector<'a>,
    last_update: Option<Date>,
}

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        let ending = name.rsplit_once('.').map_or("", |(_, e)| e);
        matches!(ending, "json" | "yaml" | "yml") || is_last_update(name)
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        if is_last_update(entry.name) {
            self.last_update = std::str::from_utf8(&bytes).ok().and_then(date_of_last_update);
            return Ok(());
        }
        read(self.ecosystem, entry.name, &bytes, &mut self.into)?;
        self.into.date(entry.modified);
        Ok(())
    }
}

fn is_last_update(name: &str) -> bool {
    name.rsplit('/').next() == Some("last-update")
}

/// Seconds since 1970, or a text that starts with a date.
fn date_of_last_update(text: &str) -> Option<Date> {
    let text = text.trim();
    let seconds = text.parse::<i64>().ok().and_then(|s| Timestamp::from_second(s).ok());
    seconds.map(utc_date).or_else(|| text.get(..10)?.parse().ok())
}

/// Reads one database.
///
/// # Errors
/// Where it is no database at all.
pub fn read(
    ecosystem: &str,
    place: &str,
    bytes: &[u8],
    into: &mut Collector<'_>,
) -> Result<(), FeedError> {
    let document = parse(place, bytes, into)?;
    let Some(namespace) = namespace(&document, place) else {
        into.bad(place, "neither the file nor its folder names the release");
        return Ok(());
    };
    if namespace.ecosystem != ecosystem {
        into.skip("database of another distribution");
        return Ok(());
    }
    for package in &document.packages {
        let here = || format!("{place}: {}", package.name);
        if package.name.trim().is_empty() {
            into.bad(here(), "a package without a name");
            continue;
        }
        for fix in fixes(package, &mut |text| into.bad(here(), text)) {
            into.record(advisory(&namespace, package.name.trim(), fix));
        }
    }
    Ok(())
}

/// Distribution and release of a database. `distroversion` is `v3.9` or `edge` in Alpine's and missing in
/// the rolling ones, which are told apart by the address of their packages.
fn namespace(document: &Document, place: &str) -> Option<Namespace> {
    let host = document.urlprefix.as_str();
    if host.contains("packages.wolfi.dev") {
        return Some(Namespace::new("wolfi", ""));
    }
    if host.contains(".cgr.dev") {
        return Some(Namespace::new("chainguard", ""));
    }
    if !host.is_empty() && !host.contains("alpinelinux.org") && document.distroversion.is_empty() {
        return Some(Namespace::new("unknown", ""));
    }
    let from_folder = place.rsplit('/').nth(1).unwrap_or_default();
    let version = [document.distroversion.as_str(), from_folder];
    let release = version.into_iter().find_map(release)?;
    // A derivative that kept the version field but serves its own packages.
    let is_alpine = host.is_empty() || host.contains("alpine");
    Some(Namespace::new(if is_alpine { "alpine" } else { "unknown" }, release))
}

fn release(version: &str) -> Option<&str> {
    if version == "edge" {
        return Some(version);
    }
    let number = version.strip_prefix('v').unwrap_or(version);
    let (major, minor) = number.split_once('.')?;
    let digits = |s: &str| !s.is_empty() && s.len() < 4 && s.bytes().all(|b| b.is_ascii_digit());
    (digits(major) && digits(minor)).then_some(number)
}

struct Fix<'a> {
    names: Names,
    version: &'a str,
}

/// What a package's versions fixed, each flaw once: a flaw under several versions is fixed by the highest.
fn fixes<'a>(package: &'a Package, bad: &mut dyn FnMut(&str)) -> Vec<Fix<'a>> {
    let mut found: BTreeMap<String, Fix<'a>> = BTreeMap::new();
    for (version, texts) in &package.secfixes {
        let version = version.trim();
        for text in texts {
            let Some(parsed) = names(text) else {
                bad(&format!("`{text}` under {version} names no flaw"));
                continue;
            };
            for one in parsed.split() {
                match found.get_mut(&one.id) {
                    Some(known) => {
                        if is_higher(version, known.version) {
                            known.version = version;
                        }
                        let new = one.aliases.into_iter();
                        known.names.aliases.extend(new);
                        known.names.aliases.sort_unstable();
                        known.names.aliases.dedup();
                    }
                    None => {
                        found.insert(one.id.clone(), Fix { names: one, version });
                    }
                }
            }
        }
    }
    found.into_values().collect()
}

fn is_higher(version: &str, than: &str) -> bool {
    if than == NEVER || version == NEVER {
        return than == NEVER;
    }
    Scheme::Apk.compare(version, than).unwrap_or_else(|_| version.cmp(than)) == Ordering::Greater
}

fn advisory(namespace: &Namespace, package: &str, fix: Fix<'_>) -> Advisory {
    let never = fix.version == NEVER;
    let flaws = if fix.names.is_cve() { vec![fix.names.id.clone()] } else { Vec::new() };
    Advisory {
        id: fix.names.id,
        flaws,
        aliases: fix.names.aliases,
        affected: vec![Affected {
            namespace: namespace.clone(),
            package: package.to_owned(),
            name_kind: NameKind::Source,
            arches: Vec::new(),
            module: None,
            channel: None,
            ranges: if never { Vec::new() } else { vec![Range::before(fix.version)] },
            versions: Vec::new(),
            state: if never { FixState::NotAffected } else { FixState::Fixed },
            severity: None,
        }],
        ..Advisory::default()
    }
}

#[cfg(test)]
mod tests;
