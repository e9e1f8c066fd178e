//! A notice, in the form of the notices' database and in that of their interface.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(from = "Stored")]
pub(super) struct Notice {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) published: Option<Date>,
    pub(super) cves: Vec<String>,
    /// The source packages of each release.
    pub(super) releases: BTreeMap<String, Vec<Source>>,
}

#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) pocket: Option<String>,
}

#[derive(Deserialize)]
struct Stored {
    id: String,
    title: Option<String>,
    timestamp: Option<f64>,
    #[serde(default)]
    cves: Vec<String>,
    #[serde(default)]
    releases: BTreeMap<String, StoredRelease>,
}

#[derive(Deserialize)]
struct StoredRelease {
    #[serde(default)]
    sources: BTreeMap<String, StoredSource>,
    #[serde(default)]
    allbinaries: BTreeMap<String, StoredBinary>,
    #[serde(default)]
    binaries: BTreeMap<String, StoredBinary>,
}

#[derive(Deserialize)]
struct StoredSource {
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct StoredBinary {
    pocket: Option<String>,
    source: Option<String>,
}

impl From<Stored> for Notice {
    fn from(stored: Stored) -> Self {
        let release = |(codename, release): (String, StoredRelease)| {
            let sources = release.sources.iter().map(|(name, source)| Source {
                name: name.clone(),
                version: source.version.clone(),
                pocket: release.pocket(name),
            });
            (codename, sources.collect())
        };
        // Seconds with fractions; those of no time that there is are left out.
        let seconds = stored.timestamp.filter(|s| (0.0..1e11).contains(s)).map(|s| s as i64);
        let time = seconds.and_then(|s| Timestamp::from_second(s).ok());
        Self {
            id: format!("USN-{}", stored.id),
            title: stored.title,
            published: time.map(crate::input::utc_date),
            cves: stored.cves,
            releases: stored.releases.into_iter().map(release).collect(),
        }
    }
}

impl StoredRelease {
    /// Only binaries name the pocket that they are in; older notices do not name their source.
    fn pocket(&self, source: &str) -> Option<String> {
        let all = || self.allbinaries.values().chain(self.binaries.values());
        let own = all().find(|b| b.source.as_deref() == Some(source) && b.pocket.is_some());
        let any = || all().find(|b| b.source.is_none() && b.pocket.is_some());
        own.or_else(any).and_then(|b| b.pocket.clone())
    }
}

/// A page of the interface.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) notices: Vec<Listed>,
}

#[derive(Deserialize)]
pub(super) struct Listed {
    id: String,
    title: Option<String>,
    published: Option<String>,
    #[serde(default)]
    cves_ids: Vec<String>,
    #[serde(default)]
    release_packages: BTreeMap<String, Vec<ListedPackage>>,
}

#[derive(Deserialize)]
struct ListedPackage {
    #[serde(default)]
    is_source: bool,
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    pocket: Option<String>,
}

impl From<Listed> for Notice {
    fn from(listed: Listed) -> Self {
        let release = |(codename, packages): (String, Vec<ListedPackage>)| {
            let sources = packages.into_iter().filter(|p| p.is_source).map(|p| Source {
                name: p.name,
                version: p.version,
                pocket: p.pocket,
            });
            (codename, sources.collect())
        };
        Self {
            id: listed.id,
            title: listed.title,
            published: listed.published.and_then(|t| t.get(..10)?.parse().ok()),
            cves: listed.cves_ids,
            releases: listed.release_packages.into_iter().map(release).collect(),
        }
    }
}
