//! Amazon Linux security advisories as the repositories' updateinfo: Amazon Linux 1 (AMI), 2, 2022 and 2023. It
//! names fixed flaws only.
//!
//! The topics of Amazon Linux Extras (and the separate repositories of 2023) carry other lines of packages that
//! the core repository also has, under the same names. Their fixes are in a channel named like the topic, and
//! hold only from the line's first version on: the core kernel 4.14 is never judged by the fix of a 5.15.

use std::path::Path;

use async_trait::async_trait;
use plimsoll_model::{Advisory, Channel};

mod upstream;

use upstream::{FIRST_SERVER, SERVER, repositories};

use crate::{
    Cursor, Feed, FeedError, FeedMeta, Fetched, Http, Origin, Stats,
    fetch::{self, repomd},
    updateinfo::{self, Collection, Dialect, Package, Place, Update},
};

static META: FeedMeta = FeedMeta {
    id: "amazon-alas",
    title: "Amazon Linux security advisories",
    homepage: "https://alas.aws.amazon.com/",
    licence: "none stated",
    upstream: &[],
};

/// How Amazon writes its updates.
pub const DIALECT: Dialect =
    Dialect { ecosystem: "amzn", place, leave_out: |_, _| None, id: str::to_owned };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct AmazonAlas;

#[async_trait]
impl Feed for AmazonAlas {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    async fn fetch(
        &self,
        http: &Http,
        origin: &Origin,
        since: Option<&Cursor>,
        dir: &Path,
    ) -> Result<Fetched, FeedError> {
        let repositories = match origin {
            Origin::Mirror(url) if url.ends_with('/') => {
                match repomd::is_repository(http, url).await? {
                    Some(one) => vec![one],
                    None => repositories(http, url, url).await?,
                }
            }
            Origin::Upstream => repositories(http, FIRST_SERVER, SERVER).await?,
            _ => return fetch::fetch(&META, http, origin, since, dir).await,
        };
        let wanted = repomd::updateinfos(http, &repositories).await?;
        fetch::download(&META, http, &wanted, since, dir).await
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        updateinfo::parse_all(META.id, DIALECT, input, out)
    }
}

/// `amazon-linux-ami`, `amazon-linux-2`, `amazon-linux-2---kernel-5.15`, `amazon-linux-2023---nvidia`.
fn place(_: &Update, collection: &Collection) -> Result<Place, &'static str> {
    let (system, topic) = match collection.short.split_once("---") {
        Some((system, topic)) => (system, Some(topic)),
        None => (collection.short.as_str(), None),
    };
    let release = match system {
        "amazon-linux-ami" => "1",
        "amazon-linux-2" => "2",
        "amazon-linux-2022" => "2022",
        "amazon-linux-2023" => "2023",
        _ => return Err("collection of an unknown release"),
    };
    let Some(topic) = topic else { return Ok(Place::release(release)) };
    if topic.is_empty() {
        return Err("collection of an unknown release");
    }
    Ok(Place {
        release: release.into(),
        channel: Some(Channel { name: topic.into(), paid: false }),
        introduced: Some(first_of_line),
    })
}

/// The first version of a topic's line: the number at the topic's end (`kernel-5.15`, `postgresql14`) where the
/// package's version begins with it, else the first two numbers of the fixed version. The core repository's
/// line is below it.
fn first_of_line(place: &Place, package: &Package) -> String {
    let topic = place.channel.as_ref().map_or("", |c| c.name.as_str());
    let line = topic.trim_start_matches(|c: char| !c.is_ascii_digit());
    let starts = |line: &str| {
        package.version.strip_prefix(line).is_some_and(|r| r.is_empty() || r.starts_with('.'))
    };
    let number = |c: char| c.is_ascii_digit() || c == '.';
    let version = if !line.is_empty() && line.chars().all(number) && starts(line) {
        line.to_owned()
    } else {
        package.version.split('.').take(2).collect::<Vec<_>>().join(".")
    };
    match package.epoch.as_str() {
        "" | "0" => version,
        epoch => format!("{epoch}:{version}"),
    }
}

#[cfg(test)]
mod tests;
