//! AlmaLinux's errata as OSV records. They name every binary package of an erratum with its fixed version;
//! the module stream stands in the summary only. They name fixed flaws only.

use std::path::Path;

use plimsoll_model::Advisory;

use crate::{Feed, FeedError, FeedMeta, Stats, Upstream, osv};

static META: FeedMeta = FeedMeta {
    id: "almalinux-osv",
    title: "AlmaLinux errata",
    homepage: "https://github.com/AlmaLinux/osv-database",
    licence: "MIT",
    upstream: &[Upstream {
        url: "https://osv-vulnerabilities.storage.googleapis.com/AlmaLinux/all.zip",
        file: "all.zip",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct AlmalinuxOsv;

impl Feed for AlmalinuxOsv {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        osv::parse_all(META.id, &|_| None, input, out)
    }
}

#[cfg(test)]
mod tests;
