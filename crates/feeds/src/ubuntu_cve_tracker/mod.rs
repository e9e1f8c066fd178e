//! Ubuntu's CVE tracker: a text file per flaw, with a row per source package and release that says what the
//! security team found. It is a git repository, so it has no download of its own: a checkout, a tarball of
//! one or a mirror of such a tarball is its input.

mod file;
mod status;

use std::path::Path;

use plimsoll_model::{Advisory, Affected, CvssRating, FixState, NameKind, Range, Rating, Severity};

pub use self::{
    file::{CveFile, Priority, StatusRow, parse},
    status::Status,
};
use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats,
    input::{Entry, Visitor, walk},
    ubuntu_series::{self, Row},
};

static META: FeedMeta = FeedMeta {
    id: "ubuntu-cve-tracker",
    title: "Ubuntu CVE tracker",
    homepage: "https://git.launchpad.net/ubuntu-cve-tracker",
    licence: "none stated for the data; Canonical shares it for use by others",
    upstream: &[],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct UbuntuCveTracker;

impl Feed for UbuntuCveTracker {
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
    /// Flaws are in `active` and `retired`; `ignored` holds those of software that Ubuntu does not ship,
    /// and the files beside them are templates and lists.
    fn wants(&self, name: &str) -> bool {
        let mut parts = name.rsplit('/');
        let leaf = parts.next().unwrap_or_default();
        let folder = parts.next().unwrap_or("active");
        leaf.starts_with("CVE-") && !leaf.contains('.') && folder != "ignored"
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        read(entry.name, &bytes, &mut self.0);
        Ok(())
    }
}

/// Reads the file of one flaw.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    let text = String::from_utf8_lossy(bytes);
    let file = parse(&text, &mut |line, message| into.bad(format!("{place}:{line}"), message));
    let Some(id) = file.candidate.clone() else {
        into.bad(place, "no `Candidate:`");
        return;
    };
    into.date(file.published);
    let mut affected = Vec::new();
    for row in &file.rows {
        take(place, &file, row, &mut affected, into);
    }
    settle_programmes(&mut affected);
    if affected.is_empty() {
        into.skip("flaw that concerns no package of a release");
        return;
    }
    into.record(Advisory {
        flaws: vec![id.clone()],
        id,
        published: file.published,
        ratings: ratings(&file),
        description: file.description,
        references: file.references,
        affected,
        ..Advisory::default()
    });
}

fn take(
    place: &str,
    file: &CveFile,
    row: &StatusRow,
    affected: &mut Vec<Affected>,
    into: &mut Collector<'_>,
) {
    let Row::Release(namespace, channel) = ubuntu_series::row(&row.release) else {
        into.skip("row of another product or of the release in the making");
        return;
    };
    let Some(state) = row.status.state(&row.note) else {
        into.skip("row of a package that the release does not have");
        return;
    };
    if state == FixState::Fixed && row.note.is_empty() {
        into.bad(format!("{place}:{}", row.line), "`released` without a version");
        return;
    }
    let fixed = (state == FixState::Fixed).then(|| Range::before(row.note.as_str()));
    affected.push(Affected {
        namespace,
        package: row.package.clone(),
        name_kind: NameKind::Source,
        arches: Vec::new(),
        module: None,
        channel,
        ranges: fixed.into_iter().collect(),
        versions: Vec::new(),
        state,
        severity: file.severity_of(&row.package),
    });
}

/// A support programme goes on where the release's own support ended: its rows repeat those of the release
/// until then. A repeated row says nothing new. And where the release's row only says that its time was
/// over, but the programme found the package not to be affected, that holds for the release as well.
pub(crate) fn settle_programmes(affected: &mut Vec<Affected>) {
    let same_package =
        |a: &Affected, b: &Affected| a.namespace == b.namespace && a.package == b.package;
    let programmes: Vec<Affected> =
        affected.iter().filter(|a| a.channel.is_some()).cloned().collect();
    for own in affected.iter_mut().filter(|a| a.channel.is_none()) {
        let cleared = |p: &Affected| same_package(own, p) && p.state == FixState::NotAffected;
        if own.state == FixState::EndOfLife && programmes.iter().any(cleared) {
            own.state = FixState::NotAffected;
        }
    }
    let owns: Vec<Affected> = affected.iter().filter(|a| a.channel.is_none()).cloned().collect();
    affected.retain(|a| {
        let repeats =
            |own: &Affected| same_package(own, a) && own.state == a.state && own.ranges == a.ranges;
        a.channel.is_none() || !owns.iter().any(repeats)
    });
}

fn ratings(file: &CveFile) -> Vec<Rating> {
    let own = file.severity.map(|severity| Rating {
        source: "ubuntu".into(),
        severity: Some(severity),
        cvss: None,
    });
    let vectors = file.cvss.iter().map(|(source, version, vector)| Rating {
        source: source.clone(),
        severity: None,
        cvss: Some(CvssRating { version: version.clone(), vector: vector.clone() }),
    });
    own.into_iter().chain(vectors).collect()
}

impl CveFile {
    /// The severity of the flaw in one package, where it differs from the flaw's own.
    fn severity_of(&self, package: &str) -> Option<Severity> {
        let own = self.package_severities.iter().find(|(p, _)| p == package).map(|(_, s)| *s);
        own.filter(|s| Some(*s) != self.severity)
    }
}

#[cfg(test)]
mod tests;
