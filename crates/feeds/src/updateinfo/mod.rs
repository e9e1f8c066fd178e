//! `updateinfo.xml`, the errata that RPM repositories carry beside their packages: every update with the exact
//! builds per architecture, which module they belong to, and what they mend. Distributions differ in how they
//! name a release and where they put the CVE ids; what is common is here, what differs is in [`Dialect`].
//!
//! An update that is not about security and names no CVE is no flaw: it is skipped and counted. It names
//! fixed flaws only.

mod reader;

use std::{collections::BTreeMap, io::Read, path::Path};

use jiff::civil::Date;
use plimsoll_model::{
    Advisory, Affected, Channel, FixState, NameKind, Namespace, Range, Rating, Severity,
};

pub use reader::{
    Collection, MAX_DEPTH, MAX_ITEMS, MAX_TEXT, MAX_UPDATE, Package, Reference, Update, updates,
};

use crate::{
    Collector, FeedError, FeedId, Stats,
    input::{Entry, Visitor, walk},
};

/// Most CVE ids that are taken from one update.
pub const MAX_FLAWS: usize = 5_000;

/// How one distribution writes its updates.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// The distribution's id.
    pub ecosystem: &'static str,
    /// Where a collection's packages live, or why it is left out.
    pub place: fn(&Update, &Collection) -> Result<Place, &'static str>,
    /// Why a single package is left out, where it is.
    pub leave_out: fn(&Package, &Place) -> Option<&'static str>,
    /// The id as it should be shown.
    pub id: fn(&str) -> String,
}

/// Where packages live.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Release key.
    pub release: String,
    /// The repository apart from the default one.
    pub channel: Option<Channel>,
    /// First version that the channel's packages have, where it carries another line of the same package.
    pub introduced: Option<fn(&Place, &Package) -> String>,
}

impl Place {
    /// The default repository of a release.
    #[must_use]
    pub fn release(key: impl Into<String>) -> Self {
        Self { release: key.into(), ..Self::default() }
    }
}

/// Reads every updateinfo file below `input`.
pub(crate) fn parse_all(
    feed: FeedId,
    dialect: Dialect,
    input: &Path,
    out: &mut dyn FnMut(Advisory),
) -> Result<Stats, FeedError> {
    let mut files = Files { into: Collector::new(feed, out), dialect };
    walk(input, &mut files)?;
    files.into.finish(input)
}

struct Files<'a> {
    into: Collector<'a>,
    dialect: Dialect,
}

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        let file = name.rsplit('/').next().unwrap_or_default();
        file.contains("updateinfo") && file.ends_with(".xml")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        read(&name, entry.reader(), &self.dialect, &mut self.into)
    }
}

/// Reads one file.
///
/// # Errors
/// Where it is no updateinfo.
pub fn read(
    place: &str,
    input: &mut dyn Read,
    dialect: &Dialect,
    into: &mut Collector<'_>,
) -> Result<(), FeedError> {
    let mut number = 0u64;
    updates(input, &mut |update| {
        number += 1;
        take(place, number, &update, dialect, into);
    })
    .map_err(|why| FeedError::malformed(place, why))
}

/// Takes one update, the `number`th of its file; other formats of the same errata are read as updates too.
pub(crate) fn take(
    place: &str,
    number: u64,
    update: &Update,
    dialect: &Dialect,
    into: &mut Collector<'_>,
) {
    match advisory(update, dialect, into) {
        Ok(Some(advisory)) => into.record(advisory),
        Ok(None) => {}
        Err(why) if update.id.is_empty() => into.bad(format!("{place}: update {number}"), why),
        Err(why) => into.bad(format!("{place}: {}", update.id), why),
    }
}

fn advisory(
    update: &Update,
    dialect: &Dialect,
    into: &mut Collector<'_>,
) -> Result<Option<Advisory>, String> {
    if update.id.is_empty() {
        return Err("an update without an id".into());
    }
    if update.id.chars().any(char::is_whitespace) {
        return Err(format!("`{}` is no id", update.id));
    }
    let (issued, updated) = (date(&update.issued)?, date(&update.updated)?);
    into.date(updated.or(issued));
    if matches!(update.status.as_str(), "testing" | "pending" | "obsolete" | "unpushed" | "retired")
    {
        into.skip("update that is not released");
        return Ok(None);
    }
    let is_security = update.kind == "security";
    let flaws = flaws(update, is_security);
    if flaws.is_empty() && !is_security {
        into.skip("update that is not about a flaw");
        return Ok(None);
    }
    let severity = severity(&update.severity);
    let affected = affected(update, dialect, into)?;
    if affected.is_empty() {
        into.skip("update without packages of a known release");
        return Ok(None);
    }
    let rating = severity.map(|severity| Rating {
        source: dialect.ecosystem.into(),
        severity: Some(severity),
        cvss: None,
    });
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Some(Advisory {
        id: (dialect.id)(&update.id),
        flaws,
        published: issued,
        modified: updated,
        ratings: rating.into_iter().collect(),
        title: text(&update.title),
        description: text(&update.description),
        references: update.references.iter().filter_map(|r| text(&r.href)).collect(),
        affected,
        ..Advisory::default()
    }))
}

