//! What a user means by a package: a name, perhaps with a version, or a package URL; and where it lives.

use anyhow::{Context, Result, bail};
use packageurl::PackageUrl;
use plimsoll_ecosystems::distros;
use plimsoll_model::{Namespace, OperatingSystem};
use plimsoll_vulndb::VulnDb;

/// Purl types whose namespace is a distribution.
const SYSTEM_TYPES: [&str; 4] = ["alpm", "apk", "deb", "rpm"];

/// A package to look for.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Target {
    /// Names, the most likely first: a binary package's source, then its own.
    pub(super) names: Vec<String>,
    pub(super) version: Option<String>,
    pub(super) arch: Option<String>,
    /// Where to look; everywhere if `None`.
    pub(super) place: Option<Place>,
}

/// Where to look for a package.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// A distribution, and its release if one is named.
    Os(String, Option<String>),
    /// A language.
    Language(String),
}

impl Target {
    /// Reads what the user typed.
    pub(super) fn parse(text: &str) -> Result<Self> {
        if text.starts_with("pkg:") {
            return Self::of_purl(text);
        }
        // An at sign at the beginning belongs to the name (npm's scopes).
        let (name, version) = match text.rsplit_once('@') {
            Some((name, version)) if !name.is_empty() => (name, Some(version.to_owned())),
            _ => (text, None),
        };
        if name.is_empty() || version.as_deref() == Some("") {
            bail!("`{text}` is no package (expected NAME, NAME@VERSION or pkg:…)");
        }
        Ok(Self { names: vec![name.to_owned()], version, ..Self::default() })
    }

    fn of_purl(text: &str) -> Result<Self> {
        let url: PackageUrl<'_> =
            text.parse().with_context(|| format!("`{text}` is no package URL"))?;
        let qualifier = |name: &str| url.qualifiers().get(name).map(ToString::to_string);
        let epoch = qualifier("epoch").filter(|epoch| !epoch.is_empty());
        let version = url.version().map(|version| match epoch {
            Some(epoch) => format!("{epoch}:{version}"),
            None => version.to_owned(),
        });
        if !SYSTEM_TYPES.contains(&url.ty()) {
            let separator = if url.ty() == "maven" { ":" } else { "/" };
            let name = match url.namespace() {
                Some(namespace) => format!("{namespace}{separator}{}", url.name()),
                None => url.name().to_owned(),
            };
            let place = Some(Place::Language(url.ty().to_owned()));
            return Ok(Self { names: vec![name], version, arch: None, place });
        }
        let mut target = Self {
            names: vec![url.name().to_owned()],
            version,
            arch: qualifier("arch"),
            place: qualifier("distro")
                .or_else(|| url.namespace().map(str::to_owned))
                .map(|text| Place::of_os(&text)),
        };
        if let Some(upstream) = qualifier("upstream") {
            let (name, version) = source(url.ty(), &upstream);
            if let Some(version) = version {
                target.version = Some(version);
            }
            if target.names != [name.as_str()] {
                target.names.insert(0, name);
            }
        }
        Ok(target)
    }

    /// The namespaces of the database in which to look.
    pub(super) fn namespaces(&self, db: &VulnDb) -> Result<Vec<Namespace>> {
        let all = || db.meta().namespaces.iter().map(|info| info.namespace.clone());
        match &self.place {
            None => Ok(all().collect()),
            Some(Place::Language(language)) => {
                let namespace = Namespace::new(language.to_ascii_lowercase(), "");
                if db.coverage(&namespace).is_none() {
                    bail!("the database has no advisories for {namespace}{}", known(db));
                }
                Ok(vec![namespace])
            }
            Some(Place::Os(id, None)) => {
                let found: Vec<Namespace> = all().filter(|n| n.ecosystem == *id).collect();
                if found.is_empty() {
                    bail!("the database has no advisories for {id}{}", known(db));
                }
                Ok(found)
            }
            Some(Place::Os(id, Some(release))) => {
                // Users name the version that they see: 12.5 is of the release 12.
                let mut key = release.as_str();
                loop {
                    let candidates = distros::namespaces(&system(id, key));
                    if let Some(found) = candidates.into_iter().find(|n| db.coverage(n).is_some()) {
                        return Ok(vec![found]);
                    }
                    match key.rsplit_once('.') {
                        Some((shorter, _)) => key = shorter,
                        None => {
                            bail!("the database has no advisories for {id}:{release}{}", known(db))
                        }
                    }
                }
            }
        }
    }
}

