//! Package URLs (the purl specification and its type definitions).

use packageurl::PackageUrl;
use plimsoll_model::{OperatingSystem, Package, PackageKind};

/// The package URL of `pkg` as installed on `os`: with the distribution as namespace, and architecture,
/// RPM epoch, source package (`upstream`) and `distro` as qualifiers. Empty for a package without a name,
/// of which no URL can be made.
#[must_use]
pub fn purl(pkg: &Package, os: Option<&OperatingSystem>) -> String {
    build(pkg, os).map(|url| url.to_string().replace(ESCAPED_STAND_IN, "%2F")).unwrap_or_default()
}

/// Kind, name and version of a package URL, as an inventory has them; `None` for what is no package URL or of
/// a type that we do not know.
#[must_use]
pub fn parse(text: &str) -> Option<(PackageKind, String, String)> {
    let url: PackageUrl<'_> = text.parse().ok()?;
    let kind = PackageKind::of_purl_type(url.ty())?;
    let separator = if kind == PackageKind::Maven { ':' } else { '/' };
    let name = match url.namespace().filter(|_| !kind.is_system()) {
        Some(namespace) => format!("{namespace}{separator}{}", url.name()),
        None => url.name().to_owned(),
    };
    Some((kind, name, url.version().unwrap_or_default().to_owned()))
}

/// `packageurl` writes a slash in a version as it is, and then reads it as a part of the name. No version
/// has one but a forged one, so a control character stands in for it.
const SLASH_STAND_IN: &str = "\u{1}";
const ESCAPED_STAND_IN: &str = "%01";

fn build(pkg: &Package, os: Option<&OperatingSystem>) -> packageurl::Result<PackageUrl<'static>> {
    let (namespace, name) = if pkg.kind.is_system() {
        (os.map(|os| namespace(&os.id)), pkg.name.as_str())
    } else {
        split_name(pkg.kind, &pkg.name)
    };
    let mut url = PackageUrl::new(pkg.kind.purl_type(), name.to_owned())?;
    if let Some(namespace) = namespace.filter(|n| !n.is_empty()) {
        url.with_namespace(namespace.to_owned())?;
    }
    let (epoch, version) = match pkg.kind {
        PackageKind::Rpm => split_epoch(&pkg.version),
        _ => (None, pkg.version.as_str()),
    };
    if !version.is_empty() {
        url.with_version(version.replace('/', SLASH_STAND_IN))?;
    }
    if !pkg.kind.is_system() {
        return Ok(url);
    }
    if let Some(arch) = pkg.arch.as_deref().filter(|a| !a.is_empty()) {
        url.add_qualifier("arch", arch.to_owned())?;
    }
    if let Some(epoch) = epoch {
        url.add_qualifier("epoch", epoch.to_owned())?;
    }
    if let Some(upstream) = upstream(pkg) {
        url.add_qualifier("upstream", upstream)?;
    }
    if let Some(distro) = os.map(distro_qualifier) {
        url.add_qualifier("distro", distro)?;
    }
    Ok(url)
}

/// The vendor of system packages: os-release's `ID`, with the names that the type definition of `rpm`
/// uses for Red Hat and openSUSE.
fn namespace(id: &str) -> &str {
    match id {
        "rhel" => "redhat",
        id if id.starts_with("opensuse") => "opensuse",
        id => id,
    }
}

fn distro_qualifier(os: &OperatingSystem) -> String {
    match (os.release.as_str(), os.version.as_str()) {
        ("", "") => os.id.clone(),
        ("", version) => format!("{}-{version}", os.id),
        (release, _) => format!("{}-{release}", os.id),
    }
}

/// The source package, where it is not the same as the package: `glibc`, or `gcc-12@12.2.0-14`; for RPM the
/// file name of the source package.
fn upstream(pkg: &Package) -> Option<String> {
    let source = pkg.source.as_ref().filter(|s| !s.name.is_empty())?;
    if pkg.kind == PackageKind::Rpm {
        let (_, version) = split_epoch(&source.version);
        return Some(format!("{}-{version}.src.rpm", source.name));
    }
    if source.version != pkg.version && !source.version.is_empty() {
        return Some(format!("{}@{}", source.name, source.version));
    }
    (source.name != pkg.name).then(|| source.name.clone())
}

fn split_epoch(version: &str) -> (Option<&str>, &str) {
    match version.split_once(':') {
        Some((epoch, rest)) if !epoch.is_empty() && epoch.bytes().all(|c| c.is_ascii_digit()) => {
            (Some(epoch), rest)
        }
        _ => (None, version),
    }
}

