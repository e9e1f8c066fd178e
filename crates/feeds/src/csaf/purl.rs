//! Package URLs in product trees.

use packageurl::PackageUrl;

/// The parts of a package URL that matter here, decoded.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Purl {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) arch: Option<String>,
    pub(crate) epoch: Option<String>,
    pub(crate) distro: Option<String>,
    /// `name:stream`, sometimes with the version and context of the module's build behind it.
    pub(crate) rpmmod: Option<String>,
}

impl Purl {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url: PackageUrl<'_> = text.parse().ok()?;
        let qualifier = |key: &str| {
            let value = url.qualifiers().get(key).map(|v| v.to_string());
            value.filter(|v| !v.is_empty())
        };
        let version = url.version().filter(|v| !v.is_empty());
        Some(Self {
            kind: url.ty().to_owned(),
            namespace: url.namespace().unwrap_or_default().to_owned(),
            name: url.name().to_owned(),
            version: version.map(str::to_owned),
            arch: qualifier("arch"),
            epoch: qualifier("epoch"),
            distro: qualifier("distro"),
            rpmmod: qualifier("rpmmod"),
        })
    }

    /// The version with the epoch in front of it, as RPM's own order wants it.
    pub(crate) fn epoch_version(&self) -> Option<String> {
        let version = self.version.as_deref()?;
        Some(match self.epoch.as_deref() {
            Some(epoch) if epoch != "0" && !version.contains(':') => format!("{epoch}:{version}"),
            _ => version.strip_prefix("0:").unwrap_or(version).to_owned(),
        })
    }
}

/// `name:stream` of `nodejs:18:8090020240301101524:a75119d5`, `nodejs:18`; nothing of `rhel10`.
pub(crate) fn stream(module: &str) -> Option<String> {
    let mut parts = module.split(':');
    let (name, stream) = (parts.next()?, parts.next()?);
    (!name.is_empty() && !stream.is_empty()).then(|| format!("{name}:{stream}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purls_are_decoded() {
        let text = "pkg:rpm/redhat/nodejs@18.19.1-1.module%2Bel8.9.0%2B21387%2B3f7d3d8b\
                    ?arch=x86_64&epoch=1&rpmmod=nodejs:18:8090020240301101524:a75119d5";
        let purl = Purl::parse(text).unwrap();
        assert_eq!((&*purl.name, &*purl.namespace), ("nodejs", "redhat"));
        assert_eq!(
            purl.epoch_version().as_deref(),
            Some("1:18.19.1-1.module+el8.9.0+21387+3f7d3d8b")
        );
        assert_eq!(stream(&purl.rpmmod.unwrap()).as_deref(), Some("nodejs:18"));
        let bare = Purl::parse("pkg:rpm/redhat/libcurl").unwrap();
        assert_eq!((bare.epoch_version(), bare.arch), (None, None));
        assert_eq!(stream("rhel10"), None);
        for odd in ["", "libcurl", "pkg:rpm", "pkg:/x", "pkg:rpm/redhat/"] {
            assert_eq!(Purl::parse(odd), None, "{odd}");
        }
    }
}
