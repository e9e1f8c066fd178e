//! OSV's ecosystems as namespaces.

use plimsoll_model::{Channel, NameKind, Namespace};

/// Where a package of an ecosystem lives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// Distribution and release, or language.
    pub namespace: Namespace,
    /// What its package names name.
    pub name_kind: NameKind,
    /// Repository or programme apart from the default one.
    pub channel: Option<Channel>,
}

/// Languages: OSV's name and the purl type.
const LANGUAGES: &[(&str, &str)] = &[
    ("Bitnami", "bitnami"),
    ("CRAN", "cran"),
    ("ConanCenter", "conan"),
    ("GitHub Actions", "githubactions"),
    ("Go", "golang"),
    ("Hackage", "hackage"),
    ("Hex", "hex"),
    ("Julia", "julia"),
    ("Maven", "maven"),
    ("NuGet", "nuget"),
    ("Packagist", "composer"),
    ("Pub", "pub"),
    ("PyPI", "pypi"),
    ("RubyGems", "gem"),
    ("SwiftURL", "swift"),
    ("crates.io", "cargo"),
    ("npm", "npm"),
];

/// Reads an ecosystem with its suffix; `None` where we do not support it.
#[must_use]
pub fn place(ecosystem: &str) -> Option<Place> {
    let (name, suffix) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
    if let Some((_, purl)) = LANGUAGES.iter().find(|(osv, _)| *osv == name) {
        // A suffix names another registry of the same language (`Maven:https://…`): other packages.
        let is_default = suffix.is_empty() || suffix == "https://repo1.maven.org/maven2";
        return is_default.then(|| at(purl, "", NameKind::Binary));
    }
    match name {
        "AlmaLinux" => versioned("almalinux", suffix, NameKind::Binary),
        "Alpaquita" | "BellSoft Hardened Containers" => None,
        "Alpine" => {
            let release = suffix.strip_prefix('v').unwrap_or(suffix);
            let edge = release == "edge";
            (edge || is_number(release)).then(|| at("alpine", release, NameKind::Source))
        }
        "Azure Linux" => versioned("azurelinux", suffix, NameKind::Binary),
        "Chainguard" => Some(at("chainguard", "", NameKind::Source)),
        "Debian" => versioned("debian", suffix, NameKind::Source),
        "Photon OS" => versioned("photon", suffix, NameKind::Binary),
        "Red Hat" => red_hat(suffix),
        "Rocky Linux" => versioned("rocky", suffix, NameKind::Binary),
        "SUSE" => suse(suffix),
        "Ubuntu" => ubuntu(suffix),
        "Wolfi" => Some(at("wolfi", "", NameKind::Source)),
        "openEuler" => {
            let release = suffix.split('-').next().unwrap_or_default();
            let plain = suffix == release || suffix.strip_prefix(release) == Some("-LTS");
            (plain && is_number(release)).then(|| at("openeuler", suffix, NameKind::Binary))
        }
        "openSUSE" => match suffix.strip_prefix("Leap ") {
            Some(release) => versioned("opensuse-leap", release, NameKind::Binary),
            None if suffix == "Tumbleweed" => Some(at("opensuse-tumbleweed", "", NameKind::Binary)),
            None => None,
        },
        _ => None,
    }
}

fn at(ecosystem: &str, release: &str, name_kind: NameKind) -> Place {
    Place { namespace: Namespace::new(ecosystem, release), name_kind, channel: None }
}

fn is_number(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 16
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && text.starts_with(|c: char| c.is_ascii_digit())
}

fn versioned(ecosystem: &str, release: &str, name_kind: NameKind) -> Option<Place> {
    is_number(release).then(|| at(ecosystem, release, name_kind))
}

