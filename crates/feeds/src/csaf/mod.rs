//! CSAF 2.0 and 2.1, the format of security advisories and VEX documents, one JSON document each: a tree of
//! products, and what is said of each of them about each flaw.
//!
//! The feed `csaf` reads one's own documents, of any publisher. The feeds of single publishers share the reader.
//!
//! The format says how products are named and related, not what their names mean: that is said in a
//! [`Dialect`]. TLP labels, publishers and revision histories are not looked at.
//!
//! The reader must not know any publisher.

pub(crate) mod cvrf;
mod document;
mod generic;
mod nevra;
mod products;
mod purl;
mod record;
mod vers;

use std::{io::Read, path::Path};

use plimsoll_model::{Advisory, Affected, FixState, NameKind, Range, read_capped};

pub(crate) use document::{Document, Remediation};
pub(crate) use nevra::{Nevra, is_debug};
pub(crate) use products::Product;
pub(crate) use purl::{Purl, stream};
pub(crate) use record::write;

use crate::{
    Collector, Feed, FeedError, FeedId, FeedMeta, Stats,
    input::{Entry, Visitor, walk},
    oval::Target,
};

static META: FeedMeta = FeedMeta {
    id: "csaf",
    title: "CSAF documents",
    homepage: "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html",
    licence: "as their publisher states",
    upstream: &[],
};

/// The feed of one's own documents.
#[derive(Clone, Copy, Debug)]
pub struct Csaf;

impl Feed for Csaf {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        parse_all(META.id, &generic::Generic, input, out)
    }
}

/// Reads one document of any publisher.
pub fn read_any(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) {
    read(&generic::Generic, place, input, into);
}

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

/// Reads every document below `input`.
pub(crate) fn parse_all<D: Dialect>(
    feed: FeedId,
    dialect: &D,
    input: &Path,
    out: &mut dyn FnMut(Advisory),
) -> Result<Stats, FeedError> {
    struct Files<'a, D>(&'a D, Collector<'a>);

    impl<D: Dialect> Visitor for Files<'_, D> {
        fn wants(&self, name: &str) -> bool {
            name.ends_with(".json")
        }

        fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
            let name = entry.name.to_owned();
            read(self.0, &name, entry.reader(), &mut self.1);
            Ok(())
        }
    }

    let mut files = Files(dialect, Collector::new(feed, out));
    walk(input, &mut files)?;
    files.1.finish(input)
}

/// A package that a name of a build or of a component stands for. Publishers without package URLs name what
/// is fixed with its version, and what is not with or without.
pub(crate) fn by_name(
    name: &str,
    target: Target,
    status: Status,
) -> Result<Vec<Placed>, &'static str> {
    let digit = |t: &str| t.starts_with(|c: char| c.is_ascii_digit());
    let whole = |n: &Nevra<'_>| {
        let (version, release) = n.version.rsplit_once('-').unwrap_or_default();
        status == Status::Fixed || n.arch.is_some() || (digit(version) && digit(release))
    };
    let build = Nevra::parse(name).filter(whole);
    let package = build.as_ref().map_or(name, |b| b.name);
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    if package.is_empty() || !package.chars().all(sound) {
        return Err("component that is no RPM package");
    }
    let arch = build.as_ref().and_then(|b| b.arch);
    if is_debug(package) || matches!(arch, Some("src" | "nosrc")) {
        return Ok(Vec::new());
    }
    let extent = match (status, &build) {
        (Status::Fixed, Some(build)) => Extent::Version(build.version.clone()),
        (Status::Fixed, None) => return Err("fixed product without a version"),
        // One build says nothing about the others.
        (Status::NotAffected, Some(_)) => return Ok(Vec::new()),
        _ => Extent::All,
    };
    Ok(vec![Placed {
        target,
        package: package.to_owned(),
        name_kind: NameKind::Binary,
        module: None,
        arch: arch.map(str::to_owned),
        extent,
    }])
}

/// Drops "not affected" where the same record says otherwise of the package in another product of the same
/// release: it would overrule that.
pub(crate) fn without_doubt(mut rows: Vec<Affected>) -> Vec<Affected> {
    let place = |a: &Affected| (a.namespace.clone(), a.package.clone(), a.module.clone());
    let others = rows.iter().filter(|a| a.state != FixState::NotAffected);
    let doubted: std::collections::HashSet<_> = others.map(place).collect();
    rows.retain(|a| a.state != FixState::NotAffected || !doubted.contains(&place(a)));
    rows
}

#[cfg(test)]
mod tests;
