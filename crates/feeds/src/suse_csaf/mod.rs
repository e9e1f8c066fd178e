//! SUSE's CSAF: VEX documents, one for each flaw, and advisories, one for each update. Products are those of
//! [`crate::suse_oval`]: service packs, modules and LTSS of the server, Leap and Tumbleweed.
//!
//! Packages are known from the names of builds, which have no epoch.

use std::{io::Read, path::Path};

use plimsoll_model::{Advisory, Affected};

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    csaf::{self, Dialect, Placed, Product, Status},
    suse_oval,
};

static META: FeedMeta = FeedMeta {
    id: "suse-csaf",
    title: "SUSE CSAF",
    homepage: "https://www.suse.com/support/security/csaf/",
    licence: "CC-BY-4.0",
    upstream: &[Upstream {
        url: "https://ftp.suse.com/pub/projects/security/csaf-vex.tar.bz2",
        file: "csaf-vex.tar.bz2",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct SuseCsaf;

impl Feed for SuseCsaf {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        csaf::parse_all(META.id, &Suse, input, out)
    }
}

/// Reads one document: a bad one is a bad record, as each file is one.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) {
    csaf::read(&Suse, place, input, into);
}

pub(crate) struct Suse;

impl Dialect for Suse {
    const SOURCE: &'static str = "suse";
    const ARCHES: &'static [&'static str] = &["aarch64", "ppc64le", "s390x", "x86_64"];

    fn place(&self, parts: &[&Product<'_>], status: Status) -> Result<Vec<Placed>, &'static str> {
        let [component, .., platform] = parts else {
            return Err("statement about a product without its packages");
        };
        let targets = suse_oval::product(platform.id)
            .ok_or("statement about another product than the release")?;
        let mut all = Vec::new();
        for target in targets {
            all.extend(csaf::by_name(component.id, target, status)?);
        }
        Ok(all)
    }

    fn settle(&self, rows: Vec<Affected>) -> Vec<Affected> {
        csaf::without_doubt(rows)
    }
}

#[cfg(test)]
mod tests;
