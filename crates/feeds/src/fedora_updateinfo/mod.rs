//! Fedora's updates as its repositories' updateinfo. The CVE ids stand in the titles of the bugs that an update
//! closes; a security update that names none is a flaw under its own id. Updates of EPEL have the same form and
//! are left out here. It names fixed flaws only.

use std::path::Path;

use plimsoll_model::Advisory;

use crate::{
    Feed, FeedError, FeedMeta, Stats,
    updateinfo::{self, Collection, Dialect, Place, Update},
};

static META: FeedMeta = FeedMeta {
    id: "fedora-updateinfo",
    title: "Fedora updates",
    homepage: "https://bodhi.fedoraproject.org/",
    licence: "none stated",
    upstream: &[],
};

/// How Fedora writes its updates.
pub const DIALECT: Dialect =
    Dialect { ecosystem: "fedora", place, leave_out: |_, _| None, id: str::to_owned };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct FedoraUpdateinfo;

impl Feed for FedoraUpdateinfo {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        updateinfo::parse_all(META.id, DIALECT, input, out)
    }
}

/// `Fedora 19`, `Fedora 38 Modular`; `Fedora EPEL 6` is another product.
fn place(update: &Update, _: &Collection) -> Result<Place, &'static str> {
    let words: Vec<&str> = update.release.split_whitespace().collect();
    match words.as_slice() {
        ["Fedora", "EPEL", ..] => Err("update of EPEL"),
        ["Fedora", number] | ["Fedora", number, "Modular"]
            if number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Ok(Place::release(*number))
        }
        _ => Err("collection of an unknown release"),
    }
}

#[cfg(test)]
mod tests;
