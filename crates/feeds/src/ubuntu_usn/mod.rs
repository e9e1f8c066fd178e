//! Ubuntu's security notices (USN): which source packages an update mended in which release or support
//! programme. Read from the notices' database, from pages of the notices' interface, or as OSV records. They name
//! fixed flaws only, and are for those who do not have [`crate::ubuntu_vex`] or [`crate::ubuntu_osv`].

mod notice;
mod stream;

use std::path::Path;

use plimsoll_model::{Advisory, Affected, Channel, FixState, NameKind, Range};
use serde::Deserialize;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
    osv,
    ubuntu_series::{self, Row},
};
use notice::{Notice, Page};

static META: FeedMeta = FeedMeta {
    id: "ubuntu-usn",
    title: "Ubuntu security notices",
    homepage: "https://ubuntu.com/security/notices",
    licence: "none stated; Canonical shares it for use",
    upstream: &[Upstream {
        url: "https://usn.ubuntu.com/usn-db/database-all.json.bz2",
        file: "database-all.json.bz2",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct UbuntuUsn;

impl Feed for UbuntuUsn {
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
        if entry.file_name().starts_with("database") {
            let into = &mut self.0;
            return stream::each(
                entry.reader(),
                &mut |id, raw| match serde_json::from_str::<Notice>(raw.get()) {
                    Ok(notice) => take(notice, into),
                    Err(e) => into.bad(format!("{name}: {id}"), e.to_string()),
                },
            )
            .map_err(|e| FeedError::malformed(&name, e.to_string()));
        }
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        read(&name, &bytes, &mut self.0);
        Ok(())
    }
}

/// Reads a page of notices, or a notice as an OSV record.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    #[derive(Deserialize)]
    struct Which {
        schema_version: Option<serde::de::IgnoredAny>,
    }
    match serde_json::from_slice::<Which>(bytes) {
        Ok(Which { schema_version: Some(_) }) => {
            let is_notice = |record: &osv::Record| {
                (!record.id.starts_with("USN-")).then_some("record that is no notice")
            };
            osv::read(place, bytes, &is_notice, into);
        }
        Ok(_) => match serde_json::from_slice::<Page>(bytes) {
            Ok(page) => page.notices.into_iter().for_each(|one| take(one.into(), into)),
            Err(e) => into.bad(place, e.to_string()),
        },
        Err(e) => into.bad(place, e.to_string()),
    }
}

fn take(notice: Notice, into: &mut Collector<'_>) {
    let mut flaws = notice.cves;
    flaws.retain(|id| id.starts_with("CVE-") && !id.contains(char::is_whitespace));
    into.date(notice.published);
    if flaws.is_empty() {
        into.skip("notice that names no CVE");
        return;
    }
    let mut affected = Vec::new();
    for (codename, release) in notice.releases {
        let Row::Release(namespace, of_row) = ubuntu_series::row(&codename) else {
            into.skip("row of another product or of the release in the making");
            continue;
        };
        for source in release {
            if source.version.is_empty() || source.name.is_empty() {
                into.skip("package without a version");
                continue;
            }
            let channel = match of_row.clone().map_or_else(|| channel(&source), Ok) {
                Ok(channel) => Some(channel),
                Err(NoChannel::Default) => None,
                Err(NoChannel::Other) => {
                    into.skip("row of another product or of the release in the making");
                    continue;
                }
            };
            affected.push(Affected {
                namespace: namespace.clone(),
                package: source.name,
                name_kind: NameKind::Source,
                arches: Vec::new(),
                module: None,
                channel,
                ranges: vec![Range::before(source.version)],
                versions: Vec::new(),
                state: FixState::Fixed,
                severity: None,
            });
        }
    }
    if affected.is_empty() {
        into.skip("notice without a source package");
        return;
    }
    into.record(Advisory {
        id: notice.id,
        flaws,
        published: notice.published,
        title: notice.title,
        affected,
        ..Advisory::default()
    });
}

enum NoChannel {
    Default,
    Other,
}

/// By the archive's pocket; by the version where no pocket is named.
fn channel(source: &notice::Source) -> Result<Channel, NoChannel> {
    let paid = |name: &str| Channel { name: name.to_owned(), paid: true };
    match source.pocket.as_deref() {
        Some(pocket) if pocket.starts_with("esm-") => Ok(paid(pocket)),
        Some("security" | "updates" | "release") => Err(NoChannel::Default),
        // Builds of their own: `fips-updates`, `realtime` …
        Some(_) => Err(NoChannel::Other),
        None if source.version.contains("esm") => Ok(paid("esm")),
        None => Err(NoChannel::Default),
    }
}

#[cfg(test)]
mod tests;