impl Place {
    /// `debian:12`, `debian-12`, `opensuse-leap-15.6`, `debian`; also other spellings of an id.
    pub(super) fn of_os(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        if let Some((id, release)) = text.split_once(':') {
            let release = Some(release.to_owned()).filter(|release| !release.is_empty());
            return Self::Os(id_of(id), release);
        }
        match text.rsplit_once('-') {
            Some((id, release))
                if release.starts_with(|c: char| c.is_ascii_digit()) || release == "edge" =>
            {
                Self::Os(id_of(id), Some(release.to_owned()))
            }
            _ => Self::Os(id_of(&text), None),
        }
    }
}

/// The id under which a distribution is kept.
fn id_of(text: &str) -> String {
    let same = |name: &&str| name.eq_ignore_ascii_case(text);
    let known = distros::all().iter().find(|d| same(&d.id) || d.aliases.iter().any(same));
    // The type definition of `rpm` calls Red Hat so.
    let text = if text == "redhat" { "rhel" } else { text };
    known.map_or_else(|| text.to_owned(), |distro| distro.id.to_owned())
}

fn system(id: &str, release: &str) -> OperatingSystem {
    let distro = distros::by_id(id);
    OperatingSystem {
        id: id.to_owned(),
        name: id.to_owned(),
        version: release.to_owned(),
        release: release.to_owned(),
        codename: None,
        family: distro.map_or(plimsoll_model::PackageFamily::None, |distro| distro.family),
        evidence: String::new(),
        evidence_deleted: false,
        end_of_life: None,
    }
}

/// Name and version of a source package in the qualifier `upstream`: `gcc-12@12.2.0-14`, or for RPM the file name
/// of the source package.
fn source(kind: &str, upstream: &str) -> (String, Option<String>) {
    if kind != "rpm" {
        return match upstream.split_once('@') {
            Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
            None => (upstream.to_owned(), None),
        };
    }
    let stem = upstream.strip_suffix(".src.rpm").unwrap_or(upstream);
    let mut parts = stem.rsplitn(3, '-');
    let (_release, _version) = (parts.next(), parts.next());
    (parts.next().unwrap_or(stem).to_owned(), None)
}

/// What there is, for messages.
fn known(db: &VulnDb) -> String {
    let mut ids: Vec<&str> =
        db.meta().namespaces.iter().map(|info| info.namespace.ecosystem.as_str()).collect();
    ids.dedup();
    format!("; it has {}", ids.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(id: &str, release: Option<&str>) -> Option<Place> {
        Some(Place::Os(id.into(), release.map(str::to_owned)))
    }

    #[test]
    fn names_versions_and_urls() {
        let target = Target::parse("openssl@1:3.0.9-1").unwrap();
        assert_eq!(
            (target.names, target.version),
            (vec!["openssl".into()], Some("1:3.0.9-1".into()))
        );
        assert_eq!(Target::parse("@babel/core").unwrap().names, ["@babel/core"]);
        assert_eq!(Target::parse("@babel/core@7").unwrap().version.as_deref(), Some("7"));
        for bad in ["", "a@", "pkg:", "pkg:deb"] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
        let target = Target::parse(
            "pkg:deb/debian/libssl3@3.0.9-1%2Bb1?arch=amd64&distro=debian-12&upstream=openssl%403.0.9-1",
        )
        .unwrap();
        assert_eq!(target.names, ["openssl", "libssl3"]);
        assert_eq!(target.version.as_deref(), Some("3.0.9-1"));
        assert_eq!(
            (target.arch.as_deref(), target.place),
            (Some("amd64"), os("debian", Some("12")))
        );
        let target = Target::parse(
            "pkg:rpm/redhat/openssl-libs@1.1.1k-9.el8_7?epoch=1&upstream=openssl-1.1.1k-9.el8_7.src.rpm",
        )
        .unwrap();
        assert_eq!(target.names, ["openssl", "openssl-libs"]);
        assert_eq!(target.version.as_deref(), Some("1:1.1.1k-9.el8_7"));
        assert_eq!(target.place, os("rhel", None));
        let target = Target::parse("pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1").unwrap();
        assert_eq!(target.names, ["org.apache.logging.log4j:log4j-core"]);
        assert_eq!(target.place, Some(Place::Language("maven".into())));
        assert_eq!(Target::parse("pkg:npm/%40babel/core@7").unwrap().names, ["@babel/core"]);
    }

    #[test]
    fn distributions_in_many_spellings() {
        for (text, expected) in [
            ("debian:12", os("debian", Some("12"))),
            ("Debian-12.5", os("debian", Some("12.5"))),
            ("opensuse-leap-15.6", os("opensuse-leap", Some("15.6"))),
            ("opensuse-leap", os("opensuse-leap", None)),
            ("alpine-edge", os("alpine", Some("edge"))),
            ("redhat:9", os("rhel", Some("9"))),
            ("arch", os("arch", None)),
            ("arch:", os("arch", None)),
        ] {
            assert_eq!(Some(Place::of_os(text)), expected, "{text}");
        }
    }
}
