//! Rocky Linux's errata as its repositories' updateinfo. Packages of module streams stand in collections of
//! their own that name the module; its stream is taken from there and not from the title, which is Red Hat's
//! and may name another one. It names fixed flaws only.

use std::path::Path;

use async_trait::async_trait;
use plimsoll_model::Advisory;

mod upstream;

use upstream::{SERVER, VAULT, repositories};

use crate::{
    Cursor, Feed, FeedError, FeedMeta, Fetched, Http, Origin, Stats,
    fetch::{self, repomd},
    updateinfo::{self, Collection, Dialect, Place, Update},
};

static META: FeedMeta = FeedMeta {
    id: "rocky-updateinfo",
    title: "Rocky Linux errata",
    homepage: "https://errata.rockylinux.org/",
    licence: "none stated",
    upstream: &[],
};

/// How Rocky Linux writes its updates.
pub const DIALECT: Dialect =
    Dialect { ecosystem: "rocky", place, leave_out: |_, _| None, id: str::to_owned };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct RockyUpdateinfo;

#[async_trait]
impl Feed for RockyUpdateinfo {
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
            Origin::Upstream => repositories(http, SERVER, VAULT).await?,
            _ => return fetch::fetch(&META, http, origin, since, dir).await,
        };
        let wanted = repomd::updateinfos(http, &repositories).await?;
        fetch::download(&META, http, &wanted, since, dir).await
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        updateinfo::parse_all(META.id, DIALECT, input, out)
    }
}

/// `<release>Rocky Linux 8</release>`
fn place(update: &Update, _: &Collection) -> Result<Place, &'static str> {
    let release = update.release.strip_prefix("Rocky Linux ").unwrap_or_default();
    let major = release.split('.').next().unwrap_or_default();
    if major.is_empty() || !major.bytes().all(|b| b.is_ascii_digit()) {
        return Err("collection of an unknown release");
    }
    Ok(Place::release(major))
}

#[cfg(test)]
mod tests;