/// `22.04:LTS`, `23.10`, `Pro:18.04:LTS`. Programmes with builds of their own (`Pro:FIPS-updates:20.04:LTS`,
/// `Pro:Realtime:…`) version their packages apart, so that nothing of the ordinary release can be compared
/// with them.
fn ubuntu(suffix: &str) -> Option<Place> {
    let suffix = suffix.strip_suffix(":LTS").unwrap_or(suffix);
    let (paid, release) = match suffix.strip_prefix("Pro:") {
        Some(release) => (true, release),
        None => (false, suffix),
    };
    let mut place = versioned("ubuntu", release, NameKind::Source)?;
    if paid {
        place.channel = Some(Channel { name: "esm-infra".into(), paid });
    }
    Some(place)
}

/// `enterprise_linux:9::baseos`. Update streams (`rhel_eus:9.2::baseos`) and layered products are others.
fn red_hat(cpe: &str) -> Option<Place> {
    let rest = cpe.strip_prefix("enterprise_linux:")?;
    let release = rest.split(':').next()?;
    let major = release.split('.').next()?;
    versioned("rhel", major, NameKind::Binary)
}

/// `Linux Enterprise Server 15 SP5`, `Linux Enterprise Module for Basesystem 15 SP5`,
/// `Linux Enterprise Server 12 SP5-LTSS`.
fn suse(product: &str) -> Option<Place> {
    let rest = product.strip_prefix("Linux Enterprise ")?;
    let is_base = ["Server ", "Module for ", "Desktop ", "High Performance Computing "];
    if !is_base.iter().any(|p| rest.starts_with(p)) || rest.contains("for SAP") {
        return None;
    }
    let (rest, ltss) = match rest.split_once("-LTSS") {
        Some((rest, "")) => (rest, true),
        Some(_) => return None,
        None => (rest, false),
    };
    let mut words = rest.rsplit(' ');
    let last = words.next()?;
    let release = match last.strip_prefix("SP") {
        Some(pack) => format!("{}.{pack}", words.next()?),
        None => last.to_owned(),
    };
    let mut place = versioned("sles", &release, NameKind::Binary)?;
    if ltss {
        place.channel = Some(Channel { name: "ltss".into(), paid: true });
    }
    Some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecosystems_are_mapped_or_said_to_be_unsupported() {
        for (osv, ours) in [
            ("AlmaLinux:8", "almalinux:8 binary"),
            ("Alpine:v3.19", "alpine:3.19 source"),
            ("Debian:12", "debian:12 source"),
            ("Go", "golang binary"),
            ("Maven", "maven binary"),
            ("Photon OS:3.0", "photon:3.0 binary"),
            ("PyPI", "pypi binary"),
            ("Red Hat:enterprise_linux:9::baseos", "rhel:9 binary"),
            ("Rocky Linux:9", "rocky:9 binary"),
            ("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "sles:15.5 binary"),
            ("SUSE:Linux Enterprise Server 12 SP5-LTSS", "sles:12.5 binary ltss"),
            ("Ubuntu:22.04:LTS", "ubuntu:22.04 source"),
            ("Ubuntu:23.10", "ubuntu:23.10 source"),
            ("Ubuntu:Pro:18.04:LTS", "ubuntu:18.04 source esm-infra"),
            ("Wolfi", "wolfi source"),
            ("crates.io", "cargo binary"),
            ("openSUSE:Leap 15.5", "opensuse-leap:15.5 binary"),
            ("openSUSE:Tumbleweed", "opensuse-tumbleweed binary"),
        ] {
            let place = place(osv).unwrap_or_else(|| panic!("{osv}"));
            let kind = if place.name_kind == NameKind::Source { "source" } else { "binary" };
            let channel = place.channel.map(|c| format!(" {}", c.name)).unwrap_or_default();
            assert_eq!(format!("{} {kind}{channel}", place.namespace), ours);
        }
        for other in [
            "Android",
            "GIT",
            "Linux",
            "Debian",
            "Mageia:9",
            "Maven:https://repo.example.org",
            "Red Hat:rhel_eus:9.2::baseos",
            "SUSE:Manager Server 4.3",
            "Ubuntu:Pro:FIPS-updates:20.04:LTS",
            "Ubuntu:",
            "",
            ":",
        ] {
            assert_eq!(place(other), None, "{other}");
        }
    }
}
