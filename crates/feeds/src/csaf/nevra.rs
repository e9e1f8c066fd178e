//! Names of RPM builds, as product ids hold them.

/// `name-[epoch:]version-release.arch`, with or without `.rpm` behind it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Nevra<'a> {
    pub(crate) name: &'a str,
    /// With its epoch where it is not 0.
    pub(crate) version: String,
    pub(crate) arch: Option<&'a str>,
}

const ARCHES: [&str; 17] = [
    "aarch64",
    "armv7hl",
    "i386",
    "i486",
    "i586",
    "i686",
    "ia64",
    "loongarch64",
    "noarch",
    "nosrc",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390",
    "s390x",
    "x86_64",
];

impl<'a> Nevra<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_suffix(".rpm").unwrap_or(text);
        let (rest, arch) = match text.rsplit_once('.') {
            Some((rest, arch)) if arch == "src" || ARCHES.contains(&arch) => (rest, Some(arch)),
            _ => (text, None),
        };
        let (rest, release) = rest.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        let version = version.strip_prefix("0:").unwrap_or(version);
        let starts = |t: &str| t.starts_with(|c: char| c.is_ascii_alphanumeric());
        let whole = !name.is_empty() && starts(version) && starts(release);
        whole.then(|| Self { name, version: format!("{version}-{release}"), arch })
    }
}

/// Packages with the debugging symbols of others: no image installs them, and there are more of them than of
/// all others together.
pub(crate) fn is_debug(name: &str) -> bool {
    name.ends_with("-debuginfo")
        || name.ends_with("-debugsource")
        || name.contains("-debuginfo-common")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_are_taken_apart() {
        let show = |text| {
            Nevra::parse(text).map(|n| format!("{} {} {}", n.name, n.version, n.arch.unwrap_or("")))
        };
        for (text, expected) in [
            ("kernel-rt-0:4.18.0-553.rt7.el8.x86_64", "kernel-rt 4.18.0-553.rt7.el8 x86_64"),
            ("mod_md-1:2.4.24-2.el7jbcs.src", "mod_md 1:2.4.24-2.el7jbcs src"),
            ("vim-9.0-33.oe2203sp3.noarch.rpm", "vim 9.0-33.oe2203sp3 noarch"),
            ("ctdb-4.19.2+git.322.7e9201cef5-1.1", "ctdb 4.19.2+git.322.7e9201cef5-1.1 "),
        ] {
            assert_eq!(show(text).as_deref(), Some(expected));
        }
        for text in ["", "kernel", "a-b", "-1-2", "libcurl-devel", "samba-winbind-32bit", "a--1"] {
            assert!(text == "samba-winbind-32bit" || show(text).is_none(), "{text}");
        }
        assert!(is_debug("curl-debuginfo") && !is_debug("curl"));
    }
}
