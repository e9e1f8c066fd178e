//! The OSV format, JSON or YAML, of any ecosystem, and the generic feed that reads it from wherever it is
//! told. Feeds with an address of their own ([`crate::almalinux_osv`], [`crate::ubuntu_osv`]) share this
//! parser.

mod convert;
mod ecosystem;
mod module;
mod ranges;
mod record;
mod symbols;

use std::path::Path;

use plimsoll_model::Advisory;

pub use self::{
    ecosystem::{Place, place},
    record::Record,
};
use crate::{
    Collector, Feed, FeedError, FeedId, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
};

static META: FeedMeta = FeedMeta {
    id: "osv",
    title: "OSV records",
    homepage: "https://osv.dev/",
    // From osv.dev's list of its sources.
    licence: "that of each source: CC-BY-4.0, CC0-1.0, MIT, Apache-2.0, BSD",
    upstream: &[
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/Bitnami/all.zip",
            file: "Bitnami/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/CRAN/all.zip",
            file: "CRAN/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/ConanCenter/all.zip",
            file: "ConanCenter/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/GitHub%20Actions/all.zip",
            file: "GitHub-Actions/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/Go/all.zip",
            file: "Go/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/Hackage/all.zip",
            file: "Hackage/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/Hex/all.zip",
            file: "Hex/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/Julia/all.zip",
            file: "Julia/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/Maven/all.zip",
            file: "Maven/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/NuGet/all.zip",
            file: "NuGet/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/Packagist/all.zip",
            file: "Packagist/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/Pub/all.zip",
            file: "Pub/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip",
            file: "PyPI/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/RubyGems/all.zip",
            file: "RubyGems/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/SwiftURL/all.zip",
            file: "SwiftURL/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/crates.io/all.zip",
            file: "crates.io/all.zip",
        },
        Upstream {
            url: "https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip",
            file: "npm/all.zip",
        },
    ],
};

/// The generic feed.
#[derive(Clone, Copy, Debug)]
pub struct Osv;

impl Feed for Osv {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        parse_all(META.id, &|_| None, input, out)
    }
}

/// Why a feed leaves a record out.
pub type Filter<'a> = &'a dyn Fn(&Record) -> Option<&'static str>;

/// Reads every record below `input` but those that `left_out` gives a reason for.
///
/// # Errors
/// Where the feed is broken as a whole.
pub fn parse_all(
    feed: FeedId,
    left_out: Filter<'_>,
    input: &Path,
    out: &mut dyn FnMut(Advisory),
) -> Result<Stats, FeedError> {
    parse_some(feed, left_out, &|_| true, input, out)
}

/// As [`parse_all`], without the files whose names `wanted` does not want.
///
/// # Errors
/// As [`parse_all`].
pub fn parse_some(
    feed: FeedId,
    left_out: Filter<'_>,
    wanted: &dyn Fn(&str) -> bool,
    input: &Path,
    out: &mut dyn FnMut(Advisory),
) -> Result<Stats, FeedError> {
    let mut files = Files { left_out, wanted, into: Collector::new(feed, out) };
    walk(input, &mut files)?;
    files.into.finish(input)
}

struct Files<'a> {
    left_out: Filter<'a>,
    wanted: &'a dyn Fn(&str) -> bool,
    into: Collector<'a>,
}

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        let ending = name.rsplit_once('.').map_or("", |(_, e)| e);
        matches!(ending, "json" | "yaml" | "yml") && (self.wanted)(name)
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        read(entry.name, &bytes, self.left_out, &mut self.into);
        Ok(())
    }
}

/// Reads one record.
pub fn read(place: &str, bytes: &[u8], left_out: Filter<'_>, into: &mut Collector<'_>) {
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        into.skip("list of records, not a record");
        return;
    }
    let record = if bytes.trim_ascii_start().first() == Some(&b'{') {
        serde_json::from_slice::<Record>(bytes).map_err(|e| e.to_string())
    } else {
        serde_norway::from_slice::<Record>(bytes).map_err(|e| e.to_string())
    };
    match record {
        Ok(record) => match left_out(&record) {
            Some(reason) => into.skip(reason),
            None => convert::convert(place, record, into),
        },
        Err(message) => into.bad(place, message),
    }
}

#[cfg(test)]
mod tests;
