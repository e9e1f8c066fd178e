//! Microsoft's OVAL for Azure Linux 3.0 and later: a definition for each flaw of each package, fixed or not. It says
//! "package" and means what `rpm` calls so, the source package's name where a flaw is in all that is built of it.

use crate::{FeedMeta, Upstream, microsoft_oval::Microsoft, oval::oval_feed};

static META: FeedMeta = FeedMeta {
    id: "azurelinux-oval",
    title: "Azure Linux OVAL",
    homepage: "https://github.com/microsoft/AzureLinuxVulnerabilityData",
    licence: "MIT",
    upstream: &[Upstream {
        url: "https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main/azurelinux-3.0-oval.xml",
        file: "azurelinux-3.0-oval.xml",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct AzurelinuxOval;

oval_feed!(AzurelinuxOval, Microsoft { distribution: "azurelinux" }, |name| name.ends_with(".xml")
    && !name.contains("mariner"));

#[cfg(test)]
mod tests;