/// The namespace that a language writes as a part of the name.
fn split_name(kind: PackageKind, name: &str) -> (Option<&str>, &str) {
    let separator = match kind {
        PackageKind::Maven => ':',
        PackageKind::Golang | PackageKind::Npm | PackageKind::Composer => '/',
        _ => return (None, name),
    };
    match name.rsplit_once(separator) {
        Some((namespace, name)) if !name.is_empty() => (Some(namespace), name),
        _ => (None, name),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{PackageFamily, SourcePackage};
    use proptest::prelude::*;

    use super::*;

    fn os(id: &str, release: &str) -> OperatingSystem {
        OperatingSystem {
            id: id.into(),
            name: id.into(),
            version: release.into(),
            release: release.into(),
            codename: None,
            family: PackageFamily::None,
            evidence: String::new(),
            evidence_deleted: false,
            end_of_life: None,
        }
    }

    fn system(
        kind: PackageKind,
        name: &str,
        version: &str,
        arch: &str,
        source: (&str, &str),
    ) -> Package {
        Package {
            arch: Some(arch.into()),
            source: Some(SourcePackage { name: source.0.into(), version: source.1.into() }),
            ..Package::new(kind, name, version)
        }
    }

    #[track_caller]
    fn check(pkg: &Package, os: Option<&OperatingSystem>, expected: &str) {
        let url = purl(pkg, os);
        assert_eq!(url, expected);
        let read: PackageUrl<'_> = url.parse().unwrap();
        assert_eq!(read.to_string(), url, "reading and writing it changes it");
    }

    #[test]
    fn debian_keeps_the_epoch_in_the_version_and_escapes_the_plus() {
        let debian = os("debian", "12");
        let pkg = system(
            PackageKind::Deb,
            "libstdc++6",
            "12.2.0-14+deb12u1",
            "amd64",
            ("gcc-12", "12.2.0-14+deb12u1"),
        );
        check(
            &pkg,
            Some(&debian),
            "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12&upstream=gcc-12",
        );
        let pkg = system(
            PackageKind::Deb,
            "zlib1g",
            "1:1.2.13.dfsg-1",
            "amd64",
            ("zlib", "1:1.2.13.dfsg-1"),
        );
        check(
            &pkg,
            Some(&debian),
            "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=debian-12&upstream=zlib",
        );
        let rebuilt =
            system(PackageKind::Deb, "bash", "5.2.15-2+b7", "amd64", ("bash", "5.2.15-2"));
        check(
            &rebuilt,
            Some(&debian),
            "pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64&distro=debian-12&upstream=bash%405.2.15-2",
        );
    }

    #[test]
    fn rpm_has_the_epoch_as_a_qualifier() {
        let pkg = system(
            PackageKind::Rpm,
            "openssl-libs",
            "1:1.1.1k-9.el8_7",
            "x86_64",
            ("openssl", "1:1.1.1k-9.el8_7"),
        );
        check(
            &pkg,
            Some(&os("rhel", "8")),
            "pkg:rpm/redhat/openssl-libs@1.1.1k-9.el8_7?arch=x86_64&distro=rhel-8&epoch=1&upstream=openssl-1.1.1k-9.el8_7.src.rpm",
        );
        check(
            &Package::new(PackageKind::Rpm, "bash", "4.4-1^git1~rc1"),
            Some(&os("opensuse-leap", "15.6")),
            "pkg:rpm/opensuse/bash@4.4-1%5Egit1~rc1?distro=opensuse-leap-15.6",
        );
    }

    #[test]
    fn alpine_and_arch() {
        let pkg = system(
            PackageKind::Apk,
            "ssl_client",
            "1.29.3-r10",
            "x86_64",
            ("busybox", "1.29.3-r10"),
        );
        check(
            &pkg,
            Some(&os("alpine", "3.9")),
            "pkg:apk/alpine/ssl_client@1.29.3-r10?arch=x86_64&distro=alpine-3.9&upstream=busybox",
        );
        check(
            &Package::new(PackageKind::Alpm, "pacman", "6.0.1-1"),
            Some(&os("arch", "")),
            "pkg:alpm/arch/pacman@6.0.1-1?distro=arch",
        );
        check(&Package::new(PackageKind::Apk, "musl", "1.1-r0"), None, "pkg:apk/musl@1.1-r0");
    }

    #[test]
    fn a_url_gives_back_what_it_was_made_of() {
        for (kind, name) in [
            (PackageKind::Maven, "org.apache.logging:log4j-core"),
            (PackageKind::Golang, "golang.org/x/net"),
            (PackageKind::Npm, "@babel/core"),
            (PackageKind::WordpressPlugin, "akismet"),
        ] {
            let url = purl(&Package::new(kind, name, "1.0+x"), None);
            assert_eq!(parse(&url), Some((kind, name.to_owned(), "1.0+x".to_owned())), "{url}");
        }
        assert_eq!(parse("pkg:unknown/a@1"), None);
        assert_eq!(parse("a@1"), None);
    }

    #[test]
    fn languages_split_their_names() {
        for (kind, name, expected) in [
            (
                PackageKind::Maven,
                "org.apache.logging:log4j-core",
                "pkg:maven/org.apache.logging/log4j-core@1",
            ),
            (PackageKind::Golang, "golang.org/x/net", "pkg:golang/golang.org/x/net@1"),
            (PackageKind::Npm, "@babel/core", "pkg:npm/%40babel/core@1"),
            (PackageKind::Pypi, "Jinja_2", "pkg:pypi/jinja-2@1"),
            (PackageKind::Cargo, "serde", "pkg:cargo/serde@1"),
        ] {
            check(&Package::new(kind, name, "1"), Some(&os("debian", "12")), expected);
        }
    }

    proptest! {
        #[test]
        fn any_package_has_a_url_that_can_be_read(name in "\\PC{1,20}", version: String, arch: String) {
            let mut pkg = Package::new(PackageKind::Deb, name, version);
            pkg.arch = Some(arch);
            let url = purl(&pkg, Some(&os("debian", "12")));
            prop_assert!(url.parse::<PackageUrl<'_>>().is_ok(), "{}", url);
        }
    }
}
