//! The JSON of Debian's security tracker: every flaw of every source package in the releases that are
//! supported now, fixed or open. Releases that Debian has dropped are not in it (see `debian-lists`).

mod stream;

use std::{io::Read, path::Path};

use plimsoll_model::{
    Advisory, Affected, Channel, FixState, NameKind, Namespace, Range, Rating, Severity,
};
use serde::Deserialize;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream, debian_series,
    input::{Entry, Visitor, walk},
};

static META: FeedMeta = FeedMeta {
    id: "debian-tracker",
    title: "Debian security tracker",
    homepage: "https://security-tracker.debian.org/tracker/",
    licence: "none stated; the Debian security team allows any use",
    upstream: &[Upstream {
        url: "https://security-tracker.debian.org/tracker/data/json",
        file: "tracker.json",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct DebianTracker;

impl Feed for DebianTracker {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let mut files = Files(Collector::new(META.id, out));
        walk(input, &mut files)?;
        files.0.finish(input)
    }
}

struct Files<'a>(Collector<'a>);

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        name.ends_with(".json")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        // The data names no date of its own: the file's is the time of the download.
        self.0.date(entry.modified);
        read(&name, entry.reader(), &mut self.0)
    }
}

/// Reads the tracker's JSON, one flaw of one package at a time.
///
/// # Errors
/// Where it is no JSON of this form.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) -> Result<(), FeedError> {
    read_as(place, input, None, into)
}

/// As [`read`]; all fixes are in `channel`. Freexian's tracker for its extended support has the same form.
pub(crate) fn read_as(
    place: &str,
    input: &mut dyn Read,
    channel: Option<&Channel>,
    into: &mut Collector<'_>,
) -> Result<(), FeedError> {
    stream::each(input, &mut |package, flaw, raw| match serde_json::from_str::<Flaw>(raw.get()) {
        Ok(record) => take(package, flaw, record, channel, into),
        Err(e) => into.bad(format!("{place}: {package}/{flaw}"), e.to_string()),
    })
    .map_err(|e| FeedError::malformed(place, e.to_string()))
}

#[derive(Deserialize)]
struct Flaw {
    description: Option<String>,
    releases: std::collections::BTreeMap<String, Release>,
}

#[derive(Deserialize)]
struct Release {
    status: String,
    fixed_version: Option<String>,
    urgency: Option<String>,
    nodsa: Option<String>,
    nodsa_reason: Option<String>,
}

fn take(package: &str, id: &str, flaw: Flaw, channel: Option<&Channel>, into: &mut Collector<'_>) {
    let mut affected = Vec::new();
    for (codename, release) in &flaw.releases {
        let Some(key) = debian_series::release(codename) else {
            into.skip("row of an unknown release");
            continue;
        };
        let Some(state) = state(release) else {
            let place = format!("{package}/{id}/{codename}");
            into.bad(place, format!("`{}` is no status", release.status));
            continue;
        };
        if channel.is_some() && state != FixState::Fixed {
            // What has no fix in it is for the distribution's own tracker to say.
            into.skip("row of a programme without a fix");
            continue;
        }
        let fixed = release.fixed_version.as_deref().filter(|_| state == FixState::Fixed);
        affected.push(Affected {
            namespace: Namespace::new("debian", key),
            package: package.to_owned(),
            name_kind: NameKind::Source,
            arches: Vec::new(),
            module: None,
            channel: channel.cloned(),
            ranges: fixed.map(Range::before).into_iter().collect(),
            versions: Vec::new(),
            state,
            severity: release.urgency.as_deref().and_then(severity),
        });
    }
    if affected.is_empty() {
        into.skip("flaw without a known release");
        return;
    }
    let worst = affected.iter().filter_map(|a| a.severity).max();
    let rating = worst.map(|severity| Rating {
        source: "debian".into(),
        severity: Some(severity),
        cvss: None,
    });
    into.record(Advisory {
        id: id.to_owned(),
        flaws: if id.starts_with("CVE-") { vec![id.to_owned()] } else { Vec::new() },
        ratings: rating.into_iter().collect(),
        description: flaw.description,
        affected,
        ..Advisory::default()
    });
}

fn state(release: &Release) -> Option<FixState> {
    Some(match release.status.as_str() {
        "resolved" => match release.fixed_version.as_deref() {
            // The tracker's way to say that no version of the release was ever affected.
            Some("0") => FixState::NotAffected,
            Some(_) => FixState::Fixed,
            None => return None,
        },
        "undetermined" => FixState::UnderInvestigation,
        "open" if release.urgency.as_deref() == Some("end-of-life") => FixState::EndOfLife,
        "open" => match (release.nodsa.is_some(), release.nodsa_reason.as_deref()) {
            (_, Some("postponed")) => FixState::FixDeferred,
            (_, Some("ignored")) | (true, _) => FixState::WillNotFix,
            (false, _) => FixState::Affected,
        },
        _ => return None,
    })
}

/// `high**` is `high` given automatically.
fn severity(urgency: &str) -> Option<Severity> {
    match urgency.trim_end_matches('*') {
        "end-of-life" | "not yet assigned" => None,
        word => word.parse().ok(),
    }
}

#[cfg(test)]
mod tests;
