//! Fedora's updates as its repositories' updateinfo. The CVE ids stand in the titles of the bugs that an update
//! closes; a security update that names none is a flaw under its own id. Updates of EPEL have the same form and
//! are left out here. It names fixed flaws only.

use std::path::Path;

use async_trait::async_trait;
use plimsoll_model::Advisory;

mod upstream;

use upstream::{ARCHIVE, SERVER, repositories};

use crate::{
    Cursor, Feed, FeedError, FeedMeta, Fetched, Http, Origin, Stats,
    fetch::{self, repomd},
    updateinfo::{self, Collection, Dialect, Place, Update},
};

static META: FeedMeta = FeedMeta {
    id: "fedora-updateinfo",
    title: "Fedora updates",
    homepage: "https://bodhi.fedoraproject.org/",
    licence: "none stated",
    upstream: &[],
};

/// How Fedora writes its updates.
pub const DIALECT: Dialect =
    Dialect { ecosystem: "fedora", place, leave_out: |_, _| None, id: str::to_owned };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct FedoraUpdateinfo;

#[async_trait]
impl Feed for FedoraUpdateinfo {
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
            Origin::Upstream => repositories(http, SERVER, ARCHIVE).await?,
            _ => return fetch::fetch(&META, http, origin, since, dir).await,
        };
        let wanted = repomd::updateinfos(http, &repositories).await?;
        fetch::download(&META, http, &wanted, since, dir).await
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        updateinfo::parse_all(META.id, DIALECT, input, out)
    }
}

/// `Fedora 19`, `Fedora 38 Modular`; `Fedora EPEL 6` is another product.
fn place(update: &Update, _: &Collection) -> Result<Place, &'static str> {
    let words: Vec<&str> = update.release.split_whitespace().collect();
    match words.as_slice() {
        ["Fedora", "EPEL", ..] => Err("update of EPEL"),
        ["Fedora", number] | ["Fedora", number, "Modular"]
            if number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Ok(Place::release(*number))
        }
        _ => Err("collection of an unknown release"),
    }
}

#[cfg(test)]
mod tests;
