//! SUSE's CVRF: a document for each update or each flaw, in the format before CSAF. It says less than
//! [`crate::suse_csaf`] and is for those who mirror it.

use std::{io::Read, path::Path};

use plimsoll_model::{Advisory, read_capped};

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, csaf,
    input::{Entry, Visitor, walk},
    suse_csaf::Suse,
};

static META: FeedMeta = FeedMeta {
    id: "suse-cvrf",
    title: "SUSE CVRF",
    homepage: "https://www.suse.com/support/security/cvrf/",
    licence: "CC-BY-4.0",
    upstream: &[],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct SuseCvrf;

impl Feed for SuseCvrf {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let mut files = Files(Collector::new(META.id, out));
        walk(input, &mut files)?;
        files.0.finish(input)
    }
}

struct Files<'a>(Collector<'a>);

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        name.ends_with(".xml")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        read(&name, entry.reader(), &mut self.0);
        Ok(())
    }
}

/// Largest document, in bytes; the largest real ones (images of public clouds) have some MB.
pub const MAX_DOCUMENT: u64 = 64 << 20;

/// Reads one document: a bad one is a bad record, as each file is one.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) {
    let parsed = read_capped(input, MAX_DOCUMENT).map_err(|e| e.to_string());
    match parsed.and_then(|bytes| csaf::cvrf::parse(&bytes)) {
        Ok(document) => csaf::write(&Suse, place, &document, into),
        Err(why) => into.bad(place, why),
    }
}

#[cfg(test)]
mod tests;
