//! FriendsOfPHP's security advisories: a YAML file a flaw of a Composer package, with the *affected* versions of each of its
//! branches. It rates nothing.

use std::{collections::BTreeMap, path::Path};

use jiff::civil::Date;
use plimsoll_ecosystems::requirement::{Grammar, VersionSet};
use plimsoll_model::{Advisory, PackageKind};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
    language,
};

/// Most branches of one record.
pub const MAX_BRANCHES: usize = 500;

static META: FeedMeta = FeedMeta {
    id: "php-friends",
    title: "FriendsOfPHP security advisories",
    homepage: "https://github.com/FriendsOfPHP/security-advisories",
    licence: "Unlicense (public domain)",
    upstream: &[Upstream {
        url: "https://github.com/FriendsOfPHP/security-advisories/archive/refs/heads/master.tar.gz",
        file: "php-friends.tar.gz",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct PhpFriends;

impl Feed for PhpFriends {
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
        // The repository's own workflows lie in a folder whose name starts with a dot.
        let place = language::tail::<3>(name);
        let is_package = place.is_some_and(|[vendor, ..]| !vendor.starts_with('.'));
        is_package && (name.ends_with(".yaml") || name.ends_with(".yml"))
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        read(entry.name, &bytes, &mut self.0);
        Ok(())
    }
}

#[derive(Deserialize)]
struct Record {
    title: Option<String>,
    link: Option<String>,
    cve: Option<String>,
    reference: String,
    branches: BTreeMap<String, Branch>,
}

#[derive(Deserialize)]
struct Branch {
    time: Option<Value>,
    versions: Vec<String>,
}

/// Reads one record. Its path is its id where it has no CVE.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    match serde_norway::from_slice::<Record>(bytes) {
        Ok(record) => take(place, record, into),
        Err(error) => into.bad(place, error.to_string()),
    }
}

fn take(place: &str, record: Record, into: &mut Collector<'_>) {
    let Some(package) = record.reference.strip_prefix("composer://").filter(|p| !p.is_empty())
    else {
        return into.bad(place, format!("`{}` is no package", cut(&record.reference)));
    };
    if record.branches.len() > MAX_BRANCHES {
        return into.bad(place, format!("more than {MAX_BRANCHES} branches"));
    }
    let mut set = VersionSet::none(Grammar::Composer.scheme());
    let mut published: Option<Date> = None;
    for branch in record.branches.values() {
        match Grammar::Composer.parse(&branch.versions.join(",")) {
            Ok(more) => set = set.or(&more),
            Err(error) => return into.bad(place, error.to_string()),
        }
        let time = branch.time.as_ref().and_then(Value::as_str);
        let date = time.and_then(|t| t.get(..10)?.parse::<Date>().ok());
        published = [published, date].into_iter().flatten().min();
    }
    into.date(published);
    let Some(row) = language::affected(PackageKind::Composer, package, &set, None) else {
        return into.skip("flaw of no version");
    };
    let cve = record.cve.filter(|cve| cve.starts_with("CVE-"));
    let stem = place.rsplit('/').next().and_then(|f| f.rsplit_once('.')).map_or(place, |(s, _)| s);
    into.record(Advisory {
        id: cve.clone().unwrap_or_else(|| format!("{package}/{stem}")),
        flaws: cve.into_iter().collect(),
        published,
        title: record.title,
        references: record.link.into_iter().collect(),
        affected: vec![row],
        ..Advisory::default()
    });
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
