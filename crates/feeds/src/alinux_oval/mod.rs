//! Alibaba Cloud Linux's advisories as OVAL: fixed versions of binary packages.

use crate::{
    FeedMeta,
    fetch::{
        contents::{Folder, Table, smallest},
        manifest::Listed,
    },
    openanolis_oval::OpenAnolis,
    oval::oval_feed,
};

static META: FeedMeta = FeedMeta {
    id: "alinux-oval",
    title: "Alibaba Cloud Linux OVAL",
    homepage: "https://alas.aliyuncs.com/",
    licence: "none stated",
    upstream: &[],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct AlinuxOval;

oval_feed!(AlinuxOval, OpenAnolis::<true>, |name| name.ends_with(".xml"), FOLDER);

const FOLDER: Folder = Folder {
    url: "https://mirrors.aliyun.com/alinux/cve/data/OVAL/",
    table: Table::Listing,
    choose,
    also: &[],
};

/// `alinux-2.1903.oval.xml`, `alinux-4.oval.xml`.
fn choose(listed: Vec<Listed>) -> Vec<Listed> {
    let mut chosen = smallest(listed);
    chosen.retain(|l| l.path.starts_with("alinux-") && l.path.contains(".oval.xml"));
    chosen
}

#[cfg(test)]
mod tests;
