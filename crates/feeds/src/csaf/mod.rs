//! CSAF 2.0 and 2.1, the format of security advisories and VEX documents, one JSON document each: a tree of
//! products, and what is said of each of them about each flaw.
//!
//! The format says how products are named and related, not what their names mean: that is said in a
//! [`Dialect`]. TLP labels, publishers and revision histories are not looked at.
//!
//! This module must not know any distribution.

mod document;
mod nevra;
mod products;
mod purl;
mod record;

use std::io::Read;

use plimsoll_model::{Affected, NameKind, Range, read_capped};

pub(crate) use document::{Document, Remediation};
pub(crate) use nevra::{Nevra, is_debug};
pub(crate) use products::Product;
pub(crate) use purl::{Purl, stream};

use crate::{Collector, oval::Target};

/// Largest document, in bytes. The largest real ones (Red Hat's, of a flaw in Go's HTTP/2) have some 50 MB.
pub const MAX_DOCUMENT: u64 = 256 << 20;

/// What is said about a product.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Status {
    NotAffected,
    Fixed,
    Affected,
    FirstAffected,
    LastAffected,
    UnderInvestigation,
}

/// The versions that a product id stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Extent {
    All,
    Version(String),
    #[allow(dead_code, reason = "publishers of systems name builds, not ranges")]
    Ranges(Vec<Range>),
}

/// A package that a product id stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Placed {
    pub(crate) target: Target,
    pub(crate) package: String,
    pub(crate) name_kind: NameKind,
    pub(crate) module: Option<String>,
    pub(crate) arch: Option<String>,
    pub(crate) extent: Extent,
}

/// What a publisher means with its products.
pub(crate) trait Dialect {
    /// Names the source of ratings.
    const SOURCE: &'static str;
    /// A statement for all of these architectures is one for all that there are.
    const ARCHES: &'static [&'static str];

    /// The packages that a product stands for (its innermost part first), or why it is left out.
    fn place(&self, parts: &[&Product<'_>], status: Status) -> Result<Vec<Placed>, &'static str>;

    /// The erratum that a remediation is, where errata are not documents of their own.
    fn erratum<'d>(&self, remediation: &'d Remediation<'d>) -> Option<&'d str> {
        let _ = remediation;
        None
    }

    /// Has the last word on the rows of one record.
    fn settle(&self, rows: Vec<Affected>) -> Vec<Affected> {
        rows
    }
}

/// Reads one document: a bad one is a bad record, as each file is one.
pub(crate) fn read<D: Dialect>(
    dialect: &D,
    place: &str,
    input: &mut dyn Read,
    into: &mut Collector<'_>,
) {
    let bytes = match read_capped(input, MAX_DOCUMENT) {
        Ok(bytes) => bytes,
        Err(e) => return into.bad(place, e.to_string()),
    };
    match serde_json::from_slice::<Document<'_>>(&bytes) {
        Ok(document) => record::write(dialect, place, &document, into),
        Err(e) => into.bad(place, e.to_string()),
    }
}
