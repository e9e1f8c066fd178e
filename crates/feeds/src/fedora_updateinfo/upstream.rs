//! Where Fedora's updates are: those of supported releases, and the archive of all before. The archive of the
//! oldest ones has no folder for the kind of repository; the first ones have no updateinfo.

use crate::{
    FeedError, Http,
    fetch::{listing, repomd::Repository},
};

pub(super) const SERVER: &str = "https://dl.fedoraproject.org/pub/fedora/linux/updates/";
pub(super) const ARCHIVE: &str = "https://dl.fedoraproject.org/pub/archive/fedora/linux/updates/";

/// Architectures whose builds differ.
const ARCHES: [&str; 2] = ["x86_64", "aarch64"];

/// From this release on, repositories stand in a folder for their kind.
const FIRST_EVERYTHING: u32 = 28;

/// Modules were built for these releases.
const MODULAR: std::ops::RangeInclusive<u32> = 28..=38;

/// Most releases that a listing may name.
const MAX_RELEASES: usize = 200;

/// Asks for all repositories below the two servers.
pub(super) async fn repositories(
    http: &Http,
    server: &str,
    archive: &str,
) -> Result<Vec<Repository>, FeedError> {
    let mut all: Vec<Repository> = Vec::new();
    let mut servers = vec![server];
    if archive != server {
        servers.push(archive);
    }
    for server in servers {
        let page = http.page(server).await?;
        let found = releases(&page);
        if found.is_empty() {
            return Err(FeedError::malformed(server, "the listing names no release"));
        }
        for release in found {
            add(server, release, &mut all);
        }
    }
    // A release that is being moved to the archive is in both.
    let mut folders = std::collections::HashSet::new();
    all.retain(|repository| folders.insert(repository.folder.clone()));
    Ok(all)
}

fn add(server: &str, release: u32, all: &mut Vec<Repository>) {
    for arch in ARCHES {
        if release < FIRST_EVERYTHING {
            let at = format!("{release}/{arch}");
            all.push(Repository::new(format!("{server}{at}/"), at));
            continue;
        }
        let kinds: &[&str] =
            if MODULAR.contains(&release) { &["Everything", "Modular"] } else { &["Everything"] };
        for kind in kinds {
            let at = format!("{release}/{kind}/{arch}");
            all.push(Repository::new(format!("{server}{at}/"), at));
        }
    }
}

fn releases(page: &str) -> Vec<u32> {
    let names = listing::names(page).into_iter();
    let mut all: Vec<u32> =
        names.filter(|n| n.len() < 4).filter_map(|n| n.parse().ok()).take(MAX_RELEASES).collect();
    all.sort_unstable();
    all.dedup();
    all
}
