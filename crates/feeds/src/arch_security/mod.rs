//! Arch Linux's security tracker: groups of flaws (AVG) in packages by name, fixed or open.
//!
//! Arch has one line of every package, so that everything before the fixed version counts as affected, also
//! what is older than the version that the tracker names as affected.

use std::{io::Read, path::Path};

use plimsoll_model::{
    Advisory, Affected, Channel, FixState, NameKind, Namespace, Range, Rating, Severity,
};
use serde::Deserialize;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
    json_array,
};

/// Most packages or flaws of one group.
pub const MAX_ITEMS: usize = 2_000;

static META: FeedMeta = FeedMeta {
    id: "arch-security",
    title: "Arch Linux security tracker",
    homepage: "https://security.archlinux.org/",
    licence: "none stated",
    upstream: &[Upstream { url: "https://security.archlinux.org/all.json", file: "all.json" }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct ArchSecurity;

impl Feed for ArchSecurity {
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

/// Reads the tracker's list of groups.
///
/// # Errors
/// Where it is no JSON list.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut number = 0u64;
    json_array::each(input, &mut |raw| {
        number += 1;
        match serde_json::from_str::<Group>(raw.get()).map_err(|e| e.to_string()).and_then(take) {
            Ok(advisory) => into.record(advisory),
            Err(why) => into.bad(format!("{place}: record {number}"), why),
        }
    })
    .map_err(|e| FeedError::malformed(place, e.to_string()))
}

#[derive(Deserialize)]
struct Group {
    name: String,
    packages: Vec<String>,
    status: String,
    #[serde(default)]
    severity: String,
    fixed: Option<String>,
    #[serde(default)]
    issues: Vec<String>,
}

fn take(group: Group) -> Result<Advisory, String> {
    let Group { name, packages, status, severity, fixed, issues } = group;
    let empty = |list: &[String]| list.iter().any(String::is_empty);
    if name.is_empty() || packages.is_empty() || empty(&packages) || empty(&issues) {
        return Err(format!("group `{name}` with an empty name or without a package"));
    }
    if packages.len() > MAX_ITEMS || issues.len() > MAX_ITEMS {
        return Err(format!("group `{name}` with more than {MAX_ITEMS} packages or flaws"));
    }
    let fixed = fixed.filter(|f| !f.is_empty());
    let (state, fixed, channel) = match (status.as_str(), fixed) {
        ("Fixed", Some(fixed)) => (FixState::Fixed, Some(fixed), None),
        // The fixed build is in the testing repository only.
        ("Testing", Some(fixed)) => (FixState::Fixed, Some(fixed), Some("testing")),
        ("Vulnerable" | "Testing", _) => (FixState::Affected, None, None),
        ("Not affected", _) => (FixState::NotAffected, None, None),
        ("Unknown", _) => (FixState::UnderInvestigation, None, None),
        ("Fixed", None) => return Err(format!("group `{name}` is fixed without a version")),
        (other, _) => return Err(format!("`{other}` is no status")),
    };
    let row = |package: String| Affected {
        namespace: Namespace::new("arch", ""),
        package,
        name_kind: NameKind::Binary,
        arches: Vec::new(),
        module: None,
        channel: channel.map(|name| Channel { name: name.into(), paid: false }),
        ranges: fixed.clone().map(Range::before).into_iter().collect(),
        versions: Vec::new(),
        state,
        severity: None,
    };
    let severity = severity.parse().ok().filter(|s| *s != Severity::Unknown);
    let rating = severity.map(|severity| Rating {
        source: "arch".into(),
        severity: Some(severity),
        cvss: None,
    });
    Ok(Advisory {
        id: name,
        flaws: issues,
        ratings: rating.into_iter().collect(),
        affected: packages.into_iter().map(row).collect(),
        ..Advisory::default()
    })
}

#[cfg(test)]
mod tests;
