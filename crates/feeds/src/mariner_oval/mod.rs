//! Microsoft's OVAL for CBL-Mariner 1.0 and 2.0: a definition for each flaw of each package, fixed or not. It says
//! "package" and means what `rpm` calls so, the source package's name where a flaw is in all that is built of it.

use crate::{FeedMeta, Upstream, microsoft_oval::Microsoft, oval::oval_feed};

static META: FeedMeta = FeedMeta {
    id: "mariner-oval",
    title: "CBL-Mariner OVAL",
    homepage: "https://github.com/microsoft/AzureLinuxVulnerabilityData",
    licence: "MIT",
    upstream: &[Upstream {
        url: "https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main/cbl-mariner-2.0-oval.xml",
        file: "cbl-mariner-2.0-oval.xml",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct MarinerOval;

oval_feed!(MarinerOval, Microsoft { distribution: "mariner" }, |name| name.ends_with(".xml")
    && name.contains("mariner"));

#[cfg(test)]
mod tests;
