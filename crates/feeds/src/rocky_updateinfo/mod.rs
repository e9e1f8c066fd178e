//! Rocky Linux's errata as its repositories' updateinfo. Packages of module streams stand in collections of
//! their own that name the module; its stream is taken from there and not from the title, which is Red Hat's
//! and may name another one. It names fixed flaws only.

use std::path::Path;

use plimsoll_model::Advisory;

use crate::{
    Feed, FeedError, FeedMeta, Stats,
    updateinfo::{self, Collection, Dialect, Place, Update},
};

static META: FeedMeta = FeedMeta {
    id: "rocky-updateinfo",
    title: "Rocky Linux errata",
    homepage: "https://errata.rockylinux.org/",
    licence: "none stated",
    upstream: &[],
};

/// How Rocky Linux writes its updates.
pub const DIALECT: Dialect =
    Dialect { ecosystem: "rocky", place, leave_out: |_, _| None, id: str::to_owned };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct RockyUpdateinfo;

impl Feed for RockyUpdateinfo {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        updateinfo::parse_all(META.id, DIALECT, input, out)
    }
}

/// `<release>Rocky Linux 8</release>`
fn place(update: &Update, _: &Collection) -> Result<Place, &'static str> {
    let release = update.release.strip_prefix("Rocky Linux ").unwrap_or_default();
    let major = release.split('.').next().unwrap_or_default();
    if major.is_empty() || !major.bytes().all(|b| b.is_ascii_digit()) {
        return Err("collection of an unknown release");
    }
    Ok(Place::release(major))
}

#[cfg(test)]
mod tests;
