//! What Red Hat's products mean: repositories and support programmes by CPE name, packages by package URL.

use plimsoll_model::NameKind;

use crate::{
    csaf::{self, Dialect, Extent, Nevra, Placed, Product, Purl, Remediation, Status},
    oval::Target,
    redhat_oval::ADD_ONS,
};

pub(super) struct RedHat;

/// Programmes that keep a minor release alive for those who pay, by the product in CPE names.
const PROGRAMMES: [(&str, &str); 8] = [
    ("rhel_aus", "aus"),
    ("rhel_e4s", "e4s"),
    ("rhel_els", "els"),
    ("rhel_eus", "eus"),
    ("rhel_eus_long_life", "eus-long-life"),
    ("rhel_long_life", "long-life"),
    ("rhel_mission_critical", "mission-critical"),
    ("rhel_tus", "tus"),
];

const OTHER_PRODUCT: &str = "statement about another product than the release";

impl Dialect for RedHat {
    const SOURCE: &'static str = "redhat";
    const ARCHES: &'static [&'static str] = &["aarch64", "ppc64le", "s390x", "x86_64"];

    fn place(&self, parts: &[&Product<'_>], status: Status) -> Result<Vec<Placed>, &'static str> {
        let [component, .., platform] = parts else {
            return Err("statement about a product without its packages");
        };
        let (target, is_programme) = target(platform.cpe.unwrap_or_default())?;
        if is_programme && status != Status::Fixed {
            // It would be taken for one about the release.
            return Err("state of a package in a support programme");
        }
        let Some(package) = package(component)? else { return Ok(Vec::new()) };
        let has_version = package.version.is_some();
        let is_source = package.arch.as_deref().is_none_or(|a| a == "src") && !package.is_binary;
        let extent = match status {
            // The source of a fixed build stands beside its packages.
            Status::Fixed if is_source => return Ok(Vec::new()),
            Status::Fixed => match package.version {
                Some(version) => Extent::Version(version),
                None => return Err("fixed product without a version"),
            },
            // A build that an erratum brings along: nothing is said of older ones.
            Status::NotAffected if has_version => return Ok(Vec::new()),
            _ => Extent::All,
        };
        let between = parts.get(1..parts.len() - 1).unwrap_or_default();
        let module = match package.module {
            Some(module) => Some(csaf::stream(&module).ok_or("package of an unnamed module")?),
            None => between.iter().find_map(|part| module(part)),
        };
        Ok(vec![Placed {
            target,
            package: package.name,
            name_kind: if is_source { NameKind::Source } else { NameKind::Binary },
            module,
            arch: package.arch.filter(|a| a != "src"),
            extent,
        }])
    }

    fn erratum<'d>(&self, remediation: &'d Remediation<'d>) -> Option<&'d str> {
        if &*remediation.category != "vendor_fix" {
            return None;
        }
        let id = remediation.url.as_deref()?.rsplit('/').next()?;
        let known = ["RHSA-", "RHBA-", "RHEA-"].iter().any(|prefix| id.starts_with(prefix));
        known.then_some(id)
    }
}

/// The release that a product belongs to, and whether it is a support programme of one.
pub(super) fn target(cpe: &str) -> Result<(Target, bool), &'static str> {
    let mut parts = cpe.strip_prefix("cpe:/").unwrap_or_default().split(':').skip(1);
    if parts.next() != Some("redhat") {
        return Err(OTHER_PRODUCT);
    }
    let product = parts.next().unwrap_or_default();
    let version = parts.next().unwrap_or_default();
    let edition = parts.nth(1).unwrap_or_default();
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let major = version.split('.').next().unwrap_or_default();
    if let Some((_, name)) = PROGRAMMES.iter().find(|(p, _)| *p == product) {
        let minor = version.split('.').nth(1).filter(|m| digits(m));
        if !digits(major) {
            return Err(OTHER_PRODUCT);
        }
        let channel = match minor {
            Some(minor) => format!("{name}-{major}.{minor}"),
            None => (*name).to_owned(),
        };
        return Ok((Target::base("rhel", major).with(&channel, true), true));
    }
    if product == "enterprise_linux" && digits(major) {
        return Ok((Target::base("rhel", major), false));
    }
    let Some((name, _)) = ADD_ONS.iter().find(|(p, _)| *p == product) else {
        return Err(OTHER_PRODUCT);
    };
    // `rhel_dotnet:6.0::el7`, `rhel_extras:7`
    let release = match edition.strip_prefix("el") {
        Some(release) => release,
        None if name.starts_with("rhel_extras") => major,
        None => "",
    };
    if digits(release) {
        Ok((Target::base("rhel", release).with(name, false), false))
    } else {
        Err(OTHER_PRODUCT)
    }
}

