//! Debian's code names and the release keys of its advisories.

/// Code name and release key, oldest first. Source: Debian's release history.
const SERIES: &[(&str, &str)] = &[
    ("hamm", "2.0"),
    ("slink", "2.1"),
    ("potato", "2.2"),
    ("woody", "3.0"),
    ("sarge", "3.1"),
    ("etch", "4"),
    ("lenny", "5"),
    ("squeeze", "6"),
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
    ("sid", "sid"),
];

/// The release key of a code name.
pub(crate) fn release(codename: &str) -> Option<&'static str> {
    SERIES.iter().find(|(name, _)| *name == codename).map(|(_, release)| *release)
}
