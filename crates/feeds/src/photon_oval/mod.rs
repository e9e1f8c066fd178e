//! Photon OS's advisories as OVAL: fixed versions of binary packages.

use crate::{
    FeedMeta, Upstream,
    oval::{Criterion, Definition, Dialect, Literal, Scope, Target, Targets, oval_feed},
};

static META: FeedMeta = FeedMeta {
    id: "photon-oval",
    title: "Photon OS OVAL",
    homepage: "https://github.com/vmware/photon/wiki/Security-Advisories",
    licence: "none stated",
    upstream: &[
        Upstream {
            url: "https://packages.broadcom.com/photon/photon_oval_definitions/com.vmware.phsa-photon1.xml.gz",
            file: "com.vmware.phsa-photon1.xml.gz",
        },
        Upstream {
            url: "https://packages.broadcom.com/photon/photon_oval_definitions/com.vmware.phsa-photon2.xml.gz",
            file: "com.vmware.phsa-photon2.xml.gz",
        },
        Upstream {
            url: "https://packages.broadcom.com/photon/photon_oval_definitions/com.vmware.phsa-photon3.xml.gz",
            file: "com.vmware.phsa-photon3.xml.gz",
        },
        Upstream {
            url: "https://packages.broadcom.com/photon/photon_oval_definitions/com.vmware.phsa-photon4.xml.gz",
            file: "com.vmware.phsa-photon4.xml.gz",
        },
        Upstream {
            url: "https://packages.broadcom.com/photon/photon_oval_definitions/com.vmware.phsa-photon5.xml.gz",
            file: "com.vmware.phsa-photon5.xml.gz",
        },
    ],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct PhotonOval;

oval_feed!(PhotonOval, Photon, |name| name.ends_with(".xml"));

struct Photon;

impl Dialect for Photon {
    const SOURCE: &'static str = "photon";

    fn scope(&self, _file: &str, _definition: &Definition) -> Result<Scope, &'static str> {
        Ok(Scope::default())
    }

    fn literal(&self, criterion: &Criterion<'_>, targets: &mut Targets) -> Literal {
        if let Some(rest) = criterion.comment.strip_prefix("Photon OS ") {
            let release = rest.strip_suffix(" is installed").unwrap_or_default();
            let (major, minor) = release.split_once('.').unwrap_or((release, "0"));
            let is_number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
            if !is_number(major) || !is_number(minor) {
                return Literal::Unknown;
            }
            let target = Target::base("photon", &format!("{major}.{minor}"));
            return Literal::Products(vec![targets.put(target)]);
        }
        criterion.fact()
    }
}

#[cfg(test)]
mod tests;
