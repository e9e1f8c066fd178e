//! Hand-made advisories, databases and inventories.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a failed build fails the test")]

use jiff::{Timestamp, civil::Date};
use plimsoll_model::{
    Advisory, Affected, Digest, EndOfLife, FeedInfo, FixState, INVENTORY_SCHEMA, ImageConfig,
    ImageIdentity, Inventory, InventoryLayer, Knowledge, NameKind, Namespace, OperatingSystem,
    OwnedPackage, Package, PackageFamily, Platform, Range, Rating, Severity,
};
use plimsoll_vulndb::{BuildOptions, BuildStats, Builder, VulnDb};

pub fn day() -> Date {
    jiff::civil::date(2026, 11, 23)
}

pub fn options() -> BuildOptions {
    BuildOptions::new("plimsoll test", Timestamp::from_second(1_700_000_000).unwrap())
}

pub fn advisory(feed: &str, id: &str) -> Advisory {
    Advisory { id: id.into(), feed: feed.into(), ..Advisory::default() }
}

pub fn affected(
    ecosystem: &str,
    release: &str,
    package: &str,
    state: FixState,
    fixed: Option<&str>,
) -> Affected {
    Affected {
        namespace: Namespace::new(ecosystem, release),
        package: package.into(),
        name_kind: NameKind::Source,
        arches: vec![],
        module: None,
        channel: None,
        ranges: fixed.map(Range::before).into_iter().collect(),
        versions: vec![],
        state,
        severity: None,
    }
}

/// What there is to know of a feed.
pub fn feed() -> FeedInfo {
    FeedInfo {
        id: "feed".into(),
        date: Some(day()),
        records: 1,
        skipped: 0,
        licence: "CC0-1.0".into(),
        source: "https://example.org".into(),
        knows: Knowledge::AllStates,
    }
}

pub fn file(advisories: Vec<Advisory>) -> (Vec<u8>, BuildStats) {
    file_with(advisories, |_| {})
}

pub fn file_with(
    advisories: Vec<Advisory>,
    configure: impl FnOnce(&mut Builder),
) -> (Vec<u8>, BuildStats) {
    let mut builder = Builder::new(options()).unwrap();
    configure(&mut builder);
    builder.feed(feed());
    for advisory in advisories {
        builder.add(advisory).unwrap();
    }
    let mut out = Vec::new();
    let stats = builder.finish(&mut out).unwrap();
    (out, stats)
}

pub fn build(advisories: Vec<Advisory>) -> VulnDb {
    VulnDb::from_bytes(file(advisories).0).unwrap()
}

pub fn build_with(
    advisories: Vec<Advisory>,
    configure: impl FnOnce(&mut Builder),
) -> (VulnDb, BuildStats) {
    let (bytes, stats) = file_with(advisories, configure);
    (VulnDb::from_bytes(bytes).unwrap(), stats)
}

/// Advisories about 60 packages in three releases, without any randomness.
pub fn sample(count: u32) -> Vec<Advisory> {
    (0..count)
        .map(|n| {
            let mut one = advisory("feed", &format!("CVE-{}-{:04}", 2000 + n % 20, n * 37 % 9000));
            for release in ["11", "12", "13"] {
                let name = format!("package-{}", n % 60);
                let fixed = format!("{}.{}-{}", n % 7, n % 13, n % 3);
                let state = if n % 5 == 0 { FixState::Affected } else { FixState::Fixed };
                let fixed = (state == FixState::Fixed).then_some(fixed.as_str());
                one.affected.push(affected("debian", release, &name, state, fixed));
            }
            one.ratings = vec![Rating {
                source: "nvd".into(),
                severity: Some(Severity::WORST_FIRST[n as usize % 6]),
                cvss: None,
            }];
            if n % 4 == 0 {
                one.aliases = vec![format!("GHSA-{n:04}")];
            }
            one
        })
        .collect()
}

pub fn os(id: &str, release: &str, family: PackageFamily) -> OperatingSystem {
    OperatingSystem {
        id: id.into(),
        name: id.into(),
        version: release.into(),
        release: release.into(),
        codename: None,
        family,
        evidence: "etc/os-release".into(),
        evidence_deleted: false,
        end_of_life: None,
    }
}

pub fn ended(mut os: OperatingSystem) -> OperatingSystem {
    os.end_of_life = Some(EndOfLife { date: jiff::civil::date(2020, 6, 1), extended: None });
    os
}

pub fn inventory(os: Option<OperatingSystem>, packages: Vec<Package>) -> Inventory {
    let layer = |n: u8| InventoryLayer {
        blob: Some(Digest::from_bytes([n; 32])),
        diff_id: Some(Digest::from_bytes([n; 32])),
        created_by: format!("RUN {n}"),
        tar_bytes: 0,
        entries: 0,
        cached: false,
    };
    Inventory {
        schema: INVENTORY_SCHEMA,
        image: ImageIdentity {
            reference: "test".into(),
            source: "test".into(),
            digest: None,
            config_digest: None,
            tags: vec![],
            repo_digests: vec![],
            platform: Platform::default(),
        },
        layers: vec![layer(0), layer(1)],
        config: ImageConfig::default(),
        history: vec![],
        os,
        packages: packages
            .into_iter()
            .map(|package| OwnedPackage { package, path: "db".into(), layer: 1, set_aside: None })
            .collect(),
        looked_for: vec![],
        detections: vec![],
        texts: vec![],
        notable: vec![],
        identities: vec![],
        problems: vec![],
    }
}
