//! openEuler's CSAF: a document for each flaw or each advisory, with the fixed builds per release, service
//! pack and architecture. They name fixed flaws only.
//!
//! Packages are known from the names of builds, which have no epoch.

use std::{io::Read, path::Path};

use async_trait::async_trait;
use plimsoll_model::Advisory;

use crate::{
    Collector, Cursor, Feed, FeedError, FeedMeta, Fetched, Http, Origin, Stats,
    csaf::{self, Dialect, Placed, Product, Remediation, Status},
    fetch::{
        contents::{Folder, Table},
        manifest::Listed,
    },
    openeuler_cvrf,
    oval::Target,
};

static META: FeedMeta = FeedMeta {
    id: "openeuler-csaf",
    title: "openEuler CSAF",
    homepage: "https://www.openeuler.org/en/security/cve/",
    licence: "none stated",
    upstream: &[],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct OpeneulerCsaf;

const FOLDER: Folder = Folder {
    url: "https://repo.openeuler.org/security/data/csaf/cve/",
    table: Table::Paths("index.txt"),
    choose,
    also: &[],
};

fn choose(listed: Vec<Listed>) -> Vec<Listed> {
    openeuler_cvrf::final_after_a_year(listed, ".json")
}

#[async_trait]
impl Feed for OpeneulerCsaf {
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
        csaf::parse_all(META.id, &OpenEuler, input, out)
    }
}

/// Reads one document: a bad one is a bad record, as each file is one.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) {
    csaf::read(&OpenEuler, place, input, into);
}

struct OpenEuler;

impl Dialect for OpenEuler {
    const SOURCE: &'static str = "openeuler";
    const ARCHES: &'static [&'static str] =
        &["aarch64", "loongarch64", "ppc64le", "riscv64", "x86_64"];

    fn place(&self, parts: &[&Product<'_>], status: Status) -> Result<Vec<Placed>, &'static str> {
        let [component, .., platform] = parts else {
            return Err("statement about a product without its packages");
        };
        let cpe = platform.cpe.unwrap_or_default();
        let release = cpe.strip_prefix("cpe:/a:openEuler:openEuler:").filter(|r| !r.is_empty());
        let release = release.ok_or("statement about another product than the release")?;
        csaf::by_name(component.id, Target::base("openeuler", release), status)
    }

    fn erratum<'d>(&self, remediation: &'d Remediation<'d>) -> Option<&'d str> {
        let id = remediation.url.as_deref()?.rsplit_once("?id=")?.1;
        id.starts_with("openEuler-SA-").then_some(id)
    }
}

#[cfg(test)]
mod tests;
