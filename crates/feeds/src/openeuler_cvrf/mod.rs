//! openEuler's security advisories in CVRF: an XML file each, with the fixed builds per release and
//! architecture. They name fixed flaws only.
//!
//! Builds are known from their file names, which have no epoch.

mod document;

use std::{collections::BTreeMap, path::Path};

use async_trait::async_trait;
use plimsoll_model::{
    Advisory, Affected, FixState, NameKind, Namespace, Range, Rating, Severity, read_capped,
};

use crate::{
    Collector, Cursor, Feed, FeedError, FeedMeta, Fetched, Http, Origin, Stats,
    fetch::{
        Expected,
        contents::{Folder, Table},
        manifest::Listed,
    },
    input::{Entry, Visitor, walk},
};
use document::Document;

/// Largest document, in bytes; the largest real ones (a kernel) have some hundred KB.
pub const MAX_DOCUMENT: u64 = 16 << 20;

static META: FeedMeta = FeedMeta {
    id: "openeuler-cvrf",
    title: "openEuler security advisories",
    homepage: "https://www.openeuler.org/en/security/safety-bulletin/",
    licence: "none stated",
    upstream: &[],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct OpeneulerCvrf;

#[async_trait]
impl Feed for OpeneulerCvrf {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    async fn fetch(
        &self,
        http: &Http,
        origin: &Origin,
        since: Option<&Cursor>,
        dir: &Path,
    ) -> Result<Fetched, FeedError> {
        FOLDER.fetch(&META, http, origin, since, dir).await
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let mut files = Files(Collector::new(META.id, out));
        walk(input, &mut files)?;
        files.0.finish(input)
    }
}

const FOLDER: Folder = Folder {
    url: "https://repo.openeuler.org/security/data/cvrf/",
    table: Table::Paths("index.txt"),
    choose,
    also: &[],
};

/// `2024/cvrf-openEuler-SA-2024-1349.xml`: thousands of files. Those of the years before the last are taken
/// to be final and are fetched once.
fn choose(listed: Vec<Listed>) -> Vec<Listed> {
    final_after_a_year(listed, ".xml")
}

pub(crate) fn final_after_a_year(mut listed: Vec<Listed>, ending: &str) -> Vec<Listed> {
    let year = |path: &str| path.get(..4).and_then(|y| y.parse::<u32>().ok()).unwrap_or_default();
    listed.retain(|l| l.path.ends_with(ending));
    let newest = listed.iter().map(|l| year(&l.path)).max().unwrap_or_default();
    for one in &mut listed {
        if year(&one.path).saturating_add(1) < newest {
            one.expected = Expected::Settled;
        }
    }
    listed
}

struct Files<'a>(Collector<'a>);

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        name.contains("openEuler-SA-") && name.ends_with(".xml")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        match read_capped(entry.reader(), MAX_DOCUMENT) {
            Ok(bytes) => read(&name, &bytes, &mut self.0),
            Err(e) => self.0.bad(name, e.to_string()),
        }
        Ok(())
    }
}

/// Reads one document: a bad one is a bad record, as each file is one.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    match document::parse(bytes).and_then(|document| take(&document, into)) {
        Ok(all) if all.is_empty() => into.skip("advisory without a fixed package of a release"),
        Ok(all) => all.into_iter().for_each(|advisory| into.record(advisory)),
        Err(why) => into.bad(place, why),
    }
}

/// One advisory for all flaws that are fixed in the same releases; real documents give one.
fn take(document: &Document, into: &mut Collector<'_>) -> Result<Vec<Advisory>, String> {
    if document.id.is_empty() {
        return Err("a document without an id".into());
    }
    let date = |text: &str| text.get(..10).and_then(|day| day.parse().ok());
    let (published, modified) = (date(&document.published), date(&document.modified));
    into.date(modified.or(published));
    let mut groups: BTreeMap<&[String], (Vec<String>, Option<Severity>)> = BTreeMap::new();
    for flaw in &document.flaws {
        if !flaw.cve.starts_with("CVE-") || flaw.cve.contains(char::is_whitespace) {
            return Err(format!("`{}` is no CVE id", flaw.cve));
        }
        let (flaws, severity) = groups.entry(&flaw.fixed).or_default();
        if !flaws.contains(&flaw.cve) {
            flaws.push(flaw.cve.clone());
        }
        let word = flaw.severity.parse().ok().filter(|s| *s != Severity::Unknown);
        *severity = (*severity).max(word);
    }
    let mut all = Vec::new();
    for (releases, (flaws, severity)) in groups {
        let affected = affected(document, releases)?;
        if affected.is_empty() {
            continue;
        }
        let rating = severity.map(|severity| Rating {
            source: "openeuler".into(),
            severity: Some(severity),
            cvss: None,
        });
        all.push(Advisory {
            id: document.id.clone(),
            flaws,
            published,
            modified,
            ratings: rating.into_iter().collect(),
            affected,
            ..Advisory::default()
        });
    }
    Ok(all)
}

fn affected(document: &Document, releases: &[String]) -> Result<Vec<Affected>, String> {
    let mut rows: BTreeMap<(&str, String, String), Vec<String>> = BTreeMap::new();
    for product in &document.products {
        // `cpe:/a:openEuler:openEuler:20.03-LTS-SP3`
        let Some(release) = product.cpe.strip_prefix("cpe:/a:openEuler:openEuler:") else {
            continue;
        };
        if product.arch == "src" || !releases.iter().any(|r| r == &format!("openEuler-{release}")) {
            continue;
        }
        let (name, version) = build(&product.file, &product.arch)
            .ok_or_else(|| format!("`{}` is no package's file name", product.file))?;
        let arches = rows.entry((release, name, version)).or_default();
        if !arches.contains(&product.arch) {
            arches.push(product.arch.clone());
        }
    }
    let row = |((release, package, fixed), arches): ((&str, String, String), _)| Affected {
        namespace: Namespace::new("openeuler", release),
        package,
        name_kind: NameKind::Binary,
        arches,
        module: None,
        channel: None,
        ranges: vec![Range::before(fixed)],
        versions: Vec::new(),
        state: FixState::Fixed,
        severity: None,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Name and `version-release` of `name-version-release.arch.rpm`.
fn build(file: &str, arch: &str) -> Option<(String, String)> {
    let stem = file.strip_suffix(".rpm")?.strip_suffix(arch)?.strip_suffix('.')?;
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let whole = !name.is_empty() && !version.is_empty() && !release.is_empty();
    whole.then(|| (name.to_owned(), format!("{version}-{release}")))
}

#[cfg(test)]
mod tests;