#[derive(Debug, Default)]
struct Package {
    name: String,
    version: Option<String>,
    arch: Option<String>,
    module: Option<String>,
    /// Said to be a binary package although no architecture is named.
    is_binary: bool,
}

/// The package that a component is; nothing where it holds only symbols for debuggers.
fn package(component: &Product<'_>) -> Result<Option<Package>, &'static str> {
    const NO_PACKAGE: &str = "component that is no RPM package";
    let package = match component.purl {
        Some(purl) => {
            // Most builds of a document have debugging symbols only.
            if csaf::Nevra::parse(component.id).is_some_and(|n| csaf::is_debug(n.name)) {
                return Ok(None);
            }
            let purl = Purl::parse(purl).ok_or("component with a broken package URL")?;
            if purl.kind != "rpm" {
                return Err(NO_PACKAGE);
            }
            // Components of modules have the stream where a version belongs.
            let stream = purl.rpmmod.as_deref().and_then(|m| m.split(':').nth(1));
            let has_stream = stream.is_some() && stream == purl.version.as_deref();
            Package {
                version: purl.epoch_version().filter(|_| !has_stream),
                is_binary: purl.arch.as_deref() != Some("src"),
                name: purl.name,
                arch: purl.arch,
                module: purl.rpmmod,
            }
        }
        // Documents of 2023: `kernel`, `virt:rhel/libguestfs`, `kernel-0:5.14.0-284.el9.x86_64`.
        None => {
            let (module, name) = match component.name.split_once('/') {
                Some((module, name)) if module.contains(':') => (Some(module.to_owned()), name),
                Some(_) => return Err(NO_PACKAGE),
                None => (None, component.name),
            };
            match Nevra::parse(name).filter(|n| n.arch.is_some()) {
                Some(build) => Package {
                    name: build.name.to_owned(),
                    is_binary: build.arch != Some("src"),
                    arch: build.arch.map(str::to_owned),
                    version: Some(build.version),
                    module,
                },
                None => Package { name: name.to_owned(), module, ..Package::default() },
            }
        }
    };
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    if package.name.is_empty() || !package.name.chars().all(sound) {
        return Err(NO_PACKAGE);
    }
    Ok((!csaf::is_debug(&package.name)).then_some(package))
}

/// `nodejs:18` of a module between a package and its product.
fn module(part: &Product<'_>) -> Option<String> {
    let purl = part.purl.and_then(Purl::parse).filter(|p| p.kind == "rpmmod");
    match purl {
        Some(purl) => csaf::stream(&format!("{}:{}", purl.name, purl.version?)),
        None => csaf::stream(part.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpe_names_tell_releases_and_programmes() {
        let show = |cpe: &str| match target(cpe) {
            Ok((target, _)) => {
                let channel = target.channel.map(|c| format!(" {}", c.name)).unwrap_or_default();
                format!("{}{channel}", target.namespace)
            }
            Err(_) => "other".to_owned(),
        };
        for (cpe, expected) in [
            ("cpe:/o:redhat:enterprise_linux:8::baseos", "rhel:8"),
            ("cpe:/a:redhat:enterprise_linux:9::appstream", "rhel:9"),
            ("cpe:/o:redhat:enterprise_linux:10.0", "rhel:10"),
            ("cpe:/o:redhat:enterprise_linux:7::server", "rhel:7"),
            ("cpe:/a:redhat:rhel_eus:9.2::appstream", "rhel:9 eus-9.2"),
            ("cpe:/o:redhat:rhel_els:6", "rhel:6 els"),
            ("cpe:/a:redhat:rhel_e4s:8.4::appstream", "rhel:8 e4s-8.4"),
            ("cpe:/a:redhat:rhel_software_collections:3::el7", "rhel:7 rhel_software_collections"),
            ("cpe:/a:redhat:rhel_extras:7", "rhel:7 rhel_extras"),
            ("cpe:/a:redhat:openshift:4.16::el9", "other"),
            ("cpe:/a:redhat:jboss_core_services:1", "other"),
            ("cpe:/a:redhat:rhel_satellite_client:6::el8", "other"),
            ("cpe:/o:suse:sles:15", "other"),
            ("cpe:/o:redhat:enterprise_linux:", "other"),
            ("", "other"),
        ] {
            assert_eq!(show(cpe), expected, "{cpe}");
        }
    }
}
