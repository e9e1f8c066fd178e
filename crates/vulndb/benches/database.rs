//! Opening, looking up, matching: against a database of the shape of a distribution's whole tracker, and
//! against the embedded one.

#![allow(clippy::expect_used, reason = "a failed set-up ends the benchmark")]

use std::sync::LazyLock;

use divan::{Bencher, black_box};
use plimsoll_model::{NameKind, Namespace, PackageFamily, PackageKind, SourcePackage};
use plimsoll_vulndb::{VulnDb, match_packages_on};

#[path = "../tests/support/mod.rs"]
mod support;

/// Packages of the synthetic distribution.
const PACKAGES: u32 = 3000;
/// Its flaws.
const FLAWS: u32 = 40_000;

fn main() {
    divan::main();
}

/// A file with [`FLAWS`] flaws in [`PACKAGES`] packages of three releases, on disk.
static FILE: LazyLock<tempfile::TempPath> = LazyLock::new(|| {
    let mut advisories = support::sample(FLAWS);
    for (n, advisory) in (0u32..).zip(&mut advisories) {
        advisory.id = format!("CVE-{}-{:04}", 2000 + n % 20, n);
        for row in &mut advisory.affected {
            row.package = format!("package-{}", n.wrapping_mul(2_654_435_761) % PACKAGES);
        }
    }
    let (bytes, stats) = support::file(advisories);
    eprintln!("{} rows, {} bytes, {} uncompressed", stats.rows, stats.bytes, stats.raw_bytes);
    let file = tempfile::NamedTempFile::new().expect("temporary file");
    std::fs::write(file.path(), bytes).expect("written");
    file.into_temp_path()
});

/// An image with so many packages, of which every `old`th was never updated and the others are newer than every fix.
fn packages(count: u32, old: u32) -> plimsoll_model::Inventory {
    let packages = (0..count).map(|n| {
        let name = format!("package-{}", n * (PACKAGES / count));
        let version = if n % old == 0 { "5.7-1" } else { "999-1" };
        let mut package = plimsoll_model::Package::new(PackageKind::Deb, &name, version);
        package.source = Some(SourcePackage { name, version: version.into() });
        package
    });
    support::inventory(Some(support::os("debian", "12", PackageFamily::Dpkg)), packages.collect())
}

#[divan::bench]
fn open(bencher: Bencher) {
    let path = &*FILE;
    bencher.bench(|| VulnDb::open(path));
}

#[divan::bench]
fn open_starter() -> VulnDb {
    plimsoll_vulndb::starter().expect("the embedded database opens")
}

#[divan::bench]
fn lookup(bencher: Bencher) {
    let db = VulnDb::open(&*FILE).expect("opens");
    let namespace = Namespace::new("debian", "12");
    let mut n = 0u32;
    bencher.bench_local(|| {
        n = n.wrapping_add(1_000_003);
        let name = format!("package-{}", n % PACKAGES);
        db.lookup(&namespace, NameKind::Source, black_box(&name))
    });
}

/// An image as it is found in the field: some packages behind, most up to date.
#[divan::bench(args = [500, 1000])]
fn open_and_match(bencher: Bencher, count: u32) {
    open_and_match_with(bencher, count, &packages(count, 8));
}

/// An image that was never updated: five flaws in every package.
#[divan::bench(args = [500, 1000])]
fn open_and_match_neglected(bencher: Bencher, count: u32) {
    open_and_match_with(bencher, count, &packages(count, 1));
}

fn open_and_match_with(bencher: Bencher, count: u32, inventory: &plimsoll_model::Inventory) {
    let path = &*FILE;
    let db = VulnDb::open(path).expect("opens");
    let found = match_packages_on(&db, inventory, support::day()).findings.len();
    eprintln!("{count} packages: {found} findings");
    bencher.bench(|| {
        let db = VulnDb::open(path).expect("opens");
        match_packages_on(&db, inventory, support::day())
    });
}
