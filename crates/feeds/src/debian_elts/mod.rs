//! Fixes of Debian's extended long-term support, which Freexian sells for releases that Debian no longer
//! supports. Its tracker has the form of Debian's own. All fixes are in the channel `elts` and need a subscription.
//!
//! It does not tell which of them Debian itself published while it supported the release: those are known from
//! Debian's own lists, whose fix without a subscription goes before.

use std::path::Path;

use plimsoll_model::{Advisory, Channel};

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream, debian_tracker,
    input::{Entry, Visitor, walk},
};

static META: FeedMeta = FeedMeta {
    id: "debian-elts",
    title: "Debian extended long-term support",
    homepage: "https://www.freexian.com/lts/extended/",
    licence: "none stated",
    upstream: &[Upstream {
        url: "https://deb.freexian.com/extended-lts/tracker/data/json",
        file: "elts.json",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct DebianElts;

impl Feed for DebianElts {
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
        name.ends_with(".json")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        // The data names no date of its own: the file's is the time of the download.
        self.0.date(entry.modified);
        let channel = Channel { name: "elts".into(), paid: true };
        debian_tracker::read_as(&name, entry.reader(), Some(&channel), &mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, show};

    #[test]
    fn fixes_need_a_subscription_and_other_rows_are_left_out() {
        let (all, stats) = sample::testdata(&DebianElts);
        let expected = [
            "CVE-2021-3711 =CVE-2021-3711",
            "  debian:8 src openssl Fixed <1.0.1t-1+deb8u17 channel=elts$",
            "  debian:9 src openssl Fixed <1.1.0l-1~deb9u4 channel=elts$",
        ];
        assert_eq!(show(&all), expected);
        assert_eq!(stats.skipped.get("row of a programme without a fix"), Some(&2));
    }
}
