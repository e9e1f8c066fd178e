//! Ubuntu's flaws as OSV records: per flaw, each source package with its affected versions and, where there
//! is one, the fixed version of the release or of its support programme. A package that is not affected is
//! not in it, and why a flaw has no fix is not said.

use std::path::Path;

use plimsoll_model::Advisory;

use crate::{Feed, FeedError, FeedMeta, Stats, Upstream, osv};

static META: FeedMeta = FeedMeta {
    id: "ubuntu-osv",
    title: "Ubuntu security data (OSV)",
    homepage: "https://github.com/canonical/ubuntu-security-notices",
    licence: "none stated for the data; Canonical shares it for use by others",
    upstream: &[Upstream {
        url: "https://security-metadata.canonical.com/osv/osv-all.tar.xz",
        file: "osv-all.tar.xz",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct UbuntuOsv;

impl Feed for UbuntuOsv {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        // The records of notices (USN, LSN) repeat those of the flaws that they mend.
        let left_out = |record: &osv::Record| {
            let is_flaw = record.id.starts_with("UBUNTU-CVE-") || record.id.starts_with("CVE-");
            (!is_flaw).then_some("notice: its flaws have records of their own")
        };
        osv::parse_all(META.id, &left_out, input, out)
    }
}

#[cfg(test)]
mod tests;
