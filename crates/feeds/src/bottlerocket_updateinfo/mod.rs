//! Bottlerocket's security advisories as an updateinfo: the fixed builds of the packages that an image is made of.
//! They name fixed flaws only. Bottlerocket has no releases apart from its versions: all are for `1`.

use std::path::Path;

use plimsoll_model::Advisory;

use crate::{
    Feed, FeedError, FeedMeta, Stats, Upstream,
    updateinfo::{self, Collection, Dialect, Place, Update},
};

static META: FeedMeta = FeedMeta {
    id: "bottlerocket-updateinfo",
    title: "Bottlerocket security advisories",
    homepage: "https://github.com/bottlerocket-os/bottlerocket/security/advisories",
    licence: "none stated",
    upstream: &[Upstream {
        url: "https://advisories.bottlerocket.aws/updateinfo.xml.gz",
        file: "updateinfo.xml.gz",
    }],
};

/// How Bottlerocket writes its updates.
pub const DIALECT: Dialect =
    Dialect { ecosystem: "bottlerocket", place, leave_out: |_, _| None, id: str::to_owned };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct BottlerocketUpdateinfo;

impl Feed for BottlerocketUpdateinfo {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        updateinfo::parse_all(META.id, DIALECT, input, out)
    }
}

fn place(_: &Update, collection: &Collection) -> Result<Place, &'static str> {
    match collection.short.as_str() {
        "bottlerocket" => Ok(Place::release("1")),
        _ => Err("collection of an unknown release"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, show};

    #[test]
    fn builds_of_all_architectures_are_one_row() {
        let (all, stats) = sample::testdata(&BottlerocketUpdateinfo);
        let expected = [
            "BRSA-kdg8bd1th2gb =CVE-2025-15281 bottlerocket:medium",
            "  bottlerocket:1 bin bottlerocket-glibc Fixed <1:2.43-1.1773716061.e2e9d7a9.br1",
            "  bottlerocket:1 bin glibc Fixed <1:2.43-1.1773716061.e2e9d7a9.br1",
        ];
        assert_eq!(show(&all), expected);
        assert_eq!(all[0].affected[0].arches, ["aarch64", "x86_64"]);
        assert_eq!(stats.date, Some(jiff::civil::date(2026, 3, 17)));
    }
}
