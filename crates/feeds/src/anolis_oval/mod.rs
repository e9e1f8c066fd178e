//! Anolis OS's advisories as OVAL: fixed versions of binary packages.

use crate::{FeedMeta, Upstream, openanolis_oval::OpenAnolis, oval::oval_feed};

static META: FeedMeta = FeedMeta {
    id: "anolis-oval",
    title: "Anolis OS OVAL",
    homepage: "https://anas.openanolis.cn/",
    licence: "none stated",
    upstream: &[
        Upstream {
            url: "https://anas.openanolis.cn/api/data/OVAL/anolis-7.oval.xml",
            file: "anolis-7.oval.xml",
        },
        Upstream {
            url: "https://anas.openanolis.cn/api/data/OVAL/anolis-8.oval.xml",
            file: "anolis-8.oval.xml",
        },
        Upstream {
            url: "https://anas.openanolis.cn/api/data/OVAL/anolis-23.oval.xml",
            file: "anolis-23.oval.xml",
        },
    ],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct AnolisOval;

oval_feed!(AnolisOval, OpenAnolis::<false>, |name| name.ends_with(".xml"));

#[cfg(test)]
mod tests;