/// Rows of an update: one for each build of a package in one place, with the architectures that it exists for.
fn affected(
    update: &Update,
    dialect: &Dialect,
    into: &mut Collector<'_>,
) -> Result<Vec<Affected>, String> {
    let mut rows: BTreeMap<_, Affected> = BTreeMap::new();
    for collection in &update.collections {
        let place = match (dialect.place)(update, collection) {
            Ok(place) => place,
            Err(reason) => {
                into.skip(reason);
                continue;
            }
        };
        for package in &collection.packages {
            let Package { name, version, release, arch, .. } = package;
            if arch == "src" {
                continue;
            }
            if name.is_empty() || version.is_empty() || release.is_empty() {
                return Err(format!("package `{name}` without name, version or release"));
            }
            if let Some(reason) = (dialect.leave_out)(package, &place) {
                into.skip(reason);
                continue;
            }
            let fixed = evr(package)?;
            let key = (
                place.release.clone(),
                place.channel.clone(),
                collection.module.clone(),
                name.clone(),
                fixed.clone(),
            );
            let row = rows.entry(key).or_insert_with(|| Affected {
                namespace: Namespace::new(dialect.ecosystem, &place.release),
                package: name.clone(),
                name_kind: NameKind::Binary,
                arches: Vec::new(),
                module: collection.module.clone(),
                channel: place.channel.clone(),
                ranges: vec![Range {
                    introduced: place.introduced.map(|first| first(&place, package)),
                    ..Range::before(fixed)
                }],
                versions: Vec::new(),
                state: FixState::Fixed,
                severity: None,
            });
            if !arch.is_empty() && !row.arches.contains(arch) {
                row.arches.push(arch.clone());
            }
        }
    }
    let mut rows: Vec<Affected> = rows.into_values().collect();
    for row in &mut rows {
        row.arches.sort_unstable();
    }
    Ok(rows)
}

/// `epoch:version-release`, without an epoch of 0.
fn evr(package: &Package) -> Result<String, String> {
    let Package { name, epoch, version, release, .. } = package;
    Ok(match epoch.as_str() {
        "" | "0" => format!("{version}-{release}"),
        epoch if epoch.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{epoch}:{version}-{release}")
        }
        epoch => return Err(format!("`{epoch}` is no epoch of {name}")),
    })
}

/// CVE ids of the references; where a security update has none there, of its own text.
fn flaws(update: &Update, is_security: bool) -> Vec<String> {
    let mut found = Vec::new();
    for reference in &update.references {
        cves(&reference.id, &mut found);
        cves(&reference.title, &mut found);
    }
    if found.is_empty() && is_security {
        for text in [&update.title, &update.summary, &update.description] {
            cves(text, &mut found);
        }
    }
    found
}

/// Adds the CVE ids that a text names, each once.
pub(crate) fn cves(text: &str, into: &mut Vec<String>) {
    let mut rest = text;
    while let Some(at) = rest.find("CVE-") {
        rest = rest.get(at + 4..).unwrap_or_default();
        let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
        let Some((year, tail)) = rest.split_once('-') else { return };
        if digits(year) != 4 || year.len() != 4 {
            continue;
        }
        let length = digits(tail);
        if !(4..=19).contains(&length) || into.len() >= MAX_FLAWS {
            continue;
        }
        let id = format!("CVE-{year}-{}", tail.get(..length).unwrap_or_default());
        if !into.contains(&id) {
            into.push(id);
        }
    }
}

fn severity(word: &str) -> Option<Severity> {
    // Updates that nobody rated say `None`, which is no rating of `negligible`.
    let rated = !word.eq_ignore_ascii_case("none");
    word.parse().ok().filter(|s| rated && *s != Severity::Unknown)
}

/// `2021-07-22 18:25:24`, `2021-07-22`, `2025-06-11T19:52:52Z`.
fn date(text: &str) -> Result<Option<Date>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let day = text.get(..10).and_then(|day| day.parse().ok());
    day.map(Some).ok_or_else(|| format!("`{text}` is no date"))
}

#[cfg(test)]
mod tests;
