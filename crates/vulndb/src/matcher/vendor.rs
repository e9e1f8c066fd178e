//! Packages that somebody else than the distribution built.
//!
//! A distribution's fixed version says where *its* build carries the patch. EPEL, Remi, PGDG or a PPA number
//! their builds otherwise and patch at other times, so the distribution's advisories say nothing of them:
//! they are left out, and coverage names them.

use plimsoll_model::{OperatingSystem, OwnedPackage, Package, PackageKind};

/// How the makers of each system sign their packages (RPM tag `Vendor`), lower-case beginnings.
const OWN_VENDORS: &[(&str, &[&str])] = &[
    ("almalinux", &["almalinux"]),
    ("amzn", &["amazon"]),
    ("centos", &["centos", "red hat"]),
    ("fedora", &["fedora"]),
    ("mariner", &["microsoft"]),
    ("azurelinux", &["microsoft"]),
    ("ol", &["oracle"]),
    ("openeuler", &["http://openeuler.org", "openeuler"]),
    ("opensuse-leap", &["opensuse", "suse"]),
    ("opensuse-tumbleweed", &["opensuse", "suse"]),
    ("photon", &["vmware", "broadcom"]),
    ("rhel", &["red hat"]),
    ("rocky", &["rocky"]),
    ("sles", &["suse"]),
];

/// Marks of other builders in Debian and RPM versions.
const VERSION_MARKS: &[&str] =
    &["~ppa", "ppa1", "sury.org", ".pgdg", "+pgdg", "-pgdg", "nodesource", ".remi", ".ius"];

/// Whether the package is somebody else's build, as far as its own data tells. No vendor is no hint.
pub(super) fn is_foreign(package: &Package, os: &OperatingSystem) -> bool {
    if !matches!(package.kind, PackageKind::Rpm | PackageKind::Deb) {
        return false;
    }
    if VERSION_MARKS.iter().any(|mark| package.version.contains(mark)) || is_sury(&package.version)
    {
        return true;
    }
    let own = OWN_VENDORS.iter().find(|(id, _)| *id == os.id).map(|(_, vendors)| *vendors);
    match (package.kind, own, package.vendor.as_deref()) {
        (PackageKind::Rpm, Some(own), Some(vendor)) if !vendor.is_empty() => {
            let vendor = vendor.to_ascii_lowercase();
            !own.iter().any(|own| vendor.starts_with(own))
        }
        _ => false,
    }
}

/// Whether a Debian version is of packages.sury.org, which marks the release that it builds for:
/// `7.4.29-1+0~20220415.70+debian11~1.gbp9c0b0a`.
fn is_sury(version: &str) -> bool {
    version.split_once("+debian").is_some_and(|(_, rest)| {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        number.len() < rest.len() && number.starts_with('~')
    })
}

/// Whether it comes from EPEL, which Fedora builds.
pub(super) fn is_epel(package: &Package, os: &OperatingSystem) -> bool {
    let fedora = package.vendor.as_deref().is_some_and(|v| v.starts_with("Fedora"));
    os.id != "fedora" && package.kind == PackageKind::Rpm && fedora
}

/// Whether the hints can be trusted: where most of the system seems foreign, the vendor's name changed.
pub(super) fn hints_hold(packages: &[OwnedPackage], os: &OperatingSystem) -> bool {
    let system = packages.iter().filter(|p| p.package.kind.is_system());
    let (mut all, mut foreign) = (0usize, 0usize);
    for owned in system {
        all += 1;
        foreign += usize::from(is_foreign(&owned.package, os));
    }
    foreign * 2 < all
}
