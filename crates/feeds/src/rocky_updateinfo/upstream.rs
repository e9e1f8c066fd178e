//! Where Rocky Linux's repositories are: those of each release, and in the vault those of the minor releases
//! before. A minor release's updateinfo holds its own errata only, so that all of them are needed.

use crate::{
    FeedError, Http,
    fetch::{listing, repomd::Repository},
};

pub(super) const SERVER: &str = "https://download.rockylinux.org/pub/rocky/";
pub(super) const VAULT: &str = "https://dl.rockylinux.org/vault/rocky/";

/// Architectures whose builds differ.
const ARCHES: [&str; 2] = ["x86_64", "aarch64"];

/// Repositories of a release; `PowerTools` is `CRB` since Rocky Linux 9.
const REPOSITORIES: [&str; 9] = [
    "AppStream",
    "BaseOS",
    "CRB",
    "HighAvailability",
    "NFV",
    "PowerTools",
    "RT",
    "ResilientStorage",
    "extras",
];

/// Most releases that a listing may name.
const MAX_RELEASES: usize = 100;

/// Asks for all repositories below the two servers.
pub(super) async fn repositories(
    http: &Http,
    server: &str,
    vault: &str,
) -> Result<Vec<Repository>, FeedError> {
    let page = http.page(server).await?;
    let current: Vec<&str> = releases(&page).into_iter().filter(|r| !r.contains('.')).collect();
    if current.is_empty() {
        return Err(FeedError::malformed(server, "the listing names no release"));
    }
    let mut all = Vec::new();
    add(server, &current, &mut all);
    if vault != server {
        let page = http.page(vault).await?;
        let old: Vec<&str> = releases(&page).into_iter().filter(|r| r.contains('.')).collect();
        if old.is_empty() {
            return Err(FeedError::malformed(vault, "the listing names no release"));
        }
        add(vault, &old, &mut all);
    } else {
        let minor: Vec<&str> = releases(&page).into_iter().filter(|r| r.contains('.')).collect();
        add(server, &minor, &mut all);
    }
    Ok(all)
}

fn add(server: &str, releases: &[&str], all: &mut Vec<Repository>) {
    for release in releases {
        for repository in REPOSITORIES {
            for arch in ARCHES {
                let at = format!("{release}/{repository}/{arch}");
                all.push(Repository::new(format!("{server}{at}/os/"), at));
            }
        }
    }
}

/// `8`, `8.6`; `8.5-RC1` is none.
fn releases(page: &str) -> Vec<&str> {
    let digits = |s: &str| (1..4).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    let is_release = |name: &&str| match name.split_once('.') {
        Some((major, minor)) => digits(major) && digits(minor),
        None => digits(name),
    };
    listing::names(page).into_iter().filter(is_release).take(MAX_RELEASES).collect()
}
