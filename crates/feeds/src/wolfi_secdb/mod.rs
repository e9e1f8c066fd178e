//! Wolfi's security database: a rolling distribution, so one file for all. The format is [`crate::secdb`]'s.

use std::path::Path;

use plimsoll_model::Advisory;

use crate::{Feed, FeedError, FeedMeta, Stats, Upstream, secdb};

static META: FeedMeta = FeedMeta {
    id: "wolfi-secdb",
    title: "Wolfi security database",
    homepage: "https://github.com/wolfi-dev/advisories",
    licence: "not stated by its makers",
    upstream: &[Upstream {
        url: "https://packages.wolfi.dev/os/security.json",
        file: "security.json",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct WolfiSecdb;

impl Feed for WolfiSecdb {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        secdb::parse_all(META.id, "wolfi", input, out)
    }
}
