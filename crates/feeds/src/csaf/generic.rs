//! One's own advisories and VEX documents: products are told by their package URLs, whoever publishes them.

use plimsoll_ecosystems::version::Scheme;
use plimsoll_model::{Affected, FixState, NameKind, Namespace, Range};

use super::{Dialect, Extent, Placed, Product, Purl, Status, purl, vers};
use crate::{
    debian_series,
    oval::Target,
    redhat_csaf_vex,
    ubuntu_series::{self, Row},
};

pub(super) struct Generic;

/// Types of package URLs that are languages or stores: their namespace is the type.
const LANGUAGES: [&str; 21] = [
    "bitnami",
    "cargo",
    "composer",
    "conan",
    "conda",
    "cpan",
    "cran",
    "gem",
    "generic",
    "githubactions",
    "golang",
    "hackage",
    "hex",
    "julia",
    "luarocks",
    "maven",
    "npm",
    "nuget",
    "pub",
    "pypi",
    "swift",
];

impl Dialect for Generic {
    const SOURCE: &'static str = "csaf";
    const ARCHES: &'static [&'static str] = &["aarch64", "ppc64le", "s390x", "x86_64"];

    fn place(&self, parts: &[&Product<'_>], status: Status) -> Result<Vec<Placed>, &'static str> {
        let component = parts.iter().find(|part| part.purl.is_some());
        let component = component.ok_or("product without a package URL")?;
        let purl =
            component.purl.and_then(Purl::parse).ok_or("product with a broken package URL")?;
        let cpe = parts.iter().find_map(|part| part.cpe).unwrap_or_default();
        let target = target(&purl, cpe)?;
        let extent = match (purl.epoch_version(), component.version_range, component.version) {
            (Some(version), _, _) => Extent::Version(version),
            (None, Some(range), _) => match vers::parse(range) {
                Some(ranges) if ranges.is_empty() => Extent::All,
                Some(ranges) => Extent::Ranges(ranges),
                None => return Err("product with a range of versions that is not understood"),
            },
            (None, None, Some(text)) => match vers::parse(text) {
                Some(ranges) if ranges.is_empty() => Extent::All,
                Some(ranges) => Extent::Ranges(ranges),
                None => Extent::Version(text.to_owned()),
            },
            (None, None, None) => Extent::All,
        };
        if status == Status::Fixed && extent == Extent::All {
            return Err("fixed product without a version");
        }
        let is_source = match purl.kind.as_str() {
            "deb" => purl.arch.as_deref().is_none_or(|a| a == "source"),
            "rpm" => purl.arch.as_deref() == Some("src"),
            _ => false,
        };
        let module = purl.rpmmod.as_deref().and_then(purl::stream);
        let arch = purl.arch.clone().filter(|a| !matches!(a.as_str(), "src" | "source" | "all"));
        Ok(vec![Placed {
            target,
            package: name(purl),
            name_kind: if is_source { NameKind::Source } else { NameKind::Binary },
            module,
            arch,
            extent,
        }])
    }

    fn settle(&self, rows: Vec<Affected>) -> Vec<Affected> {
        settle(rows)
    }
}

/// The name that a package has in advisories and inventories.
fn name(purl: Purl) -> String {
    match (purl.kind.as_str(), purl.namespace.as_str()) {
        ("maven", group) if !group.is_empty() => format!("{group}:{}", purl.name),
        ("golang" | "npm" | "composer", namespace) if !namespace.is_empty() => {
            format!("{namespace}/{}", purl.name)
        }
        _ => purl.name,
    }
}

fn target(purl: &Purl, cpe: &str) -> Result<Target, &'static str> {
    let kind = purl.kind.as_str();
    if LANGUAGES.contains(&kind) {
        return Ok(Target::base(kind, ""));
    }
    if !matches!(kind, "apk" | "deb" | "rpm" | "alpm") {
        return Err("package of an ecosystem that is not supported");
    }
    let Some(distro) = &purl.distro else {
        let of_cpe = redhat_csaf_vex::release(cpe).filter(|_| purl.namespace == "redhat");
        return of_cpe
            .or_else(|| rolling(&purl.namespace))
            .ok_or("package of a system whose release is not named (`distro` of its package URL)");
    };
    // Code names stand alone: `bookworm`, `jammy`, `esm-infra/xenial`.
    if let Some(release) = debian_series::release(distro).filter(|_| purl.namespace == "debian") {
        return Ok(Target::base("debian", release));
    }
    if purl.namespace == "ubuntu"
        && let Row::Release(namespace, channel) = ubuntu_series::row(distro)
    {
        return Ok(Target { namespace, channel });
    }
    if let Some(target) = rolling(distro) {
        return Ok(target);
    }
    // `rhel-9`, `opensuse-leap-15.5`, `openeuler-22.03-LTS-SP1`
    let at = distro.match_indices('-').map(|(at, _)| at).find(|at| {
        distro.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    let (id, release) = at
        .and_then(|at| Some((distro.get(..at)?, distro.get(at + 1..)?)))
        .ok_or("package of a system whose release is not understood")?;
    let id = if id == "redhat" { "rhel" } else { id };
    Ok(Target { namespace: Namespace::new(id.to_ascii_lowercase(), release), channel: None })
}

/// Systems without releases.
fn rolling(id: &str) -> Option<Target> {
    let known = ["arch", "chainguard", "opensuse-tumbleweed", "wolfi"];
    known.contains(&id).then(|| Target::base(id, ""))
}

type Place<'a> = (&'a Namespace, &'a str, NameKind, Option<&'a str>, Option<&'a str>);

fn place(row: &Affected) -> Place<'_> {
    let channel = row.channel.as_ref().map(|c| c.name.as_str());
    (&row.namespace, &row.package, row.name_kind, row.module.as_deref(), channel)
}

/// Says in one row what a document says apart: which versions are affected, and which mends them.
fn settle(rows: Vec<Affected>) -> Vec<Affected> {
    let (fixes, mut others): (Vec<Affected>, Vec<Affected>) =
        rows.into_iter().partition(|row| row.state == FixState::Fixed);
    let is_limited = |row: &Affected| !row.ranges.is_empty() || !row.versions.is_empty();
    let is_affected = |row: &Affected| row.state != FixState::NotAffected;
    let mut alone = Vec::new();
    for fix in fixes {
        let same = |row: &Affected| is_affected(row) && place(row) == place(&fix);
        let mut joined = false;
        for row in others.iter_mut().filter(|row| same(row) && is_limited(row)) {
            join(row, &fix);
            joined = true;
        }
        if !joined {
            // All versions are affected, but for those from the fix on.
            others.retain(|row| !same(row));
            alone.push(fix);
        }
    }
    others.extend(alone);
    others
}

fn join(row: &mut Affected, fix: &Affected) {
    row.state = FixState::Fixed;
    let scheme = Scheme::of_namespace(&row.namespace);
    let before = |a: &str, b: &str| match scheme {
        Some(scheme) => scheme.compare(a, b).is_ok_and(std::cmp::Ordering::is_lt),
        // The order of the language is the matcher's to know: a fix is taken to be past what it mends.
        None => true,
    };
    for fixed in fix.ranges.iter().filter_map(|r| r.fixed.as_deref()) {
        for range in &mut row.ranges {
            let start = range.last_affected.as_deref().or(range.introduced.as_deref());
            let is_past = start.is_none_or(|start| before(start, fixed));
            let is_nearer = range.fixed.as_deref().is_none_or(|known| before(fixed, known));
            if is_past && is_nearer && range.introduced.as_deref() != Some(fixed) {
                range.fixed = Some(fixed.to_owned());
            }
        }
        if !row.versions.is_empty() {
            // Holds no version, and names the fix of those that are listed.
            let fixed = Some(fixed.to_owned());
            row.ranges.push(Range { introduced: fixed.clone(), fixed, last_affected: None });
        }
    }
}
