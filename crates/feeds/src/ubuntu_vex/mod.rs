//! Canonical's VEX documents (OpenVEX): one for each flaw, with the source packages that are affected or not
//! affected in each release and each support programme, and in words why there is no fix; and one for each
//! notice (USN), with the packages that mend its flaws.
//!
//! Documents about flaws name the version that a release has now as fixed, not the first one that was: fixed
//! versions are taken from the notices.

mod document;

use std::{io::Read, path::Path};

use plimsoll_model::{Advisory, Affected, FixState, NameKind, Range, read_capped};

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    csaf::Purl,
    input::{Entry, Visitor, walk},
    ubuntu_cve_tracker::settle_programmes,
    ubuntu_series::{self, Row},
};
use document::{Document, Statement};

static META: FeedMeta = FeedMeta {
    id: "ubuntu-vex",
    title: "Ubuntu VEX",
    homepage: "https://github.com/canonical/ubuntu-security-notices",
    licence: "none stated; Canonical shares it for use",
    upstream: &[Upstream {
        url: "https://security-metadata.canonical.com/vex/vex-all.tar.xz",
        file: "vex-all.tar.xz",
    }],
};

/// Largest document, in bytes; the largest real ones (the kernel) have some 30 MB.
pub const MAX_DOCUMENT: u64 = 128 << 20;

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct UbuntuVex;

impl Feed for UbuntuVex {
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
        read(&name, entry.reader(), &mut self.0);
        Ok(())
    }
}

/// Reads one document: a bad one is a bad record, as each file is one.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) {
    let bytes = match read_capped(input, MAX_DOCUMENT) {
        Ok(bytes) => bytes,
        Err(e) => return into.bad(place, e.to_string()),
    };
    match serde_json::from_slice::<Document>(&bytes) {
        Ok(document) => take(place, &document, into),
        Err(e) => into.bad(place, e.to_string()),
    }
}

fn take(place: &str, document: &Document, into: &mut Collector<'_>) {
    let Some(first) = document.statements.first() else {
        into.skip("document without a statement");
        return;
    };
    let id = &first.vulnerability.name;
    let is_notice = !id.starts_with("CVE-");
    let flaws: Vec<String> = if is_notice {
        let aliases = first.vulnerability.aliases.iter();
        aliases.filter(|a| a.starts_with("CVE-")).cloned().collect()
    } else {
        vec![id.clone()]
    };
    if flaws.is_empty() {
        into.skip("notice that names no CVE");
        return;
    }
    let date = |text: &str| text.get(..10).and_then(|day| day.parse().ok());
    let modified = date(&document.metadata.timestamp);
    into.date(modified);
    let mut affected: Vec<Affected> = Vec::new();
    for statement in &document.statements {
        if statement.vulnerability.name != *id {
            into.bad(place, "statements about several flaws");
            return;
        }
        if let Err(why) = rows(statement, is_notice, &mut affected, into) {
            into.bad(place, why);
            return;
        }
    }
    if !is_notice {
        settle_programmes(&mut affected);
    }
    if affected.is_empty() {
        into.skip("flaw that concerns no package of a release");
        return;
    }
    into.record(Advisory {
        id: id.clone(),
        flaws,
        published: date(&first.timestamp),
        modified,
        description: first.vulnerability.description.clone().filter(|_| !is_notice),
        affected,
        ..Advisory::default()
    });
}

fn rows(
    statement: &Statement,
    is_notice: bool,
    affected: &mut Vec<Affected>,
    into: &mut Collector<'_>,
) -> Result<(), String> {
    let state = state(statement).ok_or_else(|| format!("`{}` is no status", statement.status))?;
    if (state == FixState::Fixed) != is_notice {
        return Ok(());
    }
    for product in &statement.products {
        // Binary packages repeat what is said of their source.
        if !product.id.contains("arch=source") {
            continue;
        }
        let purl = Purl::parse(&product.id).filter(|p| p.kind == "deb" && p.namespace == "ubuntu");
        let Some(purl) = purl else {
            into.skip("product that is no package of Ubuntu");
            continue;
        };
        let distro = purl.distro.as_deref().unwrap_or_default();
        let Row::Release(namespace, channel) = ubuntu_series::row(distro) else {
            into.skip("row of another product or of the release in the making");
            continue;
        };
        let fixed = match (state, purl.version) {
            (FixState::Fixed, None) => {
                into.skip("fixed package without a version");
                continue;
            }
            (FixState::Fixed, fixed) => fixed,
            _ => None,
        };
        affected.push(Affected {
            namespace,
            package: purl.name,
            name_kind: NameKind::Source,
            arches: Vec::new(),
            module: None,
            channel,
            ranges: fixed.map(Range::before).into_iter().collect(),
            versions: Vec::new(),
            state,
            severity: None,
        });
    }
    Ok(())
}

/// Words of an action statement and the state that they stand for; the first that fits counts.
const ACTIONS: [(&str, FixState); 4] = [
    ("no longer supported", FixState::EndOfLife),
    ("decided to not fix", FixState::WillNotFix),
    ("deferred", FixState::FixDeferred),
    ("needs fixing", FixState::Affected),
];

fn state(statement: &Statement) -> Option<FixState> {
    Some(match statement.status.as_str() {
        "fixed" => FixState::Fixed,
        "not_affected" => FixState::NotAffected,
        "under_investigation" => FixState::UnderInvestigation,
        "affected" => {
            let action = statement.action_statement.as_deref().unwrap_or_default();
            // What follows are notes, which may hold any words.
            let action = action.split("CVE Notes").next().unwrap_or_default();
            let found = ACTIONS.iter().find(|(words, _)| action.contains(words));
            found.map_or(FixState::Affected, |(_, state)| *state)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
