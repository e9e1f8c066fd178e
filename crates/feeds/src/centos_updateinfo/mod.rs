//! CentOS Linux's announcements (CESA) as an updateinfo: CentOS publishes none itself, but several projects
//! make one from its announcement list. It names CentOS's own rebuilds, and often no CVE at all: then an
//! advisory is a flaw under its own id, and a Red Hat feed says more.
//!
//! The makers put the packages of several releases into each file; only those whose dist tag is that of the
//! file's release count. It names fixed flaws only.

use std::path::Path;

use plimsoll_model::Advisory;

use crate::{
    Feed, FeedError, FeedMeta, Stats,
    updateinfo::{self, Collection, Dialect, Package, Place, Update},
};

static META: FeedMeta = FeedMeta {
    id: "centos-updateinfo",
    title: "CentOS announcements",
    homepage: "https://lists.centos.org/",
    licence: "none stated",
    upstream: &[],
};

/// How the announcements are written.
pub const DIALECT: Dialect = Dialect { ecosystem: "centos", place, leave_out: other_release, id };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct CentosUpdateinfo;

impl Feed for CentosUpdateinfo {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        updateinfo::parse_all(META.id, DIALECT, input, out)
    }
}

/// `CentOS 6`
fn place(update: &Update, _: &Collection) -> Result<Place, &'static str> {
    match update.release.strip_prefix("CentOS ") {
        Some(major) if !major.is_empty() && major.bytes().all(|b| b.is_ascii_digit()) => {
            Ok(Place::release(major))
        }
        _ => Err("collection of an unknown release"),
    }
}

/// `42.el6_7.4` in a file of CentOS 7, and builds without a dist tag.
fn other_release(package: &Package, place: &Place) -> Option<&'static str> {
    let tags = package.release.split(['.', '_', '+', '-']);
    let major = |tag: &str| {
        let rest = tag.strip_prefix("el").or_else(|| tag.strip_prefix("centos"))?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    };
    match tags.filter_map(major).next() {
        Some(found) if found == place.release => None,
        Some(_) => Some("package of another release"),
        None => Some("package that names no release"),
    }
}

/// `CESA_2016__0301` is `CESA-2016:0301`; a `CESA_2017__X001` is a CentOS-only one.
fn id(id: &str) -> String {
    match id.split_once('_').and_then(|(kind, rest)| Some((kind, rest.split_once("__")?))) {
        Some((kind, (year, number))) => format!("{kind}-{year}:{number}"),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests;
