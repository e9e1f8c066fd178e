//! Chainguard's security database: a rolling distribution, so one file for all. The format is [`crate::secdb`]'s.

use std::path::Path;

use plimsoll_model::Advisory;

use crate::{Feed, FeedError, FeedMeta, Stats, Upstream, secdb};

static META: FeedMeta = FeedMeta {
    id: "chainguard-secdb",
    title: "Chainguard security database",
    homepage: "https://www.chainguard.dev",
    licence: "not stated by its makers",
    upstream: &[Upstream {
        url: "https://packages.cgr.dev/chainguard/security.json",
        file: "security.json",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct ChainguardSecdb;

impl Feed for ChainguardSecdb {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        secdb::parse_all(META.id, "chainguard", input, out)
    }
}
